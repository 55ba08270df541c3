"""The numbers of many files put together to runs: which file belongs where, which value is kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import isnan
from operator import itemgetter

from msgspec import structs

from results_bot.collect.extracted import Extracted
from results_bot.collect.flatten import is_configuration
from results_bot.collect.roots import (
    all_above,
    exact_patterns,
    fits,
    is_generic_stem,
    natural,
    own_name,
    placed,
)
from results_bot.hostile import printable
from results_bot.metric_names import Role, direction, role, tokens
from results_bot.model import Direction, Kind, Problem, Reading, Run, Scalar, Status
from results_bot.natural import spelled_alike
from results_bot.numbers import agree, decimals

_TRUST = {kind: rank for rank, kind in enumerate(Kind)}
_FINISHED, _UNFINISHED = Status.FINISHED, Status.UNFINISHED
_ENDS = (Status.DELETED, Status.FAILED, Status.PRUNED, Status.FINISHED, Status.UNFINISHED)
"""How a run ended, where its files differ: the earlier listed is believed."""
_NOTHING = (Extracted(),)
"""What a file says that could not be read."""


Parts = list[tuple[str, Extracted]]
"""What is known of one run: the files that say something of it, each with what it says."""


def told_to_unfinished(runs: Sequence[Run]) -> set[str]:
    """Return the names of files by which an unfinished run is known; none where there is none."""
    unfinished = any(run.status is Status.UNFINISHED for run in runs)
    return told_in_finished(runs) if unfinished else set()


def told_in_finished(runs: Iterable[Run]) -> set[str]:
    """Return the names of files that finished runs have, but for those of settings."""
    names = {file.rpartition("/")[2] for run in runs if run.finished for file in run.files}
    return {name for name in names if not is_configuration(name.rpartition(".")[0])}


def combine(
    found: Mapping[str, Sequence[Extracted]],
    bases: Iterable[str],
    patterns: Sequence[str] = (),
    told: Callable[[Sequence[Run]], set[str]] = told_to_unfinished,
) -> tuple[list[Run], list[Problem]]:
    """Return runs in the order of their paths, and a remark for each disagreement.

    `bases` are the folders that hold runs, `patterns` the runs' own.
    `found` maps every artifact's path to what it says; a file that could not be read says nothing,
    but still shows that there was a run. `told` tells by which files an unfinished run is known.
    """
    runs: list[Run] = []
    remarks: list[Problem] = []
    parts, started = _grouped(found, set(bases), patterns)
    for path in sorted(parts, key=None if spelled_alike(parts) else natural):
        run, disagreeing = _run(path, parts[path])
        runs.append(run)
        remarks += disagreeing
    return _only_runs(runs, started, told), remarks


def titles(found: Iterable[Sequence[Extracted]]) -> dict[str, str]:
    """Return what people call the folders that hold runs, where an artifact says it."""
    return {
        piece.root: piece.title
        for pieces in found
        for piece in pieces
        if piece.title and piece.root is not None
    }


def _grouped(
    found: Mapping[str, Sequence[Extracted]], bases: set[str], patterns: Sequence[str]
) -> tuple[dict[str, Parts], set[str]]:
    """Return what there is of each run, and the runs of which a file shows that they started."""
    given = [
        piece.root
        for pieces in found.values()
        for piece in pieces
        if piece.root is not None and not piece.title
    ]
    located = [(path.rpartition("/")[0], path, pieces) for path, pieces in found.items()]
    folders, whole = placed([*map(itemgetter(0), located), *given], bases, patterns)
    single = _single_file_runs(located, bases, whole) | _named_files(found, patterns, whole)
    parts: defaultdict[str, Parts] = defaultdict(list)
    started: set[str] = set()
    known: dict[str, str] = {}
    for folder, path, pieces in located:
        root = path if path in single else folders[folder]
        for piece in pieces or _NOTHING:
            if piece.started is False or piece.title:
                continue
            key = root if piece.root is None else folders[piece.root]
            if piece.member:
                # A database at the top: it is the place, nothing else there is.
                key = f"{key or path}/{piece.member}"
            if piece.identity:
                key = known.setdefault(piece.identity, key)
            if piece.started:
                started.add(key)
            parts[key].append((path, piece))
    return dict(parts), started


def _named_files(found: Iterable[str], patterns: Sequence[str], whole: set[str]) -> set[str]:
    """Return the files that a pattern names: each is a run, but below a folder of `whole`."""
    named = [one for one in exact_patterns(patterns) if "." in one.rpartition("/")[2]]
    if not named:
        return set()
    return {path for path in found if fits(path, named) and _folder(path) not in whole}


def _single_file_runs(
    located: Iterable[tuple[str, str, Sequence[Extracted]]], bases: set[str], whole: set[str]
) -> set[str]:
    """Return files that are a run each: siblings of one shape, named for what they are of.

    `located` has the folder of each file, its path and what it says. In one of `bases` every file
    with a judged metric is; below a folder of `whole`, a run, none.
    """
    by_folder: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for folder, path, pieces in located:
        if folder in whole or not _names_a_run(path.rpartition("/")[2].rpartition(".")[0]):
            continue
        if any(piece.readings and not piece.member and not piece.log for piece in pieces):
            names = frozenset([one.name for piece in pieces for one in piece.readings])
            by_folder[folder][path] = names
    single: set[str] = set()
    for folder, shapes in by_folder.items():
        single.update(_alike(shapes))
        if folder in bases:
            single.update(path for path, shape in shapes.items() if any(map(_is_judged, shape)))
    return single


def _names_a_run(stem: str) -> bool:
    return not is_generic_stem(stem) and not is_configuration(stem)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _alike(shapes: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the files that share at least half of their metrics with most others."""
    count: Counter[str] = Counter()
    kinds = Counter(shapes.values())
    for shape, files in kinds.items():
        count.update(dict.fromkeys(shape, files))
    shared = {name for name, times in count.items() if times > 1 and times * 2 >= len(shapes)}
    fitting = {
        shape
        for shape in kinds
        if shared and len(shape & shared) * 2 >= max(len(shape), len(shared))
    }
    alike = [path for path, shape in shapes.items() if shape in fitting]
    return alike if len(alike) > 1 else []


def _run(path: str, parts: Parts) -> tuple[Run, list[Problem]]:
    files = tuple(dict.fromkeys([file for file, _ in parts]))
    found = [piece for _, piece in parts]
    in_order = sorted(found, key=_latest_first)
    readings, remarks = _readings(in_order)
    name = own_name(path)
    predictions: tuple[str, ...] = ()
    for piece in in_order:
        if piece.name:
            name = printable(piece.name)
        if piece.predictions:
            predictions = tuple(sorted(file for file in files if file.endswith((".csv", ".tsv"))))
    status = _status(found, any(map(_is_result, readings)))
    return Run(path, name, readings, _params(in_order), files, predictions, status), remarks


def _params(in_order: Sequence[Extracted]) -> Mapping[str, Scalar]:
    """Return the settings that any of the files tells, each as the first of them does."""
    params: dict[str, Scalar] = {}
    for piece in in_order:
        for key, value in piece.params.items():
            params.setdefault(key, value)
    return params


@lru_cache(maxsize=4_096)
def _is_result(name: str) -> bool:
    """Tell whether a run that tells this metric is finished."""
    return role(name) in (Role.METRIC, Role.UNKNOWN) or direction(name) is not Direction.UNKNOWN


def _status(found: Sequence[Extracted], finished: bool) -> Status:
    """Return how the run ended; one that ended well without a metric has nothing to show."""
    latest = max((piece.order for piece in found if piece.order is not None), default=None)
    current = [piece for piece in found if piece.order is None or piece.order == latest]
    logs = {piece.log: piece.status for piece in current if piece.log and piece.status}
    said = {piece.status for piece in current if not piece.log} | set(logs.values())
    status = next((end for end in _ENDS if end in said), None)
    if status in (None, Status.FINISHED):
        return Status.FINISHED if finished else Status.UNFINISHED
    return status


def _readings(in_order: Sequence[Extracted]) -> tuple[dict[str, Reading], list[Problem]]:
    """Return the reading to keep of each metric, and what disagrees."""
    readings: dict[str, Reading] = {}
    remarks: list[Problem] = []
    logs: dict[str, str] = {}
    ordered: set[tuple[str, Kind]] = set()
    for piece in in_order:
        for reading in piece.readings:
            name = reading.name
            if piece.order is not None and (name, reading.kind) in ordered:
                continue  # A later state of the same thing has told it.
            kept = readings.setdefault(name, reading)
            if kept is reading:
                logs[name] = piece.log
            elif piece.log and piece.log == logs[name] and kept.kind is reading.kind:
                readings[name] = _continued(kept, reading)
            else:
                readings[name], remark = _better(kept, reading)
                logs[name] = piece.log if readings[name] is reading else logs[name]
                remarks += remark
            readings[name] = _informed(readings[name], reading)
        if piece.order is not None:
            ordered.update((reading.name, reading.kind) for reading in piece.readings)
    return readings, remarks


def _informed(kept: Reading, other: Reading) -> Reading:
    """Return the kept reading, with the direction that the other may know."""
    if kept.direction is other.direction or kept.direction is not Direction.UNKNOWN:
        return kept
    return structs.replace(kept, direction=other.direction)


def _continued(one: Reading, later: Reading) -> Reading:
    """Return the reading of a log in two pieces: the better of two bests, else the later.

    A test metric's best was chosen by validation: of two, the later, not the better.
    """
    if one.kind is not Kind.BEST or isnan(one.value) or "test" in tokens(one.name):
        return later
    lower = direction(one.name) is Direction.LOWER
    return min(one, later, key=lambda r: r.value if lower else -r.value)


def _latest_first(piece: Extracted) -> tuple[float, ...]:
    """Sort pieces without an order first, as they come, then the latest before the earlier."""
    return () if piece.order is None else tuple(-part for part in piece.order)


def _better(one: Reading, other: Reading) -> tuple[Reading, list[Problem]]:
    """Return the reading to keep: the more trusted kind, else the more precise number."""
    if one.kind is not other.kind:
        return min(one, other, key=lambda reading: _TRUST[reading.kind]), []
    precise, coarse = sorted((one, other), key=lambda r: decimals(r.value), reverse=True)
    if agree(precise.value, coarse.value):
        return (one if decimals(one.value) == decimals(other.value) else precise), []
    reason = (
        f"`{one.name}` is {coarse.value!r} here and {precise.value!r} in {precise.file}; "
        "the more precise value is shown"
    )
    return precise, [Problem(printable(coarse.file), printable(reason))]


def _only_runs(
    runs: Sequence[Run], started: set[str], told: Callable[[Sequence[Run]], set[str]]
) -> list[Run]:
    """Leave out folders that are no runs: settings alone, or a summary above other runs."""
    known = told(runs)
    above = all_above({_folder(run.path) for run in runs})
    return [
        run
        for run in runs
        if (run.path not in above or any(map(_is_judged, run.readings)))
        and (run.status is not _UNFINISHED or run.path in started or is_told(told_in(run), known))
    ]


def is_told(own: set[str], known: set[str]) -> bool:
    """Tell whether of an unfinished run's `own` files one shows that there was a run."""
    return bool(own & known if known else own)


def told_in(run: Run) -> set[str]:
    """Return the names of the run's files, but for those of settings."""
    names = {file.rpartition("/")[2] for file in run.files}
    return {name for name in names if not is_configuration(name.rpartition(".")[0])}


@lru_cache(maxsize=4_096)
def _is_judged(name: str) -> bool:
    return role(name) is Role.METRIC and direction(name) is not Direction.UNKNOWN
