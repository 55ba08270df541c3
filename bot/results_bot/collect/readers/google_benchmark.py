"""Google Benchmark: each benchmark is a run, its times in seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES, label, number, timestamp
from results_bot.model import Reading, Status

TITLE = "Google Benchmark"
WHERE = "`--benchmark_out` JSON: `context` beside `benchmarks` with `run_type`, `real_time`"
TRAPS: tuple[str, ...] = (
    "single repetitions are not counted beside their mean, median and standard deviation",
    "each benchmark has its own `time_unit`; times are shown in seconds",
    "a benchmark with `error_occurred` is a failed run",
    "complexity rows (BigO, RMS) and the coefficient of variation are not times",
)

_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
_TIMES = (("real_time", "real_seconds"), ("cpu_time", "cpu_seconds"))
_KNOWN = frozenset(
    "name family_index per_family_instance_index run_name run_type repetitions repetition_index "
    "threads iterations real_time cpu_time time_unit aggregate_name aggregate_unit label "
    "error_occurred error_message skipped skip_message".split()
)
_RATES = {"items_per_second": "items_throughput", "bytes_per_second": "bytes_throughput"}

claims = ending(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one run per benchmark."""
    document = file.json
    if not isinstance(document, dict) or not isinstance(document.get("context"), dict):
        return None
    rows = document.get("benchmarks")
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and "name" in row and ("run_type" in row or "real_time" in row)
        for row in rows
    ):
        return None
    if len(rows) > MAX_LEAVES:
        raise UnreadableError(f"holds more than {MAX_LEAVES:,} rows")
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_name.setdefault(str(row.get("run_name", row["name"])), []).append(row)
    runs = []
    for name, of_name in by_name.items():
        failed = any(row.get("error_occurred") is True for row in of_name)
        runs.append(
            Extracted(
                () if failed else tuple(_readings(of_name, file.path)),
                status=Status.FAILED if failed else None,
                member=label(name.replace("/", ":")),
                name=label(name),
                order=(timestamp(document["context"].get("date")),),
            )
        )
    return runs


def _readings(rows: Sequence[Mapping[str, Any]], file: str) -> Iterator[Reading]:
    """Yield the mean's times, else the median's, else the mean over single repetitions."""
    aggregates = {str(row["aggregate_name"]): row for row in rows if "aggregate_name" in row}
    single = [row for row in rows if "aggregate_name" not in row]
    chosen = next(([aggregates[key]] for key in ("mean", "median") if key in aggregates), single)
    for source, name in _TIMES:
        values = [value for row in chosen if (value := _seconds(row, source)) is not None]
        if values:
            yield Reading(name, sum(values) / len(values), file)
    spread = _seconds(aggregates.get("stddev", {}), "real_time")
    if spread is not None:
        yield Reading("std_seconds", spread, file)
    for counter in chosen[0] if chosen else ():
        values = [value for row in chosen if (value := number(row.get(counter))) is not None]
        if counter not in _KNOWN and values:
            name = _RATES.get(counter, label(counter))
            yield Reading(name, sum(values) / len(values), file)


def _seconds(row: Mapping[str, Any], name: str) -> float | None:
    value, unit = number(row.get(name)), _UNITS.get(str(row.get("time_unit", "ns")))
    return None if value is None or unit is None else value * unit
