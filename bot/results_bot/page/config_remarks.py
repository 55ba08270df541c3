"""Remarks on what in the configuration matches nothing, and on what people may mend on a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as Names
from difflib import get_close_matches
from posixpath import basename

from results_bot.collect.paths import is_below
from results_bot.config import Config
from results_bot.escape import printable
from results_bot.globs import any_of, literal_prefix, local
from results_bot.model import SETTING_PREFIX, Change, Collection, Problem, Run
from results_bot.page.choice import Readings, common
from results_bot.page.document import Page
from results_bot.page.markdown import EMPTY
from results_bot.page.plan import section_of
from results_bot.page.section import Place, Summary
from results_bot.page.takeaways.view import joined

_MOST_NAMED = 6
"""Names that are listed where none is similar."""
_MOST_ROWS = 3


def config_remarks(
    config: Config, file: str, summary: Summary, found: Collection, folders: Sequence[str]
) -> Iterator[Problem]:
    """Yield a remark for each name and pattern in `file` that matches nothing.

    A row whose artifacts are elsewhere keeps its section and its metrics. `folders` are those that
    a misspelt pattern may mean.
    """
    files = [path for run in found.runs for path in (run.path, *run.files)]
    files += [problem.file for problem in found.problems]
    for table in config.sections:
        shown = [one for one in summary.sections if is_below(one.id, table.id)]
        filled = any(one.rows or one.unfinished for one in shown)
        for pattern in local(table.runs):
            place = (literal_prefix(pattern) or pattern).rstrip("/")
            near = "" if place in folders else _nearest(place, folders)
            if (near or not filled) and not any(map(any_of((pattern,)), files)):
                hint = f"; is {near!r} meant?" if near else ""
                reason = f"sections.{table.id}.runs: {pattern!r} matches no artifact{hint}"
                yield Problem(file, reason)
    if found.runs:
        yield from _unmatched_names(config, file, summary, found)


def without_column(
    config: Config, summary: Summary, former: Callable[[], Mapping[Place, Run]]
) -> Iterator[Problem]:
    """Yield a remark for each section without a column for metrics that a new page would show.

    Only for metrics that none of the `former` runs had, and not where the columns are configured.
    """
    for section in summary.sections:
        runs = [run for run in section.runs.values() if run.finished]
        if not runs or section.settings.columns:
            continue
        readings = Readings(runs)
        known = {source for metric in section.metrics for source in metric.sources}
        known |= {*section.settings.hide}
        lacking = [
            name
            for name in common(readings)
            if readings.share(name) > 0.5 and known.isdisjoint((name, config.metric(name).title))
        ]
        if not lacking:
            continue
        before = [run for (section_id, _), run in former().items() if section_id == section.id]
        new = [name for name in lacking if not any(name in run.readings for run in before)]
        if before and new:
            are, them = ("is", "it") if len(new) == 1 else ("are", "them")
            count = min(len(readings.having(name)) for name in new)
            reason = (
                f"{joined(new, _MOST_NAMED)} {are} new in {count:,} of {len(runs):,} runs "
                f"and without a column; list {them} in `columns` of section `{section.id}`, "
                "or in `hide`"
            )
            yield Problem(config.page, reason)


def typed_beside(config: Config, summary: Summary, changes: Iterable[Change]) -> Iterator[Problem]:
    """Yield a remark on numbers that people wrote into rows whose other values changed.

    They may follow from those, as a difference from a baseline does.
    """
    columns: dict[str, None] = {}
    rows: dict[str, None] = {}
    for change in changes:
        row, metric = summary.row(*change.place), change.metric
        if row is None or metric is None or metric.is_setting or config.is_typed(metric):
            continue
        typed = [
            one.title
            for one in row.section.metrics
            if config.is_typed(one) and row.row.number(one.key) is not None
        ]
        if typed:
            columns |= dict.fromkeys(typed)
            rows[change.run] = None
    if rows:
        are, them = ("is", "it") if len(columns) == 1 else ("are", "them")
        reason = (
            f"{joined([*columns], _MOST_NAMED)} of {joined([*rows], _MOST_ROWS)} {are} written by "
            f"people, beside values that changed; check {them}"
        )
        yield Problem(config.page, reason)


def left_empty(config: Config, page: Page) -> Iterator[Problem]:
    """Yield a remark on the empty tables of a page whose folder or configuration is gone."""
    configured = {table.id for table in config.sections if not table.by_folder}
    empty = [
        f"`{key}`"
        for key, block in page.blocks.items()
        if block.content == EMPTY and key not in configured
    ]
    if empty:
        sections, their = ("section", "its") if len(empty) == 1 else ("sections", "their")
        reason = (
            f"no run is in the {sections} {joined(empty, _MOST_NAMED)} any more; "
            f"{their} heading and markers can be deleted"
        )
        yield Problem(config.page, reason)


def _unmatched_names(
    config: Config, file: str, summary: Summary, found: Collection
) -> Iterator[Problem]:
    settings = {name for run in found.runs for name in run.params}
    metrics = {name for run in found.runs for name in run.readings}
    metrics |= {key for one in summary.sections for row in one.rows for key in row.values}
    named: list[tuple[str, Iterable[str], set[str]]] = []
    for key, metric in config.metrics.items():
        # A column without sources is kept by hand; a metric may belong to runs that are to come.
        if metric.sources is None and _nearest(key, metrics):
            named.append((f"metrics.{key}", [key], metrics))
    known = metrics | config.metrics.keys()
    either = known | settings | {f"{SETTING_PREFIX}{name}" for name in settings}
    yield from _without_run(config, file, found, summary)
    yield from _without_row(config, file, found, summary)
    titles = {metric.title for one in summary.sections for metric in one.metrics}
    for table in config.sections:
        shown = () if isinstance(table.parameters, bool) else table.parameters or ()
        named += [
            (f"sections.{table.id}.sort", [table.sort] if table.sort else [], known),
            (f"sections.{table.id}.columns", table.columns, either),
            (f"sections.{table.id}.parameters", shown, settings),
            (f"sections.{table.id}.hide", table.hide, either | titles),
            (f"sections.{table.id}.tolerance", table.tolerance, known),
        ]
    for key, names, there in named:
        for name in names:
            if name not in there:
                near = _nearest(name, there)
                few = ", ".join(sorted(there)[:_MOST_NAMED]) or "none"
                hint = f"is {near!r} meant?" if near else f"they have {few}"
                yield Problem(file, f"{key}: no run has {name!r}; {hint}")


def _without_run(
    config: Config, file: str, found: Collection, summary: Summary
) -> Iterator[Problem]:
    """Yield a remark for each entry of `names` whose run is not there.

    A row of that name whose artifacts are elsewhere is the run.
    """
    called = {name for run in found.runs for name in (run.path, run.name)}
    for table in config.sections:
        own = [one for one in summary.sections if is_below(one.id, table.id)]
        shown = {row.run for one in own for row in one.rows}.union(*(one.runs for one in own))
        runs = {run.name for one in own for run in one.runs.values()}
        # The configuration of a folder has each entry by the run's whole path too, and first.
        missing = {name: key for key, name in table.names.items() if printable(name) not in shown}
        for key in missing.values():
            if key not in called | shown | runs:
                near = _nearest(key, runs - table.names.keys())
                hint = f"; is {near!r} meant?" if near else ""
                yield Problem(file, f"sections.{table.id}.names: no run is called {key!r}{hint}")


def _without_row(
    config: Config, file: str, found: Collection, summary: Summary
) -> Iterator[Problem]:
    """Yield a remark for each section with runs that have none of its columns, and so no row.

    Only a run with a file that is called as those of the others may belong there.
    """
    tables = {table.id: table for table in config.sections if table.columns}
    usual: defaultdict[str, set[str]] = defaultdict(set)
    bare: defaultdict[str, list[Run]] = defaultdict(list)
    rows = [row for one in summary.sections for row in one.rows]
    rows += [seed for row in rows for seed in row.replicates]
    shown = {name for row in rows for name in (row.path, row.run)}
    for run in found.runs if tables else ():
        table = section_of(run.path, config.sections) if run.finished else None
        if table is None or table.id not in tables:
            continue
        if run.path in shown or run.name in shown:
            usual[table.id].update(map(basename, run.files))
        else:
            bare[table.id].append(run)
    for section, runs in bare.items():
        names = [run.name for run in runs if usual[section].intersection(map(basename, run.files))]
        if names:
            more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
            reason = f"no row for {names[0]!r}{more}, without any of these metrics"
            yield Problem(file, f"sections.{section}.columns: {reason}")


def _nearest(name: str, known: Names[str]) -> str:
    """Return the known name that was probably meant by `name`; empty where none is similar."""
    within = sorted((one for one in known if name and name in one), key=len)
    return next(iter(get_close_matches(name, known, 1, 0.7) or within), "")
