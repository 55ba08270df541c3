"""`history`: a metric over the versions of the page in git, and who approved a drop."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.commands.outcome import Outcome
from bot.errors import BotError, PageError, RepositoryError
from bot.git_repo import GitRepo, Version
from bot.judge.compare import compare
from bot.model import Direction, Metric, Row, Section, Summary
from bot.report import terminal
from bot.report.history_text import Point, render
from bot.report.terminal import Screen
from bot.summary.read import read
from bot.summary.tables import ordered
from bot.workspace import Workspace

TRAILER = "Metrics-approved-by"


@dataclass(frozen=True, slots=True)
class _Wanted:
    metric: str
    run: str | None


def run(
    workspace: Workspace,
    screen: Screen,
    metric: str,
    name: str | None,
    limit: int,
    *,
    as_json: bool = False,
) -> Outcome:
    """Show the last `limit` versions in which the value is another than before."""
    repo = workspace.repo
    if repo is None or not repo.has_commits():
        raise RepositoryError("history reads the page's versions in git, and there are none")
    points = list(_points(workspace, repo, _Wanted(metric, name)))
    if not points:
        what = f"{metric} of {name}" if name else metric
        raise BotError(f"no version of {workspace.page} shows {what}; {_known(workspace)}")
    if as_json:
        return Outcome(text=json.dumps([point.as_json() for point in points], indent=2))
    return Outcome(text=terminal.draw(render(points, limit), screen))


def _points(workspace: Workspace, repo: GitRepo, wanted: _Wanted) -> Iterator[Point]:
    """Yield the value at every version that changed it, the oldest first."""
    last: dict[str, tuple[str, str]] = {}
    versions = list(reversed(list(repo.versions(workspace.page))))
    summaries = [_summary(workspace, repo, version) or Summary() for version in versions]
    for version, summary, places in zip(
        versions, summaries, _places(summaries, wanted.run), strict=True
    ):
        for section in summary.sections:
            found = _value(section, wanted.metric, places)
            if found is None:
                continue
            row, metric = found
            text = row.values[metric.key].text
            if last.get(section.id) == (row.run, text):
                continue
            last[section.id] = (row.run, text)
            yield Point(
                section.id,
                metric,
                row.run,
                row.values[metric.key],
                version.commit,
                version.date,
                version.subject,
                tuple(version.trailers(TRAILER)),
            )


def _places(summaries: Sequence[Summary], run: str | None) -> list[set[tuple[str, str]] | None]:
    """Return where a run stood in each version, by section and name; renames are followed back."""
    if run is None:
        return [None] * len(summaries)
    places = {(section.id, run) for summary in summaries for section in summary.sections}
    out = [places]
    for before, after in reversed(list(pairwise(summaries))):
        renamed = {(c.section, c.run): c.was for c in compare(before, after) if c.was}
        places = {renamed.get(place) or place for place in places}
        out.append(places)
    return [*reversed(out)]


def _summary(workspace: Workspace, repo: GitRepo, version: Version) -> Summary | None:
    text = repo.text_at(version.commit, workspace.page)
    try:
        return read(text, workspace.config, workspace.sections) if text else None
    except PageError:
        return None  # A version with broken markers says nothing; the next one will.


def _value(
    section: Section, wanted: str, places: set[tuple[str, str]] | None
) -> tuple[Row, Metric] | None:
    metric = _metric(section, wanted)
    if metric is None:
        return None
    rows = [row for row in section.rows if metric.key in row.values]
    if places is not None:
        rows = [row for row in rows if (section.id, row.run) in places]
    elif metric.direction is Direction.UNKNOWN:
        return None
    rows = list(ordered(rows, section.metrics, metric.key))
    return (rows[0], metric) if rows else None


def _metric(section: Section, wanted: str) -> Metric | None:
    names = wanted.casefold()
    return next(
        (m for m in section.metrics if names in (m.key.casefold(), m.title.casefold())), None
    )


def _known(workspace: Workspace) -> str:
    text = workspace.read_page()
    summary = read(text, workspace.config, workspace.sections) if text else Summary()
    keys = dict.fromkeys(metric.key for section in summary.sections for metric in section.metrics)
    return f"it has {', '.join(keys)}" if keys else "it has no metrics"
