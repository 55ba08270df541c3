"""A commit judged against another, from git objects and uploaded artifacts; no work tree is used.

This is what runs on GitHub: the commit may be a fork's, whose files are data and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from results_bot.collect.choice import tracked
from results_bot.collect.collect import collect
from results_bot.collect.file import Listed
from results_bot.collect.samples import Samples, samples_within
from results_bot.commands import cases
from results_bot.config import Config
from results_bot.errors import RepositoryError
from results_bot.git_repo import GitRepo
from results_bot.github.artifacts import Gathered
from results_bot.judge.case import Case
from results_bot.judge.compare import compare
from results_bot.judge.verdict import reach
from results_bot.model import Collection, Problem, Run, Verdict
from results_bot.page.gone import gone
from results_bot.page.page import Fresh, regenerate
from results_bot.page.plan import bases, patterns
from results_bot.workspace import Workspace, replace_page


class Assessment(msgspec.Struct, frozen=True):
    """What a commit's artifacts give, and what is to be said of it."""

    workspace: Workspace
    base: str
    head: str
    old: str | None
    """The page as committed with the head; None where there is none."""
    fresh: Fresh
    collection: Collection
    case: Case
    verdict: Verdict
    stands: bool = False
    """The page was believed where its artifacts are no longer to be had."""

    @property
    def stale(self) -> bool:
        """Tell whether the committed page is not what the artifacts give."""
        return self.fresh.text != self.old

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to show: no page, and no runs to make one from."""
        return self.old is None and not any(
            section.rows or section.unfinished for section in self.fresh.summary.sections
        )


def assess(
    workspace: Workspace,
    base: str,
    head: str,
    gathered: Gathered,
    now: datetime,
    config: Config | None = None,
    *,
    renewed: bool = False,
    stands: bool = False,
) -> Assessment:
    """Regenerate the page of `head` and judge it against that of `base`.

    `gathered` are artifacts of this change's jobs; they win over files of the same path in git.
    `config` is used instead of the head's own where the head is not trusted; `renewed` tells that
    the page will be put right, and `stands` that it holds values whose artifacts are no longer to
    be had, so that files in git which say otherwise are older.
    """
    repo = workspace.repo
    if repo is None:
        raise RepositoryError("this needs a git repository; check it out first")
    workspace = configured(workspace, head, gathered, config)
    uploaded = gathered.within(patterns(workspace.sections))
    listed = _listed(workspace, repo, head, uploaded)
    collection = collect(
        listed,
        bases(workspace.sections),
        workspace.config.max_file_size,
        patterns=patterns(workspace.sections),
    )
    old = repo.text_at(head, workspace.page)
    left = _gone(workspace, repo, base, listed)
    samples = _samples(listed, workspace.config.max_file_size)

    def made(collection: Collection) -> Fresh:
        return regenerate(old, collection, workspace.config, workspace.sections, left, now, samples)

    fresh = made(collection)
    if stands:
        collection = _without_older(collection, fresh)
        fresh = made(collection)
    before = cases.committed(workspace, base)
    case = cases.against_commit(workspace, base, before, fresh, committed=old is not None)
    case = replace(case, renewed=renewed)
    return Assessment(
        workspace, base, head, old, fresh, collection, case, reach(case), stands=stands
    )


def _without_older(collection: Collection, fresh: Fresh) -> Collection:
    """Return the collection without the runs that the committed page says otherwise of."""
    changes = compare(fresh.committed, fresh.summary)
    odd = {(change.section, change.run or "") for change in changes}
    paths = {run.path for key, run in fresh.material.runs.items() if key in odd}
    return replace(collection, runs=tuple(run for run in collection.runs if run.path not in paths))


def configured(
    workspace: Workspace, head: str, gathered: Gathered, config: Config | None = None
) -> Workspace:
    """Return the workspace with the settings and the folders of `head`, whatever is checked out."""
    paths = [one.path for one in workspace.repo.tree(head)] if workspace.repo else []
    paths += [file.path for bundle in gathered.bundles for file in bundle.files]
    tops = frozenset(path.partition("/")[0] for path in paths)
    if config is None:
        page = workspace.page_at(head) or workspace.page
        config = replace_page(workspace.config_at(head), page)
    return replace(workspace, config=config, tops=tops, commit=head)


def _listed(
    workspace: Workspace, repo: GitRepo, head: str, uploaded: Iterable[Listed | Problem]
) -> list[Listed | Problem]:
    """Return the head's artifacts in git and the uploaded ones, each path once."""
    files = {one.path: one for one in repo.tree(head)}
    wanted = {path: files[path] for path in tracked(files, patterns(workspace.sections))}
    problems = [item for item in uploaded if isinstance(item, Problem)]
    sent = {item.path: item for item in uploaded if isinstance(item, Listed)}
    allowed = tracked(sent, patterns(workspace.sections))
    wanted |= {path: sent[path] for path in allowed}
    return [*(wanted[path] for path in sorted(wanted)), *problems]


def _gone(
    workspace: Workspace, repo: GitRepo, base: str, listed: Iterable[Listed | Problem]
) -> dict[str, frozenset[str]]:
    before = {one.path for one in repo.tree(base)}
    present = {item.path for item in listed if isinstance(item, Listed)}
    return gone(before, present, workspace.sections)


def _samples(listed: Iterable[Listed | Problem], max_size: int) -> Callable[[Run], Samples | None]:
    by_path = {item.path: item for item in listed if isinstance(item, Listed)}

    def samples(run: Run) -> Samples | None:
        for path in run.predictions:
            if path in by_path:
                found = samples_within(by_path[path].read(), max_size)
                if found is not None:
                    return found
        return None

    return samples
