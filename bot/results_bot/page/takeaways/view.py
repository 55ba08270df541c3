"""What takeaways are drawn from: the runs in scope, and the two metrics that the page is about."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import msgspec

from results_bot.hostile import code, markdown
from results_bot.metric_names import is_cost
from results_bot.model import Direction, Metric
from results_bot.page.facts.facts import Facts
from results_bot.page.facts.identity import is_training
from results_bot.page.facts.test_sets import usual_count
from results_bot.page.material import Place, SectionView

Key = TypeVar("Key", bound=Hashable)


class Focus(msgspec.Struct, frozen=True):
    """A section and the two metrics that pull against each other in it."""

    section: SectionView
    primary: Metric
    best: str
    """The run with the best value of `primary`."""
    second: Metric | None


class View:
    """The facts seen through the page's primary metric."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.sections = facts.material.sections

    @cached_property
    def scope(self) -> tuple[SectionView, ...]:
        """The sections that takeaways are drawn over: those known to share the first's test set.

        A page may have a section for each data set, and the best of all would be of the easiest.
        """
        first, _ = self._first
        if first is None:
            return ()
        count, data_set = usual_count(first), self.data_set(first)
        return tuple(
            view
            for view in self.sections.values()
            if view is first
            or (
                count is not None and usual_count(view) == count and self.data_set(view) == data_set
            )
        )

    def data_set(self, view: SectionView) -> str:
        """Return the main data set of a section; empty where it is not known."""
        return next(iter(self.facts.data_sets(view)))

    @cached_property
    def _first(self) -> tuple[SectionView | None, Metric | None]:
        """The first section that is sorted by a metric with a direction, and that metric."""
        for view in self.sections.values():
            metric = view.section.metric(view.section.sort or "")
            if metric is not None and metric in objectives(view) and len(view.names) > 1:
                return view, metric
        return None, None

    @property
    def where(self) -> str:
        """` in Some section` for a sentence, where the scope is not the whole page."""
        where = ""
        if len(self.scope) < sum(bool(view.names) for view in self.sections.values()):
            where = f" in {joined([markdown(view.section.title) for view in self.scope])}"
        if any(len(self.facts.data_sets(view)) > 1 for view in self.scope):
            where += f" on {markdown(self.data_set(self.scope[0]))}"
        return where

    @cached_property
    def runs(self) -> list[Place]:
        """Every run in scope; of a section's data sets the main one."""
        return [
            (view.section.id, name)
            for view in self.scope
            for name in self.facts.data_sets(view)[self.data_set(view)]
        ]

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """The metrics in scope that can get better or worse, by key."""
        return {metric.key: metric for view in self.scope for metric in objectives(view)}

    def comparable(self, metric: Metric) -> dict[Place, float]:
        """Return the values of a metric in scope that compare with each other."""
        return {
            (view.section.id, name): number
            for view in self.scope
            for name, number in self.facts.comparable(view, metric).items()
        }

    @cached_property
    def focus(self) -> Focus | None:
        """The primary metric is what the first section is sorted by; its best run's section."""
        _, primary = self._first
        if primary is None:
            return None
        top = best(self.comparable(primary), primary)
        if not top:
            return None
        section_id, name = top[0]
        view = self.sections[section_id]
        return Focus(view, primary, name, self.second(view, primary))

    def second(self, view: SectionView, primary: Metric) -> Metric | None:
        """Return the first of `seconds`, or None."""
        return next(iter(self.seconds(view, primary)), None)

    def seconds(self, view: SectionView, primary: Metric) -> list[Metric]:
        """Return the other metrics with three values at least, the one to look at first.

        Those are costs, such as the latency, then what other sections are sorted by.
        """
        moving = [
            metric
            for metric in objectives(view)
            if metric.key != primary.key
            and len(set(self.facts.comparable(view, metric).values())) > 2
        ]
        return sorted(moving, key=lambda one: (not is_cost(one.key), not self.orders(one)))

    def orders(self, metric: Metric) -> bool:
        """Return True if some section is sorted by a metric."""
        return any(metric.key == view.section.sort for view in self.sections.values())

    def cell(self, place: Place, metric: Metric) -> str:
        """Return a run's value as its table shows it, as Markdown."""
        section_id, name = place
        return self.sections[section_id].cell(name, metric)


def objectives(view: SectionView) -> list[Metric]:
    """Return the metrics that a model is trained for: none of those measured in training."""
    return [metric for metric in view.metrics if not is_training(metric.key)]


def best(numbers: Mapping[Key, float], metric: Metric) -> list[Key]:
    """Return the runs that share the best value, in their order."""
    better = max if metric.direction is Direction.HIGHER else min
    top = better(numbers.values(), default=None)
    return [one for one, number in numbers.items() if number == top]


def named(names: Sequence[str], most: int = 5) -> str:
    """Return run names in a row as code, `and 3 more` where there are many."""
    spans = [code(name) for name in names]
    if len(spans) > most:
        return f"{', '.join(spans[: most - 1])} and {len(spans) - most + 1} more"
    return joined(spans)


def joined(parts: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


_WORDS = "none one two three four five six seven eight nine ten eleven twelve".split()


def spelled(number: int) -> str:
    """Return small numbers as words."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else f"{number:,}"
