"""Thousands of findings in little room: by rule, section and metric, with the runs' names."""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.model import Finding, Severity
from results_bot.report import gfm
from results_bot.report.headline import plural
from results_bot.report.review import Review
from results_bot.report.room import Room

LEVEL = {Severity.FAILURE: "❌", Severity.WARNING: "⚠️", Severity.NOTICE: "\u2139\ufe0f"}
_NAME = 40
_LAST = 160
"""Room for the line that counts what is not named."""

_Key = tuple[Severity, str, str, str | None]


def render(review: Review, found: Sequence[Finding], room: Room, more: str) -> str:
    """Return one line for each kind of finding; the counts always add up to all of them."""
    kinds: dict[_Key, list[Finding]] = {}
    for finding in found:
        key = (finding.severity, finding.id, finding.section, finding.metric)
        kinds.setdefault(key, []).append(finding)
    left = Room(room.left - _LAST - room.measure(more), room.measure)
    lines: list[str] = []
    counted = 0
    for at, (key, here) in enumerate(kinds.items()):
        share = left.part(left.left // (len(kinds) - at))
        line = _line(review, key, here, share) or _line(review, key, here, left.part(400))
        if not line or not left.take(line + "\n"):
            break
        lines.append(line)
        counted += len(here)
    rest = len(found) - counted
    if rest:
        lines.append(f"- and {plural(rest, 'finding')} more: {more}")
    elif any("not named" in line for line in lines):
        lines.append(f"- All of them by name: {more}")
    return "\n".join(lines)


def _line(review: Review, key: _Key, here: Sequence[Finding], room: Room) -> str:
    """Return one kind with as many names as fit; nothing where not even its count does."""
    severity, rule, section_id, metric_key = key
    section = review.sections.get(section_id)
    metric = section.metric(metric_key) if section and metric_key else None
    where = [gfm.plain(metric.title, _NAME)] if metric else []
    where += [gfm.plain(section.title or section.id, _NAME)] if section else []
    head = f"- {LEVEL[severity]} {gfm.code(rule, _NAME)} "
    head += f"({', '.join(where)}) " if where else ""
    head += f"{plural(len(here), 'finding')}"
    inner = room.part(room.left)
    if not inner.take(head + ": and 999,999,999 not named"):
        return ""
    names: list[str] = []
    for finding in here:
        name = gfm.plain(finding.run or finding.message, _NAME)
        if not inner.take(f", {name}"):
            break
        names.append(name)
    rest = len(here) - len(names)
    if not names:
        return f"{head}, not named"
    tail = f" and {rest:,} not named" if rest else ""
    return f"{head}: {', '.join(names)}{tail}"
