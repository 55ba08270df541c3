"""Runs whose names share a word, against the rest: only what is true of most of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile
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
_WORD = re.compile(r"[^\W_]{3,}")
_COMMON = frozenset("test run exp experiment loss model trial sweep new old final".split())
"""Words that show nothing of what a run is."""
_NUMERALS = dict(
    enumerate("none one two three four five six seven eight nine ten eleven twelve".split())
)


def sentences(view: View) -> list[str]:
    """Return one sentence a family that differs from the rest in some metric."""
    runs = [place for place in view.runs if place not in view.facts.left_out]
    numbers: dict[str, dict[Place, float]] = {}
    texts: dict[str, set[str]] = {}
    for key in view.metrics:
        own = {one.id: one.numbers(key) for one in view.scope}
        shown = {one.id: one.texts(key) for one in view.scope}
        known = {(one, run): own[one][run] for one, run in runs if run in own[one]}
        # By value, so that a family beyond all of the rest stands at an end.
        numbers[key] = dict(sorted(known.items(), key=lambda item: item[1]))
        texts[key] = {shown[one][run] for one, run in runs if run in shown[one]}

    out = []
    apart = {fact.place for fact in view.facts.other_losses}
    for family, word in _families(runs).items():
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


def _families(runs: Sequence[Place]) -> dict[tuple[Place, ...], str]:
    """Return the sets of runs that share a word: two runs at least, half of all at most."""
    members: defaultdict[str, dict[Place, None]] = defaultdict(dict)
    for place in runs:
        for word in _WORD.findall(place[1].lower()):
            if not word.isdigit() and word not in _COMMON:
                members[word][place] = None
    most = min(len(runs) // 2, len(runs) - REST)
    families: dict[tuple[Place, ...], str] = {}
    for word in sorted(members):
        family = tuple(members[word])
        if FEWEST <= len(family) <= most:
            families.setdefault(family, word)
    return families


def _outside(
    view: View, metric: Metric, family: tuple[Place, ...], numbers: dict[Place, float]
) -> str:
    """Return a clause where at least half of the family lie beyond all of the rest.

    `numbers` are in the order of their values.
    """
    own = [place for place in family if place in numbers]
    if len(own) < FEWEST or len(numbers) - len(own) < REST:
        return ""
    in_family = {*own}
    first, last = (
        next(place for place in order if place not in in_family)
        for order in (numbers, reversed(numbers))
    )
    below = {*takewhile(lambda place: numbers[place] < numbers[first], numbers)}
    above = {*takewhile(lambda place: numbers[place] > numbers[last], reversed(numbers))}
    worse, better = (below, above) if metric.direction is Direction.HIGHER else (above, below)
    for word, beyond in (("worse", worse), ("better", better)):
        outside = [place for place in own if place in beyond]
        enough = len(outside) >= FEWEST and len(outside) * 2 >= len(own)
        # How likely so many of a family would be the first, or the last, of all by chance.
        if enough and 2 * comb(len(own), len(outside)) <= RARE * comb(len(numbers), len(outside)):
            # A list has no room for the spread of replicates.
            shown, ends = (
                [view.cell(place, metric).partition(" ± ")[0] for place in places]
                for places in (outside[:4], (first, last))
            )
            of = _NUMERALS.get(len(own), f"{len(own):,}")
            count = "all" if len(outside) == len(own) else _NUMERALS.get(len(outside))
            return (
                f"{markdown(metric.title)} is {word} in {count or f'{len(outside):,}'} of {of} "
                f"({joined(shown)}, against {' to '.join(dict.fromkeys(ends))})"
            )
    return ""
