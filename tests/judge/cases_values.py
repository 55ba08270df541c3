"""Cases of the rules about values that changed: worse, better, best, lost, not finite."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nan

from results_bot.judge.rule import Case
from results_bot.model import Severity

from tests.judge.build import as_page, case, config, edited, material, page_only
from tests.judge.rule_case import Fires, Quiet

A = {"test_loss": 0.5, "test_accuracy": 0.8}
B = {"test_loss": 0.6, "test_accuracy": 0.7}
BASE = {"main": {"a": A, "b": B}}


TOLERANCE = "tolerance = { relative = 0.01 }\n"


def loss(a: float, b: float = 0.6, settings: str = "", **rest: str) -> Case:
    """Return the case of two runs, of which `a` had a loss of 0.5 and `b` one of 0.6.

    The owner tolerates 1 %: without that, so little is a warning.
    """
    after = {"a": {**A, "test_loss": a}, "b": {**B, "test_loss": b}}
    return case(BASE, {"main": after}, TOLERANCE + settings, **rest)  # type: ignore[arg-type]


def counted(before: float, after: float, samples: int, settings: str = "") -> Case:
    """Return the case of one accuracy on so many samples."""

    def side(value: float) -> dict[str, dict[str, Mapping[str, float]]]:
        return {"main": {"a": {"test_accuracy": value, "test_num_samples": samples}}}

    return case(side(before), side(after), settings)


def lone(before: float, after: float) -> Case:
    return case({"main": {"a": {"test_loss": before}}}, {"main": {"a": {"test_loss": after}}})


def named(metric: str, before: float, after: float, settings: str = "") -> Case:
    return case({"main": {"a": {metric: before}}}, {"main": {"a": {metric: after}}}, settings)


def two(metric: str, first: float, second: float) -> Case:
    rows = {"main": {"a": {metric: first}, "b": {metric: second}}}
    return case(rows, rows)


def rounded() -> Case:
    """Return the case of one value that the base side knows from its page only."""
    settings = "tolerance = { relative = 0.0 }"
    side = material({"main": {"a": {"test_loss": 0.30024}}}, config(settings))
    return case(page_only(side), side, settings)


NO_B = {"main": {"a": A}}
NO_LOSS = {"main": {"a": {"test_accuracy": 0.8}, "b": {"test_accuracy": 0.7}}}
LOST_IN_A = {"main": {"a": {"test_accuracy": 0.8}, "b": B}}
LOOSE = "[metrics.test_loss]\ntolerance = { relative = 0.05 }"
ABSOLUTE = "[metrics.test_loss]\ntolerance = { absolute = 0.02 }"
BY_SECTION = """
[[sections]]
id = "main"
runs = ["experiments/main/*"]
tolerance = { test_loss = { relative = 0.05 } }
"""
LATENCY = "[metrics.latency_ms]\ntolerance = { relative = 0.1 }"
WORSE = "Test Loss of a is worse: 0.5000 to 0.5200 (+0.0200)"

FIRES = [
    Fires("mixed-units", "a fraction beside a percentage", two("test_accuracy", 0.9, 91.0),
          "Test Accuracy of a is a fraction, and of others a percentage", ("a",),
          metric="test_accuracy", known=True),
    Fires("mixed-units", "of two", two("test_f1", 1.0, 90.0),
          "Test F1 of a is a fraction, and of others a percentage", ("a",),
          metric="test_f1", known=True),
    Fires("mixed-units", "at half", two("test_f1", 0.5, 60.5),
          "Test F1 of a is a fraction, and of others a percentage", ("a",),
          metric="test_f1", known=True),
    Fires("unit-changed", "of an IoU", named("val_iou", 0.7123, 71.5),
          "Val IoU of a went from 0.7123 to 71.5000: a fraction before, in percent now", ("a",),
          metric="val_iou", before="0.7123", after="71.5000"),
    Fires("metric-improved", "by more than 10 points", named("test_f1", 0.5, 0.65),
          "Test F1 of a is better: 0.5000 to 0.6500 (+0.1500)", ("a",), "main", None,
          "0.5000", "0.6500", "test_f1"),
    Fires("unit-changed", "a fraction became a percentage", named("val_f1", 0.8345, 83.5),
          "Val F1 of a went from 0.8345 to 83.5000: a fraction before, in percent now", ("a",),
          metric="val_f1", before="0.8345", after="83.5000"),
    Fires("unit-changed", "and back", named("test_iou", 83.5, 0.7),
          "Test IoU of a went from 83.5000 to 0.7000: in percent before, a fraction now", ("a",),
          metric="test_iou", before="83.5000", after="0.7000"),
    Fires("metric-regressed", "lower is better", loss(0.52), WORSE, ("a",), "main", None,
          "0.5000", "0.5200", "test_loss"),
    Fires("metric-regressed", "higher is better",
          case(BASE, {"main": {"a": {**A, "test_accuracy": 0.75}, "b": B}}, TOLERANCE),
          "Test Accuracy of a is worse: 80.00% to 75.00% (-5.00 pp)", ("a",), "main", None,
          "80.00%", "75.00%", "test_accuracy"),
    Fires("metric-regressed", "of unknown noise", named("test_loss", 0.5, 0.52),
          f"{WORSE}; its noise is unknown (no history yet)", ("a",), "main",
          Severity.WARNING, "0.5000", "0.5200", "test_loss"),
    Fires("metric-regressed", "many of unknown noise, and a cost beside them",
          case(BASE, {"main": {"a": {**A, "test_loss": 0.52}, "b": {**B, "test_accuracy": 0.75,
               "test_loss": 0.68}}}),
          "2 of 3 changed values are worse and 1 better, and their noise is unknown (no history "
          "yet); most of all, Test Loss of b is worse: 0.6000 to 0.6800 (+0.0800)", ("a", "b"),
          "main", Severity.WARNING),
    Fires("metric-regressed", "a loss that doubled", named("test_loss", 0.5, 1.01),
          "Test Loss of a is worse: 0.5000 to 1.0100 (+0.5100)", ("a",), "main", None,
          "0.5000", "1.0100", "test_loss"),
    Fires("metric-regressed", "a fraction down by more than 10 points",
          named("test_f1", 0.95, 0.84),
          "Test F1 of a is worse: 0.9500 to 0.8400 (-0.1100)", ("a",), "main", None,
          "0.9500", "0.8400", "test_f1"),
    Fires("metric-regressed", "a percentage down by more than 10 points",
          named("test_f1", 95.0, 84.0),
          "Test F1 of a is worse: 95 to 84 (-11)", ("a",), "main", None,
          "95", "84", "test_f1"),
    Fires("metric-regressed", "beyond noise", counted(0.8, 0.7, 1000),
          "Test Accuracy of a is worse: 80.00% to 70.00% (-10.00 pp)", ("a",), "main", None,
          "80.00%", "70.00%", "test_accuracy"),
    Fires("metric-regressed", "by less than the default tolerance, and beyond noise",
          counted(0.995, 0.986, 10_000),
          "Test Accuracy of a is worse: 99.50% to 98.60% (-0.90 pp)", ("a",), "main", None,
          "99.50%", "98.60%", "test_accuracy"),
    Fires("metric-regressed", "a metric of the training split", named("train_loss", 0.1, 0.25),
          "Train Loss of a is worse: 0.1000 to 0.2500 (+0.1500)", ("a",), "main",
          Severity.NOTICE, "0.1000", "0.2500", "train_loss"),
    Fires("metric-regressed", "a cost", named("latency_ms", 10.0, 30.0),
          "Latency (ms) of a is worse: 10 to 30 (+20)", ("a",), "main",
          Severity.WARNING, "10", "30", "latency_ms"),
    Fires("metric-regressed", "a cost that the owner set a tolerance for",
          named("latency_ms", 10.0, 12.0, LATENCY),
          "Latency (ms) of a is worse: 10 to 12 (+2)", ("a",), "main", None,
          "10", "12", "latency_ms"),
    Fires("best-regressed", "a section sorted by a training metric",
          case({"main": {"a": {"train_loss": 0.1}, "b": {"train_loss": 0.3}}},
               {"main": {"b": {"train_loss": 0.3}}}),
          "Best Train Loss 0.1000 to 0.3000 (+0.2000) (a, now b)", ("b",), "main",
          Severity.NOTICE, "0.1000", "0.3000", "train_loss"),
    Fires("metric-regressed", "lowered by the configuration",
          loss(0.52, settings='[rules]\nmetric-regressed = "notice"'), WORSE, ("a",), "main",
          Severity.NOTICE, "0.5000", "0.5200", "test_loss"),
    Fires("metric-regressed", "against a page alone",
          case(page_only(material(BASE)), {"main": {"a": {**A, "test_loss": 0.52}, "b": B}},
               TOLERANCE), WORSE, ("a",), "main", None, "0.5000", "0.5200", "test_loss"),
    Fires("metric-improved", "lower is better", loss(0.48),
          "Test Loss of a is better: 0.5000 to 0.4800 (-0.0200)", ("a",), "main", None,
          "0.5000", "0.4800", "test_loss"),
    Fires("metric-improved", "beyond noise", counted(0.7, 0.8, 1000),
          "Test Accuracy of a is better: 70.00% to 80.00% (+10.00 pp)", ("a",), "main", None,
          "70.00%", "80.00%", "test_accuracy"),
    Fires("best-regressed", "another run leads", loss(0.7),
          "Best Test Loss 0.5000 to 0.6000 (+0.1000) (a, now b)", ("b",), "main", None,
          "0.5000", "0.6000", "test_loss"),
    Fires("best-regressed", "the best run left", case(BASE, {"main": {"b": B}}),
          "Best Test Loss 0.5000 to 0.6000 (+0.1000) (a, now b)", ("b",), "main", None,
          "0.5000", "0.6000", "test_loss"),
    Fires("best-regressed", "no run is left", case(BASE, {"main": {}}),
          "Best Test Loss is gone with a: no run of the section has one", ("a",), "main", None,
          "0.5000", None, "test_loss"),
    Fires("best-regressed", "the whole section left", case(BASE, {}),
          "Best Test Loss is gone with a: no run of the section has one", ("a",), "main", None,
          "0.5000", None, "test_loss"),
    Fires("best-regressed", "said by this rule alone",
          loss(0.52, settings="[rules]\nmetric-regressed = false"),
          "Best Test Loss 0.5000 to 0.5200 (+0.0200) (a)", ("a",), "main", None,
          "0.5000", "0.5200", "test_loss"),
    Fires("best-regressed", "louder than the same said elsewhere",
          loss(0.52, settings='[rules]\nmetric-regressed = "notice"'),
          "Best Test Loss 0.5000 to 0.5200 (+0.0200) (a)", ("a",), "main", None,
          "0.5000", "0.5200", "test_loss"),
    Fires("best-regressed", "the best run became NaN", loss(nan),
          "Best Test Loss 0.5000 to 0.6000 (+0.1000) (a, now b)", ("b",), "main", None,
          "0.5000", "0.6000", "test_loss"),
    Fires("metric-lost", "one value", case(BASE, LOST_IN_A),
          "Test Loss of a is gone (was 0.5000)", ("a",), "main", None, "0.5000", None,
          "test_loss"),
    Fires("metric-lost", "a whole column", case(BASE, NO_LOSS),
          "Test Loss of a and b is gone", ("a", "b"), "main", None,
          None, None, "test_loss"),
    Fires("metric-lost", "two of one run", case(BASE, {"main": {"a": {"test_f1": 0.1}, "b": B}}),
          "Test Loss and Test Accuracy of a are gone", ("a",), "main", None, None, None,
          "test_loss, test_accuracy"),
    Fires("metric-lost", "a text is no number",
          case(BASE, edited(as_page(material(BASE)), {"a": {"test_loss": "diverged"}})),
          'Test Loss of a is gone (now "diverged", was 0.5000)', ("a",), "main", None,
          "0.5000", "diverged", "test_loss"),
    Fires("not-finite", "became NaN", loss(nan), "Test Loss of a is NaN", ("a",), "main", None,
          "0.5000", "NaN", "test_loss"),
    Fires("not-finite", "became infinite", loss(inf), "Test Loss of a is inf", ("a",), "main",
          None, "0.5000", "inf", "test_loss"),
    Fires("not-finite", "minus infinity would be the best loss", loss(-inf),
          "Test Loss of a is -inf", ("a",), "main", None, "0.5000", "-inf", "test_loss"),
    Fires("not-finite", "in a new run",
          case(NO_B, {"main": {"a": A, "b": {**B, "test_loss": nan}}}),
          "Test Loss of b is NaN", ("b",), "main", None, None, "NaN", "test_loss"),
    Fires("not-finite", "as it was before", lone(nan, nan), "Test Loss of a is NaN", ("a",),
          "main", None, "NaN", "NaN", "test_loss", known=True),
    Fires("not-finite", "from a page alone",
          case(BASE, page_only(material({"main": {"a": {**A, "test_loss": nan}, "b": B}}))),
          "Test Loss of a is NaN", ("a",), "main", None, "0.5000", "NaN", "test_loss"),
]  # fmt: skip

NEAR = [
    Quiet("mixed-units", "percentages", two("test_accuracy", 88.0, 91.0)),
    Quiet("mixed-units", "epochs", two("total_epochs", 1, 90)),
    Quiet("mixed-units", "an error of any size", two("test_rmse", 0.5, 60.0)),
    Quiet("unit-changed", "fractions on both sides", named("test_accuracy", 0.8, 0.7)),
    Quiet("metric-lost", "nothing changed", case(BASE, BASE)),
    Quiet("metric-lost", "NaN is another rule's", loss(nan)),
    Quiet("metric-lost", "a new run never had it",
          case(NO_B, {"main": {"a": A, "b": {"test_accuracy": 0.7}}})),
    Quiet("not-finite", "zero", loss(0.0)),
    Quiet("not-finite", "a negative value", named("test_loss", -1.0, -2.0)),
    Quiet("not-finite", "the run left", case(lone(nan, nan).base, {"main": {"b": B}})),
    Quiet("mixed-units", "a loss may be anything", two("test_loss", 0.9, 91.0)),
    Quiet("mixed-units", "a run at chance level", two("test_accuracy", 0.1, 91.0)),
    Quiet("mixed-units", "fractions", two("test_accuracy", 0.9, 1.0)),
    Quiet("unit-changed", "a loss may grow a hundredfold", named("test_loss", 0.01, 1.02)),
    Quiet("unit-changed", "an error rate above one is no percentage", named("wer", 0.9, 1.1)),
    Quiet("unit-changed", "percent on both sides", named("test_accuracy", 1.5, 90.0)),
    Quiet("unit-changed", "nothing is a hundredth of nothing", named("test_accuracy", 0.0, 50.0)),
    Quiet("unit-changed", "far from a hundredfold", named("test_accuracy", 0.2, 70.0)),
    Quiet("metric-improved", "unit-changed tells", named("test_accuracy", 0.83, 83.5)),
    Quiet("metric-regressed", "unit-changed tells", named("test_accuracy", 83.5, 0.7)),
    Quiet("best-regressed", "unit-changed tells", named("test_accuracy", 83.5, 0.7)),
    Quiet("metric-regressed", "within 1 %", named("test_loss", 0.5, 0.504)),
    Quiet("metric-regressed", "better, of unknown noise", named("test_loss", 0.5, 0.4)),
    Quiet("metric-improved", "better, of unknown noise", named("test_loss", 0.5, 0.4)),
    Quiet("metric-regressed", "a jitter of latency", named("latency_ms", 10.0, 10.3)),
    Quiet("metric-regressed", "less over-fitting", named("train_loss", 0.1, 0.15)),
    Quiet("metric-regressed", "better", loss(0.4)),
    Quiet("metric-regressed", "within the metric's own tolerance", loss(0.52, settings=LOOSE)),
    Quiet("metric-regressed", "within the absolute floor", loss(0.515, settings=ABSOLUTE)),
    Quiet("metric-regressed", "within the section's tolerance", loss(0.52, settings=BY_SECTION)),
    Quiet("metric-regressed", "not told from noise", counted(0.8, 0.75, 100)),
    Quiet("metric-regressed", "switched off",
          loss(0.52, settings="[rules]\nmetric-regressed = false")),
    Quiet("metric-regressed", "a name that tells no direction",
          case({"main": {"a": {"wombats": 1.0}}}, {"main": {"a": {"wombats": 9.0}}})),
    Quiet("metric-regressed", "a count",
          case({"main": {"a": {"total_epochs": 30}}}, {"main": {"a": {"total_epochs": 90}}})),
    Quiet("metric-regressed", "NaN is another rule's", loss(nan)),
    Quiet("metric-improved", "within 1 %", loss(0.496)),
    Quiet("metric-improved", "worse", loss(0.6)),
    Quiet("metric-improved", "not told from noise", counted(0.75, 0.8, 100)),
    Quiet("metric-improved", "minus infinity", loss(-inf)),
    Quiet("best-regressed", "metric-regressed has the same figures", loss(0.52)),
    Quiet("best-regressed", "within 1 %", case(BASE, {"main": {"b": {**B, "test_loss": 0.503}}})),
    Quiet("best-regressed", "another run took its place",
          case(BASE, {"main": {"b": {**B, "test_loss": 0.5}}})),
    Quiet("best-regressed", "not the best run", loss(0.5, b=0.9)),
    Quiet("best-regressed", "a tie hides nothing",
          case({"main": {"a": A, "b": A}}, {"main": {"a": {**A, "test_loss": 0.9}, "b": A}})),
    Quiet("best-regressed", "rounded on one side, where nothing is tolerated", rounded()),
    Quiet("best-regressed", "not told from noise", counted(0.8, 0.75, 100)),
    Quiet("best-regressed", "no direction",
          case({"main": {"a": {"wombats": 1.0}}}, {"main": {"a": {"wombats": 9.0}}})),
    Quiet("best-regressed", "another test set does not compare", case(
        {"main": {"a": {"test_accuracy": 0.8, "test_num_samples": 1000}}},
        {"main": {"a": {"test_accuracy": 0.4, "test_num_samples": 500}}})),
    Quiet("metric-lost", "worse, but there", loss(0.9)),
    Quiet("metric-lost", "the run left with it", case(BASE, NO_B)),
    Quiet("metric-lost", "new", case(LOST_IN_A, BASE)),
    Quiet("not-finite", "huge, but a number", loss(1e300)),
    Quiet("not-finite", "gone", case(BASE, LOST_IN_A)),
    Quiet("not-finite", "mended", lone(nan, 0.5)),
]  # fmt: skip
