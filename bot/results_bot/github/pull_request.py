"""A pull request: judge its newest commit, commit the page, report; count approvals anew."""

from __future__ import annotations

import msgspec
from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.errors import ForbiddenError, GitHubError
from results_bot.evaluate import Evaluation
from results_bot.github import approvals, base_merge, checks, commits, judging, trainings
from results_bot.github.approvals import Counted
from results_bot.github.commits import HeadMovedError
from results_bot.github.context import Context, Result, skipped
from results_bot.github.event import CountApprovals, JudgePull
from results_bot.github.judging import commit_page, publish
from results_bot.github.trainings import Trainings
from results_bot.github.uploads import Gathered
from results_bot.report import job_summary

_TRIES = 10
"""Heads that a page is made for before this run gives up."""


class _Judged(msgspec.Struct, frozen=True):
    """One head with its verdict, after its page or the merge was committed."""

    found: Evaluation
    counted: Counted
    head: str
    """The one that has the page."""
    merged: bool = False
    notes: tuple[str, ...] = ()
    patch: str = ""
    """Markdown for the job summary, where the page could not be committed."""


def run(context: Context, activity: JudgePull) -> Result:
    """Judge the pull request as it is now; write nothing where a newer run will."""
    client = context.client
    pull = client.repo.get_pull(activity.number)
    context, head = context.of_pull(pull), pull.head.sha
    if pull.state != "open":
        return skipped("the pull request is not open")
    if not trainings.only_pages_since(context, activity.head_sha, head):
        return skipped(_moved_on(head))
    with checks.checked(context, head) as check:
        gathered = _trained(context, pull, activity.head_sha)
        for _ in range(_TRIES):
            try:
                judged = _judge_and_commit(context, pull, head, gathered)
            except HeadMovedError as error:
                now = error.actual
                follow = _may_follow(context, head, now, gathered)
            else:
                made, now = judged.head, client.repo.get_pull(pull.number).head.sha
                if now == made or context.inputs.dry_run:
                    found, counted = judged.found, judged.counted
                    review = judging.review_of(context, pull, found, made, counted, judged.notes)
                    carry = not judged.merged
                    result = publish(context, pull, review, counted, found, check, carry=carry)
                    return replace(result, summary=f"{result.summary}{judged.patch}")
                follow = trainings.only_pages_since(context, made, now)
            if not follow:
                check.cancel(f"Not judged: {_moved_on(now)}.")
                return skipped(_moved_on(now))
            head = now
        raise GitHubError(
            f"the branch {pull.head.ref} moved {_TRIES} times while the page was made; "
            "run this job again when nobody pushes to it"
        )


def count_approvals(context: Context, activity: CountApprovals) -> Result:
    """Count all approvals again, after somebody wrote about them, and report.

    The newest head is judged again from git and the artifacts of its own runs, so that an approval
    is of what is there, never of what a comment remembers.
    """
    for _ in range(_TRIES):
        pull = context.client.repo.get_pull(activity.number)
        if pull.state != "open":
            return skipped("the pull request is not open")
        context = context.of_pull(pull)
        trained = trainings.of_pull(context, pull)
        if not trained.finished and not checks.conclusion_of(context, pull.head.sha):
            return skipped("the run for this commit has not finished; it will count approvals")
        if result := report(context, pull, trained):
            return result
    return skipped("the pull request's head moved again and again; its own run counts approvals")


def report(
    context: Context, pull: PullRequest, trained: Trainings, *, read_only: bool = False
) -> Result | None:
    """Judge and report from a job of another event; None where the head moved meanwhile.

    `read_only` means that the head's own run could write nothing: this is its first report, and
    nothing is committed.
    """
    head = pull.head.sha
    with checks.checked(context, head, start=read_only) as check:
        gathered = trainings.gather(context, trained)
        base = judging.forked_at(context, pull.base.ref, head)
        will_refresh = context.may_commit(pull) and not read_only
        found = judging.judge(
            context, pull, base, head, gathered, will_refresh=will_refresh, other_event=True
        )
        counted = approvals.count(context, pull, base.tip)
        notes = [judging.expiry_note(gathered)] if found.artifacts_expired else []
        review = judging.review_of(context, pull, found, head, counted, notes)
        now = context.client.repo.get_pull(pull.number)
        if (now.head.sha, now.state) != (head, "open"):
            check.cancel("A newer commit was pushed, or the pull request was closed.")
            return None
        try:
            made = _commit(context, pull, found, counted) if will_refresh else None
        except HeadMovedError:
            return None
        review = replace(review, provenance=replace(review.provenance, head=made or head))
        return publish(context, pull, review, counted, found, check)


def _trained(context: Context, pull: PullRequest, commit: str) -> Gathered:
    """Return what was uploaded for a commit: by this run, or before the bot committed the page.

    A training is never the same twice. With an app's token each commit of ours would start another
    one, and that the next commit, for ever.
    """
    if context.inputs.uploads and trainings.is_page_commit(context, commit):
        before = trainings.of_pull(context, pull, before=commit)
        if not before.missing:
            return trainings.gather(context, before)
    return trainings.of_this_job(context, commit)


def _judge_and_commit(
    context: Context, pull: PullRequest, head: str, gathered: Gathered
) -> _Judged:
    """Judge a head, or the merge that it needs, and commit that or the page.

    Where GitHub refuses the commit, the head is judged with the page as it stays.
    """
    base = judging.forked_at(context, pull.base.ref, head)
    counted = approvals.count(context, pull, base.tip)
    merge = base_merge.merge(context, pull, base, head, gathered)
    if merge:
        return _Judged(merge.evaluation, counted, merge.head, merged=True, notes=(merge.note,))
    may_commit = context.may_commit(pull)
    found = judging.judge(context, pull, base, head, gathered, will_refresh=may_commit)
    made = _commit(context, pull, found, counted)
    if made is not None:
        return _Judged(found, counted, made)
    page = found.workspace.page
    note = (
        f"{page} could not be committed, because GitHub refused it for this branch. "
        f"Run `results-bot refresh` and push {page}, or apply the patch in the run's summary."
    )
    patch = job_summary.patch(page, found.old, found.fresh.text)
    stays = judging.judge(context, pull, base, head, gathered, will_refresh=False)
    return _Judged(stays, counted, head, notes=(note,), patch=f"\n{patch}")


def _commit(context: Context, pull: PullRequest, found: Evaluation, counted: Counted) -> str | None:
    """Commit the page where it is due; return the head that has it, None where GitHub refuses."""
    if not context.may_commit(pull) or not found.stale or found.empty:
        return found.head
    signed = approvals.trailers(counted.of(found, found.head))
    try:
        return commit_page(context, pull.head.ref, found, signed)
    except ForbiddenError as error:
        context.say(f"{found.workspace.page} could not be committed: {error}")
        return None


def _may_follow(context: Context, ours: str, now: str, gathered: Gathered) -> bool:
    """Return True if the page may be made for a newer head: of what was measured, or from git."""
    if context.inputs.artifacts_folder or gathered != Gathered():
        return trainings.only_pages_since(context, ours, now)
    found = commits.compare(context.client, ours, now)
    return found is not None and found.merge_base == ours


def _moved_on(now: str) -> str:
    return f"the branch has moved on to {now[:12]}, whose own run reports"
