"""`inspect`: what is found in a file or folder, by which reader, what was taken and what not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from results_bot.collect.discover import read_bytes, walk
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, Listed, UnreadableError
from results_bot.collect.read import read_by
from results_bot.collect.remote import remotes
from results_bot.collect.runs import collect
from results_bot.config import check_address
from results_bot.console import Outcome, Progress
from results_bot.errors import BotError, ExitCode
from results_bot.escape import printable
from results_bot.globs import is_wild, literal_prefix, scheme
from results_bot.metric_names import Role, direction, role
from results_bot.model import Direction, Problem, Reading, Run
from results_bot.report.wording import plural
from results_bot.workspace import Workspace

WIDTH = 80
MOST = 12
"""Numbers and omissions that are listed for one file; the rest is counted."""


@dataclass
class _Seen:
    """One file and what became of it."""

    path: str
    reader: str = ""
    problem: str = ""
    found: list[Extracted] = field(default_factory=list)


def run(workspace: Workspace, path: str, *, as_json: bool = False) -> Outcome:
    """Read everything at `path` and show it; nothing is written."""
    listed = list(_listed(workspace, path))
    if not listed:
        raise BotError(f"{path}: no reader wants anything here; `docs/formats.md` lists formats")
    progress, size = workspace.progress, workspace.config.max_file_size
    progress.phase("Reading artifacts", 2 * len(listed))
    seen = [_see(item, size, progress) for item in listed]
    patterns = sorted({pattern for s in workspace.sections for pattern in s.runs})
    bases = sorted({literal_prefix(pattern) for pattern in patterns})
    runs = collect(listed, bases, size, progress.step, patterns).runs
    code = ExitCode.UNREADABLE if any(one.problem for one in seen) else ExitCode.OK
    if as_json:
        return Outcome(code, json.dumps(_json(seen, runs), indent=2, ensure_ascii=False))
    return Outcome(code, "\n".join([*_file_lines(seen), *_run_lines(runs)]))


def _listed(workspace: Workspace, path: str) -> Iterator[Listed | Problem]:
    if scheme(path):
        yield from _elsewhere(workspace, path)
        return
    target = Path(path).resolve()
    root = workspace.root.resolve()
    if not target.exists():
        raise BotError(f"{path}: there is nothing here")
    if not target.is_relative_to(root):
        root = target.parent if target.is_file() else target
    relative = target.relative_to(root).as_posix().removeprefix(".")
    if target.is_file():
        yield Listed(relative, target.stat().st_size, partial(read_bytes, target))
    else:
        yield from walk(root, [f"{relative}/**" if relative else "**"])


def _elsewhere(workspace: Workspace, address: str) -> Iterator[Listed | Problem]:
    """Yield what lies under an address, configured or not."""
    check_address(address, "inspect")
    pattern = address.rstrip("/") + ("" if is_wild(address) else "/**")
    config = workspace.config
    for remote in remotes([pattern], config.max_file_size):
        found = remote.listing(config.max_remote_files)
        yield from (item for item in found if isinstance(item, Problem))
        yield from remote.fetched(item for item in found if isinstance(item, Listed))


def _see(item: Listed | Problem, max_size: int, progress: Progress) -> _Seen:
    progress.step()
    if isinstance(item, Problem):
        return _Seen(item.file, problem=item.reason)
    seen = _Seen(item.path)
    try:
        reader, seen.found = read_by(File(item, max_size))
        seen.reader = reader.TITLE if reader else "no reader"
    except UnreadableError as error:
        seen.problem = str(error)
    return seen


def _file_lines(seen: list[_Seen]) -> Iterator[str]:
    for one in seen:
        if one.problem:
            yield from _beside_or_below(printable(one.path), f": {one.problem}", one.problem)
            continue
        said = f"{one.reader}{_what(one)}"
        yield from _beside_or_below(printable(one.path), f" ({one.reader}){_what(one)}", said)
        yield from _shortened([_reading(r) for found in one.found for r in found.readings])
        yield from _shortened([remark for found in one.found for remark in found.remarks])
        yield from _shortened(
            [f"left out {name}: {why}" for found in one.found for name, why in found.left_out]
        )


def _beside_or_below(path: str, beside: str, below: str) -> Iterator[str]:
    """Yield a path with its description, on a line of its own where there is no room."""
    from rich.cells import cell_len

    if cell_len(path + beside) <= WIDTH:
        yield path + beside
    else:
        yield path
        yield f"  {below}"


def _what(one: _Seen) -> str:
    numbers = sum(len(found.readings) for found in one.found)
    settings = sum(len(found.params) for found in one.found)
    members = sum(found.member is not None for found in one.found)
    parts = [
        plural(numbers, "number") if numbers else "",
        plural(settings, "setting") if settings else "",
        plural(members, "run") if members else "",
        "predictions, a line a sample" if any(found.predictions for found in one.found) else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f": {said}" if said else ": nothing taken"


def _reading(reading: Reading) -> str:
    step = f" at step {reading.step}" if reading.step is not None else ""
    unclear = role(reading.name) is Role.UNKNOWN and reading.direction is Direction.UNKNOWN
    asked = "; which way is better is not known" if unclear else ""
    return f"{reading.name} = {reading.value:g} ({reading.kind}{step}{asked})"


def _shortened(lines: list[str]) -> Iterator[str]:
    yield from (f"    {line}" for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"    and {len(lines) - MOST} more"


def _run_lines(runs: tuple[Run, ...]) -> Iterator[str]:
    yield ""
    yield f"{plural(len(runs), 'run')}:" if runs else "No run."
    for run in runs:
        judged = [name for name in run.readings if direction(name) != "unknown"]
        of_them = f", {len(judged)} of them judged" if run.readings else ""
        said = f"{run.status}, {plural(len(run.readings), 'number')}{of_them}"
        yield from _beside_or_below(f"  {printable(run.path)}", f": {said}", f"  {said}")


def _json(seen: list[_Seen], runs: tuple[Run, ...]) -> dict[str, Any]:
    return {
        "files": [
            {
                "path": one.path,
                "reader": one.reader,
                "problem": one.problem,
                "taken": [r.name for found in one.found for r in found.readings],
                "remarks": [remark for found in one.found for remark in found.remarks],
                "left_out": [list(left) for found in one.found for left in found.left_out],
            }
            for one in seen
        ],
        "runs": [{"path": run.path, "name": run.name, "status": str(run.status)} for run in runs],
    }
