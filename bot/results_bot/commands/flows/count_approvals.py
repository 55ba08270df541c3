"""Somebody approved, revoked, edited, deleted or dismissed: all that was said is counted anew.

The head is judged again from git's objects and the artifacts of its own runs, so that what is
approved is what is there, never what a comment remembers.
"""

from __future__ import annotations

from msgspec.structs import replace

from results_bot.commands import ci_approvals, ci_evidence
from results_bot.commands.assess import Assessment
from results_bot.commands.ci_check import OpenCheck, concluded, watched
from results_bot.commands.ci_context import Context
from results_bot.commands.ci_judge import expiry_note, judge_as_others, review_of
from results_bot.commands.ci_page import commit_page
from results_bot.commands.ci_report import report
from results_bot.commands.ci_result import Result, skipped
from results_bot.errors import ForbiddenError
from results_bot.github.activity import CountApprovals
from results_bot.github.pulls import PullRequest
from results_bot.judge.approvals import Approvals

_TRIES = 3


def run(context: Context, activity: CountApprovals) -> Result:
    """Judge the newest head; where it moves meanwhile, the next one."""
    for _ in range(_TRIES):
        pull = context.hub.pulls.get(activity.number)
        context = context.going_into(pull.base_branch, pull.default_branch)
        if not pull.open:
            return skipped("the pull request is not open")
        found = _counted(context, pull)
        if found is not None:
            return found
    return skipped("the pull request's head moved again and again; its own run counts approvals")


def _counted(context: Context, pull: PullRequest) -> Result | None:
    """Return the result for one head; None where it is no longer the newest."""
    evidence = ci_evidence.find(context, pull)
    if (evidence.lacking or not evidence.finished) and not concluded(context, pull.head_sha):
        return skipped("the head's own run is still to come or going on, and will count approvals")
    with watched(context, pull.head_sha) as check:
        gathered = ci_evidence.gather(context, evidence)
        found = judge_as_others(context, pull, gathered)
        notes = [expiry_note(gathered)] if found.stands else []
        review = review_of(context, pull, found, pull.head_sha, notes)
        if context.hub.pulls.get(pull.number).head_sha != pull.head_sha:
            return None
        checks: list[tuple[OpenCheck, str | None]] = [(check, found.old)]
        new = _committed(context, pull, found, review.approvals)
        if new is None:
            return report(context, review, pull.number, checks, changed=found.stale)
        with watched(context, new) as newer:
            own = replace(review, provenance=replace(review.provenance, head=new))
            checks.append((newer, found.fresh.text))
            return report(context, own, pull.number, checks, changed=True)


def _committed(
    context: Context, pull: PullRequest, found: Assessment, approvals: Approvals
) -> str | None:
    """Commit the page where that is still due, with who approved; return the new head."""
    if not context.may_commit(pull) or not found.stale or found.empty:
        return None
    try:
        signed = ci_approvals.trailers(approvals)
        made = commit_page(context, pull.head_branch, found, signed)
    except ForbiddenError as error:
        context.say(f"The page could not be committed: {error}")
        return None
    # Where the head moved, the push that moved it has a run of its own.
    return made if isinstance(made, str) else None
