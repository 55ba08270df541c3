"""Changes as a Markdown table; for `diff --format md`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from results_bot.hostile import markdown
from results_bot.model import Change, ChangeKind
from results_bot.report import words

_WORD = {
    ChangeKind.RUN_ADDED: "added",
    ChangeKind.RUN_REMOVED: "removed",
    ChangeKind.RUN_UNFINISHED: "unfinished",
    ChangeKind.METRIC_LOST: "lost",
    ChangeKind.VALUE_ADDED: "new",
    ChangeKind.RUN_RENAMED: "renamed",
}
_TITLES = ("Run", "Metric", "Before", "After", "Change", "")
_ALIGNED = ("left", "left", "right", "right", "right", "left")


def render(found: Sequence[Change]) -> str:
    """Return a line that counts the changes and one table a section, fit to be read as it is."""
    counted = words.counted(found)
    parts = [f"**{counted[:1].upper()}{counted[1:]}.**"]
    for section in dict.fromkeys(change.section for change in found):
        here = [change for change in found if change.section == section and change.run]
        if here:
            parts.append(f"### {markdown(section)}")
            parts.append(_table(here))
    return "\n\n".join(parts) + "\n"


def _table(found: Iterable[Change]) -> str:
    """Return one row for each change of a run."""
    from tabulate import tabulate

    rows = [
        (
            markdown(_run(change)),
            markdown(change.metric.title) if change.metric else "",
            markdown(words.text(change.before)) if change.metric else "",
            markdown(words.text(change.after)) if change.metric else "",
            markdown(words.difference(change)),
            _WORD.get(change.kind) or words.ARROW[change.better],
        )
        for change in found
    ]
    return tabulate(rows, _TITLES, "pipe", disable_numparse=True, colalign=_ALIGNED)


def _run(change: Change) -> str:
    was = words.was(change)
    return f"{change.run} (was {was})" if was else change.run or ""
