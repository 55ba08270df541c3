"""Rows kept column by column are told as if they had been made one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.page import rows
from results_bot.page.rows import Column, Grid
from results_bot.table import Row, Value

CELLS = st.one_of(
    st.just((None, None)),
    st.tuples(st.text(max_size=2), st.floats()),
    st.tuples(st.text(max_size=2), st.none()),
)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    count = draw(st.integers(0, 4))
    columns = {}
    for key in draw(st.sets(st.sampled_from("abc"))):
        cells = draw(st.lists(CELLS, min_size=count, max_size=count))
        columns[key] = Column([text for text, _ in cells], [number for _, number in cells])
    return Grid(
        [f"run_{at}" for at in range(count)], [f"runs/{at}" for at in range(count)], columns
    )


@given(grids(), st.data())
def test_columns_tell_what_rows_tell(grid: Grid, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(grid) - 1), max_size=5) if grid else st.just([]))
    for one in (grid, grid.at(places)):
        made = tuple(one)
        assert len(one) == len(made)
        assert list(rows.names(one)) == list(rows.names(made))
        assert rows.numbers_in(one) == rows.numbers_in(made)
        for key in "abc":
            assert list(rows.texts(one, key)) == list(rows.texts(made, key))
            assert repr(list(rows.exact(one, key))) == repr(list(rows.exact(made, key)))
    assert repr(tuple(grid.at(places))) == repr(tuple([grid[at] for at in places]))


def test_rows_are_made_when_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = Grid(["a"], ["runs/a"], {"m": Column(["0.50"], [0.5]), "n": Column([None], [None])})
    with monkeypatch.context() as patch:
        patch.setattr(Grid, "_made", lambda _: pytest.fail("made"))
        assert (len(grid), rows.texts(grid, "m"), rows.numbers_in(grid)) == (1, ["0.50"], 1)
        same = grid
        assert grid == same
    assert tuple(grid) == (Row("a", {"m": Value("0.50", 0.5, exact=True)}, "runs/a"),)
    assert grid == tuple(grid)
