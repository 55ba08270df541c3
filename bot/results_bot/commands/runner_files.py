"""What a step hands to the runner: outputs and the job's summary."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from results_bot.errors import BotError
from results_bot.hostile import printable
from results_bot.report.job_summary import LIMIT


def write_outputs(path: str, outputs: Mapping[str, str]) -> None:
    """Append outputs; a value cannot end its own block, nor begin another output."""
    text = ""
    for name, value in outputs.items():
        end = f"end-{secrets.token_hex(16)}"
        text += f"{name}<<{end}\n{printable(value)}\n{end}\n"
    _append(path, text)


def write_summary(path: str, markdown: str) -> None:
    """Append to the job's summary, which is thrown away as a whole where it is too long."""
    written = Path(path).stat().st_size if path and Path(path).exists() else 0
    data = markdown.encode("utf-8", "replace")
    if written + len(data) <= LIMIT:
        _append(path, data.decode("utf-8"))


def _append(path: str, text: str) -> None:
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise BotError(f"{path}: cannot be written ({error.strerror})") from None
