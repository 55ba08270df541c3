"""`diff`: the summary at two commits, or the artifacts here against the committed summary."""

from __future__ import annotations

import json
from datetime import datetime

from bot.commands import cases
from bot.commands.outcome import Outcome
from bot.commands.refresh import fresh_page
from bot.errors import ExitCode, RepositoryError
from bot.git_repo import GitRepo
from bot.judge.case import Case
from bot.judge.verdict import reach
from bot.model import Summary, Verdict
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
    *,
    known: bool = False,
) -> Outcome:
    """Compare; `head` unset is the artifacts that are here; `known` shows older findings too."""
    repo = workspace.repo
    if repo is None:
        raise RepositoryError("diff compares commits, and this is no git repository")
    base_commit = _base(repo, base, head)
    case = _case(workspace, repo, now, base_commit, head)
    verdict = reach(case)
    code = ExitCode.CHANGED if verdict.blocking else ExitCode.OK
    if output == "json":
        return Outcome(code, _json(base_commit, head, verdict))
    if output == "md":
        return Outcome(code, changes_md.render(verdict.changes))
    found = terminal.findings(verdict, case.head.summary, screen, known=known)
    changed = terminal.changes(verdict.changes, screen)
    return Outcome(code, f"{found}\n{changed}" if found else changed)


def _case(workspace: Workspace, repo: GitRepo, now: datetime, base: str, head: str | None) -> Case:
    before = _committed(workspace, repo, base)
    if head is not None:
        commit = repo.commit(head)
        after = _committed(workspace, repo, commit)
        return cases.between_commits(workspace, base, before, commit, after)
    old = workspace.read_page()
    fresh = fresh_page(workspace, old, workspace.collect(), now, staged=False)
    return cases.against_commit(workspace, base, before, fresh, committed=old is not None)


def _json(base: str, head: str | None, verdict: Verdict) -> str:
    document = {
        "base": base,
        "head": head,
        "compared": verdict.compared,
        "blocking": len(verdict.blocking),
        "findings": changes_json.findings(verdict.findings),
        "changes": changes_json.changes(verdict.changes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


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
