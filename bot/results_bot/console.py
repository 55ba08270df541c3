"""What a command has of the terminal, and what it gives back; only `cli` prints.

`Progress` stays invisible for the first second, and where standard error is no terminal.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PATIENCE = 1.0
"""Seconds before progress is shown."""


class Outcome(msgspec.Struct, frozen=True):
    """The exit code, one of `ExitCode`, and what is printed."""

    code: int = 0
    text: str = ""
    notes: str = ""
    """Text for standard error."""
    document: object = None
    """Printed as JSON, in place of `text`."""


class Screen(msgspec.Struct, frozen=True):
    """How standard output is drawn."""

    colour: bool = False
    width: int = 80


class Progress:
    """What a command is doing, and how much of it is done: one line that disappears at the end."""

    def __init__(self, *, seen: bool = False) -> None:
        """Begin; nothing is drawn unless `seen`."""
        self._seen = seen
        self._began = monotonic()
        self._bar: Bar | None = None
        self._what, self._done, self._total = "", 0, 0

    def phase(self, what: str, total: int = 0) -> None:
        """Begin the next step of the work; `total` is how often `step` will be called, if known."""
        self._what, self._done, self._total = what, 0, total
        self._show(begins=True)

    def step(self, count: int = 1) -> None:
        """Count what was done."""
        self._done += count
        self._show()

    def close(self) -> None:
        """Remove the line; it may begin anew."""
        self._began = monotonic()
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _show(self, *, begins: bool = False) -> None:
        if not self._seen or monotonic() - self._began < PATIENCE:
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            columns = TextColumn("{task.description}", markup=False), BarColumn()
            screen = Console(stderr=True)
            self._bar = Progress(*columns, MofNCompleteColumn(), console=screen, transient=True)
            self._bar.start()
            begins = True
        if begins:
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._bar.add_task(self._what, total=self._total or None)
        self._bar.update(self._bar.task_ids[0], completed=self._done)
