"""The default branch: keep its page current by one pull request, and unapproved values in sight.

A commit is settled when its own check has succeeded. Until unapproved values are approved or
corrected, each run compares with the last settled commit, so that they never become the baseline.
"""

from __future__ import annotations

from contextlib import suppress

from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.errors import ForbiddenError, GitHubError, RefusedError
from results_bot.evaluate import Evaluation, evaluate
from results_bot.github import approvals, base_merge, checks, commits, judging, trainings
from results_bot.github.approvals import Landed
from results_bot.github.comments import same_text
from results_bot.github.commits import HeadMovedError
from results_bot.github.context import Context, Result, judged, log_line, skipped
from results_bot.github.event import Refresh
from results_bot.github.judging import commit_message, complete
from results_bot.github.uploads import Gathered
from results_bot.judge.rule import listed
from results_bot.report import job_summary
from results_bot.report.review import Review

_TRIES = 5
_SETTLED = ("success", "neutral")
_MOST_COMMITS = 100
"""Commits that are searched for one with a check."""


def run(context: Context, activity: Refresh) -> Result:
    """Refresh the page as the default branch is now."""
    client, branch = context.client, activity.branch
    head = commits.head_of(client, branch)
    if head is None:
        return skipped(f"the branch {branch} is gone")
    if not trainings.only_pages_since(context, activity.sha, head):
        return skipped(f"{branch} has moved on to {head[:12]}, whose own run refreshes")

    context = context.going_into(branch, branch, head)
    with checks.checked(context, head) as check:
        gathered = trainings.of_this_job(context, activity.sha)
        may_commit = context.inputs.commit
        found = _evaluated(context, head, head, gathered)
        review = _since_settled(context, found, gathered, branch)
        url = ""
        if may_commit and found.stale and not found.empty:
            made = _update_branch(context, found)
            pull = _open_pull(context, branch, *job_summary.refresh_proposal(found.workspace.page))
            url = pull.html_url
            _report_proposal(context, found, pull, made)
        check.since = review.provenance.base
        complete(context, check, review, found.old)
    line = f"{log_line(review)}. {url}" if url else log_line(review)
    # What conflicts with the branch now conflicts because it has moved.
    if merged := base_merge.merge_into_open(context, branch, leave=(context.refresh_branch,)):
        line += f". Merged {branch} into {listed(merged)}."
    summary = job_summary.render(review)
    return judged(review, summary, changed=found.stale, url=url, log=line)


def _evaluated(context: Context, base: str, head: str, gathered: Gathered) -> Evaluation:
    will_refresh = context.inputs.commit
    return evaluate(
        context.workspace, context.now, base, head, uploads=gathered, will_refresh=will_refresh
    )


def _since_settled(context: Context, found: Evaluation, gathered: Gathered, branch: str) -> Review:
    """Return the review of the branch's head since the last settled commit.

    Who approved what is noted on the commits, also where the page needs no commit.
    """
    client, head = context.client, found.head
    base = _settled_before(context, head)
    found = _evaluated(context, base, head, gathered)
    came = [
        Landed(pull, commit.parents[0].sha, commit.sha)
        for commit in (approvals.line(client, base, head) if found.verdict.blocking else ())
        if commit.parents
        for pull in approvals.pulls_of(client, commit, branch)
        if pull.merged_at is not None
    ]
    accepted, records = approvals.approved(context, came, found)
    for commit, lines in records.items():
        try:
            commits.put_note(client, commit, f"{lines}\n")
        except GitHubError as error:
            context.say(f"The approvals could not be noted: {error}")
    notes: tuple[str, ...] = ()
    if unapproved := len(accepted.pending):
        where = " or ".join(str(one) for one in sorted({one.pull.number for one in came}))
        note = f"{unapproved} of these came in without an approval."
        how = f" Comment on pull request {where} to approve; the next run on this branch counts it."
        notes = (note + (how if came else ""),)
    # Without a digest the report shows no way to approve: only what came by a pull request has one.
    known = accepted if came else replace(accepted, digest="")
    review = judging.plain_review(context, found, head)
    policy = context.workspace.config.approvals
    return replace(review, approvals=known, policy=policy, notes=notes)


def _settled_before(context: Context, head: str) -> str:
    """Return the last settled commit before `head`.

    An unsettled commit's check has the one that it was compared with, however far that is. Where
    none was ever judged, only the commit before can be compared with.
    """
    first = oldest = ""
    judged_any = False
    for commit in approvals.line(context.client, "", head, _MOST_COMMITS):
        if commit.sha != head and (found := checks.newest_verdict(context, commit.sha)):
            if found.conclusion in _SETTLED:
                return commit.sha
            if since := checks.compared_since(found):
                return since
            judged_any = True
        oldest = commit.parents[0].sha if commit.parents else commit.sha
        first = first or oldest
    return oldest if judged_any else first


def _update_branch(context: Context, found: Evaluation) -> str:
    """Make the bot's branch the default branch with the refreshed page; return its head.

    It only ever grows. Where somebody else was faster, their commits are looked at anew.
    """
    client, head, page = context.client, found.head, found.workspace.page
    branch, text = context.refresh_branch, found.fresh.text
    for _ in range(_TRIES):
        there = commits.head_of(client, branch)
        forked = commits.compare(client, there, head) if there else None
        onto, parents = head, [there, head] if there else [head]
        if there and forked and forked.merge_base == head:
            if commits.holds(client, there, page, text.encode()):
                return there
            onto, parents = there, [there]
        made = commits.create_commit(client, onto, parents, commit_message(found), {page: text})
        with suppress(HeadMovedError):
            commits.advance(client, f"heads/{branch}", there, made)
            return made
    raise GitHubError(f"the branch {branch} moved {_TRIES} times; run this job again")


def _open_pull(context: Context, base: str, title: str, body: str) -> PullRequest:
    """Open the bot's pull request, or bring the open one up to date."""
    client, branch = context.client, context.refresh_branch
    owner = client.repository.partition("/")[0]

    def ours() -> PullRequest | None:
        found = client.repo.get_pulls("open", base=base, head=f"{owner}:{branch}")
        # GitHub ignores a filter it cannot read, and then returns every pull request.
        mine = (
            one
            for one in found
            if (one.head.ref, one.base.ref) == (branch, base) and not context.is_fork(one)
        )
        return next(mine, None)

    pull = ours()
    if pull is None:
        try:
            pull = client.once(
                lambda: client.repo.create_pull(base, branch, title=title, body=body), ours
            )
        except ForbiddenError as error:
            raise GitHubError(
                f"{error}. The refreshed page is on the branch {branch}; open the pull request "
                "yourself, or allow it under Settings, Actions, General: 'Allow GitHub Actions to "
                "create and approve pull requests'"
            ) from None
        except RefusedError:
            # Another job may have opened it meanwhile; otherwise the refusal stands.
            pull = ours()
            if pull is None:
                raise
    if pull.title != title or not same_text(pull.body or "", body):
        pull.edit(title=title, body=body)
    return pull


def _report_proposal(context: Context, found: Evaluation, pull: PullRequest, made: str) -> None:
    """Complete a check on the proposal, whose own workflows wait until somebody approves them."""
    with checks.checked(context, made, start=False, new=context.inputs.dry_run) as check:
        # In a dry run there may be no pull request that somebody could have commented on.
        if pull.number:
            counted = approvals.count(context, pull, found.head)
            review = judging.review_of(context, pull, found, made, counted)
        else:
            review = judging.plain_review(context, found, made)
        complete(context, check, review, found.fresh.text)
