"""pytest-benchmark: each benchmark is a run, its times in seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES, MAX_NAME, leaves, number
from results_bot.hostile import printable
from results_bot.metric_names import Role, role
from results_bot.model import Reading, Scalar

TITLE = "pytest-benchmark"
WHERE = "`.benchmarks/MACHINE/000N_NAME.json` or `--benchmark-json`: `benchmarks` with `stats`"
TRAPS: tuple[str, ...] = (
    "each benchmark is a run; of several saved files its latest counts",
    "seconds are the result: lower is better; of `ops` higher",
    "`stats.data` holds every round, `machine_info` the machine's name: neither is taken",
)

_STATS = ("mean", "median", "min", "max")


def claims(path: str) -> bool:
    """Claim JSON; the content decides."""
    return path.endswith(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one run per benchmark."""
    document = file.json
    if not isinstance(document, dict) or "machine_info" not in document:
        return None
    benchmarks = document.get("benchmarks")
    if not isinstance(benchmarks, list) or not all(_is_benchmark(one) for one in benchmarks):
        return None
    if len(benchmarks) > MAX_LEAVES:
        raise UnreadableError(f"holds more than {MAX_LEAVES:,} benchmarks")
    order = (_time(document.get("datetime")),)
    names = Counter(str(one.get("name")) for one in benchmarks)
    return [
        Extracted(
            tuple(_readings(one["stats"], file.path)),
            _params(one),
            member=printable(str(one["fullname"]).replace("/", "."))[:MAX_NAME],
            name=_name(one, names),
            order=order,
        )
        for one in benchmarks
    ]


def _is_benchmark(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("stats"), dict) and "fullname" in one


def _name(one: Mapping[str, Any], names: Counter[str]) -> str:
    name = str(one.get("name"))
    return printable(name if names[name] == 1 else str(one["fullname"]))[:MAX_NAME]


def _readings(stats: Mapping[str, Any], file: str) -> Iterator[Reading]:
    for stat in _STATS:
        value = number(stats.get(stat))
        if value is not None:
            yield Reading(f"{stat}_seconds", value, file)
    for name, source in (("ops", "ops"), ("std_seconds", "stddev"), ("num_rounds", "rounds")):
        value = number(stats.get(source))
        if value is not None:
            yield Reading(name, value, file)


def _params(one: Mapping[str, Any]) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for source in ("params", "extra_info"):
        inner = one.get(source)
        if isinstance(inner, dict):
            found.update(leaves(inner, "", "params").params)
    if isinstance(one.get("group"), str):
        found["group"] = printable(one["group"])[:MAX_NAME]
    return {name: value for name, value in found.items() if role(name) is not Role.TIME}


def _time(text: object) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
