"""Which metrics become columns where nobody says so: what most runs share, what says most first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from results_bot.metric_names import Role, direction, is_cost, role, split_of, tokens
from results_bot.metric_vocabulary import SPLITS, VALIDATION
from results_bot.model import Direction
from results_bot.page.readings import Readings

MOST_COLUMNS = 8
_WHOLE_LOSS = SPLITS | {"loss", "best", "total", "mean", "avg", "final", "epoch", "step"}


def common(readings: Readings) -> list[str]:
    """Return the metrics that most runs share, results before logs, at most eight.

    Times, sample counts, spreads and what only a per-epoch log tells are left out, unless there is
    nothing else: a best value of validation is a result where no other tells of validation, and
    how fast a model is where nothing tells how good it is.
    """
    order = dict.fromkeys(name for shape in readings.shapes for name in shape)
    costs = all(is_cost(name) for name in order if role(name) is Role.METRIC)
    worth = [name for name in order if _worth_a_column(name) or (costs and _is_speed(name))]
    count = _count(readings.shapes, worth)
    shared = [name for name in order if count[name] * 2 >= len(readings.runs) and count[name]]
    shared = shared or [name for name, _ in count.most_common(MOST_COLUMNS)]
    final = [name for name in shared if any(one is not None for one in readings.finals(name))]
    if any(role(name) is Role.METRIC for name in final):
        chosen = [*final, *_beside(final, shared)]
    else:
        chosen = shared
    counts = [name for name in chosen if role(name) is Role.COUNT][:1]
    scores = _in_order([name for name in chosen if role(name) is not Role.COUNT])
    last = [*_sizes(readings, order), *counts]
    room = MOST_COLUMNS - len(last)
    shown = _fitting(scores, room)
    others = _uncovered(readings.shapes, shown, worth)
    return [*_in_order([*shown[: room - len(others)], *others]), *last]


def _fitting(scores: Sequence[str], room: int) -> list[str]:
    """Return at most `room` metrics: the headline's best, and then rather others than their bests.

    What is of training, or a part of a loss, goes first where there is too much.
    """
    if len(scores) > room:
        telling = [name for name in scores if split_of(name) != "train" and not _is_part(name)]
        scores = telling or scores
    if len(scores) > room:
        headline = scores[0].removeprefix("best_")
        bests = {name for name in scores if name.startswith("best_")} - {f"best_{headline}"}
        scores = [name for name in scores if name not in bests or name[5:] not in scores]
    return list(scores[:room])


def _count(shapes: Mapping[tuple[str, ...], int], worth: Iterable[str]) -> Counter[str]:
    """Return how many runs tell each of `worth`, those of the first runs first."""
    worth = list(worth)
    count: Counter[str] = Counter()
    for shape, runs in shapes.items():
        told = set(shape)
        count.update({name: runs for name in worth if name in told})
    return count


def _uncovered(
    shapes: Mapping[tuple[str, ...], int], shown: Iterable[str], worth: Iterable[str]
) -> list[str]:
    """Return one metric more for each kind of run of which `shown` tells nothing, at most four."""
    worth = [name for name in worth if split_of(name) != "train" and role(name) is not Role.COUNT]
    out: list[str] = []
    told = {name for name in shown if split_of(name) != "train"}
    while len(out) < MOST_COLUMNS // 2:
        bare = {shape: runs for shape, runs in shapes.items() if told.isdisjoint(shape)}
        count = _count(bare, worth)
        if not count:
            break
        most = max(count.values())
        out.append(_in_order([name for name in worth if count[name] == most])[0])
        told.add(out[-1])
    return out


def _sizes(readings: Readings, names: Iterable[str]) -> list[str]:
    """Return the number of a model's parameters, where runs differ in it."""
    for name in names:
        if role(name) is Role.COUNT and tokens(name)[-1] in ("params", "parameters"):
            found = [one for one in readings.numbers(name) if one is not None]
            if len(found) * 2 >= len(readings.runs) and len(set(found)) > 1:
                return [name]
    return []


def _in_order(names: Sequence[str]) -> list[str]:
    """Return metrics as they came, each beside its best, tests first, what says least last.

    Neither precision nor recall says how good a model is without the other, and less does a part
    of a loss, or what it costs; what is of training comes after all others.
    """
    bases = [name.removeprefix("best_") for name in names]
    place = {base: bases.index(base) for base in bases}

    def key(name: str) -> tuple[int, bool, bool, bool, int]:
        base = name.removeprefix("best_")
        split = {"test": 0, "train": 2}.get(split_of(base) or "", 1)
        return (split, is_cost(base), _is_part(base), is_half(base), place[base])

    return sorted(names, key=key)


def is_half(name: str) -> bool:
    """Tell whether a metric is one of two that only say something together."""
    return not {"precision", "recall", "sensitivity", "specificity"}.isdisjoint(tokens(name))


def _is_part(name: str) -> bool:
    """Tell whether a metric is one of the terms of a loss, such as `box_loss`."""
    words = tokens(name)
    return "loss" in words and not _WHOLE_LOSS.issuperset(words)


def _beside(final: Sequence[str], shared: Sequence[str]) -> list[str]:
    """Return what a log adds to final metrics: the best of validation, and how long it went."""
    log = [name for name in shared if name not in final]
    best = [] if any(split_of(name) in VALIDATION for name in final) else log
    chosen = [name for name in best if split_of(name) in VALIDATION and name.startswith("best_")]
    return [*chosen, *(name for name in log if name == "total_epochs")]


def _is_speed(name: str) -> bool:
    return role(name) is Role.TIME and direction(name) is not Direction.UNKNOWN


def _worth_a_column(name: str) -> bool:
    words = tokens(name)
    if words[:2] == ("best", "train"):
        return False
    if {"std", "stderr", "samples", "sample", "support"}.intersection(words):
        return False
    if role(name) is Role.COUNT:
        return words[-1] in ("epoch", "epochs", "steps")
    return role(name) in (Role.METRIC, Role.UNKNOWN)
