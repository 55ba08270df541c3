"""Put rows in order: the best first, then by name as people count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from math import nan
from typing import Any

from results_bot.model import Direction, Metric
from results_bot.page import cells
from results_bot.table import Row

# A word with the number behind it that has a point, or a point that no digit precedes.
_POINT = re.compile(r"([^\W\d_]*)[-_= ]?(?<!\d)(\d+(?:\.\d+)+)|\.(?=\d)")


def ordered(rows: Sequence[Row], chosen: Sequence[Metric], sort: str | None) -> tuple[Row, ...]:
    """Return rows by the sort metric, best first, then by name; those without a value last."""
    metric = next((metric for metric in chosen if metric.key == sort), None)
    cell = [row.values.get(sort or "") for row in rows]
    texts = [None if one is None else one.text for one in cell] if metric else None
    return tuple(rows[at] for at in places_in_order([row.run for row in rows], texts, metric))


def best(rows: Sequence[Row], metric: Metric) -> Row:
    """Return the row that `ordered` by `metric` puts first."""
    return ordered(rows, (metric,), metric.key)[0]


def places_in_order(
    names: Sequence[str], texts: Sequence[str | None] | None, metric: Metric | None
) -> list[int]:
    """Return the places of rows, best first, then in natural order of their names.

    They are sorted by the numbers as shown, rounded: a row that only the page remembers is sorted
    as on the machine that has its artifacts.
    """
    import pandas as pd

    if metric is None or texts is None:
        return natural_order(names)
    sign = -1.0 if metric.direction is Direction.HIGHER else 1.0
    costs = []
    for text in texts:
        number = None if text is None else cells.parse(text, metric.format).number
        costs.append(nan if number is None else sign * number)
    series = pd.Series(costs, dtype=float)
    # Names decide between equal values only: their keys take longer than all else.
    tied = series.duplicated(keep=False)
    places = natural_order(pd.Series(names, dtype=object).where(tied, "").tolist())
    order: list[int] = series.iloc[places].sort_values(kind="stable").index.tolist()
    return order


def natural_order(names: Sequence[str]) -> list[int]:
    """Return the places of names in the order in which people count: `run_9` before `run_10`.

    A number with a point is a decimal if any number after the same word is below 1, as in
    `lr0.0003` and `lr0.001`; otherwise its parts count, as in `v1.9` and `v1.10`.
    """
    decimals = {
        found[1]
        for name in names
        if "." in name
        for found in _POINT.finditer(name)
        if (found[2] or "").startswith("0.") and found[2].count(".") == 1
    } - {"v", "V", "version"}

    def apart(found: re.Match[str]) -> str:
        decimal = found[2] and found[2].count(".") == 1 and found[1] in decimals
        return found[0] if decimal else found[0].replace(".", ". ")

    key = _natural_key()
    keys = []
    for name in names:
        counted = _POINT.sub(apart, name) if "." in name else name
        keys.append((key(counted), name) if name else ())
    return sorted(range(len(names)), key=keys.__getitem__)


def in_natural_order(names: Iterable[str]) -> list[str]:
    """Return names in that order."""
    names = [*names]
    return [names[at] for at in natural_order(names)]


@cache
def _natural_key() -> Any:
    from natsort import natsort_keygen, ns

    return natsort_keygen(alg=ns.FLOAT)
