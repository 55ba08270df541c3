"""JSON lines: one object a line, each a step; also where the file is called `.json`."""

from __future__ import annotations

import json
from typing import Any

from bot.collect import step_log
from bot.collect.files import File, UnreadableError
from bot.collect.flatten import leaves
from bot.collect.found import Found
from bot.metric_names import split_of

TITLE = "JSON lines"


def claims(path: str) -> bool:
    """Take what is called JSON lines, and `.json` on suspicion."""
    return path.endswith((".jsonl", ".ndjson", ".json"))


def read(file: File) -> list[Found] | None:
    """Return last and best values; None for a `.json` that is one document after all."""
    if file.suffix == "json" and not _looks_like_lines(file.data):
        return None
    records = _records(file)
    if len(records) == 1 and not step_log.is_step_log(records):
        flat = leaves(records[0], file.path, file.stem)
        return [Found(tuple(flat.readings), flat.params, left_out=tuple(flat.left_out))]
    return [Found(step_log.readings(records, file.path, split_of(file.stem)))]


def _looks_like_lines(data: bytes) -> bool:
    """Tell whether two lines in a row each open and close an object."""
    lines = [line.strip() for line in data.split(b"\n", 2)[:2]]
    if len(lines) != 2:
        return False
    return lines[0][:1] == b"{" and lines[0][-1:] == b"}" and lines[1][:1] == b"{"


def _records(file: File) -> list[dict[str, Any]]:
    lines = [line for line in file.text.split("\n") if line.strip()]
    records: list[dict[str, Any]] = []
    for index, line in enumerate(lines):
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            if index == len(lines) - 1 and records:
                break  # The job was stopped while it wrote its last line; the rest is whole.
            raise UnreadableError(f"line {index + 1} is not valid JSON") from None
        if isinstance(record, dict):
            records.append(_flat(record))
    return records


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    out = {}
    for name, value in record.items():
        if isinstance(value, dict):
            out.update({f"{name}.{key}": inner for key, inner in value.items()})
        else:
            out[name] = value
    return out
