"""A pull request from a branch of this repository: judge, commit the page, report."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from results_bot.commands.assess import Assessment
from results_bot.commands.ci_check import OpenCheck, checked
from results_bot.commands.ci_context import Context
from results_bot.commands.ci_gather import gather
from results_bot.commands.ci_heads import descends, only_page_changed
from results_bot.commands.ci_judge import judge, review_of, signatures
from results_bot.commands.ci_merge import Merged, merge_base_in
from results_bot.commands.ci_page import commit_page
from results_bot.commands.ci_report import report
from results_bot.commands.ci_result import Result, skipped
from results_bot.errors import ForbiddenError, GitHubError
from results_bot.github.activity import JudgePull
from results_bot.github.artifacts import Gathered
from results_bot.github.commits import HeadMoved
from results_bot.github.pulls import PullRequest
from results_bot.report import patch_md

TRIES = 10
"""Heads that a page is made for before this run gives up."""
_NEWER = "the branch has moved on to {}, whose own run reports"


def run(context: Context, activity: JudgePull) -> Result:
    """Judge the pull request as it is now; write nothing where a newer run will."""
    pull = context.hub.pulls.get(activity.number)
    context = context.going_into(pull.base_branch, pull.default_branch)
    if not pull.open:
        return skipped("the pull request is not open")
    if pull.head_sha != activity.head_sha:
        page = context.workspace.page
        if not only_page_changed(context, activity.head_sha, pull.head_sha, page):
            return skipped(_NEWER.format(pull.head_sha[:12]))
    with checked(context, pull.head_sha) as check:
        return _judge(context, pull, check)


def _judge(context: Context, pull: PullRequest, check: OpenCheck) -> Result:
    gathered = gather(context)
    head = check.sha
    if merged := merge_base_in(context, pull, head, gathered):
        return tell_merged(context, pull, merged, [check])
    for _ in range(TRIES):
        commits = context.may_commit(pull)
        assessment = judge(context, pull, head, gathered, renewed=commits)
        if not commits or not assessment.stale or assessment.empty:
            return _report(context, pull, assessment, [check])
        try:
            signed = signatures(context, pull, assessment)
            made = commit_page(context, pull.head_branch, assessment, signed)
        except ForbiddenError as error:
            return _refused(context, pull, assessment, check, gathered, error)
        if not isinstance(made, HeadMoved):
            return _committed(context, pull, assessment, check, made)
        if not _may_follow(context, head, made.actual, gathered, assessment.workspace.page):
            return _superseded(check, made.actual)
        head = str(made.actual)
    raise GitHubError(
        f"the branch {pull.head_branch} moved {TRIES} times while the page was made; "
        "run this job again when it is calm"
    )


def tell_merged(
    context: Context, pull: PullRequest, merged: Merged, older: Sequence[OpenCheck] = ()
) -> Result:
    """Report on a merge that was made, whose own check no other run begins."""
    with checked(context, merged.sha) as newer:
        every, notes = [newer, *older], [merged.note]
        return _report(context, pull, merged.assessment, every, head=merged.sha, notes=notes)


def _may_follow(
    context: Context, ours: str, now: str | None, gathered: Gathered, page: str
) -> bool:
    """Tell whether the page may be made for a newer head: with what was measured, or from git."""
    if gathered.bundles or gathered.problems:
        return only_page_changed(context, ours, now, page)
    return descends(context, ours, now)


def _committed(
    context: Context, pull: PullRequest, assessment: Assessment, check: OpenCheck, made: str
) -> Result:
    # Pushes with the workflow's own token start no runs, so the new head gets its check here.
    with checked(context, made) as newer:
        return _report(context, pull, assessment, [newer, check], head=made)


def _refused(
    context: Context,
    pull: PullRequest,
    assessment: Assessment,
    check: OpenCheck,
    gathered: Gathered,
    error: ForbiddenError,
) -> Result:
    """Report with the page as it stays: stale; and hand the right one out as a patch."""
    page = assessment.workspace.page
    context.say(f"{page} could not be committed: {error}")
    note = (
        f"{page} could not be committed, because GitHub refused it for this branch. "
        f"Run `results-bot refresh` and push {page}, or apply the patch in the run's summary."
    )
    stays = judge(context, pull, assessment.head, gathered, renewed=False)
    result = _report(context, pull, stays, [check], notes=[note])
    patch = patch_md.render(page, assessment.old, assessment.fresh.text)
    return replace(result, summary=f"{result.summary}\n{patch}")


def _report(
    context: Context,
    pull: PullRequest,
    assessment: Assessment,
    checks: Sequence[OpenCheck],
    head: str = "",
    notes: Sequence[str] = (),
) -> Result:
    head = head or assessment.head
    now = context.hub.pulls.get(pull.number).head_sha
    if now != head and not context.options.dry_run:
        return _superseded(checks[-1], now)
    review = review_of(context, pull, assessment, head, notes)
    pages = [assessment.fresh.text if one.sha == head != assessment.head else assessment.old
             for one in checks]  # fmt: skip
    return report(
        context,
        review,
        pull.number,
        list(zip(checks, pages, strict=True)),
        changed=assessment.stale,
    )


def _superseded(check: OpenCheck, now: str | None) -> Result:
    why = _NEWER.format(now[:12]) if now else "the branch is gone"
    check.cancel(f"Not judged: {why}.")
    return skipped(why)
