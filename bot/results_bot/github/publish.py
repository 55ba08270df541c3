"""Publishes one review: comment, check runs, job summary; and commits the refreshed page."""

from __future__ import annotations

from contextlib import ExitStack

from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.evaluate import Evaluation
from results_bot.github import checks, comments, commits
from results_bot.github.approvals import Counted
from results_bot.github.checks import Check, provenance
from results_bot.github.comments import Discussion, Written
from results_bot.github.commits import HeadMoved
from results_bot.github.context import Context, Result, judged
from results_bot.github.trainings import REFRESH
from results_bot.report import check as check_report
from results_bot.report import comment as comment_report
from results_bot.report import job_summary, wording
from results_bot.report.comment import CommentState, read_state, substance
from results_bot.report.review import Review


def commit_page(
    context: Context, branch: str, found: Evaluation, trailers: str = ""
) -> str | HeadMoved:
    """Commit the page on top of the commit it was made from; return the new head.

    `trailers` are lines about who approved. Raises ProtectedError.
    """
    workspace, text = found.workspace, found.fresh.text
    drawn = found.changed_charts(workspace.charts(found.head))
    additions = {path: data for path, data in drawn.items() if data is not None}
    return commits.commit_files(
        context.client,
        branch,
        found.head,
        commit_message(found, trailers),
        {workspace.page: text.encode("utf-8"), **additions},
        [path for path, data in drawn.items() if data is None],
    )


def commit_message(found: Evaluation, trailers: str = "") -> str:
    """Return the message of a page's commit; it holds no text of artifacts."""
    counted = wording.counted(found.verdict)
    rest = f"\n\n{counted[:1].upper()}{counted[1:]}." if found.verdict.changes else ""
    signed = f"\n\n{trailers}" if trailers else ""
    return f"{REFRESH}{found.workspace.page}{rest}{signed}"


def publish(
    context: Context,
    pull: PullRequest,
    review: Review,
    counted: Counted,
    found: Evaluation,
    check: Check,
    *,
    carry: bool = True,
) -> Result:
    """Write the comment, complete the checks, and return the result.

    Where we made the head just now, it gets a check as well: runs that a push with the workflow's
    own token starts wait for an approval. With `carry` the head has the verdicts on other pages,
    too. The comment comes first, since people wait for the check to be completed.
    """
    head = review.provenance.head
    with ExitStack() as stack:
        newer: Check | None = None
        if head != check.sha:
            newer = stack.enter_context(
                checks.checked(context, head, start=False, new=head != found.head)
            )
        url = _comment(context, pull, review, counted.discussion)
        if newer:
            complete(context, newer, review, found.fresh.text)
        complete(context, check, review, found.old)
        if newer and carry and head != found.head:
            checks.carry_over(context, found.head, head)
    summary = job_summary.render(review)
    return judged(review, summary, changed=found.stale, url=url)


def complete(context: Context, check: Check, review: Review, page: str | None) -> None:
    """Complete a check with the review, as seen from its own commit."""
    old = review.provenance
    own = provenance(context, old.base, check.sha, old.artifacts, old.page)
    check.complete(check_report.render(replace(review, provenance=own), page))


def _comment(context: Context, pull: PullRequest, review: Review, discussion: Discussion) -> str:
    """Create or edit our comment, and return its address.

    There is none where nothing changed, no comment was there before, and no command needs an
    answer.
    """
    project = review.provenance.project
    body, marker = comment_report.render(review), comment_report.marker(project)
    there = discussion.ours(marker)
    if review.quiet and not review.approvals.refused and not there:
        return ""
    state = CommentState(context.run.id, context.run.attempt, review.provenance.head)

    def keep(one: Written) -> bool:
        found = read_state(one.body, project)
        newer = found is not None and found > state and found.head != state.head
        return newer or substance(one.body) == substance(body)

    return comments.put(context.client, pull, there, marker, body, keep)
