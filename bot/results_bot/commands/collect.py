"""`collect`: what is here, read and written to a file that another machine puts together."""

from __future__ import annotations

from pathlib import Path

import click

from results_bot.collect import parts
from results_bot.collect.extracted import FileState
from results_bot.collect.paths import below
from results_bot.commands.invocation import Invocation, json_option
from results_bot.console import Outcome
from results_bot.errors import BotError, ExitCode
from results_bot.globs import scheme
from results_bot.model import Problem
from results_bot.numbers import plural
from results_bot.report import export, terminal
from results_bot.workspace import Workspace


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--out", metavar="FILE", required=True, help="The part to write, a .parquet file.")
@json_option
@click.pass_obj
def collect(call: Invocation, paths: tuple[str, ...], out: str, as_json: bool) -> Outcome:
    """Read the artifacts of this machine into a file, for `refresh --from` on another.

    PATH limits this to some folders or addresses; by default everything is read.
    """
    workspace = call.workspace()
    if not out.endswith(parts.SUFFIX):
        raise BotError(f"{out}: expected a name that ends in {parts.SUFFIX}")
    only = [_place(workspace, path) for path in paths]
    size, step = workspace.config.max_file_size, workspace.progress.step
    workspace.progress.phase("Reading artifacts")
    written = parts.write(Path(out), workspace.sources.below(only), size, step)
    problems = [
        Problem(one.path, one.reason)
        for one in written
        if one.state in (FileState.UNREADABLE, FileState.NOT_LISTED)
    ]
    notes = terminal.problems(problems, call.screen)
    code = ExitCode.UNREADABLE if problems else ExitCode.OK
    files = sum(one.state is FileState.READ for one in written)
    if as_json:
        document = {"part": out, "files": files, "problems": export.problems_json(problems)}
        return Outcome(code, notes=notes, document=document)
    kilobytes = Path(out).stat().st_size / 1000
    done = f"{plural(files, 'file')} collected ({kilobytes:,.0f} kB)."
    if not written:
        done = "there was nothing to collect; the part is empty."
    return Outcome(code, f"{out}: {done}", notes)


def _place(workspace: Workspace, path: str) -> str:
    """Return an address, or a path below the root."""
    if scheme(path):
        return path.rstrip("/")
    target, root = Path(path).resolve(), workspace.root.resolve()
    if not target.is_relative_to(root):
        raise BotError(f"{path}: lies outside the repository")
    if not target.exists():
        raise BotError(f"{path}: there is nothing here")
    return below(root, target)
