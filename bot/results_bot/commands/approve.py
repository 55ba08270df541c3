"""`approve`: the command that accepts the findings that wait, to paste into a pull request."""

from __future__ import annotations

from datetime import datetime

from results_bot.commands import diff
from results_bot.console import Outcome
from results_bot.judge.approvals import SHOWN, digest, place
from results_bot.workspace import Workspace


def run(workspace: Workspace, now: datetime, base: str | None) -> Outcome:
    """Print what waits, and how to accept all of it or one run."""
    found = diff.compared(workspace, now, base)
    heading, waiting = diff.heading(found, None), found.verdict.blocking
    if not waiting:
        return Outcome(text=f"{heading}Nothing waits for approval.")
    command = f"/approve-metrics {digest(waiting, found.workspace.page)[:SHOWN]}"
    lines = [f"  {finding.message}  [{finding.id}]" for finding in waiting]
    places = dict.fromkeys(place(finding) for finding in waiting if finding.run)
    parts = [
        "These wait for approval:",
        *lines,
        "",
        "A reviewer with write permission accepts exactly these values with",
        "",
        f"  {command}",
    ]
    if len(places) > 1:
        parts += ["", "or one run at a time with", "", *(f"  {command} {one}" for one in places)]
    return Outcome(text=heading + "\n".join(parts))
