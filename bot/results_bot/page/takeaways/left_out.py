"""Runs that nothing above was drawn from, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from results_bot.hostile import markdown
from results_bot.page import cells
from results_bot.page.facts.outliers import Outlier
from results_bot.page.takeaways.view import View, joined, named

ID = "left-out"


def sentences(view: View) -> list[str]:
    """Return one sentence over all of them."""
    here = {one.section.id for one in view.scope}
    test_sets = [fact for fact in view.facts.other_test_sets if fact.section in here]
    outliers = [fact for fact in view.facts.outliers if fact.section in here]
    runs = [place for place in view.runs if place in view.facts.left_out]
    if not runs:
        return []
    reasons = []
    if test_sets:
        counts = joined([f"{count:,}" for count in sorted({fact.samples for fact in test_sets})])
        reasons.append(f"measured on {counts} samples where the rest have {test_sets[0].usual:,}")
    if outliers:
        reasons.append(f"far off the rest ({_farthest(view, outliers)})")
    both = {(one.section, one.run) for one in outliers} == {
        (one.section, one.run) for one in test_sets
    }
    why = (" and " if both else " or ").join(reasons)
    names = named([name for _, name in runs])
    return [f"**Left out** of the above, kept for the record: {names}; {why}."]


def _farthest(view: View, found: Sequence[Outlier]) -> str:
    """Return the range of the metric in which most of them are farthest off."""
    counted = Counter(fact.metric.key for fact in found)
    key = max(counted, key=lambda key: (counted[key], key))
    same = sorted((fact for fact in found if fact.metric.key == key), key=lambda fact: fact.value)
    metric = same[0].metric
    ends = (view.cell((fact.section, fact.run), metric) for fact in (same[0], same[-1]))
    usual = markdown(cells.number(same[0].usual, metric.format))
    return (
        f"{markdown(metric.title)} {' to '.join(dict.fromkeys(ends))} against a median of {usual}"
    )
