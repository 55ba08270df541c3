"""What a command hands back; `cli` prints it and ends with its code."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import ExitCode


@dataclass(frozen=True, slots=True)
class Outcome:
    """Text for standard output, text for standard error, and the exit code."""

    code: ExitCode = ExitCode.OK
    text: str = ""
    notes: str = ""
