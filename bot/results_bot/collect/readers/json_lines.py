"""JSON lines: one object per line, each a step; also in files that are called `.json`."""

from __future__ import annotations

from typing import Any

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import dotted, leaves
from results_bot.metric_names import split_of, tokens

TITLE = "JSON lines"
_SAMPLE = frozenset("id idx index doc sample example image".split())

claims = ending(".jsonl", ".ndjson", ".json")


def read(file: File) -> list[Extracted] | None:
    """Return last and best values; None for a `.json` that is one document."""
    lines = file.lines
    if lines is None:
        return None
    records = [dict(dotted(record)) for record in lines]
    if len(records) == 1 and not steps.is_step_log(records):
        return [leaves(records[0], file.path, file.stem)]
    if _is_samples(records):
        return [Extracted(left_out=((file.name, "has one line per sample and no step"),))]
    return [Extracted(steps.of_records(records, file, split_of(file.stem)))]


def _is_samples(records: list[dict[str, Any]]) -> bool:
    """Return True for lines of samples: no step, and a sample's number, a text or a list."""
    if not records or steps.is_step_log(records):
        return False
    words = {word for name in records[0] for word in tokens(name)}
    return not _SAMPLE.isdisjoint(words) or any(
        isinstance(value, str | list) for value in records[0].values()
    )
