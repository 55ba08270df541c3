"""A pull request's head judged against the point where it left its base, as GitHub knows both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from results_bot.commands import ci_approvals
from results_bot.commands.assess import Assessment, assess
from results_bot.commands.ci_check import concluded, provenance_of
from results_bot.commands.ci_context import Context
from results_bot.commands.page_files import pictures
from results_bot.config import Config
from results_bot.errors import BotError
from results_bot.github.artifacts import Gathered
from results_bot.github.pulls import PullRequest
from results_bot.judge.rule import listed
from results_bot.judge.rules import hand_edited
from results_bot.page.facts.facts import Facts
from results_bot.page.takeaways.registry import takeaways
from results_bot.report.review import Picture, Review

_WAITING = "action_required"


def judge(
    context: Context,
    pull: PullRequest,
    head: str,
    gathered: Gathered,
    config: Config | None = None,
    *,
    renewed: bool,
    stands: bool = False,
) -> Assessment:
    """Judge `head`, which may be newer than the pull request as it was read."""
    base = base_of(context, pull.base_branch, head)
    found = assess(
        context.workspace,
        base,
        head,
        gathered,
        context.now,
        config,
        renewed=renewed,
        stands=stands,
    )
    edited = any(finding.id == hand_edited.ID for finding in found.verdict.findings)
    # A fork's own workflows can sign as an app whatever the fork likes.
    if edited and not pull.fork and context.hub.commits.by_bot(found.workspace.page, head):
        return replace(found, page_is_ours=True)
    return found


def base_of(context: Context, branch: str, head: str) -> str:
    """Return the merge base, or the branch's head where the two have no common past."""
    hub = context.hub
    base = hub.pulls.merge_base(branch, head) or hub.commits.head(branch)
    if base is None:
        raise BotError(f"there is nothing to compare with: the branch {branch} is gone")
    return base


def base_config(context: Context, pull: PullRequest) -> Config:
    """Return the settings of a pull request's base branch, as it is now."""
    tip = context.hub.commits.head(pull.base_branch)
    if tip is None:
        raise BotError(f"there is nothing to compare with: the branch {pull.base_branch} is gone")
    return context.workspace.config_at(tip)


def judge_as_others(context: Context, pull: PullRequest, gathered: Gathered) -> Assessment:
    """Judge a pull request's head in a job that is not its own, and that trusts no fork.

    Of a fork nothing is read but artifacts and the page: the settings are those of its base.
    """
    config = base_config(context, pull) if pull.fork else None
    renewed = context.may_commit(pull)
    stands = _page_stands(context, pull, gathered)
    if stands:
        gathered = replace(gathered, problems=())
    return judge(context, pull, pull.head_sha, gathered, config, renewed=renewed, stands=stands)


def _page_stands(context: Context, pull: PullRequest, gathered: Gathered) -> bool:
    """Tell whether the page is to be believed where GitHub no longer keeps the artifacts.

    It is where the bot itself made it from them. Anybody with write access can delete artifacts.
    """
    if pull.fork or not gathered.only_expired:
        return False
    page = context.workspace.page_at(pull.head_sha)
    return bool(page) and context.hub.commits.by_bot(page, pull.head_sha)


def expiry_note(gathered: Gathered) -> str:
    """Return what to say where the page stands for artifacts that are gone."""
    names, one = listed(gathered.expired), len(gathered.expired) == 1
    what = f"The artifact {names} has" if one else f"The artifacts {names} have"
    return (
        f"{what} expired: judged from the page as the bot committed it, without the evidence that "
        "only the artifacts held. Run the training again for that."
    )


def review_of(
    context: Context,
    pull: PullRequest,
    assessment: Assessment,
    head: str,
    notes: Sequence[str] = (),
    config: Config | None = None,
) -> Review:
    """Return what is to be told; `head` is the commit with the page, `config` who may approve.

    That is for the base branch to say, as it is now, not for what is being judged.
    """
    config = config or base_config(context, pull)
    approvals = ci_approvals.count(context, pull, assessment.verdict, head, config)
    review = plain_review(context, assessment, head)
    return replace(
        review,
        approvals=approvals,
        authors_may_approve=config.approvals.authors_may_approve,
        notes=(*notes, *_about_the_base(context, assessment)),
        # A fork may commit any picture under the name of a chart.
        pictures=() if pull.fork else tuple(_pictures(assessment, head)),
    )


def _pictures(assessment: Assessment, head: str) -> Iterator[Picture]:
    """Yield the chart files that the head has; where the bot made it, all of them are true."""
    workspace = assessment.workspace
    if workspace.config.charts:
        here = None if head != assessment.head else workspace.charts_at(head)
        yield from pictures(workspace, assessment.fresh.text, here)


def _about_the_base(context: Context, assessment: Assessment) -> tuple[str, ...]:
    """Say it where the values that are compared with were merged without an approval."""
    if not assessment.verdict.changes or concluded(context, assessment.base) != _WAITING:
        return ()
    return (f"The base {assessment.base[:7]} holds values that nobody approved; see its check.",)


def signatures(context: Context, pull: PullRequest, assessment: Assessment) -> str:
    """Return the lines for the page's commit about who approved what it shows."""
    if not assessment.verdict.blocking:
        return ""
    config = base_config(context, pull)
    found = ci_approvals.count(context, pull, assessment.verdict, assessment.head, config)
    return ci_approvals.trailers(found)


def plain_review(context: Context, assessment: Assessment, head: str) -> Review:
    """Return what is to be told where nobody can approve."""
    case, page = assessment.case, assessment.workspace.page
    files = sum(len(run.files) for run in assessment.collection.runs)
    return Review(
        assessment.verdict,
        case.base.summary,
        case.head.summary,
        provenance_of(context, assessment.base, head, files, page),
        problems=assessment.collection.problems,
        takeaways=tuple(takeaways(Facts(case.head))),
    )
