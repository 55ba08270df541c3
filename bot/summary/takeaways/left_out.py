"""Runs that nothing above was drawn from, and why."""

from __future__ import annotations

from collections import Counter

from bot.hostile import markdown
from bot.summary import cells
from bot.summary.facts.outliers import Outlier
from bot.summary.takeaways.view import View, joined, named, shown

ID = "left-out"


def sentences(view: View) -> list[str]:
    """Return one sentence over all of them."""
    facts = view.facts
    if not facts.left_out:
        return []
    reasons = []
    if facts.other_test_sets:
        counts = joined(sorted({f"{fact.samples:,}" for fact in facts.other_test_sets}))
        usual = facts.other_test_sets[0].usual
        reasons.append(f"measured on {counts} samples where the rest have {usual:,}")
    if facts.outliers:
        reasons.append(f"far off the rest ({_farthest(facts.outliers)})")
    runs = named(facts.left_out)
    both = {id(f.member) for f in facts.outliers} == {id(f.member) for f in facts.other_test_sets}
    why = (" and " if both else " or ").join(reasons)
    return [f"**Left out** of the above, kept for the record: {runs}; {why}."]


def _farthest(found: list[Outlier]) -> str:
    """Return the range of the metric in which most of them are farthest off."""
    counted = Counter(fact.metric.key for fact in found)
    key = max(counted, key=lambda key: (counted[key], key))
    same = sorted((f for f in found if f.metric.key == key), key=lambda f: f.value)
    metric = same[0].metric
    low, high = shown(same[0].member, metric), shown(same[-1].member, metric)
    values = low if low == high else f"{low} to {high}"
    usual = markdown(cells.number(same[0].usual, metric.format))
    return f"{markdown(metric.title)} {values} against a median of {usual}"
