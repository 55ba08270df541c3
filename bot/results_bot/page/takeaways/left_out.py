"""Runs that nothing above was drawn from, and why."""

from __future__ import annotations

from collections import Counter

from results_bot.hostile import markdown
from results_bot.page import cells
from results_bot.page.facts.outliers import Outlier
from results_bot.page.takeaways.view import View, joined, named, shown

ID = "left-out"


def sentences(view: View) -> list[str]:
    """Return one sentence over all of them."""
    if not view.facts.left_out:
        return []
    here = {id(member) for member in view.all_members}
    left_out = [member for member in view.facts.left_out if id(member) in here]
    if not left_out:
        return []
    test_sets = [fact for fact in view.facts.other_test_sets if id(fact.member) in here]
    outliers = [fact for fact in view.facts.outliers if id(fact.member) in here]
    reasons = []
    if test_sets:
        counts = joined([f"{count:,}" for count in sorted({fact.samples for fact in test_sets})])
        usual = test_sets[0].usual
        reasons.append(f"measured on {counts} samples where the rest have {usual:,}")
    if outliers:
        reasons.append(f"far off the rest ({_farthest(outliers)})")
    runs = named(left_out)
    both = {id(fact.member) for fact in outliers} == {id(fact.member) for fact in test_sets}
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
