"""Metrics that do not move from run to run, and why, where the predictions tell."""

from __future__ import annotations

from collections import Counter

import msgspec

from results_bot.hostile import markdown
from results_bot.model import Metric
from results_bot.page import cells
from results_bot.page.material import judged
from results_bot.page.siblings import Member
from results_bot.page.takeaways.view import View, joined

ID = "plateau"
FEWEST = 4
SHARE = 2 / 3
"""Of the comparable runs that must show one and the same value."""


class _Plateau(msgspec.Struct, frozen=True):
    metric: Metric
    text: str
    members: tuple[Member, ...]


def sentences(view: View) -> list[str]:
    """Return one sentence over all metrics that stand still."""
    found = _plateaus(view)
    if not found:
        return []
    first = {id(member) for member in found[0].members}
    parts = [
        f"{markdown(one.metric.title)} is **{markdown(one.text)}** in "
        + _how_many(one, len(view.all_members), first if position else set())
        for position, one in enumerate(found)
    ]
    return [f"**Plateau**: {joined(parts)}{_cause(view, found)}."]


def _how_many(one: _Plateau, runs: int, told: set[int]) -> str:
    """Return `17 of 20 runs`, `all 20 runs`, or of those told of just before `15 of them`."""
    count = len(one.members)
    if told.issuperset(map(id, one.members)):
        same = "all of them" if count == runs else f"the same {count}"
        return same if count == len(told) else f"{count} of them"
    return f"all {runs} runs" if count == runs else f"{count} of {runs} runs"


def _plateaus(view: View) -> list[_Plateau]:
    metrics = {metric.key: metric for section in view.scope for metric in judged(section)}
    found = [one for metric in metrics.values() if (one := _plateau(view, metric)) is not None]
    return sorted(found, key=lambda one: -len(one.members))


def _plateau(view: View, metric: Metric) -> _Plateau | None:
    if not _may_stand_still(view, metric):
        return None
    found = view.compared(metric)
    texts = Counter(found.texts)
    texts.pop(None, None)
    text = max(texts, key=texts.__getitem__, default=None)
    if text is None or texts[text] < max(FEWEST, SHARE * texts.total()):
        return None
    places = [at for at, one in enumerate(found.texts) if one == text]
    return _Plateau(metric, text, tuple(found.members[at] for at in places))


def _may_stand_still(view: View, metric: Metric) -> bool:
    """Tell whether so many runs may show one value: in some section its share is no less, then."""
    for section in view.scope:
        siblings = view.facts.material.siblings(section)
        most, shown = siblings.commonest(metric.key)
        apart = view.facts.apart(metric, section)
        if most and most >= SHARE * (shown - len(apart)):
            return True
    return False


def _cause(view: View, found: list[_Plateau]) -> str:
    labels = {id(fact.member): fact.label for fact in view.facts.one_class}
    members = {id(member): member for one in found for member in one.members}
    if not all(key in labels for key in members):
        return ". Changing the settings did not move it" if len(found) == 1 else ""
    classes = sorted({labels[key] for key in members})
    which = f"class {markdown(classes[0])}" if len(classes) == 1 else "one class"
    shares = {fact.share for fact in view.facts.one_class if id(fact.member) in members}
    are = [
        markdown(one.text)
        for one in found
        if {cells.number(share, one.metric.format) for share in shares} == {one.text}
    ]
    why = f": {joined(are)} is that class's share of the test set, not skill" if are else ""
    return f". Each of these runs predicts {which} for every sample{why}"
