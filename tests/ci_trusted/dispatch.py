from bot.commands.flows import count_approvals, publish_run
from bot.github.activity import CountApprovals, PublishRun
from bot.commands.ci_result import skipped


def carry_out(context, activity):
    flows = {CountApprovals: count_approvals.run, PublishRun: publish_run.run}
    if type(activity) not in flows:
        return skipped(activity.reason)
    return flows[type(activity)](context, activity)
