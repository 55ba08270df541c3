"""Counts all approvals of a pull request anew, after somebody wrote about them.

The head is judged again from git's objects and the artifacts of its own runs, so that an approval
is of what is there, never of what a comment remembers.
"""

from __future__ import annotations

from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.errors import ForbiddenError
from results_bot.github import approvals, checks, judging, runs
from results_bot.github.context import Context, Result, skipped
from results_bot.github.event import CountApprovals
from results_bot.github.publish import commit_page, publish

_TRIES = 3


def run(context: Context, activity: CountApprovals) -> Result:
    """Judge the newest head; where it moves meanwhile, the next one."""
    for _ in range(_TRIES):
        pull = context.client.repo.get_pull(activity.number)
        if pull.state != "open":
            return skipped("the pull request is not open")
        context = context.of_pull(pull)
        found = _counted(context, pull)
        if found is not None:
            return found
    return skipped("the pull request's head moved again and again; its own run counts approvals")


def _counted(context: Context, pull: PullRequest) -> Result | None:
    """Return the result for one head; None where it is no longer the newest."""
    client, head = context.client, pull.head.sha
    trainings = runs.of_pull(context, pull)
    unfinished = trainings.missing or not trainings.finished
    if unfinished and not checks.conclusion_of(context, head):
        return skipped("the run for this commit has not finished; it will count approvals")

    with checks.watched(context, head) as check:
        gathered = runs.gather(context, trainings)
        base = judging.forked_at(context, pull.base.ref, head)
        found = judging.judge_elsewhere(context, pull, base, gathered)
        counted = approvals.count(context, pull, base.tip)
        notes = [judging.expiry_note(gathered)] if found.stands else []
        review = judging.review_of(context, pull, found, head, counted, notes)
        if client.repo.get_pull(pull.number).head.sha != head:
            return None

        if context.may_commit(pull) and found.stale and not found.empty:
            # The page is still due. Where the head moved, that push has a run of its own.
            signed = approvals.trailers(review.approvals)
            try:
                made = commit_page(context, pull.head.ref, found, signed)
            except ForbiddenError as error:
                context.say(f"The page could not be committed: {error}")
            else:
                head = made if isinstance(made, str) else head
        review = replace(review, provenance=replace(review.provenance, head=head))
        return publish(context, pull, review, counted, found, check)
