"""Runs whose names share a word, against the rest: said of as many of them as it is true of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb

from results_bot.hostile import code, markdown
from results_bot.metric_names import tokens
from results_bot.model import Direction, Metric
from results_bot.page.facts.name_words import FEWEST, are_shared, says
from results_bot.page.material import judged
from results_bot.page.siblings import Member
from results_bot.page.takeaways.standing import Standing
from results_bot.page.takeaways.view import View, joined, shown, spelled
from results_bot.patterns import later

ID = "families"
REST = 4
"""Runs that a family must be compared with."""
RARE = 0.05
_WORD = later(r"[^\W_]+")


def sentences(view: View) -> list[str]:
    """Return one sentence a family that differs from the rest in some metric."""
    if not are_shared(word for one in view.facts_in_scope for word in one.words):
        return []
    keys = {metric.key for section in view.scope for metric in judged(section)}
    standing = {key: Standing.of(view, key) for key in keys}
    # Who lies beyond all others in a metric has its ends; other families need no look.
    words = {word for one in standing.values() for ends in one.ends for word in _words_of(ends)}
    other_loss = {id(fact.member) for fact in view.facts.other_losses}
    out = []
    for word, family in _families(view.members, words):
        if len(view.members) - len(family) >= REST:
            apart = any(id(member) in other_loss for member in family)
            out += _sentence(word, family, standing, apart=apart)
    return out


def _words_of(members: Sequence[Member]) -> set[str]:
    """Return the words that all of the names have."""
    found = [set(filter(says, _WORD.findall(member.name.lower()))) for member in members]
    return found[0].intersection(*found[1:]) if len(found) >= FEWEST else set()


def _families(members: Sequence[Member], words: set[str]) -> Iterator[tuple[str, list[Member]]]:
    """Yield the members by word, two at least and half at most, no set of them twice."""
    by_word: dict[str, list[Member]] = {word: [] for word in sorted(words)}
    for member in members if words else ():
        for word in words.intersection(_WORD.findall(member.name.lower())):
            by_word[word].append(member)
    seen: set[tuple[int, ...]] = set()
    for word, family in by_word.items():
        key = tuple(id(member) for member in family)
        if FEWEST <= len(family) <= len(members) // 2 and key not in seen:
            seen.add(key)
            yield word, family


def _sentence(
    word: str, family: Sequence[Member], standing: dict[str, Standing], *, apart: bool
) -> list[str]:
    """Return what is said of a family; of its losses nothing where they stand `apart`."""
    sections = {member.section.id: member.section for member in family}
    metrics = {metric.key: metric for one in sections.values() for metric in judged(one)}
    compared = [m for m in metrics.values() if not (apart and "loss" in tokens(m.key))]
    differing = [clause for m in compared if (clause := _outside(m, family, standing[m.key]))]
    if not differing:
        return []
    same = [clause for m in compared if (clause := _unmoved(m, family, standing[m.key]))]
    clauses = [*differing, *same]
    if apart:
        clauses.append("their losses are on another scale and are not compared")
    return [f"**{code(word)} runs** ({len(family)}): {'; '.join(clauses)}."]


def _outside(metric: Metric, family: Sequence[Member], standing: Standing) -> str:
    """Return a clause where at least half of the family lie beyond all of the rest."""
    own = standing.own(family)
    others = len(standing.members) - len(own)
    if len(own) < FEWEST or others < REST:
        return ""
    least, most = standing.beyond(own)
    worse, better = (least, most) if metric.direction is Direction.HIGHER else (most, least)
    for word, outside in (("worse", worse), ("better", better)):
        enough = len(outside) >= FEWEST and len(outside) * 2 >= len(own)
        if enough and _by_chance(len(outside), len(own), others) <= RARE:
            count = "all" if len(outside) == len(own) else spelled(len(outside))
            values = joined([shown(member, metric) for member in outside[:4]])
            low, high = (shown(member, metric) for member in standing.span(own))
            rest = low if low == high else f"{low} to {high}"
            return (
                f"{markdown(metric.title)} is {word} in {count} of {spelled(len(own))} "
                f"({values}, against {rest})"
            )
    return ""


def _by_chance(outside: int, own: int, others: int) -> float:
    """Return how likely so many of a family would be the first, or the last, of all by chance."""
    return 2 * comb(own, outside) / comb(own + others, outside)


def _unmoved(metric: Metric, family: Sequence[Member], standing: Standing) -> str:
    """Return a clause where the whole family shows one value, and the rest the same."""
    texts = standing.texts
    if len(texts) == 1 and 0 < len(standing.own(family)) < len(standing.members):
        return f"{markdown(metric.title)} is {next(iter(texts))} as in the rest"
    return ""
