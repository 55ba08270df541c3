"""Which runs' artifacts are the evidence for a commit that other runs were about.

Artifacts are data; what they say of themselves is not read. Which commit a run was for is asked of
GitHub.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec
from msgspec.structs import replace

from results_bot.commands.ci_context import Context
from results_bot.commands.ci_gather import gather_run
from results_bot.commands.ci_upload import FOLDER
from results_bot.git_repo import GitRepo
from results_bot.github.artifacts import Gathered, from_run
from results_bot.github.placing import Placing
from results_bot.github.pulls import PullRequest
from results_bot.github.runs import WorkflowRun
from results_bot.hostile import printable
from results_bot.model import Problem

COLLECTED = FOLDER
"""The artifact that the read-only half uploads; looked for where no pattern is configured."""
_MOST_COMMITS = 10
"""Commits of ours in a row that are looked behind."""


class Evidence(msgspec.Struct, frozen=True):
    """The runs that a commit was trained in."""

    runs: tuple[WorkflowRun, ...] = ()
    lacking: bool = False
    """There should be runs and are none: not yet, or GitHub no longer keeps them."""

    @property
    def finished(self) -> bool:
        """Tell whether no run will upload more."""
        return all(run.finished for run in self.runs)


def find(context: Context, pull: PullRequest) -> Evidence:
    """Return the latest run of each workflow for a head, or for the commit that the bot built on.

    A commit that changed nothing but the page, or merged the base, was trained in no run of its
    own: pushes with a workflow's own token start none.
    """
    if not (_uploads(context) or pull.fork):
        return Evidence()
    for commit in islice(_line(context, pull.head_sha), _MOST_COMMITS):
        if runs := _runs(context, pull, commit):
            latest = {run.name: run for run in reversed(runs)}
            return Evidence(tuple(latest.values()))
    return Evidence(lacking=True)


def _runs(context: Context, pull: PullRequest, commit: str) -> list[WorkflowRun]:
    """Return the runs of a commit, newest first; not those of a fork that has the commit too."""
    home = (pull.head_repository or "").lower()
    found = context.hub.runs.of_head(commit, "pull_request")
    return [run for run in found if (run.head_repository or "").lower() == home]


def gather(context: Context, evidence: Evidence) -> Gathered:
    """Return what the jobs of all these runs uploaded."""
    if evidence.lacking:
        name = context.options.artifacts or COLLECTED
        gone = Problem(f"artifact {printable(name)}", "is of no run that is left; run it again")
        return Gathered(problems=(gone,), expired=(printable(name),))
    # A folder that this job downloaded holds what some other run left.
    context = replace(context, options=replace(context.options, artifacts_folder=""))
    found = [_gathered(context, run.id) for run in evidence.runs]
    with_any = [one for one in found if one.bundles] or found
    return Gathered(
        tuple(bundle for one in found for bundle in one.bundles),
        # Another workflow of the same commit that uploads no metrics lacks none.
        tuple(problem for one in with_any for problem in one.problems),
        tuple(name for one in with_any for name in one.expired),
    )


def _uploads(context: Context) -> bool:
    return bool(context.options.artifacts or context.options.expected_artifacts)


def _gathered(context: Context, run_id: int) -> Gathered:
    if _uploads(context):
        return gather_run(context, run_id)
    return from_run(context.hub.runs, run_id, Placing(COLLECTED))


def _line(context: Context, head: str) -> Iterator[str]:
    """Yield `head` and, while commits are the bot's kind, their first parents.

    A merge by anybody else may hold code that no run has trained.
    """
    repo, page = context.workspace.repo, context.workspace.page
    while repo is not None:
        yield head
        parents = context.hub.commits.get(head).parents
        merged = len(parents) == 2 and context.hub.commits.made_by_bot(head)
        if not parents or not (merged or _only_page(repo, page, parents[0], head)):
            return
        head = parents[0]


def _only_page(repo: GitRepo, page: str, before: str, after: str) -> bool:
    old, new = ({one.path: one.version for one in repo.tree(sha)} for sha in (before, after))
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)} == {page}
