"""Recognise the runs and metrics of a table that people wrote, by names and by numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import chain, count, product
from math import isfinite
from typing import NamedTuple

from msgspec.structs import replace

from results_bot.collect.folders import letters
from results_bot.config import MetricTable, SectionTable
from results_bot.escape import printable
from results_bot.metric_names import tokens
from results_bot.model import SETTING_PREFIX, Metric, Reading, Run
from results_bot.page import cells
from results_bot.page.columns import setting_text
from results_bot.page.markdown import Marked, TableText, turned
from results_bot.page.plan import plan

_IN_BRACKETS = re.compile(r"\[[^\]]*\]|\((?!n\s*=)[^)]*\)")
_MARK = re.compile(
    r"<sup>.*?</sup>|</?[a-z]+\b[^>]*>"
    r"|[*~\u00a7\u00b2\u00b3\u00b6\u00b9\u1d43-\u1dbf\u2020\u2021\u2070-\u2079\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
)
"""What people write beside a number: the mark of a footnote, a sign, a tag."""


class Shown(NamedTuple):
    """A reading that a cell shows."""

    run: int
    """The place of the run."""
    name: str
    is_percentage: bool


class Known:
    """The runs that a table may show: single ones, and those that stand for several seeds."""

    def __init__(self, runs: Sequence[Run]) -> None:
        """Plan the runs by folder, once with the seeds folded and once without."""
        everything = SectionTable(id="x", runs=("**",), by_folder=True)
        folded, single = (
            [run for one in plan(runs, (everything,), (), fold_seeds=fold)
             for run in one.runs.values() if run.finished]
            for fold in (True, False)
        )  # fmt: skip
        self.means = {run.path for run in folded if run not in single}
        self.members = {run.path for run in single if run not in folded} - self.means
        self.runs = [*folded, *(run for run in single if run not in folded)]
        self.by_name: dict[str, list[int]] = {}
        for at, run in enumerate(self.runs):
            for name in {run.name, letters(run.name)}:
                self.by_name.setdefault(name, []).append(at)
        self._rounded: dict[int, dict[float, list[Shown]]] = {}

    def showing(self, cell: str) -> list[Shown]:
        """Return the readings that are this cell when they are rounded, or as a percentage."""
        number, digits = _number(cell)
        if number is None:
            return []
        if digits not in self._rounded:
            by_number = self._rounded[digits] = {}
            for at, run in enumerate(self.runs):
                for name, reading in run.readings.items():
                    for factor in (1, 100) if isfinite(reading.value) else ():
                        value = round(factor * reading.value, digits)
                        by_number.setdefault(value, []).append(Shown(at, name, factor > 1))
        return self._rounded[digits].get(number, [])

    def of_run(self, cell: str, run: int) -> list[Shown]:
        """Return the readings of one run that are this cell."""
        return [one for one in self.showing(cell) if one.run == run]


def _is_telling(cell: str) -> bool:
    """Return True if a cell has a number of two digits: a 0 or a 1 is any run's."""
    return _number(cell)[0] is not None and sum(map(str.isdigit, cell)) > 1


def _number(cell: str) -> tuple[float | None, int]:
    """Return the number that a cell shows, without percent sign and unit, and its decimals.

    What people write beside it does not count.
    """
    cell = _alone(cell)
    spec = cells.spec_of([cell])
    if not spec or spec.endswith("g"):
        return None, 0
    decimals = re.search(r"\.(\d+)", spec)
    shown = cells.parse(str(cell), spec.replace("%", "f%")).number
    return shown, int(decimals[1]) if decimals else 0


def _alone(cell: str) -> str:
    """Return a cell without what people write beside its number: `90.00*`, `90.00 (3rd run)`."""
    return _MARK.sub(" ", _IN_BRACKETS.sub(" ", cell)).strip()


def recognised(
    table: TableText, known: Known, metrics: Mapping[str, MetricTable]
) -> tuple[TableText, dict[str, Run], list[Metric]]:
    """Return the table, the runs of its rows by name, and its columns; none if it has no runs.

    The sources of a column are what the runs call it; a column of people's text has none.
    A table with the runs as columns is returned turned.
    """
    ways = [table]
    if len(table.header) > 1 and table.rows:
        header, *rows = map(tuple, turned([table.header, *table.rows]))
        ways.append(replace(table, header=header, rows=tuple(rows), transposed=True))
    best: tuple[TableText, dict[str, Run], list[Metric]] = table, {}, []
    most = 0
    for way in ways:
        matched = _match_rows(way, known)
        columns = _columns(way, matched, known, metrics) if matched else []
        called = any(_resemble(one.title, name) for one in columns for name in one.sources)
        if len(matched) == 1 and not called:
            continue  # Some numbers of one run are in any table, such as one of options.
        shown = sum(
            any(one.name in column.sources for one in known.of_run(cell, matched[name]))
            for name, *row in way.rows
            if name in matched
            for column, cell in zip(columns, row, strict=False)
        )
        if shown > most:
            best = way, {name: known.runs[at] for name, at in matched.items()}, columns
            most = shown
    return best


def of_several_runs(
    table: TableText, matched: Mapping[str, Run], columns: Sequence[Metric], known: Known
) -> str:
    """Return why a column cannot follow the runs of its rows; empty where each can."""
    for index, column in enumerate(columns, start=1):
        found = [row[index] for row in table.rows if row[0] in matched and index < len(row)]
        numbers = [cell for cell in found if _number(cell)[0] is not None and _vary(found)]
        plain = [cell for cell in numbers if not _IN_BRACKETS.search(cell)]
        elsewhere = sum(_is_telling(cell) and bool(known.showing(cell)) for cell in plain)
        if not column.sources and numbers and elsewhere * 2 > len(numbers):
            spread = any(cells.parse(cell).std is not None for cell in numbers)
            shows = "a spread that is not of seeds" if spread else "other runs than its rows"
            return f"its column {printable(column.title)!r} shows {shows}"
    return ""


def _match_rows(table: TableText, known: Known) -> dict[str, int]:
    """Return the places of a table's runs by row; empty where fewer than half of the rows are runs.

    A run is known by its name, of several with one name the one whose values fit, and otherwise by
    its numbers: at least two that no other run has together.
    """
    out: dict[str, int] = {}
    by_numbers: dict[str, int] = {}
    for name, *row in table.rows:
        telling = [*filter(_is_telling, row)]
        hits = Counter(at for cell in telling for at in {one.run for one in known.showing(cell)})
        named = known.by_name.get(name.strip()) or known.by_name.get(letters(name), [])
        bare = letters(re.sub(r"[(\[].*?[)\]]", "", name))  # `baseline (int4)`
        if not named and len(same := known.by_name.get(bare, [])) == 1:
            named = same
        if named:
            out[name] = max(named, key=lambda at: hits[at])
        elif letters(name).strip("0123456789"):  # A rank names no run.
            (best, most), (_, second), *_ = [*hits.most_common(2), (0, 0), (0, 0)]
            if most >= max(2, len(telling) / 2) and most > second:
                by_numbers[name] = best
    taken = Counter([*out.values(), *by_numbers.values()])
    out |= {name: at for name, at in by_numbers.items() if taken[at] == 1}
    out |= _stale_rows(table, out, known)
    enough = len(out) * 2 >= len(table.rows) or len(by_numbers) > 1
    return {name: out[name] for name, *_ in table.rows if name in out} if enough else {}


def _stale_rows(table: TableText, matched: Mapping[str, int], known: Known) -> dict[str, int]:
    """Return the rows with stale cells that are runs beside the matched ones.

    At least half of a row's values fit one run better than all others of the table, and either the
    names are alike or no other row and run are left.
    """
    taken = {*matched.values()}
    paths = {known.runs[at].path for at in taken}
    others = known.members if paths & known.means else known.means
    folders = {path.rpartition("/")[0] for path in paths}
    left = {
        at
        for at, run in enumerate(known.runs)
        if at not in taken and run.path.rpartition("/")[0] in folders and run.path not in others
    }
    rows = [row for row in table.rows if row[0] not in matched]
    out = {}
    for name, *row in rows:
        telling = [*filter(_is_telling, row)]
        shown = chain.from_iterable({one.run for one in known.showing(cell)} for cell in telling)
        hits = Counter(at for at in shown if at in left or at in taken)
        (best, most), (_, second), *_ = [*hits.most_common(2), (-1, 0), (-1, 0)]
        if best in left and most > second and most * 2 >= len(telling):
            is_named = alike(name, known.runs[best].name) > 0.5
            if is_named or len(rows) == len(left) == 1:
                out[name] = best
    times = Counter(out.values())
    return {name: at for name, at in out.items() if times[at] == 1}


def stale_cells(
    table: TableText, matched: Mapping[str, Run], columns: Sequence[Metric], known: Known
) -> dict[tuple[str, str], str]:
    """Return the cells whose numbers are not the artifacts', by row and metric, with both."""
    out = {}
    for name, column, cell, run, reading in _with_readings(table, matched, columns):
        number, digits = _number(cell)
        near = 0.5001 * 10.0**-digits
        if number is None or any(abs(by * reading.value - number) <= near for by in (1, 100)):
            continue
        source = "the mean of its seeds" if run.path in known.means else reading.file
        shown = cells.number(reading.value, column.format)
        out[name, column.key] = f"{column.title} of {name}: the page has {cell}, {source} {shown}"
    return out


def texts_to_go(
    table: TableText, matched: Mapping[str, Run], columns: Sequence[Metric], known: Known
) -> dict[tuple[str, str], str]:
    """Return the cells with text that the artifacts' numbers will replace, by row and metric."""
    out = {}
    for name, column, cell, run, _ in _with_readings(table, matched, columns):
        value = cells.parse(str(cell), column.format)
        source = cell.source if isinstance(cell, Marked) else cell
        stays = value.number is not None and (value.std is None or run.path in known.means)
        if cell.lower() not in cells.ABSENT and not (stays and "](" not in source):
            out[name, column.key] = f"{column.title} of {name}: {source!r}"
    return out


def _with_readings(
    table: TableText, matched: Mapping[str, Run], columns: Sequence[Metric]
) -> Iterator[tuple[str, Metric, str, Run, Reading]]:
    """Yield the cells that a run has a reading for, each with row, column, run and reading."""
    for name, *row in table.rows:
        run = matched.get(name)
        for column, cell in zip(columns, row, strict=False) if run else ():
            if run and (reading := run.reading(column.sources)) is not None:
                yield name, column, cell, run, reading


def _columns(
    table: TableText,
    matched: Mapping[str, int],
    known: Known,
    metrics: Mapping[str, MetricTable],
) -> list[Metric]:
    out: list[Metric] = []
    for index, title in enumerate(table.header[1:], start=1):
        shown = {
            at: str(row[index])
            for row in table.rows
            if (at := matched.get(row[0])) is not None
            and index < len(row)
            and row[index].strip().lower() not in cells.ABSENT
        }
        sources = _sources(title, shown, known)
        # What follows ± is the spread of seeds; other than of those it would be lost, as would what
        # most cells have in brackets.
        spread = sum(cells.parse(cell).std is not None for cell in shown.values())
        is_mean = any(known.runs[at].path in known.means for at in matched.values())
        bracketed = sum(_IN_BRACKETS.search(cell) is not None for cell in shown.values())
        if (spread * 2 > len(shown) and not is_mean) or bracketed * 2 > len(shown):
            sources = ()
        own = {at: row[index] for row in table.rows if (at := matched.get(row[0])) is not None}
        setting = None if sources else _setting(title, own, known)
        if setting and all(setting != other.key for other in out):
            out.append(Metric(setting, title, format="", sources=(setting,)))
            continue
        spec = _format(shown, sources, known)
        key = _free_key(title, sources, out, metrics)
        out.append(Metric(key, title, format=spec, sources=sources))
    return out


def _setting(title: str, shown: Mapping[int, str], known: Known) -> str | None:
    """Return the key of the setting of a like name that all cells show to the letter.

    Of several it is the most alike. The cells alone prove nothing: two settings may have them.
    """

    def shows(at: int, key: str) -> bool:
        text, cell = setting_text(known.runs[at], Metric(key, title)), shown[at]
        is_plain = not isinstance(cell, Marked)
        return is_plain and (cell == text if text else cell.lower() in cells.ABSENT)

    names = dict.fromkeys(name for at in shown for name in known.runs[at].params)
    found = [
        name
        for name in names
        if _resemble(title, name) and all(shows(at, f"{SETTING_PREFIX}{name}") for at in shown)
    ]
    best = max(found, key=lambda name: alike(title, name), default=None)
    return None if best is None else f"{SETTING_PREFIX}{best}"


def _sources(title: str, shown: Mapping[int, str], known: Known) -> tuple[str, ...]:
    """Return the metric that most cells show; among equals the one whose name is most alike.

    Behind it come the names under which other runs have it: those that show the other cells. A
    number that is the same for all runs may be a setting: it is a metric only by its name.
    """
    varies = _vary([*shown.values()])
    showing = {
        at: [*dict.fromkeys(one.name for one in known.of_run(cell, at))]
        for at, cell in shown.items()
    }
    hits = Counter(
        name for names in showing.values() for name in names if varies or _resemble(title, name)
    )
    best = max(hits, key=lambda metric: (hits[metric], alike(title, metric)), default=None)
    if best is None:
        return ()
    out = {best: None}
    for at, cell in shown.items():
        if out.keys().isdisjoint(known.runs[at].readings) and _is_telling(cell):
            out |= dict.fromkeys(sorted(showing[at], key=lambda one: -alike(one, best))[:1])
    found = sum(not out.keys().isdisjoint(some) for some in showing.values()) * 2
    by_name = found == len(shown) and alike(title, best) > 0.9
    return tuple(out) if found > len(shown) or by_name else ()


def _format(shown: Mapping[int, str], sources: Sequence[str], known: Known) -> str:
    """Return the format of a column's cells: `.1%`, `.1f%` or `.1p` for a percentage."""
    spec = cells.spec_of([*map(_alone, shown.values())])
    ways = [
        [one.is_percentage for one in known.of_run(cell, at) if one.name in sources]
        for at, cell in shown.items()
        if _number(cell)[0]
    ]
    is_fraction = 2 * sum(map(any, ways)) > len(ways)
    if spec.endswith("%"):
        return spec if is_fraction or not ways else spec.replace("%", "f%")
    digits = re.search(r"\d+", spec)
    return f".{digits[0] if digits else 0}p" if is_fraction and spec else spec


def _free_key(
    title: str, sources: Sequence[str], others: Sequence[Metric], known: Mapping[str, MetricTable]
) -> str:
    """Return the metric's own name, else one made from the title, that means nothing else."""
    wanted = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "column"
    keys = chain(sources[:1], [wanted], (f"{wanted}_{n}" for n in count(2)))
    return next(
        key
        for key in keys
        if all(key != other.key for other in others)
        and (
            key not in known
            or (known[key].title in ("", title) and known[key].sources == sources_of(key, sources))
        )
    )


def alike(title: str, metric: str) -> float:
    """Return how much two names have in common, from 0 to 1."""
    return SequenceMatcher(None, letters(title), letters(metric)).ratio()


def _resemble(title: str, metric: str) -> bool:
    """Return True if two names are alike, or a word of one begins a word of the other."""
    pairs = product(*([one for one in tokens(name) if len(one) > 1] for name in (title, metric)))
    return alike(title, metric) > 0.5 or any(
        one.startswith(other) or other.startswith(one) for one, other in pairs
    )


def _vary(shown: Sequence[str]) -> bool:
    """Return True unless several cells all show one number."""
    return len(shown) < 2 or len({_number(cell)[0] for cell in shown}) > 1


def sources_of(key: str, sources: Sequence[str]) -> tuple[str, ...] | None:
    """Return the sources to configure for a metric: none for text, None for its own name."""
    return None if [*sources] == [key] else tuple(sources)
