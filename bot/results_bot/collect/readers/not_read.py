"""Stores that only their own tool can read: named once each, with the command to export them."""

from __future__ import annotations

import re

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnsupportedError

# Aim: as tried with 3.29; without the index the query finds no runs. It needs pandas.
_STORES = {
    "Aim": (
        r"(?:.*/)?\.aim/.*",
        r".*\.aim/VERSION",
        'aim storage reindex; python -c "import aim; '
        "aim.Repo.from_path('.').query_metrics('').dataframe().to_csv('aim.csv')\"",
    ),
    "SwanLab": (
        r"(?:.*/)?swanlog/.*",
        r".*swanlog/(?:run-[^/]+/)?(?:backup|runs)\.swanlab",
        "swanlab.Api().run(path='USER/PROJECT/RUN').metrics(keys=['loss'])",
    ),
    "Inspect": (
        r".*\.eval",
        r".*\.eval",
        "inspect log convert --to json --output-dir DIR FILE",
    ),
}
"""By the tool's name: all of a store's files, the one that is named, and the command."""
_PATTERNS = {
    tool: (re.compile(files), re.compile(named), command)
    for tool, (files, named, command) in _STORES.items()
}
TITLE = "Not read: " + ", ".join(_STORES)
WHERE = "a folder `.aim/` or `swanlog/`, `*.eval`"
TRAPS: tuple[str, ...] = (
    "Aim's numbers are in RocksDB, in its own encoding; SwanLab's log and Inspect's archive need "
    "libraries of their own",
    *(f"export from {tool}: `{command}`" for tool, (_, _, command) in _STORES.items()),
)


def claims(path: str) -> bool:
    """Claim everything in a store's folder, so that no other reader tries."""
    return any(files.fullmatch(path) for files, _, _ in _PATTERNS.values())


def read(file: File) -> list[Extracted]:
    """Raise UnsupportedError once per store."""
    for tool, (_, named, command) in _PATTERNS.items():
        if named.fullmatch(file.path):
            what = "log" if tool == "Inspect" else "store"
            raise UnsupportedError(
                f"is {tool}'s own {what} and cannot be read; export it: {command}"
            )
    return [Extracted(started=False)]
