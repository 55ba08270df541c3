"""Which folder is a run's."""

from __future__ import annotations

import pytest
from results_bot.collect.folders import run_folders


@pytest.mark.parametrize(
    ("patterns", "folder", "root"),
    [
        (["runs/*"], "runs/a", "runs/a"),
        (["runs/*"], "runs/output", "runs/output"),
        (["runs/*"], "runs/a/output", "runs/a"),
        (["runs/*", "runs/*/*"], "runs/a/b", "runs/a/b"),
        (["runs/*", "runs/*/*"], "runs/a/output", "runs/a"),
        (["runs/**"], "runs/a/output", "runs/a"),
    ],
)
def test_the_nearest_that_fits_is_the_run(patterns: list[str], folder: str, root: str) -> None:
    assert run_folders([folder], ["runs"], patterns)[0] == {folder: root}
