"""The one exception base and the exit codes; only `cli` turns them into output and an exit."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the process; listed in the README."""

    OK = 0
    CHANGED = 1
    """The page was rewritten, is stale, or unapproved findings wait."""
    USAGE = 2
    """Wrong use, wrong configuration, a page whose markers are broken."""
    BUG = 3
    UNREADABLE = 4
    """The work was done, but some artifacts could not be read; each was named."""
    GITHUB = 5
    """GitHub refused, or could not be reached; the metrics were not judged."""
    INTERRUPTED = 130


class BotError(Exception):
    """Something the user can mend: the message is one line with place and remedy."""

    exit_code: ExitCode = ExitCode.USAGE


class ConfigError(BotError):
    """The configuration is wrong; the message names the file and the key."""


class PageError(BotError):
    """The results page cannot be read; the message names the line."""


class RepositoryError(BotError):
    """Not in a git repository, or git cannot do what is asked."""


class GitHubError(BotError):
    """GitHub could not be reached or refused; the message names the request and what was tried."""

    exit_code = ExitCode.GITHUB


class ForbiddenError(GitHubError):
    """The token may not do this, as that of a fork may not write."""


class ProtectedError(ForbiddenError):
    """The branch takes no direct commits; a pull request is the way."""


class NotFoundError(GitHubError):
    """There is no such thing, it has expired, or the token may not know of it."""


class RateLimitedError(GitHubError):
    """GitHub asks to wait for longer than there is patience."""


class RefusedError(GitHubError):
    """GitHub understood and refused: not in this state, not with these values."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind
        """The HTTP status, or what GraphQL calls it."""


class UnclearError(GitHubError):
    """No usable answer came to a write: it may have happened or not."""
