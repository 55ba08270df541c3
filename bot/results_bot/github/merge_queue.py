"""The merge queue: judge the merged result; the queued pull requests' approvals count."""

from __future__ import annotations

from msgspec.structs import replace

from results_bot.evaluate import evaluate
from results_bot.github import approvals, checks, judging, trainings
from results_bot.github.approvals import Landed
from results_bot.github.context import Context, Result, judged
from results_bot.github.event import JudgeQueue
from results_bot.github.judging import complete
from results_bot.report import job_summary


def run(context: Context, activity: JudgeQueue) -> Result:
    """Judge what would be merged. Nothing is written but the check on it."""
    client, base, head = context.client, activity.base_sha, activity.head_sha
    context = context.going_into(activity.base_branch, activity.default_branch, base)
    with checks.checked(context, head) as check:
        queued: dict[int, Landed] = {}
        for commit in approvals.line(client, base, head):
            last = activity.last_pull if commit.sha == head else 0
            for pull in approvals.pulls_of(client, commit, activity.base_branch, last):
                if pull.state == "open":
                    queued.setdefault(pull.number, Landed(pull, base))
        trusted = context.workspace.config_at(base)
        # With a fork's change among them, the settings are the base's.
        strangers = any(context.is_fork(one.pull) for one in queued.values())
        found = evaluate(
            context.workspace,
            context.now,
            base,
            head,
            uploads=trainings.of_this_job(context, head),
            config=trusted if strangers else None,
        )
        accepted, _ = approvals.approved(context, [*queued.values()], found)
        review = replace(
            judging.plain_review(context, found, head),
            approvals=accepted,
            policy=trusted.approvals,
        )
        complete(context, check, review, found.old)
    return judged(review, job_summary.render(review), changed=found.stale)
