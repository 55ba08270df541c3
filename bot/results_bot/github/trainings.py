"""Workflow runs: which of them trained a commit, and what their jobs uploaded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from github.GitCommit import GitCommit
from github.WorkflowRun import WorkflowRun
from msgspec.structs import replace

from results_bot.escape import printable
from results_bot.github import commits, workflow_file
from results_bot.github.uploads import Gathered, Placing, from_folder, from_run
from results_bot.model import Problem
from results_bot.page import charts

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from results_bot.github.context import Context

COLLECTED = "results-bot-metrics"
"""The artifact that the read-only half uploads; looked for where no pattern is configured."""
REFRESH = "Refresh "
"""How the message of a page's commit begins; the page's path follows."""
_MOST_COMMITS = 10
"""Commits of the bot in a row whose parents are searched for runs."""


class Trainings(msgspec.Struct, frozen=True):
    """The workflow runs that a commit was trained in."""

    runs: tuple[WorkflowRun, ...] = ()
    missing: bool = False
    """There should be runs and there are none: not yet, or GitHub no longer keeps them."""
    waiting: bool = False
    """A run waits for somebody to approve it."""
    trusted: str = ""
    """The commit whose workflow files count; empty for each run's own, which no fork's does."""

    @property
    def finished(self) -> bool:
        """Return True if runs are there and none will upload more."""
        return not self.missing and all(run.status == "completed" for run in self.runs)


def of_this_job(context: Context, commit: str) -> Gathered:
    """Return what the jobs of the current run uploaded; what is missing is among the problems.

    `commit` is the one that the run is about.
    """
    inputs, client = context.inputs, context.client
    if not (inputs.uploads or inputs.artifacts_folder):
        return Gathered()
    path = f"/actions/runs/{context.run.id}"
    lists = {f"{name}_url": f"{client.repo.url}{path}/{name}" for name in ("jobs", "artifacts")}
    run = client.known(WorkflowRun, path, path=context.run.workflow, **lists)
    return _uploaded(context, run, commit, inputs.artifacts_folder)


def of_pull(context: Context, pull: PullRequest, *, before: str = "") -> Trainings:
    """Return the latest run of each workflow for a head, or for the commit the bot built on.

    A commit that changed nothing but the page, or merged the base, was trained in no run of its
    own: runs that a workflow's own token starts wait for an approval. With `before`, a commit of
    the bot's, it is the latest run before that one.
    """
    fork = context.is_fork(pull)
    if not (context.inputs.uploads or fork):
        return Trainings()
    home = pull.head.repo.full_name if pull.head.repo else ""
    waiting = False
    for commit in islice(_line(context, before or pull.head.sha), int(bool(before)), _MOST_COMMITS):
        found = [
            run
            for run in context.client.repo.get_workflow_runs(head_sha=commit, event="pull_request")
            # A fork may have the commit too.
            if run.head_sha == commit
            and (run.head_repository.full_name if run.head_repository else "") == home
        ]
        # A run that waits for an approval has trained nothing.
        unapproved = ("action_required", "waiting")
        runs = [run for run in found if not {run.conclusion, run.status}.intersection(unapproved)]
        waiting = waiting or len(runs) < len(found)
        if runs:
            latest = {run.name: run for run in sorted(runs, key=lambda run: run.id)}
            # A fork's own file may name whatever it likes.
            return Trainings(tuple(latest.values()), trusted=pull.base.sha if fork else "")
    return Trainings(missing=True, waiting=waiting)


def is_page_commit(context: Context, commit: str) -> bool:
    """Return True if a commit is the bot's own and changes nothing but the page."""
    found = context.client.repo.get_git_commit(commit)
    return _changes_only_page(context, found) and commits.is_bots_own(context.client, commit)


def only_pages_since(context: Context, ours: str, now: str) -> bool:
    """Return True if the commits from `ours` to `now` changed nothing but pages.

    Then what was measured for `ours` holds for `now`: another job committed its rows.
    """
    return any(commit == ours for commit in islice(_line(context, now), _MOST_COMMITS))


def gather(context: Context, trainings: Trainings) -> Gathered:
    """Return what the jobs of all these runs uploaded."""
    inputs = context.inputs
    if trainings.missing:
        name = printable(inputs.artifacts or COLLECTED)
        waits = "is not there yet: its run waits for approval; approve it"
        why = waits if trainings.waiting else "is of no run that is left; run the training again"
        gone = Problem(f"artifact {name}", why, "artifact")
        return Gathered(problems=(gone,), expired=(name,))
    found = [_uploaded(context, run, trainings.trusted or run.head_sha) for run in trainings.runs]
    # Another workflow of the same commit that uploads no metrics is not missing any artifact.
    with_any = [one for one in found if one.bundles] or found
    return Gathered(
        tuple(bundle for one in found for bundle in one.bundles),
        tuple(
            problem
            for one in found
            for problem in one.problems
            if one in with_any or problem.kind == "job"
        ),
        tuple(name for one in with_any for name in one.expired),
    )


def _line(context: Context, head: str) -> Iterator[str]:
    """Yield `head` and, while commits are of the bot's kind, their first parents.

    A merge by anybody else may hold code that no run has trained.
    """
    while True:
        yield head
        found = context.client.repo.get_git_commit(head)
        merged = len(found.parents) == 2 and commits.is_bots_own(context.client, head)
        if not (merged or _changes_only_page(context, found)):
            return
        head = found.parents[0].sha


def _changes_only_page(context: Context, commit: GitCommit) -> bool:
    """Return True if a commit changed our page alone, or is the bot's for another page.

    The charts of a page belong to it.
    """
    if not commit.parents:
        return False
    old, new = (
        {one.path: one.version for one in context.repo.tree(sha)}
        for sha in (commit.parents[0].sha, commit.sha)
    )
    changed = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}

    def only(page: str) -> bool:
        drawn = f"{charts.folder(page)}/"
        return page in changed and all(one == page or one.startswith(drawn) for one in changed)

    named = commit.message.partition("\n")[0].removeprefix(REFRESH)
    # Another workflow commits by the same bot, and may call its commit of code so.
    is_page = named.lower().endswith((".md", ".markdown")) and only(named)
    return only(context.workspace.page) or (
        is_page and commits.is_bots_own(context.client, commit.sha)
    )


def _uploaded(context: Context, run: WorkflowRun, commit: str, downloaded: str = "") -> Gathered:
    """Return what a run's jobs uploaded, from the downloaded folder where one is given.

    `commit` has the workflow's file that counts.
    """
    inputs = context.inputs
    if inputs.uploads or downloaded:
        placing = Placing(inputs.artifacts or "*", inputs.artifacts_prefix)
    else:
        placing = Placing(COLLECTED)
    if downloaded:
        found = from_folder(context.folder / downloaded, placing)
    else:
        found = from_run(context.client, run, placing)
    names = found.names
    if not names and any(bundle.files for bundle in found.bundles):
        # The downloaded folder does not show which artifact a file is from.
        names = tuple(one.name for one in run.get_artifacts() if not one.expired)
    ours = {
        "artifacts": inputs.artifacts,
        "page": context.page or "",
        "config": context.config_path or "",
    }
    workflow = context.repo.text_at(commit, run.path.partition("@")[0])
    trainings = workflow_file.find(workflow, ours, list(run.jobs("latest")))
    missing = workflow_file.absent(
        trainings,
        # What has expired was uploaded, and is named by itself.
        (*names, *found.expired),
        inputs.artifacts,
        inputs.expected_artifacts,
    )
    known = {problem.file for problem in found.problems}
    # An artifact that is there and cannot be used has been named with its reason.
    more = [one for one in missing if one.file not in known]
    return replace(found, problems=(*found.problems, *more))
