"""The best value of each section's first metric over the versions of the page, for its chart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bot.errors import PageError
from bot.git_repo import GitRepo, Version
from bot.model import Direction, Metric, Row, Section, Summary
from bot.report.history_text import Point
from bot.summary.read import read
from bot.summary.tables import ordered
from bot.workspace import Workspace

MOST = 60
"""Versions that are read; a chart has no room for more."""
TRAILER = "Metrics-approved-by"


def best_points(workspace: Workspace) -> Iterator[Point]:
    """Yield the value at every version that changed it, the oldest first."""
    repo = workspace.repo
    if repo is None or not repo.has_commits():
        return
    last: dict[str, tuple[str, str]] = {}
    for version in reversed(list(islice(repo.versions(workspace.page), MOST))):
        for section in _summary(workspace, repo, version).sections:
            found = _best(section)
            if found is None:
                continue
            row, metric = found
            value = row.values[metric.key]
            if last.get(section.id) == (row.run, value.text):
                continue
            last[section.id] = (row.run, value.text)
            yield Point(
                section.id,
                metric,
                row.run,
                value,
                version.commit,
                version.date,
                version.subject,
                tuple(version.trailers(TRAILER)),
            )


def _summary(workspace: Workspace, repo: GitRepo, version: Version) -> Summary:
    text = repo.text_at(version.commit, workspace.page)
    try:
        return read(text, workspace.config, workspace.sections) if text else Summary()
    except PageError:
        return Summary()  # A version with broken markers says nothing; the next one will.


def _best(section: Section) -> tuple[Row, Metric] | None:
    metric = section.metric(section.sort or "")
    if metric is None or metric.direction is Direction.UNKNOWN:
        return None
    rows = [row for row in section.rows if metric.key in row.values]
    best = next(iter(ordered(rows, section.metrics, metric.key)), None)
    return None if best is None else (best, metric)
