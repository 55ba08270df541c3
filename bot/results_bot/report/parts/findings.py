"""Findings as Markdown: values that moved as a table, all else as a list. Never dropped.

Where room is short they get shorter: first without tips, then without evidence, then the first
ones whole and the rest by rule with the names of the runs; what is only counted is said plainly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from results_bot.judge.rules import best_regressed, metric_improved, metric_regressed
from results_bot.model import Finding, Metric
from results_bot.page import cells
from results_bot.report import findings_text, gfm, words
from results_bot.report.headline import plural
from results_bot.report.parts import compact
from results_bot.report.review import Review
from results_bot.report.room import Room

SHOWN = 10
"""More than these of one group are folded."""
_MOVED = (metric_regressed.ID, best_regressed.ID, metric_improved.ID)


class Style(msgspec.Struct, frozen=True):
    """How much is said of each finding."""

    tips: bool = True
    evidence: bool = True
    message: int = 600
    name: int = 200


FULL = Style()
STYLES = (FULL, Style(tips=False), Style(tips=False, evidence=False, message=240, name=100))


def render(review: Review, room: Room, more: str) -> list[str]:
    """Return all new findings but improvements by group, in as many words as fit.

    The first groups are what needs approval and what has it, where there are any of them.

    `more` says in Markdown where the rest can be read, where some are only counted.
    """
    groups = _groups(review)
    if not groups:
        return []
    for style in STYLES:
        if not _hopeful(review, groups, style, room):
            continue
        # What is approved needs no advice any more.
        advised = {one.id for one in review.settled} - {one.id for one in review.waiting}
        texts = [group(review, title, found, style, advised) for title, found in groups]
        if room.fits("\n\n".join(texts)):
            return texts
    return _short(review, groups, room, more)


def group(
    review: Review, title: str, found: Sequence[Finding], style: Style, advised: set[str]
) -> str:
    """Return findings under a title of ours, those after the first folded.

    `advised` are the rules whose tip was given already.
    """
    first, rest = found[:SHOWN], found[SHOWN:]
    parts = [f"**{title}**"] if title else []
    parts += body(review, first, style, advised)
    if rest:
        inner = "\n\n".join(body(review, rest, style, advised))
        parts.append(gfm.details(f"{len(rest):,} more", inner))
    return "\n\n".join(parts)


def body(
    review: Review, found: Sequence[Finding], style: Style, advised: set[str]
) -> Iterator[str]:
    """Yield a table of the values that moved, their tips, and a list of all else."""
    moved = [finding for finding in found if _is_move(review, finding)]
    if moved:
        several = len({finding.section for finding in review.verdict.findings}) > 1
        yield "\n".join([*_head(style), *(_row(review, f, style, several) for f in moved)])
        tips = [tip for finding in moved if (tip := _tip(finding, style, advised))]
        if tips:
            yield "<br>".join(f"<sub>{tip}</sub>" for tip in tips)
    listed = [finding for finding in found if not _is_move(review, finding)]
    if listed:
        yield "\n".join(_item(finding, style, advised) for finding in listed)


def _groups(review: Review) -> list[tuple[str, Sequence[Finding]]]:
    groups: list[tuple[str, Sequence[Finding]]] = [
        ("Waiting for approval", review.waiting),
        ("Approved", review.settled),
        ("Warnings", review.warnings),
        ("Good to know", review.notices),
    ]
    return [(title, found) for title, found in groups if found]


def _hopeful(
    review: Review, groups: Sequence[tuple[str, Sequence[Finding]]], style: Style, room: Room
) -> bool:
    """Tell by a few findings whether all of them may fit; thousands are not written in vain."""
    every = [finding for _, found in groups for finding in found]
    sample = every[:: max(1, len(every) // 50)]
    size = room.measure("\n".join(body(review, sample, style, set())))
    return size * len(every) / len(sample) < 1.3 * room.left


def _is_move(review: Review, finding: Finding) -> bool:
    moved = finding.id in _MOVED and finding.run is not None
    return moved and finding.before is not None and review.metric(finding) is not None


def _head(style: Style) -> list[str]:
    titles = ["Value", "Before → after"]
    if style.evidence:
        return gfm.table_head([*titles, "How sure"], "lrl")
    return gfm.table_head(titles, "lr")


def _row(review: Review, finding: Finding, style: Style, several: bool) -> str:
    metric = review.metric(finding)
    if metric is None:
        return ""
    best = "Best " if finding.id == best_regressed.ID else ""
    what = f"{gfm.bold(best + metric.title, 60)}<br>{gfm.plain(finding.run or '', style.name)}"
    section = review.sections.get(finding.section)
    if several and section:
        what += f"<br><sub>{gfm.plain(section.title or section.id, 100)}</sub>"
    before = gfm.unbroken(finding.before or cells.MISSING)
    after = gfm.unbroken(finding.after or cells.MISSING)
    values = f"{before}{gfm.NBSP}→{gfm.NBSP}**{after}**"
    difference = _difference(review, finding, metric)
    shown = [what, f"{values}<br>{difference}" if difference else values]
    if style.evidence:
        shown.append(_sure(finding, metric))
    return gfm.row(shown)


def _difference(review: Review, finding: Finding, metric: Metric) -> str:
    change = review.change(finding)
    if change is not None and finding.id != best_regressed.ID:
        text = words.difference(change)
    else:
        before, after = (
            cells.parse(text or "", metric.format) for text in (finding.before, finding.after)
        )
        if before.number is None or after.number is None:
            return ""
        text = cells.signed(after.number - before.number, metric.format)
    better = finding.id == metric_improved.ID
    return f"{sign(better)}{gfm.NBSP}{arrow(text)}{gfm.NBSP}{gfm.unbroken(text)}" if text else ""


def sign(better: bool) -> str:
    """Return the colour of better and worse."""
    return "🟢" if better else "🔴"


def arrow(difference: str) -> str:
    """Return the way in which the number went, which says nothing about better or worse."""
    return "▼" if difference.startswith("-") else "▲"


def _sure(finding: Finding, metric: Metric) -> str:
    if finding.evidence is None:
        return "" if finding.after else "nothing to compare with"
    test, _, result = findings_text.evidence(finding.evidence, metric.format).partition(": ")
    return "<br>".join(gfm.unbroken(part, 200) for part in (test, result) if part)


def _item(finding: Finding, style: Style, advised: set[str]) -> str:
    level = compact.LEVEL[finding.severity]
    text = f"- {level} {gfm.plain(finding.message, style.message)} {gfm.code(finding.id)}"
    tip = _tip(finding, style, advised)
    return f"{text}<br><sub>{tip}</sub>" if tip else text


def _tip(finding: Finding, style: Style, advised: set[str]) -> str:
    if not style.tips or not finding.tip or finding.id in advised:
        return ""
    advised.add(finding.id)
    return f"Tip: {gfm.advice(finding.tip)}"


def _short(
    review: Review, groups: Sequence[tuple[str, Sequence[Finding]]], room: Room, more: str
) -> list[str]:
    """Return the first of each group in a table, and the rest by rule."""
    left = Room(room.left, room.measure)
    out = []
    for at, (title, found) in enumerate(groups):
        share = left.part(left.left // (len(groups) - at))
        whole = group(
            review, f"{title}: {plural(len(found), 'finding')}", found[:SHOWN], STYLES[1], set()
        )
        rest = found[SHOWN:]
        if not share.part(share.left // 2).fits(whole):
            whole, rest = f"**{title}: {plural(len(found), 'finding')}**", found
        share.take(whole + "\n\n")
        listed = compact.render(review, rest, share.part(share.left - 100), more) if rest else ""
        text = f"{whole}\n\n{gfm.details(f'{len(rest):,} more', listed)}" if listed else whole
        left.take(text + "\n\n")
        out.append(text)
    return out
