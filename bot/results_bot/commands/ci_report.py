"""One review told in all places of a pull request: comment, check runs, job summary."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from results_bot.commands.ci_check import OpenCheck, provenance_of
from results_bot.commands.ci_context import Context
from results_bot.commands.ci_result import Result, judged
from results_bot.github.comments import Comment
from results_bot.report import check_md, comment_md, job_summary
from results_bot.report.comment_md import State, read_state, substance
from results_bot.report.headline import headline
from results_bot.report.review import Review


def report(
    context: Context,
    review: Review,
    pull: int,
    checks: Sequence[tuple[OpenCheck, str | None]],
    *,
    changed: bool,
) -> Result:
    """Write the comment, complete the checks, and return the result.

    Each check comes with the page's text at its commit. The comment comes first: a check that is
    completed is what people wait for.
    """
    url = comment(context, review, pull)
    for check, page in checks:
        complete(context, check, review, page)
    return judged(
        review, said(review), changed=changed, summary=job_summary.render(review), url=url
    )


def comment(context: Context, review: Review, pull: int) -> str:
    """Let the pull request's comment say it, and return its address.

    Nothing is said where nothing changed, nobody was told anything before, and nobody is owed an
    answer to a command.
    """
    body, marker = comment_md.render(review), comment_md.marker(review.provenance.project)
    owed = review.approvals.refused
    if review.quiet and not owed and not context.hub.comments.sticky(pull, marker):
        return ""
    state = State(context.run.id, context.run.attempt, review.provenance.head)

    def keep(there: Comment) -> bool:
        found = read_state(there.body, review.provenance.project)
        newer = found is not None and found > state and found.head != state.head
        return newer or substance(there.body) == substance(body)

    return context.hub.comments.put(pull, marker, body, keep).url


def complete(context: Context, check: OpenCheck, review: Review, page: str | None) -> None:
    """Let a check say it, about its own commit."""
    old = review.provenance
    own = provenance_of(context, old.base, check.sha, old.artifacts, old.page)
    check.complete(check_md.render(replace(review, provenance=own), page))


def said(review: Review) -> str:
    """Return the headline as one line for the log."""
    line = headline(review)
    return ". ".join(part for part in (line.verdict, line.worst, line.counts) if part)
