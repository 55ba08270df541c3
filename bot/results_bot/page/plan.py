"""Assign runs to sections: by the configured patterns, else by folder. Find the rows that left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import chain
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from results_bot.collect.folders import fits, with_parents
from results_bot.collect.paths import DATABASES, DEFAULT_FOLDERS, TOP_FILES, is_below
from results_bot.config import SectionTable
from results_bot.escape import printable
from results_bot.globs import any_of, literal_prefix, place
from results_bot.model import Collection, Run, Status
from results_bot.page import replicates
from results_bot.page.grouping import by_folder, named, top_id, with_clear_titles
from results_bot.page.section import Place, Section


class Touched(msgspec.Struct, frozen=True):
    """What became of the files of former commits."""

    missing: Set[str] = frozenset()
    changed: Set[str] = frozenset()
    """Those that are here with another content, and can be read."""
    new: Set[str] = frozenset()
    """Those that should hold metrics by their names, and were not there."""
    empty: Set[str] = frozenset()
    """Files that hold no metric, and the runs whose rows of a table hold none, by path."""

    @classmethod
    def since(
        cls,
        before: Set[str],
        present: Set[str],
        changed: Set[str],
        collection: Collection,
        new: Set[str] = frozenset(),
    ) -> Touched:
        """Compare the files `before` with those that are `present`, as the collection has them.

        Of a file that cannot be read it is not known that anything in it changed.
        """
        unread = collection.unread
        known = {path for path in changed & before & present if printable(path) not in unread}
        return cls(before - present, known, new, frozenset(collection.without_metrics))


def default_sections(
    folders: Iterable[str], files: Iterable[str] = (), pipeline: Sequence[str] = ()
) -> tuple[SectionTable, ...]:
    """Return a section for the results at the top, and one by folder for each usual folder there.

    `folders` and `files` are the names at the top of the repository, `pipeline` the metrics files
    that a DVC pipeline names: those elsewhere are a section of their own.
    """
    files = {*files}
    databases = sorted(name for name in files if fits(name, DATABASES))
    # The runs of an MLflow database belong to the folder that has their artifacts.
    there = {*folders, *(["mlruns"] if databases else [])}
    found = [folder for folder in DEFAULT_FOLDERS if folder in there]
    elsewhere = tuple(path for path in pipeline if path.partition("/")[0] not in found)
    at_top = tuple(name for name in TOP_FILES if name in files and name not in elsewhere)
    if "all_results.json" in at_top:  # It repeats what the trainer's other files hold.
        at_top = tuple(one for one in at_top if one in TOP_FILES[:1] or one not in TOP_FILES[:5])
    if not found and not elsewhere and not at_top:
        found = [*DEFAULT_FOLDERS[:1]]
    dvc = [SectionTable(id="dvc", title="DVC metrics", runs=elsewhere)] if elsewhere else []
    top = [SectionTable(id="top", title="Results", runs=at_top)] if at_top else []
    return (*top, *dvc, *top_sections(found, databases))


def top_sections(folders: Iterable[str], databases: Iterable[str] = ()) -> tuple[SectionTable, ...]:
    """Return one section by folder for each of these at the top of the repository."""
    patterns = {folder: f"{folder}/**" for folder in folders} | {name: name for name in databases}
    return tuple(
        SectionTable(id=top_id(name), title="{folder}", runs=(pattern,), by_folder=True)
        for name, pattern in patterns.items()
    )


def bases(sections: Sequence[SectionTable]) -> tuple[str, ...]:
    """Return the folders that hold runs, none of which is a run itself."""
    return tuple(map(literal_prefix, patterns(sections)))


def places(sections: Sequence[SectionTable]) -> tuple[str, ...]:
    """Return the folders and files that everything lies in or below."""
    return tuple(map(place, patterns(sections)))


def patterns(sections: Sequence[SectionTable]) -> tuple[str, ...]:
    """Return the patterns of all run folders."""
    return tuple(pattern for section in sections for pattern in section.runs)


def section_of(path: str, sections: Sequence[SectionTable]) -> SectionTable | None:
    """Return the first section one of whose patterns fits a run's path, or a folder above it."""
    return _finder(sections)(path)


def _finder(sections: Sequence[SectionTable]) -> Callable[[str], SectionTable | None]:
    owners = [section for section in sections for _ in section.runs]
    fits = any_of(patterns(sections))

    def find(path: str) -> SectionTable | None:
        found = fits(path) or next(filter(None, map(fits, with_parents(path))), None)
        return owners[found.lastindex - 1] if found and found.lastindex else None

    return find


def plan(
    runs: Iterable[Run],
    sections: Sequence[SectionTable],
    committed: Iterable[str],
    *,
    fold_seeds: bool = True,
    titles: Mapping[str, str] = MappingProxyType({}),
) -> list[Section]:
    """Return the sections of the page in their order, those without a run of theirs too.

    `committed` are the ids of the blocks that the page has: a section by folder whose artifacts
    are elsewhere is still there. `titles` are what the artifacts call their folders.
    """
    owned: dict[str, list[Run]] = {table.id: [] for table in sections}
    find = _finder(sections)
    for run in runs:
        table = find(run.path)
        if table is not None:
            owned[table.id].append(run)
    ids = list(committed)
    planned: list[Section] = []
    for table in sections:
        own = owned[table.id]
        if table.by_folder:
            planned += by_folder(table, own, ids, titles)
        else:
            title = table.title or table.id
            planned.append(Section(table.id, title, settings=table, runs=named(own)))
    planned = with_clear_titles(planned)
    return [*map(_with_names, map(_folded, planned) if fold_seeds else planned)]


def _with_names(planned: Section) -> Section:
    """Return the section with the names that its configuration gives to runs."""
    given = planned.settings.names
    names = {
        name: printable(given.get(run.path) or given.get(name) or name)
        for name, run in planned.runs.items()
    }
    if not given or len({*names.values()}) < len(names):
        return planned
    runs, folded = (
        {names[key]: one for key, one in by_name.items()}
        for by_name in (planned.runs, planned.folded)
    )
    return replace(planned, runs=runs, folded=folded)


def _folded(planned: Section) -> Section:
    """Return the section with one run in the place of those that differ only in their seed."""
    groups = replicates.fold(planned.runs)
    members = {name for group in groups.values() for name in group}
    runs = {name: run for name, run in planned.runs.items() if name not in members}
    return replace(planned, runs=runs | replicates.means(groups), folded=groups)


def ends(
    former: Iterable[Mapping[Place, Run]], planned: Sequence[Section], files: Touched
) -> dict[str, dict[str, Status]]:
    """Return how the runs ended that are no longer finished, by section and name.

    A run is deleted where its files are, where its row left a table, or where it stands elsewhere;
    it is unfinished where it lost some of its files, or their metrics. `former` are the runs behind
    former pages, `planned` the sections of the runs that are here. A run whose files are as they
    were, or cannot be read, is not among them: it keeps its row.
    """
    sides = [*former]
    if not (sides or files.new):
        return {}
    here = {(one.id, name): run for one in planned for name, run in one.every_run.items()}
    finished = [run for run in here.values() if run.finished]
    paths = {run.path for run in finished}
    held = {(file, run.name) for run in finished for file in run.files}
    out: defaultdict[str, dict[str, Status]] = defaultdict(dict)
    for (section, name), run in here.items():
        if not run.finished and not (files.new & files.empty).isdisjoint(run.files):
            out[section][name] = Status.UNFINISHED
    for (section, name), run in chain.from_iterable(side.items() for side in sides):
        if (section, name) in here and here[section, name].finished:
            continue
        own = set(run.files)
        is_row_of_file = not any(is_below(file, run.path) for file in own)
        is_held = is_row_of_file and any((file, run.name) in held for file in own)
        read = {one.file for one in run.readings.values()} & files.changed
        if is_held or run.path in paths or own <= files.missing:
            out[section].setdefault(name, Status.DELETED)
        elif own & files.missing or (read and not files.empty.isdisjoint({*read, run.path})):
            out[section][name] = Status.UNFINISHED
        elif is_row_of_file and own & files.changed:
            out[section].setdefault(name, Status.DELETED)
    return dict(out)
