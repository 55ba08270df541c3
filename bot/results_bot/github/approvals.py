"""Approvals of a pull request's findings: who wrote a command, what they may do, what counts.

`judge.approvals` decides; this module asks GitHub. An approval is bound to values before and
after. In the merge queue and on the default branch it counts for the same change, and for a change
that several approved ones make together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from github.Commit import Commit
from github.GitCommit import GitCommit
from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.config import Config
from results_bot.errors import GitHubError, NotFoundError, RepositoryError
from results_bot.escape import printable
from results_bot.evaluate import Evaluation, evaluate
from results_bot.git import APPROVED_BY
from results_bot.github import comments, commits, runs
from results_bot.github.comments import GHOST, Comment, Discussion, PullReview
from results_bot.judge.approvals import (
    SHOWN,
    Acceptance,
    Approvals,
    Source,
    Statement,
    Verb,
    commands,
    decide,
    digest,
    key,
    mentions_command,
)
from results_bot.model import Finding
from results_bot.report.comment import MARKER, marker

if TYPE_CHECKING:
    from results_bot.github.client import Client
    from results_bot.github.context import Context

_NUMBER = re.compile(r"#(\d{1,9})\b")
_MOST_NAMED = 5


class Counted(msgspec.Struct, frozen=True, dict=True):
    """All that was written about approvals on one pull request, with its authors' permissions."""

    discussion: Discussion
    author: str
    """Login of the pull request's author."""
    statements: tuple[Statement, ...]
    trusted: Config
    """The settings of the base branch, which say whose approvals count."""
    several_pages: bool = False
    """We commented on another page too; a command may be for that one."""

    def of(self, found: Evaluation, head: str) -> Approvals:
        """Return what was approved of a verdict on `head`."""
        sections = found.fresh.summary.sections
        approvals = decide(
            found.verdict.blocking,
            self.statements,
            self.author,
            head,
            self.trusted.approvals,
            self.discussion.committers,
            {row.run for section in sections for row in section.rows},
            found.workspace.page,
        )
        if not self.several_pages:
            return approvals
        ours = (one for one in approvals.refused if _concerns(one.command, approvals.digest))
        return replace(approvals, refused=tuple(ours))


def _concerns(command: str, digest: str) -> bool:
    """Return True if a command is about the findings of a digest, or about all pages."""
    verb, *words = command.split()
    named = words[0].lower() if words else ""
    return verb.startswith("/revoke") or bool(named and digest.startswith(named))


def count(context: Context, pull: PullRequest, base: str) -> Counted:
    """Return all statements on a pull request, each author's permission read once.

    `base` is the commit whose settings say whose approvals count.
    """
    client, discussion = context.client, comments.read(context.client, pull.number)

    @cache
    def permission(login: str) -> str:
        if login == GHOST:
            return "none"
        path = f"{client.repo.url}/collaborators/{quote(login, safe='')}/permission"
        found = client.find(lambda: client.requester.requestJsonAndCheck("GET", path)[1])
        return _permission(found)

    said: list[Statement] = []
    written: list[Comment | PullReview] = [*discussion.comments, *discussion.reviews]
    for one in written:
        review = one if isinstance(one, PullReview) else None
        body, approves = one.body, review is not None and review.state == "APPROVED"
        if review is not None and review.state == "DISMISSED":
            # What it revoked stays revoked; otherwise whoever dismisses a review could bring an
            # approval back.
            body = "\n".join(it.text for it in commands(body, ()) if it.verb is Verb.REVOKE)
        if one.mine or not (approves or mentions_command(body)):
            continue
        said.append(
            Statement(
                id=one.id,
                author=one.author,
                at=one.at or "",
                body=body,
                # A bot is refused whatever it may do.
                permission="none" if one.is_bot else permission(one.author.lower()),
                bot=one.is_bot,
                edited=one.edited_at is not None,
                source=Source.REVIEW if review else Source.COMMENT,
                approves=approves,
                commit=review.commit.oid if review and review.commit else "",
                url=one.url,
            )
        )
    author = pull.user.login if pull.user else GHOST
    others = len(discussion.ours(MARKER)) > len(discussion.ours(marker(context.project)))
    return Counted(discussion, author, tuple(said), context.workspace.config_at(base), others)


class _Flags(msgspec.Struct):
    """Permissions behind a role, which an organisation may have named itself."""

    admin: bool = False
    maintain: bool = False
    push: bool = False
    triage: bool = False
    pull: bool = False


class _Collaborator(msgspec.Struct):
    permissions: _Flags | None = None


class _Permission(msgspec.Struct):
    user: _Collaborator | None = None
    permission: str = "none"
    role_name: str = ""


def _permission(found: object) -> str:
    """Return the name of what somebody may do; `none` for strangers.

    The flags hold for every role; the legacy `permission` has neither triage nor maintain.
    """
    if found is None:
        return "none"
    try:
        answer = msgspec.convert(found, _Permission)
    except msgspec.ValidationError as error:
        raise GitHubError(f"GitHub: permission: {printable(str(error))}") from None
    flags = answer.user.permissions if answer.user else None
    if flags is not None:
        names = {"push": "write", "pull": "read"}
        held = (name for name in _Flags.__struct_fields__ if getattr(flags, name))
        return next((names.get(name, name) for name in held), "none")
    return answer.role_name or answer.permission


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
    except (GitHubError, RepositoryError):
        found = []
    if also is not None:
        named = {int(one) for one in _NUMBER.findall(commit.message.partition("\n")[0])} | {also}
        for number in sorted(named - {0} - {one.number for one in found})[:_MOST_NAMED]:
            try:
                pull = client.repo.get_pull(number)
                found += [pull] if pull.state else []
            except NotFoundError:
                continue
    return [one for one in found if one.base.ref == base_branch]


def carried(
    context: Context, landed: Iterable[Landed], blocking: Sequence[Finding]
) -> tuple[Approvals, list[tuple[Landed, Approvals]]]:
    """Return which findings are approved, and what was approved of each pull request.

    Where nothing needs an approval, nothing is asked.
    """
    each = [(one, _approvals(context, one)) for one in landed] if blocking else []
    steps = [step for _, found in each for step in found.accepted]
    covering = [(finding, _covered(finding, steps)) for finding in blocking]
    accepted = tuple((finding, by) for finding, by in covering if by)
    pending = tuple(finding for finding, by in covering if not by)
    page = context.workspace.page
    return Approvals(digest(blocking, page), accepted, pending), each


def _approvals(context: Context, landed: Landed) -> Approvals:
    """Judge a pull request once more as it was before it landed; return what was approved of it."""
    client, pull, head = context.client, landed.pull, landed.pull.head.sha
    forked = commits.compare(client, landed.onto, head)
    gathered = runs.gather(context, runs.of_pull(context, pull))
    found = evaluate(
        context.workspace,
        context.now,
        forked.merge_base if forked else landed.onto,
        head,
        # What has expired since is on the page.
        uploads=replace(gathered, problems=()),
        config=context.workspace.config_at(landed.onto) if context.is_fork(pull) else None,
        renewed=context.may_commit(pull),
        stands=bool(gathered.expired),
    )
    if not found.verdict.blocking:
        return Approvals("")
    return count(context, pull, landed.onto).of(found, head)


def _covered(finding: Finding, steps: Sequence[tuple[Finding, Acceptance]]) -> Acceptance | None:
    """Return the last of the approvals that lead from the value before to the one after."""
    place, before, after = _ends(finding)
    same = [(_ends(one), by) for one, by in steps]
    same = [(ends, by) for ends, by in same if ends[0] == place]
    reached: dict[str, Acceptance | None] = {before: None}
    for _ in same:
        for (_, start, end), by in same:
            if start in reached and end not in reached:
                reached[end] = by
    exact = next((by for (_, start, end), by in same if (start, end) == (before, after)), None)
    return exact or reached.get(after)


def _ends(finding: Finding) -> tuple[tuple[str, ...], str, str]:
    *place, before, after = key(finding)
    return tuple(place), before, after
