"""Measure the hook, `refresh` and `diff` as ratios to other tools in the same run.

`python -m benchmarks.speed --sizes 20,200,1000,10000 [--dvc PATH] [--docs PAGE] [--results DIR]`
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from statistics import median

from benchmarks.figures import splice
from benchmarks.timing import Command, Timed, measure, ratios
from benchmarks.trees import Tree, build, commit, git

PROJECT = Path(__file__).resolve().parents[1]
_BOT = {"PYTHONPATH": str(PROJECT / "bot")}
_DVC = {"DVC_NO_ANALYTICS": "1"}


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two commands that are compared, and the ratio aimed at by number of runs."""

    key: str
    command: str
    beside: str
    aims: Mapping[int, float]


COLD, CHANGED, DIFF = "refresh, cold", "refresh, one run changed", "diff"
COLD_LOGS, CHANGED_LOGS = "refresh with logs, cold", "refresh with logs, one run changed"
HOOK, GIT = "hook, nothing watched staged", "git diff --cached"
PANDAS, PANDAS_LOGS = "pandas script", "pandas script, with logs"
SHOW, DVC_DIFF = "dvc metrics show", "dvc metrics diff"
SIZES = (20, 200, 1_000, 10_000, 100_000)
RATIOS = (
    Ratio("hook_to_git", HOOK, GIT, dict.fromkeys(SIZES, 1.7)),
    Ratio("cold_to_pandas", COLD, PANDAS, dict.fromkeys(SIZES, 1.1)),
    Ratio("cold_to_dvc_show", COLD, SHOW, {200: 1 / 1.3, 1_000: 1 / 2.5, 10_000: 1 / 6}),
    Ratio("diff_to_dvc_diff", DIFF, DVC_DIFF, {200: 1 / 1.5, 1_000: 1 / 4, 10_000: 1 / 8}),
    Ratio("cold_logs_to_pandas", COLD_LOGS, PANDAS_LOGS, {200: 1.5}),
    Ratio("changed_logs_to_pandas", CHANGED_LOGS, PANDAS_LOGS, {200: 1.0}),
)
WITH_LOGS = 200
"""The number of runs that is also measured with a configuration and a log a run."""
DVC_UP_TO = 10_000
"""dvc takes minutes for more."""


def main(arguments: Sequence[str]) -> int:
    """Measure, print the figures, and write what was asked for."""
    parser = argparse.ArgumentParser("benchmarks.speed", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", default="20,200,1000,10000", help="numbers of runs")
    parser.add_argument("--turns", default="5", help="timed turns of each command, by size")
    parser.add_argument("--dvc", help="path of dvc, to compare with it")
    parser.add_argument(
        "--python", default=sys.executable, help="runs results-bot and the pandas script"
    )
    parser.add_argument("--docs", type=Path, help="put the figures into this page")
    parser.add_argument("--results", type=Path, help="write a metrics file a turn into this folder")
    options = parser.parse_args(arguments)
    sizes, turns = (list(map(int, text.split(","))) for text in (options.sizes, options.turns))
    found: dict[int, dict[str, Timed]] = {}
    for size, some in zip_longest(sizes, turns[: len(sizes)], fillvalue=turns[-1]):
        with tempfile.TemporaryDirectory(prefix="results-bot-bench-") as folder:
            dvc = options.dvc if size <= DVC_UP_TO else None
            found[size] = measure_size(Path(folder), size, some, options.python, dvc)
        if options.results:
            write_records(options.results, f"runs_{size:06}", records(found[size]))
    text = figures(found)
    print(text)
    if options.docs:
        splice(options.docs, text)
    return 0


def measure_size(
    folder: Path, size: int, turns: int, python: str, dvc: str | None
) -> dict[str, Timed]:
    """Return the measurements of every command on trees of `size` runs, by command."""
    bot = partial(bot_command, python)
    tree = build(folder / "tree", size)
    if dvc:
        listed = "".join(f"  - {path}\n" for path in tree.files)
        (tree.root / "dvc.yaml").write_text(f"metrics:\n{listed}", "utf-8")
        init = [dvc, "init", "--quiet", "--force"]
        measure([Command("dvc init", init, tree.root, _DVC)], runs=0)
    _set_up(bot, tree)
    cold = bot(COLD, tree, "refresh", before=lambda: _forget(tree))
    script = [python, "-m", "benchmarks.pandas_script"]
    groups = [
        [
            Command(GIT, ["git", "diff", "--cached", "--name-only"], tree.root),
            Command(HOOK, ["sh", str(PROJECT / "hooks" / "pre-commit")], tree.root,
                    before=lambda: _stage(tree)),
        ],
        [
            cold,
            Command(PANDAS, [*script, str(tree.root)], PROJECT),
            *([Command(SHOW, [dvc, "metrics", "show"], tree.root, _DVC)] if dvc else []),
        ],
        [
            bot(CHANGED, tree, "refresh", before=tree.change_one, codes=(1,)),
            bot(DIFF, tree, "diff", "HEAD", before=tree.change_one),
            *([Command(DVC_DIFF, [dvc, "metrics", "diff"], tree.root, _DVC)] if dvc else []),
        ],
    ]  # fmt: skip
    if size == WITH_LOGS:
        logs = build(folder / "logs", size, logs=True)
        _set_up(bot, logs)
        groups.append([
            bot(COLD_LOGS, logs, "refresh", before=lambda: _forget(logs)),
            bot(CHANGED_LOGS, logs, "refresh", before=logs.change_one, codes=(1,)),
            Command(PANDAS_LOGS, [*script, str(logs.root), "--logs"], PROJECT),
        ])  # fmt: skip
    timed: dict[str, Timed] = {}
    for group in groups:
        timed |= measure(group, turns, warm_up=int(size < DVC_UP_TO))
    return timed


def bot_command(
    python: str,
    name: str,
    tree: Tree,
    *arguments: str,
    before: Callable[[], None] = lambda: None,
    codes: Sequence[int] = (0, 1),
) -> Command:
    """Return a results-bot command that works on `tree`."""
    command = [python, "-m", "results_bot", *arguments]
    return Command(name, command, tree.root, _BOT, before, frozenset(codes))


def records(timed: Mapping[str, Timed]) -> list[dict[str, float]]:
    """Return the ratios turn by turn: each turn is a replicate of one experiment."""
    columns = {
        one.key: ratios(timed[one.command], timed[one.beside])
        for one in RATIOS
        if one.command in timed and one.beside in timed
    }
    peak = timed[COLD].peak / 1e6
    turns = zip(*columns.values(), strict=True)
    return [dict(zip(columns, turn, strict=True)) | {"cold_peak_mb": peak} for turn in turns]


def write_records(folder: Path, name: str, found: Sequence[Mapping[str, float]]) -> None:
    """Write a metrics file for each replicate, as a training job does for each seed."""
    for path in folder.glob(f"{name}_seed_*/metrics.json"):
        path.unlink()
        path.parent.rmdir()
    for turn, record in enumerate(found, start=1):
        path = folder / f"{name}_seed_{turn}" / "metrics.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        rounded = {key: float(f"{value:.4g}") for key, value in record.items()}
        path.write_text(json.dumps(rounded, indent=2) + "\n", "utf-8")


def figures(found: Mapping[int, Mapping[str, Timed]]) -> str:
    """Return the figures as Markdown: ratios with their aims, then seconds and memory."""
    return "\n".join(_figures(found))


def _figures(found: Mapping[int, Mapping[str, Timed]]) -> Iterator[str]:
    yield f"Measured on {os.cpu_count()} processors with Python {platform.python_version()}.\n"
    yield "| Measured | beside | runs | ratio | aim | |\n|---|---|--:|--:|--:|---|"
    for size, timed in found.items():
        for one in RATIOS:
            if one.command in timed and one.beside in timed:
                ratio = median(ratios(timed[one.command], timed[one.beside]))
                aim = one.aims.get(size)
                met = "" if aim is None else "met" if ratio <= aim else "**missed**"
                shown = "" if aim is None else f"{aim:.3g}"
                yield f"| {one.command} | {one.beside} | {size:,} | {ratio:.3g} | {shown} | {met} |"
    names = list(dict.fromkeys(name for timed in found.values() for name in timed))
    yield "\nMedian seconds:\n"
    yield f"| Command | {' | '.join(f'{size:,} runs' for size in found)} |"
    yield f"|---|{'--:|' * len(found)}"
    for name in names:
        cells = (f"{timed[name].median:.3f}" if name in timed else "" for timed in found.values())
        yield f"| {name} | {' | '.join(cells)} |"
    peaks = (f"{timed[COLD].peak / 1e6:.0f} MB" for timed in found.values())
    yield f"| {COLD}: peak memory | {' | '.join(peaks)} |"
    each = (f"{timed[COLD].median / size * 1e6:.0f} µs" for size, timed in found.items())
    yield f"| {COLD}: time per run | {' | '.join(each)} |"


def _set_up(bot: Callable[..., Command], tree: Tree) -> None:
    """Make the page, and what the hook watches, as the last thing that is committed.

    A hook that goes on to start results-bot fails, and with it the measurement.
    """
    measure([bot("set up", tree, "refresh")], runs=0)
    git(tree.root, "config", "results-bot.command", "false")
    commit(tree.root)


def _stage(tree: Tree) -> None:
    """Stage a file that the page is not made from."""
    (tree.root / "notes.txt").write_text("a note\n", "utf-8")
    git(tree.root, "add", "notes.txt")


def _forget(tree: Tree) -> None:
    """Delete the cache."""
    for path in (tree.root / ".git" / "results-bot").glob("cache*"):
        path.unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
