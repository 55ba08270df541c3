"""Assign runs to sections: by the configured patterns, else by folder. Find deleted runs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, compress, count
from types import MappingProxyType

from msgspec.structs import replace

from results_bot.collect.folders import (
    fits,
    is_identifier,
    is_replicate,
    names,
    own_name,
    possible_names,
    run_folders,
    with_parents,
    without_replicate,
)
from results_bot.collect.paths import DATABASES, DEFAULT_FOLDERS, TOP_FILES, is_below, select
from results_bot.config import SectionTable
from results_bot.escape import printable
from results_bot.globs import any_of, is_wild, literal_prefix, place
from results_bot.model import Run
from results_bot.page import replicates
from results_bot.page.grouping import below, section_folders
from results_bot.page.grouping import titles as titles_of
from results_bot.page.section import Section


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
        SectionTable(id=_top_id(name), title="{folder}", runs=(pattern,), by_folder=True)
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
    grouped: dict[str, defaultdict[str, list[Run]]] = {s.id: defaultdict(list) for s in sections}
    find = _finder(sections)
    for run in runs:
        table = find(run.path)
        if table is not None:
            base, above = place(table.runs[0]), run.path.rpartition("/")[0]
            folder = above if is_below(above, base) else base  # The base may be a run itself.
            grouped[table.id][folder if table.by_folder else ""].append(run)
    ids = list(committed)
    planned: list[Section] = []
    for table in sections:
        groups = grouped[table.id]
        if table.by_folder:
            planned += _by_folder(table, groups, ids, titles)
        else:
            named = _named(groups[""])
            planned.append(Section(table.id, table.title or table.id, settings=table, runs=named))
    planned = _with_clear_titles(planned)
    return [*map(_with_names, map(_folded, planned) if fold_seeds else planned)]


def _with_names(planned: Section) -> Section:
    """Return the section with the names that its configuration gives to runs."""
    given = planned.settings.names
    names = {
        name: given.get(run.path) or given.get(name) or name for name, run in planned.runs.items()
    }
    if not given or len({*names.values()}) < len(names):
        return planned
    fields = ("runs", "folded", "spread")
    changed = {f: {names[key]: one for key, one in getattr(planned, f).items()} for f in fields}
    return replace(planned, **changed)


def _with_clear_titles(planned: Sequence[Section]) -> list[Section]:
    """Give sections by folder a longer title where theirs is empty of meaning or another's too."""
    count = Counter(one.title for one in planned)
    folders = {
        one.id: f"{place(one.settings.runs[0])}{one.id.removeprefix(one.settings.id)}"
        for one in planned
    }
    unclear = [one.id for one in planned if one.settings.by_folder and count[one.title] > 1]
    clear = titles_of([folders[one] for one in unclear])
    return [
        replace(one, title=one.settings.title.replace("{folder}", clear[folders[one.id]]))
        if one.id in unclear
        else one
        for one in planned
    ]


def _folded(planned: Section) -> Section:
    """Return the section with one run in the place of those that differ only in their seed."""
    groups = replicates.fold(planned.runs)
    means, spread = replicates.means(groups)
    members = {name for group in groups.values() for name in group}
    runs = {name: run for name, run in planned.runs.items() if name not in members}
    return replace(planned, runs=runs | means, folded=groups, spread=spread)


def _top_id(name: str) -> str:
    """Return an id that a configuration may have: ASCII, a letter or digit first."""
    kept = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    plain = _slug(kept.lstrip("._-") or "runs")
    if kept == name:
        return plain
    return f"{plain}_{_digest(name)}"


def group_id(table: SectionTable, folder: str) -> str:
    """Return the id of one folder's section."""
    return f"{table.id}/{_slug(folder)}" if folder else table.id


def _by_folder(
    table: SectionTable,
    grouped: Mapping[str, list[Run]],
    committed: Sequence[str],
    titles: Mapping[str, str],
) -> list[Section]:
    """Return a section for each group of folders; what the page has stays as it is."""
    base = place(table.runs[0])

    def stays(folder: str) -> bool:
        # Artifacts may have a title for a folder, as MLflow's experiments do.
        is_file = not is_wild(table.runs[0])
        return is_file or folder in titles or group_id(table, _relative(folder, base)) in committed

    names_of = {one: [run.path.rpartition("/")[2] for run in grouped[one]] for one in grouped}
    chosen = section_folders(names_of, base, stays)
    groups: defaultdict[str, list[Run]] = defaultdict(list)
    for folder, runs in grouped.items():
        within = below(folder, chosen[folder], base)
        groups[chosen[folder]] += [_within(within, run) for run in runs]
    planned: dict[str, Section] = {}
    for folder, runs in groups.items():
        # A group is known by its folder below the base: what only its last part would tell apart
        # from another group today may not do so tomorrow.
        section_id = group_id(table, _relative(folder, base))
        title = (
            printable(titles.get(folder, ""))
            or own_name(_relative(folder, base) or folder)
            or table.id
        )
        title = table.title.replace("{folder}", title)
        planned[section_id] = Section(section_id, title, settings=table, runs=_named(runs))
    for section_id in committed:
        if section_id.startswith(f"{table.id}/") or section_id == table.id:
            title = table.title.replace("{folder}", section_id.rpartition("/")[2])
            planned.setdefault(section_id, Section(section_id, title, settings=table))
    return [planned[section_id] for section_id in sorted(planned)]


def _within(folder: str, run: Run) -> Run:
    """Return a run whose name begins with the folder that it has inside of its section."""
    last = folder.rpartition("/")[2]  # `org__model` is how evaluation tools write `org/model`.
    if not folder or run.name.startswith(f"{last}/") or run.name.replace("/", "__") == last:
        return run
    return replace(run, name=f"{printable(folder)}/{run.name}")


def _named(runs: Sequence[Run]) -> dict[str, Run]:
    """Return the runs by the shortest name that tells them apart.

    Of several with one name, a finished one keeps it where it is the only finished one.
    """
    shared = Counter(run.name for run in runs)
    finished = Counter(run.name for run in runs if run.finished)
    alone = [shared[run.name] == 1 or (run.finished and finished[run.name] == 1) for run in runs]
    out = {run.name: run for run in compress(runs, alone)}
    clashing = [run for run, is_alone in zip(runs, alone, strict=True) if not is_alone]
    longer = names([run.path for run in (*clashing, *out.values())]) if clashing else {}
    for run in clashing:
        # Two paths may differ only in characters that cannot be shown.
        path = printable(run.path)
        numbered = (f"{path} ({number})" for number in count(2))
        free = next(one for one in chain((longer[run.path], path), numbered) if one not in out)
        out[free] = run
    return out


def _slug(text: str) -> str:
    """Return `text` without what a marker cannot hold; what was lost goes into a short hash."""
    kept = re.sub(r"[^\w./-]", "_", text)
    while "--" in kept:
        kept = kept.replace("--", "-_")
    return kept if kept == text else f"{kept}_{_digest(text)}"


def _digest(text: str) -> str:
    from hashlib import sha256

    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]


def gone(
    before: Iterable[str],
    present: Iterable[str],
    sections: Sequence[SectionTable],
    held: Callable[[Sequence[str]], Iterable[Run]] = lambda _: (),
) -> dict[str, dict[str, bool]]:
    """Map section ids to the names of runs that lost a tracked artifact; True if others are left.

    `before` are the paths that git tracked when the page was last true, `present` those that are
    here now; `held` returns the runs in files that are not, such as the rows of a table. A run that
    is finished all the same keeps its row: fresh values win over this.
    """
    before, present = set(before), set(present)
    missing = set(select(before - present, patterns(sections)))
    if not missing:
        return {}
    rows = {run.path: run.name for run in held(sorted(missing))}
    known = list(select(before, patterns(sections)))
    holding = [path.rpartition("/")[0] for path in known]
    folders, _ = run_folders(holding, bases(sections), patterns(sections))
    paths = {folders[path.rpartition("/")[0]] for path in missing} | missing | rows.keys()
    holding_still = {folders[path.rpartition("/")[0]] for path in present.intersection(known)}
    find, out = _finder(sections), defaultdict[str, dict[str, bool]](dict)
    for path in paths:
        table = find(path)
        if table is None:
            continue
        base, above = place(table.runs[0]), path.rpartition("/")[0]
        # A row may have any of these names, alone or as one of several seeds.
        names = possible_names(path) | {rows.get(path, path)}
        names |= {without_replicate(name) for name in names}
        names |= {table.names[name] for name in names & table.names.keys()}
        while table.by_folder and is_below(above, base) and above != base:
            section_id = group_id(table, _relative(above, base))
            out[section_id] |= dict.fromkeys(names, path in holding_still)
            # In a section further up, the row has the folders between in its name.
            passed = above.rpartition("/")[2]
            above = above.rpartition("/")[0]
            if not is_identifier(passed) and not is_replicate(passed):
                names = {name for name in names if name.count("/") > 0}
        out[table.id] |= dict.fromkeys(names, path in holding_still)
    return dict(out)


def _relative(folder: str, base: str) -> str:
    return "" if folder == base else folder.removeprefix(f"{base}/" if base else "")


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
