"""Runs whose names share a word, against the rest: said of as many of them as it is true of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from math import comb

from bot.hostile import code, markdown
from bot.metric_names import tokens
from bot.model import Metric
from bot.summary.material import Member, judged
from bot.summary.takeaways.view import View, cost, joined, shown, spelled

ID = "families"
FEWEST = 2
REST = 4
"""Runs that a family must be compared with."""
RARE = 0.05
_SAYS_NOTHING = frozenset("test run exp experiment loss model trial sweep new old final v".split())


def sentences(view: View) -> list[str]:
    """Return one sentence a family that differs from the rest in some metric."""
    out = []
    for word, family in _families(view.members).items():
        ids = {id(member) for member in family}
        rest = [member for member in view.members if id(member) not in ids]
        if len(rest) >= REST:
            out += _sentence(view, word, family, rest)
    return out


def _families(members: Sequence[Member]) -> dict[str, list[Member]]:
    """Return the members by word, two at least and half at most, no set of them twice."""
    by_word: defaultdict[str, list[Member]] = defaultdict(list)
    for member in members:
        for word in dict.fromkeys(re.split(r"[\W_]+", member.name.lower())):
            if word and not word.isdigit() and word not in _SAYS_NOTHING:
                by_word[word].append(member)
    out: dict[str, list[Member]] = {}
    seen: set[tuple[int, ...]] = set()
    for word in sorted(by_word):
        family = by_word[word]
        key = tuple(id(member) for member in family)
        if FEWEST <= len(family) <= len(members) // 2 and key not in seen:
            seen.add(key)
            out[word] = family
    return out


def _sentence(view: View, word: str, family: Sequence[Member], rest: Sequence[Member]) -> list[str]:
    metrics = {m.key: m for member in family for m in judged(member.section)}
    apart = _other_loss(view, family)
    compared = [m for m in metrics.values() if not (apart and "loss" in tokens(m.key))]
    differing = [clause for m in compared if (clause := _outside(m, family, rest))]
    if not differing:
        return []
    same = [clause for m in compared if (clause := _unmoved(m, family, rest))]
    clauses = [*differing, *same]
    if apart:
        clauses.append("their losses are on another scale and are not compared")
    return [f"**{code(word)} runs** ({len(family)}): {'; '.join(clauses)}."]


def _outside(metric: Metric, family: Sequence[Member], rest: Sequence[Member]) -> str:
    """Return a clause where at least half of the family lie beyond all of the rest."""
    own, others = _having(metric, family), _having(metric, rest)
    if len(own) < FEWEST or len(others) < REST:
        return ""
    low, high = (f(cost(m, metric) for m in others) for f in (min, max))
    for word, outside in (
        ("worse", [m for m in own if cost(m, metric) > high]),
        ("better", [m for m in own if cost(m, metric) < low]),
    ):
        enough = len(outside) >= FEWEST and len(outside) * 2 >= len(own)
        if enough and _by_chance(len(outside), len(own), len(others)) <= RARE:
            count = "all" if len(outside) == len(own) else spelled(len(outside))
            values = joined([shown(member, metric) for member in outside[:4]])
            return (
                f"{markdown(metric.title)} is {word} in {count} of {spelled(len(own))} "
                f"({values}, against {_range(metric, others)})"
            )
    return ""


def _by_chance(outside: int, own: int, others: int) -> float:
    """Return how likely so many of a family would be the first, or the last, of all by chance."""
    return 2 * comb(own, outside) / comb(own + others, outside)


def _unmoved(metric: Metric, family: Sequence[Member], rest: Sequence[Member]) -> str:
    """Return a clause where the whole family shows one value, and the rest the same."""
    own = {shown(member, metric) for member in _having(metric, family)}
    others = {shown(member, metric) for member in _having(metric, rest)}
    if len(own) == 1 and own == others:
        return f"{markdown(metric.title)} is {own.pop()} as in the rest"
    return ""


def _having(metric: Metric, members: Sequence[Member]) -> list[Member]:
    return [m for m in members if metric.key in m.row.values and m.number(metric.key) is not None]


def _range(metric: Metric, members: Sequence[Member]) -> str:
    ordered = sorted(members, key=lambda member: member.number(metric.key) or 0.0)
    low, high = shown(ordered[0], metric), shown(ordered[-1], metric)
    return low if low == high else f"{low} to {high}"


def _other_loss(view: View, family: Sequence[Member]) -> bool:
    apart = {id(fact.member) for fact in view.facts.other_losses}
    return any(id(member) in apart for member in family)
