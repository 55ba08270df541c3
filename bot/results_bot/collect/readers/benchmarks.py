"""pytest-benchmark and Google Benchmark: each benchmark is a run, its times in seconds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Annotated, Any

import msgspec

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_LEAVES, label, leaves, number, readings, row, timestamp
from results_bot.metric_names import Role, role
from results_bot.model import Scalar, Status

TITLE = "pytest-benchmark, Google Benchmark"

_STATS = {
    **{f"{stat}_seconds": stat for stat in ("mean", "median", "min", "max")},
    "ops": "ops",
    "std_seconds": "stddev",
    "num_rounds": "rounds",
}
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
_KNOWN = frozenset(
    "name family_index per_family_instance_index run_name run_type repetitions repetition_index "
    "threads iterations real_time cpu_time time_unit aggregate_name aggregate_unit label "
    "error_occurred error_message skipped skip_message".split()
)
_RATES = {"items_per_second": "items_throughput", "bytes_per_second": "bytes_throughput"}


class _PytestBenchmark(msgspec.Struct):
    name: str
    fullname: str
    stats: dict[str, Any]
    group: str | None = None
    params: dict[str, Any] | None = None
    extra_info: dict[str, Any] = {}


class _PytestOutput(msgspec.Struct):
    machine_info: dict[str, Any]
    benchmarks: Annotated[list[_PytestBenchmark], msgspec.Meta(max_length=MAX_LEAVES)]
    datetime: str = ""


class _GoogleOutput(msgspec.Struct):
    context: dict[str, Any]
    benchmarks: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=MAX_LEAVES)]


claims = ending(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one run per benchmark."""
    if ours := file.json_as(_PytestOutput):
        return _of_pytest(ours, file)
    found = file.json_as(_GoogleOutput)
    if found is None or not all(
        "name" in one and ("run_type" in one or "real_time" in one) for one in found.benchmarks
    ):
        return None
    by_name: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in found.benchmarks:
        by_name[str(one.get("run_name", one["name"]))].append(one)
    runs = []
    for name, rows in by_name.items():
        failed = any(one.get("error_occurred") is True for one in rows)
        runs.append(
            row(
                name,
                () if failed else readings(dict(_of_google(rows)), file),
                status=Status.FAILED if failed else None,
                order=(timestamp(found.context.get("date")),),
            )
        )
    return runs


def _of_pytest(document: _PytestOutput, file: File) -> list[Extracted]:
    names = Counter(one.name for one in document.benchmarks)
    runs = []
    for one in document.benchmarks:
        settings = leaves({**(one.params or {}), **one.extra_info}, "", "params").params
        params: dict[str, Scalar] = {
            key: value for key, value in settings.items() if role(key) is not Role.TIME
        }
        if one.group is not None:
            params["group"] = label(one.group)
        runs.append(
            Extracted(
                readings({shown: one.stats.get(stat) for shown, stat in _STATS.items()}, file),
                params,
                member=label(one.fullname.replace("/", ".")),
                name=label(one.name if names[one.name] == 1 else one.fullname),
                order=(timestamp(document.datetime),),
            )
        )
    return runs


def _of_google(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Yield the mean's times, else the median's, else the mean over single repetitions."""
    aggregates = {str(one["aggregate_name"]): one for one in rows if "aggregate_name" in one}
    single = [one for one in rows if "aggregate_name" not in one]
    chosen = next(([aggregates[key]] for key in ("mean", "median") if key in aggregates), single)
    spread = [aggregates[key] for key in ("stddev",) if key in aggregates]
    for source, name, some in (
        ("real_time", "real_seconds", chosen),
        ("cpu_time", "cpu_seconds", chosen),
        ("real_time", "std_seconds", spread),
    ):
        values = [
            value * _UNITS[unit]
            for one in some
            if (value := number(one.get(source))) is not None
            and (unit := str(one.get("time_unit", "ns"))) in _UNITS
        ]
        if values:
            yield name, fmean(values)
    for counter in chosen[0] if chosen else ():
        values = [value for one in chosen if (value := number(one.get(counter))) is not None]
        if counter not in _KNOWN and values:
            yield _RATES.get(counter, label(counter)), fmean(values)
