"""Findings as Markdown: judged values as a table, everything else as a list. None is dropped.

Where room is short they get shorter in steps: first the tips go, then the evidence; then only the
first ones are written out, and the rest is grouped by rule with as many names as fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from results_bot.judge.rules import best_regressed, metric_improved, metric_regressed
from results_bot.model import Finding, Metric, Severity
from results_bot.page import cells
from results_bot.report import markdown, wording
from results_bot.report.markdown import NBSP, Budget, plain, unbroken
from results_bot.report.review import Review
from results_bot.report.wording import plural

SHOWN = 10
"""Findings of one group that are not folded."""
_VALUE_RULES = (metric_regressed.ID, best_regressed.ID, metric_improved.ID)
_NAME = 40
"""Characters of a name in the grouped list."""


class Style(msgspec.Struct, frozen=True):
    """How much is written of each finding."""

    tips: bool = True
    evidence: bool = True
    message: int = 600
    name: int = 200


WITHOUT_TIPS = Style(tips=False)
_STYLES = (Style(), WITHOUT_TIPS, Style(tips=False, evidence=False, message=240, name=100))


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
    every = [finding for _, found in groups for finding in found]
    # Fifty findings show whether all of them may fit; thousands are not written in vain.
    sample = every[:: max(1, len(every) // 50)]
    for style in _STYLES if groups else ():
        size = budget.measure("\n".join(body(review, sample, style)))
        if size * len(every) / len(sample) > 1.3 * budget.left:
            continue
        # Rules of which everything is approved need no tip any more.
        given = {one.id for one in review.settled} - {one.id for one in review.waiting}
        texts = []
        for title, found in groups:
            parts = [f"**{title}**", *body(review, found[:SHOWN], style, given)]
            if rest := found[SHOWN:]:
                inner = "\n\n".join(body(review, rest, style, given))
                parts.append(markdown.details(f"{len(rest):,} more", inner))
            texts.append("\n\n".join(parts))
        if budget.fits("\n\n".join(texts)):
            return texts
    return _shortened(review, groups, budget, more)


def body(
    review: Review, found: Sequence[Finding], style: Style, given: set[str] | None = None
) -> Iterator[str]:
    """Yield a table of the judged values, their tips, and a list of all other findings.

    `given` are the rules whose tip was already shown; those shown here are added.
    """
    given = set() if given is None else given
    values = [
        (one, metric)
        for one in found
        if one.id in _VALUE_RULES and one.run is not None and one.before is not None
        if (metric := review.metric(one)) is not None
    ]
    judged = {one for one, _ in values}
    if values:
        titles = ["Value", "Before → after", "How sure"]
        several = len({finding.section for finding in review.verdict.findings}) > 1
        rows = [_row(review, one, metric, style, several=several) for one, metric in values]
        columns = 3 if style.evidence else 2
        yield "\n".join(
            markdown.table(titles[:columns], [row[:columns] for row in rows], "lrl"[:columns])
        )
        tips = [tip for one, _ in values if (tip := _tip(one, style, given))]
        if tips:
            yield "<br>".join(f"<sub>{tip}</sub>" for tip in tips)
    lines = []
    for one in found:
        if one not in judged:
            sign = wording.SEVERITY_EMOJI[one.severity]
            line = f"- {sign} {plain(one.message, style.message)} {markdown.code(one.id)}"
            tip = _tip(one, style, given)
            lines.append(f"{line}<br><sub>{tip}</sub>" if tip else line)
    if lines:
        yield "\n".join(lines)


def colour(*, better: bool) -> str:
    """Return the sign that colours better and worse."""
    return "🟢" if better else "🔴"


def _row(
    review: Review, finding: Finding, metric: Metric, style: Style, *, several: bool
) -> list[str]:
    """Return what moved, its values with the difference, and how sure that is."""
    best = "Best " if finding.id == best_regressed.ID else ""
    what = f"{markdown.bold(best + metric.title, 60)}<br>{plain(finding.run or '', style.name)}"
    if several and finding.section in review.sections:
        what += f"<br><sub>{plain(review.section_title(finding.section), 100)}</sub>"
    before, after = finding.before or cells.MISSING, finding.after or cells.MISSING
    values = f"{unbroken(before)}{NBSP}→{NBSP}**{unbroken(after)}**"
    change = review.change(finding)
    step = ""
    if change is not None and finding.id != best_regressed.ID:
        step = wording.difference(change)
    else:
        # The best values of a section may be those of two runs.
        old, new = (cells.parse(text, metric.format).number for text in (before, after))
        if old is not None and new is not None:
            step = cells.signed(new - old, metric.format)
    if step:
        sign = colour(better=finding.id == metric_improved.ID)
        values += f"<br>{sign}{NBSP}{wording.arrow(step)}{NBSP}{unbroken(step)}"
    if finding.evidence is None:
        return [what, values, "" if finding.after else "nothing to compare with"]
    test, _, result = wording.evidence(finding, metric).partition(": ")
    return [what, values, "<br>".join(unbroken(part, 200) for part in (test, result) if part)]


def _tip(finding: Finding, style: Style, given: set[str]) -> str:
    if not style.tips or not finding.tip or finding.id in given:
        return ""
    given.add(finding.id)
    return f"Tip: {markdown.advice(finding.tip)}"


def _shortened(
    review: Review, groups: Sequence[tuple[str, Sequence[Finding]]], budget: Budget, more: str
) -> list[str]:
    """Return the first findings of each group in full, and the rest by rule."""
    left = budget.part(budget.left)
    out = []
    for at, (title, found) in enumerate(groups):
        share = left.part(left.left // (len(groups) - at))
        heading = f"**{title}: {plural(len(found), 'finding')}**"
        whole = "\n\n".join([heading, *body(review, found[:SHOWN], WITHOUT_TIPS)])
        rest = found[SHOWN:]
        if not share.part(share.left // 2).fits(whole):
            whole, rest = heading, found
        share.take(whole + "\n\n")
        listed = _by_rule(review, rest, share.part(share.left - 100), more) if rest else ""
        if listed:
            whole += f"\n\n{markdown.details(f'{len(rest):,} more', listed)}"
        left.take(whole + "\n\n")
        out.append(whole)
    return out


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
    head = f"- {wording.SEVERITY_EMOJI[first.severity]} {markdown.code(first.id, _NAME)} "
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
