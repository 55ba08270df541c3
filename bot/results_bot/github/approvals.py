"""Approvals of a pull request's findings: who wrote a command, what they may do, what counts.

`judge.approvals` decides; this module asks GitHub.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec
from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.config import Config
from results_bot.errors import GitHubError
from results_bot.escape import printable
from results_bot.evaluate import Evaluation
from results_bot.git import APPROVED_BY
from results_bot.github import comments
from results_bot.github.comments import GHOST, Discussion
from results_bot.judge.approvals import (
    SHOWN,
    Approvals,
    Statement,
    Verb,
    commands,
    decide,
    mentions_command,
)
from results_bot.report.comment import MARKER, marker

if TYPE_CHECKING:
    from results_bot.github.context import Context


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
    named = words[0].lower() if words else ""
    return verb.startswith("/revoke") or bool(named and digest.startswith(named))


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
            body = "\n".join(it.text for it in commands(body, ()) if it.verb is Verb.REVOKE)
        if one.mine or not (approves or mentions_command(body)):
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
