"""Workflow runs: which of them trained a commit, and which of their jobs left no metrics."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from github.WorkflowRun import WorkflowRun

from results_bot.escape import printable
from results_bot.git import GitRepo
from results_bot.github import commits
from results_bot.github.artifacts import Gathered, Placing, from_folder, from_run
from results_bot.model import Problem
from results_bot.page import charts

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.WorkflowJob import WorkflowJob

    from results_bot.github.context import Context

COLLECTED = "results-bot-metrics"
"""The artifact that the read-only half uploads; looked for where no pattern is configured."""
MATRIX = "*(*)"
"""How GitHub names the jobs of a matrix: `train (small, 1)`."""
_MOST_COMMITS = 10
"""Commits of the bot in a row whose parents are searched for runs."""
_VALUES = re.compile(r"(.*?) ?\((.*)\)", re.DOTALL)
_WORDS = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_QUIET = ("success", "skipped")


class Trainings(msgspec.Struct, frozen=True):
    """The workflow runs that a commit was trained in."""

    runs: tuple[WorkflowRun, ...] = ()
    missing: bool = False
    """There should be runs and there are none: not yet, or GitHub no longer keeps them."""

    @property
    def finished(self) -> bool:
        """Return True if no run will upload more."""
        return all(run.status == "completed" for run in self.runs)


def of_this_job(context: Context) -> Gathered:
    """Return what the jobs of the current run uploaded; what is missing is among the problems."""
    inputs = context.inputs
    if not (inputs.artifacts or inputs.artifacts_folder or inputs.expected_artifacts):
        return Gathered()
    return _uploaded(context, context.run.id, inputs.artifacts_folder)


def of_pull(context: Context, pull: PullRequest, *, before: bool = False) -> Trainings:
    """Return the latest run of each workflow for a head, or for the commit the bot built on.

    `before` leaves out the runs of the head itself.
    A commit that changed nothing but the page, or merged the base, was trained in no run of its
    own: pushes with a workflow's own token start none.
    """
    fork = context.is_fork(pull)
    if not (context.inputs.uploads or fork):
        return Trainings()
    home = (pull.head.repo.full_name if pull.head.repo else "").lower()
    for commit in islice(_line(context, pull.head.sha), int(before), _MOST_COMMITS):
        found = context.client.repo.get_workflow_runs(head_sha=commit, event="pull_request")
        # A fork may have the commit too. A run that waits for an approval has trained nothing.
        runs = [
            run
            for run in found
            if run.head_sha == commit
            and (run.head_repository.full_name if run.head_repository else "").lower() == home
            and not waits_for_approval(run)
        ]
        if runs:
            latest = {run.name: run for run in sorted(runs, key=lambda run: run.id)}
            return Trainings(tuple(latest.values()))
    return Trainings(missing=True)


def is_page_commit(context: Context, commit: str) -> bool:
    """Return True if a commit is the bot's own and changes nothing but the page."""
    found = context.client.repo.get_git_commit(commit)
    repo, page = context.workspace.repo, context.workspace.page
    return (
        repo is not None
        and len(found.parents) == 1
        and _changes_only(repo, page, found.parents[0].sha, commit)
        and commits.is_bots_own(context.client, commit)
    )


def waits_for_approval(run: WorkflowRun) -> bool:
    """Return True if a run has not started because somebody must approve it first."""
    return run.conclusion == "action_required" or run.status in ("waiting", "action_required")


def gather(context: Context, trainings: Trainings) -> Gathered:
    """Return what the jobs of all these runs uploaded."""
    inputs = context.inputs
    if trainings.missing:
        name = printable(inputs.artifacts or COLLECTED)
        gone = Problem(f"artifact {name}", "is of no run that is left; run it again", "artifact")
        return Gathered(problems=(gone,), expired=(name,))
    client = context.client
    found = [
        _uploaded(context, run.id)
        if inputs.uploads
        else from_run(client, run.id, Placing(COLLECTED))
        for run in trainings.runs
    ]
    with_any = [one for one in found if one.bundles] or found
    return Gathered(
        tuple(bundle for one in found for bundle in one.bundles),
        # Another workflow of the same commit that uploads no metrics is not missing any.
        tuple(problem for one in with_any for problem in one.problems),
        tuple(name for one in with_any for name in one.expired),
    )


def _line(context: Context, head: str) -> Iterator[str]:
    """Yield `head` and, while commits are of the bot's kind, their first parents.

    A merge by anybody else may hold code that no run has trained.
    """
    repo, page = context.workspace.repo, context.workspace.page
    while repo is not None:
        yield head
        found = context.client.repo.get_git_commit(head)
        parents = [one.sha for one in found.parents]
        merged = len(parents) == 2 and commits.is_bots_own(context.client, head)
        if not parents or not (merged or _changes_only(repo, page, parents[0], head)):
            return
        head = parents[0]


def _changes_only(repo: GitRepo, page: str, before: str, after: str) -> bool:
    """Return True if a commit changed the page and its charts, and nothing else."""
    old, new = ({one.path: one.version for one in repo.tree(sha)} for sha in (before, after))
    changed = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    return page in changed and all(
        path == page or path.startswith(f"{charts.folder(page)}/") for path in changed
    )


def _uploaded(context: Context, run_id: int, downloaded: str = "") -> Gathered:
    """Return what a run's jobs uploaded, from the downloaded folder where one is given."""
    client, inputs = context.client, context.inputs
    placing = Placing(inputs.artifacts or "*", inputs.artifacts_prefix)
    if downloaded:
        found = from_folder(context.folder / downloaded, placing)
    else:
        found = from_run(client, run_id, placing)
    names = found.names
    run = client.known(
        WorkflowRun,
        f"/actions/runs/{run_id}",
        jobs_url=f"{client.repo.url}/actions/runs/{run_id}/jobs",
        artifacts_url=f"{client.repo.url}/actions/runs/{run_id}/artifacts",
    )
    if not names and any(bundle.files for bundle in found.bundles):
        # The downloaded folder does not show which artifact a file is from.
        names = tuple(one.name for one in run.get_artifacts() if not one.expired)
    expected = inputs.expected_artifacts or ((inputs.artifacts,) if inputs.artifacts else ())
    jobs = list(run.jobs("latest"))
    # What has expired was uploaded, and is named by itself.
    missing = absent(jobs, (*names, *found.expired), expected)
    known = {problem.file for problem in found.problems}
    # An artifact that is there and cannot be used has been named with its reason.
    more = [one for one in missing if one.file not in known]
    return msgspec.structs.replace(found, problems=(*found.problems, *more))


def absent(
    jobs: Sequence[WorkflowJob],
    artifacts: Collection[str],
    expected: Sequence[str] = (),
    which: str = MATRIX,
) -> list[Problem]:
    """Name the jobs that should have left metrics and did not, so that no green check hides them.

    GitHub does not record which job uploaded which artifact. What can be found: a job that did not
    succeed, of those whose names fit `which`; a name or pattern in `expected` without an artifact;
    and, where a matrix' artifacts bear its values in their names, the values that have none.
    `artifacts` are those that could be used.
    """
    chosen = [job for job in jobs if Placing(which).matches(job.name)]
    found = [
        Problem(f"job {printable(job.name)}", f"has not finished ({printable(job.status)})", "job")
        if job.conclusion is None
        else Problem(f"job {printable(job.name)}", f"ended with {printable(job.conclusion)}", "job")
        for job in chosen
        if job.conclusion not in _QUIET
    ]
    matrices: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for job in chosen:
        if job.conclusion == "success" and (parts := _VALUES.fullmatch(job.name)):
            matrices[parts[1]].append((job.name, _words(parts[2])))
    uploaded = [_words(name) for name in artifacts]
    for matrix in matrices.values():
        without = [name for name, values in matrix if not any(values <= one for one in uploaded)]
        # Where no job's values are in any name, the artifacts are named by something else.
        if len(without) < len(matrix):
            reason = "succeeded, but no artifact bears its name"
            found += [Problem(f"job {printable(name)}", reason, "job") for name in without]
    found += [
        Problem(f"artifact {printable(name)}", "was not uploaded", "artifact")
        for name in expected
        if not any(Placing(name).matches(one) for one in artifacts)
    ]
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORDS.findall(text))
