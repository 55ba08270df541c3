"""Decide which findings reviewers have accepted, from the comments and reviews they wrote.

Commands are `/approve-metrics DIGEST [SECTION/RUN] [reason]` and `/revoke-metrics`, each on a line
of its own. Pure: the caller has asked GitHub who wrote what, and with which permission; nothing
that a comment claims about itself is believed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from results_bot.config import ApprovalsTable
from results_bot.judge.rule import listed
from results_bot.model import Finding

SHOWN = 20
"""Characters of a digest that reports show for copying: 80 bits, so that nobody finds other values
with the same beginning."""
SHORTEST = 12
"""Characters of a digest that a command must give at least."""
MOST_COMMANDS = 20
"""Commands read from one comment."""
LONGEST_REASON = 200
_MAY_APPROVE = ("write", "admin")
_SEPARATOR = "\x1f"
_COMMAND = re.compile(r"/(approve|revoke)-metrics(?:[ \t]+([^ \t]+)(?:[ \t]+(.*))?)?")


class Statement(msgspec.Struct, frozen=True):
    """One comment or review as GitHub returns it."""

    id: int
    author: str
    at: str
    """ISO 8601 in UTC, as GitHub writes it; sorts as text."""
    body: str
    permission: str = "none"
    """Of the author on the repository: none, read, write or admin."""
    bot: bool = False
    edited: bool = False
    approves: bool = False
    """A review that approves the pull request and was not dismissed."""
    commit: str = ""
    """The commit that was reviewed."""
    url: str = ""


class Acceptance(msgspec.Struct, frozen=True):
    """Who accepted a finding, when and why."""

    by: str
    at: str
    reason: str = ""
    url: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """A command without effect, and why."""

    by: str
    command: str
    why: str
    url: str = ""


class Approvals(msgspec.Struct, frozen=True):
    """Which of the findings that need approval were accepted."""

    digest: str
    """Of all findings that need approval; empty where there are none."""
    accepted: tuple[tuple[Finding, Acceptance], ...] = ()
    pending: tuple[Finding, ...] = ()
    refused: tuple[Refusal, ...] = ()

    @property
    def complete(self) -> bool:
        """Return True if nothing is pending."""
        return not self.pending

    @property
    def by(self) -> tuple[str, ...]:
        """Everybody whose approval counts, once each, in the order of the findings."""
        return tuple(dict.fromkeys(acceptance.by for _, acceptance in self.accepted))


class Command(msgspec.Struct, frozen=True):
    """One command as written."""

    text: str
    revokes: bool = False
    digest: str = ""
    place: str = ""
    """SECTION/RUN, where only one is meant; empty for all."""
    reason: str = ""
    unknown_place: str = ""
    """What looks like SECTION/RUN and matches no finding: a typing error must not approve all."""


def key(finding: Finding) -> tuple[str, ...]:
    """Return what an approval of the finding is bound to: its place and its values."""
    values = zip((finding.before, finding.after), finding.bound, strict=True)
    before, after = (
        _SEPARATOR.join(filter(None, ("" if shown is None else f"={shown}", exact)))
        for shown, exact in values
    )
    runs = _SEPARATOR.join(sorted(finding.runs))
    return finding.id, finding.section, runs, finding.metric or "", before, after


def digest(findings: Iterable[Finding], page: str) -> str:
    """Return 64 hexadecimal digits over a page's findings in any order; empty for none."""
    lines = sorted({repr(key(finding)) for finding in findings})
    return hashlib.sha256("\n".join([page, *lines]).encode()).hexdigest() if lines else ""


def place(finding: Finding) -> str:
    """Return how a partial approval names the finding: SECTION/RUN."""
    return f"{finding.section}/{finding.run}" if finding.run else finding.section


def decide(
    findings: Sequence[Finding],
    statements: Iterable[Statement],
    author: str,
    head: str,
    policy: ApprovalsTable = ApprovalsTable(),
    committers: Collection[str] = (),
    runs: Collection[str] = (),
    page: str = "",
) -> Approvals:
    """Return which of `findings`, the ones of `page` that need approval, have been accepted.

    `author` is the login of the pull request's author, `head` its newest commit (empty where no
    review counts), `committers` are the logins of who committed to it, in lower case, and `runs`
    all runs of the page. Statements count in the order of their time. A refused command changes
    nothing.
    """
    whole = digest(findings, page)
    accepted: dict[tuple[str, ...], Acceptance] = {}
    refused: list[Refusal] = []
    places = frozenset(place(finding) for finding in findings)
    for one in sorted(statements, key=lambda one: (one.at, one.id)):

        def accept(covered: Iterable[Finding], reason: str, by: Statement = one) -> None:
            for finding in covered:
                accepted.setdefault(key(finding), Acceptance(by.author, by.at, reason, by.url))

        for command in commands(one.body, places, runs):
            who = _who_not(one, author, committers, policy, revokes=command.revokes)
            why = _why_not(one, command, whole, places, who)
            if why:
                refused.append(Refusal(one.author, command.text, why, one.url))
            elif command.revokes:
                accepted.clear()
            else:
                covered = (f for f in findings if command.place in ("", place(f)))
                accept(covered, command.reason)
        reviewed = policy.reviews_count and one.approves and one.commit == head != ""
        if reviewed and not _who_not(one, author, committers, policy, revokes=False):
            accept(findings, "")
    return Approvals(
        whole,
        tuple((f, accepted[key(f)]) for f in findings if key(f) in accepted),
        tuple(f for f in findings if key(f) not in accepted),
        tuple(refused),
    )


def _why_not(
    one: Statement, command: Command, whole: str, places: Collection[str], who: str
) -> str:
    """Return why a command does not count, in words for its author; empty where it counts.

    `who` is why its author may not do it.
    """
    if one.edited:
        return "edited comments do not count; write a new one"
    if who or command.revokes:
        return who
    if not whole:
        return "nothing waits for approval"
    if len(command.digest) < SHORTEST:
        return f"give at least {SHORTEST} characters of the digest"
    if not whole.startswith(command.digest.lower()):
        return "this digest is not that of the findings now; the values have changed"
    unknown, waiting = command.unknown_place, listed(sorted(places))
    return f"nothing that waits is called {unknown}; what waits is {waiting}" if unknown else ""


def _who_not(
    one: Statement,
    author: str,
    committers: Collection[str],
    policy: ApprovalsTable,
    *,
    revokes: bool,
) -> str:
    """Return why this person may not do it; to revoke, write permission is enough."""
    if one.bot:
        return "bots cannot approve"
    if one.permission not in _MAY_APPROVE:
        return "this needs write permission on the repository"
    login, named = one.author.lower(), {login.lower() for login in policy.approvers}
    if not revokes and named and login not in named:
        return "only the approvers named in the configuration can approve"
    if revokes or policy.authors_may_approve:
        return ""
    if login == author.lower():
        return "the author of a pull request cannot approve its metrics"
    committed = "whoever committed to a pull request cannot approve its metrics"
    return committed if login in committers else ""


def commands(body: str, places: Collection[str], runs: Collection[str] = ()) -> list[Command]:
    """Return the commands in `body`: each at the start of a visible line of plain text.

    `places` are the findings' places, and `runs` all runs of the page.
    """
    if not _COMMAND.search(body):
        return []
    found = (_command(line, places, runs) for line in _lines(body))
    return [command for command in found if command][:MOST_COMMANDS]


def _lines(body: str) -> Iterator[str]:
    """Yield the lines of top-level paragraphs, without quotations, code and HTML comments."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    # Emphasis, links and escapes stay as they were written: names may look like them.
    parser.disable(["emphasis", "link", "image", "autolink", "escape", "entity"])
    for token in parser.parse(body):
        if token.type == "inline" and token.level == 1:
            shown = (
                "\n" if one.type in ("softbreak", "hardbreak") else one.content
                for one in token.children or ()
                if one.type in ("text", "softbreak", "hardbreak")
            )
            yield from (line.strip() for line in "".join(shown).split("\n"))


def _command(line: str, places: Collection[str], runs: Collection[str]) -> Command | None:
    found = _COMMAND.fullmatch(line)
    if found is None:
        return None
    verb, digest, rest = found[1], found[2] or "", found[3] or ""
    if verb == "revoke":
        return Command(line, revokes=True)
    # The longest place whose whole words the rest begins with: names may hold spaces.
    whole = (one for one in places if f"{rest} ".startswith(f"{one} "))
    named = max(whole, key=len, default="")
    reason = rest.removeprefix(named).strip(" \t-:,")[:LONGEST_REASON]
    first = rest.partition(" ")[0]
    # A typing error, or a run without its section, must not approve everything.
    looks_like_run = "/" in first or any(
        re.match(rf"{re.escape(one)}(?![\w.-])", rest) for one in runs
    )
    unknown = first if not named and looks_like_run else ""
    return Command(line, digest=digest, place=named, reason=reason, unknown_place=unknown)
