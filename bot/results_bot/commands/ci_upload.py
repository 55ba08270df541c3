"""Raw metrics put into a folder, for `upload-artifact` to carry to the trusted half."""

from __future__ import annotations

from pathlib import Path

from results_bot.collect.file import Listed
from results_bot.github.artifacts import Gathered
from results_bot.page.plan import patterns
from results_bot.workspace import Workspace, write_atomically

FOLDER = "results-bot-metrics"


def write_uploads(workspace: Workspace, gathered: Gathered, temp: Path) -> str:
    """Write what this run's jobs uploaded, by path; return the folder, or nothing if empty.

    What is committed is not copied: the trusted half asks GitHub for it, which cannot be forged.
    """
    found = gathered.within(patterns(workspace.sections))
    files = [item for item in found if isinstance(item, Listed)]
    folder = temp.resolve() / FOLDER
    for file in files:
        write_atomically(folder / file.path, file.read())
    return str(folder) if files else ""
