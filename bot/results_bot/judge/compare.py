"""Two summaries to the list of their differences; what a difference means is for the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs
from msgspec.structs import replace

from results_bot.model import Change, ChangeKind, Metric, Section, Summary
from results_bot.page import cells
from results_bot.table import Row, Value


def compare(base: Summary, head: Summary) -> list[Change]:
    """Return the changes from `base` to `head`, in the order of the page."""
    changes = list(_changes(base, head))
    renamed = _renames(changes, base, head)
    if not renamed:
        return changes
    gone = set(renamed.values())
    return [
        _as_rename(change, renamed)
        for change in changes
        if not (change.kind is ChangeKind.RUN_REMOVED and (change.section, change.run) in gone)
    ]


def aligned(base: Summary, head: Summary) -> Summary:
    """Return `base` with the metrics of `head` where their columns have the same title.

    A page that was read without its artifacts knows its metrics by their titles only.
    """
    like = {section.id: section for section in head.sections}
    return Summary(tuple(_aligned(section, like.get(section.id)) for section in base.sections))


def compared_values(base: Summary, head: Summary) -> int:
    """Return how many values are numbers on both sides."""
    known = {section.id: section for section in base.sections}
    count = 0
    for section in head.sections:
        before = known.get(section.id)
        if before is not None:
            old = {row.run: row for row in _aligned(before, section).rows}
            both = ((old[row.run], row) for row in section.rows if row.run in old)
            count += sum(len(_numbers(one) & _numbers(other)) for one, other in both)
    return count


def _numbers(row: Row) -> set[str]:
    """Return the metrics that have a number."""
    return {key for key, value in row.values.items() if value.number is not None}


def same(before: Value, after: Value) -> bool:
    """Tell whether two cells say the same at the precision of the coarser one."""
    if before.text == after.text:
        return True
    # What the page shows decides, not the number behind it: 0.6000 and 0.5900 have four decimals.
    old, new = cells.parse(before.text).number, cells.parse(after.text).number
    if old is None or new is None:
        return False
    places = sorted((cells.places(before.text), cells.places(after.text)))
    if old == new or places[0] == places[1]:
        return old == new
    return abs(new - old) <= 0.5001 * 10.0 ** -places[0]


_Place = tuple[str, str]
FEWEST = 2
"""Values that two rows must share before one is taken for the other under a new name."""


def _renames(changes: Iterable[Change], base: Summary, head: Summary) -> dict[_Place, _Place]:
    """Map each run that only got another name to where it was; only where it is beyond doubt."""
    old = _by_values(changes, ChangeKind.RUN_REMOVED, base)
    new = _by_values(changes, ChangeKind.RUN_ADDED, head) if old else {}
    return {
        new[values][0]: old[values][0]
        for values in new
        if values in old and len(new[values]) == len(old[values]) == 1
    }


def _by_values(
    changes: Iterable[Change], kind: ChangeKind, summary: Summary
) -> dict[frozenset[tuple[str, str]], list[_Place]]:
    out: dict[frozenset[tuple[str, str]], list[_Place]] = {}
    wanted = [change for change in changes if change.kind is kind]
    if not wanted:
        return out
    rows = {(one.id, row.run): row for one in summary.sections for row in one.rows}
    for change in wanted:
        row = rows.get((change.section, change.run or ""))
        if row is not None and len(row.values) >= FEWEST:
            values = frozenset((key, value.text) for key, value in row.values.items())
            out.setdefault(values, []).append((change.section, row.run))
    return out


def _as_rename(change: Change, renamed: Mapping[_Place, _Place]) -> Change:
    was = renamed.get((change.section, change.run or ""))
    if change.kind is not ChangeKind.RUN_ADDED or was is None:
        return change
    return replace(change, kind=ChangeKind.RUN_RENAMED, was=was)


def _aligned(section: Section, like: Section | None) -> Section:
    known = {metric.key: metric for metric in like.metrics} if like else {}
    by_title = {metric.title: metric for metric in known.values()}
    unknown = [m for m in section.metrics if m.key not in known and m.title in by_title]
    keys = {metric.key: by_title[metric.title].key for metric in unknown}
    if not keys:
        return section
    return replace(
        section,
        metrics=tuple(known.get(keys.get(m.key, m.key), m) for m in section.metrics),
        rows=tuple(_renamed(row, keys) for row in section.rows),
        sort=keys.get(section.sort or "", section.sort),
    )


def _renamed(row: Row, keys: Mapping[str, str]) -> Row:
    return structs.replace(
        row,
        values={keys.get(key, key): value for key, value in row.values.items()},
        replicates=tuple(_renamed(one, keys) for one in row.replicates),
    )


def _changes(base: Summary, head: Summary) -> Iterator[Change]:
    ids = dict.fromkeys(section.id for summary in (base, head) for section in summary.sections)
    old, new = ({one.id: one for one in summary.sections} for summary in (base, head))
    for section_id in ids:
        before, after = old.get(section_id), new.get(section_id)
        if before is None:
            yield Change(ChangeKind.SECTION_ADDED, section_id)
        if after is None:
            yield Change(ChangeKind.SECTION_REMOVED, section_id)
        yield from _section(before or Section(section_id, ""), after or Section(section_id, ""))


def _section(before: Section, after: Section) -> Iterator[Change]:
    before = _aligned(before, after)
    if before.rows != after.rows:
        yield from _rows(before, after)
    known = {run for run, _ in before.unfinished}
    for run, _ in after.unfinished:
        if run not in known:
            yield Change(ChangeKind.RUN_UNFINISHED, after.id, run)


def _rows(before: Section, after: Section) -> Iterator[Change]:
    old = {row.run: row for row in before.rows}
    new = {row.run: row for row in after.rows}
    metrics = {metric.key: metric for metric in (*before.metrics, *after.metrics)}
    for run, row in new.items():
        was = old.get(run)
        if was is None:
            yield Change(ChangeKind.RUN_ADDED, after.id, run)
        elif was is not row and was.values != row.values:
            yield from _row(metrics, after.id, was, row)
    for run in old:
        if run not in new:
            yield Change(ChangeKind.RUN_REMOVED, after.id, run)


def _row(
    metrics: Mapping[str, Metric], section_id: str, before: Row, after: Row
) -> Iterator[Change]:
    for key, metric in metrics.items():
        old, new = before.values.get(key), after.values.get(key)
        if old is not None and new is not None:
            if old.text != new.text and not same(old, new):
                yield Change(ChangeKind.VALUE_CHANGED, section_id, after.run, metric, old, new)
        elif old is not None:
            yield Change(ChangeKind.METRIC_LOST, section_id, after.run, metric, old, None)
        elif new is not None:
            yield Change(ChangeKind.VALUE_ADDED, section_id, after.run, metric, None, new)
