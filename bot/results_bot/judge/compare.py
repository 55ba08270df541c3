"""Compare two summaries: the list of their differences, without any judgement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from msgspec.structs import replace

from results_bot.judge.moves import moves, relocated
from results_bot.metric_titles import title
from results_bot.model import Change, ChangeKind, Metric, Row, Value
from results_bot.numbers import plural
from results_bot.page import cells
from results_bot.page.replicates import unit
from results_bot.page.section import Place, Section, Summary

if TYPE_CHECKING:
    import pandas as pd


def compare(
    base: Summary, head: Summary, moved: Mapping[Place, Place] | None = None
) -> list[Change]:
    """Return the changes from `base` to `head`, in the order of the page.

    `moved` maps places of the head to those of the base; unset, rows of equal values count as
    renamed.
    """
    base = aligned(base, head)
    sections = {one.id for one in base.sections}
    moved = moves(base, head) if moved is None else moved
    base = aligned(relocated(base, moved, head), head)
    changed = _changed_values(base, head)
    changes = []
    old, new = ({one.id: one for one in summary.sections} for summary in (base, head))
    for section_id in dict.fromkeys([*old, *new]):
        before, after = old.get(section_id), new.get(section_id)
        if section_id not in sections:
            changes.append(Change(ChangeKind.SECTION_ADDED, section_id))
        if after is None:
            changes.append(Change(ChangeKind.SECTION_REMOVED, section_id))
        was, now = ({row.run: row for row in one.rows} if one else {} for one in (before, after))
        for run in now:
            place = section_id, run
            if place in moved:
                is_seed = run in was and run in was[run].seeds
                kind = ChangeKind.SEED_LEFT if is_seed else ChangeKind.RUN_RENAMED
                changes.append(Change(kind, *place, was=moved[place]))
            elif run not in was:
                changes.append(Change(ChangeKind.RUN_ADDED, section_id, run))
            if run in was and 0 < len(was[run].seeds) != len(now[run].seeds) > 0:
                old_seeds, new_seeds = (
                    Value(plural(len(names), unit(names)), len(names))
                    for names in (was[run].seeds, now[run].seeds)
                )
                kind = ChangeKind.SEEDS_CHANGED
                changes.append(Change(kind, *place, before=old_seeds, after=new_seeds))
            changes += changed.get(place, ())
        known, unfinished = (dict(one.unfinished if one else ()).keys() for one in (before, after))
        changes += [
            Change(ChangeKind.RUN_REMOVED, section_id, run)
            for run, row in was.items()
            if run not in now and unfinished.isdisjoint((run, *row.seeds))
        ]
        changes += [
            Change(ChangeKind.RUN_UNFINISHED, section_id, run)
            for run in unfinished
            if run in was or run not in known
        ]
    return changes


def aligned(base: Summary, head: Summary) -> Summary:
    """Return `base` with the metrics of `head` where their columns have the same title.

    A page that was read without its artifacts knows its metrics by their titles only.
    """
    like = {section.id: section for section in head.sections}
    return Summary(tuple(_aligned(section, like.get(section.id)) for section in base.sections))


def edited(changes: Iterable[Change], base: Summary) -> Iterator[Change]:
    """Yield the cells in which the page differs from the artifacts, but the base does not.

    `changes` are those from the page as it stands to the page as it should be.
    """
    for change in changes:
        base_row, artifact, metric = base.row(*change.place), change.after, change.metric
        was = base_row.row.values.get(metric.key) if base_row and metric else None
        if was is not None and artifact is not None and was.text == artifact.text:
            yield change


def compare_with_finite_seeds(
    base: Summary, head: Summary, places: Mapping[Place, Place] | None = None
) -> tuple[Change, ...]:
    """Return the changes, those of a mean that is not finite by the mean of its finite seeds.

    A seed that diverged cannot hide what became of the others, nor they that it diverged.
    """
    changes = compare(base, head, places)
    old, new = finite_seeds(base), finite_seeds(head)
    if (old, new) == (base, head):
        return (*changes,)
    judged = {one.cell: one for one in compare(old, new, places) if one.metric}
    judged |= {
        cell: replace(one, of_finite_seeds=True)
        for cell, one in judged.items()
        if one not in changes
    }
    every = [judged.pop(one.cell, one) if one.metric else one for one in changes]
    return (*every, *judged.values())


def finite_seeds(side: Summary) -> Summary:
    """Return the summary with the mean of the finite seeds where the mean of all is not finite.

    The values are those that the page shows, so that both sides round alike.
    """
    return replace(
        side,
        sections=tuple(
            replace(one, rows=tuple(_with_finite_seeds(row, one.compared) for row in one.rows))
            if any(row.replicates for row in one.rows)
            else one
            for one in side.sections
        ),
    )


def _with_finite_seeds(row: Row, metrics: Sequence[Metric]) -> Row:
    values = {}
    for metric in metrics if row.replicates else ():
        key, spec = metric.key, metric.format
        mean = row.number(key)
        if mean is None or isfinite(mean):
            continue
        seeds = cells.finite([one.values[key] for one in row.replicates if key in one.values], spec)
        if len(seeds) > 1:
            mean, std, n = fmean(seeds), stdev(seeds), len(seeds)
            values[key] = Value(cells.replicates(mean, std, n, spec), mean, std, n)
        elif seeds:
            values[key] = Value(cells.number(seeds[0], spec), seeds[0])
    return replace(row, values={**row.values, **values}) if values else row


def compared_values(base: Summary, head: Summary) -> int:
    """Return how many values are numbers on both sides."""
    old, new = (
        {
            (one.id, row.run, key)
            for one in side.sections
            for row in one.rows
            for key, value in row.values.items()
            if value.number is not None
        }
        for side in (aligned(base, head), head)
    )
    return len(old & new)


def _changed_values(base: Summary, head: Summary) -> Mapping[Place, Sequence[Change]]:
    """Return the changed cells of the runs that are on both sides, by section and run."""
    old = {one.id: one for one in base.sections}
    sides = {one.id: (old[one.id], one) for one in head.sections if one.id in old}
    sides = {key: (was, now) for key, (was, now) in sides.items() if was.rows != now.rows}
    out: defaultdict[Place, list[Change]] = defaultdict(list)
    if not sides:
        return out
    import pandas as pd

    texts = map(_texts, zip(*sides.values(), strict=True))
    joined = pd.concat(texts, axis=1, keys=["before", "after"])
    differing = joined.index[joined["before"] != joined["after"]]
    metrics = {
        (side.id, one.key): one for both in sides.values() for side in both for one in side.compared
    }
    order = {column: at for at, column in enumerate(metrics)}
    changed = [
        (order[section, key], section, run, key)
        for section, run, key in differing
        if (section, key) in order
    ]
    for _, section, run, key in sorted(changed):
        was, now = sides[section]
        row, new = was.row(run), now.row(run)
        if row is None or new is None:
            continue
        metric, before, after = metrics[section, key], row.values.get(key), new.values.get(key)
        if before is None:
            if all(one.key != key for one in now.metrics):
                continue
            kind = ChangeKind.VALUE_ADDED
        elif after is None:
            behind = now.runs.get(run)
            if behind and behind.reading((key, *metric.sources)):
                continue  # Its column left the page, by `hide` or `columns`.
            kind = ChangeKind.METRIC_LOST
        elif cells.same(before, after):
            continue
        else:
            kind = ChangeKind.VALUE_CHANGED
        out[section, run].append(Change(kind, section, run, metric, before, after))
    return out


def _texts(sections: Iterable[Section]) -> pd.Series:
    """Return the text of every cell, by section, run and metric."""
    import pandas as pd

    texts = {
        (one.id, row.run, key): value.text
        for one in sections
        for row in one.rows
        for key, value in row.values.items()
    }
    index = pd.MultiIndex.from_tuples(texts, names=["section", "run", "metric"])
    return pd.Series(list(texts.values()), index, dtype=object)


def _aligned(section: Section, like: Section | None) -> Section:
    known = {metric.key: metric for metric in like.metrics} if like else {}
    # The page of the base may have the usual title of a metric that has another one now.
    shown = {metric.title for metric in section.metrics}
    by_title = {title(key): one for key, one in known.items() if one.title not in shown}
    by_title |= {metric.title: metric for metric in known.values()}
    unknown = [m for m in section.metrics if m.key not in known and m.title in by_title]
    keys = {metric.key: by_title[metric.title].key for metric in unknown}
    if not keys:
        return section

    def renamed(row: Row) -> Row:
        return replace(
            row,
            values={keys.get(key, key): value for key, value in row.values.items()},
            replicates=tuple(map(renamed, row.replicates)),
        )

    return replace(
        section,
        metrics=tuple(known.get(keys.get(m.key, m.key), m) for m in section.metrics),
        rows=tuple(map(renamed, section.rows)),
        sort=keys.get(section.sort or "", section.sort),
    )
