"""Which findings of a pull request somebody approved, as GitHub tells of it."""

from __future__ import annotations

from results_bot.commands.ci_context import Context
from results_bot.commands.page_history import TRAILER
from results_bot.config import Config
from results_bot.github.pulls import PullRequest
from results_bot.github.statements import gather
from results_bot.hostile import printable
from results_bot.judge.approvals import SHOWN, Approvals, Policy, decide
from results_bot.model import Verdict


def count(
    context: Context, pull: PullRequest, verdict: Verdict, head: str, config: Config
) -> Approvals:
    """Return what was approved of a verdict. `config` is whose approvers count."""
    statements = gather(context.hub, pull.number)
    policy = Policy.of(config.approvals)
    return decide(verdict.blocking, statements, pull.author, head, policy)


def trailers(approvals: Approvals) -> str:
    """Return the lines by which a commit remembers who approved what; empty where nobody did.

    `results-bot history` reads them.
    """
    digest = approvals.digest[:SHOWN]
    return "\n".join(f"{TRAILER}: {printable(login)} ({digest})" for login in approvals.by)
