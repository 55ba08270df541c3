"""Which flow carries out which activity; a new one is a file beside this one and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from results_bot.commands.ci_context import Context
from results_bot.commands.ci_result import Result
from results_bot.commands.flows import (
    collect_only,
    count_approvals,
    judge_pull,
    judge_queue,
    nothing,
    publish_run,
    refresh_default,
)
from results_bot.github.activity import (
    Activity,
    CollectOnly,
    CountApprovals,
    JudgePull,
    JudgeQueue,
    Nothing,
    PublishRun,
    Refresh,
)

FLOWS: Mapping[type, Callable[[Context, Any], Result]] = {
    Nothing: nothing.run,
    JudgePull: judge_pull.run,
    CollectOnly: collect_only.run,
    PublishRun: publish_run.run,
    CountApprovals: count_approvals.run,
    JudgeQueue: judge_queue.run,
    Refresh: refresh_default.run,
}


def carry_out(context: Context, activity: Activity) -> Result:
    """Do what is to be done."""
    return FLOWS[type(activity)](context, activity)
