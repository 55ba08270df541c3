"""`refresh`: regenerate the page from the artifacts that are here."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import click
from msgspec.structs import replace

from results_bot.commands.invocation import (
    Invocation,
    exit_zero_option,
    json_option,
    parts_option,
)
from results_bot.console import Outcome, Screen
from results_bot.errors import BotError, ConfigError, ExitCode
from results_bot.escape import printable
from results_bot.evaluate import Evaluation, evaluate
from results_bot.model import Verdict
from results_bot.numbers import plural
from results_bot.page.document import TAKEAWAYS, markers
from results_bot.report import wording
from results_bot.workspace import Workspace, write_atomically


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; show what would change.")
@json_option
@parts_option
@exit_zero_option
@click.pass_obj
def refresh(call: Invocation, check: bool, as_json: bool, parts: tuple[str, ...]) -> Outcome:
    """Regenerate the tables of the page.

    The exit code is 1 if the page was out of date, so that a script can commit it.
    """
    workspace, screen = call.workspace(parts), call.screen
    found = evaluate(workspace, call.now)
    found.require_runs()
    drawn = found.changed_charts()
    changed = found.stale or bool(drawn)
    if changed and not check:
        workspace.put({**drawn, workspace.page: found.fresh.text.encode("utf-8")})
    remember_watched(workspace)
    problems = (*found.collection.problems, *found.remarks)
    sections = found.fresh.summary.sections
    unfinished = sum(len(section.unfinished) for section in sections)
    counted = plural(sum(len(section.names) for section in sections), "run")
    counted += f", {unfinished:,} unfinished" if unfinished else ""
    if not (changed or problems or as_json):
        return Outcome(text=f"{workspace.page} is up to date ({counted}).")

    from results_bot.report import terminal

    code = ExitCode.CHANGED if changed else ExitCode.OK
    code = ExitCode.UNREADABLE if found.collection.problems else code
    notes = terminal.problems(problems, screen)
    if as_json:
        return Outcome(code, notes=notes, document=_json(found, changed=changed))
    if not changed:
        return Outcome(code, f"{workspace.page} is up to date ({counted}).", notes)
    if check:
        return Outcome(code, _diff(found, drawn, screen), notes)
    return Outcome(code, _changes(found, counted, len(drawn), screen), notes)


def remember_watched(workspace: Workspace) -> None:
    """Keep the watched paths of this work tree where the hook finds them without starting Python.

    The hook believes the list only where it is newer than the configuration.
    """
    if workspace.repo is not None:
        pages, others = workspace.all_pages, workspace.others.items()
        watched = dict.fromkeys(path for one in pages for path in one.watched)
        watched |= dict.fromkeys(workspace.configurations)
        # Where one is wrong, its whole package is watched, so that commits there fail.
        wrong = (folder for folder, one in others if folder and isinstance(one, ConfigError))
        watched |= dict.fromkeys(wrong)
        text = "".join(f"{path}\n" for path in watched)
        with suppress(BotError):  # A read-only git folder has no hooks to help.
            write_atomically(workspace.private / "watch", text.encode())


def _changes(found: Evaluation, counted: str, drawn: int, screen: Screen) -> str:
    """Return the findings, and a line that counts the changes that were written."""
    from results_bot.report import terminal

    verdict, page = found.verdict, found.workspace.page
    first_time = markers(TAKEAWAYS)[0] not in (found.old or "")
    findings = ""
    if verdict.findings:
        shown = verdict
        if first_time:  # All of it is new to the page's readers.
            new = tuple(replace(one, known=False) for one in verdict.findings)
            shown = replace(verdict, findings=new)
        findings = terminal.findings(shown, found.fresh.summary, screen)
    charts = f", {plural(drawn, 'chart')} renewed" if drawn else ""
    edited = printable(wording.put_back(found.put_back))
    text = f"{findings}{page} refreshed ({counted}): {wording.counted(verdict)}{charts}."
    return f"{text}\n{edited}" if edited else text


def _diff(found: Evaluation, drawn: Iterable[str], screen: Screen) -> str:
    """Return the stale charts, and the page's lines that would change."""
    from difflib import unified_diff

    from results_bot.report import terminal

    page = found.workspace.page
    before, after = (found.old or "").splitlines(), found.fresh.text.splitlines()
    names = f"{page} (committed)", f"{page} (by the artifacts)"
    lines = unified_diff(before, after, *names, n=1, lineterm="")
    stale = "".join(f"{path} is stale.\n" for path in drawn)
    return f"{stale}{terminal.unified(lines, screen)}{page} is stale; run `results-bot refresh`."


def _json(found: Evaluation, *, changed: bool) -> dict[str, object]:
    from results_bot.report import export

    verdict = found.verdict if changed else Verdict()
    return {
        "page": found.workspace.page,
        "changed": changed,
        "findings": export.findings_json(verdict.findings),
        "changes": export.changes_json(verdict),
        "problems": export.problems_json(found.collection.problems),
        "remarks": export.problems_json(found.remarks),
    }
