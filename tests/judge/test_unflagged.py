"""Why a value that changed is no finding: said for each, and only for those."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from results_bot.config import SectionTable
from results_bot.console import Screen
from results_bot.judge.rule import Case
from results_bot.judge.verdict import reach
from results_bot.model import ChangeKind
from results_bot.report import wording
from results_bot.report.terminal import MOST_BETTER, changes, findings

from tests.judge.build import case, edited, material

COUNTED = {"test_num_samples": 1000.0}
TWO_FLOORS = "[metrics.test_loss]\ntolerance = { relative = 0.001, absolute = 0.05 }"


def why(one: Case) -> dict[str, str]:
    return {key: reason for (_, _, key), reason in reach(one).unflagged.items()}


@pytest.mark.parametrize(
    ("before", "after", "settings", "reason"),
    [
        ({"test_loss": 0.5}, {"test_loss": 0.502}, "", "within 1%"),
        ({"test_loss": 0.5}, {"test_loss": 0.54}, TWO_FLOORS, "within 0.05"),
        ({"test_loss": 0.5}, {"test_loss": 0.6}, "", "noise unknown"),
        ({"test_loss": 0.5}, {"test_loss": 1.1}, "", None),
        ({"test_accuracy": 0.8, **COUNTED}, {"test_accuracy": 0.788, **COUNTED}, "", "noise, p = 0.51"),  # noqa: E501
        ({"test_accuracy": 0.8, **COUNTED}, {"test_accuracy": 0.812, **COUNTED}, "", "noise, p = 0.50"),  # noqa: E501
        ({"test_accuracy": 0.8, "test_top5_accuracy": 0.9, **COUNTED}, {"test_accuracy": 0.788, "test_top5_accuracy": 0.9, **COUNTED}, "", "noise, adjusted p = 1.00"),  # noqa: E501
        ({"test_accuracy": 0.8, **COUNTED}, {"test_accuracy": 0.7, **COUNTED}, "", None),
        (
            {"test_accuracy": 0.8, **COUNTED},
            {"test_accuracy": 0.7, "test_num_samples": 46.0},
            "",
            "other test set",
        ),
        ({"test_accuracy": 0.8}, {"test_accuracy": 79.0}, "", "other unit"),
        ({"test_chrf": 0.552}, {"test_chrf": 55.0}, "", "other unit"),
        ({"wombats": 0.8}, {"wombats": 0.7}, "", None),
        ({"test_loss": 0.8}, {"test_loss": float("nan")}, "", None),
    ],
)  # fmt: skip
def test_reason(
    before: dict[str, float], after: dict[str, float], settings: str, reason: str | None
) -> None:
    one = case({"main": {"a": before}}, {"main": {"a": after}}, settings)
    assert set(why(one).values()) == ({reason} if reason else set())


def test_another_loss_by_the_configuration() -> None:
    def side(loss: float, function: str) -> object:
        rows = {"main": {"a": {"test_loss": loss}}}
        return material(rows, params={"a": {"loss": function}})

    one = case(side(0.5, "focal"), side(0.9, "cross_entropy"))  # type: ignore[arg-type]
    assert why(one) == {"test_loss": "other loss"}


def test_a_published_result_is_not_judged() -> None:
    settings = SectionTable(id="main", baselines=("paper",))
    sides = []
    for loss in ("0.5000", "0.9000", "diverged"):
        page = edited(
            material({"main": {"paper": {"test_loss": 0.5}}}), {"paper": {"test_loss": loss}}
        )
        sides.append(replace(page, sections=(replace(page.sections[0], settings=settings),)))
    one = case(sides[0], sides[1])
    assert why(one) == {"test_loss": "published result"}
    gone = replace(sides[0], sections=(replace(sides[0].sections[0], rows=()),))
    for after in (*sides[1:], gone):
        assert reach(case(sides[0], after)).findings == ()


def test_nothing_is_both_found_and_passed() -> None:
    before = {"main": {"a": {"test_loss": 0.5, "val_loss": 0.5}, "b": {"test_loss": 0.5}}}
    after = {"main": {"a": {"test_loss": 1.1, "val_loss": 0.501}, "b": {"test_loss": 0.1}}}
    verdict = reach(case(before, after))
    found = {(one.section, one.run, one.metric) for one in verdict.findings}
    assert verdict.unflagged.keys() == {("main", "a", "val_loss")}
    assert not verdict.unflagged.keys() & found
    changed = [one for one in verdict.changes if one.kind is ChangeKind.VALUE_CHANGED]
    assert len(changed) == 3


def test_the_terminal_says_noise_and_not_worse() -> None:
    before = {"main": {"a": {"test_loss": 0.5, "test_accuracy": 0.8, **COUNTED}}}
    after = {"main": {"a": {"test_loss": 0.502, "test_accuracy": 0.788, **COUNTED}}}
    verdict = reach(case(before, after))
    shown = changes(verdict, Screen())
    assert "noise, p = 0.51" in shown
    assert "within 1%" in shown
    assert "worse" not in shown
    assert wording.counted(verdict) == "2 values within tolerance or noise"


def test_wide_cells_leave_room_for_names_and_reasons() -> None:
    base = material({"main": {"a_rather_long_name": {"test_accuracy": 0.8}}})
    sides = [
        edited(base, {"a_rather_long_name": {"test_accuracy": text}})
        for text in ("85.33% ± 1.67% (n = 3)", "84.27% ± 1.35% (n = 3)")
    ]
    shown = changes(reach(case(sides[0], sides[1])), Screen())
    assert "a_rather_long_name" in shown
    assert "noise, p = 0.44" in shown
    assert max(map(len, shown.split("\n"))) <= 80


def test_many_improvements_are_counted_and_regressions_are_not() -> None:
    names = [f"run_{number}" for number in range(9)]
    before = {"main": {name: {"test_loss": 0.5} for name in names}}
    better, worse = (
        reach(case(before, {"main": {name: {"test_loss": loss} for name in names}}))
        for loss in (0.2, 1.7)
    )
    base = material(before)
    shown = findings(better, base, Screen())
    assert shown.count("[metric-improved]") == MOST_BETTER
    assert f"{len(names) - MOST_BETTER} more values are better" in shown
    assert findings(worse, base, Screen()).count("[metric-regressed]") == len(names)
    # Nine values of which only the size is known: said once, since it holds for all.
    assert findings(worse, base, Screen()).count("judged by its size, noise is unknown") == 1
