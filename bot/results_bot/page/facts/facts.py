"""All facts about a summary, each worked out once; rules and takeaways both start from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

from results_bot.metric_names import tokens
from results_bot.model import Metric, Section
from results_bot.page.facts.identical import Identical
from results_bot.page.facts.loss_scale import OtherLoss, other_losses
from results_bot.page.facts.of_section import SectionFacts
from results_bot.page.facts.one_class import OneClass, one_class
from results_bot.page.facts.outliers import Outlier
from results_bot.page.facts.test_sets import OtherTestSet
from results_bot.page.facts.twins import Twins
from results_bot.page.material import Material
from results_bot.page.siblings import Compared, Member, Siblings


class Facts:
    """What can be said of a page beyond its numbers."""

    def __init__(
        self, material: Material, known: Mapping[str, SectionFacts] = MappingProxyType({})
    ) -> None:
        """`known` are the facts of sections, by id, that somebody has begun to work out."""
        self.material = material
        self._known = known
        self._compared: dict[tuple[str, str], Compared] = {}

    def upon(self, material: Material) -> Facts:
        """Return the facts of the same members, whose predictions are read otherwise."""
        other = Facts(material)
        vars(other).update(vars(self) | {"material": material})
        return other

    @cached_property
    def sections(self) -> list[SectionFacts]:
        """The facts of each section alone, in the page's order."""
        known = self._known.get
        return [
            known(siblings.section.id) or SectionFacts(siblings)
            for siblings in self.material.sections
        ]

    def values(self, section_id: str) -> int:
        """Return how many cells of a section hold a number."""
        return self._by_id[section_id].values

    @cached_property
    def _by_id(self) -> dict[str, SectionFacts]:
        return {siblings.section.id: facts for siblings, facts in self.by_section}

    @property
    def by_section(self) -> Iterator[tuple[Siblings, SectionFacts]]:
        """The sections in the page's order, each with its facts."""
        return zip(self.material.sections, self.sections, strict=True)

    @cached_property
    def one_class(self) -> list[OneClass]:
        """Runs that predict one class throughout."""
        return one_class(self.material)

    @cached_property
    def identical(self) -> list[Identical]:
        """Values that several runs share to the last digit."""
        return [fact for section in self.sections for fact in section.identical]

    @cached_property
    def twins(self) -> list[Twins]:
        """Pairs of runs that agree in everything."""
        return [fact for section in self.sections for fact in section.twins]

    @cached_property
    def outliers(self) -> list[Outlier]:
        """Runs of another regime."""
        return [fact for section in self.sections for fact in section.outliers]

    @cached_property
    def other_test_sets(self) -> list[OtherTestSet]:
        """Runs measured on another number of samples."""
        return [fact for section in self.sections for fact in section.other_test_sets]

    @cached_property
    def other_losses(self) -> list[OtherLoss]:
        """Runs whose losses do not compare."""
        return other_losses(self.material.sections, [one.losses for one in self.sections])

    @cached_property
    def left_out(self) -> list[Member]:
        """Runs that no takeaway is drawn from."""
        return [
            siblings.member_at(at)
            for siblings, facts in self.by_section
            for at in sorted(facts.left_out)
        ]

    def comparable(self, metric: Metric, section: Section | None = None) -> list[Member]:
        """Return the runs whose values of `metric` compare with each other, in the page's order."""
        if section is not None:
            return list(self.compared(metric, section).members)
        sections = self.material.summary.sections
        return [member for one in sections for member in self.compared(metric, one).members]

    def compared(self, metric: Metric, section: Section) -> Compared:
        """Return the runs of one section whose values of `metric` compare, and these values."""
        key = (metric.key, section.id)
        if key not in self._compared:
            found = self.material.siblings(section).compared(metric.key)
            apart = self.apart(metric, section)
            self._compared[key] = found.without(apart)
        return self._compared[key]

    def apart(self, metric: Metric, section: Section) -> frozenset[int]:
        """Return the rows of a section, from 0, whose values of `metric` do not compare."""
        apart = self._apart.get(section.id, frozenset())
        if "loss" in tokens(metric.key):
            apart |= self._other_loss.get(section.id, frozenset())
        return apart

    @cached_property
    def _apart(self) -> dict[str, frozenset[int]]:
        return _places(self.left_out)

    @cached_property
    def _other_loss(self) -> dict[str, frozenset[int]]:
        return _places([fact.member for fact in self.other_losses])


def _places(members: Sequence[Member]) -> dict[str, frozenset[int]]:
    """Return where in its section each member stands, by the section's id."""
    out: dict[str, set[int]] = {}
    for member in members:
        out.setdefault(member.section.id, set()).add(member.at)
    return {section_id: frozenset(places) for section_id, places in out.items()}
