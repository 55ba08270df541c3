"""Approvals of a pull request's findings: who wrote a command, what they may do, what counts.

`judge.approvals` decides; this module asks GitHub. An approval counts for the same change, and for
a change that several approved pull requests make together in a merge queue or on the default
branch. What no pull request shows alone, such as the sum of two small losses, is approved on any of
them by the digest of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

import msgspec
from github.Commit import Commit
from github.GitCommit import GitCommit
from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.config import Config
from results_bot.errors import GitHubError, NotFoundError, RefusedError
from results_bot.escape import printable
from results_bot.evaluate import Evaluation, evaluate
from results_bot.git import APPROVED_BY
from results_bot.github import comments, commits, trainings
from results_bot.github.comments import GHOST, Discussion
from results_bot.judge.approvals import (
    SHOWN,
    Acceptance,
    Approvals,
    Statement,
    commands,
    decide,
    digest,
    key,
)
from results_bot.model import Finding
from results_bot.report.comment import MARKER, marker

if TYPE_CHECKING:
    from results_bot.github.client import Client
    from results_bot.github.context import Context


_NUMBER = re.compile(r"#(\d{1,9})\b")
_MOST_NAMED = 5


class Counted(msgspec.Struct, frozen=True):
    """All that was written about approvals on one pull request, with its authors' permissions."""

    discussion: Discussion
    author: str
    """Login of the pull request's author."""
    statements: tuple[Statement, ...]
    trusted: Config
    """The settings of the base branch, which decide whose approvals count."""
    several: bool
    """Another job of ours commented too; a command may be for that one."""

    def of(self, found: Evaluation, head: str) -> Approvals:
        """Return what was approved of a verdict on `head`."""
        approvals = decide(
            found.verdict.blocking,
            self.statements,
            self.author,
            head,
            self.trusted.approvals,
            self.discussion.committers,
            found.runs,
            found.workspace.page,
        )
        if not self.several:
            return approvals
        ours = (one for one in approvals.refused if _concerns(one.command, approvals.digest))
        return replace(approvals, refused=tuple(ours))


def _concerns(command: str, digest: str) -> bool:
    """Return True if a command is about the findings of a digest, or about all jobs."""
    verb, *words = command.split()
    return verb.startswith("/revoke") or not words or digest.startswith(words[0].lower())


def count(context: Context, pull: PullRequest, base: str) -> Counted:
    """Return all statements on a pull request, each author's permission read once.

    `base` is the commit whose settings decide whose approvals count.
    """
    client, discussion = context.client, comments.read(context.client, pull.number)

    @cache
    def permission(login: str) -> str:
        """Return admin, write, read or none: GitHub maps maintain, triage and own roles to them."""
        if login == GHOST:
            return "none"
        try:
            found = client.find(lambda: client.repo.get_collaborator_permission(login))
        except (KeyError, TypeError):
            raise GitHubError("GitHub: permission: no sensible answer") from None
        return str(found or "none")

    statements: list[Statement] = []
    for one in (*discussion.comments, *discussion.reviews):
        body, approves = one.body, one.state == "APPROVED"
        if one.state == "DISMISSED":
            # What it revoked stays revoked; otherwise whoever dismisses a review could bring an
            # approval back.
            body = "\n".join(it.text for it in commands(body, ()) if it.revokes)
        if one.mine or not (approves or commands(body, ())):
            continue
        statements.append(
            Statement(
                id=one.id,
                author=one.login,
                at=one.at or "",
                body=body,
                # A bot is refused whatever it may do.
                permission="none" if one.is_bot else permission(one.login.lower()),
                bot=one.is_bot,
                edited=one.edited is not None,
                approves=approves,
                commit=one.commit.oid if one.commit else "",
                url=one.url,
            )
        )
    author = pull.user.login if pull.user else GHOST
    several = len(discussion.ours(MARKER)) > len(discussion.ours(marker(context.project)))
    trusted = context.workspace.config_at(base)
    return Counted(discussion, author, tuple(statements), trusted, several)


def trailers(approvals: Approvals) -> str:
    """Return the lines by which a commit records who approved; empty where nobody did.

    `results-bot history` reads them.
    """
    shown = approvals.digest[:SHOWN]
    return "\n".join(f"{APPROVED_BY}: {printable(login)} ({shown})" for login in approvals.by)


class Landed(msgspec.Struct, frozen=True):
    """A pull request, and the commit of the base branch that it is put upon."""

    pull: PullRequest
    onto: str
    commit: str = ""
    """The commit that brought it in, where it has landed."""


def line(client: Client, base: str, head: str, most: int = 100) -> Iterator[GitCommit]:
    """Yield the commits from `head` back to `base`, which is left out, by first parents."""
    sha = head
    for _ in range(most):
        if sha == base:
            return
        found = client.repo.get_git_commit(sha)
        yield found
        if not found.parents:
            return
        sha = found.parents[0].sha


def pulls_of(
    client: Client, commit: GitCommit, base_branch: str, also: int | None = None
) -> list[PullRequest]:
    """Return the pull requests that a commit of a branch, or of its merge queue, brings in.

    A commit that a queue squashed has no tie but the numbers in its subject, of which `also` is
    one. A number proves nothing: what counts are the approvals of these very values.
    """
    shas = [one.sha for one in commit.parents[1:]] or [commit.sha]
    try:
        found = [
            pull for sha in shas for pull in client.known(Commit, f"/commits/{sha}").get_pulls()
        ]
    except (NotFoundError, RefusedError):
        found = []
    if also is not None:
        named = {int(one) for one in _NUMBER.findall(commit.message.partition("\n")[0])} | {also}
        for number in sorted(named - {0} - {one.number for one in found})[:_MOST_NAMED]:
            pull = client.find(partial(client.repo.get_pull, number))
            found += [pull] if pull else []
    return [one for one in found if one.base.ref == base_branch]


def approved(
    context: Context, landed: Sequence[Landed], found: Evaluation
) -> tuple[Approvals, dict[str, str]]:
    """Count the approvals of several pull requests, newest first, that are judged together.

    Also return, by merge commit, the lines that name who approved. Makes no request where nothing
    needs an approval.
    """
    blocking, page = found.verdict.blocking, context.workspace.page
    if not blocking or not landed:
        return Approvals(digest(blocking, page), pending=blocking), {}
    each = [_judged_again(context, one) for one in landed]
    # Authors and committers of any of them cannot approve the whole; the oldest settings count.
    counted = [one for one, _ in each]
    whole = decide(
        blocking,
        [statement for one in counted for statement in one.statements],
        "",
        "",
        counted[-1].trusted.approvals,
        {one.author.lower() for one in counted}.union(
            *(one.discussion.committers for one in counted)
        ),
        found.runs,
        page,
    )
    steps = [step for _, own in each for step in own.accepted]
    by = {key(finding): acceptance for finding, acceptance in whole.accepted}
    accepted = [(one, _covered(one, steps) or by.get(key(one))) for one in blocking]
    lines: dict[str, list[str]] = {}
    for one, own in zip((landed[0], *landed), (whole, *(own for _, own in each)), strict=True):
        lines.setdefault(one.commit, []).extend(trailers(own).splitlines())
    notes = {sha: "\n".join(dict.fromkeys(written)) for sha, written in lines.items() if written}
    return (
        Approvals(
            whole.digest,
            tuple((finding, by) for finding, by in accepted if by),
            tuple(finding for finding, by in accepted if not by),
        ),
        notes,
    )


def _judged_again(context: Context, landed: Landed) -> tuple[Counted, Approvals]:
    """Judge a pull request as it was before it landed; return what was approved of it."""
    client, pull, head = context.client, landed.pull, landed.pull.head.sha
    forked = commits.compare(client, landed.onto, head)
    gathered = trainings.gather(context, trainings.of_pull(context, pull))
    found = evaluate(
        context.workspace,
        context.now,
        forked.merge_base if forked else landed.onto,
        head,
        # What has expired since is on the page.
        uploads=replace(gathered, problems=()),
        config=context.workspace.config_at(landed.onto) if context.is_fork(pull) else None,
        will_refresh=context.may_commit(pull),
        artifacts_expired=bool(gathered.expired),
    )
    counted = count(context, pull, landed.onto)
    return counted, counted.of(found, head)


def _covered(finding: Finding, steps: Iterable[tuple[Finding, Acceptance]]) -> Acceptance | None:
    """Return the last of the approvals that lead from the value before to the one after."""
    *place, before, after = key(finding)
    same = [(key(one)[-2:], by) for one, by in steps if list(key(one)[:-2]) == place]
    exact = next((by for ends, by in same if ends == (before, after)), None)
    reached: dict[str, Acceptance | None] = {before: None}
    for _ in same:
        for (start, end), by in same:
            if start in reached and end not in reached:
                reached[end] = by
    return exact or reached.get(after)
