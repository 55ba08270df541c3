"""What a command hands back; `cli` prints it and ends with its code."""

from __future__ import annotations

import msgspec

from bot.errors import ExitCode


class Outcome(msgspec.Struct, frozen=True):
    """Text for standard output, text for standard error, and the exit code."""

    code: ExitCode = ExitCode.OK
    text: str = ""
    notes: str = ""
