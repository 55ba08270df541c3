"""`report`: the comparison as one HTML page, for a file or for `serve`."""

from __future__ import annotations

from collections import Counter
from contextlib import closing, nullcontext
from datetime import datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click
from msgspec.structs import replace

from results_bot.collect import cache
from results_bot.collect.file import File, Listed
from results_bot.collect.readers import read
from results_bot.collect.steps import curves
from results_bot.commands import diff
from results_bot.commands.history import points
from results_bot.commands.invocation import Invocation, comparison
from results_bot.console import Outcome
from results_bot.errors import BotError, ExitCode
from results_bot.evaluate import Evaluation, evaluate
from results_bot.globs import scheme
from results_bot.judge.rule import Case
from results_bot.page.section import RunRow
from results_bot.report import wording
from results_bot.report.html import page
from results_bot.report.html.charts import DrawnRun, ReportData, runs_to_draw
from results_bot.report.review import Provenance
from results_bot.workspace import Workspace, write_atomically

VERSIONS = 60
"""Versions of the page that the history charts show."""
NEEDS = "pip install 'results-bot[charts]'"


@click.command()
@click.option("--html", "file", metavar="FILE", required=True, help="File to write.")
@comparison
@click.pass_obj
def report(
    call: Invocation,
    base: str | None,
    head: str | None,
    file: str,
    approved: str | None,
    parts: tuple[str, ...],
) -> Outcome:
    """Write the comparison as one HTML page; BASE and HEAD as in `diff`."""
    workspace = call.workspace(parts, head)
    bundle = library(workspace)
    with closing(workspace.repo) if workspace.repo else nullcontext():
        found = compared(workspace, call.now, base, head)
        data = gather(found, base, head, approved=approved)
        content = page.render(data, bundle).encode("utf-8")
    review = data.review
    write_atomically(Path(file), content)
    text = diff.heading(found)
    text += f"{file} written ({len(content) / 1000:,.0f} kB): {review.headline.verdict}."
    notes = diff.refused(review.approvals)
    if not review.problems:
        return Outcome(ExitCode.CHANGED if review.waiting else ExitCode.OK, text, notes)
    first = review.problems[0]
    count = wording.counted_problems(review.problems)
    notes = f"{count}; the first: {first.file}: {first.reason}\n{notes}"
    return Outcome(ExitCode.UNREADABLE, text, notes)


def library(workspace: Workspace) -> str:
    """Return the charts' library, kept from run to run: making it takes seconds.

    Raises BotError where the extra is not installed.
    """
    try:
        import jinja2  # noqa: F401 - the page's template needs it

        kept = workspace.private / f"charts-{version('vl-convert-python')}.js"
        found = cache.read(kept)
        if found is not None:
            return found.decode("utf-8")
        made = page.charts_library()
    except (ImportError, PackageNotFoundError):
        raise BotError(f"the report needs the charts extra: {NEEDS}") from None
    cache.write(kept, made.encode("utf-8"))
    return made


def compared(
    workspace: Workspace, now: datetime, base: str | None, head: str | None = None
) -> Evaluation:
    """Return what `diff BASE HEAD` judges; before the first commit, against the page here."""
    repo = workspace.repo
    if base is not None or (repo is not None and repo.head):
        return diff.compared(workspace, now, base, head)
    found = evaluate(workspace, now)
    found.require_runs()
    return found


def gather(
    found: Evaluation,
    base: str | None,
    head: str | None = None,
    *,
    live: bool = False,
    approved: str | None = None,
) -> ReportData:
    """Gather all that the page shows; `base`, `head` and `approved` as in `diff`."""
    workspace = found.workspace
    approvals = diff.approvals_of(found, approved)
    review = found.review(
        Provenance("results", found.base, found.head, page=workspace.page), approvals
    )
    return ReportData(
        workspace.root.name,
        _label(workspace, base or found.base_name, found.base),
        _label(workspace, head, found.head) if head else "work tree",
        review,
        found.case,
        [
            _drawn(workspace, found.case, one, found.head)
            for one in runs_to_draw(found.case, review)
        ],
        list(points(workspace, most=VERSIONS)),
        live,
    )


def _label(workspace: Workspace, revision: str, commit: str) -> str:
    """Return `main (1a2b3c4d)`, or `1a2b3c4d on main`, or the hash where nothing was named."""
    if workspace.repo is None or not commit:
        return "nothing yet"
    short = commit[:8]
    if commit.startswith(revision):
        return short
    is_tip = workspace.repo.commit(revision) == commit
    return f"{revision} ({short})" if is_tip else f"{short} on {revision}"


def _drawn(workspace: Workspace, case: Case, member: RunRow, commit: str) -> DrawnRun:
    """Read a run's step logs and predictions."""
    if member.run is None:
        return DrawnRun(member)
    wanted = [path for path in member.run.files if path not in member.run.predictions]
    if commit and workspace.repo is not None:
        listed = [one for one in workspace.repo.tree(commit, wanted) if one.path in wanted]
    else:
        listed = []
        for path in wanted:
            full = workspace.root / path
            is_here = full.is_file() and not full.is_symlink()
            if is_here or scheme(path):
                size = full.stat().st_size if is_here else 0
                listed.append(Listed(path, size, partial(workspace.sources.read, path)))
    files = [File(one, workspace.config.max_file_size) for one in listed]
    drawn = DrawnRun(member, curves(member.run, files, read))
    samples = case.head.samples_of(member.run)
    if samples is None:
        return drawn
    predicted, target = (
        Counter(map(str, column.tolist())) for column in (samples.predicted, samples.target)
    )
    return replace(drawn, predicted=predicted, target=target)
