"""pytest-benchmark: each benchmark is a run, its times in seconds."""

from __future__ import annotations

from collections import Counter

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES, label, leaves, number
from results_bot.collect.readers.google_benchmark import timestamp
from results_bot.metric_names import Role, role
from results_bot.model import Reading, Scalar

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


def claims(path: str) -> bool:
    """Claim JSON; the content decides."""
    return path.endswith(".json")


def read(file: File) -> list[Extracted] | None:
    """Return one run per benchmark."""
    document = file.json
    if not isinstance(document, dict) or "machine_info" not in document:
        return None
    benchmarks = document.get("benchmarks")
    if not isinstance(benchmarks, list) or not all(
        isinstance(one, dict) and isinstance(one.get("stats"), dict) and "fullname" in one
        for one in benchmarks
    ):
        return None
    if len(benchmarks) > MAX_LEAVES:
        raise UnreadableError(f"holds more than {MAX_LEAVES:,} benchmarks")
    names = Counter(str(one.get("name")) for one in benchmarks)
    runs = []
    for one in benchmarks:
        name = str(one.get("name"))
        readings = tuple(
            Reading(metric, value, file.path)
            for metric, stat in _STATS.items()
            if (value := number(one["stats"].get(stat))) is not None
        )
        params: dict[str, Scalar] = {}
        for source in ("params", "extra_info"):
            inner = one.get(source)
            if isinstance(inner, dict):
                params.update(leaves(inner, "", "params").params)
        if isinstance(one.get("group"), str):
            params["group"] = label(one["group"])
        runs.append(
            Extracted(
                readings,
                {key: value for key, value in params.items() if role(key) is not Role.TIME},
                member=label(str(one["fullname"]).replace("/", ".")),
                name=label(name if names[name] == 1 else one["fullname"]),
                order=(timestamp(document.get("datetime")),),
            )
        )
    return runs
