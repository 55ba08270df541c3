"""Group files into runs and merge their metrics.

A run is a folder of files, or a single file. Where they hold the same metric, the more trusted kind
of value counts, then the more precise number; where two numbers disagree, that of the file named
for results, with a remark.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs
from natsort import natsorted

from results_bot.collect.disagreements import merged
from results_bot.collect.extracted import Artifact, Extracted, FileState
from results_bot.collect.flatten import is_configuration
from results_bot.collect.folders import (
    all_above,
    fits,
    is_generic_stem,
    is_identifier,
    is_replicate,
    own_name,
    run_folders,
    run_patterns,
    without_ending,
)
from results_bot.collect.paths import is_below
from results_bot.escape import printable
from results_bot.metric_names import Role, canonical, direction, role
from results_bot.model import Collection, Direction, Problem, Run, Scalar, Status

_MODELS = ("run_name", "experiment_name", "exp_name", "model_name", "model.name", "model", "arch")
"""Settings that name a run better than a random folder does."""
_MOST_COLUMNS = 8
"""Columns that a table may have for the entries of each run's file."""
_COPY = re.compile(r"(.+?)(?: ?\(\d+\)|[- ]+copy(?:[ -]?\d+)?)(\.\w+)", re.IGNORECASE)
_ENDS = (Status.DELETED, Status.FAILED, Status.PRUNED, Status.FINISHED, Status.UNFINISHED)
"""How a run ended: where its files differ, the first of these counts."""

Files = Mapping[str, Sequence[Extracted]]
"""What each file holds, by its path; nothing for a file that could not be read."""
Parts = list[tuple[str, Extracted]]
"""What is known of one run: each extract with the file that it is from."""


def group(
    artifacts: Iterable[Artifact], bases: Sequence[str], patterns: Sequence[str] = ()
) -> Collection:
    """Group files, in the order of the walk, into runs in the natural order of their paths.

    An unreadable file has no metrics, but it shows that there was a run.
    """
    files: dict[str, Sequence[Extracted]] = {}
    titles: dict[str, str] = {}
    problems: list[Problem] = []
    remarks: list[Problem] = []
    for artifact in artifacts:
        if artifact.state is not FileState.READ:
            unusable = remarks if artifact.state is FileState.UNSUPPORTED else problems
            unusable.append(Problem(printable(artifact.path), artifact.reason))
        if artifact.pieces or artifact.state is FileState.UNREADABLE:
            files[artifact.path] = artifact.pieces
    remarks += _without_copies(files)
    for path, pieces in files.items():
        for piece in pieces:
            remarks += (Problem(printable(path), one) for one in piece.remarks)
            if piece.title and piece.root is not None:
                titles[piece.root] = piece.title
    runs: list[Run] = []
    parts, started = _parts_of_runs(_with_columns_for_entries(files), set(bases), patterns)
    without_metrics = [
        path for path, pieces in files.items() if pieces and not any(one.readings for one in pieces)
    ]
    for path in natsorted(parts):
        if all(piece.started is False for _, piece in parts[path]):
            without_metrics.append(path)
            continue
        run, disagreements = _run(path, parts[path])
        runs.append(run)
        remarks += disagreements
    found, strangers = _without_others(runs, started, set(bases), patterns)
    return Collection(
        found,
        tuple(problems),
        tuple(remarks),
        titles,
        tuple(sorted(strangers)),
        tuple(without_metrics),
    )


def _without_copies(files: dict[str, Sequence[Extracted]]) -> list[Problem]:
    """Take out `metrics (1).json` where `metrics.json` is; return a remark where they differ."""
    remarks: list[Problem] = []
    for path in [*files]:
        folder, _, name = path.rpartition("/")
        found = _COPY.fullmatch(name)
        original = f"{folder}/{found[1]}{found[2]}".lstrip("/") if found else ""
        if found and original in files:
            values, others = (
                [(one.name, one.value) for piece in files[file] for one in piece.readings]
                for file in (path, original)
            )
            if values != others:
                reason = f"is a copy by its name and differs from {original}, which is taken"
                remarks.append(Problem(printable(path), printable(reason)))
            del files[path]
    return remarks


def _with_columns_for_entries(
    files: dict[str, Sequence[Extracted]],
) -> dict[str, Sequence[Extracted]]:
    """Make one run of each file whose outer keys sibling files have too, if columns suffice.

    One file with a dozen data sets is a table of its own. Where each model has such a file, the
    data sets are columns of one table.
    """
    siblings: defaultdict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for path, pieces in files.items():
        if pieces and all(piece.is_entry for piece in pieces):
            siblings[tuple(piece.member for piece in pieces)].append(path)
    out = dict(files)
    for paths in siblings.values():
        count = len({f"{p.member}.{r.name}" for p in files[paths[0]] for r in p.readings})
        for path in paths if len(paths) > 1 and count <= _MOST_COLUMNS else ():
            readings = tuple(
                structs.replace(one, name=canonical(f"{piece.member}.{one.name}"))
                for piece in files[path]
                for one in piece.readings
            )
            out[path] = (
                structs.replace(files[path][0], readings=readings, member=None, name=None),
            )
    return out


def _parts_of_runs(
    files: Files, bases: set[str], patterns: Sequence[str]
) -> tuple[dict[str, Parts], set[str]]:
    """Return the parts of each run by its path, and the runs that a file shows to have started."""
    given = [
        piece.root
        for pieces in files.values()
        for piece in pieces
        if piece.root is not None and not piece.title
    ]
    folders, matched = run_folders([*map(_folder, files), *given], bases, patterns)
    single = _files_that_are_runs(files, bases, patterns, matched)
    parts: defaultdict[str, Parts] = defaultdict(list)
    started: set[str] = set()
    known: dict[str, str] = {}
    for path, pieces in files.items():
        root = folders[_folder(path)]
        if path in single:
            twin = f"{without_ending(path)}.json"  # By its name it holds the same as a table.
            root = twin if twin in single else path
        for piece in pieces or (Extracted(),):
            if piece.title or (piece.started is False and not piece.member):
                continue
            run = root if piece.root is None else folders[piece.root]
            if piece.member:
                # A database at the top of the repository has no folder: its own path stands in.
                if path in single and not fits(path, run_patterns(patterns)):
                    run = without_ending(run)
                run = f"{run or path}/{piece.member}"
            if piece.identity:
                run = known.setdefault(piece.identity, run)
            if piece.started:
                started.add(run)
            parts[run].append((path, piece))
    return dict(parts), started


def _files_that_are_runs(
    files: Files, bases: set[str], patterns: Sequence[str], matched: set[str]
) -> set[str]:
    """Return the files that are a run each; none in a folder of `matched`, a run itself.

    These are files that a pattern names; files in one of `bases` with a judged metric; and files
    that are named for what they are of and share most of their metrics with their neighbours.
    """
    named = [one for one in run_patterns(patterns) if "." in one.rpartition("/")[2]]
    single = {
        path for path in files if named and fits(path, named) and _folder(path) not in matched
    }
    by_folder: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for path, pieces in files.items():
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        if folder in matched or is_generic_stem(stem) or is_configuration(stem):
            continue
        whole = [  # What is known of a whole run or of one of its folds, not of a row.
            not piece.member or piece.is_entry or is_replicate(piece.member)
            for piece in pieces
            if piece.readings and not piece.log
        ]
        if any(whole):
            metrics = frozenset(one.name for piece in pieces for one in piece.readings)
            by_folder[folder][path] = metrics
    for folder, neighbours in by_folder.items():
        single.update(_alike(neighbours))
        if folder in bases:
            single.update(path for path, names in neighbours.items() if any(map(is_judged, names)))
    return single


def _alike(neighbours: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the files that share at least half of their metrics with most others."""
    count = Counter(name for names in neighbours.values() for name in names)
    shared = {name for name, n in count.items() if n > 1 and n * 2 >= len(neighbours)}
    alike = [
        path
        for path, names in neighbours.items()
        if shared and len(names & shared) * 2 >= max(len(names), len(shared))
    ]
    return alike if len(alike) > 1 else []


def _run(path: str, parts: Parts) -> tuple[Run, list[Problem]]:
    """Merge the parts of one run; return a remark for each disagreement, too."""
    files = tuple(dict.fromkeys(file for file, _ in parts))
    pieces = [piece for _, piece in parts]
    # Pieces without an order first, as they come, then the latest before the earlier.
    in_order = sorted(pieces, key=lambda piece: tuple(-part for part in piece.order or ()))
    readings, remarks = merged(in_order)
    name = own_name(path)
    params: dict[str, Scalar] = {}
    predictions: tuple[str, ...] = ()
    for piece in in_order:
        for key, value in piece.params.items():
            params.setdefault(key, value)
        if piece.name:
            name = printable(piece.name)
        elif is_identifier(name):
            given = [piece.params[key] for key in _MODELS if isinstance(piece.params.get(key), str)]
            name = str(given[0]) if given else name
        if piece.predictions:
            predictions = tuple(sorted(file for file in files if file.endswith((".csv", ".tsv"))))
    finishes = any(
        role(one) in (Role.METRIC, Role.UNKNOWN) or direction(one) is not Direction.UNKNOWN
        for one in readings
    )
    status = _status(pieces, finishes)
    return Run(path, name, readings, params, files, predictions, status), remarks


def _status(pieces: Sequence[Extracted], has_results: bool) -> Status:
    """Return how the run ended: as its tracker knows, else by whether it left a metric."""
    latest = max((piece.order for piece in pieces if piece.order is not None), default=None)
    current = [piece for piece in pieces if piece.order is None or piece.order == latest]
    logs = {piece.log: piece.status for piece in current if piece.log and piece.status}
    stated = {piece.status for piece in current if not piece.log} | set(logs.values())
    status = next((end for end in _ENDS if end in stated), None)
    if status is None:
        return Status.FINISHED if has_results else Status.UNFINISHED
    return status


def _without_others(
    runs: Sequence[Run], started: set[str], bases: set[str], patterns: Sequence[str]
) -> tuple[tuple[Run, ...], set[str]]:
    """Return the runs among folders and files with results, and the paths of strangers.

    Folders with nothing but settings and summaries above other runs are left out. An unfinished run
    has a file of a name that finished runs have; where there is no finished run, any file but
    settings.
    Strangers have numbers, but nothing that the runs around them share: data descriptions and
    analyses lie beside results. None of their numbers is judged, and none of their files is called
    as a run's file is. What a pattern names is a run whatever it holds.
    """
    names: dict[str, set[str]] = {}
    for run in runs:
        files = (file.rpartition("/")[2] for file in run.files)
        names[run.path] = {one for one in files if not is_configuration(one.rpartition(".")[0])}
    judged = {run.path for run in runs if any(map(is_judged, run.readings))}
    summaries = all_above({_folder(run.path) for run in runs}) - judged
    usual = {name for run in runs if run.finished for name in names[run.path]}
    kept: list[Run] = []
    for run in runs:
        has_begun = run.status is not Status.UNFINISHED or run.path in started
        shared = names[run.path] & usual if usual else names[run.path]
        if run.path not in summaries and (has_begun or (shared and run.path not in bases)):
            kept.append(run)
    results = [run.path for run in kept if run.finished and run.path in judged]
    usual = {name for path in results for name in names[path]}
    named = run_patterns(patterns)
    strangers = {
        run.path
        for run in kept
        if len(results) > 1
        and run.finished
        and run.readings
        and run.path not in judged
        and all(one.direction is Direction.UNKNOWN for one in run.readings.values())
        and not usual & names[run.path]
        and not (fits(run.path, named) and any(is_below(file, run.path) for file in run.files))
    }
    return tuple(run for run in kept if run.path not in strangers), strangers


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def is_judged(name: str) -> bool:
    """Return True if a change of this metric is better or worse."""
    return role(name) is Role.METRIC and direction(name) is not Direction.UNKNOWN
