"""A pull request judged by a job that is not its own: from GitHub's word and git's objects.

Nothing of the pull request is checked out, imported or run; a fork's settings are not read.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.commands import ci_approvals
from bot.commands.assess import Assessment, assess
from bot.commands.ci_check import provenance_of
from bot.commands.ci_context import Context
from bot.errors import RepositoryError
from bot.github.artifacts import Gathered
from bot.github.pulls import PullRequest
from bot.report.review import Review
from bot.summary.takeaways import registry as takeaways


@dataclass(frozen=True)
class Judged:
    """A pull request's head, what was found, and who approved it."""

    pull: PullRequest
    assessment: Assessment
    review: Review

    @property
    def page_text(self) -> str | None:
        """The page as it is at the head."""
        return self.assessment.old

    @property
    def due(self) -> bool:
        """Tell whether the page is not true."""
        return self.assessment.stale and not self.assessment.empty


def judge(context: Context, pull: PullRequest, gathered: Gathered) -> Judged:
    """Return the verdict on a pull request's head, against where it left its base."""
    hub, head = context.hub, pull.head_sha
    tip = hub.commits.head(pull.base_branch)
    base = hub.pulls.merge_base(pull.base_branch, head) or tip
    if base is None or tip is None:
        raise RepositoryError(f"the base branch {pull.base_branch} is gone")
    trusted = context.workspace.config_at(tip)
    assessment = assess(
        context.workspace,
        base,
        head,
        gathered,
        context.now,
        trusted if pull.fork else None,
        renewed=not pull.fork and context.options.commit,
    )
    approvals = ci_approvals.count(context, pull, assessment.verdict, head, trusted)
    files = sum(len(bundle.files) for bundle in gathered.bundles)
    case = assessment.case
    review = Review(
        verdict=assessment.verdict,
        base=case.base.summary,
        head=case.head.summary,
        provenance=provenance_of(context, base, head, files or None, assessment.workspace.page),
        approvals=approvals,
        authors_may_approve=trusted.approvals.authors_may_approve,
        problems=assessment.collection.problems,
        takeaways=tuple(takeaways.takeaways(case.facts)),
    )
    return Judged(pull, assessment, review)
