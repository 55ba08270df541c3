"""The page of a workflow run (`GITHUB_STEP_SUMMARY`), and texts for runs that refresh a page."""

from __future__ import annotations

import difflib
import re

from results_bot.report import comment, markdown
from results_bot.report.markdown import Budget, utf8
from results_bot.report.review import Review

LIMIT = 1_048_576
"""GitHub's limit in bytes; a longer summary is discarded as a whole."""
_BUDGET = 1_000_000
_MORE = "`results-bot diff --all`"
_MOST_PATCH = 200_000
"""Characters."""


def render(review: Review) -> str:
    """Return everything that the comment shows, with more room."""
    closing = comment.footer(review.provenance)
    budget = Budget(_BUDGET - utf8(closing) - 10, utf8)
    return f"{comment.body(review, budget, _MORE)}\n\n{closing}\n"


def patch(page: str, old: str | None, new: str) -> str:
    """Return a refreshed page that could not be committed, as a folded patch to copy."""
    before = "/dev/null" if old is None else f"a/{page}"
    lines = difflib.unified_diff(
        (old or "").splitlines(keepends=True), new.splitlines(keepends=True), before, f"b/{page}"
    )
    text = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    if len(text) > _MOST_PATCH:
        return f"The patch of {len(text):,} characters is too long to be shown here.\n"
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return (
        "<details><summary>Patch: <code>git apply</code> puts the page right</summary>\n\n"
        f"{fence}diff\n{text}{fence}\n\n</details>\n"
    )


def refresh_proposal(page: str) -> tuple[str, str]:
    """Return title and text of the pull request that refreshes the default branch's page.

    They do not change from run to run; the check run has the figures.
    """
    body = (
        f"{markdown.code(page)} is out of date: the artifacts on the default branch give different "
        "numbers. This pull request brings the page up to date.\n\n"
        "The check run `results-bot` on this pull request shows what changes, and whether anything "
        "waits for approval. The branch is updated with each push; text outside of the markers is "
        "left as it is."
    )
    return f"Refresh {page}"[:200], body
