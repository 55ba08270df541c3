"""Runs that nothing above was drawn from, and why."""

from __future__ import annotations

from collections import Counter

from results_bot.escape import markdown
from results_bot.page import cells
from results_bot.page.takeaways.view import View, joined, named

ID = "left-out"


def sentences(view: View) -> list[str]:
    """Return one sentence over all of them."""
    here = {one.id for one in view.scope}
    test_sets = [fact for fact in view.facts.other_test_sets if fact.section in here]
    outliers = [fact for fact in view.facts.outliers if fact.section in here]
    runs = [place for place in view.runs if place in view.facts.left_out]
    if not runs:
        return []
    reasons = []
    if test_sets:
        counts = joined([f"{count:,}" for count in sorted({fact.samples for fact in test_sets})])
        samples = "sample" if counts == "1" else "samples"
        reasons.append(f"measured on {counts} {samples} where the rest have {test_sets[0].usual:,}")
    if outliers:
        # The range of the metric in which most of them are farthest off.
        counted = Counter(fact.metric.key for fact in outliers)
        key = max(counted, key=lambda key: (counted[key], key))
        same = [fact for fact in outliers if fact.metric.key == key]
        same.sort(key=lambda fact: fact.value)
        metric = same[0].metric
        ends = (view.cell(fact.place, metric) for fact in (same[0], same[-1]))
        reasons.append(
            f"far off the rest ({markdown(metric.title)} {' to '.join(dict.fromkeys(ends))} "
            f"against a median of {markdown(cells.number(same[0].usual, metric.format))})"
        )
    both = {one.place for one in outliers} == {one.place for one in test_sets}
    why = (" and " if both else " or ").join(reasons)
    names = named([name for _, name in runs])
    return [f"**Left out** of the above, kept for the record: {names}; {why}."]
