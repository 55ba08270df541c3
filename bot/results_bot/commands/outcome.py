"""What a command hands back; `cli` prints it and ends with its code."""

from __future__ import annotations

import os
import sys


class Outcome:
    """Text for standard output, text for standard error, and the exit code, one of `ExitCode`."""

    # A plain class with a plain number: what makes others of its kind, and the enumeration of the
    # codes, take longer to import than to say that nothing changed.
    __slots__ = ("code", "notes", "text")

    def __init__(self, code: int = 0, text: str = "", notes: str = "") -> None:
        self.code = int(code)
        self.text = text
        self.notes = notes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Outcome) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"Outcome({self.code!r}, {self.text!r}, {self.notes!r})"


def colour_is_wanted() -> bool:
    """Tell whether standard output is a terminal whose user has nothing against colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
