"""A small replay of parallel branches: nothing conflicts, nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from benchmarks.replay import records, replay, table


def test_a_dozen_branches_merge_without_conflict_or_loss(tmp_path: Path) -> None:
    result = replay(tmp_path / "repo", branches=12, orders=1, seed=7)
    ours = cast("list[dict[str, int]]", result["with_us"])
    plain = cast("list[dict[str, int]]", result["plain_git"])
    assert ours == [{"merges": 12, "page_conflicts": 0, "lost_rows": 0, "wrong_rows": 0}]
    assert plain[0]["page_conflicts"] > 5
    assert plain[0]["lost_rows"] > 0
    assert set(records(result)) == {"results_bot_012_branches", "git_alone_012_branches"}
    assert "| 1 | results-bot | 12 | 0 | 0 | 0 |" in table(result)
