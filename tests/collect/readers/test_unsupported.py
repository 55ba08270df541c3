from __future__ import annotations

from pathlib import Path

import pytest
from results_bot.collect.paths import select

from tests.collect.readers.recorded import gathered


@pytest.mark.parametrize(
    ("store", "beside", "export"),
    [
        (".aim/VERSION", ".aim/meta/metrics.json", "query_metrics"),
        (
            "swanlog/run-20260120_140300-abc/backup.swanlab",
            "swanlog/run-20260120_140300-abc/files/config.yaml",
            "swanlab.Api()",
        ),
        ("logs/2026-01-20_sums.eval", ".aim/meta/metrics.json", "inspect log convert --to json"),
    ],
)
def test_a_store_is_named_with_the_way_to_export(
    store: str, beside: str, export: str, tmp_path: Path
) -> None:
    for path in (store, beside):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text('{"loss": 0.5}')
    found = gathered(tmp_path)
    assert (found.runs, found.problems) == ((), ())
    [remark] = found.remarks
    assert remark.file == store
    assert export in remark.reason


def test_git_gives_the_same_choice() -> None:
    paths = [".aim/VERSION", ".aim/meta/metrics.json", "a/metrics.json", ".git/metrics.json"]
    assert list(select(paths, ["**"])) == [".aim/VERSION", "a/metrics.json"]
