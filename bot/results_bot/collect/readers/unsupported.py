"""Results that only their own tool can read: one remark each, with the command to export them."""

from __future__ import annotations

import re
from typing import NamedTuple

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnsupportedError


class _Tool(NamedTuple):
    name: str
    noun: str
    """What the tool's file or folder is called in the remark."""
    files: str
    """A pattern of the paths of all its files."""
    named: str
    """A pattern of the one file that the remark names."""
    export: str


_TOOLS = (
    # As tried with 3.29; without the index the query finds no runs. It needs pandas.
    _Tool("Aim", "store", r"(?:.*/)?\.aim/.*", r".*\.aim/VERSION",
          'aim storage reindex; python -c "import aim; '
          "aim.Repo.from_path('.').query_metrics('').dataframe().to_csv('aim.csv')\""),
    _Tool("SwanLab", "store", r"(?:.*/)?swanlog/.*",
          r".*swanlog/(?:run-[^/]+/)?(?:backup|runs)\.swanlab",
          "swanlab.Api().run(path='USER/PROJECT/RUN').metrics(keys=['loss'])"),
    _Tool("Inspect", "log", r".*\.eval", r".*\.eval",
          "inspect log convert --to json --output-dir DIR FILE"),
)  # fmt: skip
TITLE = "Not read: " + ", ".join(tool.name for tool in _TOOLS)


def claims(path: str) -> bool:
    """Claim everything in a store's folder, so that no other reader tries."""
    return any(re.fullmatch(tool.files, path) for tool in _TOOLS)


def read(file: File) -> list[Extracted]:
    """Raise UnsupportedError for one file of a store; the others are of no run."""
    for tool in _TOOLS:
        if re.fullmatch(tool.named, file.path):
            raise UnsupportedError(
                f"is {tool.name}'s own {tool.noun} and cannot be read; export it: {tool.export}"
            )
    return [Extracted(started=False)]
