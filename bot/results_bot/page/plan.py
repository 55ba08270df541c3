"""Assign runs to sections: by the configured patterns, else by folder. Find deleted runs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from types import MappingProxyType

from msgspec.structs import replace

from results_bot.collect.folders import (
    fits,
    is_identifier,
    is_replicate,
    possible_names,
    run_folders,
    with_parents,
    without_replicate,
)
from results_bot.collect.paths import DATABASES, DEFAULT_FOLDERS, TOP_FILES, is_below, select
from results_bot.config import SectionTable
from results_bot.escape import printable
from results_bot.globs import any_of, literal_prefix, place
from results_bot.model import Run
from results_bot.page import replicates
from results_bot.page.grouping import by_folder, group_id, named, top_id, with_clear_titles
from results_bot.page.section import Section

_METRICS = re.compile(r"(?i)(?:(?:all|eval|final|run|test|training|val)_)?metrics\.\w+")
"""The name of a file that is there to hold a run's final metrics."""


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


def gone(
    before: Iterable[str],
    present: Iterable[str],
    sections: Sequence[SectionTable],
    held: Callable[[Sequence[str]], Iterable[Run]] = lambda _: (),
    emptied: Iterable[str] = (),
    left: Iterable[Run] = (),
) -> dict[str, dict[str, bool]]:
    """Map section ids to the names of runs that lost a tracked artifact; True if files are left.

    `before` are the paths that git tracked when the page was last true, `present` those that are
    here now. `emptied` are files that hold no metric: changed ones count as lost if they held one,
    and those that git never had, which a job uploaded, if their name is one for metrics. `held`
    returns the runs that files held, such as the rows of a table; `left` are those that such a file
    no longer holds. A run that is finished all the same keeps its row: fresh values win over this.
    """
    before, present = set(before), set(present)
    emptied = set(emptied)
    missing = set(select(before - present | (emptied & before), patterns(sections)))
    former = [*held(sorted(missing))] if missing else []
    lost = {one.file for run in former for one in run.readings.values()} & emptied
    new = select(emptied - before, patterns(sections))
    lost |= {path for path in new if _METRICS.fullmatch(path.rpartition("/")[2])}
    missing = missing - present | lost
    rows = {run.path: run.name for run in former if not missing.isdisjoint(run.files)}
    rows |= {run.path: run.name for run in left}
    if not missing and not rows:
        return {}
    known = list(select(before | lost, patterns(sections)))
    holding = [path.rpartition("/")[0] for path in known]
    folders, _ = run_folders(holding, bases(sections), patterns(sections))
    paths = {folders[path.rpartition("/")[0]] for path in missing} | missing | rows.keys()
    holding_still = {
        folders[path.rpartition("/")[0]] for path in (present | lost).intersection(known)
    }
    holding_still |= lost | {run.path for run in former if lost.intersection(run.files)}
    find, out = _finder(sections), defaultdict[str, dict[str, bool]](dict)
    for path in sorted(paths):
        table = find(path)
        if table is None:
            continue
        base, above = place(table.runs[0]), path.rpartition("/")[0]
        # A row may have any of these names, alone or as one of several seeds.
        names = possible_names(path) | {rows.get(path, path)}
        names |= {without_replicate(name) for name in names}
        names |= {table.names[name] for name in names & table.names.keys()}
        while table.by_folder and is_below(above, base) and above != base:
            section_id = group_id(table, above, base)
            out[section_id] |= dict.fromkeys(names, path in holding_still)
            # In a section further up, the row has the folders between in its name.
            passed = above.rpartition("/")[2]
            above = above.rpartition("/")[0]
            if not is_identifier(passed) and not is_replicate(passed):
                names = {name for name in names if name.count("/") > 0}
        out[table.id] |= dict.fromkeys(names, path in holding_still)
    return dict(out)


def no_longer_held(former: Iterable[Run], now: Iterable[Run], files: Set[str]) -> list[Run]:
    """Return the former runs of `files`, of several runs each, that these files do not hold now."""
    held = {(file, run.name) for run in now for file in run.files}
    return [
        run
        for run in former
        if not files.isdisjoint(run.files)
        and not any(is_below(file, run.path) or (file, run.name) in held for file in run.files)
    ]


def moved(former: Sequence[Section], now: Sequence[Section]) -> dict[str, frozenset[str]]:
    """Map ids of former sections to the names of rows whose runs belong to another section now."""
    there = {run.path: one.id for one in now for run in one.runs.values()}
    out = {}
    for one in former:
        left = {
            name: run for name, run in one.runs.items() if there.get(run.path, one.id) != one.id
        }
        names = left.keys() | {name for run in left.values() for name in possible_names(run.path)}
        out[one.id] = frozenset(names | {without_replicate(name) for name in names})
    return out
