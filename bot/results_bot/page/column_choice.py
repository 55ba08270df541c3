"""Choose the columns of a table that has none yet: what most runs share, the most telling first."""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.metric_names import Role, direction, is_cost, role, split_of, tokens
from results_bot.metric_vocabulary import SPLITS, VALIDATION
from results_bot.model import Direction, Metric
from results_bot.page.readings import Readings

MOST_COLUMNS = 8
_WHOLE_LOSS = SPLITS | {"loss", "best", "total", "mean", "avg", "final", "epoch", "step"}


def common(readings: Readings) -> list[str]:
    """Return the metrics that most runs share, results before logs, at most eight.

    Times, sample counts, spreads and metrics that only a per-epoch log holds are left out, unless
    there is nothing else: the best value of validation is a result where no other is about
    validation, and speed is where nothing measures quality.
    """
    order, total = readings.names, len(readings.runs)
    only_costs = all(is_cost(name) for name in order if role(name) is Role.METRIC)
    worth = [name for name in order if _worth_a_column(name) or (only_costs and _is_speed(name))]
    shared = [name for name in worth if readings.count(name) * 2 >= total]
    if not shared:
        shared = sorted(worth, key=readings.count, reverse=True)[:MOST_COLUMNS]
    final = [name for name in shared if readings.is_final(name)]
    if any(role(name) is Role.METRIC for name in final):
        chosen = [*final, *_beside(final, shared)]
    else:
        chosen = shared
    counts = [name for name in chosen if role(name) is Role.COUNT][:1]
    scores = _in_order([name for name in chosen if role(name) is not Role.COUNT])
    last = [*_sizes(readings), *counts]
    room = MOST_COLUMNS - len(last)
    shown = _fitting(scores, room)
    others = _uncovered(readings, shown, worth)
    return [*_in_order([*shown[: room - len(others)], *others]), *last]


def _fitting(scores: Sequence[str], room: int) -> list[str]:
    """Return at most `room` metrics.

    Training metrics and parts of a loss are dropped first, then the best values of other metrics
    than the headline.
    """
    if len(scores) > room:
        telling = [name for name in scores if split_of(name) != "train" and not _is_part(name)]
        scores = telling or scores
    if len(scores) > room:
        headline = scores[0].removeprefix("best_")
        bests = {name for name in scores if name.startswith("best_")} - {f"best_{headline}"}
        scores = [name for name in scores if name not in bests or name[5:] not in scores]
    return list(scores[:room])


def _uncovered(readings: Readings, shown: Sequence[str], worth: Sequence[str]) -> list[str]:
    """Return one more metric for each kind of run that has none of `shown`, at most four."""
    worth = [name for name in worth if split_of(name) != "train" and role(name) is not Role.COUNT]
    having = {name: readings.having(name) for name in worth}
    covered = set[int]().union(
        *(readings.having(name) for name in shown if split_of(name) != "train")
    )
    out: list[str] = []
    while len(out) < MOST_COLUMNS // 2:
        count = {name: len(runs - covered) for name, runs in having.items()}
        most = max(count.values(), default=0)
        if not most:
            break
        out.append(_in_order([name for name in worth if count[name] == most])[0])
        covered |= having[out[-1]]
    return out


def _sizes(readings: Readings) -> list[str]:
    """Return the number of a model's parameters, if runs differ in it."""
    for name in readings.names:
        if role(name) is Role.COUNT and tokens(name)[-1] in ("params", "parameters"):
            found = readings.values(Metric(name, name, sources=(name,)))
            if len(found) * 2 >= len(readings.runs) and len(set(found)) > 1:
                return [name]
    return []


def _in_order(names: Sequence[str]) -> list[str]:
    """Return metrics in their order, each next to its best value: test first, training last.

    Within a split, costs come last, before them parts of a loss, and before those precision and
    recall, neither of which measures quality without the other.
    """
    bases = [name.removeprefix("best_") for name in names]
    place = {base: bases.index(base) for base in bases}

    def key(name: str) -> tuple[int, bool, bool, bool, int]:
        base = name.removeprefix("best_")
        split = {"test": 0, "train": 2}.get(split_of(base) or "", 1)
        return (split, is_cost(base), _is_part(base), is_half(base), place[base])

    return sorted(names, key=key)


def is_half(name: str) -> bool:
    """Return True if a metric means little without its counterpart, as precision and recall."""
    return not {"precision", "recall", "sensitivity", "specificity"}.isdisjoint(tokens(name))


def _is_part(name: str) -> bool:
    """Return True if a metric is one of the terms of a loss, such as `box_loss`."""
    words = tokens(name)
    return "loss" in words and not _WHOLE_LOSS.issuperset(words)


def _beside(final: Sequence[str], shared: Sequence[str]) -> list[str]:
    """Return what a log adds to final metrics: the best of validation and the number of epochs."""
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
