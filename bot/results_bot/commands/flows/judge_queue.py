"""The merge queue: the merged result is judged, and the queued pull requests' approvals count."""

from __future__ import annotations

import re

from msgspec.structs import replace

from results_bot.commands.assess import assess
from results_bot.commands.ci_carried import Landed, carried, line, pulls_of
from results_bot.commands.ci_check import checked
from results_bot.commands.ci_context import Context
from results_bot.commands.ci_gather import gather
from results_bot.commands.ci_judge import plain_review
from results_bot.commands.ci_report import complete, said
from results_bot.commands.ci_result import Result, judged
from results_bot.errors import NotFoundError
from results_bot.github.activity import JudgeQueue
from results_bot.github.commits import Commit
from results_bot.github.pulls import PullRequest
from results_bot.report import job_summary

_NUMBER = re.compile(r"#(\d{1,9})\b")


def run(context: Context, activity: JudgeQueue) -> Result:
    """Judge what would be merged. Nothing is written but the check on it."""
    context = context.going_into(activity.base_branch, activity.default_branch)
    with checked(context, activity.head_sha) as check:
        landed = list(_landed(context, activity))
        trusted = context.workspace.config_at(activity.base_sha)
        # With a fork's change among them, the settings are the base's.
        strangers = any(one.pull.fork for one in landed)
        found = assess(
            context.workspace,
            activity.base_sha,
            activity.head_sha,
            gather(context),
            context.now,
            trusted if strangers else None,
        )
        review = replace(
            plain_review(context, found, activity.head_sha),
            approvals=carried(context, landed, found.verdict.blocking)[0],
            authors_may_approve=trusted.approvals.authors_may_approve,
        )
        complete(context, check, review, found.old)
    summary = job_summary.render(review)
    return judged(review, said(review), changed=found.stale, summary=summary)


def _landed(context: Context, activity: JudgeQueue) -> dict[Landed, None]:
    """Return the queued pull requests, as far as GitHub agrees that they are open."""
    out: dict[Landed, None] = {}
    commits = list(line(context, activity.base_sha, activity.head_sha))
    for commit in commits:
        for pull in (*pulls_of(context, commit, activity.base_branch),
                     *_named(context, commit, activity)):  # fmt: skip
            if pull.open and pull.base_branch == activity.base_branch:
                out[Landed(pull, activity.base_sha)] = None
    return out


def _named(context: Context, commit: Commit, activity: JudgeQueue) -> list[PullRequest]:
    """Return the pull requests that a queue's commit names: a squashed one has no other tie.

    A name proves nothing; what counts are the approvals of the very values.
    """
    numbers = {int(number) for number in _NUMBER.findall(commit.message.partition("\n")[0])}
    if commit.sha == activity.head_sha and activity.last_pull is not None:
        numbers.add(activity.last_pull)
    found = []
    for number in sorted(numbers)[:5]:
        try:
            found.append(context.hub.pulls.get(number))
        except NotFoundError:
            continue
    return found
