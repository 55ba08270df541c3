"""Findings as Markdown lists: one line each with its evidence and tip below; none is dropped.

A list and no table, so that a phone shows the evidence too. Where room is short, the first of a
group are written out, and the rest is grouped by rule with the first names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from results_bot.judge.rule import grouped
from results_bot.judge.rules import metric_improved
from results_bot.model import Finding
from results_bot.numbers import plural
from results_bot.report import markdown, wording
from results_bot.report.colours import DOT, EMOJI
from results_bot.report.markdown import Budget, plain
from results_bot.report.review import Review

SHOWN = 10
"""Findings of one group that are not folded."""
_NAME = 40
"""Characters of a name in the grouped list."""
_NAMES = 20
"""Names of one rule, section and metric."""


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
    whole = _groups(review, groups, budget, more, in_parts=False)
    if len(whole) == len(groups):
        return whole
    return _groups(review, groups, budget, more, in_parts=True)


def _groups(
    review: Review,
    groups: Sequence[tuple[str, Sequence[Finding]]],
    budget: Budget,
    more: str,
    *,
    in_parts: bool,
) -> list[str]:
    """Return one text a group: all of it, until one does not fit, or its share of the room."""
    # Approved findings need no tip.
    given = {one.tip for one in review.settled} - {one.tip for one in review.waiting}
    left, texts = budget.part(budget.left), list[str]()
    for at, (title, found) in enumerate(groups):
        share = left.part((left.left // (len(groups) - at) if in_parts else left.left) - 200)
        # What does not fit is grouped by rule, in the last quarter.
        written = share.part(share.left * 3 // 4 if in_parts else share.left)
        lines = written.first(_lines(review, found, given))
        folded, rest = lines[SHOWN:], found[len(lines) :]
        if rest and not in_parts:
            break
        if rest:
            share.take("\n".join(lines))
            folded.append(_by_rule(review, rest, share, more))
        parts = [f"**{title}**", "\n".join(lines[:SHOWN])]
        if folded:
            hidden = len(found) - len(lines[:SHOWN])
            parts.append(markdown.details(f"{hidden:,} more", "\n".join(folded)))
        texts.append("\n\n".join(filter(None, parts)))
        left.take(texts[-1] + "\n\n")
    return texts


def body(review: Review, found: Iterable[Finding]) -> str:
    """Return a list of findings, each with its section and its evidence."""
    return "\n".join(_lines(review, found))


def _lines(
    review: Review, found: Iterable[Finding], given: set[str] | None = None
) -> Iterator[str]:
    """Yield a line for each finding: section, evidence, and its rule's tip where it is new.

    `given` are the tips that were already shown; those shown here are added. None shows no tips.
    """
    several = len({finding.section for finding in review.verdict.findings}) > 1
    for one in found:
        better = one.id == metric_improved.ID
        sign = DOT[True] if better else EMOJI[one.severity]
        message = wording.unbroken_figures(plain(one.message))
        parts = [f"- {sign} {message} {markdown.code(one.id)}"]
        section = review.section_title(one.section) if several and one.run else ""
        how_sure = wording.evidence(one, review.metric(one))
        if small := " · ".join(plain(part, 300) for part in (section, how_sure) if part):
            parts.append(f"<sub>{wording.unbroken_figures(small)}</sub>")
        if given is not None and one.tip and one.tip not in given:
            parts.append(f"<sub>Tip: {markdown.advice(one.tip)}</sub>")
        yield "<br>".join(parts)
        if given is not None and one.tip:  # A line that did not fit is not asked for another.
            given.add(one.tip)


def _by_rule(review: Review, found: Iterable[Finding], budget: Budget, more: str) -> str:
    """Return a line for each rule, section and metric; the counts always add up to all findings."""
    by_kind = grouped(found, lambda one: (one.severity, one.id, one.section, one.metric))
    kinds = [*by_kind.values()]
    # The last line, which counts what is not named, always fits.
    left = budget.part(budget.left - 160 - budget.measure(more))
    lines: list[str] = []
    for here in kinds:
        first, metric = here[0], review.metric(here[0])
        where = [plain(metric.title, _NAME)] if metric else []
        if first.section in review.sections:
            where.append(plain(review.section_title(first.section), _NAME))
        line = f"- {EMOJI[first.severity]} {markdown.code(first.id, _NAME)} "
        line += f"({', '.join(where)}) " if where else ""
        line += f"{plural(len(here), 'finding')}: "
        line += ", ".join(plain(one.run or one.message, _NAME) for one in here[:_NAMES])
        line += f" and {len(here) - _NAMES:,} not named" if here[_NAMES:] else ""
        if not left.take(line + "\n"):
            break
        lines.append(line)
    if rest := sum(map(len, kinds[len(lines) :])):
        lines.append(f"- and {plural(rest, 'finding')} more: {more}")
    elif any(here[_NAMES:] for here in kinds):
        lines.append(f"- All of them by name: {more}")
    return "\n".join(lines)
