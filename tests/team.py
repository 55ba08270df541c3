"""A team's tree and page as people left them: the example, and the real one where it is here."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from results_bot.example import write_tree

SEED = os.environ.get("RESULTS_BOT_SEED", "")
TEAMS = (
    "example",
    pytest.param("seed", marks=pytest.mark.skipif(not SEED, reason="no RESULTS_BOT_SEED")),
)
"""Parameters of a fixture that hands one to `team_tree`."""


def team_tree(which: str, folder: Path) -> Path:
    """Make the folder, and return it; only the content, since the seed may well be read-only."""
    if which == "seed":
        shutil.copytree(SEED, folder, copy_function=shutil.copyfile)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
    else:
        write_tree(folder)
    return folder
