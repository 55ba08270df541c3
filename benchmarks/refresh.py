"""How long `refresh` and the hook take, as ratios to what stands beside them in the same run.

`python -m benchmarks.refresh --sizes 100,1000,10000 [--dvc PATH] [--out FILE] [--results DIR]`
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from benchmarks import speed_docs
from benchmarks.records import write_records
from benchmarks.timing import Command, Timed, condensed, measure, ratio, ratios
from benchmarks.trees import Tree, build, commit, git

PROJECT = Path(__file__).resolve().parents[1]
_ENVIRONMENT = {"PYTHONPATH": str(PROJECT)}
_QUIET = {"DVC_NO_ANALYTICS": "1"}

HOOK, GIT = "hook, nothing watched staged", "git diff --cached"
CHECK, STAT = "check, nothing changed", "floor: stat"
CHANGED, COLD, PARSE = "refresh, one run changed", "refresh, no cache", "floor: parse"
PANDAS, SHOW, DIFF = "pandas script", "dvc metrics show", "dvc metrics diff"
BESIDE_SHOW, BESIDE_DIFF = "refresh, no cache (beside dvc)", "refresh, one changed (beside dvc)"

RATIOS = {
    "hook_to_git": (HOOK, GIT),
    "check_to_stat": (CHECK, STAT),
    "changed_to_stat": (CHANGED, STAT),
    "cold_to_parse": (COLD, PARSE),
    "cold_to_pandas": (COLD, PANDAS),
    "cold_to_dvc_show": (BESIDE_SHOW, SHOW),
    "changed_to_dvc_diff": (BESIDE_DIFF, DIFF),
}
"""What is compared with what, under the name that the results page has."""

ALL = (100, 1_000, 10_000, 100_000)
AIMS = {
    "hook_to_git": dict.fromkeys(ALL, 1.5),
    "check_to_stat": {1_000: 3.0, 100_000: 1.5},
    "changed_to_stat": {100_000: 2.0},
    "cold_to_parse": {10_000: 3.0, 100_000: 2.0},
    "cold_to_pandas": dict.fromkeys(ALL[1:], 1.0),
    "cold_to_dvc_show": {100: 1 / 3, 1_000: 1 / 10, 10_000: 1 / 25},
    "changed_to_dvc_diff": {100: 1 / 3, 1_000: 1 / 10, 10_000: 1 / 25},
}
"""The ratio that is aimed at, by the number of runs."""
MOMENT = 1.0
"""Seconds that the turns of one group take together at least."""
DVC_UP_TO = 10_000
"""dvc takes minutes for more."""


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table, write the document and what the results page is made from."""
    options = _options(arguments)
    document: dict[str, Any] = {"machine": machine(), "sizes": {}}
    sizes, runs = (list(map(int, text.split(","))) for text in (options.sizes, options.runs))
    for size, turns in zip_longest(sizes, runs[: len(sizes)], fillvalue=runs[-1]):
        dvc = options.dvc if size <= DVC_UP_TO else None
        with tempfile.TemporaryDirectory(prefix="results-bot-bench-") as folder:
            timed = one_size(Path(folder), size, turns, dvc)
        document["sizes"][str(size)] = result = summed_up(timed, size)
        print(table(size, result), flush=True)
        if options.results:
            write_records(Path(options.results), f"runs_{size:06}", records(timed))
        if options.docs:
            speed_docs.splice(Path(options.docs), document)
    if options.out:
        Path(options.out).write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return 0


def one_size(folder: Path, size: int, runs: int, dvc: str | None) -> dict[str, Timed]:
    """Return what every command took on a tree of `size` runs."""
    tree = build(folder / "tree", size)
    results_bot(tree, "refresh")
    if dvc:
        _init_dvc(tree, dvc)
    commit(tree.root)
    timed: dict[str, Timed] = {}
    for group in _groups(tree, dvc):
        results_bot(tree, "refresh")  # The commit is news to what it remembers.
        # What takes seconds a turn needs no turn for nothing.
        timed |= measure(group, runs, warm_up=int(size < DVC_UP_TO), at_least=MOMENT)
    return timed


def summed_up(timed: Mapping[str, Timed], size: int) -> dict[str, Any]:
    """Return seconds, peaks and ratios."""
    return {
        "seconds": {name: round(one.median, 4) for name, one in timed.items()},
        "peak_mb": {name: round(one.peak / 1e6, 1) for name, one in timed.items()},
        "ratios": [
            {
                "name": name,
                "of": one,
                "to": other,
                "ratio": round(ratio(timed[one], timed[other]), 3),
                "aim": AIMS[name].get(size),
            }
            for name, (one, other) in RATIOS.items()
            if one in timed and other in timed
        ],
    }


def records(timed: Mapping[str, Timed]) -> list[dict[str, float]]:
    """Return the ratios turn by turn: each turn is a replicate of the same experiment.

    Several turns make one where a group had more of them than another.
    """
    columns = {
        name: ratios(timed[one], timed[other])
        for name, (one, other) in RATIOS.items()
        if one in timed and other in timed
    }
    peak = timed[COLD].peak / 1e6
    fewest = min(map(len, columns.values()))
    turns = zip(*(condensed(column, fewest) for column in columns.values()), strict=True)
    return [dict(zip(columns, turn, strict=True)) | {"cold_peak_mb": peak} for turn in turns]


def results_bot(tree: Tree, *arguments: str) -> None:
    """Run the command once, for what it leaves behind."""
    measure([bot_command(tree, "set up", *arguments)], runs=0)


def table(size: int, result: dict[str, Any]) -> str:
    """Return the result as a Markdown table for people."""
    lines = [f"\n{size:,} runs\n", "| measured | s | beside | s | ratio | aim |"]
    lines.append("|---|--:|---|--:|--:|--:|")
    seconds = result["seconds"]
    for row in result["ratios"]:
        aim = "" if row["aim"] is None else f"{row['aim']:.2f}"
        lines.append(
            f"| {row['of']} | {seconds[row['of']]:.3f} | {row['to']} | {seconds[row['to']]:.3f} "
            f"| {row['ratio']:.2f} | {aim} |"
        )
    peaks = ", ".join(f"{name} {peak:.0f} MB" for name, peak in result["peak_mb"].items())
    return "\n".join([*lines, "", f"Peak memory: {peaks}"])


def _groups(tree: Tree, dvc: str | None) -> Iterator[list[Command]]:
    """Yield the commands that are measured in turn; a slow one does not share a group."""
    hook = ["sh", str(PROJECT / "hooks" / "pre-commit")]
    yield [
        Command(GIT, ["git", "diff", "--cached", "--name-only"], tree.root),
        Command(HOOK, hook, tree.root, before=lambda _: _stage(tree)),
    ]
    python = [sys.executable, "-m"]
    root = str(tree.root)
    cold = bot_command(tree, COLD, "refresh", before=lambda _: _forget(tree))
    yield [
        Command(STAT, [*python, "benchmarks.floor", "stat", root], PROJECT),
        bot_command(tree, CHECK, "refresh", "--check", code=0),
        Command(PARSE, [*python, "benchmarks.floor", "parse", root], PROJECT),
        cold,
        Command(PANDAS, [*python, "benchmarks.pandas_script", root], PROJECT),
        bot_command(tree, CHANGED, "refresh", before=tree.change_one, code=1),
    ]
    if dvc:
        yield [
            replace(cold, name=BESIDE_SHOW),
            Command(SHOW, [dvc, "metrics", "show"], tree.root, _QUIET),
            bot_command(tree, BESIDE_DIFF, "refresh", before=tree.change_one, code=1),
            Command(DIFF, [dvc, "metrics", "diff"], tree.root, _QUIET),
        ]


def bot_command(
    tree: Tree,
    name: str,
    *arguments: str,
    before: Any = lambda _: None,
    code: int | None = None,
) -> Command:
    codes = frozenset({0, 1} if code is None else {code})
    command = [sys.executable, "-m", "results_bot", *arguments]
    return Command(name, command, tree.root, _ENVIRONMENT, before, codes)


def _stage(tree: Tree) -> None:
    """Stage a file that the page is not made from."""
    (tree.root / "notes.txt").write_text("a note\n", "utf-8")
    git(tree.root, "add", "notes.txt")


def _forget(tree: Tree) -> None:
    """Drop what results-bot remembers between runs."""
    for path in (tree.root / ".git" / "results-bot").glob("cache*"):
        path.unlink()


def _init_dvc(tree: Tree, dvc: str) -> None:
    """Make the tree a dvc repository whose metrics are all the files."""
    listed = "".join(f"  - {path}\n" for path in tree.files)
    (tree.root / "dvc.yaml").write_text(f"metrics:\n{listed}", "utf-8")
    measure([Command("dvc init", [dvc, "init", "--quiet", "--force"], tree.root, _QUIET)], runs=0)


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "benchmarks.refresh", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--sizes", default="100,1000,10000", help="numbers of runs, with commas")
    parser.add_argument("--runs", default="5", help="timed runs of each command, by size")
    parser.add_argument("--dvc", help="path of dvc, to compare with it")
    parser.add_argument("--out", help="write the result as JSON")
    parser.add_argument("--docs", help="put the figures into this page")
    parser.add_argument("--results", help="write a metrics file for each turn into this folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
