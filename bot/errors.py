"""The one exception base and the exit codes; only `cli` turns them into output and an exit."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says when it ends; listed in the README."""

    OK = 0
    CHANGED = 1
    """The page was rewritten, is stale, or unapproved findings wait."""
    USAGE = 2
    """Wrong use, wrong configuration, a page whose markers are broken."""
    BUG = 3
    UNREADABLE = 4
    """The work was done, but some artifacts could not be read; each was named."""
    INTERRUPTED = 130


class BotError(Exception):
    """Something the user can mend: the message is one line that says where and how."""

    exit_code: ExitCode = ExitCode.USAGE


class ConfigError(BotError):
    """The configuration is wrong; the message names the file and the key."""


class PageError(BotError):
    """The results page cannot be read; the message names the line."""


class RepositoryError(BotError):
    """Not in a git repository, or git cannot do what is asked."""
