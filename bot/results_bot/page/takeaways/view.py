"""What takeaways are drawn from: the runs in scope, and the two metrics that the page is about."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import msgspec

from results_bot.escape import code, markdown
from results_bot.metric_names import is_cost, tokens
from results_bot.model import Direction, Metric
from results_bot.page.facts import Facts
from results_bot.page.section import Place, Section

Key = TypeVar("Key", bound=Hashable)


class Focus(msgspec.Struct, frozen=True):
    """A section and the two metrics that pull against each other in it."""

    section: Section
    primary: Metric
    best: str
    """The run with the best value of `primary`."""
    second: Metric | None = None


class View:
    """The facts seen through the page's primary metric: what the first sorted section is sorted by.

    Takeaways are drawn over the sections that are known to share that section's test set: a page
    may have a section for each data set, and the best of all would be of the easiest.
    """

    def __init__(self, facts: Facts) -> None:
        """Choose the sections, runs and metrics in scope."""
        self.facts = facts
        self.sections = {one.id: one for one in facts.summary.sections}
        self.sorted_by = frozenset(view.sort for view in self.sections.values())
        """The keys of the metrics that sections are sorted by."""
        self.main_sets = {one: next(iter(sets)) for one, sets in facts.data_sets.items()}
        """The main data set of each section, by its id; empty where it is not known."""
        self.scope: list[Section] = []
        primary: Metric | None = None
        for view in self.sections.values():
            metric = view.metric(view.sort or "")
            if metric in objectives(view) and len(view.names) > 1:
                primary = metric
                count, data_set = self._test_set(view)
                self.scope = [
                    one
                    for one in self.sections.values()
                    if one is view or (count and self._test_set(one) == (count, data_set))
                ]
                break
        self.runs: list[Place] = [
            (view.id, name)
            for view in self.scope
            for name in facts.data_sets[view.id][self.main_sets[view.id]]
        ]
        """Every run in scope; of a section's data sets the main one."""
        self.metrics = {metric.key: metric for view in self.scope for metric in objectives(view)}
        """The metrics in scope that can get better or worse, by key."""
        self.where = ""
        """` in Some section` for a sentence, where the scope is not the whole page."""
        if len(self.scope) < sum(bool(view.names) for view in self.sections.values()):
            self.where = f" in {joined([markdown(view.title) for view in self.scope])}"
        if any(len(facts.data_sets[view.id]) > 1 for view in self.scope):
            self.where += f" on {markdown(self.main_sets[self.scope[0].id])}"
        self.focus: Focus | None = None
        """The best run by the primary metric, in its section."""
        if primary is not None and (top := best(self.comparable(primary), primary)):
            view = self.sections[top[0][0]]
            second = next(iter(self.seconds(view, primary)), None)
            self.focus = Focus(view, primary, top[0][1], second)

    def _test_set(self, view: Section) -> tuple[int | None, str]:
        return self.facts.usual_counts[view.id], self.main_sets[view.id]

    def comparable(self, metric: Metric) -> dict[Place, float]:
        """Return the values of a metric in scope that compare with each other."""
        return {
            (view.id, name): number
            for view in self.scope
            for name, number in self.facts.comparable(view, metric).items()
        }

    def seconds(self, view: Section, primary: Metric) -> list[Metric]:
        """Return the other metrics with three values at least, the one to look at first.

        Those are costs, such as the latency, then what other sections are sorted by.
        """
        moving = [
            metric
            for metric in objectives(view)
            if metric.key != primary.key
            and len(set(self.facts.comparable(view, metric).values())) > 2
        ]
        return sorted(moving, key=lambda one: (not is_cost(one.key), one.key not in self.sorted_by))

    def cell(self, place: Place, metric: Metric) -> str:
        """Return a run's value as its table shows it, as Markdown."""
        section_id, name = place
        return self.sections[section_id].cell(name, metric)


def objectives(view: Section) -> list[Metric]:
    """Return the metrics that a model is trained for: none of those measured in training."""
    return [
        metric for metric in view.judged if {"train", "training"}.isdisjoint(tokens(metric.key))
    ]


def best(numbers: Mapping[Key, float], metric: Metric) -> list[Key]:
    """Return the runs that share the best value, in their order."""
    better = max if metric.direction is Direction.HIGHER else min
    top = better(numbers.values(), default=None)
    return [one for one, number in numbers.items() if number == top]


def costs(numbers: Mapping[Key, float], metric: Metric) -> dict[Key, float]:
    """Return numbers that are smaller for better values."""
    sign = -1.0 if metric.direction is Direction.HIGHER else 1.0
    return {name: sign * number for name, number in numbers.items()}


def named(names: Sequence[str]) -> str:
    """Return run names in a row as code, `and 3 more` where there are many."""
    return joined([code(name) for name in names], 5)


def joined(parts: Sequence[str], most: int | None = None) -> str:
    """Return `a`, `a and b`, `a, b and c`; of more than `most`, the first and `3 more`."""
    if most is not None and len(parts) > most:
        parts = [*parts[: most - 1], f"{len(parts) - most + 1} more"]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
