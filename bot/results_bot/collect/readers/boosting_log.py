"""Text logs of XGBoost and LightGBM: what they print at each iteration."""

from __future__ import annotations

import re

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.metric_names import tokens

TITLE = "XGBoost, LightGBM"

_LINE = re.compile(r"^\[(\d+)\]\s+(\S.*)$", re.MULTILINE)
_VALUE = re.compile(r"(\w[\w.]*)(?:-|'s )([^\s:]+):\s*([-+\w.]+)")
_SETS = {"training": "train", "learn": "train"}
_LOGS = frozenset({"log", "logs", "train", "training"})
_MOST_BYTES = 16_000_000


def claims(path: str) -> bool:
    """Claim logs, and texts that are logs by their names."""
    name = path.rpartition("/")[2]
    return name.endswith(".log") or (name.endswith(".txt") and not _LOGS.isdisjoint(tokens(name)))


def read(file: File) -> list[Extracted] | None:
    """Return last and best values; None for any other text."""
    if not 0 < file.size <= _MOST_BYTES:
        return None
    try:
        text = file.text
    except UnreadableError:  # Text of no interest, or none.
        return None
    records = [
        {"iteration": step, **{f"{_SETS.get(of, of)}.{name}": cell for of, name, cell in found}}
        for step, line in _LINE.findall(text)
        if (found := _VALUE.findall(line))
    ]
    return [Extracted(steps.of_records(records, file))] if records else None
