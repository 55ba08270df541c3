"""Which findings of a pull request somebody approved, as GitHub tells of it."""

from __future__ import annotations

from bot.commands.ci_context import Context
from bot.config import Config
from bot.github.pulls import PullRequest
from bot.judge.approvals import Approvals, Policy, Statement, decide
from bot.model import Verdict


def count(
    context: Context, pull: PullRequest, verdict: Verdict, head: str, config: Config
) -> Approvals:
    """Return what was approved of a verdict. `config` is whose approvers count."""
    statements = _statements(context, pull) if verdict.blocking else []
    policy = Policy.of(config.approvals)
    return decide(verdict.blocking, statements, pull.author, head, policy)


def _statements(_context: Context, _pull: PullRequest) -> list[Statement]:
    return []
