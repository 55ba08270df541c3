"""Changes and findings for a terminal of 80 columns or more, in colour or without."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from results_bot.hostile import printable
from results_bot.model import (
    Change,
    ChangeKind,
    EvidenceKind,
    Finding,
    Problem,
    Severity,
    Summary,
    Verdict,
)
from results_bot.report import findings_text, value_lines, words
from results_bot.report.narrow import wrapped

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

_SEVERITY = {Severity.FAILURE: "red", Severity.WARNING: "yellow", Severity.NOTICE: "green"}
_NAMED = {
    ChangeKind.RUN_ADDED: ("+", "added", "green"),
    ChangeKind.RUN_REMOVED: ("-", "removed", "red"),
    ChangeKind.RUN_UNFINISHED: ("!", "unfinished", "yellow"),
}


MOST_BETTER = 3
"""Improvements told one by one."""


class Screen(msgspec.Struct, frozen=True):
    """What the output goes to."""

    colour: bool = False
    width: int = 80


def changes(verdict: Verdict, screen: Screen) -> str:
    """Return the changes, section by section, with a last line that counts them."""
    from rich.text import Text

    found = verdict.changes
    parts: list[RenderableType] = []
    for section in dict.fromkeys(change.section for change in found):
        here = [change for change in found if change.section == section]
        parts.append(Text(section, style="bold"))
        parts += _runs(here)
        parts += value_lines.lines(here, verdict.passed, screen.width)
        parts.append(Text(""))
    counted = words.counted(found, verdict.passed)
    parts.append(Text(counted[:1].upper() + counted[1:] + "."))
    return draw(parts, screen)


def findings(verdict: Verdict, summary: Summary, screen: Screen, *, known: bool = False) -> str:
    """Return what was found, the gravest first; with `known` also what was there before."""
    from rich.text import Text

    told: set[str] = set()
    found = [finding for finding in verdict.findings if known or not finding.known]
    shown, better = _few_better(found)
    parts: list[RenderableType] = []
    for finding in shown:
        parts += _finding(finding, screen.width)
        for detail in _details(finding, summary, told):
            parts += [Text(f"     {line}") for line in wrapped(printable(detail), screen.width - 5)]
    if better:
        parts.append(Text(f" · {better} more values are better", style="green"))
    rest = len(verdict.findings) - len(found)
    if rest:
        parts.append(Text(f" · {rest} older findings: results-bot diff --all"))
    return draw(parts, screen)


def _finding(finding: Finding, columns: int) -> Iterator[Text]:
    """Yield what was found. Only signs and what is grave have a colour: yellow is lost on white."""
    from rich.text import Text

    style = _SEVERITY[finding.severity]
    grave = style if finding.severity is Severity.FAILURE else ""
    sign = f" {findings_text.SIGN[finding.severity]} "
    said = f"{printable(finding.message)} [{finding.id}]"
    for at, line in enumerate(wrapped(said, columns - 3)):
        yield Text.assemble((sign if at == 0 else "   ", f"bold {style}"), (line, grave))


def _few_better(found: Sequence[Finding]) -> tuple[list[Finding], int]:
    """Return what is shown and how many improvements are not: they are no reason to read on."""
    from results_bot.judge.rules import metric_improved

    better = [finding for finding in found if finding.id == metric_improved.ID]
    quiet = [one for one in better if one.severity is Severity.NOTICE][MOST_BETTER:]
    if len(quiet) < 2:
        return list(found), 0
    left_out = {id(finding) for finding in quiet}
    return [finding for finding in found if id(finding) not in left_out], len(quiet)


def _details(finding: Finding, summary: Summary, told: set[str]) -> Iterator[str]:
    """Yield how sure it is and what to do; what was told before, and holds again, only once."""
    alone = finding.evidence is not None and finding.evidence.kind is EvidenceKind.TOLERANCE
    for key, detail in (
        ("alone" if alone else f"{id(finding)}", _sure(finding, summary)),
        (finding.id, finding.tip),
    ):
        if detail and key not in told:
            told.add(key)
            yield detail


def unified(lines: Iterable[str], screen: Screen) -> str:
    """Return the lines of a unified diff, coloured."""
    from rich.text import Text

    styles = {"+": "green", "-": "red", "@": "cyan"}
    parts = [Text(line.rstrip("\r\n"), style=styles.get(line[:1], "")) for line in lines]
    return draw(parts, Screen(screen.colour, 10_000))


def problems(found: Iterable[Problem], screen: Screen) -> str:
    """Return one line for each artifact that could not be used."""
    found = list(found)
    if not found:
        return ""
    from rich.text import Text

    parts = [
        Text.assemble(("warning: ", "yellow"), (problem.file, "bold"), f": {problem.reason}")
        for problem in found
    ]
    return draw(parts, Screen(screen.colour, 10_000))


def hints(remarks: Iterable[Problem]) -> str:
    """Return what else was seen, as further lines of an error that nothing was found."""
    return "".join(f"\n{remark.file}: {remark.reason}" for remark in remarks)


def draw(parts: Iterable[RenderableType], screen: Screen) -> str:
    """Return what rich makes of `parts`, without trailing blanks."""
    console = _console(screen)
    for part in parts:
        console.print(part)
    drawn = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in str(drawn).split("\n"))


def _console(screen: Screen) -> Console:
    from rich.console import Console

    return Console(
        file=io.StringIO(),
        width=screen.width,
        force_terminal=screen.colour,
        color_system="standard" if screen.colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def _sure(finding: Finding, summary: Summary) -> str:
    section = summary.section(finding.section)
    metric = section.metric(finding.metric) if section and finding.metric else None
    if finding.evidence is None or metric is None:
        return ""
    return findings_text.evidence(finding.evidence, metric.format)


def _runs(found: Iterable[Change]) -> list[RenderableType]:
    from rich.text import Text

    out: list[RenderableType] = []
    for change in found:
        if change.kind in _NAMED:
            sign, word, style = _NAMED[change.kind]
            out.append(Text(f"  {sign} {change.run} ({word})", style=style))
        elif change.kind is ChangeKind.RUN_RENAMED:
            out.append(Text(f"  = {change.run} (was {words.was(change)})", style="cyan"))
    return out
