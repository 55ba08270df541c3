"""Which folder is a run's: the usual case is told as any other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.collect import roots

PARTS = st.sampled_from(["runs", "a", "b", "output", "version_0", "version_1", "7", ".hydra"])
FOLDERS = st.lists(st.lists(PARTS, max_size=4).map("/".join), max_size=6)
PATTERNS = st.lists(
    st.lists(st.sampled_from(["runs", "*", "a", "version_*", "**"]), min_size=1, max_size=4).map(
        "/".join
    ),
    max_size=3,
)


@given(FOLDERS, PATTERNS)
def test_what_a_pattern_says_is_a_run_is_told_sooner(
    folders: list[str], patterns: list[str]
) -> None:
    told = roots.placed(folders, ["runs"], patterns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(roots, "_outermost", lambda *_: set())
        assert told == roots.placed(folders, ["runs"], patterns)


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
    assert roots.run_folders([folder], ["runs"], patterns) == {folder: root}
