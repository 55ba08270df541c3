"""The two sides of a comparison: what a page is made from, and what it is compared with.

A head is read in the work tree, the index, a commit or uploads; a base is a commit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from results_bot.collect.file import Listed
from results_bot.collect.samples import Samples, read_once
from results_bot.config import Config, SectionTable
from results_bot.errors import ConfigError
from results_bot.git import APPROVED_BY
from results_bot.globs import local
from results_bot.judge.moves import moves
from results_bot.model import Change, ChangeKind, Collection, Metric, Problem, Row, Run
from results_bot.page import cells
from results_bot.page.choice import MOST_COLUMNS, Readings
from results_bot.page.columns import completed
from results_bot.page.document import parse_page
from results_bot.page.page import Fresh, HeadSide, read, regenerate
from results_bot.page.plan import Touched, places, plan
from results_bot.page.replicates import defining_settings
from results_bot.page.rows import rows_of_runs
from results_bot.page.section import Place, Section, Summary, is_judged
from results_bot.workspace import Workspace

if TYPE_CHECKING:
    from results_bot.judge.noise import PastPage

_METRICS = re.compile(r"(?i)(?:.*/)?(?:(?:all|eval|final|run|test|training|val)_)?metrics\.\w+")
"""A file whose name is that of a run's final metrics."""
LEFT = (ChangeKind.RUN_UNFINISHED, ChangeKind.RUN_REMOVED)
"""A row is no longer there."""
MOST_PAST = 500
"""Versions of the page in which earlier values are looked for."""


class Uploads(Protocol):
    """Artifacts that CI jobs uploaded."""

    @property
    def paths(self) -> Iterable[str]:
        """Where the files belong in the repository."""
        ...

    def within(self, patterns: Sequence[str]) -> list[Listed | Problem]:
        """Return the files that the patterns of the sections allow, each path once."""
        ...


def head_side(workspace: Workspace, base: str | None, uploads: Uploads | None) -> HeadSide:
    """Return what the work tree or the index holds.

    Of a commit, what git and the uploads hold; the work tree is not looked at.
    """
    sources, head = workspace.sources, workspace.commit
    old = workspace.read_page()
    if head is None:
        seen = None if workspace.staged else sources.look()
        collection = sources.collect_staged() if seen is None else sources.collect(seen)
        commits, touched = sources.touched(seen, collection, base)
        samples = sources.samples
    else:
        sent = uploads.within(sources.patterns) if uploads else []
        listed = sources.listed_at(head, sources.folders)
        uploaded = {one.path: one for one in sent if isinstance(one, Listed)}
        listed |= uploaded
        problems = [one for one in sent if isinstance(one, Problem)]
        collection = sources.collect_listed(listed, head, problems)
        commits = [base] if base else []
        before = sources.listed_at(base, sources.folders) if base else {}
        both = before.keys() & listed.keys()
        changed = {path for path in both if before[path].version != listed[path].version}
        new = {path for path in uploaded.keys() - before.keys() if _METRICS.fullmatch(path)}
        touched = Touched.since(before.keys(), listed.keys(), changed, collection, new)

        def samples(run: Run) -> Samples | None:
            return sources.samples_of(run, listed)

    former = cache(partial(former_runs, workspace, here=collection))
    owns = [_own(workspace, one) for one in commits]
    moved = any(one.sections != workspace.sections for one in owns)
    if not (moved or touched.missing or touched.changed or touched.new):
        commits = []
    configs = [one.config for one in owns]
    return HeadSide(old, collection, samples, former, commits, touched, configs=configs)


def _own(workspace: Workspace, commit: str) -> Workspace:
    """Return a commit's own settings; the head's where those of the commit are wrong."""
    try:
        return workspace.at(commit)
    except ConfigError:
        return workspace


def page_of(workspace: Workspace, commit: str) -> Summary:
    """Return a commit's page or, without one, what its artifacts give.

    It is read with that commit's own configuration; sections that only the head's configuration
    names are read with that.
    """
    own = _own(workspace, commit)
    text = own.text_at(commit, own.page)
    if text is None:
        side = HeadSide(None, own.sources.collect_at(commit, own.sources.folders))
        any_day = datetime.fromtimestamp(0, UTC)
        text = regenerate(side, own.config, own.sections, any_day).text
    known = {section.id for section in own.sections}
    added = [section for section in workspace.sections if section.id not in known]
    return read(text, own.config, (*own.sections, *added))


def changed_config(workspace: Workspace, commit: str) -> Config | None:
    """Return the configuration of a commit where it differs from the head's.

    Its `page` is the page that the commit has.
    """
    if not commit:
        return None
    config, page = workspace.config_at(commit), workspace.page_at(commit)
    if config == Config(page=config.page) and not _blocks(workspace, commit, page):
        return None  # Nothing was kept there, so nothing is loosened.
    same = config == workspace.config and page in ("", workspace.page)
    return None if same else replace(config, page=page)


def _blocks(workspace: Workspace, commit: str, page: str) -> Iterable[str]:
    """Return the ids of the blocks of a commit's page."""
    text = workspace.text_at(commit, page) if page else None
    return () if text is None else parse_page(text, page).blocks


def former_runs(
    workspace: Workspace, commit: str, here: Collection | None = None
) -> dict[Place, Run]:
    """Return the runs behind the rows and seeds of a commit's page, by its own settings.

    Of the runs that are `here`, those that the commit has no artifacts of are where it would have
    put them.
    """
    if not commit:
        return {}
    own = _own(workspace, commit)
    blocks = _blocks(own, commit, own.page)
    fold = own.config.fold_seeds
    found = own.sources.collect_at(commit, own.sources.folders)
    return {
        (one.id, name): run
        for side in (here or Collection(), found)
        for one in plan(side.runs, own.sections, blocks, fold_seeds=fold, titles=side.titles)
        for name, run in one.every_run.items()
    }


def renamed_rows(fresh: Fresh, former: Callable[[], Mapping[Place, Run]]) -> dict[Place, Place]:
    """Map rows of the page as it should be to the same runs' rows in the page as it stands.

    They have the path, the settings or the values of the `former` run: the only new run of a
    section may as well be another experiment.
    """
    head = fresh.summary

    def is_same(now: Place, was: Place) -> bool:
        run, behind = head.runs.get(now), former().get(was)
        if run and behind:
            settings = defining_settings(run.params)
            known = bool(settings) and settings == defining_settings(behind.params)
            if known or run.path == behind.path:
                return True
        new, old = head.row(*now), fresh.committed.row(*was)
        before, after = (one.row.values if one else {} for one in (old, new))
        shared = before.keys() & after.keys()
        return bool(shared) and all(cells.same(before[key], after[key]) for key in shared)

    found = moves(fresh.committed, head, former, head.runs)
    return {now: was for now, was in found.items() if is_same(now, was)}


def dropped_metrics(
    config: Config,
    summary: Summary,
    former: Callable[[], Mapping[Place, Run]],
    renamed: Mapping[Place, Place],
) -> frozenset[tuple[str, str, str]]:
    """Return section, run and metric of cells whose `former` artifacts held the metric.

    The page keeps cells of columns that no artifact feeds, since people may have written them.
    """
    kept = {
        one.id: {
            metric.title: metric.key
            for metric in one.judged
            if not (metric.sources or config.is_typed(metric))
        }
        for one in summary.sections
    }
    if not any(kept.values()):
        return frozenset()
    places = {was: now for now, was in renamed.items()}
    return frozenset(
        (section, run, kept[section][metric.title])
        for place, was in former().items()
        for section, run in [places.get(place, place)]
        if (section, run) in summary.runs
        for metric in map(config.metric, was.readings)
        if metric.sources and metric.title in kept[section]
    )


def base_side(
    workspace: Workspace,
    commit: str,
    base: Summary,
    head: Summary,
    changes: Sequence[Change],
    former: Mapping[tuple[str, str], Run],
) -> Summary:
    """Return the base with the artifacts that the commit has of the rows that changed.

    `former` are the base's runs behind the rows that stand elsewhere or have left.
    """
    changed = [change.place for change in changes if change.kind is ChangeKind.VALUE_CHANGED]
    left = [change.place for change in changes if change.kind in LEFT]
    runs = {key: former[key] for key in left if key in former}
    behind = {**head.runs, **former}
    paths = {behind[key].path: key for key in changed if key in behind}
    if not (paths or runs) or not commit:
        return base
    sources = _own(workspace, commit).sources
    found = sources.collect_at(commit, sorted(paths)) if paths else Collection()
    runs |= {paths[run.path]: run for run in found.runs if run.path in paths}
    return base.with_runs(runs, read_once(partial(sources.samples_at, commit)))


def past(workspace: Workspace, commit: str) -> Iterator[PastPage]:
    """Yield the versions of the page up to a commit, the newest first.

    Only those of the commit's first-parent line that are here; moves of the page are followed.
    """
    from results_bot.judge.noise import past_pages

    repo = workspace.repo
    if repo is None or not commit:
        return
    versions = islice(repo.versions(workspace.page_at(commit) or workspace.page, commit), MOST_PAST)
    yield from past_pages(
        (text, any(version.trailers(APPROVED_BY)))
        for version in versions
        if (text := repo.text_of(version)) is not None
    )


def with_unshown(
    before: Summary,
    head: Summary,
    sections: Sequence[SectionTable],
    config: Config,
    at_base: Callable[[Sequence[str]], Collection],
) -> tuple[Summary, Summary]:
    """Return both sides with every judged metric that their artifacts hold.

    A metric cannot escape judgement by having no column. `sections` are those of the head.
    `at_base` reads artifacts of the base; it is called only where a page may leave out metrics.
    """
    head = _side_with_unshown(head, head.sections, config)
    full = any(one.unshown or len(one.metrics) >= MOST_COLUMNS for one in head.sections)
    narrow = full or any(table.columns or table.hide for table in sections)
    if not narrow or not any(section.rows for section in before.sections):
        return before, head
    found = at_base([place or "." for place in local(places(sections))])
    committed = [section.id for section in before.sections]
    own = plan(found.runs, sections, committed, fold_seeds=config.fold_seeds)
    return _side_with_unshown(before, own, config, head), head


def _side_with_unshown(
    summary: Summary, having: Sequence[Section], config: Config, like: Summary | None = None
) -> Summary:
    """Return the sections with the other metrics of their runs, and those of the other side.

    `having` are the sections that have the runs.
    """
    sections = {one.id: one for one in summary.sections}
    planned = {one.id: one for one in having}
    for id_ in sections.keys() & planned.keys():
        section, runs = sections[id_], planned[id_]
        other = like.section(id_) if like else None
        readings = Readings([run for run in runs.runs.values() if run.finished])
        asked = other.compared if other else ()
        shown = {metric.key for metric in section.metrics}
        wanted = {one.key: one for one in asked if one.key not in shown and one.sources}
        covered = {source for one in (*section.metrics, *asked) for source in one.sources} | shown
        final = [name for name in readings.names if readings.is_final(name)]
        for name in final or readings.names:
            if name not in covered:
                metric = completed(config.metric(name, runs.settings), config, readings)
                if like is None or not _is_column(metric, section, runs):
                    wanted[name] = metric
        metrics = tuple(filter(is_judged, wanted.values()))
        if metrics:
            # A row that the head has from its page alone has nothing to compare them with.
            alone = {*other.names} - other.runs.keys() if other else set()
            more = {row.run: row for row in rows_of_runs(runs, metrics) if row.run not in alone}
            rows = tuple(_joined(row, more.get(row.run)) for row in section.rows)
            sections[id_] = replace(section, rows=rows, unshown=metrics)
    return replace(summary, sections=tuple(sections.values()))


def _is_column(metric: Metric, section: Section, having: Section) -> bool:
    """Return True if a column of the metric's title has its values: it was renamed since."""
    column = next((one.key for one in section.metrics if one.title == metric.title), None)
    if column is None:
        return False
    held = {row.run: row.values.get(metric.key) for row in rows_of_runs(having, (metric,))}
    pairs = [(row.values.get(column), held.get(row.run)) for row in section.rows]
    return all(own is None or (shown and cells.same(shown, own)) for shown, own in pairs)


def _joined(row: Row, more: Row | None) -> Row:
    """Return a row with the cells of another, also those of its replicates."""
    if more is None:
        return row
    seeds = {one.run: one for one in more.replicates}
    replicates = tuple(_joined(one, seeds.get(one.run)) for one in row.replicates)
    return replace(row, values={**more.values, **row.values}, replicates=replicates)
