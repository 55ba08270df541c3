"""The default branch: keep its page true by one pull request, opened once and kept current."""

from __future__ import annotations

from msgspec.structs import replace

from results_bot.commands.assess import Assessment, assess
from results_bot.commands.ci_check import OpenCheck, checked
from results_bot.commands.ci_context import Context
from results_bot.commands.ci_gather import gather
from results_bot.commands.ci_heads import only_page_changed
from results_bot.commands.ci_judge import plain_review, review_of
from results_bot.commands.ci_page import message
from results_bot.commands.ci_report import complete, said
from results_bot.commands.ci_result import Result, judged, skipped
from results_bot.commands.ci_settled import since_settled
from results_bot.commands.flows.merge_open import merge_into_open
from results_bot.errors import ForbiddenError, GitHubError
from results_bot.github.activity import Refresh
from results_bot.github.commits import HeadMoved
from results_bot.github.pulls import PullRequest
from results_bot.judge.rule import listed
from results_bot.report import job_summary, refresh_md
from results_bot.report.review import Review

BRANCH = "results-bot/refresh"
TRIES = 5


def run(context: Context, activity: Refresh) -> Result:
    """Refresh the page as the default branch is now."""
    head = context.hub.commits.head(activity.branch)
    if head is None:
        return skipped(f"the branch {activity.branch} is gone")
    page = context.workspace.page
    if head != activity.sha and not only_page_changed(context, activity.sha, head, page):
        return skipped(f"{activity.branch} has moved on to {head[:12]}, whose own run refreshes")
    with checked(context, head) as check:
        result = _refresh(context, activity.branch, check)
    # What conflicts with the branch now conflicts since it has moved.
    merged = merge_into_open(context, activity.branch, leave=(BRANCH,))
    told = f" Merged {activity.branch} into {listed(merged)}." if merged else ""
    return replace(result, said=result.said + told)


def _refresh(context: Context, branch: str, check: OpenCheck) -> Result:
    head = check.sha
    gathered = gather(context)
    found = assess(
        context.workspace, head, head, gathered, context.now, renewed=context.options.commit
    )
    since = since_settled(context, found, gathered, branch)
    if not (context.options.commit and found.stale and not found.empty):
        return _told(context, found, since, check)
    made = _brought_up(context, found)
    try:
        pull = context.hub.pulls.put(BRANCH, branch, *refresh_md.render(found.workspace.page))
    except ForbiddenError as error:
        raise GitHubError(
            f"{error}. The refreshed page is on the branch {BRANCH}; open the pull request "
            "yourself, or allow it under Settings, Actions, General: 'Allow GitHub Actions to "
            "create and approve pull requests'"
        ) from None
    return _proposed(context, found, since, check, pull, made)


def _told(
    context: Context, found: Assessment, review: Review, check: OpenCheck, url: str = ""
) -> Result:
    complete(context, check, review, found.old)
    line = f"{said(review)}. {url}" if url else said(review)
    summary = job_summary.render(review)
    return judged(review, line, changed=found.stale, summary=summary, url=url)


def _proposed(
    context: Context,
    found: Assessment,
    since: Review,
    check: OpenCheck,
    pull: PullRequest,
    made: str,
) -> Result:
    """Report on the proposal too: a branch that this token pushed starts no workflows."""
    with checked(context, made) as other:
        # In a rehearsal there may be no pull request that somebody could have commented on.
        review = (
            review_of(context, pull, found, made)
            if pull.number
            else plain_review(context, found, made)
        )
        complete(context, other, review, found.fresh.text)
    return _told(context, found, since, check, pull.url)


def _brought_up(context: Context, found: Assessment) -> str:
    """Let the branch be the default branch with the right page, and return its head.

    It only ever grows. Where somebody else was faster, what they made is looked at anew.
    """
    for _ in range(TRIES):
        made = _grown(context, found)
        if not isinstance(made, HeadMoved):
            return made
    raise GitHubError(f"the branch {BRANCH} moved {TRIES} times; run this job again")


def _grown(context: Context, found: Assessment) -> str | HeadMoved:
    hub, head, page = context.hub, found.head, found.workspace.page
    data = found.fresh.text.encode("utf-8")
    text = message(page, found)
    there = hub.commits.head(BRANCH) or hub.commits.create_branch(BRANCH, head)
    past = head if there == head else hub.pulls.merge_base(there, head)
    if past == head:
        if hub.contents.file(page, there) == data:
            return there
        return hub.commits.commit_files(BRANCH, there, text, {page: data})
    if past == there:
        moved = hub.commits.fast_forward(BRANCH, head)
        return moved or hub.commits.commit_files(BRANCH, head, text, {page: data})
    made = hub.commits.create_merge(head, [there, head], text, {page: data})
    return hub.commits.fast_forward(BRANCH, made) or made
