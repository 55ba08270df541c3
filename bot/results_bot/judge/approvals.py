"""Which findings a reviewer has accepted: bound to the values, decided from all that was said.

Pure: findings and statements in, acceptances and refusals out. Whoever calls this has asked GitHub
who said what, and with which permission; nothing that a comment claims about itself is believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from results_bot.config import ApprovalsTable
from results_bot.judge.approval_commands import Command, Verb, commands
from results_bot.model import Finding

SHOWN = 20
"""Characters of a digest that reports show for copying: 80 bits, so that nobody finds other values
with the same beginning."""
SHORTEST = 12
"""Characters of a digest that a command must give at least."""
_SEPARATOR = "\x1f"


class Source(StrEnum):
    """Where something was said."""

    COMMENT = "comment"
    REVIEW = "review"


class Statement(msgspec.Struct, frozen=True):
    """One comment or review, as GitHub tells of it."""

    id: int
    author: str
    at: str
    """ISO 8601 in UTC, as GitHub writes it; sorts as text."""
    body: str
    permission: str = "none"
    """Of the author on the repository: none, read, triage, write, maintain or admin."""
    bot: bool = False
    edited: bool = False
    source: Source = Source.COMMENT
    approves: bool = False
    """A review that approves the pull request and was not dismissed."""
    commit: str = ""
    """The commit that a review looked at."""
    url: str = ""


class Policy(msgspec.Struct, frozen=True):
    """Who may approve, and how."""

    authors_may_approve: bool = False
    reviews_count: bool = False
    """An approving review of the head commit accepts all findings."""
    permissions: frozenset[str] = frozenset({"write", "maintain", "admin"})
    approvers: frozenset[str] = frozenset()
    """Logins; where there are some, only these."""

    @classmethod
    def of(cls, table: ApprovalsTable) -> Policy:
        """Return the policy that a configuration asks for."""
        return cls(
            table.authors_may_approve, table.reviews_count, approvers=frozenset(table.approvers)
        )


class Acceptance(msgspec.Struct, frozen=True):
    """Who accepted a finding, when and why."""

    by: str
    at: str
    reason: str = ""
    url: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """A command that did nothing, and why."""

    by: str
    command: str
    why: str
    url: str = ""


class Approvals(msgspec.Struct, frozen=True):
    """What was accepted of the findings that need it."""

    digest: str
    """Of all findings that need approval; empty where there are none."""
    accepted: tuple[tuple[Finding, Acceptance], ...] = ()
    pending: tuple[Finding, ...] = ()
    refused: tuple[Refusal, ...] = ()

    @property
    def complete(self) -> bool:
        """Tell whether nothing waits."""
        return not self.pending

    @property
    def by(self) -> tuple[str, ...]:
        """Everybody whose approval counts, once each, in the order of the findings."""
        return tuple(dict.fromkeys(acceptance.by for _, acceptance in self.accepted))


def key(finding: Finding) -> tuple[str, ...]:
    """Return what an approval of the finding is bound to: which place, which values."""
    return (
        finding.id,
        finding.section,
        _SEPARATOR.join(sorted(finding.runs)),
        finding.metric or "",
        "" if finding.before is None else f"={finding.before}",
        "" if finding.after is None else f"={finding.after}",
    )


def digest(findings: Iterable[Finding]) -> str:
    """Return 64 hexadecimal digits over the findings, whatever their order; empty for none."""
    lines = sorted({repr(key(finding)) for finding in findings})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""


def place(finding: Finding) -> str:
    """Return the words by which a partial approval names the finding: SECTION/RUN."""
    return f"{finding.section}/{finding.run}" if finding.run else finding.section


def decide(
    findings: Sequence[Finding],
    statements: Iterable[Statement],
    author: str,
    head: str,
    policy: Policy = Policy(),
) -> Approvals:
    """Return what of `findings`, the ones that need approval, has been accepted.

    `author` is the login of the pull request's author, `head` its newest commit. A statement
    counts in the order of its time, not of the list. A command that is refused changes nothing.
    """
    whole = digest(findings)
    accepted: dict[tuple[str, ...], Acceptance] = {}
    refused: list[Refusal] = []
    places = frozenset(place(finding) for finding in findings)
    for said in sorted(statements, key=lambda one: (one.at, one.source, one.id)):
        for command in commands(said.body, places):
            why = _why_not(said, command, author, whole, policy)
            if why:
                refused.append(Refusal(said.author, command.text, why, said.url))
            elif command.verb is Verb.REVOKE:
                accepted.clear()
            else:
                _accept(accepted, said, _covered(findings, command), command.reason)
        if _is_approving_review(said, head, policy) and not _who_not(said, author, policy):
            _accept(accepted, said, findings, "")
    return Approvals(
        whole,
        tuple((f, accepted[key(f)]) for f in findings if key(f) in accepted),
        tuple(f for f in findings if key(f) not in accepted),
        tuple(refused),
    )


def _accept(
    accepted: dict[tuple[str, ...], Acceptance],
    said: Statement,
    findings: Iterable[Finding],
    reason: str,
) -> None:
    for finding in findings:
        accepted.setdefault(key(finding), Acceptance(said.author, said.at, reason, said.url))


def _is_approving_review(said: Statement, head: str, policy: Policy) -> bool:
    return policy.reviews_count and said.approves and said.commit == head


def _why_not(said: Statement, command: Command, author: str, whole: str, policy: Policy) -> str:
    """Return why a command does not count, in words for its author; empty where it counts."""
    if said.edited:
        return "edited comments do not count; write a new one"
    revokes = command.verb is Verb.REVOKE
    return _who_not(said, author, policy, revokes=revokes) or (
        "" if revokes else _not_these(command, whole)
    )


def _not_these(command: Command, whole: str) -> str:
    """Return why the command does not name what waits."""
    reasons = (
        (not whole, "nothing waits for approval"),
        (len(command.digest) < SHORTEST, f"give at least {SHORTEST} characters of the digest"),
        (
            not whole.startswith(command.digest.lower()),
            "this digest is not that of the findings now; the values have changed",
        ),
        (command.unknown_place, f"nothing that waits is called {command.unknown_place}"),
    )
    return next((words for applies, words in reasons if applies), "")


def _who_not(said: Statement, author: str, policy: Policy, *, revokes: bool = False) -> str:
    """Return why this person cannot do it. Taking back needs permission only."""
    named = {login.lower() for login in policy.approvers}
    own = said.author.lower() == author.lower() and not policy.authors_may_approve
    reasons = (
        (said.bot, "bots cannot approve"),
        (
            said.permission not in policy.permissions,
            "this needs write permission on the repository",
        ),
        (
            bool(named) and said.author.lower() not in named and not revokes,
            "only the approvers named in the configuration can approve",
        ),
        (own and not revokes, "the author of a pull request cannot approve its metrics"),
    )
    return next((words for applies, words in reasons if applies), "")


def _covered(findings: Sequence[Finding], command: Command) -> Iterable[Finding]:
    if not command.place:
        return findings
    return [finding for finding in findings if place(finding) == command.place]
