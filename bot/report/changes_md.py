"""Changes as a Markdown table; for `diff --format md` and the pull-request comment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.hostile import markdown
from bot.model import Change, ChangeKind
from bot.report import words

_WORD = {
    ChangeKind.RUN_ADDED: "added",
    ChangeKind.RUN_REMOVED: "removed",
    ChangeKind.RUN_UNFINISHED: "unfinished",
    ChangeKind.METRIC_LOST: "lost",
    ChangeKind.VALUE_ADDED: "new",
    ChangeKind.RUN_RENAMED: "renamed",
}
_HEADER = ("| Run | Metric | Before | After | Change | |", "|---|---|--:|--:|--:|---|")


def render(found: Sequence[Change]) -> str:
    """Return a line that counts the changes and one table a section."""
    counted = words.counted(found)
    parts = [f"**{counted[:1].upper()}{counted[1:]}.**"]
    for section in dict.fromkeys(change.section for change in found):
        here = [change for change in found if change.section == section and change.run]
        if here:
            parts.append(f"### {markdown(section)}")
            parts.append("\n".join([*_HEADER, *rows(here)]))
    return "\n\n".join(parts) + "\n"


def rows(found: Iterable[Change]) -> list[str]:
    """Return one table row for each change of a run."""
    return [
        "| "
        + " | ".join(
            (
                markdown(_run(change)),
                markdown(change.metric.title) if change.metric else "",
                markdown(words.text(change.before)) if change.metric else "",
                markdown(words.text(change.after)) if change.metric else "",
                markdown(words.difference(change)),
                _WORD.get(change.kind) or words.ARROW[change.better],
            )
        )
        + " |"
        for change in found
    ]


def _run(change: Change) -> str:
    was = words.was(change)
    return f"{change.run} (was {was})" if was else change.run or ""
