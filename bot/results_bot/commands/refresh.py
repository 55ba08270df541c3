"""`refresh`: regenerate the page from the artifacts that are here."""

from __future__ import annotations

from datetime import datetime
from json import dumps

from results_bot.commands.outcome import Outcome
from results_bot.errors import ExitCode
from results_bot.evaluate import evaluate
from results_bot.model import Collection, Verdict
from results_bot.page.document import TAKEAWAYS, markers
from results_bot.page.page import Fresh
from results_bot.report import export, terminal, wording
from results_bot.report.terminal import Screen
from results_bot.workspace import Workspace


def run(
    workspace: Workspace,
    screen: Screen,
    now: datetime,
    *,
    check: bool = False,
    as_json: bool = False,
) -> Outcome:
    """Write the page, or with `check` only show what would change."""
    found = evaluate(workspace, now)
    found.require_runs()
    fresh, collection = found.fresh, found.collection
    drawn = found.changed_charts(workspace.charts())
    changed = found.stale or bool(drawn)
    if changed and not check:
        workspace.put({**drawn, workspace.page: fresh.text.encode("utf-8")})
    remember_watched(workspace)
    verdict = found.verdict if changed else Verdict()
    code = ExitCode.CHANGED if changed else ExitCode.OK
    if collection.problems:
        code = ExitCode.UNREADABLE
    notes = terminal.problems((*collection.problems, *collection.remarks), screen)
    if as_json:
        return Outcome(code, _json(workspace, changed, verdict, collection), notes)
    if check and changed:
        stale = "".join(f"{path} is stale.\n" for path in drawn)
        return Outcome(code, stale + _diff(workspace.page, found.old, fresh.text, screen), notes)
    first_time = markers(TAKEAWAYS)[0] not in (found.old or "")
    findings = (
        terminal.findings(verdict, fresh.summary, screen, known=first_time)
        if verdict.findings
        else ""
    )
    return Outcome(code, findings + _said(workspace, changed, verdict, fresh, len(drawn)), notes)


def remember_watched(workspace: Workspace) -> None:
    """Keep the watched paths where the hook finds them without starting Python."""
    if workspace.repo is None:
        return
    path = workspace.repo.private_file("results-bot/watch")
    text = "".join(f"{watched}\n" for watched in workspace.watched)
    try:
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError:
        pass  # A read-only git folder has no hooks to help.


def _said(
    workspace: Workspace, changed: bool, verdict: Verdict, fresh: Fresh, drawn: int = 0
) -> str:
    runs = sum(len(section.rows) for section in fresh.summary.sections)
    unfinished = sum(len(section.unfinished) for section in fresh.summary.sections)
    rest = f", {unfinished} unfinished" if unfinished else ""
    counted = f"{runs:,} {'run' if runs == 1 else 'runs'}{rest}"
    if not changed:
        return f"{workspace.page} is up to date ({counted})."
    changes = wording.counted(verdict)
    charts = f", {drawn} {'chart' if drawn == 1 else 'charts'} renewed" if drawn else ""
    return f"{workspace.page} refreshed ({counted}): {changes}{charts}."


def _diff(page: str, old: str | None, new: str, screen: Screen) -> str:
    from difflib import unified_diff

    lines = unified_diff(
        (old or "").splitlines(),
        new.splitlines(),
        f"{page} (committed)",
        f"{page} (by the artifacts)",
        n=1,
        lineterm="",
    )
    return terminal.unified(lines, screen) + f"{page} is stale; run `results-bot refresh`."


def _json(workspace: Workspace, changed: bool, verdict: Verdict, collection: Collection) -> str:
    document = {
        "page": workspace.page,
        "changed": changed,
        "findings": export.findings_json(verdict.findings),
        "changes": export.changes_json(verdict),
        "problems": export.problems_json(collection.problems),
        "remarks": export.problems_json(collection.remarks),
    }
    return dumps(document, indent=2, ensure_ascii=False)
