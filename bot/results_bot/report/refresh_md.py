"""The pull request that refreshes the page of the default branch."""

from __future__ import annotations

from results_bot.report import gfm


def render(page: str) -> tuple[str, str]:
    """Return title and text; they do not change from run to run, the check run has the figures."""
    shown = gfm.code(page, 200)
    body = (
        f"The artifacts on the default branch say other things than {shown} does. This is the "
        "page that they give.\n\n"
        "The check run `results-bot` on this pull request says what changes, and whether anything "
        "waits for approval. The branch is brought up to date with each push; what people write "
        "outside of the markers stays."
    )
    return f"Refresh {page}"[:200], body
