"""pytest-benchmark: each benchmark is a run, its times in seconds."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import msgspec

from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_LEAVES, label, leaves, number, timestamp
from results_bot.metric_names import Role, role
from results_bot.model import Reading

TITLE = "pytest-benchmark"
WHERE = "`.benchmarks/MACHINE/000N_NAME.json` or `--benchmark-json`: `benchmarks` with `stats`"
TRAPS: tuple[str, ...] = (
    "each benchmark is a run; of several saved files its latest counts",
    "seconds are the result: lower is better; of `ops` higher",
    "`stats.data` holds every round, `machine_info` the machine's name: neither is taken",
)

_STATS = {
    **{f"{stat}_seconds": stat for stat in ("mean", "median", "min", "max")},
    "ops": "ops",
    "std_seconds": "stddev",
    "num_rounds": "rounds",
}


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


claims = ending(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one run per benchmark."""
    document = file.json_as(_PytestOutput)
    if document is None:
        return None
    names = Counter(one.name for one in document.benchmarks)
    runs = []
    for one in document.benchmarks:
        readings = tuple(
            Reading(metric, value, file.path)
            for metric, stat in _STATS.items()
            if (value := number(one.stats.get(stat))) is not None
        )
        settings = leaves({**(one.params or {}), **one.extra_info}, "", "params").params
        params = {key: value for key, value in settings.items() if role(key) is not Role.TIME}
        if one.group is not None:
            params["group"] = label(one.group)
        runs.append(
            Extracted(
                readings,
                params,
                member=label(one.fullname.replace("/", ".")),
                name=label(one.name if names[one.name] == 1 else one.fullname),
                order=(timestamp(document.datetime),),
            )
        )
    return runs
