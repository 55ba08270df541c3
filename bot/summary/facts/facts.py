"""All facts about a summary, each worked out once; rules and takeaways both start from here."""

from __future__ import annotations

from functools import cached_property

from bot.metric_names import tokens
from bot.model import Metric, Section
from bot.summary.facts.identical import Identical, identical
from bot.summary.facts.loss_scale import OtherLoss, other_losses
from bot.summary.facts.one_class import OneClass, one_class
from bot.summary.facts.outliers import Outlier, outliers
from bot.summary.facts.test_sets import OtherTestSet, other_test_sets
from bot.summary.facts.twins import Twins, twins
from bot.summary.material import Material, Member


class Facts:
    """What can be said of a page beyond its numbers."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self._comparable: dict[tuple[str, str | None], list[Member]] = {}

    @cached_property
    def one_class(self) -> list[OneClass]:
        """Runs that predict one class throughout."""
        return one_class(self.material)

    @cached_property
    def identical(self) -> list[Identical]:
        """Values that several runs share to the last digit."""
        return identical(self.material)

    @cached_property
    def twins(self) -> list[Twins]:
        """Pairs of runs that agree in everything."""
        return twins(self.material)

    @cached_property
    def outliers(self) -> list[Outlier]:
        """Runs of another regime."""
        return outliers(self.material)

    @cached_property
    def other_test_sets(self) -> list[OtherTestSet]:
        """Runs measured on another number of samples."""
        return other_test_sets(self.material)

    @cached_property
    def other_losses(self) -> list[OtherLoss]:
        """Runs whose losses do not compare."""
        return other_losses(self.material, self.left_out)

    @cached_property
    def left_out(self) -> list[Member]:
        """Runs that no takeaway is drawn from."""
        apart = {id(fact.member) for fact in self.outliers}
        apart |= {id(fact.member) for fact in self.other_test_sets}
        return [member for member in self.material.members if id(member) in apart]

    def comparable(self, metric: Metric, section: Section | None = None) -> list[Member]:
        """Return the runs whose values of `metric` compare with each other, best not first."""
        key = (metric.key, section.id if section else None)
        if key not in self._comparable:
            apart = {id(member) for member in self.left_out}
            if "loss" in tokens(metric.key):
                apart |= {id(fact.member) for fact in self.other_losses}
            members = self.material.of(section) if section else self.material.members
            self._comparable[key] = [
                member
                for member in members
                if id(member) not in apart and _is_number(member, metric)
            ]
        return self._comparable[key]


def _is_number(member: Member, metric: Metric) -> bool:
    number = member.number(metric.key)
    return number is not None and abs(number) < float("inf")
