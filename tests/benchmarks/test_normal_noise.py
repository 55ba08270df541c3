from __future__ import annotations

import pytest

from benchmarks.normal_noise import found


@pytest.mark.parametrize("rows", [1, 12])
def test_who_knows_the_spread_finds_more_with_as_few_false_alarms(rows: int) -> None:
    assert all(share <= 0.05 for share in found(rows, 0, 2_000))
    known, student = found(rows, 2, 2_000)
    assert 0.3 < student < known - 0.05
