"""Words of run names that may say something: whether two runs may share one is soon told then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from results_bot.natural import spelled_alike
from results_bot.patterns import later

FEWEST = 2
_SAYS_NOTHING = frozenset("test run exp experiment loss model trial sweep new old final v".split())
_HAS_DIGIT = later(r"\d")
_NOT_A_NUMBER = later(r"\d*+[^\W\d_][^\W_]*")


def says(word: str) -> bool:
    """Tell whether a word, in small letters, says anything of what a run is."""
    return not word.isdigit() and word not in _SAYS_NOTHING


def words(names: Sequence[str]) -> list[str]:
    """Return the words of some names that say anything; one that two share, twice and alone."""
    if spelled_alike(names) and not any(map(_HAS_DIGIT.search, _words(names[:1]))):
        names = names[:FEWEST]  # All have the same words.
    found = Counter(_words(names))
    telling = [word for word in found if says(word)]
    shared = next((word for word in telling if found[word] >= FEWEST), None)
    return telling if shared is None else [shared] * FEWEST


def _words(names: Iterable[str]) -> list[str]:
    return _NOT_A_NUMBER.findall("\n".join(names).lower())


def are_shared(words: Iterable[str]) -> bool:
    """Tell from the words of several sections whether two names may share one."""
    return any(times >= FEWEST for times in Counter(words).values())
