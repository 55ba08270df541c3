"""The least that a program in Python could do with the same files, each as a process of its own.

`python -m benchmarks.floor stat|parse ROOT`: list the folders that the pattern allows and take the
stat data of their metrics files, or also read and parse every one. `markdown FOLDER`: read the two
pages that are there with a Markdown parser.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator


def metrics_files(root: str) -> Iterator[os.DirEntry[str]]:
    """Yield `experiments/sweep_*/run_*/*.json`, nothing else being opened."""
    with os.scandir(f"{root}/experiments") as sweeps:
        for sweep in sweeps:
            if sweep.name.startswith("sweep_"):
                with os.scandir(sweep.path) as runs:
                    for run in runs:
                        if run.name.startswith("run_"):
                            yield from _in_run(run.path)


def stat_only(root: str) -> int:
    """Return the number of files, each looked at with `stat`."""
    return sum(entry.stat(follow_symlinks=False).st_size > 0 for entry in metrics_files(root))


def parse(root: str) -> int:
    """Return the number of files, each read and parsed by orjson."""
    import orjson

    count = 0
    for entry in metrics_files(root):
        with open(entry.path, "rb", buffering=0) as file:  # noqa: PTH123 - it is the floor
            count += bool(orjson.loads(file.readall()))
    return count


def markdown(folder: str) -> int:
    """Return the number of tokens in `before.md` and `after.md`."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    count = 0
    for name in ("before.md", "after.md"):
        with open(f"{folder}/{name}", encoding="utf-8") as file:  # noqa: PTH123
            count += len(parser.parse(file.read()))
    return count


def _in_run(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as files:
        for entry in files:
            if entry.name.endswith(".json"):
                yield entry


if __name__ == "__main__":
    print({"stat": stat_only, "parse": parse, "markdown": markdown}[sys.argv[1]](sys.argv[2]))
