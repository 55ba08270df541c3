from __future__ import annotations

from pathlib import Path

from results_bot.collect.paths import select

from tests.collect.readers.recorded import gathered, put


def test_a_store_is_named_with_the_way_to_export(tmp_path: Path) -> None:
    put("aim", tmp_path)
    deep = tmp_path / ".aim/meta"
    deep.mkdir()
    (deep / "metrics.json").write_text('{"loss": 0.5}')
    found = gathered(tmp_path)
    assert found.runs == ()
    assert found.problems == ()
    [remark] = found.remarks
    assert remark.file == ".aim/VERSION"
    assert "query_metrics" in remark.reason


def test_git_gives_the_same_choice() -> None:
    paths = [".aim/VERSION", ".aim/meta/metrics.json", "a/metrics.json", ".git/metrics.json"]
    assert list(select(paths, ["**"])) == [".aim/VERSION", "a/metrics.json"]
