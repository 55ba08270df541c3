"""Fold runs that differ only in a seed: by their settings or, without any, by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from os.path import commonprefix

from results_bot.metric_names import tokens
from results_bot.model import Kind, Reading, Run, Scalar, Status

FEWEST = 2
_SEED_IN_NAME = re.compile(r"(?i)[-_. ]?(?:random[-_]?)?seed[-_=. ]?\d+")
_INCIDENTAL = frozenset(
    "path dir folder file name id time date timestamp device host hostname user commit sha uuid "
    "notes tags url workers gpu gpus verbose port pid".split()
)
"""Settings that differ between replicates without making them different experiments."""


def fold(runs: Mapping[str, Run]) -> dict[str, tuple[str, ...]]:
    """Map the name of each group of replicates to its members' names; single runs are not in it.

    Only finished runs fold, and only where the seeds differ: two runs of one seed are twins.
    """
    kinds = {tuple(run.params) for run in runs.values()}
    if "seed" not in "\n".join(runs).lower() and not any(map(_is_seed, chain(*kinds))):
        return {}  # Most pages have no seeds at all.
    groups: defaultdict[tuple[object, ...], dict[str, Scalar]] = defaultdict(dict)
    for name, run in runs.items():
        seed = _seed(name, run) if run.status is Status.FINISHED else None
        if seed is None:
            continue
        settings = sorted((key, repr(value)) for key, value in run.params.items() if matters(key))
        finals = frozenset([r.name for r in run.readings.values() if r.kind is Kind.FINAL])
        # Without settings, replicates share their name but for the seed.
        without = "" if settings else _SEED_IN_NAME.sub("", name)
        groups[without, tuple(settings), finals][name] = seed
    folded: dict[str, tuple[str, ...]] = {}
    for members in groups.values():
        if len(members) >= FEWEST and len(set(members.values())) == len(members):
            name = _name(list(members))
            if name not in folded and (name not in runs or name in members):
                folded[name] = tuple(members)
    return folded


def fold_runs(groups: Sequence[tuple[str, Sequence[Run]]]) -> list[tuple[Run, dict[str, float]]]:
    """Return for each named group of replicates one run that stands for it, and its spread.

    The readings are means over the seeds, the spread holds sample standard deviations by name; 0
    if a member is not finite. A reading that a member lacks, and the seed, are left out.
    """
    import pandas as pd

    found = [
        (at, name, reading.value)
        for at, (_, members) in enumerate(groups)
        for member in members
        for name, reading in member.readings.items()
    ]
    frame = pd.DataFrame(found, columns=["group", "name", "value"])
    stats = frame.groupby(["group", "name"])["value"].agg(["mean", "std", "count", "size"])
    means = stats["mean"].where(stats["count"] == stats["size"]).to_dict()
    stds, sizes = stats["std"].fillna(0.0).to_dict(), stats["size"].to_dict()
    out = []
    for at, (name, members) in enumerate(groups):
        first = members[0]
        shared = [one for one in first.readings if sizes[at, one] == len(members)]
        readings = {
            one: Reading(one, means[at, one], first.readings[one].file, first.readings[one].kind)
            for one in shared
        }
        params = {key: value for key, value in first.params.items() if not _is_seed(key)}
        files = tuple(file for member in members for file in member.files)
        run = Run(first.path, name, readings, params, files)
        out.append((run, {one: stds[at, one] for one in shared}))
    return out


def row_name(name: str) -> str:
    """Return the name of the row that a run with this name would be folded into."""
    return _SEED_IN_NAME.sub("", name).strip("-_. ")


def _seed(name: str, run: Run) -> Scalar:
    key = next(filter(_is_seed, run.params), None)
    if key is not None:
        return run.params[key]
    found = _SEED_IN_NAME.search(name) if "seed" in name.lower() else None
    return found[0] if found else None


@lru_cache(maxsize=4_096)
def _is_seed(key: str) -> bool:
    return "seed" in tokens(key.rpartition(".")[2]) or key.endswith("random_state")


@lru_cache(maxsize=4_096)
def matters(key: str) -> bool:
    """Return True if a setting makes another experiment: it is not a seed, path or name."""
    return not _is_seed(key) and not _INCIDENTAL.intersection(tokens(key.rpartition(".")[2]))


def _name(members: Sequence[str]) -> str:
    """Return the part of the name that all members share, without the seed."""
    without = {_SEED_IN_NAME.sub("", name) for name in members}
    if len(without) == 1 and (only := without.pop().strip("-_. ")):
        return only
    shared = commonprefix(list(members))  # noqa: RUF071 - character by character is meant
    return shared.rstrip("-_. =0123456789") or members[0]
