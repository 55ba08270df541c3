"""A history in a terminal: bars, marks, sentences and lines, in as many columns as there are."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from results_bot.console import Screen
from results_bot.model import Direction, Metric, Value
from results_bot.page import cells
from results_bot.report import terminal
from results_bot.report.history import Point, render, timelines
from results_bot.report.terminal import middle_cut
from rich.cells import cell_len

LOSS = Metric("test_loss", "Test Loss", Direction.LOWER, ".4f")
LONG = "a-quite-long-experiment-name-with-hyper-parameters_lr0.001_bs128"
HOSTILE = "\x1b[31mred\nline 日本語 \u202e"


def points(
    numbers: Sequence[float],
    runs: Sequence[str] = ("a",),
    approved: int | None = None,
    metric: Metric = LOSS,
) -> list[Point]:
    return [
        Point("nightly", metric, runs[at % len(runs)],
              Value(cells.number(number, metric.format), number), f"{at:08x}" * 5,
              f"2026-03-{at + 1:02d}T10:00:00+00:00", f"Train on, try {at}, and say much of it",
              ("ada",) if at == approved else ())
        for at, number in enumerate(numbers)
    ]  # fmt: skip


def drawn(found: list[Point], width: int = 80, limit: int = 20, *, colour: bool = False) -> str:
    parts = render(timelines(found), limit, width)
    return terminal.draw(parts, Screen(colour, width))


STEP = [*(0.40 + at % 3 / 100 for at in range(6)), *(0.30 + at % 3 / 100 for at in range(6))]


def test_the_sparkline_and_the_change_of_level() -> None:
    assert drawn(points(STEP, approved=6), limit=2).split("\n") == [
        "nightly: best Test Loss, 12 values",
        "  run a",
        "",
        "  ▇▇█▇▇█▁▂▂▁▂▂  0.3000 to 0.4200",
        "",
        "  ↓ better since 2026-03-07: mean 0.4100 to 0.3100 (-0.1000), p = 0.010",
        "",
        "  2026-03-11  0000000a  0.3100  +0.0100  Train on, try 10, and say much of it",
        "  2026-03-12  0000000b  0.3200  +0.0100  Train on, try 11, and say much of it",
        "",
    ]


def test_a_line_where_the_level_changes_is_marked_and_tells_who_approved() -> None:
    lines = drawn(points(STEP, approved=6)).split("\n")
    assert [line for line in lines if line.startswith("↓ ")] == [
        "↓ 2026-03-07  00000006  0.3000  -0.1200  approved by ada · Train on, try 6, and…"
    ]


@pytest.mark.parametrize("numbers", [[0.4], [0.4, 0.3], [0.4, float("nan"), float("inf")]])
def test_a_short_history_says_so(numbers: list[float]) -> None:
    said = drawn(points(numbers))
    assert ("Too few values" in said) == (len(numbers) > 1)


def test_steady_values_have_no_change_of_level() -> None:
    assert "  No change of level in 10 values." in drawn(
        points([0.3 + at % 2 / 50 for at in range(10)])
    )


def test_a_value_that_only_another_name_has_is_not_measured_anew() -> None:
    found = points([0.4, 0.4, 0.4, 0.3, 0.3, 0.3, 0.3, 0.3], runs=("a", "b"))
    assert timelines(found)[0].measured == 2
    assert timelines(found)[0].changes == {}


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("runs", [("a",), (LONG, "b"), (HOSTILE, LONG), ("日本語" * 20, "c")])
@pytest.mark.parametrize("count", [3, 30, 300])
def test_nothing_is_wider_than_the_screen(width: int, runs: tuple[str, ...], count: int) -> None:
    numbers = [(0.4 if at < count // 2 else 0.3) + at % 7 / 200 for at in range(count)]
    said = drawn(points(numbers, runs, approved=1), width)
    lines = said.split("\n")
    assert max(cell_len(line) for line in lines) <= width
    assert "\x1b" not in said
    # A line a value, none of them folded, none of their numbers cut.
    values = [line for line in lines if re.search(r"  [0-9a-f]{8}  0\.\d{4} ", line)]
    assert len(values) == min(count, 20)


def test_long_names_keep_both_their_ends() -> None:
    assert " a-quite-l…01_bs128 " in drawn(points(STEP, (LONG, "b")), 76)
    assert [middle_cut("日本語abc", most) for most in (9, 8, 5, 2, 0)] == [
        "日本語abc", "日本…abc", "日…bc", "…", ""
    ]  # fmt: skip


def test_colour_tells_better_from_worse_and_nothing_is_dim() -> None:
    said = drawn(points(STEP, ("a", "b")), colour=True)
    assert "\x1b[32m  ↓ better\x1b[0m" in said
    assert "\x1b[31m0.4200\x1b[0m  \x1b[31m+0.0100\x1b[0m" in said
    assert "\x1b[2m" not in said


def test_an_unknown_direction_is_neither() -> None:
    metric = Metric("size", "Size", Direction.UNKNOWN, ".4f")
    said = drawn(points(STEP, metric=metric), colour=True)
    assert "↓ changed since" in said
    assert "\x1b[31m" not in said
