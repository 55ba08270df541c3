"""The rows of a section: from the runs of its artifacts, and what only the page remembers."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from math import isfinite
from posixpath import dirname, relpath
from statistics import fmean
from urllib.parse import quote

from msgspec.structs import replace

from results_bot.config import Config
from results_bot.escape import markdown
from results_bot.metric_names import Role, role
from results_bot.model import Direction, Metric, Row, Run, Status, Value
from results_bot.page import cells
from results_bot.page.choice import Readings
from results_bot.page.columns import metrics, setting_text, sort_key
from results_bot.page.markdown import Marked, TableText
from results_bot.page.section import Section, in_natural_order
from results_bot.page.tables import rows_of

_PICTURES = r"[\s*\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+"
_DECORATION = re.compile(rf"^{_PICTURES}|{_PICTURES}$")
MEAN = re.compile(r"(?i)mean|average|avg\.?")
_BRACES = re.compile(r"\{([^{}]+)\}")
_LINKED = re.compile(r"https?://|(?![A-Za-z][A-Za-z0-9+.-]*:)")
"""The beginning of an address that a name is linked to: of the web, or a path."""


def make_section(
    planned: Section,
    config: Config,
    committed: TableText | None,
    ended: Mapping[str, Status],
    dropped: Container[tuple[str, str, str]] = (),
) -> Section:
    """Return the section as it should be now.

    `committed` is what the page holds, `ended` how runs ended that are no longer finished. A row
    whose artifacts, or those of one of its seeds, are merely not here stays. `dropped` names cells
    of the page that no artifact holds any more.
    """
    wanted = planned.settings
    finished = {name: run for name, run in planned.runs.items() if run.finished}
    unfinished: dict[str, Status] = {
        name: run.status
        for name, run in planned.runs.items()
        # What its tracker deleted is gone.
        if not run.finished and run.status is not Status.DELETED
    }
    sizes = [len(planned.folded.get(name, (name,))) for name in finished]
    readings = Readings([*finished.values()], sizes)
    chosen = metrics(config, wanted, readings, committed)
    rows = [*rows_of_runs(planned, chosen)]
    # A name keeps the markup that people gave it.
    marked = {row[0]: row[0] for row in committed.rows} if committed and not wanted.link else {}
    for at, (name, run) in enumerate(finished.items()):
        linked = _linked(name, run, wanted.link, config.page)
        rows[at] = replace(rows[at], run=marked.get(linked, linked))
    run_title = wanted.run_title or config.run_title
    if committed is not None:
        if stays := _with_seeds_elsewhere(rows, committed, chosen, planned, ended):
            rest = {name: end for name, end in ended.items() if name not in stays}
            return make_section(planned.without(stays), config, committed, rest, dropped)
        rows = _with_committed(rows, committed, chosen, planned, config, ended, dropped)
        rows = _with_means(rows, committed, chosen, wanted.baselines)
        shown = {row[0] for row in committed.rows}
        shown |= {row[0].rpartition(" / ")[2] for row in committed.replicates}
        cut = [(name, end) for name, end in ended.items() if name in shown]
        for name, status in (*committed.unfinished, *cut):
            deleted = ended.get(name) is Status.DELETED
            if not deleted and name not in planned.every_run and name not in planned.renamed:
                unfinished.setdefault(name, status)
        if committed.header and run_title == Config().run_title and not wanted.run_title:
            run_title = committed.header[0]
    if wanted.columns:  # A run with none of them is a remark.
        keys = {metric.key for metric in chosen if not metric.is_setting}
        rows = [row for row in rows if row.run not in finished or keys & row.values.keys()]
    unnamed = unfinished.keys() - finished.keys() - {row.run for row in rows}
    return replace(
        planned,
        metrics=chosen,
        rows=tuple(rows),
        unfinished=tuple((name, unfinished[name]) for name in in_natural_order(unnamed)),
        sort=sort_key(wanted, chosen, readings, committed),
        run_title=run_title,
        runs=finished,
    ).in_order()


def _linked(name: str, run: Run, link: str, page: str) -> str:
    """Return the name of a run, with the address behind it if there is one.

    In `link`, `{path}` is the run's folder as seen from the page, `{run}` its name, and any other
    name in braces a setting. A run that lacks one of them has no link.
    """
    if not link:
        return name
    folder = run.path if "://" in run.path else relpath(run.path, dirname(page) or ".")
    known = {**run.params, "path": folder, "run": run.name}
    values = {key: known.get(key) for key in _BRACES.findall(link)}
    if any(value in (None, "") for value in values.values()):
        return name
    address = _BRACES.sub(lambda found: quote(str(values[found[1]]), safe="/:?&=#%@+,~"), link)
    return Marked(name, f"[{markdown(name)}]({address})") if _LINKED.match(address) else name


def rows_of_runs(planned: Section, chosen: Sequence[Metric]) -> Iterator[Row]:
    """Yield the row of each finished run; one of several seeds has their spread and their rows."""
    for name, run in planned.runs.items():
        if run.finished:
            group = planned.folded.get(name, {})
            seeds = tuple(
                Row(one, _values(group[one], chosen), group[one].path)
                for one in in_natural_order(group)
            )
            yield Row(name, _values(run, chosen, len(seeds)), run.path, seeds)


def _values(run: Run, chosen: Sequence[Metric], n: int = 0) -> dict[str, Value]:
    """Return the cells of a run, or of the mean of `n` seeds, by metric key."""
    values = {}
    for metric in chosen:
        if metric.is_setting:
            text = setting_text(run, metric)
            if text is not None:
                values[metric.key] = Value(text)
            continue
        reading = run.reading(metric.sources)
        if reading is None:
            continue
        number, spec, std = reading.value, metric.format, reading.std
        if std is not None and isfinite(number) and (std or role(metric.key) is not Role.COUNT):
            text = cells.replicates(number, std, n, spec)
            values[metric.key] = Value(text, number, std, n, exact=True)
        else:
            values[metric.key] = Value(cells.number(number, spec), number, exact=True)
    return values


def _with_seeds_elsewhere(
    fresh: Sequence[Row],
    committed: TableText,
    chosen: Sequence[Metric],
    planned: Section,
    ended: Mapping[str, Status],
) -> set[str]:
    """Return the rows that stay as the page has them, and their seeds.

    A seed of theirs is not here, while those that are here have the values of the page.
    """
    rows = {one.run: one for row in fresh for one in (row, *row.replicates)}
    here = {name for name, run in planned.every_run.items() if run.finished}
    stays: set[str] = set()
    for page in rows_of(committed, chosen) if committed.replicates else ():
        seeds = {*page.seeds}
        own = rows[page.run].seeds if page.run in rows else ()
        if seeds - here - ended.keys() and seeds.issuperset(own):
            both = [(one, rows[one.run]) for one in page.replicates if one.run in rows]
            if not any(_is_retrained(old, new) for old, new in both):
                stays |= {page.run, *seeds}
    return stays & (planned.every_run.keys() | ended.keys())


def _is_retrained(page: Row, row: Row) -> bool:
    """Return True if a number of a row differs from the page's."""
    return any(
        value.number is not None
        and key in page.values
        and page.values[key].number is not None
        and not cells.same(page.values[key], value)
        for key, value in row.values.items()
    )


def _with_committed(
    fresh: Sequence[Row],
    committed: TableText,
    chosen: Sequence[Metric],
    planned: Section,
    config: Config,
    ended: Mapping[str, Status],
    dropped: Container[tuple[str, str, str]],
) -> list[Row]:
    """Return the rows with what only the page remembers.

    Those are the rows of other runs, and the cells of columns that no artifact feeds: but not a
    metric of the training before, where a run's other values changed, unless people fill it in.
    """
    unfed = {metric.key for metric in chosen if not metric.sources}
    trained = {
        metric.key
        for metric in chosen
        if metric.direction is not Direction.UNKNOWN and not config.is_typed(metric)
    }
    rows = {row.run: row for row in fresh}
    others: dict[str, Row] = {}
    left = tuple(row for row in committed.rows if unfed or row[0] not in rows)
    for page in rows_of(replace(committed, rows=left), chosen):
        # People decorate names with a trophy, an arrow or an asterisk.
        name = page.run if page.run in rows else _DECORATION.sub("", page.run)
        if name not in rows:
            if page.run not in ended and page.run not in planned.renamed:
                others[page.run] = page
            continue
        own = rows[name].values
        retrained = _is_retrained(page, rows[name])
        kept = {
            key: value
            for key, value in page.values.items()
            if key in unfed
            and (planned.id, name, key) not in dropped
            and not (retrained and key in trained and value.number is not None)
        }
        rows[name] = replace(rows[name], values={**own, **kept})
    return [*rows.values(), *others.values()]


def _with_means(
    rows: Sequence[Row],
    committed: TableText,
    chosen: Sequence[Metric],
    baselines: Sequence[str],
) -> list[Row]:
    """Return the rows with the means that people wrote below the runs, computed anew.

    A cell of a row called `Mean` is one where it is the mean of what the page has above it.
    """
    if not any(map(MEAN.fullmatch, baselines)):
        return [*rows]
    runs = [
        [row for row in side if row.run not in baselines]
        for side in (rows_of(committed, chosen), rows)
    ]
    out = []
    for row in rows:
        values = dict(row.values)
        is_mean = row.run in baselines and MEAN.fullmatch(row.run)
        for metric in chosen if is_mean else ():
            value = row.values.get(metric.key)
            before, after = (_mean(side, metric) for side in runs)
            if value is None or value.number is None or value.std is not None:
                continue
            if before is None or after is None:
                continue
            # The mean of rounded values may differ in the last digit.
            slack = 1.01 * cells.last_digit(value.text, metric.format)
            if abs(value.number - before) <= slack < abs(value.number - after):
                values[metric.key] = Value(cells.number(after, metric.format), after)
        out.append(replace(row, values=values))
    return out


def _mean(rows: Sequence[Row], metric: Metric) -> float | None:
    """Return the mean of the finite numbers of a column, as the page shows them."""
    values = [row.values[metric.key] for row in rows if metric.key in row.values]
    numbers = cells.finite(values, metric.format)
    return fmean(numbers) if numbers else None
