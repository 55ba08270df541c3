"""Tables whose rows are runs, from CSV, a list of records, or an object of objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from results_bot.collect import steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import (
    BASELINES,
    is_configuration,
    label,
    leaves,
    measured,
    number,
    reading,
    row,
    setting,
)
from results_bot.collect.folders import is_uninformative
from results_bot.metric_names import Role, direction, role, split_of, tokens
from results_bot.metric_words import SPLITS
from results_bot.model import Direction, Reading

Record = Mapping[str, Any]

_NAMES = frozenset(
    "run name experiment model method config id variant trial system dataset task benchmark arch "
    "algorithm architecture approach classifier estimator backbone agent env environment scenario "
    "ablation category subject language".split()
)
"""Words in the heading of a column that names its rows."""
_SEEDS = frozenset({"seed", "fold", "replicate", "repeat", "rep"})
_AGGREGATES = frozenset(
    "mean std stdev stddev average avg overall total median min max best last final".split()
)
_CLASSES = frozenset({"class", "classes", "classwise"})
_NO_ENTRIES = SPLITS | _AGGREGATES
_MOST_LABELS = 4
_MOST_ROWS = 100
"""Rows that numbers may name; more are measurements, not runs."""


def of_records(records: Sequence[Record], file: File, split: str | None = None) -> list[Extracted]:
    """Return one run for each record, under a unique name, or the reason why there are none.

    A record without numbers is of no run: it may have been one before, or be a heading.
    A column of metrics' names makes a long table: its rows are gathered, or are the steps of a log.
    """
    columns = list(dict.fromkeys(name for record in records for name in record))
    metric = next((one for one in columns if one.strip().lower() == "metric"), None)
    if metric is not None and _is_text(records, metric):
        return _of_long(records, columns, metric, file, split)
    naming = _naming(records, columns)
    if naming is None or _are_sentences(records, naming):
        return [Extracted(left_out=((file.name, "no column names the rows"),))]
    by_split = next(
        (
            name
            for name in naming
            if all(str(record.get(name, "")).strip().lower() in SPLITS for record in records)
        ),
        None,
    )
    naming = [name for name in naming if name != by_split]
    runs: dict[str, Extracted] = {}
    blank: dict[str, Extracted] = {}
    repeated: dict[str, None] = {}
    for record in records:
        name = _name(record, naming)
        if not name or any(str(record.get(one)).strip().lower() in _AGGREGATES for one in naming):
            continue  # A row of means is no run.
        own = split_of(str(record[by_split])) if by_split else split
        found = _run(record, name, naming, file.path, own)
        if name in runs and by_split:
            both = runs[name].readings + found.readings
            found = structs.replace(found, readings=both)
        elif name in runs:
            repeated[name] = None
        if found.readings:
            runs[name] = found
        else:
            blank[name] = structs.replace(found, started=False)
    for name in repeated:
        file.remark(f"`{name}` names more than one row; the last one counts")
    if not runs:
        return [Extracted(started=False, left_out=(("table", "holds no numbers"),))]
    return [*runs.values(), *(one for name, one in blank.items() if name not in runs)]


def by_name(records: Sequence[Record], file: File) -> dict[str, Record]:
    """Return the records by the names that their columns give them; nothing if none does."""
    naming = _naming(records, list(dict.fromkeys(name for record in records for name in record)))
    named: dict[str, Record] = {}
    for record in records:
        name = _name(record, naming or [])
        if name in named:
            file.remark(f"`{name}` names more than one row; the last one counts")
        if name:
            named[name] = record
    return named


def of_outer_keys(document: Mapping[str, Any], file: str, stem: str) -> list[Extracted] | None:
    """Return one run per outer key where these are data sets, models or tasks; None if not.

    They are where most hold the same judged metric; what stands beside them is left out. Baselines
    beside them are rows, too.
    """
    document = _by_entry(document)
    known = [one for key, one in document.items() if str(key).lower() in BASELINES]
    inner = {
        key: value
        for part in (document, *(one for one in known if isinstance(one, dict)))
        for key, value in part.items()
        if isinstance(value, dict) and value
    }
    alone = any(
        number(value) is not None and direction(str(key)) is not Direction.UNKNOWN
        for key, value in document.items()
    )
    if alone or len(inner) < 2 or not all(map(_may_be_entry, inner)):
        return None
    found = {
        key: leaves(value, file, stem)
        for key, value in inner.items()
        if not is_configuration(str(key))
    }
    judged = {
        key: {one.name for one in entry.readings if direction(one.name) is not Direction.UNKNOWN}
        for key, entry in found.items()
    }
    count = Counter(name for names in judged.values() for name in names)
    shared = {name for name, times in count.items() if times > 1 and times * 2 > len(found)}
    found = {key: entry for key, entry in found.items() if judged[key] & shared}
    if len(found) < 2:
        return None
    if not _CLASSES.isdisjoint(tokens(stem)):  # They are details of the run beside them.
        return [Extracted(left_out=(("classes", "are left out"),))]
    return [
        row(key, entry.readings, entry.params, is_entry=True, left_out=entry.left_out)
        for key, entry in found.items()
    ]


def _by_entry(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `{model: {split: metrics}}` for `{split: {model: metrics}}`, else the document."""
    parts = [part for part in document.values() if isinstance(part, dict)]
    names = {name for part in parts for name in part}
    splits = all(SPLITS.issuperset(tokens(str(key))) for key in document)
    full = all(isinstance(part.get(name), dict) for part in parts for name in names)
    if not (parts and splits and full and len(parts) == len(document)):
        return document
    return {name: {split: part[name] for split, part in document.items()} for name in parts[0]}


def _may_be_entry(key: object) -> bool:
    """Return False for what names no run: splits, aggregates, metrics, numbers, `metrics`."""
    words = tokens(str(key))
    is_container = is_uninformative(str(key)) or all(map(str.isdigit, words))
    if not words or _NO_ENTRIES.issuperset(words) or is_container:
        return False
    return direction(str(key)) is Direction.UNKNOWN


def _of_long(
    records: Sequence[Record], columns: Sequence[str], metric: str, file: File, split: str | None
) -> list[Extracted]:
    """Return the runs of a table with a row for each metric."""
    numeric = [
        name
        for name in columns
        if name != metric and all(number(one.get(name)) is not None for one in records)
    ]
    value = next((one for one in numeric if one.strip().lower() in ("value", "score")), None)
    step = steps.step_column(numeric)
    labels = [one for one in columns if one != metric and one not in numeric][:_MOST_LABELS]
    if step is not None and value is not None and not labels:
        steps_of = [{step: one[step], str(one[metric]): one[value]} for one in records]
        return [Extracted(steps.of_records(steps_of, file, split))]
    runs: dict[str, list[Reading]] = {}
    for record in records:
        kind = str(record.get(metric, "")).strip()
        prefix = [str(record.get(one) or "") for one in labels]
        if value is not None:
            named = [("/".join(prefix), kind, value)]
        else:  # A column per model, as OpenCompass writes: what stands before it is the task.
            task = prefix[:1] if prefix else []
            named = [(column, "_".join([*task, kind]), column) for column in numeric]
        for run, name, column in named:
            found = number(record[column])
            if name and found is not None:
                runs.setdefault(run, []).append(reading(name, found, file.path, split))
    return [row(run, readings) for run, readings in runs.items()]


def _naming(records: Sequence[Record], columns: Sequence[str]) -> list[str] | None:
    """Return the columns that name the rows together; None where nothing does."""
    texts = [name for name in columns if _is_text(records, name)]
    named = [
        name
        for name in columns
        if _NAMES.intersection(tokens(name))
        and (name in texts or direction(name) is Direction.UNKNOWN)
    ]
    seeds = [name for name in columns if _SEEDS.intersection(tokens(name))]
    if not named and seeds and _are_different(records, seeds):
        return seeds
    for name in named or texts[:1]:
        if _are_different(records, [name]):
            return [name]
    several = (named or texts)[:_MOST_LABELS]
    for count in range(1, len(several) + 1):
        if seeds and _are_different(records, [*several[:count], *seeds]):
            return [*several[:count], *seeds]
        if _are_different(records, several[:count]):
            return several[:count]
    # Before the metrics stand the columns that the rows differ in, numbers among them.
    metrics = [
        at
        for at, name in enumerate(columns)
        if direction(name) is not Direction.UNKNOWN or name.endswith(("_mean", "_std"))
    ]
    keys = columns[: metrics[0]] if metrics and several else []
    for count in range(1, min(len(keys), _MOST_LABELS) + 1):
        if len(records) <= _MOST_ROWS and _are_different(records, keys[:count]):
            return list(keys[:count])
    # In a table that every job appends to, a few names repeat.
    few = several and len({_name(one, [*several, *seeds]) for one in records}) * 2 > len(records)
    return [*several, *seeds] if few else None


def _are_different(records: Sequence[Record], names: Sequence[str]) -> bool:
    found = [_name(record, names) for record in records]
    return len(set(found)) == len(records) and all(found)


def _are_sentences(records: Sequence[Record], naming: Sequence[str]) -> bool:
    """Return True for the questions or prompts of samples, which are no names of runs."""
    return sum(_name(record, naming).count(" ") for record in records) > 5 * len(records)


def _is_text(records: Sequence[Record], name: str) -> bool:
    cells = [record.get(name) for record in records]
    texts = [
        isinstance(cell, str) and bool(cell.strip()) and number(cell) is None for cell in cells
    ]
    return bool(name.strip()) and sum(texts) * 2 > len(records)


def _name(record: Record, naming: Sequence[str]) -> str:
    """Return what the cells of `naming` call a row: `svm/iris`, `bert-seed1`, `trial_3`."""
    parts: list[str] = []
    for column in naming:
        cell = label(str(record.get(column, "")).strip())
        if not cell:
            return ""
        if _SEEDS.intersection(tokens(column)):
            parts[-1:] = [f"{parts[-1]}-{column}{cell}" if parts else f"{column}{cell}"]
        else:
            parts.append(cell if number(cell) is None else f"{column}={cell}")
    return "/".join(parts)


def _run(
    record: Record, name: str, naming: Sequence[str], file: str, split: str | None
) -> Extracted:
    readings: list[Reading] = []
    params: dict[str, Any] = {}
    for key, cell in record.items():
        if not key or key in naming or isinstance(cell, list | dict):
            continue
        value = measured(cell) if role(key) is Role.METRIC else number(cell)
        if value is not None and role(key) is not Role.PARAMETER:
            readings.append(reading(key, value, file, split))
        elif cell not in (None, "") and not str(cell).startswith(("[", "{")):
            params[label(key)] = setting(cell)
    return row(name, readings, params)
