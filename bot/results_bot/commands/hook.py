"""`hook`: what the git hook runs when a watched path is staged."""

from __future__ import annotations

import click
from msgspec.structs import replace

from results_bot.collect.paths import is_below
from results_bot.commands.invocation import Invocation
from results_bot.commands.refresh import remember_watched
from results_bot.console import Outcome
from results_bot.errors import ConfigError, ExitCode, PageError
from results_bot.escape import printable
from results_bot.evaluate import evaluate
from results_bot.page.document import parse_page, splice
from results_bot.report import terminal, wording
from results_bot.workspace import Workspace


@click.command()
@click.option("--stage/--no-stage", default=True, help="Add the page to the commit.")
@click.option("--merge", is_flag=True, help="Before a merge commit: stop it if the page changed.")
@click.pass_obj
def hook(call: Invocation, stage: bool, merge: bool) -> Outcome:
    """Refresh the page from what is staged (called by the git hook).

    A page is left alone if no file that it is made from is staged; where nothing at all is staged,
    every page is refreshed.
    """
    workspace = call.workspace()
    # `pre-commit run --all-files` stages nothing, and wants all pages.
    staged = workspace.repo.to_be_committed() if workspace.repo else []
    remember_watched(workspace)
    for folder, other in workspace.others.items():
        if isinstance(other, ConfigError) and any(is_below(path, folder) for path in staged):
            raise other
    touched = (
        page
        for page in workspace.all_pages
        if not staged or any(is_below(path, one) for one in page.watched for path in staged)
    )
    done = [_refreshed(call, one, stage=stage, merge=merge) for one in touched]
    code = max((one.code for one in done), default=ExitCode.OK)
    text = "\n".join(one.text for one in done if one.text)
    return Outcome(code, text, "".join(one.notes for one in done))


def _refreshed(call: Invocation, workspace: Workspace, *, stage: bool, merge: bool) -> Outcome:
    """Refresh one page."""
    # Compared with what the last commit has, as `diff HEAD` does.
    last = workspace.repo.head if workspace.repo else None
    found = evaluate(replace(workspace, staged=True), call.now, last)
    notes = terminal.problems((*found.collection.problems, *found.page_remarks), call.screen)
    if found.empty:
        return Outcome(notes=notes)
    fresh = found.fresh
    drawn = found.changed_charts()
    if not found.stale and not drawn:
        return Outcome(notes=notes)
    note = _write_work_tree(workspace, found.old, fresh.text)
    workspace.put(drawn)
    files = {**drawn, workspace.page: fresh.text.encode()}
    ignored: set[str] = set()
    if stage and workspace.repo is not None:
        ignored = workspace.repo.ignored(files)
        for path in files.keys() - ignored:
            workspace.repo.stage(path, files[path])
    counted = wording.counted(found.verdict)
    done = "refreshed and staged" if stage else "refreshed; stage it and commit again"
    if workspace.page in ignored:
        done = "refreshed; git ignores it"
    if merge:
        done += "; `git commit` completes the merge"
    text = f"results-bot: {workspace.page} {done}: {counted}."
    if edited := wording.put_back(found.put_back):
        text += f"\nresults-bot: {printable(edited)}"
    # The pre-commit framework wants 1 of hooks that change files. In a merge git has made the
    # merged tree before it calls its hook, so only the `git commit` that completes it takes the
    # page along.
    stops = merge or not stage
    return Outcome(ExitCode.CHANGED if stops else ExitCode.OK, text, notes + note)


def _write_work_tree(workspace: Workspace, old: str | None, new: str) -> str:
    """Bring the work tree's page up to the staged one; edits that are not staged stay."""
    current = workspace.read_page()
    if current == old or current is None:
        workspace.write(workspace.page, new)
        return ""
    try:
        page = parse_page(current, workspace.page)
    except PageError as error:
        return f"warning: {error}; only the staged page was refreshed\n"
    blocks = parse_page(new, workspace.page).blocks
    contents = {key: block.content for key, block in blocks.items() if key in page.blocks}
    workspace.write(workspace.page, splice(page, contents))
    return ""
