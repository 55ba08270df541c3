"""How far a long command is: a line on a terminal that goes away, none for the first second."""

from __future__ import annotations

import time
from collections.abc import Callable

_PATIENCE, _PAUSE = 1.0, 0.1
"""Seconds before anything is shown, and between two looks of the line."""
_BAR = 24
_CLEAR = "\r\033[K"


class Progress:
    """What a command is at, and how much of it is done; silent where there is nobody to see it."""

    def __init__(
        self, say: Callable[[str], None] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin. `say` writes to a terminal without a line's end; None where there is none."""
        self._say, self._clock = say, clock
        self._began = clock()
        self._shown: float | None = None
        self._what, self._done, self._total = "", 0, 0

    @property
    def seen(self) -> bool:
        """Tell whether anybody looks, so that counting what is to do is worth it."""
        return self._say is not None

    def phase(self, what: str, total: int = 0) -> None:
        """Say what comes next, and how many steps it has where that is known."""
        self._what, self._done, self._total = what, 0, total
        self._show(pause=0)

    def step(self, count: int = 1) -> None:
        """Count what was done."""
        self._done += count
        if self._say is not None and (count > 1 or self._done % 64 == 0):
            self._show(_PAUSE)

    def close(self) -> None:
        """Take the line away."""
        if self._say is not None and self._shown is not None:
            self._say(_CLEAR)
            self._shown = None

    def _show(self, pause: float) -> None:
        if self._say is None:
            return
        now = self._clock()
        since = _PATIENCE if self._shown is None else pause
        if now - (self._began if self._shown is None else self._shown) >= since:
            self._say(_CLEAR + self._line())
            self._shown = now

    def _line(self) -> str:
        if not self._total:
            return f"{self._what}: {self._done:,}" if self._done else f"{self._what} ..."
        done = min(self._done, self._total)
        bar = ("#" * (_BAR * done // self._total)).ljust(_BAR, ".")
        return f"{self._what} [{bar}] {done:,} of {self._total:,}"
