"""Generic JSON and JSON lines: an object of numbers, nested or not, or a list of epochs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from statistics import fmean
from typing import Any

from msgspec import structs

from results_bot.collect import entries, steps
from results_bot.collect.extracted import Extracted, ending
from results_bot.collect.file import File
from results_bot.collect.flatten import (
    dotted,
    is_configuration,
    leaves,
    number,
    reading,
    row,
    split_of_file,
)
from results_bot.collect.folders import is_uninformative
from results_bot.metric_names import Role, direction, role, tokens
from results_bot.metric_words import SPLITS
from results_bot.model import Direction, Reading

TITLE = "JSON, JSON lines"

_OF_SPLIT = re.compile(r"(?:train|training|learn|val|valid|validation|eval|test)(?:_\d+)?\.")
_FOLDS = frozenset({"cv", "fold", "folds", "kfold"})
_SAMPLE = frozenset("id idx index doc sample example image".split())

Flat = Collection[tuple[str, Any]]
"""The leaves of a document, each with its dotted name."""

claims = ending(".json", ".JSON", ".jsonl", ".ndjson")


def read(file: File) -> list[Extracted]:
    """Return the numbers of an object, the last and best values of a log, or a table's runs."""
    document = file.json
    if isinstance(document, list):
        if found := _of_records(document, file):
            return found
        document = document[0]
    if not isinstance(document, dict):
        return [Extracted(left_out=((file.name, "holds neither an object nor a list"),))]
    if is_configuration(file.stem):
        return [leaves(document, file.path, file.stem)]
    flat = [*dotted(document)]
    lists, outer = _lists(flat), entries.of_outer_keys(document, file.path, file.stem)
    if outer and all(any(f".{one.name}." in f".{name}" for one in outer) for name in lists):
        lists = {}  # Each entry has a history of its own.
    return (
        _of_lists(document, flat, lists, file)
        or _of_inner_tables(flat, file)
        or outer
        or [leaves(document, file.path, file.stem)]
    )


def _of_records(records: Sequence[Any], file: File) -> list[Extracted] | None:
    """Return the log or the table that records are; None for one object alone."""
    if not records or not all(isinstance(one, dict) for one in records):
        why = "is a list without a step column" if records else "is an empty list"
        return [Extracted(left_out=((file.name, why),))]
    is_log = steps.is_step_log(records)
    if len(records) == 1 and not is_log:
        return None
    flat, split = [dict(dotted(record)) for record in records], split_of_file(file.stem)
    if not is_log and file.is_document:
        return _of_rows(flat, file, split)
    if not is_log and _is_sample(flat[0]):
        return [Extracted(left_out=((file.name, "has one line per sample and no step"),))]
    return [Extracted(steps.of_records(flat, file, split))]


def _of_rows(
    records: Sequence[Mapping[str, Any]], file: File, split: str | None
) -> list[Extracted]:
    """Return the runs that records are, or, if these have no judged metric, those they hold."""
    rows = entries.of_records(records, file, split)
    if not any(map(_is_judged, rows)):
        held = [
            run
            for name, record in entries.by_name(records, file).items()
            for run in _of_inner_tables(record.items(), file, name)
        ]
        if any(map(_is_judged, held)) or (held and not any(one.readings for one in rows)):
            return held
    lists = (name for one in records for name, value in one.items() if isinstance(value, list))
    for name in dict.fromkeys(lists):
        file.leave_out(name, "is a list")
    return rows


def _is_sample(line: Mapping[str, Any]) -> bool:
    """Return True for a line with a sample's number, a text or a list."""
    words = {word for name in line for word in tokens(name)}
    return not _SAMPLE.isdisjoint(words) or any(
        isinstance(one, str | list) for one in line.values()
    )


def _of_lists(
    document: Mapping[str, Any], flat: Flat, lists: Mapping[str, list[Any]], file: File
) -> list[Extracted] | None:
    """Return the folds or the epochs that lists of numbers hold, and the numbers beside them."""
    if not lists:
        return None
    split = split_of_file(file.stem)
    rest = leaves(_without(flat, lists), file.path, file.stem)
    if folds := _folds(lists, file.path, split):
        if not rest.readings:
            return folds
        return [structs.replace(rest, readings=(*rest.readings, *_means(folds)))]
    if _is_history(lists, document):
        lists = {re.sub(r"^(?:training|learn)\.", "train.", name): lists[name] for name in lists}
        log = steps.of_columns(lists, file, split)
        return [structs.replace(rest, readings=(*rest.readings, *log))]
    return None


def _of_inner_tables(flat: Flat, file: File, within: str = "") -> list[Extracted]:
    """Return the runs or the epochs in lists of records somewhere in a flattened document.

    `within` names one of several documents in the file; it is part of the runs' names.
    """
    split = split_of_file(file.stem)
    tables = {
        name: value
        for name, value in flat
        if isinstance(value, list)
        and len(value) > (0 if within else 1)
        and all(isinstance(one, dict) for one in value)
    }
    if not tables:
        return []
    rest = leaves(_without(flat, tables), file.path, file.stem)
    has_results = _is_judged(rest)
    found: list[Extracted] = []
    for name, table in tables.items():
        # What repeats the name above names no row: it comes after the columns that do.
        records = [dict(sorted(dotted(one), key=lambda cell: cell[1] == within)) for one in table]
        # `framings.strict.results` is called `strict`.
        parts = [part for part in name.split(".") if not is_uninformative(part)]
        part = parts[-1] if parts and len(tables) > 1 else ""
        above = "/".join(filter(None, [within, part]))
        if steps.is_step_log(records):
            found.append(row(above, steps.of_records(records, file, split)))
            continue
        rows = entries.of_records(records, file, split)
        if has_results and not any(map(_is_judged, rows)):
            file.leave_out(name, "holds no metric of known direction")
            continue
        for run in rows:
            if run.member is not None:
                both = "/".join(filter(None, [above, run.name]))
                found.append(row(both, run.readings, run.params, started=run.started))
    # Nested metrics beside a table of runs are aggregates of it.
    own = has_results and any("." not in one.name for one in rest.readings)
    return [*([rest] if own or not all(one.member for one in found) else []), *found]


def _is_judged(piece: Extracted) -> bool:
    ways = {way for one in piece.readings for way in (one.direction, direction(one.name))}
    return not ways <= {Direction.UNKNOWN}


def _lists(flat: Flat) -> dict[str, list[Any]]:
    """Return the lists of numbers of the usual length, by their dotted names."""
    found = {
        name: value
        for name, value in flat
        if isinstance(value, list) and value and all(number(cell) is not None for cell in value)
    }
    usual = Counter(map(len, found.values())).most_common(1)
    return {name: cells for name, cells in found.items() if len(cells) == usual[0][0]}


def _is_history(lists: Mapping[str, list[Any]], document: Mapping[str, Any]) -> bool:
    """Return True if the lists have an entry per epoch, and not one per class or sample."""
    words = {word for name in lists for word in tokens(name)}
    if all(_OF_SPLIT.match(name) for name in lists):  # As XGBoost and LightGBM have it.
        return True
    if len(lists) == len(document):  # As Keras has it, whatever the names are.
        return words.isdisjoint({"class", "classes", "sample", "per"})
    split = len(SPLITS & words) > 1
    return bool(words & {"loss", "history", "epoch", "step", "curve"}) or split


def _folds(lists: Mapping[str, list[Any]], file: str, split: str | None) -> list[Extracted]:
    """Return one run per fold of a cross-validation; nothing for other lists."""
    timed = lists.keys() >= {"fit_time", "score_time"}  # scikit-learn's `cross_validate`.
    names = [name for name in lists if timed or not _FOLDS.isdisjoint(tokens(name))]
    names = [name for name in names if role(name) in (Role.METRIC, Role.UNKNOWN)]
    count = len(lists[names[0]]) if names else 0
    return [
        Extracted(
            tuple(reading(name, float(lists[name][fold]), file, split) for name in names),
            member=f"fold_{fold}",
        )
        for fold in range(count if count > 1 else 0)
    ]


def _means(folds: Sequence[Extracted]) -> list[Reading]:
    by_metric = zip(*(fold.readings for fold in folds), strict=True)
    return [structs.replace(some[0], value=fmean(one.value for one in some)) for some in by_metric]


def _without(flat: Flat, lists: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flat if name not in lists}
