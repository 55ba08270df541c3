"""How commands put a case together: both summaries, with the artifacts behind what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

from msgspec import structs

from results_bot.collect.samples import Packed, Samples
from results_bot.config import Config
from results_bot.errors import ConfigError
from results_bot.judge.case import Case
from results_bot.judge.compare import aligned, compare
from results_bot.judge.registry import default_severities
from results_bot.model import Change, ChangeKind, Run, Summary
from results_bot.page.material import Material, no_samples
from results_bot.page.page import Fresh
from results_bot.page.plan import plan
from results_bot.page.read import read
from results_bot.workspace import Workspace

MOST_SAMPLES = 16
"""Prediction files kept in memory at once."""


def against_commit(
    workspace: Workspace, commit: str, base: Summary, fresh: Fresh, *, committed: bool
) -> Case:
    """Return the case of freshly read artifacts against a summary of `commit`.

    `committed` tells that the page in the work tree stands to be judged as well.
    """
    head = remembering(fresh.material)
    base = aligned(base, head.summary)
    changes = tuple(compare(base, head.summary))
    return Case(
        base=_base(workspace, commit, base, head, changes),
        head=head,
        config=workspace.config,
        base_config=changed_config(workspace, commit),
        defaults=default_severities(),
        page=fresh.committed if committed else None,
        known_changes=changes,
        known_facts=fresh.facts.upon(head),
    )


def between_commits(
    workspace: Workspace, base_commit: str, base: Summary, head_commit: str, head: Summary
) -> Case:
    """Return the case of two committed pages, with the artifacts that git has of both."""
    base = aligned(base, head)
    runs = _runs_at(workspace, head_commit, head)
    material = Material(head, runs, _samples_at(workspace, head_commit))
    changes = tuple(compare(base, head))
    return Case(
        base=_base(workspace, base_commit, base, material, changes),
        head=material,
        config=workspace.config,
        base_config=changed_config(workspace, base_commit),
        defaults=default_severities(),
        known_changes=changes,
    )


def committed(workspace: Workspace, commit: str) -> Summary:
    """Return the summary of a commit's page, with all sections that it or this work tree names.

    A section that was renamed or taken out of the configuration has rows to tell of all the same.
    """
    text = workspace.repo.text_at(commit, workspace.page) if workspace.repo else None
    if text is None:
        return Summary()
    known = {section.id for section in workspace.sections}
    try:
        own = workspace.config_at(commit).sections
    except ConfigError:
        own = ()  # What was wrong then is right now, or an error of its own.
    also = [section for section in own if section.id not in known]
    return read(text, workspace.config, (*workspace.sections, *also))


def changed_config(workspace: Workspace, commit: str) -> Config | None:
    """Return the configuration of a commit where it is another than now.

    It names the page that the commit has.
    """
    config, page = workspace.config_at(commit), workspace.page_at(commit)
    same = config == workspace.config and page in ("", workspace.page)
    return None if same else structs.replace(config, page=page)


def remembering(material: Material) -> Material:
    """Return the material with prediction files read once each."""
    return material.reading(_once(material.samples))


def _base(
    workspace: Workspace, commit: str, base: Summary, head: Material, changes: Sequence[Change]
) -> Material:
    """Return the base side; of its artifacts only those of rows that changed are read."""
    keys = {
        (change.section, change.run or ""): None
        for change in changes
        if change.kind is ChangeKind.VALUE_CHANGED
    }
    paths = {head.runs[key].path: key for key in keys if key in head.runs}
    if not paths or workspace.repo is None:
        return Material(base)
    found = workspace.collect_at(commit, sorted(paths))
    runs = {paths[run.path]: run for run in found.runs if run.path in paths}
    return Material(base, runs, _samples_at(workspace, commit))


def _runs_at(workspace: Workspace, commit: str, summary: Summary) -> Mapping[tuple[str, str], Run]:
    found = workspace.collect_at(commit)
    ids = [section.id for section in summary.sections]
    planned = plan(found.runs, workspace.sections, ids)
    return {(one.id, name): run for one in planned for name, run in one.runs.items()}


def _samples_at(workspace: Workspace, commit: str) -> Callable[[Run], Samples | None]:
    if workspace.repo is None:
        return no_samples
    return _once(partial(workspace.samples_at, commit))


def _once(read: Callable[[Run], Samples | None]) -> Callable[[Run], Samples | None]:
    runs: dict[str, Run] = {}
    last: Packed | None = None

    @lru_cache(maxsize=MOST_SAMPLES)
    def by_path(path: str) -> Packed | None:
        nonlocal last
        found = read(runs[path])
        if found is None:
            return None
        last = Packed(found, last)
        return last

    def samples(run: Run) -> Samples | None:
        runs[run.path] = run
        packed = by_path(run.path)
        return None if packed is None else packed.samples()

    return samples
