"""Pull requests whose own runs can only read, such as forks': collect there, publish here.

The artifact is evidence, never authority. Commit, branch and pull request come from the API;
settings and approvers from the base branch; nothing of the fork is checked out or run, and nothing
of it is ever compared against later.
"""

from __future__ import annotations

from pathlib import Path

from github.Repository import Repository
from msgspec.structs import replace

from results_bot.collect.file import Listed
from results_bot.errors import GitHubError
from results_bot.evaluate import evaluate
from results_bot.github import judging, pull_request, trainings
from results_bot.github.context import Context, Result, judged, skipped
from results_bot.github.event import CollectOnly, PublishRun
from results_bot.github.trainings import COLLECTED, Trainings
from results_bot.page.plan import patterns
from results_bot.report import job_summary
from results_bot.report.check import annotate, workflow_commands
from results_bot.workspace import write_atomically


def collect(context: Context, activity: CollectOnly) -> Result:
    """Judge for the job summary and hand over the raw metrics; write nothing to GitHub."""
    head = activity.head_sha
    gathered = trainings.of_this_job(context, head)
    base = judging.forked_at(context, activity.base_branch, head).merge_base
    found = evaluate(
        context.workspace, context.now, base, head, uploads=gathered, will_refresh=True
    )
    # What is committed is not copied: the trusted half reads it from GitHub, which cannot be
    # forged.
    files = gathered.within(patterns(found.workspace.sections))
    folder = Path(context.run.folder).resolve() / COLLECTED
    uploads = [one for one in files if isinstance(one, Listed)]
    for one in uploads:
        write_atomically(folder / one.path, one.read())
    note = f"Read only, since {activity.reason}: comment and check run come from the trusted half."
    review = replace(judging.plain_review(context, found, head), notes=(note,))
    result = judged(review, job_summary.render(review), changed=found.stale)
    return replace(
        result,
        upload=str(folder) if uploads else "",
        commands=workflow_commands(annotate(review, found.old)),
    )


def publish(context: Context, activity: PublishRun) -> Result:
    """Judge the pull request that a finished run belongs to by its base's rules, and report."""
    client = context.client
    run = client.repo.get_workflow_run(activity.run_id)
    owner: Repository | None = run.head_repository
    if owner is None:
        return skipped("the fork was deleted")
    home = owner.full_name
    if (run.event, run.status) != ("pull_request", "completed"):
        raise GitHubError(f"GitHub: run {activity.run_id} is no finished run of a pull request")

    # `workflow_run.pull_requests` is empty for forks, and an artifact's own claims are ignored.
    head = f"{home.partition('/')[0]}:{run.head_branch}"
    pulls = [
        pull
        for pull in client.repo.get_pulls("open", head=head)
        # GitHub ignores a filter it cannot read, and then returns every pull request.
        if pull.head.ref == run.head_branch
        and pull.head.sha == run.head_sha
        and pull.head.repo is not None
        and pull.head.repo.full_name == home
    ]
    if not pulls:
        return skipped("no open pull request has this run's commit as its head")
    if len(pulls) > 1:
        numbers = ", ".join(f"#{one.number}" for one in pulls)
        return skipped(f"several pull requests have this head ({numbers}); none is chosen")
    (pull,) = pulls
    trained = Trainings((run,), trusted=pull.base.sha)
    result = pull_request.report(context.of_pull(pull), pull, trained, read_only=True)
    return result or skipped("the pull request's head moved, or it was closed")
