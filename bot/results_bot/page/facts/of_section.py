"""The facts of one section, each computed once."""

from __future__ import annotations

from functools import cached_property

from results_bot.page.facts.identical import Identical, identical
from results_bot.page.facts.loss_scale import Losses, losses
from results_bot.page.facts.name_words import words
from results_bot.page.facts.outliers import Outlier, outliers
from results_bot.page.facts.test_sets import OtherTestSet, other_test_sets
from results_bot.page.facts.twins import Twins, twins
from results_bot.page.rows import numbers_in
from results_bot.page.siblings import Siblings


class SectionFacts:
    """What can be said of a section beyond its numbers."""

    def __init__(self, siblings: Siblings) -> None:
        self._siblings = siblings

    @cached_property
    def outliers(self) -> list[Outlier]:
        """Runs of another regime."""
        return outliers(self._siblings)

    @cached_property
    def other_test_sets(self) -> list[OtherTestSet]:
        """Runs measured on another number of samples."""
        return other_test_sets(self._siblings)

    @cached_property
    def left_out(self) -> frozenset[int]:
        """The rows that no takeaway is drawn from, from 0."""
        found = {fact.member.at for fact in self.outliers}
        return frozenset(found | {fact.member.at for fact in self.other_test_sets})

    @cached_property
    def losses(self) -> Losses:
        """What the runs tell of their losses, which is compared over sections."""
        return losses(self._siblings, self.left_out)

    @cached_property
    def words(self) -> list[str]:
        """Words of the names that may say something; what two share is compared over sections."""
        return words(self._siblings.names)

    @cached_property
    def identical(self) -> list[Identical]:
        """Values that several runs share to the last digit."""
        return identical(self._siblings)

    @cached_property
    def twins(self) -> list[Twins]:
        """Pairs of runs that agree in everything."""
        return twins(self._siblings)

    @cached_property
    def values(self) -> int:
        """The number of cells that hold a number."""
        return numbers_in(self._siblings.section.rows)
