"""All that the page is made from, as one frozen value; gathered by `commands.report`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from results_bot.collect.steps import Curve
from results_bot.judge.case import Case
from results_bot.page.material import RunRow
from results_bot.report.history import Point
from results_bot.report.review import Review

MOST_RUNS = 12
"""Runs whose curves and predictions are drawn."""


class Drawn(msgspec.Struct, frozen=True):
    """What one run left behind step by step and sample by sample."""

    member: RunRow
    curves: Mapping[str, Curve] = {}
    predicted: Mapping[str, int] = {}
    target: Mapping[str, int] = {}
    """How often each class was predicted, and how often it was right."""


class Story(msgspec.Struct, frozen=True):
    """One comparison to be looked at."""

    project: str
    """The repository's name."""
    base: str
    head: str
    """What is compared, in words: `main (1a2b3c4d)`, `work tree`."""
    review: Review
    case: Case
    drawn: Sequence[Drawn] = ()
    history: Sequence[Point] = ()
    live: bool = False
    """The page asks its own server for news."""


def chosen(case: Case, review: Review, most: int = MOST_RUNS) -> list[RunRow]:
    """Return the runs that are worth drawing: touched ones, then those with findings, then best."""
    material = case.head
    touched = sorted(case.touched)
    found = [(finding.section, run) for finding in review.verdict.findings for run in finding.runs]
    tops = [
        (section.id, row.run)
        for place in range(most)
        for section in material.summary.sections
        for row in section.rows[place : place + 1]
    ]
    places = dict.fromkeys((*touched[: most // 2], *found[: most // 2], *tops))
    members = (material.row(*place) for place in places)
    return [member for member in members if member is not None and member.run is not None][:most]
