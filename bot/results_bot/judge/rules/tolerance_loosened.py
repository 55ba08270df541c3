"""The configuration, or a direction, became less strict in the change that it judges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from results_bot.collect.paths import is_below
from results_bot.config import PAGES, Config, SectionTable
from results_bot.globs import covers, literal_prefix
from results_bot.judge.rule import RANK, Case, RuleResult, listed, severity_of
from results_bot.metric_names import number_format
from results_bot.model import ChangeKind, Metric, Severity, Tolerance
from results_bot.page.section import Summary, is_judged

ID = "tolerance-loosened"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "In the same change a tolerance was raised, a direction reversed or removed (in the "
    "configuration, the page's sentence on its order or the artifacts), a rule switched off or "
    "lowered (this one included), a metric shown with fewer digits or read from elsewhere, runs no "
    "longer read (a notice where the artifacts of every row still are, and of runs that come "
    "beside them), or another page used. That may be right, and somebody else should confirm it."
)
TIP = "Put it in a separate pull request."
WATCHES_CONFIG = True
_UNSET = "unset"
"""The former tolerance of a metric that had none."""


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for each thing that was loosened in one way, and one for each rule."""
    loosened: dict[tuple[str, str, str], list[tuple[str, Metric, str]]] = {}
    for section_id, turned, direction in case.turned:
        words = "Direction", str(direction), str(turned.direction)
        loosened.setdefault(words, []).append((section_id, turned, ""))
    former = case.base_config
    for section in case.head.sections if former else ():
        base = case.base.section(section.id)
        for key in (metric.key for metric in section.compared):
            old, new = (
                config.metric(key, _table(config.sections, section.id))
                for config in (former or case.config, case.config)
            )
            rows = [row for side in (base, section) if side for row in side.rows]
            values = (row.values.get(key) for row in rows)
            numbers = {abs(value.number) for value in values if value and value.number is not None}
            sizes = sorted(filter(isfinite, numbers))
            found = [*_judged_less(old, new, sizes)]
            if base is not None and base.metric(key) is not None:
                found += _shown_less(old, new, sizes)
            for what, was, now, example in found:
                loosened.setdefault((what, was, now), []).append((section.id, new, example))
    for (what, was, now), places in loosened.items():
        sections = {section_id for section_id, *_ in places}
        titles = {metric.key: metric.title for _, metric, _ in places}
        verb = "raised" if what == "Tolerance" else "changed"
        how = (
            f"set to {now}; none was set before" if was == _UNSET else f"{verb} from {was} to {now}"
        )
        message = f"{what} of {listed(list(titles.values()))} {how}"
        yield RuleResult(
            places[0][0] if len(sections) == 1 else "",
            message + places[0][2],
            (),
            # An approval is bound to what was loosened, not only to how far.
            ", ".join(titles),
            was,
            now,
        )
    if former:
        # Runs that are split among sections stay read, all of them.
        gone = (ChangeKind.RUN_REMOVED, ChangeKind.RUN_UNFINISHED)
        left = any(change.kind in gone for change in case.changes)
        all_read = not left and all(section.is_complete for section in case.head.sections)
        all_read &= bool(case.head.runs)
        yield from _read_less(former, case.config, case.head, all_read=all_read)
        yield from _rules_lowered(former, case.config, case.defaults)


def _judged_less(
    old: Metric, new: Metric, sizes: Sequence[float]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield what was loosened of a judged metric: what, before, after, and an example if needed.

    `sizes` are the sorted magnitudes of its values.
    """
    if not is_judged(old):
        return
    if new.direction is not old.direction:
        yield "Direction", str(old.direction), str(new.direction), ""
    was, now = old.tolerance, new.tolerance
    if was.is_default:
        # The default does not count where noise is tested, a tolerance that was set does.
        if now.where_tested() != Tolerance():
            yield "Tolerance", _UNSET, _text(now), ""
        return
    words = "Tolerance", _text(was), _text(now)
    if now.relative <= was.relative and now.absolute <= was.absolute:
        return
    if now.relative >= was.relative and now.absolute >= was.absolute:
        yield *words, ""
        return
    # One floor went up and one down: the values decide which of them counts.
    for at in sizes:
        before, after = (max(t.absolute, t.relative * at) for t in (was, now))
        if after > before:
            yield *words, f"; at {at:.4g}, from {before:.4g} to {after:.4g}"
            return


def _shown_less(
    old: Metric, new: Metric, sizes: Sequence[float]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield what hides a change of the metric from the page: what, before, after, no example.

    Where no format was set, the magnitudes of the values chose it.
    """

    def digits(format_: str) -> int:
        found = re.search(r"\.(\d+)", format_)
        return (int(found[1]) if found else 0) + 2 * format_.endswith("%")

    if set(old.sources) - set(new.sources):
        yield "Sources", listed(old.sources), listed(new.sources) or "none", ""
    before = old.format or number_format(old.key, list(sizes))
    if new.format and digits(new.format) < digits(before):
        yield "Format", old.format or "chosen by the values", new.format, ""


def _read_less(old: Config, new: Config, head: Summary, *, all_read: bool) -> Iterator[RuleResult]:
    """Yield one result for another page, and one a section for patterns that are no longer read.

    The sections of `head` are read where the new configuration names none. A pattern is a notice
    where `all_read`, the artifacts of every row, and where what comes beside them will be.
    """
    same = (old.page, "") if old.page in PAGES else (old.page,)
    if old.page and new.page not in same:
        was, now = (config.page or PAGES[0] for config in (old, new))
        yield RuleResult("", f"Page changed from {was} to {now}", (), None, was, now)
    tables = new.sections or [section.settings for section in head.sections]
    read = {pattern for table in tables for pattern in table.runs}
    for table in old.sections:
        lost = [one for one in table.runs if not any(covers(wide, one) for wide in read)]
        if lost:
            message = f"Section {table.id} no longer reads {listed(lost)}"
            now = ", ".join(sorted(read)) or "the usual folders"
            beside = [f"{literal_prefix(one)}/*" for one in lost]
            goes_on = all(any(covers(wide, one) for wide in read) for one in beside)
            severity = Severity.NOTICE if all_read and goes_on else None
            was = ", ".join(table.runs)
            yield RuleResult(table.id, message, (), None, was, now, severity=severity)


def _rules_lowered(
    old: Config, new: Config, defaults: Mapping[str, Severity]
) -> Iterator[RuleResult]:
    """Yield one result for each rule that became less severe or was switched off."""
    for rule in dict.fromkeys([*old.rules, *new.rules]):
        default = defaults.get(rule, Severity.WARNING)
        before, after = (severity_of(rule, default, config) for config in (old, new))
        if before is None or (after is not None and RANK[after] >= RANK[before]):
            continue
        how = f"lowered from {before} to {after}" if after else f"switched off; it was {before}"
        was, now = f"{rule} = {before}", f"{rule} = {after or 'off'}"
        yield RuleResult("", f"Rule {rule} {how}", (), None, was, now)


def _text(tolerance: Tolerance) -> str:
    """Return `1%`, `0.001`, or `1% and 0.001` where both floors must be exceeded."""
    relative = f"{tolerance.relative * 100:g}%" if tolerance.relative else ""
    absolute = f"{tolerance.absolute:g}" if tolerance.absolute else ""
    text = " and ".join(filter(None, (relative, absolute))) or "0%"
    return f"{text} (the default)" if tolerance.is_default else text


def _table(tables: Sequence[SectionTable], section_id: str) -> SectionTable | None:
    """Return the table that a section was made from: its own, or the one it is a folder of."""
    fitting = [table for table in tables if is_below(section_id, table.id)]
    return max(fitting, key=lambda table: len(table.id), default=None)
