"""All facts about a summary, each worked out once; rules and takeaways both start from here."""

from __future__ import annotations

from functools import cached_property

from results_bot.metric_names import tokens
from results_bot.model import Metric
from results_bot.page.facts.identical import Identical, identical
from results_bot.page.facts.identity import data_sets, main_data_set
from results_bot.page.facts.one_class import OneClass, one_class
from results_bot.page.facts.other_losses import OtherLoss, other_losses
from results_bot.page.facts.outliers import Outlier, outliers
from results_bot.page.facts.test_sets import OtherTestSet, other_test_sets
from results_bot.page.facts.twins import Twins, twins
from results_bot.page.material import Material, Place, SectionView


class Facts:
    """What is known of a summary beyond its numbers."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self._views = tuple(material.sections.values())

    @cached_property
    def one_class(self) -> list[OneClass]:
        """Runs that predict one class throughout."""
        return one_class(self.material)

    @cached_property
    def identical(self) -> list[Identical]:
        """Values that several runs share to the last digit."""
        return [fact for view in self._views for fact in identical(view)]

    @cached_property
    def twins(self) -> list[Twins]:
        """Pairs of runs that agree in everything."""
        return [fact for view in self._views for fact in twins(view)]

    @cached_property
    def outliers(self) -> list[Outlier]:
        """Runs of another regime."""
        return [fact for view in self._views for fact in outliers(view)]

    @cached_property
    def other_test_sets(self) -> list[OtherTestSet]:
        """Runs measured on another number of samples."""
        return [fact for view in self._views for fact in other_test_sets(view)]

    @cached_property
    def other_losses(self) -> list[OtherLoss]:
        """Runs whose losses do not compare."""
        return other_losses(self.material, self.left_out)

    @cached_property
    def left_out(self) -> frozenset[Place]:
        """Runs that no takeaway is drawn from."""
        return frozenset(
            [(fact.section, fact.run) for fact in self.outliers]
            + [(fact.section, fact.run) for fact in self.other_test_sets]
        )

    @cached_property
    def _other_loss(self) -> frozenset[Place]:
        return frozenset(fact.place for fact in self.other_losses)

    def data_sets(self, view: SectionView) -> dict[str, list[str]]:
        """Return the runs of a section by data set, the main one first."""
        return self._data_sets[view.section.id]

    @cached_property
    def _data_sets(self) -> dict[str, dict[str, list[str]]]:
        out = {}
        for view in self._views:
            found = data_sets(view)
            main = main_data_set(found)
            out[view.section.id] = {main: [name for name in view.names if found[name] == main]}
            for name in view.names:
                if found[name] not in ("", main):
                    out[view.section.id].setdefault(found[name], []).append(name)
        return out

    def comparable(
        self, view: SectionView, metric: Metric, data_set: str | None = None
    ) -> dict[str, float]:
        """Return the values of a metric that compare with each other, by run.

        They are of one data set: of the section's main one where none is given.
        """
        apart = self.left_out
        if "loss" in tokens(metric.key):
            apart |= self._other_loss
        groups = self.data_sets(view)
        own = groups[next(iter(groups)) if data_set is None else data_set]
        numbers = view.numbers(metric.key)
        return {
            name: numbers[name]
            for name in own
            if name in numbers and (view.section.id, name) not in apart
        }
