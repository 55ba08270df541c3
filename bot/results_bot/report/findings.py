"""Findings as Markdown lists: one line each with its evidence and tip below; none is dropped.

A list and no table, so that a phone shows the evidence too. Where room is short, only the first of
a group are written out, and the rest is grouped by rule with as many names as fit.
"""

from __future__ import annotations

from collections.abc import Sequence

from results_bot.judge.rules import metric_improved
from results_bot.model import Finding, Severity
from results_bot.report import markdown, wording
from results_bot.report.colours import DOT, EMOJI
from results_bot.report.markdown import Budget, plain
from results_bot.report.review import Review
from results_bot.report.wording import plural

SHOWN = 10
"""Findings of one group that are not folded."""
_NAME = 40
"""Characters of a name in the grouped list."""
_SHORTEST = 100
"""Characters that no finding takes less than."""


def render(review: Review, budget: Budget, more: str) -> list[str]:
    """Return all new findings but improvements, one text a group, within the budget.

    The groups that need or have an approval come first. `more` is Markdown that points to all
    findings, for the case that some are only counted.
    """
    groups = [
        (title, found)
        for title, found in (
            ("Waiting for approval", review.waiting),
            ("Approved", review.settled),
            ("Warnings", review.warnings),
            ("Good to know", review.notices),
        )
        if found
    ]
    count = sum(len(found) for _, found in groups)
    for written in (count, SHOWN, 0):
        if written == count and count * _SHORTEST > budget.left:
            continue  # They cannot fit: thousands are not written in vain.
        left = budget.part(budget.left)
        # Rules of which everything is approved need no tip any more.
        given = {one.id for one in review.settled} - {one.id for one in review.waiting}
        texts = []
        for at, (title, found) in enumerate(groups):
            first, rest = found[: min(written, SHOWN)], found[min(written, SHOWN) :]
            text = "\n\n".join(filter(None, (f"**{title}**", body(review, first, given))))
            if rest and written == count:
                text += "\n\n" + markdown.details(f"{len(rest):,} more", body(review, rest, given))
            elif rest:
                share = left.part(left.left // (len(groups) - at) - budget.measure(text) - 200)
                listed = _by_rule(review, rest, share, more)
                text += "\n\n" + markdown.details(f"{len(rest):,} more", listed)
            left.take(text + "\n\n")
            texts.append(text)
        if budget.fits("\n\n".join(texts)):
            break
    return texts


def body(review: Review, found: Sequence[Finding], given: set[str] | None = None) -> str:
    """Return a list of findings, each with its section, its evidence and its rule's tip.

    `given` are the rules whose tip was already shown; those shown here are added. None shows no
    tips.
    """
    several = len({finding.section for finding in review.verdict.findings}) > 1
    lines = []
    for one in found:
        better = one.id == metric_improved.ID
        sign = DOT[True] if better else EMOJI[one.severity]
        message = wording.unbroken_figures(plain(one.message))
        parts = [f"- {sign} {message} {markdown.code(one.id)}"]
        section = review.section_title(one.section) if several and one.run else ""
        how_sure = wording.evidence(one, review.metric(one))
        if small := " · ".join(plain(part, 300) for part in (section, how_sure) if part):
            parts.append(f"<sub>{wording.unbroken_figures(small)}</sub>")
        if given is not None and one.tip and one.id not in given:
            given.add(one.id)
            parts.append(f"<sub>Tip: {markdown.advice(one.tip)}</sub>")
        lines.append("<br>".join(parts))
    return "\n".join(lines)


def _by_rule(review: Review, found: Sequence[Finding], budget: Budget, more: str) -> str:
    """Return a line for each rule, section and metric; the counts always add up to all findings."""
    kinds: dict[tuple[Severity, str, str, str | None], list[Finding]] = {}
    for finding in found:
        key = (finding.severity, finding.id, finding.section, finding.metric)
        kinds.setdefault(key, []).append(finding)
    # The last line, which counts what is not named, always fits.
    left = budget.part(budget.left - 160 - budget.measure(more))
    lines: list[str] = []
    counted = 0
    for at, here in enumerate(kinds.values()):
        share = max(400, left.left // (len(kinds) - at))
        line = _rule_line(review, here, left.part(share))
        if not line or not left.take(line + "\n"):
            break
        lines.append(line)
        counted += len(here)
    if rest := len(found) - counted:
        lines.append(f"- and {plural(rest, 'finding')} more: {more}")
    elif any("not named" in line for line in lines):
        lines.append(f"- All of them by name: {more}")
    return "\n".join(lines)


def _rule_line(review: Review, here: Sequence[Finding], budget: Budget) -> str:
    """Return the count of one kind with as many names as fit; empty where not even that does."""
    first, metric = here[0], review.metric(here[0])
    where = [plain(metric.title, _NAME)] if metric else []
    if first.section in review.sections:
        where.append(plain(review.section_title(first.section), _NAME))
    head = f"- {EMOJI[first.severity]} {markdown.code(first.id, _NAME)} "
    head += f"({', '.join(where)}) " if where else ""
    head += plural(len(here), "finding")
    left = budget.part(budget.left)
    if not left.take(head + ": and 999,999,999 not named"):
        return ""
    names: list[str] = []
    for finding in here:
        name = plain(finding.run or finding.message, _NAME)
        if not left.take(f", {name}"):
            break
        names.append(name)
    if not names:
        return f"{head}, not named"
    rest = len(here) - len(names)
    return f"{head}: {', '.join(names)}" + (f" and {rest:,} not named" if rest else "")
