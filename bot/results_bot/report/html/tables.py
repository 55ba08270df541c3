"""The report's tables and class histograms as compact data for the browser's script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import isnan
from sys import float_info
from typing import Any

from natsort import natsorted, ns

from results_bot.model import ChangeKind, Value
from results_bot.numbers import plural
from results_bot.page import cells
from results_bot.page.section import Section
from results_bot.report import wording
from results_bot.report.html.charts import ReportData
from results_bot.report.review import Review

MOST_CLASSES = 12


def histograms(data: ReportData) -> list[dict[str, Any]]:
    """Return how often each drawn run predicted each class, one-class predictors first.

    `bars` are class, share predicted and share of the targets in percent; `only` is the one class
    that is predicted throughout.
    """
    out = []
    for one in data.drawn:
        # Where many samples share a target, these are classes and no quantities.
        if not one.predicted or not 1 < len(one.target) <= sum(one.target.values()) / 2:
            continue
        total = sum(one.predicted.values())
        weight = Counter(one.predicted) + Counter(one.target)
        kept = {label for label, _ in weight.most_common(MOST_CLASSES)}
        groups = [(label, [label]) for label in natsorted(weight, alg=ns.REAL) if label in kept]
        if rest := [label for label in weight if label not in kept]:
            groups.append((f"{len(rest):,} other", rest))
        bars = [
            (
                name,
                round(100 * sum(one.predicted.get(label, 0) for label in group) / total, 2),
                round(100 * sum(one.target.get(label, 0) for label in group) / total, 2),
            )
            for name, group in groups
        ]
        only = next(iter(one.predicted)) if len(one.predicted) == 1 else None
        shares = ", ".join(f"{name} {p:.1f}% for {t:.1f}%" for name, p, t in bars)
        alt = f"Predicted for actual share: {shares}."
        if only is not None:
            share = next((target for name, _, target in bars if name == only), 0.0)
            every = plural(total, "sample")
            alt = f"Predicts class {only} for all {every}; {share:.1f}% of them are."
        out.append(
            {
                "run": one.member.name,
                "section": one.member.section.title,
                "samples": total,
                "bars": bars,
                "only": only,
                "alt": alt,
            }
        )
    return sorted(out, key=lambda one: one["only"] is None)


def tables(review: Review) -> list[dict[str, Any]]:
    """Return the table of every section of the head, then of those that are gone."""
    flags: dict[tuple[str, str], str] = {}
    for finding in reversed(review.verdict.findings):
        for run in finding.runs:
            flags[finding.section, run] = finding.severity.value
    ids = {section.id for section in review.head.sections}
    gone = (section for section in review.base.sections if section.id not in ids)
    return [_table(review, section, flags) for section in (*review.head.sections, *gone)]


def _table(
    review: Review, section: Section, flags: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    """Return one table: texts by column, and by row number what only some rows have."""
    rows = section.rows if review.head.section(section.id) else ()
    before = review.base.section(section.id)
    here = {row.run for row in rows}
    moved = [change for row in rows for change in review.changes.get((section.id, row.run), ())]
    renamed = {change.was for change in moved if change.was}
    gone = [
        row
        for row in (before.rows if before else ())
        if row.run not in here and (section.id, row.run) not in renamed
    ]
    every = (*rows, *gone)
    # Metrics come first, so that a phone shows one.
    metrics = sorted(section.metrics, key=lambda metric: metric.is_setting)
    keys = [metric.key for metric in metrics]
    count = wording.shared_count(every)
    kinds, seeds = {}, {}

    def text(value: Value | None) -> str:
        return value.text.removesuffix(f" (n = {count})") if value else ""

    changed: dict[int, dict[int, list[Any]]] = {}
    for at, row in enumerate(rows):
        if row.replicates:
            seeds[at] = [
                [one.run, [text(one.values.get(key)) for key in keys]] for one in row.replicates
            ]
        for change in review.changes.get((section.id, row.run), ()):
            if change.kind is ChangeKind.RUN_ADDED:
                kinds[at] = ["new", "new"]
            elif change.was:
                kinds[at] = ["renamed", wording.previous(change)]
            if change.metric is not None and change.metric.key in keys:
                way = {True: 1, False: -1, None: 0}[wording.better(change, review.verdict)]
                changed.setdefault(at, {})[keys.index(change.metric.key)] = [
                    text(change.before) or cells.MISSING,
                    wording.difference(change),
                    way,
                    wording.reason(change, review.verdict),
                ]
    for at, row in enumerate(gone, len(rows)):
        kinds[at] = ["gone", "gone"]
        changed[at] = {
            column: [text(row.values[key]), "", 0, ""]
            for column, key in enumerate(keys)
            if key in row.values
        }
    return {
        "id": section.id,
        "title": section.title,
        "runTitle": section.run_title,
        "note": section.settings.note,
        "seeds": count,
        "sort": keys.index(section.sort) if section.sort in keys else None,
        "metrics": [
            {"title": metric.title, "long": metric.spoken, "way": metric.direction.value}
            for metric in metrics
        ],
        "names": [row.run for row in every],
        "cols": [[text(row.values.get(key)) for row in rows] + [""] * len(gone) for key in keys],
        "numbers": [[_number(row.values.get(key)) for row in rows] for key in keys],
        "unfinished": [[name, status.value] for name, status in section.unfinished],
        "changed": changed,
        "kinds": kinds,
        "flags": {
            at: flag for at, row in enumerate(every) if (flag := flags.get((section.id, row.run)))
        },
        "replicates": seeds,
    }


def _number(value: Value | None) -> float | None:
    """Return what a cell is sorted by, with infinity as the largest number that JSON can hold.

    NaN is no number to sort by: like an empty cell it comes last in either direction.
    """
    number = value.number if value else None
    if number is None or isnan(number):
        return None
    return max(-float_info.max, min(float_info.max, number))
