"""What a command returns; `cli` prints it and ends with its code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """Text for standard output, text for standard error, and the exit code, one of `ExitCode`."""

    code: int = 0
    text: str = ""
    notes: str = ""
