"""One repository on GitHub, by noun: what `commands` and `publish` take as their edge."""

from __future__ import annotations

from dataclasses import dataclass, field

from results_bot.github.access import Access
from results_bot.github.api import Api
from results_bot.github.checks import Checks
from results_bot.github.client import Client
from results_bot.github.comments import Comments
from results_bot.github.commits import Commits
from results_bot.github.contents import Contents
from results_bot.github.notes import Notes
from results_bot.github.people import People
from results_bot.github.pulls import Pulls
from results_bot.github.rehearsal import (
    Rehearsal,
    RehearsedChecks,
    RehearsedComments,
    RehearsedCommits,
    RehearsedPulls,
)
from results_bot.github.retry import Clock, Patience, SystemClock, Waiting
from results_bot.github.runs import Runs


@dataclass(frozen=True)
class Hub:
    """One repository on GitHub, as one token sees it."""

    repository: str
    """OWNER/NAME."""
    pulls: Pulls = field(repr=False)
    comments: Comments = field(repr=False)
    checks: Checks = field(repr=False)
    contents: Contents = field(repr=False)
    commits: Commits = field(repr=False)
    runs: Runs = field(repr=False)
    people: People = field(repr=False)
    notes: Notes = field(repr=False)
    _client: Client = field(repr=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def connect(
    access: Access,
    repository: str,
    *,
    patience: Patience | None = None,
    clock: Clock | None = None,
    rehearsal: Rehearsal | None = None,
) -> Hub:
    """Return OWNER/NAME on GitHub; sends nothing yet, and in a rehearsal never writes.

    Close it when done.
    """
    client = Client(access)
    api = Api(client, repository, Waiting(patience or Patience(), clock or SystemClock()))
    pulls, comments, checks, commits = Pulls(api), Comments(api), Checks(api), Commits(api)
    if rehearsal is not None:
        pulls = RehearsedPulls(api, rehearsal)
        comments = RehearsedComments(api, rehearsal)
        checks, commits = RehearsedChecks(api, rehearsal), RehearsedCommits(api, rehearsal)
    return Hub(
        repository=repository,
        pulls=pulls,
        comments=comments,
        checks=checks,
        contents=Contents(api),
        commits=commits,
        runs=Runs(api),
        people=People(api),
        notes=Notes(api),
        _client=client,
    )
