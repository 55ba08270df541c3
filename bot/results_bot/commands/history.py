"""`history`: a metric over the versions of the page in git, and who approved a drop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import click

from results_bot.commands.invocation import Invocation, json_option
from results_bot.console import Outcome
from results_bot.errors import BotError, PageError, RepositoryError
from results_bot.git import APPROVED_BY
from results_bot.judge.compare import compare
from results_bot.model import Direction, Metric, Row
from results_bot.page.page import read
from results_bot.page.section import Section, Summary, ordered
from results_bot.report import terminal
from results_bot.report.history import Point, render, timelines
from results_bot.workspace import Workspace

Places = set[tuple[str, str]]
"""Where a run stood in one version: section and name."""


@click.command()
@click.argument("metric")
@click.option("--run", "name", metavar="RUN", help="Follow this run, not the best.")
@click.option("--limit", default=20, show_default=True, help="Number of versions to show.")
@json_option
@click.pass_obj
def history(call: Invocation, metric: str, name: str | None, limit: int, as_json: bool) -> Outcome:
    """Show a metric over the versions of the page, and who approved a drop."""
    workspace, screen = call.workspace(), call.screen
    repo = workspace.repo
    if repo is None or not repo.head:
        raise RepositoryError("history reads the page's versions in git, and there are none")
    found = timelines(list(points(workspace, metric, name)))
    if not found:
        what = f"{metric} of {name}" if name else metric
        summary = _summary(workspace, workspace.read_page())
        keys = dict.fromkeys(one.key for section in summary.sections for one in section.metrics)
        known = f"the page here has {', '.join(keys) or 'no metrics'}"
        raise BotError(f"no committed version of {workspace.page} shows {what}; {known}")
    if as_json:
        documents = [one for timeline in found for one in timeline.as_json()]
        return Outcome(document=documents)
    parts = render(found, limit, screen.width, best=name is None)
    return Outcome(text=terminal.draw(parts, screen))


def points(
    workspace: Workspace, metric: str | None = None, run: str | None = None, most: int | None = None
) -> Iterator[Point]:
    """Yield the value at every version that changed it, the oldest first.

    `metric` is a key or title, by default what each section is sorted by; `run` is a name now or at
    any time, by default the best of each section; only the newest `most` versions are read.
    """
    repo = workspace.repo
    if repo is None or not repo.head:
        return
    last: dict[str, tuple[str, str]] = {}
    versions = list(islice(repo.versions(workspace.page), most))[::-1]
    summaries = [_summary(workspace, repo.text_of(one)) for one in versions]
    for version, summary, places in zip(versions, summaries, _places(summaries, run), strict=True):
        for section in summary.sections:
            found = _value(section, metric, places)
            if found is None:
                continue
            row, shown = found
            value = row.values[shown.key]
            if last.get(section.id) == (row.run, value.text):
                continue
            last[section.id] = (row.run, value.text)
            yield Point(
                section.id,
                shown,
                row.run,
                value,
                version.commit,
                version.date,
                version.subject,
                tuple(version.trailers(APPROVED_BY)),
            )


def _summary(workspace: Workspace, text: str | None) -> Summary:
    try:
        return read(text, workspace.config, workspace.sections) if text else Summary()
    except PageError:
        return Summary()  # Broken markers: skip this version of the page.


def _places(summaries: Sequence[Summary], run: str | None) -> list[Places | None]:
    """Return where a run stood in each version; renames are followed back."""
    if run is None:
        return [None] * len(summaries)
    places = {(section.id, run) for summary in summaries for section in summary.sections}
    out: list[Places | None] = [places]
    for before, after in reversed(list(pairwise(summaries))):
        renamed = {(c.section, c.run): c.was for c in compare(before, after) if c.was}
        places = {renamed.get(place) or place for place in places}
        out.append(places)
    return out[::-1]


def _value(
    section: Section, wanted: str | None, places: Places | None
) -> tuple[Row, Metric] | None:
    """Return the row to follow in a section, the best one where `places` is None."""
    name = ((section.sort if wanted is None else wanted) or "").casefold()
    matching = (m for m in section.metrics if name in (m.key.casefold(), m.title.casefold()))
    metric = next(matching, None)
    if metric is None:
        return None
    rows = [row for row in section.rows if metric.key in row.values]
    rows = [row for row in rows if row.run not in section.baselines]
    if places is not None:
        rows = [row for row in rows if (section.id, row.run) in places]
    elif metric.direction is Direction.UNKNOWN:
        return None
    best = next(iter(ordered(rows, metric)), None)
    return None if best is None else (best, metric)
