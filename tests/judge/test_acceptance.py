"""The example, and the real tree that it was made after: what must be found there, by name.

The real tree is not part of the project: RESULTS_BOT_SEED names its folder where it is at hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from results_bot.page.document import parse_page

from tests.conftest import PAGE, run_cli
from tests.team import TEAMS, team_tree

OVERNIGHT = (
    "combo_4_aggressive", "combo_2_all_reductions", "reduced_temperature",
    "combo_5_no_entropy_reg", "combo_6_balanced", "combo_3_mild", "combo_1_entropy_maxsup",
    "no_maxsup", "baseline_reduced_entropy",
)  # fmt: skip
SWEEP = ("shallow", "higher_lr", "baseline", "lower_lr")
FOCAL = ("extreme_focal_loss_test", "alpha_focal_loss_test", "focal_loss_test")
LATE = "run_1768836689"
OLD = ("run_1768745543", "run_1768749157", "run_1768752721")


@pytest.fixture(scope="module", params=TEAMS)
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = team_tree(request.param, tmp_path_factory.mktemp("team") / "repository")
    run_cli(["init", "--no-hook"], folder)
    return folder


@pytest.fixture(scope="module")
def document(root: Path) -> dict[str, Any]:
    """Return what the first refresh says."""
    document: dict[str, Any] = json.loads(run_cli(["refresh", "--json"], root).out)
    return document


@pytest.fixture(scope="module")
def found(document: dict[str, Any]) -> list[dict[str, Any]]:
    findings: list[dict[str, Any]] = document["findings"]
    return findings


@pytest.fixture(scope="module")
def said(root: Path, document: dict[str, Any]) -> dict[str, str]:
    """Return the takeaways by their first words."""
    assert document["changed"]
    block = parse_page((root / PAGE).read_text("utf-8")).blocks["takeaways"].content
    return {line.partition("**:")[0].partition("** (")[0][4:]: line for line in block.split("\n")}


def of(found: list[dict[str, Any]], rule: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return message and runs of what a rule found."""
    return [(one["message"], tuple(one["runs"])) for one in found if one["id"] == rule]


def test_one_class_is_predicted_by_all_twenty_runs(found: list[dict[str, Any]]) -> None:
    (six, five, three) = of(found, "one-class-predicted")
    assert six[0].startswith("17 runs predict class 6 for all 1,484 samples; that class is 34.84%")
    assert sorted(six[1]) == sorted([*OVERNIGHT, *SWEEP, *FOCAL, LATE])
    assert five == (
        "run_1768745543 predicts class 5 for all 46 samples; that class is 4.35% of them",
        OLD[:1],
    )
    assert three[0].startswith("2 runs predict class 3 for all 46 samples; that class is 10.87%")
    assert three[1] == OLD[1:]


def test_identical_metrics(found: list[dict[str, Any]]) -> None:
    both = "Test Top-1 (34.84%) and Test Top-3 (97.91%) are the same to the last digit in"
    shown = of(found, "identical-metrics")
    assert [(message.partition(":")[0], runs) for message, runs in shown] == [
        (f"{both} 9 of 9 runs", OVERNIGHT),
        (f"{both} 4 of 4 runs", SWEEP),
        ("Test KL (13.9943) is the same to the last digit in 2 of 7 runs", OLD[1:]),
        ("Test Top-1 (34.84%) is the same to the last digit in 4 of 7 runs", (*FOCAL, LATE)),
    ]  # fmt: skip


def test_twin_runs(found: list[dict[str, Any]]) -> None:
    assert of(found, "twin-runs") == [
        ("reduced_temperature and combo_5_no_entropy_reg agree in every metric within 9e-05, "
         "though they differ in entropy_weight", ("reduced_temperature", "combo_5_no_entropy_reg")),
        ("combo_1_entropy_maxsup and no_maxsup agree in every metric within 6e-06, though they "
         "differ in entropy_weight and min_entropy", ("combo_1_entropy_maxsup", "no_maxsup")),
    ]  # fmt: skip


def test_other_test_set(found: list[dict[str, Any]]) -> None:
    assert of(found, "test-set-changed") == [
        ("run_1768745543, run_1768749157 and run_1768752721: measured on 46 samples, the rest on "
         "1,484; they do not compare", OLD),
    ]  # fmt: skip


def test_other_loss(found: list[dict[str, Any]]) -> None:
    assert of(found, "loss-changed") == [
        ("extreme_focal_loss_test, alpha_focal_loss_test and focal_loss_test: another loss "
         "function (test_loss / test_kl_divergence is 1.07 to 1.64, in 14 other runs 2.17 to 2.24)", FOCAL),  # noqa: E501
    ]  # fmt: skip


def test_outliers_and_unfinished(found: list[dict[str, Any]]) -> None:
    ((message, runs),) = of(found, "outlier-regime")
    assert runs == OLD
    assert message.endswith("Test KL 14.6613, 13.9943 and 13.9943, far off the median 0.3984")
    ((message, runs),) = of(found, "run-unfinished")
    assert message.startswith("16 runs have no final metrics: deeper, ")
    assert len(runs) == 16


def test_nothing_else_is_found_and_nothing_blocks(found: list[dict[str, Any]]) -> None:
    assert {one["id"] for one in found} == {
        "one-class-predicted", "identical-metrics", "twin-runs", "test-set-changed",
        "loss-changed", "outlier-regime", "run-unfinished",
    }  # fmt: skip
    assert {one["severity"] for one in found} == {"warning", "notice"}


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("Best Test KL divergence (lower is better)",
         "`combo_4_aggressive` (**0.3260**), but with the worst Best Val Loss of its section "
         "(0.4496)"),
        ("Best balance",
         "`higher_lr` (Best Val Loss **0.3769**, Test KL **0.3373**)"),
        ("Lowest Best Val Loss", "`combo_6_balanced` (**0.3570**), with Test KL at **0.3504**"),
        ("Plateau", "Test Top-1 is **34.84%** in 17 of 20 runs and Test Top-3 is **97.91%**"),
        ("Plateau", "34.84% is that class's share of the test set, not skill"),
        ("`focal` runs", "Test Top-3 is worse in two of three (95.22% and 94.68%, against 97.91%)"),
        ("Left out", "`run_1768745543`, `run_1768749157` and `run_1768752721`; measured on 46 "
                     "samples where the rest have 1,484"),
    ],
)  # fmt: skip
def test_takeaway(said: dict[str, str], start: str, words: str) -> None:
    sentence = next(line for begin, line in said.items() if begin.startswith(start))
    assert words in sentence


def test_there_are_six_takeaways(said: dict[str, str]) -> None:
    assert len(said) == 6
