"""The benchmark of the report page visits it and writes what it measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import report_page
from tests.browser.chromium import executable
from tests.browser.conftest import missing


def test_the_page_is_visited_and_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if executable() is None:
        missing("chromium is not here (apt-get install chromium)")
    arguments = ["--sizes", "40", "--loads", "2", "--results", str(tmp_path / "out")]
    assert report_page.main(arguments) == 0
    assert capsys.readouterr().out.startswith("40 runs: 1.")
    files = sorted(tmp_path.glob("out/runs_000040_seed_*/metrics.json"))
    records = [json.loads(file.read_text("utf-8")) for file in files]
    assert len(records) == 2
    assert all(one["ready_to_blank"] > 0 and 0.9 < one["page_mb"] < 1.5 for one in records)
