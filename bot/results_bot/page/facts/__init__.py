"""All facts about a summary, each worked out once; rules and takeaways both start from here."""

from __future__ import annotations

from functools import cached_property

from results_bot.metric_names import tokens
from results_bot.model import Metric
from results_bot.page.facts.identity import data_sets
from results_bot.page.facts.one_class import OneClass, one_class
from results_bot.page.facts.other_losses import OtherLoss, other_losses
from results_bot.page.facts.outliers import (
    OtherTestSet,
    Outlier,
    in_percent,
    other_test_sets,
    outliers,
    usual_count,
)
from results_bot.page.section import Place, Section, Summary


class Facts:
    """Facts derived from a summary: data sets, outliers, runs that do not compare."""

    def __init__(self, summary: Summary) -> None:
        """Find the runs of each section that compare with each other."""
        self.summary = summary
        self.data_sets: dict[str, dict[str, list[str]]] = {}
        """The runs of a section by data set, the main one first; by the section's id."""
        self.usual_counts: dict[str, int | None] = {}
        """The number of samples of most runs in a section, by its id."""
        self.outliers: list[Outlier] = []
        self.other_test_sets: list[OtherTestSet] = []
        for view in summary.sections:
            self.data_sets[view.id] = groups = data_sets(view)
            self.usual_counts[view.id] = usual = usual_count(view)
            main = next(iter(groups.values()))
            self.outliers += outliers(view, main)
            self.other_test_sets += other_test_sets(view, main, usual)
        self.left_out: frozenset[Place] = frozenset(
            fact.place for fact in (*self.outliers, *self.other_test_sets)
        )
        """Runs that no takeaway is drawn from."""

    @cached_property
    def one_class(self) -> list[OneClass]:
        """Runs that predict one class throughout."""
        return one_class(self.summary)

    @cached_property
    def other_losses(self) -> list[OtherLoss]:
        """Runs whose losses do not compare."""
        return other_losses(self.summary, self.left_out)

    def comparable(
        self, view: Section, metric: Metric, data_set: str | None = None
    ) -> dict[str, float]:
        """Return the values of a metric that compare with each other, by run.

        They are of one data set: of the section's main one where none is given.
        """
        apart = {name for section, name in self.left_out if section == view.id}
        apart |= {*in_percent(view, metric)}
        if "loss" in tokens(metric.key):
            apart |= {fact.run for fact in self.other_losses if fact.section == view.id}
        groups = self.data_sets[view.id]
        own = groups[next(iter(groups)) if data_set is None else data_set]
        numbers = view.numbers(metric.key)
        return {name: numbers[name] for name in own if name in numbers and name not in apart}
