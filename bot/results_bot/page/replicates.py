"""Fold runs that differ only in a seed: by their settings or, without any, by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from os.path import commonprefix

from msgspec.structs import replace

from results_bot.collect.folders import own_name, without_replicate
from results_bot.metric_names import Role, is_cost, role, tokens
from results_bot.metric_words import SPLITS
from results_bot.model import Kind, Run, Scalar, Status

FEWEST = 2
_TRACKERS = frozenset({"wandb", "mlruns"})
_GENERATED = re.compile(r"[a-z]+-[a-z]+-\d+|[0-9a-z]{8}|[0-9a-f]{32}|run-\d{8}_\d{6}-\w+")
"""Names that trackers give to runs which nobody named: `fluent-sun-12`."""
_RUN = re.compile(r"(?<=[^/])/run[-_]?\d+$", re.IGNORECASE)
"""A numbered run of a model: `bert/run0`. The name has a folder only where models share numbers."""
_NUMBERED = re.compile(r"(?:run|exp|experiment|trial|version|job)?[-_]?\d+", re.IGNORECASE)
_ENDING = re.compile(
    r"(?:(?:^|[-_. ,/=])(?:\d{8}|\d{6}|\d{4}-\d\d-\d\d|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{6,}))+$"
)
"""A date or a random identifier at the end of a name."""
_INCIDENTAL = frozenset(
    "path dir folder file name id time date timestamp duration elapsed runtime device host "
    "hostname user author owner git commit sha uuid notes description comment tags url workers gpu "
    "gpus verbose port pid".split()
)
"""Settings that differ between replicates without making them different experiments."""
_LEFT_BEHIND = re.compile(
    r"best_(?!of\b|of_).+"
    r"|(?:.+_)?(?:last|final|latest|stopped)_(?:epoch|step|iteration|checkpoint|ckpt)"
    r"|\w*ed_at(?:_utc)?"
)
"""Names of what a training leaves: `best_epoch`, `started_at`; not `best_of`, a way to sample."""
_INPUT = re.compile(
    r"(?:max|min|clip|chunk|segment|audio)_(?:time|duration)"
    r"|.+_(?:dim|dims|size|steps|embedding|embeddings|encoding|features|window|horizon|layers|heads"
    r"|limit|budget)"
)
"""Names of inputs whatever their other words: `time_steps`, `user_embedding_dim`."""
_SAVED = re.compile(
    r".*(?:\.(?:pt|pth|ckpt|bin|safetensors|h5|keras|pkl)|(?:checkpoint|epoch|step)\D?\d+)/?",
    re.IGNORECASE,
)
"""A checkpoint that a training saved; not `distilbert-base-uncased`, which it starts from."""
_CLOCK = re.compile(r"(?:\d+(?: days?, |-))?(?:[01]?\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?")
"""A time of day or a duration: `0:49:32`; not `80:10:10`, a split."""
_OF_DATA = SPLITS | frozenset("data dataset version cutoff until since snapshot".split())
"""Words of settings whose date is an input: `train_end`, `data_version`."""
_WITH_UNIT = re.compile(r"\d[\d.,]*(?:e[-+]?\d+)? ?[A-Za-z\u00b5\u03bc/]+")


def fold(runs: Mapping[str, Run]) -> dict[str, dict[str, Run]]:
    """Map the name of each group of replicates to its members by name; single runs are not in it.

    Only finished runs fold, and only where the seeds differ: two runs of one seed are twins.
    Replicates have one name but for the seed, and the same settings and metrics.
    """
    groups: defaultdict[tuple[object, ...], dict[str, Scalar]] = defaultdict(dict)
    for name, run in runs.items():
        seed = _seed(name, run) if run.status is Status.FINISHED else None
        if seed is None:
            continue
        settings = defining_settings(run.params)
        finals = frozenset([r.name for r in run.readings.values() if r.kind is Kind.FINAL])
        groups[_stem(name, run), settings, finals][name] = seed
    folded: dict[str, dict[str, Run]] = {}
    for (stem, *_), members in groups.items():
        if len(members) >= FEWEST and len(set(members.values())) == len(members):
            first = next(iter(members))
            above = own_name(runs[first].path.rpartition("/")[0])
            shared = commonprefix([*members])  # noqa: RUF071 - character by character is meant
            chosen = "" if not without_replicate(first) else shared.rstrip("-_. ,=/0123456789")
            name = str(stem) or chosen or above or first
            if name not in folded and (name not in runs or name in members):
                folded[name] = {one: runs[one] for one in members}
    return folded


def means(groups: Mapping[str, Mapping[str, Run]]) -> dict[str, Run]:
    """Return the runs that stand for groups of replicates, by the group's name.

    Their readings are means over the seeds with the sample standard deviation, 0 if a member is not
    finite. A reading that a member lacks, and the seed, are left out.
    """
    if not groups:
        return {}
    import pandas as pd

    found = [
        (row, name, reading.value)
        for row, members in groups.items()
        for member in members.values()
        for name, reading in member.readings.items()
    ]
    frame = pd.DataFrame(found, columns=["row", "name", "value"])
    stats = frame.groupby(["row", "name"])["value"].agg(["mean", "std", "count", "size"])
    whole = stats["count"] == stats["size"]
    mean = stats["mean"].where(whole).to_dict()
    std = stats["std"].where(whole).fillna(0.0).to_dict()
    size = stats["size"].to_dict()
    out = {}
    for row, members in groups.items():
        first = next(iter(members.values()))
        shared = [one for one in first.readings if size[row, one] == len(members)]
        readings = {
            one: replace(first.readings[one], value=mean[row, one], std=std[row, one])
            for one in shared
        }
        params = {key: value for key, value in first.params.items() if not _is_seed(key)}
        files = tuple(file for member in members.values() for file in member.files)
        out[row] = Run(first.path, row, readings, params, files)
    return out


def unit(names: Iterable[str]) -> str:
    """Return what replicates of these names are called: `fold` if all of them are folds, or `seed`.

    Folds of a cross-validation train on other data each, and not only with another seed.
    """
    folds = ["fold" in (word.rstrip("0123456789") for word in tokens(name)) for name in names]
    return "fold" if folds and all(folds) else "seed"


def _seed(name: str, run: Run) -> Scalar:
    """Return the seed among a run's settings, else what its name has in place of one."""
    key = next(filter(_is_seed, run.params), None)
    if key is not None:
        return run.params[key]
    return name if _unseeded(name) != name.strip("-_. ,=/") else None


def _unseeded(name: str) -> str:
    return without_replicate(_RUN.sub("", name))


def _stem(name: str, run: Run) -> str:
    """Return what the names of replicates share; nothing for a name that nobody chose."""
    last = name.rpartition("/")[2]
    is_tracked = not _TRACKERS.isdisjoint(run.path.split("/"))
    if is_tracked and _GENERATED.fullmatch(last):
        return ""
    stem = _unseeded(name)
    key = next(filter(_is_seed, run.params), None)
    if key is None:
        return stem
    # Where the seed is a setting, names may end in it, in a number, or in a random identifier.
    if _NUMBERED.fullmatch(last):
        return name.removesuffix(last).strip("/")
    stem = re.sub(rf"[-_. ,/=]{re.escape(str(run.params[key]))}$", "", stem)
    return _ENDING.sub("", stem)


@lru_cache(maxsize=4_096)
def _is_seed(key: str) -> bool:
    return "seed" in tokens(key.rpartition(".")[2]) or key.endswith("random_state")


def defining_settings(params: Mapping[str, Scalar]) -> frozenset[tuple[str, str]]:
    """Return the settings that replicates of one experiment share, as text."""
    return frozenset(
        (key, repr(value)) for key, value in params.items() if defines_experiment(key, value)
    )


def defines_experiment(key: str, value: Scalar = None) -> bool:
    """Return True if runs that differ in this setting are different experiments.

    They are not for a seed, a path or a name, nor for what a training leaves behind: its date, its
    duration, its best epoch, or what was measured.
    """
    if not _is_input(key) or not isinstance(value, str):
        return _is_input(key)
    words = tokens(key.rpartition(".")[2])
    if words in (("checkpoint",), ("ckpt",)):
        return _SAVED.fullmatch(value) is None
    if not value[:1].isdigit():
        return True
    is_date = _OF_DATA.isdisjoint(words) and _is_date(value)
    return not (is_date or _CLOCK.fullmatch(value) or is_measured(key, value))


@lru_cache(maxsize=4_096)
def _is_input(key: str) -> bool:
    words = tokens(key.rpartition(".")[2])
    name = "_".join(words)
    if _is_seed(key) or _LEFT_BEHIND.fullmatch(name):
        return False
    return bool(_INPUT.fullmatch(name)) or _INCIDENTAL.isdisjoint(words)


def is_measured(key: str, value: Scalar) -> bool:
    """Return True for a number with a unit under the name of a result: a latency of `6.2 ms`."""
    is_result = role(key) in (Role.METRIC, Role.TIME) or is_cost(key) or "speed" in tokens(key)
    return is_result and isinstance(value, str) and _WITH_UNIT.fullmatch(value) is not None


def _is_date(text: str) -> bool:
    """Return True for a date in ISO 8601, with a time or without."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
