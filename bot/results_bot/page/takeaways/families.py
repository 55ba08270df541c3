"""Runs whose names share a word, against the rest: only what is true of most of them.

A word makes a family where it has three characters at least, or is the value of a setting that
each of its runs has: the `t` of `convnext_t` and `swin_t` joins what has nothing in common.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from math import comb

import msgspec

from results_bot.hostile import code, markdown
from results_bot.metric_names import tokens
from results_bot.model import Direction, Metric
from results_bot.page.material import Place
from results_bot.page.takeaways.view import View, joined, objectives, spelled

ID = "families"
FEWEST = 2
REST = 4
"""Runs that a family must be compared with."""
RARE = 0.05
_SHORTEST = 3
_WORD = re.compile(r"[^\W_]+")
_COMMON = frozenset("test run exp experiment loss model trial sweep new old final".split())
"""Words that say nothing of what a run is."""


class _Ranking(msgspec.Struct, frozen=True):
    """The runs with a cell in one metric's column."""

    numbers: dict[Place, float]
    """Finite values."""
    texts: frozenset[str]
    """All that the cells show, as Markdown."""


def sentences(view: View) -> list[str]:
    """Return one sentence a family that differs from the rest in some metric."""
    runs = [place for place in view.runs if place not in view.facts.left_out]
    compared = set(runs)
    rankings = {key: _ranking(view, metric, compared) for key, metric in view.metrics.items()}
    apart = {fact.place for fact in view.facts.other_losses}
    out = []
    for word, family in _families(view, runs, rankings):
        if len(runs) - len(family) >= REST:
            out += _sentence(view, word, family, rankings, apart=not apart.isdisjoint(family))
    return out


def _ranking(view: View, metric: Metric, runs: set[Place]) -> _Ranking:
    numbers: dict[Place, float] = {}
    texts = set()
    for one in view.scope:
        own = one.numbers(metric.key)
        for name, cell in one.texts(metric.key).items():
            place = one.section.id, name
            if place not in runs:
                continue
            texts.add(cell)
            if name in own:
                numbers[place] = own[name]
    return _Ranking(numbers, frozenset(map(markdown, texts)))


def _families(
    view: View, runs: list[Place], rankings: dict[str, _Ranking]
) -> Iterator[tuple[str, list[Place]]]:
    """Yield the runs that share a word, two at least and half of all at most, each set once."""
    # Two runs of a family are first or last of all in some metric; no other needs a look.
    candidates: set[str] = set()
    for ranking in rankings.values():
        order = sorted(ranking.numbers, key=ranking.numbers.__getitem__)
        for ends in (order[:FEWEST], order[-FEWEST:]):
            if len(ends) == FEWEST:
                candidates |= set.intersection(*(_words(view, place) for place in ends))
    by_word: dict[str, list[Place]] = defaultdict(list)
    for place in runs if candidates else ():
        for word in candidates & _words(view, place):
            by_word[word].append(place)
    seen: set[tuple[Place, ...]] = set()
    for word in sorted(candidates):
        family = by_word[word]
        if FEWEST <= len(family) <= len(runs) // 2 and tuple(family) not in seen:
            seen.add(tuple(family))
            yield word, family


def _words(view: View, place: Place) -> set[str]:
    """Return the words of a run's name that may make a family."""
    section_id, name = place
    run = view.sections[section_id].runs.get(name)
    values = {str(value).lower() for value in run.params.values()} if run else set()
    return {
        word
        for word in _WORD.findall(name.lower())
        if not word.isdigit() and word not in _COMMON and (len(word) >= _SHORTEST or word in values)
    }


def _sentence(
    view: View, word: str, family: list[Place], rankings: dict[str, _Ranking], *, apart: bool
) -> list[str]:
    """Return what holds for a family; of its losses nothing where they stand `apart`."""
    sections = dict.fromkeys(section_id for section_id, _ in family)
    metrics = {m.key: m for one in sections for m in objectives(view.sections[one])}
    compared = [m for m in metrics.values() if not (apart and "loss" in tokens(m.key))]
    differing = [c for m in compared if (c := _outside(view, m, family, rankings[m.key].numbers))]
    if not differing:
        return []
    clauses = [*differing, *(c for m in compared if (c := _unmoved(m, family, rankings[m.key])))]
    if apart:
        clauses.append("their losses are on another scale and are not compared")
    return [f"**{code(word)} runs** ({len(family)}): {'; '.join(clauses)}."]


def _outside(view: View, metric: Metric, family: list[Place], numbers: dict[Place, float]) -> str:
    """Return a clause where at least half of the family lie beyond all of the rest."""
    own = [place for place in family if place in numbers]
    in_family = set(own)
    rest = [place for place in numbers if place not in in_family]
    if len(own) < FEWEST or len(rest) < REST:
        return ""
    low, high = min(rest, key=numbers.__getitem__), max(rest[::-1], key=numbers.__getitem__)
    below = [place for place in own if numbers[place] < numbers[low]]
    above = [place for place in own if numbers[place] > numbers[high]]
    worse, better = (below, above) if metric.direction is Direction.HIGHER else (above, below)
    for word, outside in (("worse", worse), ("better", better)):
        enough = len(outside) >= FEWEST and len(outside) * 2 >= len(own)
        # How likely so many of a family would be the first, or the last, of all by chance.
        if enough and 2 * comb(len(own), len(outside)) <= RARE * comb(len(numbers), len(outside)):
            count = "all" if len(outside) == len(own) else spelled(len(outside))
            values = joined([_mean(view, place, metric) for place in outside[:4]])
            ends = dict.fromkeys(_mean(view, place, metric) for place in (low, high))
            return (
                f"{markdown(metric.title)} is {word} in {count} of {spelled(len(own))} "
                f"({values}, against {' to '.join(ends)})"
            )
    return ""


def _unmoved(metric: Metric, family: list[Place], ranking: _Ranking) -> str:
    """Return a clause where the whole family shows one value, and the rest the same."""
    shown = sum(place in ranking.numbers for place in family)
    if len(ranking.texts) == 1 and 0 < shown < len(ranking.numbers):
        return f"{markdown(metric.title)} is {next(iter(ranking.texts))} as in the rest"
    return ""


def _mean(view: View, place: Place, metric: Metric) -> str:
    """Return a run's value without the spread of its replicates, which a list has no room for."""
    return view.cell(place, metric).partition(" ± ")[0]
