"""A chart file of the head commit, where Mermaid has nothing to draw: no other host is asked."""

from __future__ import annotations

import re
from urllib.parse import quote

from results_bot.hostile import markdown
from results_bot.report.review import Review

_COMMIT = re.compile("[0-9a-f]{40,64}")


def render(review: Review) -> str:
    """Return an image of the first section that changed; nothing where no commit has one."""
    where = review.provenance
    if not where.repository_url or not _COMMIT.fullmatch(where.head):
        return ""
    changed = {change.section for change in review.verdict.changes}
    picture = next((one for one in review.pictures if one.section in changed), None)
    if picture is None:
        return ""
    address = f"{where.repository_url}/blob/{where.head}/{quote(picture.path)}?raw=true"
    return f"![{markdown(picture.words)}]({address})"
