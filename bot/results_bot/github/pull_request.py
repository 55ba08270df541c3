"""A pull request from a branch of this repository: judge, commit the page, report."""

from __future__ import annotations

import msgspec
from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.errors import ForbiddenError, GitHubError, RefusedError
from results_bot.evaluate import Evaluation
from results_bot.github import approvals, base_merge, checks, commits, judging, runs
from results_bot.github.approvals import Counted
from results_bot.github.artifacts import Gathered
from results_bot.github.base_merge import Merge
from results_bot.github.checks import Check
from results_bot.github.commits import HeadMoved
from results_bot.github.context import Context, Result, skipped
from results_bot.github.event import JudgePull
from results_bot.github.publish import commit_page, publish
from results_bot.report import job_summary

_TRIES = 10
"""Heads that a page is made for before this run gives up."""


class _Judged(msgspec.Struct, frozen=True):
    """One head, the verdict on it, and what was approved of it."""

    found: Evaluation
    merge: Merge | None
    counted: Counted
    notes: tuple[str, ...] = ()
    patch: str = ""
    """Markdown for the job summary, where the page could not be committed."""


def run(context: Context, activity: JudgePull) -> Result:
    """Judge the pull request as it is now; write nothing where a newer run will."""
    client = context.client
    pull = client.repo.get_pull(activity.number)
    context = context.of_pull(pull)
    if pull.state != "open":
        return skipped("the pull request is not open")
    head = pull.head.sha
    if head != activity.head_sha and not runs.only_pages_since(context, activity.head_sha, head):
        return skipped(_moved_on(head))
    with checks.checked(context, head) as check:
        gathered = _trained(context, pull, activity.head_sha)
        for _ in range(_TRIES):
            judged = _judge(context, pull, head, gathered)
            judged, made = _commit(context, pull, judged, gathered)
            if isinstance(made, str):
                reported = _report(context, pull, judged, check, made)
                if isinstance(reported, Result):
                    return reported
                now: str | None = reported
                follow = runs.only_pages_since(context, made, reported)
            else:
                now = made.actual
                follow = not judged.merge and _may_follow(context, head, now, gathered)
            if not now or not follow:
                return _superseded(check, now)
            head = now
    raise GitHubError(
        f"the branch {pull.head.ref} moved {_TRIES} times while the page was made; "
        "run this job again when nobody pushes to it"
    )


def _trained(context: Context, pull: PullRequest, commit: str) -> Gathered:
    """Return what was uploaded for a commit: by this run, or before the bot committed the page.

    A training is never the same twice. With an app's token each commit of ours would start another
    one, and that the next commit, for ever.
    """
    if context.inputs.uploads and runs.is_page_commit(context, commit):
        trainings = runs.of_pull(context, pull, before=commit)
        if not trainings.missing:
            return runs.gather(context, trainings)
    return runs.of_this_job(context, commit)


def _judge(
    context: Context, pull: PullRequest, head: str, gathered: Gathered, *, merge: bool = True
) -> _Judged:
    """Judge a head against the point where it left its base, or the merge that it needs."""
    base, may_commit = judging.forked_at(context, pull.base.ref, head), context.may_commit(pull)
    prepared = (
        base_merge.prepare(context, pull, base, head, gathered) if merge and may_commit else None
    )
    found = (
        prepared.evaluation
        if prepared
        else judging.judge(context, pull, base.merge_base, head, gathered, renewed=may_commit)
    )
    return _Judged(found, prepared, approvals.count(context, pull, base.tip))


def _commit(
    context: Context, pull: PullRequest, judged: _Judged, gathered: Gathered
) -> tuple[_Judged, str | HeadMoved]:
    """Commit the merge or the page where one is due; return the head that has it.

    Where GitHub refuses, the head is judged with the page as it stays.
    """
    found, merge = judged.found, judged.merge
    if merge:
        try:
            made = base_merge.make(context, pull, merge)
            return replace(judged, notes=(merge.note,)), made
        except (ForbiddenError, RefusedError) as error:
            context.say(f"The merge with {pull.base.ref} could not be made: {error}")
        judged = _judge(context, pull, merge.ours, gathered, merge=False)
        found = judged.found
    if not context.may_commit(pull) or not found.stale or found.empty:
        return judged, found.head
    try:
        accepted = judged.counted.of(found, found.head)
        return judged, commit_page(context, pull.head.ref, found, approvals.trailers(accepted))
    except ForbiddenError as error:
        page = found.workspace.page
        context.say(f"{page} could not be committed: {error}")
    note = (
        f"{page} could not be committed, because GitHub refused it for this branch. "
        f"Run `results-bot refresh` and push {page}, or apply the patch in the run's summary."
    )
    stays = judging.judge(context, pull, found.base, found.head, gathered, renewed=False)
    patch = job_summary.patch(page, found.old, found.fresh.text)
    return replace(judged, found=stays, notes=(note,), patch=patch), found.head


def _report(
    context: Context, pull: PullRequest, judged: _Judged, check: Check, head: str
) -> Result | str:
    """Report on the head, which has the page as it is now; return a newer head if there is one."""
    now = context.client.repo.get_pull(pull.number).head.sha
    if now != head and not context.inputs.dry_run:
        return now
    found, counted = judged.found, judged.counted
    review = judging.review_of(context, pull, found, head, counted, judged.notes)
    carry = judged.merge is None
    result = publish(context, pull, review, counted, found, check, carry=carry)
    return replace(result, summary=f"{result.summary}\n{judged.patch}") if judged.patch else result


def _may_follow(context: Context, ours: str, now: str | None, gathered: Gathered) -> bool:
    """Return True if the page may be made for a newer head: of what was measured, or from git."""
    if now is None:
        return False
    if gathered.bundles or gathered.problems:
        return runs.only_pages_since(context, ours, now)
    found = commits.compare(context.client, ours, now)
    return found is not None and found.merge_base == ours


def _superseded(check: Check, now: str | None) -> Result:
    why = _moved_on(now) if now else "the branch is gone"
    check.cancel(f"Not judged: {why}.")
    return skipped(why)


def _moved_on(now: str) -> str:
    return f"the branch has moved on to {now[:12]}, whose own run reports"
