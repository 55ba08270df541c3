"""Which rows leave the page: those of deleted artifacts, from two lists of paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.collect.discover import tracked
from bot.collect.roots import own_name, run_folders
from bot.config import SectionTable
from bot.model import Run
from bot.summary.plan import bases, patterns, plan


def gone(
    before: Iterable[str], present: Iterable[str], sections: Sequence[SectionTable]
) -> dict[str, frozenset[str]]:
    """Map section ids to the names of runs that lost a tracked artifact.

    `before` are the paths that git tracked when the page was last true, `present` those that are
    here now. A run that is finished all the same keeps its row: fresh values win over this.
    """
    before = set(before)
    missing = set(tracked(before.difference(present), patterns(sections)))
    if not missing:
        return {}
    known = list(tracked(before, patterns(sections)))
    folders = run_folders((path.rpartition("/")[0] for path in known), bases(sections))
    paths = {folders[path.rpartition("/")[0]] for path in missing} | missing
    stubs = [Run(path, own_name(path)) for path in sorted(paths)]
    planned = plan(stubs, sections, ())
    return {one.id: frozenset(one.runs) | one.renamed for one in planned if one.runs}
