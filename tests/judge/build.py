"""Both sides of a case from plain tables: `{"nightly": {"a": {"test_loss": 0.5}}}`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import structs
from msgspec.structs import replace
from results_bot.collect.samples import Samples
from results_bot.config import Config, parse
from results_bot.judge.compare import compare
from results_bot.judge.rule import Case
from results_bot.judge.rules import default_severities
from results_bot.judge.verdict import reach
from results_bot.metric_names import number_format
from results_bot.model import Finding, Metric, Reading, Row, Run, Scalar, Status, Value
from results_bot.page import cells
from results_bot.page.facts import Facts
from results_bot.page.section import Section, Summary, ordered

Table = Mapping[str, Mapping[str, float]]
Cells = Mapping[str, Mapping[str, str]]
Cases = dict[str, dict[str, Case]]
"""Tables of cases of the rules, by rule and name."""


def config(text: str = "") -> Config:
    return parse(text, "results-bot.toml")


def section(
    section_id: str,
    rows: Table,
    settings: Config | None = None,
    *,
    sort: str | None = None,
    unfinished: Sequence[str] = (),
    columns: Sequence[str] | None = None,
) -> Section:
    """Return a section as if from artifacts; counts of samples are no columns."""
    settings = settings or Config()
    table = next((one for one in settings.sections if one.id == section_id), None)
    keys = columns or dict.fromkeys(key for values in rows.values() for key in values)
    metrics = tuple(
        _formatted(settings.metric(key, table), rows) for key in keys if "samples" not in key
    )
    shown = [
        Row(
            run,
            {
                one.key: Value(
                    cells.number(values[one.key], one.format), float(values[one.key]), exact=True
                )
                for one in metrics
                if one.key in values
            },
            f"experiments/{section_id}/{run}",
        )
        for run, values in rows.items()
    ]
    sort = sort or next((one.key for one in metrics), None)
    stopped = tuple((run, Status.UNFINISHED) for run in unfinished)
    in_order = ordered(shown, next((one for one in metrics if one.key == sort), None))
    return Section(section_id, section_id.title(), metrics, tuple(in_order), stopped, sort)


def material(
    tables: Mapping[str, Table],
    settings: Config | None = None,
    *,
    sort: str | None = None,
    params: Mapping[str, Mapping[str, Scalar]] | None = None,
    samples: Mapping[str, Samples] | None = None,
    unfinished: Sequence[str] = (),
) -> Summary:
    """Return a side with all its artifacts; params and samples are by run name."""
    params, samples = params or {}, samples or {}
    sections = [
        section(one, rows, settings, sort=sort, unfinished=unfinished)
        for one, rows in tables.items()
    ]
    runs = {
        (one, name): Run(
            f"experiments/{one}/{name}",
            name,
            {key: Reading(key, float(value), "metrics.json") for key, value in values.items()},
            params.get(name, {}),
            predictions=("predictions.csv",) if name in samples else (),
        )
        for one, rows in tables.items()
        for name, values in rows.items()
    }
    return Summary(tuple(sections)).with_runs(runs, lambda run: samples.get(run.name))


def as_page(summary: Summary) -> Summary:
    """Return what the committed page alone remembers of a side."""

    def page_row(row: Row) -> Row:
        values = {key: cells.parse(value.text) for key, value in row.values.items()}
        return Row(row.run, values, replicates=tuple(map(page_row, row.replicates)))

    return Summary(
        tuple(
            replace(one, rows=tuple(map(page_row, one.rows)), runs={}) for one in summary.sections
        )
    )


def edited(summary: Summary, texts: Cells) -> Summary:
    """Return a page with some cells written over: by run, then by metric."""

    def row(one: Row) -> Row:
        new = {key: cells.parse(text) for key, text in texts.get(one.run, {}).items()}
        return structs.replace(one, values={**one.values, **new})

    page = as_page(summary)
    return Summary(tuple(replace(s, rows=tuple(map(row, s.rows))) for s in page.sections))


def case(
    before: Mapping[str, Table] | Summary,
    after: Mapping[str, Table] | Summary,
    settings: str = "",
    *,
    old_settings: str | None = None,
    page: Summary | None = None,
    sort: str | None = None,
) -> Case:
    """Return a case; plain tables are sides with all their artifacts."""
    chosen = config(settings)
    base, head = (
        side if isinstance(side, Summary) else material(side, chosen, sort=sort)
        for side in (before, after)
    )
    old = None if old_settings is None else config(old_settings)
    changes, facts = tuple(compare(base, head)), Facts(head)
    return Case(base, head, chosen, changes, facts, old, page, defaults=default_severities())


def found(one: Case, rule: str) -> list[Finding]:
    return [finding for finding in reach(one).findings if finding.id == rule]


def predictions(
    predicted: Sequence[object],
    target: Sequence[object],
    keys: Sequence[int] | None = None,
    **columns: Sequence[float],
) -> Samples:
    return Samples(
        np.array([str(one) for one in predicted], dtype=object),
        np.array([str(one) for one in target], dtype=object),
        None if keys is None else np.array(keys, dtype=np.uint64),
        {name: np.array(values, dtype=float) for name, values in columns.items()},
    )


def assert_golden(name: str, text: str, room: str = "judge") -> None:
    """Compare with a file in a folder's `golden`; `UPDATE_GOLDEN=1` writes it."""
    path = Path(__file__).parents[1] / room / "golden" / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def _formatted(metric: Metric, rows: Table) -> Metric:
    values = [float(row[metric.key]) for row in rows.values() if metric.key in row]
    return replace(metric, format=metric.format or number_format(metric.key, values))
