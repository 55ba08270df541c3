"""Which rows leave the page: those of deleted artifacts, from two lists of paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from results_bot.collect.folders import own_name, possible_names, run_folders
from results_bot.collect.paths import select
from results_bot.config import SectionTable
from results_bot.model import Run
from results_bot.page.plan import bases, patterns, plan
from results_bot.page.seeds import row_name


def gone(
    before: Iterable[str], present: Iterable[str], sections: Sequence[SectionTable]
) -> dict[str, frozenset[str]]:
    """Map section ids to the names of runs that lost a tracked artifact.

    `before` are the paths that git tracked when the page was last true, `present` those that are
    here now. A run that is finished all the same keeps its row: fresh values win over this.
    """
    before = set(before)
    missing = set(select(before.difference(present), patterns(sections)))
    if not missing:
        return {}
    known = list(select(before, patterns(sections)))
    above = (path.rpartition("/")[0] for path in known)
    folders = run_folders(above, bases(sections), patterns(sections))
    paths = {folders[path.rpartition("/")[0]] for path in missing} | missing
    stubs = [Run(path, own_name(path)) for path in sorted(paths)]
    planned = plan(stubs, sections, (), fold_seeds=False)
    return {one.id: _names(one.runs.values()) for one in planned if one.runs}


def _names(runs: Iterable[Run]) -> frozenset[str]:
    """Return every name that a row of these runs may have, alone or as one of several seeds."""
    own = {name for run in runs for name in possible_names(run.path)}
    return frozenset(own | {row_name(name) for name in own})
