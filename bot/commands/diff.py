"""`diff`: the summary at two commits, or the artifacts here against the committed summary."""

from __future__ import annotations

import json
from datetime import datetime

from bot.commands.outcome import Outcome
from bot.commands.refresh import fresh_page
from bot.errors import ExitCode, RepositoryError
from bot.git_repo import GitRepo
from bot.judge.compare import compare
from bot.model import Summary
from bot.report import changes_json, changes_md, terminal
from bot.report.terminal import Screen
from bot.summary.read import read
from bot.workspace import Workspace

FORMATS = ("terminal", "md", "json")


def run(
    workspace: Workspace,
    screen: Screen,
    now: datetime,
    base: str | None = None,
    head: str | None = None,
    output: str = "terminal",
) -> Outcome:
    """Compare; `head` unset is the artifacts that are here."""
    repo = workspace.repo
    if repo is None:
        raise RepositoryError("diff compares commits, and this is no git repository")
    base_commit = _base(repo, base, head)
    before = _committed(workspace, repo, base_commit)
    if head is None:
        old = workspace.read_page()
        fresh = fresh_page(workspace, old, workspace.collect(), now, staged=False)
        after = fresh.summary
    else:
        after = _committed(workspace, repo, repo.commit(head))
    found = compare(before, after)
    code = ExitCode.CHANGED if any(change.better is False for change in found) else ExitCode.OK
    if output == "json":
        document = {"base": base_commit, "head": head, "changes": changes_json.changes(found)}
        return Outcome(code, json.dumps(document, indent=2, ensure_ascii=False))
    if output == "md":
        return Outcome(code, changes_md.render(found))
    return Outcome(code, terminal.changes(found, screen))


def _base(repo: GitRepo, base: str | None, head: str | None) -> str:
    """Return the base commit: as asked, else where this work left the default branch."""
    if base is not None:
        return repo.commit(base)
    if not repo.has_commits():
        raise RepositoryError("there is no commit yet to compare with")
    branch = repo.default_branch()
    if branch is None:
        return repo.commit("HEAD")
    return repo.merge_base(repo.commit(branch), repo.commit(head or "HEAD")) or repo.commit("HEAD")


def _committed(workspace: Workspace, repo: GitRepo, commit: str) -> Summary:
    text = repo.text_at(commit, workspace.page)
    return Summary() if text is None else read(text, workspace.config, workspace.sections)
