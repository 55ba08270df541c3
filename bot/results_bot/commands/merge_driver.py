"""`merge-driver`: what git runs for a page that both sides of a merge changed.

The artifacts of both sides are looked up where the page alone does not decide: a side counts only
where its commit's page is the very text that git gave to the driver.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path

import click

from results_bot.collect.samples import Samples
from results_bot.commands.invocation import Invocation
from results_bot.console import Outcome
from results_bot.errors import BotError, ExitCode, PageError
from results_bot.evaluate import Evaluation, evaluate
from results_bot.git import GitRepo
from results_bot.git_command import merge_texts, merged_heads
from results_bot.model import Run
from results_bot.page.merge import merge
from results_bot.page.section import Summary
from results_bot.page.tables import text_of
from results_bot.workspace import Workspace, write_atomically


@click.command("merge-driver")
@click.argument("base", type=click.Path(exists=True))
@click.argument("ours", type=click.Path(exists=True))
@click.argument("theirs", type=click.Path(exists=True))
@click.argument("path", required=False, default="")
@click.argument("label", required=False, default="")
@click.pass_obj
def merge_driver(
    call: Invocation, base: str, ours: str, theirs: str, path: str, label: str
) -> Outcome:
    """Merge three versions of the page (called by git); the result replaces OURS."""
    workspace = call.workspace()
    texts = _text(base), _text(ours), _text(theirs)
    page = path or workspace.page
    workspace = next((one for one in workspace.all_pages if one.page == page), workspace)
    sides = _Sides(workspace, texts[1], texts[2], label)
    config, sections = workspace.config, workspace.sections
    try:
        merged = merge(*texts, config, sections, merge_texts, sides.cell, sides.joined)
    except PageError as error:
        # Without complete markers there are no tables to merge, only text.
        text, conflict = merge_texts(*texts)
        write_atomically(Path(ours), text.encode("utf-8"))
        code = ExitCode.CHANGED if conflict else ExitCode.OK
        return Outcome(code, notes=f"results-bot: {error}; merged as text\n")
    write_atomically(Path(ours), merged.text.encode("utf-8"))
    if merged.conflicts:
        notes = f"results-bot: {page}: resolve by hand: {', '.join(merged.conflicts)}\n"
        return Outcome(ExitCode.CHANGED, notes=notes)
    return Outcome(notes=f"results-bot: {page} merged by row and cell\n")


def _text(name: str) -> str:
    try:
        return Path(name).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BotError(f"{name}: cannot be merged ({error})") from None


class _Sides:
    """What the artifacts in the commits of ours and theirs make of the page."""

    def __init__(self, workspace: Workspace, ours: str, theirs: str, label: str) -> None:
        self._workspace = workspace
        self._texts = ours, theirs
        self._label = label

    def cell(self, section: str, name: str, column: str) -> str | None:
        """Return the cell of the newer of the two runs; None where no artifact decides it."""
        side = self._newest(section, name)
        found = side.fresh.summary.section(section) if side else None
        metrics = found.metrics if found else ()
        if found is None or not any(one.title == column and one.sources for one in metrics):
            return None
        table = text_of(found)
        row = next((row for row in table.rows if row[0] == name), ())
        return dict(zip(table.header, row, strict=False)).get(column)

    def joined(self, summary: Summary) -> Summary:
        """Return the merged summary with the runs of both sides behind it."""
        sides = {
            (section.id, row.run): side
            for section in summary.sections
            for row in section.rows
            if (side := self._newest(section.id, row.run))
        }
        runs = {key: side.fresh.runs[key] for key, side in sides.items()}
        commits = {id(run): sides[key].head for key, run in runs.items()}

        def samples(run: Run) -> Samples | None:
            return self._workspace.sources.samples_at(commits[id(run)], run)

        return summary.with_runs(runs, samples)

    def _newest(self, section: str, name: str) -> Evaluation | None:
        """Return the side whose run was committed last; ours where the runs are equal."""
        found = ((side, side.fresh.runs.get((section, name))) for side in self._sides)
        having = [(side, run) for side, run in found if run is not None]
        if len(having) == 2 and having[0][1] == having[1][1]:
            return having[0][0]
        repo = self._workspace.repo
        dated = [(repo.changed_at(side.head, run.path), side) for side, run in having if repo]
        return max(dated, key=lambda found: found[0], default=(0, None))[1]

    @cached_property
    def _sides(self) -> list[Evaluation]:
        repo = self._workspace.repo
        if repo is None or not repo.head:
            return []
        ours, theirs = self._texts
        # Git's label for the other side is a branch, or a commit and its subject in brackets.
        named = [self._label.partition(" ")[0] or "HEAD", *merged_heads(), *repo.waiting_heads()]
        other = chain(named, repo.holding(self._workspace.page, theirs))
        found = [self._side(repo, ["HEAD"], ours), self._side(repo, other, theirs)]
        # One side alone does not show which of two runs is newer.
        both = [side for side in found if side is not None]
        return both if len(both) == len(found) else []

    def _side(self, repo: GitRepo, revisions: Iterable[str], text: str) -> Evaluation | None:
        for revision in revisions:
            try:
                commit = repo.commit(revision)
                if _lf(repo.text_at(commit, self._workspace.page) or "") == _lf(text):
                    return evaluate(self._workspace, datetime.fromtimestamp(0, UTC), head=commit)
            except BotError:
                continue
        return None


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n")
