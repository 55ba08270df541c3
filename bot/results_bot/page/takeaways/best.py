"""The best run by the primary metric of each test set, with what it is worst at.

A run is called the best only if seeds or sample counts, where they are known, tell it apart from
all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, sqrt

from results_bot.escape import markdown
from results_bot.metric_names import is_share
from results_bot.model import Direction, Metric, Value
from results_bot.numbers import plural
from results_bot.page.facts.identity import sample_count
from results_bot.page.section import Place, Section
from results_bot.page.takeaways.view import Focus, View, best, costs, named, objectives

ID = "best"
FEWEST = 3
MOST = 6
"""Sections of other test sets that get a sentence."""
ALPHA = 0.05
"""Chance alone makes a real difference in less than 5 % of cases."""
_DEVIATE = 1.959963984540054
"""Of a normal distribution, for `ALPHA` on both sides."""


def sentences(view: View) -> list[str]:
    """Return one sentence over the page's scope, and one for each test set beyond it."""
    out = []
    if view.focus is not None:
        data_set = view.main_sets[view.focus.section.id]
        numbers = view.comparable(view.focus.primary)
        out += _sentence(view, view.focus, numbers, view.where, data_set)
    others = []
    for one in view.sections.values():
        metric = one.metric(one.sort or "")
        if metric is None or metric not in objectives(one):
            continue
        sets = view.facts.data_sets[one.id]
        for data_set in [*sets][1 if one in view.scope else 0 :]:
            own = view.facts.comparable(one, metric, data_set)
            where = f" in {markdown(one.title)}" if len(view.sections) > 1 else ""
            where += f" on {markdown(data_set)}" if len(sets) > 1 else ""
            placed = {(one.id, name): number for name, number in own.items()}
            for name in best(own, metric)[:1]:
                others += _sentence(view, Focus(one, metric, name), placed, where, data_set)
    return out + others[:MOST]


def _sentence(
    view: View, focus: Focus, numbers: dict[Place, float], where: str, data_set: str
) -> list[str]:
    """Return who is best of some runs, where they are enough and not all equal."""
    section, metric = focus.section, focus.primary
    equal = best(numbers, metric)
    if len(numbers) < FEWEST or len(equal) == len(numbers):
        return []
    name, value = named([name for _, name in equal]), section.cell(focus.best, metric)
    title = f"**Best {markdown(metric.spoken)}{where} ({metric.direction} is better)**"
    if len(equal) > 1:
        return [f"{title}: {name} (**{value}** each)."]
    caveat = ""
    for other in objectives(section):
        cost = costs(view.facts.comparable(section, other, data_set), other)
        own = cost.pop(focus.best, None)
        enough = other.key != metric.key and len(cost) >= FEWEST - 1
        # Every other run of the section is strictly better, beyond noise.
        if (
            enough
            and own is not None
            and max(cost.values()) < own
            and not _rivals(section, other, focus.best, [*cost])[0]
        ):
            worst = f"{markdown(other.spoken)} of its section"
            caveat = f", but with the worst {worst} ({section.cell(focus.best, other)})"
            break
    here = section.id, focus.best
    rest = [place[1] for place in numbers if place[0] == here[0] and place != here]
    rivals, evidence = _rivals(section, metric, focus.best, rest)
    if rivals:
        word = "Highest" if metric.direction is Direction.HIGHER else "Lowest"
        title = f"**{word} {markdown(metric.spoken)}{where}**"
        caveat += f"; {evidence} do not tell it apart from {named(rivals)}"
    return [f"{title}: {name} (**{value}**){caveat}."]


def _rivals(
    section: Section, metric: Metric, top: str, names: Sequence[str]
) -> tuple[list[str], str]:
    """Return the runs that noise may put behind `top`, and what is known of the noise.

    That is `5 seeds` or `500 samples`, of the first of them. Where nothing is known of a run's
    noise it is not among them.
    """
    key = metric.key
    count = sample_count(section.runs.get(top), key) if is_share(key) else None
    rows = ((name, section.row(name)) for name in (top, *names))
    values = {name: row.values[key] for name, row in rows if row and key in row.values}
    first, found = values.pop(top, Value("")), {}
    for name, other in values.items():
        if first.number is None or other.number is None or isnan(first.number - other.number):
            continue
        gap, ns = abs(first.number - other.number), (first.n or 0, other.n or 0)
        if first.std is not None and other.std is not None and min(ns) >= 2:
            # Two means, by Welch's test.
            from scipy.special import stdtr

            one, two = first.std**2 / ns[0], other.std**2 / ns[1]
            p_value = float(gap == 0)
            if one + two > 0:
                freedom = (one + two) ** 2 / (one**2 / (ns[0] - 1) + two**2 / (ns[1] - 1))
                p_value = float(2 * stdtr(freedom, -gap / sqrt(one + two)))
            if not p_value < ALPHA:
                found[name] = f"{min(ns)} seeds"
        elif count and first.std is None and other.std is None:
            # Two shares, as if measured on two test sets. That is careful: on one and the same test
            # set a smaller difference may be real.
            whole = 100 if max(first.number, other.number) > 1 else 1
            one, two = first.number / whole, other.number / whole
            variance = (one * (1 - one) + two * (1 - two)) / count
            near = variance > 0 and gap / whole < _DEVIATE * sqrt(variance)
            if near and sample_count(section.runs.get(name), key) == count:
                found[name] = plural(int(count), "sample")
    return [*found], next(iter(found.values()), "")
