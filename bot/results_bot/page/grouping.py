"""Cut the folders of runs into sections as people would: by what they compare, not by each folder.

Dates, seeds and random identifiers are no sections. A section of one run is put with its siblings,
and where there would be more than a dozen sections, the deepest are put together.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from results_bot.collect.folders import is_identifier, is_replicate, is_uninformative, names

MOST_SECTIONS = 12
_RUN = re.compile(r"run[-_]?\d+", re.IGNORECASE)


def section_folders(
    runs: Mapping[str, Sequence[str]], base: str, stays: Callable[[str], bool]
) -> dict[str, str]:
    """Map each folder of runs to the folder that its section is of.

    `runs` are the names of the runs in each folder; `stays` returns True for a section to keep.
    """
    layouts = Counter((folder.rpartition("/")[0], tuple(own)) for folder, own in runs.items())
    out: dict[str, str] = {}
    rows: Counter[str] = Counter()
    for folder, own in runs.items():
        if stays(folder):
            out[folder] = folder
            rows[folder] += len(own)
            continue
        above = folder.rpartition("/")[0]
        # A model with a folder for each seed, or several models with the same numbered runs.
        numbered = len(own) > 1 and all(map(_RUN.fullmatch, own))
        is_one = all(map(is_replicate, own)) or (numbered and layouts[above, tuple(own)] > 1)
        is_one = is_one and folder != base
        out[folder] = _plain(above if is_one else folder, base)
        rows[out[folder]] += 1 if is_one else len(own)
    siblings: defaultdict[str, set[str]] = defaultdict(set)
    for section, count in rows.items():
        if section != base and count == 1 and not stays(section):
            siblings[section.rpartition("/")[0]].add(section)
    alone = {
        section: above
        for above, some in siblings.items()
        for section in some
        if len(some) > 1 or above in rows
    }
    out = {folder: alone.get(section, section) for folder, section in out.items()}
    free = {section for section in out.values() if section != base and not stays(section)}
    while len(free) > MOST_SECTIONS:
        deepest = max(section.count("/") for section in free)
        higher = {one: one.rpartition("/")[0] for one in free if one.count("/") == deepest}
        out = {folder: higher.get(section, section) for folder, section in out.items()}
        free -= higher.keys()
        free |= {one for one in higher.values() if one != base and not stays(one)}
    return out


def below(folder: str, section: str, base: str) -> str:
    """Return what stands between a run's folder and its section's, without dates and seeds."""
    return _plain(folder, base).removeprefix(section).strip("/")


def titles(folders: Sequence[str]) -> dict[str, str]:
    """Give each section's folder the shortest title that no other has, without empty words."""
    plain = {}
    for folder in folders:
        parts = folder.split("/")
        plain[folder] = "/".join([p for p in parts if not is_uninformative(p)] or parts[-1:])
    count, shown = Counter(plain.values()), names(set(plain.values()))
    return {one: shown[plain[one]] if count[plain[one]] == 1 else one for one in folders}


@lru_cache(maxsize=1_024)
def _plain(folder: str, base: str) -> str:
    """Return a folder of runs without the parts below `base` that are no section."""
    below = folder.removeprefix(base).strip("/") if folder != base else ""
    kept = [
        part
        for part in below.split("/")
        if part and not is_identifier(part) and not is_replicate(part)
    ]
    return "/".join(filter(None, [base, *kept]))
