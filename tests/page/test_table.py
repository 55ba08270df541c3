"""A table holds what its rows hold, and keeps a missing value and a NaN apart."""

from __future__ import annotations

from math import inf, nan

from hypothesis import given
from hypothesis import strategies as st
from results_bot.model import Metric
from results_bot.page.section import Section
from results_bot.page.tables import table_of, text_of
from results_bot.table import Row, Table, Value

NUMBERS = st.sampled_from([0.5, -1.0, 0.0, nan, inf])
VALUES = st.one_of(
    st.builds(Value, st.sampled_from(["adam", "0.5"])),
    st.builds(Value, st.just("0.5"), NUMBERS, exact=st.booleans()),
    st.builds(Value, st.just("0.5 ± 0.1 (n = 3)"), NUMBERS, st.just(0.1), st.just(3)),
)
CELLS = st.dictionaries(st.sampled_from("abc"), VALUES)
SEEDS = st.builds(Row, st.sampled_from(["s0", "s1"]), CELLS, st.none())


@st.composite
def rows(draw: st.DrawFn) -> tuple[Row, ...]:
    names = draw(st.lists(st.text("xyz", max_size=3), unique=True, max_size=4))
    return tuple(
        Row(
            name,
            draw(CELLS),
            draw(st.sampled_from([None, "runs/a"])),
            draw(st.tuples() | st.tuples(SEEDS)),
        )
        for name in names
    )


def shown(rows: tuple[Row, ...]) -> list[str]:
    """Return rows as text: a NaN does not equal itself, and cells have no order."""
    return [
        repr((row.run, sorted(row.values.items()), row.path, shown(row.replicates))) for row in rows
    ]


@given(rows())
def test_a_table_holds_what_its_rows_hold(given: tuple[Row, ...]) -> None:
    table = Table.of(given, "ab")
    assert shown(table.rows) == shown(given)
    assert table == Table.of(table.rows, "ab")


def test_missing_nan_and_text_are_three_things() -> None:
    values = {"nan": Value("NaN", nan, exact=True), "text": Value("adam")}
    table = Table.of([Row("a", values)], ["gone", "nan", "text"])
    assert table.numbers.isna().to_numpy().tolist()[0] == [True, True, True]
    assert table.texts.to_numpy().tolist()[0] == [None, "NaN", "adam"]
    assert [one is None for one in table.cells.iloc[0]] == [True, False, False]


def test_a_section_offers_its_rows_as_a_table() -> None:
    row = Row("a", {"loss": Value("0.5", 0.5)})
    section = Section("s", "S", (Metric("acc", "Acc"), Metric("loss", "Loss")), (row,))
    assert section.table.texts.columns.tolist() == ["acc", "loss"]
    assert Section("s", "S", section.metrics, section.table).table is section.table
    assert section.table == (row,)
    assert section.table != Table.of([Row("b", row.values)], ["acc", "loss"])


def test_a_seed_that_is_named_after_its_row_is_named_once() -> None:
    acc, one = Metric("acc", "Acc"), {"acc": Value("0.5", 0.5)}

    def folded(name: str, *seeds: str) -> Row:
        return Row(name, one, replicates=tuple(Row(seed, one) for seed in seeds))

    rows = (folded("lr0.1", "lr0.1/seed0", "lr0.1-s1", "old"), folded("lr0.1-s", "lr0.1-s2"))
    text = text_of(Section("s", "S", (acc,), rows))
    names = [name for name, _ in text.replicates]
    assert names == ["lr0.1/seed0", "lr0.1 / lr0.1-s1", "lr0.1 / old", "lr0.1-s2"]
    assert shown(table_of(text, [acc]).rows) == shown(rows)
