"""Runs that differ only in a seed, told by their settings or, without any, by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from math import fsum, isfinite, isqrt
from os.path import commonprefix

from results_bot.metric_names import tokens
from results_bot.model import Kind, Reading, Run, Scalar, Status
from results_bot.patterns import later

FEWEST = 2
_SEED_IN_NAME = later(r"(?i)[-_. ]?(?:random[-_]?)?seed[-_=. ]?\d+")
_SAYS_NOTHING = frozenset(
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
        return {}  # Mostly no run tells of a seed.
    groups: defaultdict[tuple[object, ...], dict[str, Scalar]] = defaultdict(dict)
    for name, run in runs.items():
        seed = _seed(name, run) if run.status is Status.FINISHED else None
        if seed is not None:
            groups[_key(name, run)][name] = seed
    folded: dict[str, tuple[str, ...]] = {}
    for members in groups.values():
        if len(members) >= FEWEST and len(set(members.values())) == len(members):
            name = _name(list(members))
            if name not in folded and (name not in runs or name in members):
                folded[name] = tuple(members)
    return folded


def representative(name: str, members: Sequence[Run]) -> Run:
    """Return one run that stands for its replicates: readings are means, the seed is left out."""
    names = [
        reading for reading in members[0].readings if all(reading in m.readings for m in members)
    ]
    readings = {
        reading: Reading(
            reading,
            fsum([member.readings[reading].value for member in members]) / len(members),
            members[0].readings[reading].file,
            members[0].readings[reading].kind,
        )
        for reading in names
    }
    params = {key: value for key, value in members[0].params.items() if not _is_seed(key)}
    files = tuple(file for member in members for file in member.files)
    return Run(members[0].path, name, readings, params, files)


def row_name(name: str) -> str:
    """Return what the row of `name` and its replicates is called, as far as the name tells."""
    return _SEED_IN_NAME.sub("", name).strip("-_. ")


def spread(members: Sequence[Run], reading: str) -> float:
    """Return the sample standard deviation of a reading over replicates."""
    values = [member.readings[reading].value for member in members if reading in member.readings]
    return _deviation(values) if len(values) > 1 and all(map(isfinite, values)) else 0.0


def _deviation(values: Sequence[float]) -> float:
    """Return what `statistics.stdev` does, to the last bit, in a sixth of its time.

    It adds up fractions one by one, where those of floats are whole numbers of one unit.
    """
    ratios = [float(value).as_integer_ratio() for value in values]
    unit = max(below for _, below in ratios)
    whole = [above * (unit // below) for above, below in ratios]
    count = len(whole)
    above = count * sum([one * one for one in whole]) - sum(whole) ** 2
    below = count * (count - 1) * unit * unit
    # More bits of the root than a float has, and whether any follow, so that it is rounded once.
    shift = max(0, (below.bit_length() - above.bit_length() + 109) // 2 + 1)
    root = isqrt((above << 2 * shift) // below)
    exact = root * root * below == above << 2 * shift
    return (root if exact else root | 1) / (1 << shift)


def _key(name: str, run: Run) -> tuple[object, ...]:
    """Return what replicates share."""
    settings = tuple(
        sorted((key, repr(value)) for key, value in run.params.items() if matters(key))
    )
    finals = frozenset([r.name for r in run.readings.values() if r.kind is Kind.FINAL])
    return (_SEED_IN_NAME.sub("", name) if not settings else "", settings, finals)


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
    """Tell whether a setting makes another experiment: no seed, no place, no name."""
    return not _is_seed(key) and not _SAYS_NOTHING.intersection(tokens(key.rpartition(".")[2]))


def _name(members: Sequence[str]) -> str:
    """Return what the members' names share, without the seed."""
    without = {_SEED_IN_NAME.sub("", name) for name in members}
    if len(without) == 1 and (only := without.pop().strip("-_. ")):
        return only
    shared = commonprefix(list(members))  # noqa: RUF071 - character by character is meant
    return shared.rstrip("-_. =0123456789") or members[0]
