"""Judges a commit, commits its page, and publishes the review: comment, check runs, job summary.

The commit may be a fork's, whose files are data and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.errors import BotError
from results_bot.evaluate import Evaluation, evaluate
from results_bot.github import checks, comments, commits
from results_bot.github.approvals import Counted
from results_bot.github.checks import Check, provenance
from results_bot.github.comments import Discussion, Written
from results_bot.github.commits import Fork
from results_bot.github.context import Context, Result, judged
from results_bot.github.trainings import REFRESH
from results_bot.github.uploads import Gathered
from results_bot.judge.rule import listed
from results_bot.judge.rules import hand_edited
from results_bot.report import check as check_report
from results_bot.report import comment as comment_report
from results_bot.report import job_summary, wording
from results_bot.report.comment import CommentState, read_state, substance
from results_bot.report.review import Picture, Review


def forked_at(context: Context, branch: str, head: str) -> Fork:
    """Return where a head left its base branch. Raises BotError where they share no commit."""
    found = commits.compare(context.client, branch, head)
    if found is None:
        raise BotError(f"{head[:12]} and the branch {branch} have no common ancestor on GitHub")
    return found


def judge(
    context: Context,
    pull: PullRequest,
    base: Fork,
    head: str,
    gathered: Gathered,
    *,
    will_refresh: bool,
    other_event: bool = False,
) -> Evaluation:
    """Judge `head`, which may be newer than the pull request as it was read.

    `will_refresh` means that the page will be committed. A fork is judged by the settings of the
    base. `other_event` is for a job of another event than the pull request's: where artifacts have
    expired since, a page that the bot itself committed stands for them.
    """
    fork = context.is_fork(pull)
    config, artifacts_expired = None, False
    if fork:
        config = context.workspace.config_at(base.tip)
    elif other_event and gathered.only_expired and (page := context.workspace.page_at(head)):
        # The page is believed where the bot itself made it of artifacts that have expired since;
        # anybody with write access can delete artifacts.
        artifacts_expired = commits.last_change_is_bots_own(context.client, page, head)
    found = evaluate(
        context.workspace,
        context.now,
        base.merge_base,
        head,
        uploads=replace(gathered, problems=()) if artifacts_expired else gathered,
        config=config,
        will_refresh=will_refresh,
        artifacts_expired=artifacts_expired,
    )
    edited = any(finding.id == hand_edited.ID for finding in found.verdict.findings)
    # A fork's own workflows can sign as an app whatever the fork likes.
    if edited and not fork:
        ours = commits.last_change_is_bots_own(context.client, found.workspace.page, head)
        return replace(found, committed_by_bot=ours)
    return found


def expiry_note(gathered: Gathered) -> str:
    """Return the note for a verdict from the page, where its artifacts have expired."""
    names, one = listed(gathered.expired), len(gathered.expired) == 1
    what = f"The artifact {names} has" if one else f"The artifacts {names} have"
    return (
        f"{what} expired: judged from the page as the bot committed it, without the evidence that "
        "only the artifacts held. Run the training again for that."
    )


def plain_review(context: Context, found: Evaluation, head: str) -> Review:
    """Return the report on a verdict where nobody can approve; `head` has the page."""
    files = sum(len(run.files) for run in found.collection.runs)
    return found.review(provenance(context, found.base, head, files, found.workspace.page))


def review_of(
    context: Context,
    pull: PullRequest,
    found: Evaluation,
    head: str,
    counted: Counted,
    notes: Sequence[str] = (),
) -> Review:
    """Return the report on a pull request and its approvals."""
    if found.verdict.changes and checks.conclusion_of(context, found.base) == "action_required":
        short = found.base[:7]
        notes = (*notes, f"The base {short} holds values that nobody approved; see its check.")
    shown: Iterable[Picture] = ()
    # A fork may commit any picture under the name of a chart.
    if found.workspace.config.charts and not context.is_fork(pull):
        # Where the bot made the commit, all charts are true.
        shown = found.pictures(are_new=head != found.head)
    return replace(
        plain_review(context, found, head),
        approvals=counted.of(found, head),
        policy=counted.trusted.approvals,
        notes=tuple(notes),
        pictures=tuple(shown),
    )


def commit_page(context: Context, branch: str, found: Evaluation, trailers: str = "") -> str:
    """Commit the page on top of the commit it was made from; return the new head.

    `trailers` are lines about who approved. Raises HeadMovedError and ProtectedError.
    """
    workspace, text = found.workspace, found.fresh.text
    drawn = found.changed_charts()
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
