"""Approvals of pull requests, carried over to where their changes go: queue and default branch.

An approval is bound to values before and after. It counts elsewhere for the same change, and for
a change that several approved ones make together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from results_bot.commands import ci_evidence
from results_bot.commands.assess import assess
from results_bot.commands.ci_approvals import count
from results_bot.commands.ci_context import Context
from results_bot.errors import GitHubError, RepositoryError
from results_bot.github.commits import Commit
from results_bot.github.pulls import PullRequest
from results_bot.judge.approvals import Acceptance, Approvals, digest, key
from results_bot.model import Finding

Accepted = tuple[Finding, Acceptance]


class Landed(msgspec.Struct, frozen=True):
    """A pull request, and the commit of the base branch that it is put upon."""

    pull: PullRequest
    onto: str
    commit: str = ""
    """What brought it in, where it has landed."""


def line(context: Context, base: str, head: str, most: int = 100) -> Iterator[Commit]:
    """Yield the commits from `head` back to `base`, which is left out, by first parents."""
    sha = head
    for _ in range(most):
        if sha == base:
            return
        found = context.hub.commits.get(sha)
        yield found
        if not found.parents:
            return
        sha = found.parents[0]


def carried(
    context: Context, landed: Iterable[Landed], blocking: Sequence[Finding]
) -> tuple[Approvals, tuple[tuple[Landed, Approvals], ...]]:
    """Return which of the findings are approved, and what was approved of which pull request.

    Where nothing needs an approval, nobody is asked.
    """
    each = tuple((one, approvals(context, one)) for one in landed) if blocking else ()
    steps = [step for _, found in each for step in found.accepted]
    covering = [(finding, _covered(finding, steps)) for finding in blocking]
    accepted = tuple((finding, by) for finding, by in covering if by)
    pending = tuple(finding for finding, by in covering if not by)
    return Approvals(digest(blocking), accepted, pending), each


def approvals(context: Context, landed: Landed) -> Approvals:
    """Judge a pull request once more as it was before it landed; return what was approved of it."""
    pull = landed.pull
    base = context.hub.pulls.merge_base(landed.onto, pull.head_sha) or landed.onto
    trusted = context.workspace.config_at(landed.onto)
    gathered = ci_evidence.gather(context, ci_evidence.find(context, pull))
    found = assess(
        context.workspace,
        base,
        pull.head_sha,
        # What has expired since is on the page.
        replace(gathered, problems=()),
        context.now,
        trusted if pull.fork else None,
        renewed=context.may_commit(pull),
        stands=bool(gathered.expired),
    )
    return count(context, pull, found.verdict, pull.head_sha, trusted)


def _covered(finding: Finding, steps: Sequence[Accepted]) -> Acceptance | None:
    """Return the last of the approvals that lead from the value before to the one after."""
    place, before, after = _place(finding)
    same = [(_place(one), by) for one, by in steps]
    same = [(where, by) for where, by in same if where[0] == place]
    reached: dict[str, Acceptance | None] = {before: None}
    for _ in same:
        for (_, start, end), by in same:
            if start in reached and end not in reached:
                reached[end] = by
    exact = next((by for (_, start, end), by in same if (start, end) == (before, after)), None)
    return exact or reached.get(after)


def _place(finding: Finding) -> tuple[tuple[str, ...], str, str]:
    *place, before, after = key(finding)
    return tuple(place), before, after


def pulls_of(context: Context, commit: Commit, base_branch: str) -> list[PullRequest]:
    """Return the pull requests that a commit of the base branch, or of its queue, brings in."""
    shas = commit.parents[1:] or (commit.sha,)
    try:
        found = [pull for sha in shas for pull in context.hub.pulls.of_commit(sha)]
    except (GitHubError, RepositoryError):
        found = []
    return [one for one in found if one.base_branch == base_branch and (one.merged or one.open)]
