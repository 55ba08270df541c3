"""Changes and findings for a terminal, in colour or without; rich does the layout."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from results_bot.console import Screen
from results_bot.escape import printable
from results_bot.judge.rule import grouped
from results_bot.judge.rules import metric_improved
from results_bot.model import (
    Change,
    ChangeKind,
    EvidenceKind,
    Finding,
    Problem,
    Severity,
    Value,
    Verdict,
)
from results_bot.numbers import plural
from results_bot.page.section import Summary
from results_bot.report import wording
from results_bot.report.colours import SEVERITY, SIGN, STYLE
from results_bot.report.review import by_importance

MOST_FINDINGS, MOST_CHANGES = 20, 30
"""Findings and changes that are written out where not all were asked for."""
MOST_PROBLEMS = 11
"""Kinds of problems that are written out, one line each."""
_PARTICULARS = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\S*[/\d]\S*")
"""What differs between problems of one kind: names, paths and numbers."""
MOST_BETTER = 3
"""Improvements that are written out."""
_ALL = "results-bot diff --all"
_RUN_CHANGES = {
    ChangeKind.RUN_ADDED: ("+", "green"),
    ChangeKind.RUN_REMOVED: ("-", "red"),
    ChangeKind.RUN_UNFINISHED: ("!", "yellow"),
    ChangeKind.RUN_RENAMED: ("=", "cyan"),
    ChangeKind.SEED_LEFT: ("-", "yellow"),
    ChangeKind.SEEDS_CHANGED: ("~", "yellow"),
}
_VALUE_CHANGES = (ChangeKind.VALUE_CHANGED, ChangeKind.VALUE_ADDED, ChangeKind.METRIC_LOST)
_BLANK = "\ue000"
"""Stands for a blank at which rich may not break a line; a private character without other use."""


def changes(verdict: Verdict, screen: Screen, *, everything: bool = False) -> str:
    """Return the changes section by section, the first ones only, and a line that counts all."""
    parts: list[RenderableType] = []
    # A section that came or left shows in its runs; without any there is nothing to show.
    of_runs = [change for change in verdict.changes if change.run]
    shown = of_runs[: None if everything else MOST_CHANGES]
    for section, here in grouped(shown, lambda change: change.section).items():
        parts.append(Text(section, style="bold"))
        for change in here:
            if change.kind in _RUN_CHANGES:
                sign, style = _RUN_CHANGES[change.kind]
                word = wording.previous(change) or change.kind.removeprefix("run-")
                parts.append(Text(f"  {sign} {change.run} ({word})", style))
        parts += _values([one for one in here if one.kind in _VALUE_CHANGES], verdict)
        parts.append(Text(""))
    if hidden := len(of_runs) - len(shown):
        parts += [Text(f"{plural(hidden, 'more change')}: {_ALL}"), Text("")]
    parts.append(Text(wording.counted_sentence(verdict)))
    return draw(parts, screen)


def findings(
    verdict: Verdict,
    summary: Summary,
    screen: Screen,
    *,
    everything: bool = False,
    approved: Collection[Finding] = (),
) -> str:
    """Return the gravest new findings, or `everything`, and how many more there are.

    Those that are `approved` need no tip any more. Only signs and failures are coloured: yellow is
    unreadable on white.
    """
    most = None if everything else MOST_FINDINGS
    sections = {section.id: section for section in summary.sections}
    wanted = [finding for finding in verdict.findings if everything or not finding.known]
    found = by_importance(wanted, sections)
    better = [one for one in found if one.id == metric_improved.ID]
    hidden = [one for one in better if one.severity is Severity.NOTICE][MOST_BETTER:]
    hidden = hidden if len(hidden) > 1 else []
    found = [one for one in found if one not in hidden]
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    shown: set[str] = set()
    for finding in found[:most]:
        style, mark, word = SEVERITY[finding.severity], SIGN[finding.severity], ""
        if finding in approved:
            style, mark, word = "green", "✓", " approved"
        sign = Text(f" {mark} ", style=f"bold {style}")
        line = _text(f"{finding.message} [{finding.id}]{word}")
        line.stylize(style if finding.severity is Severity.FAILURE else "")
        grid.add_row(sign, line)
        section = sections.get(finding.section)
        metric = section.metric(finding.metric) if section and finding.metric else None
        alone = finding.evidence is not None and finding.evidence.kind is EvidenceKind.TOLERANCE
        how_sure = wording.evidence(finding, metric) if metric else ""
        # A tip, or that the tolerance alone decides, is written once for all.
        for key, detail in (
            ("tolerance" if alone else str(id(finding)), how_sure),
            (finding.tip, "" if finding in approved else finding.tip),
        ):
            if detail and key not in shown:
                shown.add(key)
                grid.add_row("", Padding(_text(detail), (0, 0, 0, 2)))
    parts: list[RenderableType] = [grid] if found else []
    more = [] if everything else found[MOST_FINDINGS:]
    for severity, count in Counter(one.severity for one in more).items():
        counted = f" {SIGN[severity]} {plural(count, f'more {severity}')}: {_ALL}"
        parts.append(Text(counted, SEVERITY[severity]))
    if hidden:
        parts.append(Text(f" · {len(hidden)} more values are better", style="green"))
    if older := len(verdict.findings) - len(wanted):
        parts.append(Text(f" · {plural(older, 'older finding')}: {_ALL}"))
    return draw(parts, screen)


def unified(lines: Iterable[str], screen: Screen) -> str:
    """Return the lines of a unified diff, coloured."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    parts = [Text(line.rstrip("\r\n"), style=styles.get(line[:1], "")) for line in lines]
    return draw(parts, Screen(screen.colour, 10_000))


def problems(found: Iterable[Problem], screen: Screen) -> str:
    """Return a line for each kind of problem: its first example, and how many more there are."""
    kinds = [*grouped(found, lambda problem: _PARTICULARS.sub("", problem.reason)).values()]
    parts: list[RenderableType] = []
    for some in kinds[:MOST_PROBLEMS]:
        more = f" (and {plural(len(some) - 1, 'more such file')})" if some[1:] else ""
        file, reason = printable(some[0].file), printable(some[0].reason)
        parts.append(Text.assemble(("warning: ", "yellow"), (file, "bold"), f": {reason}{more}"))
    if len(kinds) > MOST_PROBLEMS:
        rest = sum(map(len, kinds[MOST_PROBLEMS:]))
        parts.append(Text(f"and {plural(rest, 'more warning')}; `results-bot inspect` lists all"))
    return draw(parts, Screen(screen.colour, 10_000))


def hints(remarks: Iterable[Problem]) -> str:
    """Return remarks as further lines of an error message."""
    return "".join(f"\n{remark.file}: {remark.reason}" for remark in remarks)


def draw(parts: Iterable[RenderableType], screen: Screen) -> str:
    """Return rich's rendering of `parts`, without trailing blanks."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=screen.width,
        force_terminal=screen.colour,
        color_system="standard" if screen.colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for part in parts:
        console.print(part)
    drawn = file.getvalue().replace(_BLANK, " ")
    return "\n".join(line.rstrip() for line in drawn.split("\n"))


def middle_cut(text: str, most: int) -> str:
    """Return `text` in at most `most` columns, cut in its middle: names differ at their ends."""
    if cell_len(text) <= most:
        return text
    if most < 3:
        return "…"[:most]
    back = set_cell_size(text[::-1], (most - 1) // 2).rstrip()[::-1]
    return set_cell_size(text, most - 1 - cell_len(back)).rstrip() + "…" + back


def _values(found: Sequence[Change], verdict: Verdict) -> Iterator[RenderableType]:
    """Yield changed values in one table; only names wrap."""
    if not found:
        return
    table = Table(box=None, padding=(0, 0, 0, 2), pad_edge=True, header_style="bold")
    for title in ("Run", "Metric"):
        table.add_column(title, overflow="fold")
    for title in ("Before", "After", "Change"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    previous = ""
    for change in found:
        run = printable(change.run)
        style = STYLE[wording.better(change, verdict)]
        new = change.kind is ChangeKind.VALUE_ADDED
        table.add_row(
            "" if run == previous else run,
            printable(change.metric.title if change.metric else ""),
            _cell(change.before),
            Text(_cell(change.after), style),
            Text(wording.difference(change).replace(" (", "\n("), style),
            Text("" if new else wording.outcome(change, verdict), style),
        )
        previous = run
    yield table


def _cell(value: Value | None) -> str:
    """Return a cell; the spread of replicates stands below their mean, to leave room for names."""
    text = printable(wording.text(value))
    if value is None or value.std is None:
        return text
    mean, _, spread = text.partition(" (n = ")[0].partition(" ± ")
    return f"{mean}\n± {spread}"


def _text(text: str) -> Text:
    """Return printable text that breaks no figure: `p < 0.001`, `± 0.0102`, `+0.5 pp`, `95 %`."""
    return Text(wording.unbroken_figures(printable(text), _BLANK))
