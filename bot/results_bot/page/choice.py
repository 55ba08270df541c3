"""Choose the metrics that a table shows where neither its page nor the configuration names them."""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.metric_names import Role, direction, is_cost, role, split_of, tokens
from results_bot.metric_words import SPLITS, SPREADS, VALIDATION
from results_bot.model import Direction, Kind, Metric, Reading, Run

MOST_COLUMNS = 8
_BOOKKEEPING = frozenset(
    "std stderr samples sample support passed failed skipped remaining rank tp fp tn fn "
    "counter pid".split()
)
_WHOLE_LOSS = SPLITS | {"loss", "best", "total", "mean", "avg", "final", "epoch", "step"}


class Readings:
    """The readings of a section's runs, by name; a run is known by its place among them."""

    def __init__(self, runs: Sequence[Run], sizes: Sequence[int] = ()) -> None:
        """Group the readings by name, in the order in which the runs have them.

        That order decides the order of the columns. `sizes` counts the runs that each stands for.
        """
        self.runs = runs
        self.sizes = sizes or [1] * len(runs)
        self._by_name: dict[str, dict[int, Reading]] = {}
        for place, run in enumerate(runs):
            for name, reading in run.readings.items():
                self._by_name.setdefault(name, {})[place] = reading

    @property
    def names(self) -> list[str]:
        """The names of all readings."""
        return [*self._by_name]

    def having(self, name: str) -> set[int]:
        """Return the places of the runs that have a reading of this name."""
        return {*self._by_name.get(name, ())}

    def share(self, name: str) -> float:
        """Return the share of runs that have a reading of this name."""
        count = sum(self.sizes[place] for place in self._by_name.get(name, ()))
        return count / max(1, sum(self.sizes))

    def is_final(self, name: str) -> bool:
        """Return True if any reading of this name was written as a job's result."""
        return any(one.kind is Kind.FINAL for one in self._by_name.get(name, {}).values())

    def repeats(self, name: str) -> bool:
        """Return True for a best value that is the last one in all runs."""
        last = self._by_name.get(name.removeprefix("best_"), {})
        return name.startswith("best_") and all(
            place in last and last[place].value == best.value
            for place, best in self._by_name[name].items()
        )

    def values(self, metric: Metric) -> list[float]:
        """Return the values of a metric: for each run of the first of its sources that it has."""
        found: dict[int, Reading] = {}
        for source in reversed(metric.sources):
            found |= self._by_name.get(source, {})
        return [reading.value for reading in found.values()]

    def direction(self, metric: Metric) -> Direction:
        """Return the direction that artifacts state, as an Optuna study does, where they agree."""
        readings = [self._by_name.get(source, {}).values() for source in metric.sources]
        stated = {one.direction for some in readings for one in some} - {Direction.UNKNOWN}
        return stated.pop() if len(stated) == 1 else Direction.UNKNOWN


def common(readings: Readings) -> list[str]:
    """Return the metrics that many runs share, results before logs, at most eight.

    Half of the runs must have them, or a third of the runs a metric of quality. Times, sample
    counts, spreads and metrics that only a per-epoch log holds are left out, unless there is
    nothing else: the best value of validation is a result where no other is about validation, and
    speed is where nothing measures quality.
    """
    order, worth = readings.names, _worth_showing(readings)
    shared = [name for name in worth if readings.share(name) >= (1 / 3 if _is_score(name) else 0.5)]
    shared = shared or sorted(worth, key=readings.share, reverse=True)[:MOST_COLUMNS]
    chosen = final = [name for name in shared if readings.is_final(name)]
    if any(role(name) is Role.METRIC for name in final):
        # A log adds the best of validation, if nothing final is of it, and the number of epochs.
        log = [name for name in shared if name not in final]
        if not any(split_of(name) in VALIDATION for name in final):
            best = [name for name in log if name.startswith("best_")]
            chosen = [*chosen, *(name for name in best if split_of(name) in VALIDATION)]
        chosen = [*chosen, *(name for name in log if name == "total_epochs")]
    else:
        chosen = shared
    chosen = [one for one in chosen if one[5:] not in chosen or not readings.repeats(one)]
    # Last stand the number of a model's parameters, if runs differ in it, and one other count.
    sizes = [
        name
        for name in order
        if role(name) is Role.COUNT
        and tokens(name)[-1] in ("params", "parameters")
        and readings.share(name) >= 0.5
        and len(set(readings.values(Metric(name, name, sources=(name,))))) > 1
    ]
    last = [*sizes[:1], *[name for name in chosen if role(name) is Role.COUNT][:1]]
    room = MOST_COLUMNS - len(last)
    scores = _in_order([name for name in chosen if role(name) is not Role.COUNT])
    if len(scores) > room:
        telling = [name for name in scores if split_of(name) != "train" and not _is_part(name)]
        scores = telling or scores
    if len(scores) > room:
        # Of other metrics than the headline, the best values go.
        spare = {f"best_{name}" for name in scores if name != scores[0].removeprefix("best_")}
        scores = [name for name in scores if name not in spare]
    scores = scores[:room]
    # Kinds of runs that these do not show come before the last of them, while half are left.
    while len(scores) + len(others := _uncovered(readings, scores, worth)) > room:
        if len(scores) <= room // 2:
            break
        scores.pop()
    return [*_in_order([*scores, *others[: room - len(scores)]]), *last]


def _is_score(name: str) -> bool:
    """Return True for a metric of quality that is higher for better models, not in training."""
    is_training = split_of(name) == "train"
    return direction(name) is Direction.HIGHER and not is_training and not is_cost(name)


def uncovered(readings: Readings, shown: Sequence[str], most: int) -> list[str]:
    """Return at most `most` metrics for the kinds of runs that a page's metrics do not show.

    Where the page shows losses alone, they are what its runs are compared by.
    """
    least = min(map(_standing, shown), default=0)
    others = [name for name in _worth_showing(readings) if _standing(name) >= least]
    return _uncovered(readings, shown, others)[: max(0, most)]


def _uncovered(readings: Readings, shown: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return one of `names` for each kind of run that has better ones than those shown.

    What is of training neither shows a run nor is added.
    """
    names = [name for name in names if split_of(name) != "train" and role(name) is not Role.COUNT]
    best: dict[int, int] = {}
    for name in sorted(names, key=_standing, reverse=True):
        best |= dict.fromkeys(readings.having(name), _standing(name))
    added: list[str] = []
    latest = [name for name in shown if split_of(name) != "train"]
    while True:
        for name in latest:
            having, standing = readings.having(name), _standing(name)
            best = {at: own for at, own in best.items() if at not in having or own < standing}
        if not best or len(added) == MOST_COLUMNS:
            return added
        wanted = min(best.values())
        lacking = {at for at, own in best.items() if own == wanted}
        count = {name: len(readings.having(name) & lacking) for name in names}
        own = [name for name in names if _standing(name) == wanted]
        largest = max(count[name] for name in own)
        latest = _in_order([name for name in own if count[name] == largest])[:1]
        added += latest


def _standing(name: str) -> int:
    """Rank a metric as what a run is known by: its quality first, a loss, a cost, a count."""
    if role(name) is Role.COUNT or "n" in tokens(name):
        return 3
    if is_cost(name):
        return 2
    return int(direction(name) is Direction.UNKNOWN or "loss" in tokens(name))


def _in_order(names: Sequence[str]) -> list[str]:
    """Return metrics in their order, each next to its best value: test, validation, training.

    Within a split, costs come last, before them parts of a loss, and before those precision and
    recall, neither of which measures quality without the other. Counts come after all splits.
    """
    bases = [name.removeprefix("best_") for name in names]
    place = {base: bases.index(base) for base in bases}
    # Beside `val_loss`, Keras and others mean training by `loss`.
    trained = {base[4:] for base in bases if base.startswith("val_")}

    def key(name: str) -> tuple[bool, int, bool, bool, bool, int]:
        base = name.removeprefix("best_")
        split = {"test": 0, "train": 2}.get(split_of(base) or "", 2 if base in trained else 1)
        last = (is_cost(base), _is_part(base), needs_counterpart(base))
        return (_standing(base) == 3, split, *last, place[base])

    return sorted(names, key=key)


def needs_counterpart(name: str) -> bool:
    """Return True if a metric means little without its counterpart, as precision and recall."""
    return not {"precision", "recall", "sensitivity", "specificity"}.isdisjoint(tokens(name))


def _is_part(name: str) -> bool:
    """Return True if a metric is one of the terms of a loss, such as `box_loss`."""
    words = tokens(name)
    return "loss" in words and not _WHOLE_LOSS.issuperset(words)


def _worth_showing(readings: Readings) -> list[str]:
    """Return the names that are worth a column; speed is where nothing measures quality."""
    only_costs = all(is_cost(name) for name in readings.names if role(name) is Role.METRIC)
    return [name for name in readings.names if _worth_a_column(name, with_speed=only_costs)]


def _worth_a_column(name: str, *, with_speed: bool) -> bool:
    words = tokens(name)
    known = direction(name) is not Direction.UNKNOWN
    bookkeeping = not (_BOOKKEEPING | SPREADS).isdisjoint(words) and not known
    if bookkeeping or words[:2] == ("best", "train"):
        return False
    if role(name) is Role.COUNT:
        return words[-1] in ("epoch", "epochs", "steps")
    is_speed = role(name) is Role.TIME and known
    return role(name) in (Role.METRIC, Role.UNKNOWN) or (with_speed and is_speed)
