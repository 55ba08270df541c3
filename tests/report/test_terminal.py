"""What `diff` and `refresh` print: in as many columns as there are, no figure ever broken."""

from __future__ import annotations

import re

import pytest
from results_bot.console import Screen
from results_bot.judge.verdict import reach
from results_bot.model import Change, ChangeKind, Direction, Metric, Value, Verdict
from results_bot.page import cells
from results_bot.report import terminal
from rich.cells import cell_len

from tests.browser import material
from tests.report.material import example, moved

LONG = "a-very-long-name-of-an-experiment-with-many-hyper-parameters_lr0.002_warmup1000"
NAMES = ("vit", LONG, "日本語" * 30, "run-with-müll-ünicode-日本語", "\x1b[31mred\n\u202e")
Lines = list[str]
LOSS = Metric("loss", "Perplexity of the Whole Validation Set", Direction.LOWER, ",.4f")


def change(run: str, before: float, after: float, std: float | None = None) -> Change:
    first, second = (
        Value(
            cells.replicates(number, std, 3, LOSS.format) if std else f"{number:,.4f}", number, std
        )
        for number in (before, after)
    )
    return Change(ChangeKind.VALUE_CHANGED, "nightly", run, LOSS, first, second)


def drawn(
    *found: Change, columns: int = 80, passed: dict[tuple[str, str, str], str] | None = None
) -> Lines:
    """Return the lines between the section's title and the sentence that counts."""
    verdict = Verdict(changes=found, unflagged=passed or {})
    return terminal.changes(verdict, Screen(width=columns)).split("\n")[1:-3]


def test_short_names_stand_beside_their_values() -> None:
    metric = Metric("loss", "Loss", Direction.LOWER, ".4f")
    found = Change(
        ChangeKind.VALUE_CHANGED, "nightly", "vit", metric, Value("0.30", 0.3), Value("0.40", 0.4)
    )
    assert drawn(found, found) == [
        "  Run  Metric  Before  After   Change",
        "  vit  Loss      0.30   0.40  +0.1000  worse",
        "       Loss      0.30   0.40  +0.1000  worse",
    ]


def test_an_added_section_without_runs_has_no_heading() -> None:
    verdict = Verdict(changes=(Change(ChangeKind.SECTION_ADDED, "nightly"),))
    assert terminal.changes(verdict, Screen()) == "No value changed.\n"


def test_only_names_wrap_and_spreads_stand_below() -> None:
    found = change(LONG, 123376.092, 160513.0252, 93.805), change("vit", 2, 1)
    lines = drawn(*found)
    assert lines[1].endswith("  123,376.0920  160,513.0252  +37,136.9332  worse")
    assert lines[2].endswith("± 93.8050     ± 93.8050")
    assert "".join(line[:15].strip() for line in lines[1:]).startswith(LONG)


@pytest.mark.parametrize("columns", [70, 80, 120])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("std", [None, 0.25])
@pytest.mark.parametrize("passed", ["", "noise, p = 0.32", "other test set"])
def test_no_line_is_wider_than_the_screen(
    name: str, columns: int, std: float | None, passed: str
) -> None:
    found = change(name, 1234.5, 1234.6, std), change("other", 0.5, 0.4)
    lines = drawn(*found, columns=columns, passed={("nightly", name, "loss"): passed})
    assert max(map(cell_len, lines)) <= columns
    assert "\x1b" not in "".join(lines)
    assert sum("1,234.5000" in line and "1,234.6000" in line for line in lines) == 1


@pytest.mark.parametrize("columns", [60, 80])
def test_findings_keep_their_figures_whole(columns: int) -> None:
    story = material.hostile()
    said = terminal.findings(reach(story.case), story.review.head, Screen(width=columns))
    assert max(cell_len(line) for line in said.split("\n")) <= columns
    assert len(re.findall(r"\d\.\d{4} to \d\.\d{4}|\d\d\.\d\d% to \d\d\.\d\d%", said)) > 5
    assert "…" not in said


def test_nothing_is_dim_or_yellow_but_a_sign() -> None:
    review, _ = example()
    said = terminal.findings(review.verdict, review.head, Screen(colour=True))
    assert "\x1b[2m" not in said
    assert "\x1b[1;33m ! \x1b[0m" in said
    assert re.findall(r"\x1b\[(?:\d+;)?33m(?! ! )", said) == []
    assert "\x1b" not in terminal.findings(review.verdict, review.head, Screen())
    assert terminal.findings(Verdict(), review.head, Screen()) == ""


def test_very_many_findings_and_changes_end_with_their_counts() -> None:
    many = moved([f"run_{at}" for at in range(194)], 190)
    found = terminal.findings(many.verdict, many.head, Screen())
    changed = terminal.changes(many.verdict, Screen())
    assert found.endswith(" ✗ 170 more failures: results-bot diff --all\n")
    assert " ".join(changed.split()).endswith(
        "164 more changes: results-bot diff --all 194 runs were measured again: 194 worse in most "
        "of their metrics, 0 better; mostly worse (sign test, p < 0.001). 194 values worse."
    )
    assert len(found.split("\n")) + len(changed.split("\n")) <= 110
    found = terminal.findings(many.verdict, many.head, Screen(), everything=True)
    assert found.count("[metric-regressed]") == 190
    assert terminal.changes(many.verdict, Screen(), everything=True).count("run_") == 194
