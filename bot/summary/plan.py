"""Which run belongs to which section: by the configured patterns, else by folder."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.collect.discover import DEFAULT_FOLDERS
from bot.collect.roots import names, own_name
from bot.config import SectionTable
from bot.globs import literal_prefix, matches
from bot.model import Run
from bot.summary import seeds


@dataclass(frozen=True, slots=True)
class Planned:
    """One section to be, with its runs by the name that the page shows."""

    id: str
    title: str
    table: SectionTable
    runs: Mapping[str, Run] = field(default_factory=dict)
    renamed: frozenset[str] = frozenset()
    """Names that no row has any more: two runs share one, or its row was folded."""
    folded: Mapping[str, Mapping[str, Run]] = field(default_factory=dict)
    """The runs of the single seeds, by the name of the row that stands for them."""


def default_sections(folders: Iterable[str]) -> tuple[SectionTable, ...]:
    """Return one section a folder, for the first of the usual folders that is there.

    `folders` are the names at the top of the repository.
    """
    there = set(folders)
    base = next((folder for folder in DEFAULT_FOLDERS if folder in there), DEFAULT_FOLDERS[0])
    return (SectionTable(id=base, title="{folder}", runs=(f"{base}/**",), by_folder=True),)


def bases(sections: Sequence[SectionTable]) -> tuple[str, ...]:
    """Return the folders that hold runs, none of which is a run itself."""
    return tuple(literal_prefix(pattern) for section in sections for pattern in section.runs)


def patterns(sections: Sequence[SectionTable]) -> tuple[str, ...]:
    """Return the patterns of all run folders."""
    return tuple(pattern for section in sections for pattern in section.runs)


def section_of(path: str, sections: Sequence[SectionTable]) -> SectionTable | None:
    """Return the first section one of whose patterns fits a run's path."""
    for section in sections:
        if any(matches(pattern, path) for pattern in section.runs):
            return section
    return None


def plan(
    runs: Iterable[Run],
    sections: Sequence[SectionTable],
    committed: Iterable[str],
    *,
    fold_seeds: bool = True,
) -> list[Planned]:
    """Return the sections of the page in their order, those without a run of theirs too.

    `committed` are the ids of the blocks that the page has: a section by folder whose artifacts
    are elsewhere is still there.
    """
    grouped: dict[str, defaultdict[str, list[Run]]] = {s.id: defaultdict(list) for s in sections}
    for run in runs:
        table = section_of(run.path, sections)
        if table is not None:
            grouped[table.id][_folder(run.path) if table.by_folder else ""].append(run)
    ids = list(committed)
    planned: list[Planned] = []
    for table in sections:
        planned += (
            _by_folder(table, grouped[table.id], ids)
            if table.by_folder
            else [_planned(table.id, table.title or table.id, table, grouped[table.id][""])]
        )
    return [_folded(one) for one in planned] if fold_seeds else planned


def _folded(planned: Planned) -> Planned:
    """Put one run in the place of those that differ only in their seed."""
    groups = seeds.fold(planned.runs)
    if not groups:
        return planned
    members = {name for group in groups.values() for name in group}
    runs = {name: run for name, run in planned.runs.items() if name not in members}
    folded = {row: {name: planned.runs[name] for name in group} for row, group in groups.items()}
    for row, group in folded.items():
        runs[row] = seeds.representative(row, list(group.values()))
    renamed = planned.renamed | (members - set(groups))
    return replace(planned, runs=runs, renamed=renamed, folded=folded)


def group_id(table: SectionTable, folder: str) -> str:
    """Return the id of one folder's section."""
    return f"{table.id}/{_slug(folder)}" if folder else table.id


def _by_folder(
    table: SectionTable, groups: Mapping[str, list[Run]], committed: Sequence[str]
) -> list[Planned]:
    base = literal_prefix(table.runs[0])
    # A group is known by its folder below the base: what only its last part would tell apart from
    # another group today may not do so tomorrow.
    relative = {
        folder: "" if folder == base else folder.removeprefix(f"{base}/" if base else "")
        for folder in groups
    }
    planned = {
        group_id(table, relative[folder]): _planned(
            group_id(table, relative[folder]),
            table.title.replace("{folder}", own_name(relative[folder] or folder)),
            table,
            runs,
        )
        for folder, runs in groups.items()
    }
    for section_id in committed:
        if section_id.startswith(f"{table.id}/") or section_id == table.id:
            title = table.title.replace("{folder}", section_id.rpartition("/")[2])
            planned.setdefault(section_id, Planned(section_id, title, table))
    return [planned[section_id] for section_id in sorted(planned)]


def _planned(section_id: str, title: str, table: SectionTable, runs: Sequence[Run]) -> Planned:
    shown, renamed = _names(runs)
    return Planned(section_id, title, table, shown, renamed)


def _names(runs: Sequence[Run]) -> tuple[dict[str, Run], frozenset[str]]:
    """Return the runs by the shortest name that tells them apart.

    Of several with one name, a finished one keeps it where it is the only finished one.
    """
    count = Counter(run.name for run in runs)
    finished = Counter(run.name for run in runs if run.finished)
    out: dict[str, Run] = {}
    clashing: list[Run] = []
    for run in runs:
        alone = count[run.name] == 1 or (run.finished and finished[run.name] == 1)
        if alone:
            out[run.name] = run
        else:
            clashing.append(run)
    longer = names([run.path for run in clashing] + [run.path for run in out.values()])
    for run in clashing:
        out[longer[run.path] if longer[run.path] not in out else run.path] = run
    bare = {run.name for run in clashing} - set(out)
    return out, frozenset(bare)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _slug(text: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._/-") else "_" for c in text)
    while "--" in kept:
        kept = kept.replace("--", "-_")
    return kept
