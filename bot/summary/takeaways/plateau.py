"""Metrics that do not move from run to run, and why, where the predictions tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bot.hostile import markdown
from bot.model import Metric
from bot.summary import cells
from bot.summary.material import Member, judged
from bot.summary.takeaways.view import View, joined

ID = "plateau"
FEWEST = 4
SHARE = 2 / 3
"""Of the comparable runs that must show one and the same value."""


@dataclass(frozen=True, slots=True)
class _Plateau:
    metric: Metric
    text: str
    members: tuple[Member, ...]


def sentences(view: View) -> list[str]:
    """Return one sentence over all metrics that stand still."""
    found = _plateaus(view)
    if not found:
        return []
    total = f"{len(view.all_members)} runs"
    first = {id(member) for member in found[0].members}
    parts = [
        f"{markdown(one.metric.title)} is **{markdown(one.text)}** in {len(one.members)} "
        + ("of them" if position and first.issuperset(map(id, one.members)) else f"of {total}")
        for position, one in enumerate(found)
    ]
    return [f"**Plateau**: {joined(parts)}{_cause(view, found)}."]


def _plateaus(view: View) -> list[_Plateau]:
    metrics = {metric.key: metric for section in view.scope for metric in judged(section)}
    found = []
    for metric in metrics.values():
        members = [m for m in view.comparable(metric) if metric.key in m.row.values]
        texts = Counter(member.row.values[metric.key].text for member in members)
        text, times = texts.most_common(1)[0] if texts else ("", 0)
        if times >= max(FEWEST, SHARE * len(members)):
            same = tuple(m for m in members if m.row.values[metric.key].text == text)
            found.append(_Plateau(metric, text, same))
    return sorted(found, key=lambda one: -len(one.members))


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
