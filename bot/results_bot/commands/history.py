"""`history`: a metric over the versions of the page in git, and who approved a drop."""

from __future__ import annotations

import json

from results_bot.commands.outcome import Outcome
from results_bot.commands.page_history import Wanted, points
from results_bot.errors import BotError, RepositoryError
from results_bot.model import Summary
from results_bot.page.read import read
from results_bot.report import terminal
from results_bot.report.history import render, timelines
from results_bot.report.terminal import Screen
from results_bot.workspace import Workspace


def run(
    workspace: Workspace,
    screen: Screen,
    metric: str,
    name: str | None,
    limit: int,
    *,
    as_json: bool = False,
) -> Outcome:
    """Show how the value moved, and the last `limit` versions in which it changed."""
    repo = workspace.repo
    if repo is None or not repo.has_commits():
        raise RepositoryError("history reads the page's versions in git, and there are none")
    found = timelines(list(points(workspace, Wanted(metric, name))))
    if not found:
        what = f"{metric} of {name}" if name else metric
        raise BotError(f"no version of {workspace.page} shows {what}; {_known(workspace)}")
    if as_json:
        documents = [one for timeline in found for one in timeline.as_json()]
        return Outcome(text=json.dumps(documents, indent=2, ensure_ascii=False))
    best = name is None
    return Outcome(text=terminal.draw(render(found, limit, screen.width, best=best), screen))


def _known(workspace: Workspace) -> str:
    text = workspace.read_page()
    summary = read(text, workspace.config, workspace.sections) if text else Summary()
    keys = dict.fromkeys(metric.key for section in summary.sections for metric in section.metrics)
    return f"it has {', '.join(keys)}" if keys else "it has no metrics"
