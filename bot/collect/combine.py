"""The numbers of many files put together to runs: which file belongs where, which value is kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan

from msgspec import structs

from bot.collect.flatten import is_configuration
from bot.collect.found import Found
from bot.collect.roots import (
    all_above,
    exact_patterns,
    fits,
    is_generic_stem,
    natural,
    own_name,
    run_folders,
)
from bot.hostile import printable
from bot.metric_names import Role, direction, role, tokens
from bot.model import Direction, Kind, Problem, Reading, Run, Scalar, Status
from bot.numbers import agree, decimals

_TRUST = {kind: rank for rank, kind in enumerate(Kind)}
_ENDS = (Status.DELETED, Status.FAILED, Status.PRUNED, Status.FINISHED, Status.UNFINISHED)
"""How a run ended, where its files differ: the earlier listed is believed."""


@dataclass
class Parts:
    """What is known of one run while its files come in."""

    found: list[Found] = field(default_factory=list)
    files: dict[str, None] = field(default_factory=dict)


def combine(
    found: Mapping[str, Sequence[Found]], bases: Iterable[str], patterns: Sequence[str] = ()
) -> tuple[list[Run], list[Problem]]:
    """Return runs in the order of their paths, and a remark for each disagreement.

    `bases` are the folders that hold runs, `patterns` the runs' own.
    `found` maps every artifact's path to what it says; a file that could not be read says nothing,
    but still shows that there was a run.
    """
    runs: list[Run] = []
    remarks: list[Problem] = []
    parts = _grouped(found, set(bases), patterns)
    for path in sorted(parts, key=natural):
        run, said = _run(path, parts[path])
        runs.append(run)
        remarks += said
    started = {path for path, part in parts.items() if any(one.started for one in part.found)}
    return _only_runs(runs, started), remarks


def titles(found: Iterable[Sequence[Found]]) -> dict[str, str]:
    """Return what people call the folders that hold runs, where an artifact says it."""
    return {
        piece.root: piece.title
        for pieces in found
        for piece in pieces
        if piece.title and piece.root is not None
    }


def _grouped(
    found: Mapping[str, Sequence[Found]], bases: set[str], patterns: Sequence[str]
) -> dict[str, Parts]:
    own = (path.rpartition("/")[0] for path in found)
    given = (piece.root for pieces in found.values() for piece in pieces if not piece.title)
    all_given = (root for root in given if root is not None)
    folders = run_folders([*own, *all_given], bases, patterns)
    exact = exact_patterns(patterns)
    whole = {folder for folder, root in folders.items() if fits(root, exact)}
    single = _single_file_runs(found, bases, whole)
    named = [pattern for pattern in exact if "." in pattern.rpartition("/")[2]]
    single |= {path for path in found if fits(path, named) and _folder(path) not in whole}
    parts: defaultdict[str, Parts] = defaultdict(Parts)
    known: dict[str, str] = {}
    for path, pieces in found.items():
        root = path if path in single else folders[path.rpartition("/")[0]]
        for piece in pieces or (Found(),):
            if piece.started is False or piece.title:
                continue
            base = root if piece.root is None else folders[piece.root]
            if piece.member and not base:
                base = path  # A database at the top: it is the place, nothing else there is.
            key = "/".join(part for part in (base, piece.member) if part)
            if piece.identity:
                key = known.setdefault(piece.identity, key)
            parts[key].found.append(piece)
            parts[key].files[path] = None
    return dict(parts)


def _single_file_runs(
    found: Mapping[str, Sequence[Found]], bases: set[str], whole: set[str]
) -> set[str]:
    """Return files that are a run each: siblings of one shape, named for what they are of.

    In one of `bases` every file with a judged metric is; below a folder of `whole`, a run, none.
    """
    by_folder: defaultdict[str, list[str]] = defaultdict(list)
    for path, pieces in found.items():
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        finals = any(piece.readings and not piece.member and not piece.log for piece in pieces)
        named = not is_generic_stem(stem) and not is_configuration(stem)
        if finals and named and folder not in whole:
            by_folder[folder].append(path)
    single: set[str] = set()
    for folder, paths in by_folder.items():
        shapes = {path: {r.name for piece in found[path] for r in piece.readings} for path in paths}
        single.update(_alike(shapes))
        if folder in bases:
            single.update(path for path in paths if any(_is_judged(name) for name in shapes[path]))
    return single


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _alike(shapes: Mapping[str, set[str]]) -> list[str]:
    """Return the files that share at least half of their metrics with most others."""
    count = Counter(name for shape in shapes.values() for name in shape)
    shared = {name for name, times in count.items() if times > 1 and times * 2 >= len(shapes)}
    alike = [
        path
        for path, shape in shapes.items()
        if shared and len(shape & shared) * 2 >= max(len(shape), len(shared))
    ]
    return alike if len(alike) > 1 else []


def _run(path: str, parts: Parts) -> tuple[Run, list[Problem]]:
    readings, remarks = _readings(parts.found)
    params: dict[str, Scalar] = {}
    name = own_name(path)
    for piece in sorted(parts.found, key=_latest_first):
        for key, value in piece.params.items():
            params.setdefault(key, value)
        name = printable(piece.name or name)
    finished = any(
        role(metric) in (Role.METRIC, Role.UNKNOWN) or direction(metric) is not Direction.UNKNOWN
        for metric in readings
    )
    predictions = parts.files if any(piece.predictions for piece in parts.found) else ()
    run = Run(
        path,
        name,
        readings,
        params,
        tuple(parts.files),
        tuple(sorted(file for file in predictions if file.endswith((".csv", ".tsv")))),
        _status(parts, finished),
    )
    return run, remarks


def _status(parts: Parts, finished: bool) -> Status:
    """Return how the run ended; one that ended well without a metric has nothing to show."""
    if len(parts.found) == 1 and parts.found[0].status is None:
        return Status.FINISHED if finished else Status.UNFINISHED
    latest = max((piece.order for piece in parts.found if piece.order is not None), default=None)
    current = [piece for piece in parts.found if piece.order is None or piece.order == latest]
    logs = {piece.log: piece.status for piece in current if piece.log and piece.status}
    said = {piece.status for piece in current if not piece.log} | set(logs.values())
    status = next((end for end in _ENDS if end in said), None)
    if status in (None, Status.FINISHED):
        return Status.FINISHED if finished else Status.UNFINISHED
    return status


def _readings(found: Sequence[Found]) -> tuple[dict[str, Reading], list[Problem]]:
    """Return the reading to keep of each metric, and what disagrees."""
    if len(found) == 1:
        alone = {reading.name: reading for reading in found[0].readings}
        if len(alone) == len(found[0].readings):
            return alone, []
    readings: dict[str, Reading] = {}
    remarks: list[Problem] = []
    logs: dict[str, str] = {}
    ordered: set[tuple[str, Kind]] = set()
    for piece in sorted(found, key=_latest_first):
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


def _latest_first(piece: Found) -> tuple[float, ...]:
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


def _only_runs(runs: Sequence[Run], started: set[str]) -> list[Run]:
    """Leave out folders that are no runs: settings alone, or a summary above other runs."""
    known = {
        file.rpartition("/")[2]
        for run in runs
        if run.finished
        for file in run.files
        if not is_configuration(file.rpartition("/")[2].rpartition(".")[0])
    }
    above = all_above(run.path.rpartition("/")[0] for run in runs)
    return [run for run in runs if _is_run(run, known, above, run.path in started)]


def _is_run(run: Run, known: set[str], above: set[str], started: bool) -> bool:
    if run.path in above and not _has_judged_metric(run):
        return False
    if started or run.status is not Status.UNFINISHED:
        return True
    own = {
        name
        for file in run.files
        if not is_configuration((name := file.rpartition("/")[2]).rpartition(".")[0])
    }
    return bool(own & known if known else own)


def _has_judged_metric(run: Run) -> bool:
    return any(_is_judged(name) for name in run.readings)


def _is_judged(name: str) -> bool:
    return role(name) is Role.METRIC and direction(name) is not Direction.UNKNOWN
