"""The trusted half for forks: what a finished run uploaded, judged and told by the base's rules.

The artifact is evidence, never authority. Which commit, branch and pull request it is about comes
from the API; settings and approvers come from the base branch; nothing of the fork is checked out
or run, and nothing of it is ever compared against later.
"""

from __future__ import annotations

from results_bot.commands.ci_check import checked
from results_bot.commands.ci_context import Context
from results_bot.commands.ci_evidence import Evidence, gather
from results_bot.commands.ci_judge import judge_as_others, review_of
from results_bot.commands.ci_report import report
from results_bot.commands.ci_result import Result, skipped
from results_bot.errors import GitHubError
from results_bot.github.activity import PublishRun
from results_bot.github.pulls import PullRequest
from results_bot.github.runs import WorkflowRun


def run(context: Context, activity: PublishRun) -> Result:
    """Judge the pull request that the run belongs to, and report."""
    if not activity.read_only:
        return skipped("the run could write, and has reported itself")
    found = context.hub.runs.get(activity.run_id)
    if found.head_repository is None:
        return skipped("the fork was deleted")
    _verify(found, activity)
    pulls = _pulls(context, found)
    if not pulls:
        return skipped("no open pull request has this run's commit as its head")
    if len(pulls) > 1:
        numbers = ", ".join(f"#{one.number}" for one in pulls)
        return skipped(f"several pull requests have this head ({numbers}); none is chosen")
    (pull,) = pulls
    context = context.going_into(pull.base_branch, pull.default_branch)
    return _published(context, pull, found)


def _verify(found: WorkflowRun, activity: PublishRun) -> None:
    """Raise GitHubError where the event says otherwise than GitHub."""
    same = (
        found.id == activity.run_id
        and found.head_sha == activity.head_sha
        and found.head_branch == activity.head_branch
        and found.head_repository == activity.head_repository
        and found.event == "pull_request"
        and found.finished
    )
    if not same:
        raise GitHubError(f"GitHub: run {activity.run_id} is not what the event says it is")


def _pulls(context: Context, run: WorkflowRun) -> list[PullRequest]:
    """Return the open pull requests of exactly this head.

    `workflow_run.pull_requests` is empty for forks, and what an artifact says is not asked.
    """
    owner = (run.head_repository or "").partition("/")[0]
    return [
        pull
        for pull in context.hub.pulls.open_from(owner, run.head_branch)
        if pull.head_sha == run.head_sha and pull.head_repository == run.head_repository
    ]


def _published(context: Context, pull: PullRequest, run: WorkflowRun) -> Result:
    with checked(context, pull.head_sha) as check:
        judged = judge_as_others(context, pull, gather(context, Evidence((run,))))
        review = review_of(context, pull, judged, pull.head_sha)
        now = context.hub.pulls.get(pull.number)
        if now.head_sha != pull.head_sha or not now.open:
            check.cancel("A newer commit was pushed, or the pull request was closed.")
            return skipped("the pull request's head moved")
        checks = [(check, judged.old)]
        return report(context, review, pull.number, checks, changed=judged.stale)
