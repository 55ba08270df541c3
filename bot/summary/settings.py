"""Settings of runs as columns: which ones are shown, and their cells. Never sorted by or judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.hostile import printable
from bot.model import SETTING, Metric, Run, Scalar, Value
from bot.summary.seeds import matters

MOST_SETTINGS = 4
LONGEST = 40
"""Characters of a setting that is still worth a column."""


def columns(
    wanted: bool | tuple[str, ...] | None, runs: Sequence[Run], most: int | None = MOST_SETTINGS
) -> list[Metric]:
    """Return the columns for the settings of a section's runs, those that vary first.

    `wanted` names them; otherwise it is those that vary, at most `most`, or none where it is False.
    """
    if wanted is False:
        return []
    varying = _varying(runs)
    if isinstance(wanted, tuple):
        names = sorted(dict.fromkeys(wanted), key=lambda name: name not in varying)
    else:
        names = varying[:most]
    return [_column(name) for name in names]


def cell(run: Run, column: Metric) -> dict[str, Value]:
    """Return the run's value for a column of settings by its key; nothing where it has none.

    It has no number: nothing may take it for a measured one.
    """
    value = run.params.get(column.key.removeprefix(SETTING))
    return {} if value is None else {column.key: Value(_text(value))}


def _column(name: str) -> Metric:
    key = f"{SETTING}{name}"
    return Metric(key, printable(name), format="", sources=(key,))


def _varying(runs: Sequence[Run]) -> list[str]:
    """Return settings with several values, those that most runs have first.

    What all replicates differ in, such as a seed or a path, is none; nor is a long text.
    """
    count = Counter(name for run in runs for name in run.params if matters(name))
    values: dict[str, set[str]] = {name: set() for name in count}
    for run in runs:
        for name in values.keys() & run.params.keys():
            values[name].add(_text(run.params[name]))
    return [
        name
        for name, times in count.most_common()
        if times * 2 >= len(runs)
        and len(values[name]) > 1
        and all(len(text) <= LONGEST for text in values[name])
    ]


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    return printable(str(value))
