"""`export`: the tables of the page for a paper, a notebook or another program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from results_bot.commands.invocation import Invocation
from results_bot.console import Outcome
from results_bot.errors import BotError, ExitCode
from results_bot.evaluate import evaluate
from results_bot.page.section import Section
from results_bot.report.export import frame, latex
from results_bot.workspace import Workspace, write_atomically

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.argument("wanted", metavar="[SECTION]...", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(["csv", "json", "latex", "parquet"]), required=True
)
@click.option("--out", metavar="FILE", help="File to write; by default it is printed.")
@click.pass_obj
def export(call: Invocation, wanted: tuple[str, ...], form: str, out: str | None) -> Outcome:
    """Write the tables for a paper, a notebook or another program."""
    sections = _sections(call.workspace(), call.now, wanted)
    notes = "" if sections else "warning: no run has final metrics; the export is empty\n"
    if form == "latex":
        data = "\n".join(map(latex, sections)).encode()
    else:
        import pandas as pd

        frames = {one.id: frame(one) for one in sections}
        names = ["section", "run"]
        table = pd.DataFrame(columns=names)
        if frames:
            table = pd.concat(frames, names=names).reset_index()
        if form == "csv":
            data = table.to_csv(index=False, lineterminator="\n").encode()
        elif form == "json":
            data = table.to_json(orient="records", indent=2, double_precision=15).encode() + b"\n"
        elif out is None:
            raise BotError("parquet is no text; name a file with --out")
        else:
            try:
                data = table.to_parquet(None, index=False)
            except ImportError:
                needed = "pip install 'results-bot[parquet]'"
                raise BotError(f"parquet needs the parquet extra: {needed}") from None
    if out is None:
        return Outcome(ExitCode.OK, data.decode(), notes)
    write_atomically(Path(out), data)
    return Outcome(ExitCode.OK, f"{out} written.", notes)


def load(folder: str | Path) -> dict[str, pd.DataFrame]:
    """Return the tables of the page of the repository that `folder` lies in, by section."""
    workspace = Workspace.find(Path(folder))
    return {one.id: frame(one) for one in _sections(workspace, datetime.now(UTC), ())}


def _sections(workspace: Workspace, now: datetime, wanted: Sequence[str]) -> list[Section]:
    """Return the sections with rows as the artifacts make them, all or those of the ids wanted.

    Raises BotError for an id that no section has.
    """
    found = evaluate(workspace, now)
    found.require_runs()
    every = {one.id: one for one in found.fresh.summary.sections}
    for name in wanted:
        if name not in every:
            raise BotError(f"there is no section {name!r}; the page has {', '.join(every)}")
    return [every[name] for name in wanted or every if every[name].rows]
