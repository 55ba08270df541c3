"""How long `refresh` and the hook take, as ratios to what stands beside them in the same run.

`python -m benchmarks.refresh --sizes 100,1000,10000 [--dvc PATH] [--out FILE.json]`
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.timing import Command, Timed, measure, ratio
from benchmarks.trees import Tree, build, commit, git

PROJECT = Path(__file__).resolve().parents[1]
_ENVIRONMENT = {"PYTHONPATH": str(PROJECT)}

RATIOS = (
    ("hook, nothing watched staged", "git diff --cached", 1.5),
    ("check, nothing changed", "floor: stat", None),
    ("refresh, one run changed", "floor: stat", None),
    ("refresh, no cache", "floor: parse", None),
    ("refresh, no cache", "pandas script", 1.0),
    ("refresh, no cache", "dvc metrics show", None),
    ("refresh, one run changed", "dvc metrics diff", None),
)
"""What is compared with what, and the ratio that is aimed at whatever the size."""

AIMS = {
    ("check, nothing changed", "floor: stat"): {1_000: 3.0, 100_000: 1.5},
    ("refresh, one run changed", "floor: stat"): {100_000: 2.0},
    ("refresh, no cache", "floor: parse"): {10_000: 3.0, 100_000: 2.0},
    ("refresh, no cache", "dvc metrics show"): {100: 1 / 3, 1_000: 1 / 10, 10_000: 1 / 25},
    ("refresh, one run changed", "dvc metrics diff"): {100: 1 / 3, 1_000: 1 / 10, 10_000: 1 / 25},
}
"""Aims that depend on the number of runs."""


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table, write the document."""
    options = _options(arguments)
    document: dict[str, Any] = {"machine": _machine(), "sizes": {}}
    for size in (int(size) for size in options.sizes.split(",")):
        with tempfile.TemporaryDirectory(prefix="results-bot-bench-") as folder:
            document["sizes"][str(size)] = one_size(Path(folder), size, options.runs, options.dvc)
        print(table(size, document["sizes"][str(size)]), flush=True)
    if options.out:
        Path(options.out).write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return 0


def one_size(folder: Path, size: int, runs: int, dvc: str | None) -> dict[str, Any]:
    """Return seconds, peaks and ratios for a tree of `size` runs."""
    tree = build(folder / "tree", size)
    results_bot(tree, "refresh")
    if dvc:
        _init_dvc(tree, dvc)
    commit(tree.root)
    timed: dict[str, Timed] = {}
    for group in _groups(tree, dvc):
        timed |= measure(group, runs)
    return {
        "seconds": {name: round(one.median, 4) for name, one in timed.items()},
        "peak_mb": {name: round(one.peak / 1e6, 1) for name, one in timed.items()},
        "ratios": [
            {
                "of": one,
                "to": other,
                "ratio": round(ratio(timed[one], timed[other]), 3),
                "aim": AIMS.get((one, other), {}).get(size, aim),
            }
            for one, other, aim in RATIOS
            if one in timed and other in timed
        ],
    }


def results_bot(tree: Tree, *arguments: str) -> None:
    """Run the command once, for what it leaves behind."""
    measure([_bot(tree, "set up", *arguments)], runs=0)


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
        Command("git diff --cached", ["git", "diff", "--cached", "--name-only"], tree.root),
        Command("hook, nothing watched staged", hook, tree.root, before=lambda _: _stage(tree)),
    ]
    python = [sys.executable, "-m"]
    root = str(tree.root)
    cold = _bot(tree, "refresh, no cache", "refresh", before=lambda _: _forget(tree))
    yield [
        Command("floor: stat", [*python, "benchmarks.floor", "stat", root], PROJECT),
        _bot(tree, "check, nothing changed", "refresh", "--check"),
        Command("floor: parse", [*python, "benchmarks.floor", "parse", root], PROJECT),
        cold,
        Command("pandas script", [*python, "benchmarks.pandas_script", root], PROJECT),
        *([Command("dvc metrics show", [dvc, "metrics", "show"], tree.root)] if dvc else []),
        _bot(tree, "refresh, one run changed", "refresh", before=tree.change_one, code=1),
        *([Command("dvc metrics diff", [dvc, "metrics", "diff"], tree.root)] if dvc else []),
        # Brings the page up to date again, so that the next turn's check has nothing to tell.
    ]


def _bot(
    tree: Tree,
    name: str,
    *arguments: str,
    before: Any = lambda _: None,
    code: int | None = None,
) -> Command:
    codes = frozenset({0, 1} if code is None else {code})
    command = [sys.executable, "-m", "bot", *arguments]
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
    quiet = {"DVC_NO_ANALYTICS": "1"}
    measure([Command("dvc init", [dvc, "init", "--quiet", "--force"], tree.root, quiet)], runs=0)


def _machine() -> dict[str, Any]:
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
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command")
    parser.add_argument("--dvc", help="path of dvc, to compare with it")
    parser.add_argument("--out", help="write the result as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
