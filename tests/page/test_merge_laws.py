"""Laws of the three-way merge of the page, over pages that hypothesis makes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_bot.config import Config, SectionTable
from results_bot.model import Collection, Direction, Reading, Run
from results_bot.page.document import parse_page
from results_bot.page.markdown import TableText, parse
from results_bot.page.merge import Merged, merge, merge_tables
from results_bot.page.page import HeadSide, regenerate
from results_bot.page.plan import Touched

CONFIG = Config(page="RESULTS.md", best_in_bold=True)
SECTIONS = (SectionTable(id="s", title="S", runs=("s/*",)),)
NOW = datetime(2026, 1, 2, tzinfo=UTC)
HEADER = ("Run", "Test Loss", "Test Accuracy")
NAMES = ("a", "b", "run 2", "run 10", "| hostile <b>", "`c`", "@d")

values = st.integers(1, 9999).map(lambda number: f"0.{number:04}")
rows = st.tuples(values, values)
tables = st.dictionaries(st.sampled_from(NAMES), rows, max_size=5)


def table(cells: dict[str, tuple[str, str]]) -> TableText:
    made = tuple((name, *cells[name]) for name in sorted(cells))
    return TableText(HEADER, made, ("Test Loss", Direction.LOWER) if made else None)


def joined(
    base: dict[str, tuple[str, str]],
    ours: dict[str, tuple[str, str]],
    theirs: dict[str, tuple[str, str]],
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    merged, disputed = merge_tables(table(base), table(ours), table(theirs), lambda *_: None)
    return {row[0]: row[1:] for row in merged.rows}, disputed


@given(tables, tables, tables)
def test_sides_may_be_exchanged(base, ours, theirs) -> None:  # type: ignore[no-untyped-def]
    one, disputed = joined(base, ours, theirs)
    other, also = joined(base, theirs, ours)
    assert disputed == also
    assert one.keys() == other.keys()
    assert all(one[name] == other[name] for name in one if name not in disputed)


@given(tables, tables)
def test_a_side_that_did_nothing_has_no_say(base, ours) -> None:  # type: ignore[no-untyped-def]
    assert joined(base, ours, base) == (ours, ())
    assert joined(base, base, ours) == (ours, ())
    assert joined(base, ours, ours) == (ours, ())


@given(tables, tables, tables, tables)
def test_order_does_not_matter_where_rows_are_disjoint(base, one, two, three) -> None:  # type: ignore[no-untyped-def]
    sides = [
        base | {f"{mark} {name}": row for name, row in side.items()}
        for mark, side in (("x", one), ("y", two), ("z", three))
    ]
    left, _ = joined(base, joined(base, sides[0], sides[1])[0], sides[2])  # type: ignore[arg-type]
    right, _ = joined(base, sides[0], joined(base, sides[1], sides[2])[0])  # type: ignore[arg-type]
    assert left == right == sides[0] | sides[1] | sides[2]


@given(tables, tables, tables)
def test_no_row_is_lost_that_one_side_kept_and_the_other_did_not_delete(  # type: ignore[no-untyped-def]
    base, ours, theirs
) -> None:
    merged, disputed = joined(base, ours, theirs)
    for name in NAMES:
        deleted = name in base and (name not in ours or name not in theirs)
        kept = name in ours or name in theirs
        untouched = (
            ours.get(name, base.get(name)) == theirs.get(name, base.get(name)) == base.get(name)
        )
        assert (name in merged) == (kept and not (deleted and untouched))
        if name in merged and name not in disputed:
            known = {cell for side in (ours, theirs) for cell in side.get(name, ())}
            assert set(merged[name]) <= known


@given(tables, tables, tables)
def test_a_dispute_is_one_row_with_both_values(base, ours, theirs) -> None:  # type: ignore[no-untyped-def]
    merged, disputed = joined(base, ours, theirs)
    for name, cells in merged.items():
        pairs = zip(cells, ours.get(name, cells), theirs.get(name, cells), strict=True)
        marked = [(one, two) for cell, one, two in pairs if cell == f"ours {one} / theirs {two}"]
        assert bool(marked) == (name in disputed)


VERY_SMALL = 2857
"""Its accuracy is 0.0001, for which the whole column shows more digits."""
# Values are multiples of a whole step, so that no two runs look like outliers by chance alone.
numbers = st.integers(1000, 9999).filter(lambda number: number != VERY_SMALL)
runs = st.dictionaries(st.sampled_from(("a", "b", "c", "d2", "d10", "e")), numbers, max_size=6)


def collection(state: dict[str, int]) -> Collection:
    return Collection(
        tuple(
            Run(
                f"s/{name}",
                name,
                {
                    "test_loss": Reading("test_loss", number / 10_000, f"s/{name}/m.json"),
                    "test_accuracy": Reading(
                        "test_accuracy", (number * 7 % 9999) / 10_000, f"s/{name}/m.json"
                    ),
                },
                files=(f"s/{name}/m.json",),
            )
            for name, number in sorted(state.items())
        )
    )


def page(old: str | None, state: dict[str, int], gone: frozenset[str] = frozenset()) -> str:
    former = {("s", one.name): one for one in collection(dict.fromkeys(gone, 1)).runs}
    deleted = Touched({file for one in former.values() for file in one.files})
    side = HeadSide(
        old, collection(state), former=lambda _: former, commits=["HEAD"], touched=deleted
    )
    return regenerate(side, CONFIG, SECTIONS, NOW).text


def text_merge(base: str, ours: str, theirs: str) -> tuple[str, bool]:
    merged = theirs if ours == base else ours
    return merged, ours != theirs and base not in (ours, theirs)


def three_way(base: str, ours: str, theirs: str) -> Merged:
    return merge(base, ours, theirs, CONFIG, SECTIONS, text_merge)


@given(runs, runs, runs)
def test_the_merge_is_what_the_union_of_artifacts_makes(first, added, changed) -> None:  # type: ignore[no-untyped-def]
    """One side adds runs, the other changes and deletes some."""
    first = {"z": 5000} | first
    base = page(None, first)
    ours_state = first | {f"new {name}": number for name, number in added.items()}
    deleted = frozenset(name for name in changed if name in first and changed[name] % 2)
    theirs_state = {
        name: changed.get(name, number) for name, number in first.items() if name not in deleted
    }
    ours, theirs = page(base, ours_state), page(base, theirs_state, deleted)
    union = {
        name: number for name, number in (ours_state | theirs_state).items() if name not in deleted
    }
    merged = three_way(base, ours, theirs)
    assert merged.conflicts == ()
    regenerated = page(merged.text, union)
    blocks = parse_page(merged.text).blocks
    assert parse(blocks["s"].content) == parse(parse_page(regenerated).blocks["s"].content)
    assert merged.text == regenerated
    assert three_way(base, theirs, ours).text == merged.text


@given(runs)
def test_identity_to_the_byte(state) -> None:  # type: ignore[no-untyped-def]
    base, ours = page(None, {"z": 5000}), page(None, {"z": 5000} | state)
    assert three_way(base, ours, base).text == ours
    assert three_way(base, base, ours).text == ours
    assert three_way(base, ours, ours).text == ours


@pytest.mark.parametrize("deleted", [False, True])
def test_more_digits_in_a_column_are_no_change_of_its_values(deleted: bool) -> None:
    """One side adds a very small value, the other changes or deletes another row."""
    base = page(None, {"a": 1001, "z": 5000})
    ours = page(base, {"a": 1001, "z": 5000, "new": VERY_SMALL})
    kept = {"z": 5000} | ({} if deleted else {"a": 1000})
    theirs = page(base, kept, frozenset({"a"} if deleted else ()))
    assert "70.0700%" in ours
    for merged in (three_way(base, ours, theirs), three_way(base, theirs, ours)):
        assert merged.conflicts == ()
        rows = {row[0]: row[2] for row in parse(parse_page(merged.text).blocks["s"].content).rows}
        assert rows == {"new": "0.0100%", "z": "50.0300%"} | ({} if deleted else {"a": "70.00%"})
