"""After the base branch moved: open pull requests that now conflict in the page only are merged.

Their own runs look only when something happens to them. One that goes wrong keeps none of the
others from it, nor the run that this is part of.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from results_bot.commands import ci_evidence
from results_bot.commands.ci_check import concluded
from results_bot.commands.ci_context import Context
from results_bot.commands.ci_merge import merge_base_in, page_conflicts
from results_bot.commands.flows.judge_pull import tell_merged
from results_bot.errors import BotError, RateLimitedError
from results_bot.github.pulls import PullRequest

MOST = 40
"""Pull requests that one run looks at, those that changed last."""


def merge_into_open(context: Context, branch: str, leave: Collection[str] = ()) -> list[str]:
    """Merge a branch into the open pull requests that need it; return `#7` for each it was.

    `leave` are head branches that are kept right elsewhere.
    """
    merged: list[str] = []
    if context.options.dry_run or not context.options.commit:
        return merged
    try:
        for pull in islice(context.hub.pulls.open_into(branch), MOST):
            if pull.head_branch not in leave and context.may_commit(pull):
                merged += [f"#{pull.number}"] if _merged(context, pull) else []
    except BotError as error:
        context.say(f"Open pull requests were not looked at any further: {error}")
    return merged


def _merged(context: Context, pull: PullRequest) -> bool:
    context = context.going_into(pull.base_branch, pull.default_branch)
    try:
        if not page_conflicts(context, pull, pull.head_sha):
            return False
        evidence = ci_evidence.find(context, pull)
        going_on = not evidence.finished and not concluded(context, pull.head_sha)
        if going_on or evidence.lacking:
            # The run that still trains, or that is to come, merges at its end.
            return False
        gathered = ci_evidence.gather(context, evidence)
        made = merge_base_in(context, pull, pull.head_sha, gathered)
        if made is not None:
            tell_merged(context, pull, made)
    except RateLimitedError:
        raise
    except BotError as error:
        context.say(f"#{pull.number} was left as it is: {error}")
        return False
    return made is not None
