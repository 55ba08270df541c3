"""The order of a section's rows: best first, then by name as people count."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from msgspec.structs import replace

from results_bot.model import Direction, Metric, Section
from results_bot.natural import spelled_alike
from results_bot.page import cells
from results_bot.page.rows import Grid, names, texts
from results_bot.patterns import later
from results_bot.table import Row

_DIGITS = later(r"(\d+)")


def ordered(rows: Sequence[Row], chosen: Sequence[Metric], sort: str | None) -> Sequence[Row]:
    """Return the rows by the sort metric, best first, then by name; without a value last.

    By the numbers as the page shows them, rounded: a row that only the page remembers is sorted as
    on the machine that has its artifacts.
    """
    own = names(rows)
    key = own.__getitem__ if spelled_alike(own) else lambda at: by_name(own[at])
    places = sorted(range(len(rows)), key=key)
    metric = next((metric for metric in chosen if metric.key == sort), None)
    if metric is not None:
        costs = _costs(rows, metric)
        placed = [at for at in places if costs[at] is not None]
        placed.sort(key=costs.__getitem__)  # type: ignore[arg-type]
        places = [*placed, *(at for at in places if costs[at] is None)]
    return rows.at(places) if isinstance(rows, Grid) else tuple([rows[at] for at in places])


def best(rows: Sequence[Row], metric: Metric) -> Row:
    """Return the row that `ordered` by `metric` puts first; the others are not put in order."""
    costs = _costs(rows, metric)
    least = min((cost for cost in costs if cost is not None), default=None)
    equal = (row for row, cost in zip(rows, costs, strict=True) if cost == least)
    return min(equal, key=lambda row: by_name(row.run))


def by_name(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Return the key that sorts names as people count, each in a place of its own."""
    return natural(name), name


def _costs(rows: Sequence[Row], metric: Metric) -> list[float | None]:
    """Return a number for each row that is smaller for better ones; None without a value."""
    shown = texts(rows, metric.key)
    numbers = iter(cells.numbers([text for text in shown if text is not None], metric.format))
    sign = -1.0 if metric.direction is Direction.HIGHER else 1.0
    costs = (None if text is None else next(numbers) for text in shown)
    return [None if cost is None or isnan(cost) else sign * cost for cost in costs]


def with_order(section: Section) -> Section:
    """Return the section with its rows in their order."""
    return replace(section, rows=ordered(section.rows, section.metrics, section.sort))


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts `version_2` before `version_10`."""
    return tuple(
        (0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part)
        for part in _DIGITS.split(name)
        if part
    )
