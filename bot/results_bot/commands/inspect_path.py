"""`inspect`: what is found in a file or folder, by which reader, what was taken and what not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from results_bot.collect.discover import read_bytes, walk
from results_bot.collect.extracted import Artifact, FileState
from results_bot.collect.file import Listed
from results_bot.collect.paths import below
from results_bot.collect.readers import read_all
from results_bot.collect.remote import remotes
from results_bot.collect.runs import group
from results_bot.commands.invocation import Invocation, json_option
from results_bot.config import wrong_address
from results_bot.console import Outcome
from results_bot.errors import BotError, ConfigError, ExitCode
from results_bot.escape import printable
from results_bot.globs import is_wild, literal_prefix, scheme
from results_bot.metric_names import Role, direction, role
from results_bot.model import Direction, Problem, Reading, Run
from results_bot.numbers import plural
from results_bot.workspace import Workspace

MOST = 12
"""Numbers and omissions that are listed for one file; the rest is counted."""


@click.command()
@click.argument("path", default=".")
@json_option
@click.pass_obj
def inspect(call: Invocation, path: str, as_json: bool) -> Outcome:
    """Show what is read from a file, folder or address, and why something is skipped."""
    workspace = call.workspace()
    listed = list(_listed(workspace, path))
    if not listed:
        raise BotError(f"{path}: no reader wants anything here; `docs/formats.md` lists formats")
    progress, size = workspace.progress, workspace.config.max_file_size
    progress.phase("Reading artifacts", len(listed))
    seen = [*read_all(listed, size, progress.step)]
    patterns = sorted({pattern for s in workspace.sections for pattern in s.runs})
    bases = sorted({literal_prefix(pattern) for pattern in patterns})
    runs = group(seen, bases, patterns).runs
    is_whole = all(one.state is FileState.READ for one in seen)
    code = ExitCode.OK if is_whole else ExitCode.UNREADABLE
    if as_json:
        return Outcome(code, document=_json(seen, runs))
    return Outcome(code, "\n".join([*_file_lines(seen), "", *_run_lines(runs)]))


def _listed(workspace: Workspace, path: str) -> Iterator[Listed | Problem]:
    """Yield what lies at a path or under an address, configured or not."""
    if scheme(path):
        if reason := wrong_address(path):
            raise ConfigError(f"inspect: {reason}")
        pattern = path.rstrip("/") + ("" if is_wild(path) else "/**")
        config = workspace.config
        for remote in remotes([pattern], config.max_file_size):
            yield from remote.fetched(remote.listing(config.max_remote_files))
        return
    target, root = Path(path).resolve(), workspace.root.resolve()
    if not target.exists():
        raise BotError(f"{path}: there is nothing here")
    if not target.is_relative_to(root):
        root = target.parent if target.is_file() else target
    relative = below(root, target)
    if target.is_file():
        yield Listed(relative, target.stat().st_size, partial(read_bytes, target))
    else:
        yield from walk(root, [f"{relative}/**" if relative else "**"])


def _file_lines(seen: list[Artifact]) -> Iterator[str]:
    """Yield each file with what was taken from it and what was not."""
    for artifact in seen:
        path, pieces = printable(artifact.path), artifact.pieces
        if artifact.state is not FileState.READ:
            yield f"{path}: {artifact.reason}"
            continue
        readings = [one for piece in pieces for one in piece.readings]
        settings = sum(len(piece.params) for piece in pieces)
        members = sum(one.member is not None and one.started is not False for one in pieces)
        parts = (
            plural(len(readings), "number") if readings else "",
            plural(settings, "setting") if settings else "",
            plural(members, "run") if members else "",
            "predictions, a line a sample" if any(piece.predictions for piece in pieces) else "",
        )
        is_explained = any(piece.remarks or piece.left_out for piece in pieces)
        nothing = "nothing taken" if is_explained else "holds no numbers"
        counts = ", ".join(filter(None, parts)) or nothing
        yield f"{path} ({artifact.reader or 'no reader'}): {counts}"
        yield from _shortened(map(_reading, readings))
        yield from _shortened(remark for piece in pieces for remark in piece.remarks)
        yield from _shortened(
            f"left out {name}: {why}" for piece in pieces for name, why in piece.left_out
        )


def _reading(reading: Reading) -> str:
    step = f" at step {reading.step}" if reading.step is not None else ""
    unclear = role(reading.name) is Role.UNKNOWN and reading.direction is Direction.UNKNOWN
    asked = "; which way is better is not known" if unclear else ""
    return f"{reading.name} = {reading.value:g} ({reading.kind}{step}{asked})"


def _shortened(lines: Iterable[str]) -> Iterator[str]:
    every = [*lines]
    yield from (f"    {line}" for line in every[:MOST])
    if len(every) > MOST:
        yield f"    and {len(every) - MOST} more"


def _run_lines(runs: tuple[Run, ...]) -> Iterator[str]:
    yield f"{plural(len(runs), 'run')}:" if runs else "No run."
    for run in runs:
        judged = sum(direction(name) is not Direction.UNKNOWN for name in run.readings)
        of_them = f", {judged} of them judged" if run.readings else ""
        numbers = plural(len(run.readings), "number")
        yield f"  {printable(run.path)}: {run.status}, {numbers}{of_them}"


def _json(seen: list[Artifact], runs: tuple[Run, ...]) -> dict[str, Any]:
    return {
        "files": [
            {
                "path": artifact.path,
                "reader": artifact.reader
                or ("no reader" if artifact.state is FileState.READ else ""),
                "problem": artifact.reason,
                "taken": [one.name for piece in artifact.pieces for one in piece.readings],
                "remarks": [remark for piece in artifact.pieces for remark in piece.remarks],
                "left_out": [list(left) for piece in artifact.pieces for left in piece.left_out],
            }
            for artifact in seen
        ],
        "runs": [{"path": run.path, "name": run.name, "status": str(run.status)} for run in runs],
    }
