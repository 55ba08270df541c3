"""The one route: read the artifacts of a head, make its page, and judge it against a base.

Every command that needs a page or a verdict calls `evaluate`; nothing else puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from results_bot.base_and_head import (
    LEFT,
    Uploads,
    base_side,
    changed_config,
    dropped_metrics,
    former_runs,
    head_side,
    page_of,
    past,
    renamed_rows,
    with_unshown,
)
from results_bot.config import Config
from results_bot.errors import BotError
from results_bot.model import Change, Collection, Problem, Run, Verdict
from results_bot.page.charts import Chart, described, file_name, folder
from results_bot.page.page import Fresh, HeadSide, regenerate
from results_bot.page.plan import Touched, patterns
from results_bot.page.section import Place, Summary
from results_bot.workspace import Workspace

if TYPE_CHECKING:
    from results_bot.judge.approvals import Approvals
    from results_bot.judge.rule import Case
    from results_bot.report.review import Picture, Provenance, Review


class Evaluation(msgspec.Struct, frozen=True, dict=True):
    """The page as it should be, and how it compares with the base.

    The comparison and the verdict are computed on first use: a hook needs only the page.
    """

    workspace: Workspace
    """With the settings of the head."""
    base: str
    """Full hash of the commit compared with; empty where there is none."""
    head: str
    """Full hash of the commit judged; empty for the work tree and the index."""
    old: str | None
    """The text of the head's page as it stands; None where there is none."""
    fresh: Fresh
    """The page regenerated from the head's artifacts."""
    collection: Collection
    before: Summary
    """The base side's page."""
    former: Callable[[str], Mapping[Place, Run]]
    """Returns the runs behind the rows of a commit's page."""
    own_page: bool = False
    """`before` is the head's own page, so that the page itself is not up for judgement."""
    will_refresh: bool = False
    """The page is updated in the same go, so that a stale page is no finding."""
    committed_by_bot: bool = False
    """The bot committed the page, so that a cell without its artifact is old and not edited."""
    artifacts_expired: bool = False
    """The page was believed where its artifacts are no longer available."""
    base_name: str = ""
    """What HEAD left at the base, such as a branch; empty where the base itself was named."""
    under: Callable[[Config], Evaluation] | None = None
    """Judges the same artifacts against the base's page under other settings."""

    @cached_property
    def case(self) -> Case:
        """Both sides, with the artifacts behind everything that changed."""
        from results_bot.judge.compare import aligned, compare_with_finite_seeds
        from results_bot.judge.directions import turned
        from results_bot.judge.moves import moves, relocated
        from results_bot.judge.rule import Case
        from results_bot.judge.rules import default_severities

        head, facts = self.fresh.summary, self.fresh.facts
        former = partial(self.former, self.base)
        own, config = aligned(self.before, head), self.workspace.config
        places = moves(own, head, former, head.runs)
        if self.base:
            collect = partial(self.workspace.sources.collect_at, self.base)
            own, head = with_unshown(own, head, self.workspace.sections, config, collect)
        before = aligned(relocated(own, places, head), head)
        changes = compare_with_finite_seeds(own, head, places)
        left = (one.place for one in changes if one.kind in LEFT)
        stood = places | {one: one for one in left if before.row(*one)}
        behind = {now: former()[was] for now, was in stood.items() if was in former()}
        base_config = changed_config(self.workspace, self.base)
        # The head's own page was read with the head's directions.
        at_base = self._at_base if self.under else {}
        unjudged = self.old is None or self.own_page
        return Case(
            base=base_side(self.workspace, self.base, before, head, changes, behind),
            head=head,
            config=self.workspace.config,
            changes=changes,
            facts=facts,
            base_config=base_config,
            turned=tuple(turned(self.before, head, at_base, base_config or config)),
            page=None if unjudged else self.fresh.committed,
            is_stale=self.stale,
            will_refresh=self.will_refresh or (not unjudged and self._is_training),
            committed_by_bot=self.committed_by_bot,
            defaults=default_severities(),
            past=partial(past, self.workspace, self._on_base_branch),
            past_is_cut=self.workspace.repo is not None and self.workspace.repo.is_shallow,
        )

    @property
    def runs(self) -> set[str]:
        """The names of all rows of the page as it should be."""
        return {row.run for section in self.fresh.summary.sections for row in section.rows}

    @cached_property
    def _is_training(self) -> bool:
        """Whether all that the page lacks are runs whose artifacts are not committed yet."""
        commit = self.workspace.repo.head if self.workspace.repo else None
        if self.head or not commit or not self.stale:
            return False
        places = {change.place for change in self._lacking if change.run}
        here, committed = self.fresh.runs, former_runs(self.workspace, commit)
        return bool(places) and all(here.get(at) != committed.get(at) for at in places)

    @cached_property
    def _at_base(self) -> dict[Place, Run]:
        """The runs behind the rows of the base's page."""
        return former_runs(self.workspace, self.base)

    @property
    def _on_base_branch(self) -> str:
        """The commit compared with or, where that is the head's own, where this work began."""
        repo = self.workspace.repo
        branch = repo.default_branch() if repo and self.base and self.own_page else None
        started = repo.merge_base(branch, self.base) if repo and branch else None
        return started or self.base

    @cached_property
    def verdict(self) -> Verdict:
        """Every finding of the comparison, and what the base's settings would have flagged."""
        from results_bot.judge.verdict import reach, with_former

        self.workspace.progress.phase("Judging")
        verdict, base_config = reach(self.case), self.case.base_config
        if self.under is None or (base_config is None and not self.case.turned):
            return verdict
        page = self.workspace.page_at(self.base) or self.workspace.page
        former = self.under(base_config or replace(self.workspace.config, page=page))
        return with_former(verdict, self.case, former.verdict, former.case)

    def review(self, provenance: Provenance, approvals: Approvals | None = None) -> Review:
        """Return what every report renders."""
        from results_bot.page.takeaways import takeaways
        from results_bot.report.review import NO_APPROVALS, Review

        return Review(
            self.verdict,
            self.case.base,
            self.case.head,
            provenance,
            approvals or NO_APPROVALS,
            problems=self.collection.problems,
            takeaways=tuple(takeaways(self.case.facts)),
        )

    @property
    def stale(self) -> bool:
        """Return True if the committed page is not what the artifacts give."""
        return self.fresh.text != self.old

    @cached_property
    def _lacking(self) -> Sequence[Change]:
        """What is otherwise on the committed page than on the page as it should be."""
        from results_bot.judge.compare import compare

        return compare(self.fresh.committed, self.fresh.summary) if self.stale else ()

    @cached_property
    def put_back(self) -> tuple[Change, ...]:
        """The cells that differ from the last commit's on the page only, as a hand edit does."""
        if not (self.base and self.stale):
            return ()
        from results_bot.judge.compare import aligned, edited

        last = page_of(self.workspace, self.base) if self.own_page else self.before
        return tuple(edited(self._lacking, aligned(last, self.fresh.summary)))

    @cached_property
    def page_remarks(self) -> tuple[Problem, ...]:
        """Remarks on new metrics without a column, and on what may be old on the page."""
        from results_bot.page.config_remarks import left_empty, typed_beside, without_column
        from results_bot.page.document import parse_page

        config, summary = self.workspace.config, self.fresh.summary
        return (
            *without_column(config, summary, lambda: self._at_base),
            *typed_beside(config, summary, self._lacking),
            *left_empty(config, parse_page(self.fresh.text, config.page)),
        )

    @cached_property
    def remarks(self) -> tuple[Problem, ...]:
        """What was read and deserves a word, and what the configuration misses."""
        found = (*self.collection.remarks, *self.page_remarks)
        file, config = self.workspace.config_file, self.workspace.config
        if file is None or not (config.sections or config.metrics):
            return found
        from results_bot.page.config_remarks import config_remarks

        folders = self.workspace.top_names
        summary, collection = self.fresh.summary, self.collection
        return (*found, *config_remarks(config, file, summary, collection, folders))

    @property
    def empty(self) -> bool:
        """Return True if there is neither a page nor a run to make one from."""
        return self.old is None and not any(
            section.rows or section.unfinished for section in self.fresh.summary.sections
        )

    def changed_charts(self) -> dict[str, bytes | None]:
        """Return the chart files to write, by path; None where one is to be deleted.

        A chart that shows the page's values is not drawn again; a file of somebody else stays.
        Raises ConfigError where the libraries that draw are not installed.
        """
        here = self.workspace.charts()
        if not self.workspace.config.charts and not here:
            return {}
        from results_bot.report.charts import draw, is_ours, is_true

        wanted = self._charts()
        out: dict[str, bytes | None] = {
            path: draw(chart)
            for path, chart in wanted.items()
            if path not in here or not is_true(here[path], chart)
        }
        out |= {path: None for path in here if path not in wanted and is_ours(here[path])}
        return out

    def pictures(self, *, are_new: bool) -> Iterator[Picture]:
        """Yield the charts that show the page's values: where they `are_new`, all of them."""
        from results_bot.report.charts import is_true
        from results_bot.report.review import Picture

        here = {} if are_new else self.workspace.charts()
        for path, chart in self._charts().items():
            if are_new or (path in here and is_true(here[path], chart)):
                yield Picture(chart.section, path, described(chart))

    def _charts(self) -> dict[str, Chart]:
        """Return the charts that the page should have, by path."""
        beside = folder(self.workspace.page)
        return {f"{beside}/{file_name(one)}": one for one in self.fresh.charts}

    def require_runs(self) -> None:
        """Raise BotError if there is nothing to make a page from."""
        if self.empty:
            from results_bot.judge.rule import listed
            from results_bot.report import terminal

            where = ", ".join(patterns(self.workspace.sections))
            unread = terminal.hints((*self.collection.problems, *self.remarks))
            if packages := self.workspace.packages:
                what = f"for the pages of {listed(packages)}, run the command there"
            else:
                what = (
                    "`results-bot init` looks in every folder, and [[sections]] in "
                    "results-bot.toml may name those that hold runs"
                )
            raise BotError(f"no runs found under {where}; {what}{unread}")


def evaluate(
    workspace: Workspace,
    now: datetime,
    base: str | None = None,
    head: str = "",
    *,
    uploads: Uploads | None = None,
    config: Config | None = None,
    will_refresh: bool = False,
    artifacts_expired: bool = False,
) -> Evaluation:
    """Regenerate the page of `head` and compare it with that of `base`.

    `base` is a full commit hash; None compares with the head's own page as it stands, and with
    the artifacts of HEAD. `head` is a full commit hash; without one it is the work tree, or the
    index where the workspace is `staged`. `uploads` win over files of the same path in the head
    commit. `config` replaces the head's own configuration where the head is not trusted.
    `will_refresh` means that the page will be updated, and `artifacts_expired` that it holds values
    of artifacts that are gone, so that files in git which differ from it are older.

    Raises PageError, ConfigError or RepositoryError.
    """
    if head:
        workspace = workspace.at(head, config, uploads.paths if uploads else ())
    side = head_side(workspace, base, uploads)
    if workspace.config.rules:
        from results_bot.judge.rules import rule

        for name in workspace.config.rules:
            rule(name)
    own_head = workspace.repo.head if workspace.repo else None
    former = partial(side.former, base or own_head or "")
    workspace.progress.phase("Making the page")
    fresh = _regenerated(workspace, side, now)
    renamed = renamed_rows(fresh, former)
    dropped = dropped_metrics(workspace.config, fresh.summary, former, renamed)
    if renamed or dropped:
        side = replace(side, renamed=renamed, dropped=dropped)
        fresh = _regenerated(workspace, side, now)
    if artifacts_expired:
        side = replace(side, collection=_without_older(side.collection, fresh))
        fresh = _regenerated(workspace, side, now)
    return Evaluation(
        workspace,
        base if base is not None else own_head or "",
        head,
        side.old,
        fresh,
        side.collection,
        fresh.committed if base is None else page_of(workspace, base),
        side.former,
        own_page=base is None,
        will_refresh=will_refresh,
        artifacts_expired=artifacts_expired,
        under=None if base is None else partial(_under, workspace, now, base, uploads),
    )


def _under(
    workspace: Workspace,
    now: datetime,
    base: str,
    uploads: Uploads | None,
    config: Config,
) -> Evaluation:
    """Judge the head's artifacts against the page of `base`, all under the settings `config`.

    They state the directions that those of `base` did.

    A metric that the artifacts no longer hold keeps the base's value: the head's own settings judge
    that. A run that is gone leaves its row, so that it is recognised under another name.
    """
    from results_bot.judge.directions import as_stated

    workspace = replace(workspace, config=config)
    side = head_side(workspace, None, uploads)
    former = former_runs(workspace, base)
    files = {file for run in former.values() for file in run.files}
    runs = as_stated(side.collection.runs, former.values())
    under = replace(
        side,
        old=workspace.text_at(base, config.page),
        collection=replace(side.collection, runs=runs),
        former=lambda _: former,
        commits=[base],
        touched=Touched(files - side.collection.unread),
    )
    fresh = _regenerated(workspace, under, now)
    page = fresh.committed
    return Evaluation(
        workspace, base, "", under.old, fresh, side.collection, page, side.former, own_page=True
    )


def _regenerated(workspace: Workspace, side: HeadSide, now: datetime) -> Fresh:
    return regenerate(side, workspace.config, workspace.sections, now)


def _without_older(collection: Collection, fresh: Fresh) -> Collection:
    """Return the collection without the runs whose values differ from the committed page."""
    from results_bot.judge.compare import compare

    changes = compare(fresh.committed, fresh.summary)
    differing = {change.place for change in changes}
    paths = {run.path for key, run in fresh.runs.items() if key in differing}
    return replace(collection, runs=tuple(run for run in collection.runs if run.path not in paths))
