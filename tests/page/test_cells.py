"""Numbers to cells and back, and the format that a column was written with."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from results_bot.model import Value
from results_bot.page import cells


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.34838274, ".4f", "0.3484"),
        (0.34838274, ".2%", "34.84%"),
        (34.838274, ".2f%", "34.84%"),
        (-0.00001, ".4f", "0.0000"),
        (-0.0, "d", "0"),
        (-0.0001, ".1%", "0.0%"),
        (20.0, "d", "20"),
        (20.5, "d", "20.5000"),
        (1484000.0, ",d", "1,484,000"),
        (1234.5, ",.1f", "1,234.5"),
        (2e-05, ".4g", "2e-05"),
        (float("nan"), ".2%", "NaN"),
        (float("inf"), "d", "inf"),
        (float("-inf"), ".4f", "-inf"),
        (2.0**70, "d", "1180591620717411303424"),
    ],
)
def test_how_a_number_is_shown(value: float, spec: str, text: str) -> None:
    assert cells.number(value, spec) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.3484", 0.3484),
        (" 34.84% ", 0.3484),
        ("57.57 %", 0.5757),
        ("\u22120.5", -0.5),
        ("+0.5", 0.5),
        (".5", 0.5),
        ("1,234.5", 1234.5),
        ("1 234 567", 1234567.0),
        ("1_000", 1000.0),
        ("2e-05", 2e-05),
        ("1e2%", 1.0),
        ("0.35 ± 0.01", 0.35),
        ("84.2 ± 0.3%", 0.842),
        ("0,35", None),
        ("12,34,56", None),
        ("1 2", None),
        ("", None),
        ("—", None),
        ("N/A", None),
        ("11/15 (73.3%)", None),
        ("~2M", None),
        ("4.54 vs 4.19", None),
        ("2026-01-20", None),
        ("0.35*", None),
    ],
)
def test_what_a_cell_still_tells(text: str, number: float | None) -> None:
    assert cells.parse(text).number == number


def test_replicates_are_read_back_whole() -> None:
    text = cells.replicates(0.842, 0.003, 5, ".1%")
    assert text == "84.2% ± 0.3% (n = 5)"
    assert cells.parse(text) == Value(text, 0.842, 0.003, 5)
    assert cells.parse("0.84 ± 0.01") == Value("0.84 ± 0.01", 0.84, 0.01)


SPECS = st.sampled_from([".4f", ".2%", ".1f%", "d", ",d", ",.2f", ".4g", ".0f", ".6f"])


@given(st.floats(-1e9, 1e9) | st.sampled_from([nan, inf, -inf]), SPECS)
def test_a_shown_number_is_read_back_as_shown(value: float, spec: str) -> None:
    text = cells.number(value, spec)
    number = cells.parse(text, spec).number
    assert number is not None
    assert (
        cells.number(number, spec if not spec.endswith("d") or "." not in text else ".4f") == text
    )


@given(
    st.lists(st.floats(0.01, 1e6), min_size=1, max_size=5),
    SPECS.filter(lambda s: s not in (".4g", ".0f")),
)
def test_the_format_of_a_column_is_read_off_its_cells(values: list[float], spec: str) -> None:
    assume(not spec.endswith("d") or all(value.is_integer() for value in values))
    column = [cells.number(value, spec) for value in values]
    found = cells.spec_of(column)
    again = found.replace("%", "f%") if spec.endswith("f%") else found
    assert [cells.number(value, again) for value in values] == column


@pytest.mark.parametrize(
    ("column", "spec"),
    [
        (["0.3484", "0.35", "x", "—"], ".4f"),
        (["34.84%", "97.9%"], ".2%"),
        (["34.84%", "0.5"], ".2f"),
        (["20", "30"], "d"),
        (["1,484", "46"], ",d"),
        (["2e-05", "0.1"], ".4g"),
        (["0.5 ± 0.01 (n = 3)"], ".1f"),
        (["NaN", "inf"], ""),
        (["good", ""], ""),
        ([], ""),
    ],
)
def test_a_column_of_people(column: list[str], spec: str) -> None:
    assert cells.spec_of(column) == spec


@pytest.mark.parametrize(
    ("text", "places"),
    [("0.3484", 4), ("34.84%", 4), ("20", 0), ("2e-05", 5), ("1.5e+3", -2), ("x", None)],
)
def test_decimal_places_of_a_cell(text: str, places: int | None) -> None:
    assert cells.places(text) == places


def test_percents_of_either_kind_differ_in_points() -> None:
    assert cells.parse("84.50%").number == 0.845
    assert cells.parse("84.50% ± 0.50% (n = 3)", ".2f%") == Value(
        "84.50% ± 0.50% (n = 3)", 84.5, 0.5, 3
    )
    assert cells.signed(-0.066, ".2%") == cells.signed(-6.6, ".2f%") == "-6.60 pp"
