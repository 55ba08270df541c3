"""Runs whose names share a word, against the rest: only what is true of most of them.

A word makes a family where it has three characters at least, or is the value of a setting that
each of its runs has: the `t` of `convnext_t` and `swin_t` joins what has nothing in common.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product
from math import comb

from results_bot.escape import code, markdown
from results_bot.metric_names import tokens
from results_bot.model import Direction, Metric
from results_bot.page.section import Place
from results_bot.page.takeaways.view import View, joined, objectives

ID = "families"
FEWEST = 2
REST = 4
"""Runs that a family must be compared with."""
RARE = 0.05
_SHORTEST = 3
_WORD = re.compile(r"[^\W_]+")
_COMMON = frozenset("test run exp experiment loss model trial sweep new old final".split())
"""Words that show nothing of what a run is."""
_NUMERALS = dict(
    enumerate("none one two three four five six seven eight nine ten eleven twelve".split())
)


def sentences(view: View) -> list[str]:
    """Return one sentence a family that differs from the rest in some metric."""
    runs = [place for place in view.runs if place not in view.facts.left_out]
    compared = set(runs)
    numbers: dict[str, dict[Place, float]] = {key: {} for key in view.metrics}
    texts: dict[str, set[str]] = {key: set() for key in view.metrics}
    for key, one in product(view.metrics, view.scope):
        own, section_id = one.numbers(key), one.id
        for name, text in one.texts(key).items():
            if (section_id, name) in compared:
                texts[key].add(text)
                if name in own:
                    numbers[key][section_id, name] = own[name]

    out = []
    apart = {fact.place for fact in view.facts.other_losses}
    for family, word in _families(view, runs, numbers).items():
        sections = dict.fromkeys(section_id for section_id, _ in family)
        metrics = {m.key: m for one in sections for m in objectives(view.sections[one])}
        other_loss = not apart.isdisjoint(family)
        if other_loss:
            metrics = {key: one for key, one in metrics.items() if "loss" not in tokens(key)}
        clauses = [_outside(view, one, family, numbers[key]) for key, one in metrics.items()]
        if not any(clauses):
            continue
        # The whole family shows one value, and the rest the same.
        clauses += [
            f"{markdown(metric.title)} is {markdown(next(iter(texts[key])))} as in the rest"
            for key, metric in metrics.items()
            if len(texts[key]) == 1
            and 0 < sum(place in numbers[key] for place in family) < len(numbers[key])
        ]
        if other_loss:
            clauses.append("their losses are on another scale and are not compared")
        clause = "; ".join(filter(None, clauses))
        out.append(f"**{code(word)} runs** ({len(family)}): {clause}.")
    return out


def _families(
    view: View, runs: Sequence[Place], numbers: Mapping[str, Mapping[Place, float]]
) -> dict[tuple[Place, ...], str]:
    """Return the sets of runs that share a word: two runs at least, half of all at most."""
    # Two runs of a family are first or last of all in some metric; no other needs a look.
    candidates: set[str] = set()
    for values in numbers.values():
        order = sorted(values, key=values.__getitem__)
        for ends in (order[:FEWEST], order[-FEWEST:]):
            if len(ends) == FEWEST:
                candidates |= set.intersection(*(_words(view, place) for place in ends))
    families: dict[tuple[Place, ...], str] = {}
    for word in sorted(candidates):
        members = [place for place in runs if word in place[1].lower()]
        family = tuple(place for place in members if word in _words(view, place))
        if FEWEST <= len(family) <= len(runs) // 2 and len(runs) - len(family) >= REST:
            families.setdefault(family, word)
    return families


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


def _outside(
    view: View, metric: Metric, family: tuple[Place, ...], numbers: Mapping[Place, float]
) -> str:
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
            # A list has no room for the spread of replicates.
            shown, ends = (
                [view.cell(place, metric).partition(" ± ")[0] for place in places]
                for places in (outside[:4], (low, high))
            )
            of = _NUMERALS.get(len(own), f"{len(own):,}")
            count = "all" if len(outside) == len(own) else _NUMERALS.get(len(outside))
            return (
                f"{markdown(metric.title)} is {word} in {count or f'{len(outside):,}'} of {of} "
                f"({joined(shown)}, against {' to '.join(dict.fromkeys(ends))})"
            )
    return ""
