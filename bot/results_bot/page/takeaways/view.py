"""What the takeaways look at: the facts, and which two metrics the page is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from results_bot.hostile import code, markdown
from results_bot.model import Direction, Metric, Section
from results_bot.page import cells
from results_bot.page.facts.facts import Facts
from results_bot.page.facts.of_section import SectionFacts
from results_bot.page.material import judged
from results_bot.page.siblings import Compared, Member, Members
from results_bot.page.siblings import joined as joined_runs


class Focus(msgspec.Struct, frozen=True):
    """A section and the two metrics that pull against each other in it."""

    section: Section
    primary: Metric
    best: Member
    second: Metric | None


class View:
    """The facts seen through the page's primary metric."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._compared: dict[str, Compared] = {}

    @cached_property
    def scope(self) -> tuple[Section, ...]:
        """The sections that takeaways are drawn over: those known to share the first's test set.

        A page may have a section for each data set, and the best of all would be of the easiest.
        """
        anchor = self._anchor()
        if anchor is None:
            return ()
        count = self.facts.material.siblings(anchor).usual_count
        return tuple(
            siblings.section
            for siblings in self.facts.material.sections
            if siblings.section is anchor or (count is not None and siblings.usual_count == count)
        )

    @property
    def whole(self) -> bool:
        """Tell whether that is every section with runs."""
        rows = [section for section in self.facts.material.summary.sections if section.rows]
        return len(self.scope) >= len(rows)

    @property
    def where(self) -> str:
        """Where a sentence holds, to be said where the page is of several test sets."""
        return "" if self.whole else f" in {joined([markdown(one.title) for one in self.scope])}"

    @property
    def facts_in_scope(self) -> Iterator[SectionFacts]:
        """What can be said of each section in scope by itself."""
        scope = {section.id for section in self.scope}
        return (facts for one, facts in self.facts.by_section if one.section.id in scope)

    @cached_property
    def members(self) -> Members:
        """The runs in scope that nothing speaks against."""
        apart = {one.section.id: facts.left_out for one, facts in self.facts.by_section}
        parts = [
            (one, [at for at in places if at not in apart[one.section.id]])
            if apart[one.section.id]
            else (one, places)
            for one, places in self.all_members.parts
        ]
        return Members(parts)

    @cached_property
    def all_members(self) -> Members:
        """Every run in scope."""
        here = map(self.facts.material.siblings, self.scope)
        return Members([part for siblings in here for part in siblings.members.parts])

    def comparable(self, metric: Metric) -> list[Member]:
        """Return the runs in scope whose values of `metric` compare with each other."""
        return list(self.compared(metric).members)

    def compared(self, metric: Metric) -> Compared:
        """Return the same runs, with these values."""
        found = self._compared.get(metric.key)
        if found is None:
            parts = [self.facts.compared(metric, section) for section in self.scope]
            found = self._compared[metric.key] = joined_runs(parts)
        return found

    @cached_property
    def focus(self) -> Focus | None:
        """The primary metric is what the first section is sorted by; its best run's section."""
        primary = self._primary()
        if primary is None:
            return None
        best = self.compared(primary).best(primary)
        if best is None:
            return None
        return Focus(best.section, primary, best, self.second(best.section, primary))

    def _anchor(self) -> Section | None:
        for section in self.facts.material.summary.sections:
            metric = section.metric(section.sort or "")
            if metric is not None and metric in judged(section) and len(section.rows) > 1:
                return section
        return None

    def _primary(self) -> Metric | None:
        anchor = self._anchor()
        return anchor.metric(anchor.sort or "") if anchor else None

    def second(self, section: Section, primary: Metric) -> Metric | None:
        """Return another metric that moves: what other sections are sorted by, else the first."""
        return next(iter(self.seconds(section, primary)), None)

    def seconds(self, section: Section, primary: Metric) -> list[Metric]:
        """Return all other metrics that move in a section, the one to look at first."""
        moving = [
            metric
            for metric in judged(section)
            if metric.key != primary.key and _moves(self.facts.compared(metric, section).numbers)
        ]
        return sorted(moving, key=lambda metric: not self.orders(metric))

    def orders(self, metric: Metric) -> bool:
        """Tell whether some section is sorted by a metric."""
        return metric.key in [one.sort for one in self.facts.material.summary.sections]


def _moves(numbers: Sequence[float]) -> bool:
    """Tell whether there are three different values."""
    few: set[float] = set()
    for number in numbers:
        few.add(number)
        if len(few) > 2:
            return True
    return False


def cost(member: Member, metric: Metric) -> float:
    """Return a number that is smaller for better values."""
    number = member.number(metric.key)
    if number is None:
        return float("inf")
    return -number if metric.direction is Direction.HIGHER else number


def shown(member: Member, metric: Metric) -> str:
    """Return the cell as the table shows it, or as it would where only the run has the number."""
    text, number = member.text(metric.key), member.number(metric.key)
    if text is None and number is not None:
        return cells.number(number, metric.format)
    return markdown(cells.MISSING if text is None else text)


def named(members: Sequence[Member], most: int = 5) -> str:
    """Return run names in a row, `and 3 more` where there are many."""
    names = [code(member.name) for member in members]
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    return joined(names)


def joined(parts: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


_WORDS = "none one two three four five six seven eight nine ten eleven twelve".split()


def spelled(number: int) -> str:
    """Return small numbers as words."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else f"{number:,}"
