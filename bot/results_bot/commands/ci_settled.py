"""The default branch against its last settled commit: what was merged unapproved stays in sight.

A commit is settled when its own check has succeeded. Until the values are approved or mended, each
run on the default branch compares with what was there before them: they never become the new
baseline without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from results_bot.commands.assess import Assessment, assess
from results_bot.commands.ci_approvals import trailers
from results_bot.commands.ci_carried import Landed, carried, line, pulls_of
from results_bot.commands.ci_check import concluded
from results_bot.commands.ci_context import Context
from results_bot.commands.ci_judge import plain_review
from results_bot.errors import GitHubError
from results_bot.github.artifacts import Gathered
from results_bot.github.commits import Commit
from results_bot.judge.approvals import Approvals
from results_bot.report.review import Review

_SETTLED = ("success", "neutral")
_MOST = 20
"""Commits that are looked behind for a settled one."""


def since_settled(context: Context, found: Assessment, gathered: Gathered, branch: str) -> Review:
    """Return what is to be told of the head of the default branch, and note who approved it."""
    base, commits = _behind(context, found.head)
    if base == found.head:
        return plain_review(context, found, found.head)
    since = assess(
        context.workspace, base, found.head, gathered, context.now, renewed=context.options.commit
    )
    approvals, each = carried(context, _landed(context, commits, branch), since.verdict.blocking)
    for landed, approved in each:
        _note(context, landed.commit, approved)
    unapproved = len(approvals.pending)
    notes = (f"{unapproved} of these came in without an approval.",) if unapproved else ()
    # The digest tells no way to approve here; the pull requests' own ones do.
    known = replace(approvals, digest="")
    return replace(plain_review(context, since, found.head), approvals=known, notes=notes)


def _behind(context: Context, head: str) -> tuple[str, Sequence[Commit]]:
    """Return the last settled commit before `head`, and the commits since.

    Where none was ever judged there is nothing but the commit before to compare with.
    """
    commits: list[Commit] = []
    judged = False
    for commit in line(context, "", head, _MOST):
        conclusion = concluded(context, commit.sha) if commit.sha != head else ""
        if conclusion in _SETTLED:
            return commit.sha, commits
        judged = judged or bool(conclusion)
        commits.append(commit)
    last = commits[-1] if judged else commits[0]
    kept = commits if judged else commits[:1]
    return (last.parents[0] if last.parents else last.sha), kept


def _landed(context: Context, commits: Sequence[Commit], branch: str) -> Iterator[Landed]:
    for commit in commits:
        for pull in pulls_of(context, commit, branch) if commit.parents else ():
            if pull.merged:
                yield Landed(pull, commit.parents[0], commit.sha)


def _note(context: Context, commit: str, approved: Approvals) -> None:
    """Let git remember who approved what a commit brought in, also where the page needs none."""
    signed = trailers(approved)
    if not signed or context.options.dry_run:
        return
    try:
        context.hub.notes.put(commit, f"{signed}\n")
    except GitHubError as error:
        context.say(f"The approvals could not be noted: {error}")
