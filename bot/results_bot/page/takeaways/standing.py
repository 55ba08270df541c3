"""All runs that show a metric, put in order once: who lies beyond all others is soon told then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from math import isnan

import msgspec

from results_bot.hostile import markdown
from results_bot.page.siblings import Member
from results_bot.page.takeaways.view import View

_PAIR = 2


class Standing(msgspec.Struct, frozen=True, dict=True):
    """The runs that show a number for one metric."""

    key: str
    members: Sequence[Member]
    """In the page's order."""
    numbers: Sequence[float]
    texts: frozenset[str]
    """What they show, each once."""

    @classmethod
    def of(cls, view: View, key: str) -> Standing:
        """Return where the runs stand that nothing speaks against."""
        apart = {id(member) for member in view.facts.left_out}
        cells = [
            (member, number, text)
            for siblings in map(view.facts.material.siblings, view.scope)
            for member, number, text in zip(
                siblings.members, siblings.numbers(key), siblings.texts(key), strict=True
            )
            if text is not None and number is not None and id(member) not in apart
        ]
        members, numbers, texts = zip(*cells, strict=True) if cells else ((), (), ())
        return cls(key, members, numbers, frozenset(map(markdown, set(texts))))

    @cached_property
    def _ordered(self) -> list[tuple[float, int]]:
        """Numbers and places, the least first; what is no number is beyond nothing."""
        return sorted((n, at) for at, n in enumerate(self.numbers) if not isnan(n))

    @property
    def ends(self) -> tuple[list[Member], list[Member]]:
        """The two that have the least numbers, and the two that have the greatest."""
        least, most = self._ordered[:_PAIR], self._ordered[-_PAIR:]
        return self._members(least), self._members(most)

    def own(self, family: Iterable[Member]) -> list[Member]:
        """Return those of a family that are here."""
        there = self._identities
        return [member for member in family if id(member) in there]

    @cached_property
    def _identities(self) -> frozenset[int]:
        return frozenset(map(id, self.members))

    def beyond(self, own: Iterable[Member]) -> tuple[list[Member], list[Member]]:
        """Return those of `own` that are below all others, and those above, in the page's order."""
        order, (first, last) = self._ordered, self._others(own)
        if first > last:
            return [], []
        low, high = order[first][0], order[last][0]
        below = [pair for pair in order[:first] if pair[0] < low]
        above = [pair for pair in order[last + 1 :] if pair[0] > high]
        return self._members(below), self._members(above)

    def span(self, own: Iterable[Member]) -> tuple[Member, Member]:
        """Return those with the least and the greatest number of all but `own`, who must be some.

        Of equals the first and the last in the page.
        """
        first, last = self._others(own)
        return self.members[self._ordered[first][1]], self.members[self._ordered[last][1]]

    def _others(self, own: Iterable[Member]) -> tuple[int, int]:
        """Return the places in the order of the first and the last that are not of `own`."""
        ids = set(map(id, own))
        first, last = 0, len(self._ordered) - 1
        while first <= last and id(self.members[self._ordered[first][1]]) in ids:
            first += 1
        while first <= last and id(self.members[self._ordered[last][1]]) in ids:
            last -= 1
        return first, last

    def _members(self, pairs: Iterable[tuple[float, int]]) -> list[Member]:
        return [self.members[at] for at in sorted(at for _, at in pairs)]
