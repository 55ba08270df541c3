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
from results_bot.github.client import Client
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
    context = context.going_into(pull.base.ref, pull.base.repo.default_branch)
    if pull.state != "open":
        return skipped("the pull request is not open")
    head = pull.head.sha
    if head != activity.head_sha and not changes_only_page(
        client, activity.head_sha, head, context.workspace.page
    ):
        return skipped(_moved_on(head))
    with checks.checked(context, head) as check:
        gathered = runs.of_this_job(context, activity.head_sha)
        for _ in range(_TRIES):
            judged = _judge(context, pull, head, gathered)
            judged, made = _commit(context, pull, judged, gathered, activity.head_sha)
            if isinstance(made, str):
                return _report(context, pull, judged, check, made)
            page = context.workspace.page
            if judged.merge or not _may_follow(client, head, made.actual, gathered, page):
                return _superseded(check, made.actual)
            head = str(made.actual)
    raise GitHubError(
        f"the branch {pull.head.ref} moved {_TRIES} times while the page was made; "
        "run this job again when nobody pushes to it"
    )


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
    context: Context, pull: PullRequest, judged: _Judged, gathered: Gathered, trained: str
) -> tuple[_Judged, str | HeadMoved]:
    """Commit the merge or the page where one is due; return the head that has it.

    Where GitHub refuses, the head is judged with the page as it stays. `trained` is the commit that
    this run is about.
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
    if found.head == trained and runs.is_page_commit(context, trained):
        # A training is never the same twice: with an app's token each commit of ours would start
        # the next one, for ever. What was trained before our commit is what it shows.
        trainings = runs.of_pull(context, pull, before=True)
        if not trainings.missing:
            uploads = runs.gather(context, trainings)
            found = judging.judge(context, pull, found.base, found.head, uploads, renewed=True)
        return replace(judged, found=found), found.head
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
) -> Result:
    """Report on the head, which has the page as it is now."""
    now = context.client.repo.get_pull(pull.number).head.sha
    if now != head and not context.inputs.dry_run:
        return _superseded(check, now)
    found, counted = judged.found, judged.counted
    review = judging.review_of(context, pull, found, head, counted, judged.notes)
    own = (check, found.old)
    if head == check.sha:
        result = publish(context, pull, review, counted, [own], changed=found.stale)
    else:
        # A push with the workflow's own token starts no run, so the new head gets its check here.
        with checks.watched(context, head, new=head != found.head) as newer:
            both = [(newer, found.fresh.text), own]
            result = publish(context, pull, review, counted, both, changed=found.stale)
    return replace(result, summary=f"{result.summary}\n{judged.patch}") if judged.patch else result


def changes_only_page(client: Client, ours: str, now: str, page: str) -> bool:
    """Return True if `now` is `ours` with nothing but other versions of the page on top.

    Then what was measured for `ours` holds for `now`: another job committed its rows.
    """
    if not descends(client, ours, now):
        return False
    before, after = (commits.tree(client, sha) for sha in (ours, now))
    return {**before, page: None} == {**after, page: None}


def descends(client: Client, ours: str, now: str) -> bool:
    """Return True if `now` has `ours` in its past."""
    found = commits.compare(client, ours, now)
    return found is not None and found.merge_base == ours


def _may_follow(client: Client, ours: str, now: str | None, gathered: Gathered, page: str) -> bool:
    """Return True if the page may be made for a newer head: of what was measured, or from git."""
    if now is None:
        return False
    if gathered.bundles or gathered.problems:
        return changes_only_page(client, ours, now, page)
    return descends(client, ours, now)


def _superseded(check: Check, now: str | None) -> Result:
    why = _moved_on(now) if now else "the branch is gone"
    check.cancel(f"Not judged: {why}.")
    return skipped(why)


def _moved_on(now: str) -> str:
    return f"the branch has moved on to {now[:12]}, whose own run reports"
