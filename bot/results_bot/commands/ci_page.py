"""Commits a refreshed page onto the head that it was made from."""

from __future__ import annotations

from results_bot.commands.assess import Assessment
from results_bot.commands.ci_context import Context
from results_bot.commands.page_files import changed_charts
from results_bot.github.commits import HeadMoved
from results_bot.report import words


def commit_page(
    context: Context, branch: str, assessment: Assessment, trailers: str = ""
) -> str | HeadMoved:
    """Commit the page and return the new head. Raises ProtectedError.

    `trailers` are lines about who approved.
    """
    page = assessment.workspace.page
    workspace, text = assessment.workspace, assessment.fresh.text
    drawn = changed_charts(workspace, text, workspace.charts_at(assessment.head))
    additions = {path: data for path, data in drawn.items() if data is not None}
    return context.hub.commits.commit_files(
        branch,
        assessment.head,
        message(page, assessment, trailers),
        {page: text.encode("utf-8"), **additions},
        [path for path, data in drawn.items() if data is None],
    )


def message(page: str, assessment: Assessment, trailers: str = "") -> str:
    """Return the commit's message; it holds no text of artifacts."""
    counted = words.counted(assessment.verdict.changes, assessment.verdict.passed)
    rest = f"\n\n{counted[:1].upper()}{counted[1:]}." if assessment.verdict.changes else ""
    signed = f"\n\n{trailers}" if trailers else ""
    return f"Refresh {page}{rest}{signed}"
