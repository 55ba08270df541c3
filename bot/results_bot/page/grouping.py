"""Cut the folders of runs into sections as people would: by what they compare, not by each folder.

A folder becomes a section with its id, its title and the names of its runs here. Which table of the
configuration a run belongs to is decided in `page.plan`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import chain, count
from posixpath import basename, dirname

from msgspec.structs import replace

from results_bot.collect.folders import (
    is_identifier,
    is_replicate,
    is_uninformative,
    names,
    own_name,
)
from results_bot.collect.paths import is_below
from results_bot.config import SectionTable
from results_bot.escape import printable
from results_bot.globs import is_wild, place
from results_bot.model import Run
from results_bot.page.section import Section

MOST_SECTIONS = 12
_RUN = re.compile(r"run[-_]?\d+", re.IGNORECASE)


def by_folder(
    table: SectionTable, runs: Iterable[Run], committed: Sequence[str], titles: Mapping[str, str]
) -> list[Section]:
    """Return a section for each group of folders, in the order of their ids.

    `committed` are the ids of the page's sections, which stay as they are; `titles` are what the
    artifacts call their folders, as MLflow's experiments do.
    """
    base = place(table.runs[0])
    folders: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        above = dirname(run.path)
        folders[above if is_below(above, base) else base].append(run)  # The base may be a run.

    def stays(folder: str) -> bool:
        is_file = not is_wild(table.runs[0])
        return is_file or folder in titles or group_id(table, folder, base) in committed

    grouped: defaultdict[str, list[Run]] = defaultdict(list)
    for folder, section in section_folders(folders, base, stays).items():
        within = _plain(folder, base).removeprefix(section).strip("/")
        grouped[section] += [_within(within, run) for run in folders[folder]]
    out: dict[str, Section] = {}
    for folder, own in grouped.items():
        title = printable(titles.get(folder, "")) or own_name(_relative(folder, base) or folder)
        title = table.title.replace("{folder}", title or table.id)
        one = group_id(table, folder, base)
        out[one] = Section(one, title, settings=table, runs=named(own))
    for one in committed:
        if is_below(one, table.id):
            title = table.title.replace("{folder}", basename(one))
            out.setdefault(one, Section(one, title, settings=table))
    return [out[one] for one in sorted(out)]


def section_folders(
    runs: Mapping[str, Sequence[Run]], base: str, stays: Callable[[str], bool]
) -> dict[str, str]:
    """Map each folder of runs to the folder that its section is of.

    `runs` are the runs right in each folder; `stays` returns True for a section to keep.
    """

    def may_go(section: str) -> bool:
        return section != base and not stays(section)

    # Dates, seeds and random identifiers are no sections. A folder of seeds is a row of the section
    # above, as are folders with the same numbered runs: each is a model.
    names_in = {folder: tuple(basename(run.path) for run in own) for folder, own in runs.items()}
    layouts = Counter((dirname(folder), own) for folder, own in names_in.items())
    out: dict[str, str] = {}
    rows: Counter[str] = Counter()
    for folder, own in names_in.items():
        numbered = len(own) > 1 and all(map(_RUN.fullmatch, own))
        alike = numbered and layouts[dirname(folder), own] > 1
        is_row = may_go(folder) and (alike or all(map(is_replicate, own)))
        out[folder] = folder
        if not stays(folder):
            out[folder] = _plain(dirname(folder) if is_row else folder, base)
        rows[out[folder]] += 1 if is_row else len(own)

    # A section of one row is put with its siblings, or with the runs of the folder above.
    alone = [section for section, count in rows.items() if count == 1 and may_go(section)]
    siblings = Counter(map(dirname, alone))
    higher = {one: dirname(one) for one in alone}
    higher = {one: up for one, up in higher.items() if siblings[up] > 1 or up in rows}
    out = {folder: higher.get(section, section) for folder, section in out.items()}

    # The deepest are put together until there are a dozen at most.
    while len(free := {section for section in out.values() if may_go(section)}) > MOST_SECTIONS:
        deepest = max(section.count("/") for section in free)
        higher = {one: dirname(one) for one in free if one.count("/") == deepest}
        out = {folder: higher.get(section, section) for folder, section in out.items()}
    return out


def with_clear_titles(planned: Sequence[Section]) -> list[Section]:
    """Give sections by folder of one title the shortest that no other has, without empty words."""
    times = Counter(one.title for one in planned)
    folders = {
        one.id: f"{place(one.settings.runs[0])}{one.id.removeprefix(one.settings.id)}"
        for one in planned
        if one.settings.by_folder and times[one.title] > 1
    }
    plain = {}
    for folder in folders.values():
        parts = folder.split("/")
        plain[folder] = "/".join([p for p in parts if not is_uninformative(p)] or parts[-1:])
    shared, shown = Counter(plain.values()), names(set(plain.values()))
    clear = {one: shown[plain[one]] if shared[plain[one]] == 1 else one for one in plain}
    return [
        replace(one, title=one.settings.title.replace("{folder}", clear[folders[one.id]]))
        if one.id in folders
        else one
        for one in planned
    ]


def named(runs: Sequence[Run]) -> dict[str, Run]:
    """Map the shortest unique name of each run, as the page shows it, to the run.

    Of several with one name, a finished one keeps it where it is the only finished one.
    """
    shown = [printable(run.name) for run in runs]
    shared = Counter(shown)
    finished = Counter(name for name, run in zip(shown, runs, strict=True) if run.finished)
    out, clashing = dict[str, Run](), []
    for name, run in zip(shown, runs, strict=True):
        if shared[name] == 1 or (run.finished and finished[name] == 1):
            out[name] = run
        else:
            clashing.append(run)
    longer = names([run.path for run in (*clashing, *out.values())]) if clashing else {}
    for run in clashing:
        # Two paths may differ only in characters that cannot be shown.
        path = printable(run.path)
        numbered = (f"{path} ({number})" for number in count(2))
        free = next(one for one in chain((longer[run.path], path), numbered) if one not in out)
        out[free] = run
    return out


def group_id(table: SectionTable, folder: str, base: str) -> str:
    """Return the id of the section of a folder in or below `base`, the folder of its table.

    It has the whole path below the base: what only the last part would tell apart from another
    section today may not do so tomorrow.
    """
    below = _relative(folder, base)
    return f"{table.id}/{_slug(below)}" if below else table.id


def top_id(name: str) -> str:
    """Return an id for a folder or file at the top: ASCII, a letter or digit first."""
    kept = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    plain = _slug(kept.lstrip("._-") or "runs")
    return plain if kept == name else f"{plain}_{_digest(name)}"


def _slug(text: str) -> str:
    """Return `text` without what a marker cannot hold; what was lost goes into a short hash."""
    kept = re.sub(r"[^\w./-]", "_", text)
    while "--" in kept:
        kept = kept.replace("--", "-_")
    return kept if kept == text else f"{kept}_{_digest(text)}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]


def _relative(folder: str, base: str) -> str:
    return "" if folder == base else folder.removeprefix(f"{base}/" if base else "")


def _within(folder: str, run: Run) -> Run:
    """Prefix the name of a run with its folder below that of the section."""
    last = basename(folder)  # `org__model` is how evaluation tools write `org/model`.
    if not folder or run.name.startswith(f"{last}/") or run.name.replace("/", "__") == last:
        return run
    return replace(run, name=f"{printable(folder)}/{run.name}")


@lru_cache(maxsize=1_024)
def _plain(folder: str, base: str) -> str:
    """Return a folder of runs without the parts below `base` that are no section."""
    parts = _relative(folder, base).split("/")
    kept = [one for one in parts if one and not is_identifier(one) and not is_replicate(one)]
    return "/".join(filter(None, [base, *kept]))
