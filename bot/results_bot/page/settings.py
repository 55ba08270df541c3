"""Settings of runs as columns: which ones are shown, and their cells. Never sorted by or judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from results_bot.hostile import printable
from results_bot.model import SETTING, Metric, Run, Scalar
from results_bot.page.seeds import matters

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


def told(runs: Iterable[Run], column: Metric) -> list[str | None]:
    """Return what a column of settings shows of each run; None where it has none.

    It is text, never a number: nothing may take it for a measured one.
    """
    name = column.key.removeprefix(SETTING)
    found = (run.params.get(name) for run in runs)
    return [None if value is None else _text(value) for value in found]


def _column(name: str) -> Metric:
    key = f"{SETTING}{name}"
    return Metric(key, printable(name), format="", sources=(key,))


def _varying(runs: Sequence[Run]) -> list[str]:
    """Return settings with several values, those that most runs have first.

    What all replicates differ in, such as a seed or a path, is none; nor is a long text.
    """
    count: Counter[str] = Counter()
    for names, times in Counter(tuple(run.params) for run in runs).items():
        count.update({name: times for name in names if matters(name)})
    most = [name for name, times in count.most_common() if times * 2 >= len(runs)]
    return [name for name in most if _is_telling({_text(value) for value in _values(runs, name)})]


def _values(runs: Sequence[Run], name: str) -> list[Scalar]:
    return [run.params[name] for run in runs if name in run.params]


def _is_telling(texts: set[str]) -> bool:
    return len(texts) > 1 and all(len(text) <= LONGEST for text in texts)


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    return printable(str(value))
