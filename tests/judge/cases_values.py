"""Cases of the rules about values that changed: worse, better, best, lost, not finite."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nan

from results_bot.judge.rule import Case
from results_bot.page.section import Summary

from tests.judge.build import Cases, as_page, case, config, edited, material

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


def named(metric: str, before: float, after: float, settings: str = "") -> Case:
    return case({"main": {"a": {metric: before}}}, {"main": {"a": {metric: after}}}, settings)


def rewritten(before: str, after: str) -> Case:
    """Return the case of one accuracy on a page, beside a row whose seeds spread widely."""
    page = material({"main": {"a": {"test_accuracy": 0.9}, "b": {"test_accuracy": 0.8}}})
    wide = {"test_accuracy": "0.80 ± 0.20 (n = 4)"}
    old, new = (edited(page, {"a": {"test_accuracy": text}, "b": wide}) for text in (before, after))
    return case(old, new)


def beside_training(others: str) -> Case:
    """Return the case of one accuracy that fell, with p = 0.02, beside ten steady values."""

    def side(accuracy: str) -> Summary:
        names = ("test_accuracy", *(others.format(f"acc{at}") for at in range(10)))
        page = material({"main": {"a": dict.fromkeys(names, 0.9)}})
        return edited(
            page, {"a": {**dict.fromkeys(names, "0.90 ± 0.01 (n = 5)"), names[0]: accuracy}}
        )

    return case(side("0.92 ± 0.01 (n = 5)"), side("0.90 ± 0.01 (n = 5)"))


def beside(metric: str, before: float, after: float, *others: float) -> Case:
    """Return the case of one value that changed beside others that did not."""
    rest = {f"r{at}": {metric: one} for at, one in enumerate(others)}
    return case({"main": {"a": {metric: before}, **rest}}, {"main": {"a": {metric: after}, **rest}})


def two(metric: str, first: float, second: float) -> Case:
    rows = {"main": {"a": {metric: first}, "b": {metric: second}}}
    return case(rows, rows)


def rounded() -> Case:
    """Return the case of one value that the base side knows from its page only."""
    settings = "tolerance = { relative = 0.0 }"
    side = material({"main": {"a": {"test_loss": 0.30024}}}, config(settings))
    return case(as_page(side), side, settings)


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
SOLVED = '[metrics.num_solved]\ndirection = "higher"'
LATENCY = "[metrics.latency_ms]\ntolerance = { relative = 0.1 }"
LOWER = 'direction = "lower"'

MIXED = {"main": {"a": {"test_f1": 0.8}, "b": {"test_f1": 81.0}}}

FIRES: Cases = {
    "mixed-units": {
        "a fraction beside a percentage": two("test_accuracy", 0.9, 91.0),
        "of two": two("test_f1", 1.0, 90.0),
        "at half": two("test_f1", 0.5, 60.5),
        "one run of many, by this change": case(
            {"main": {run: {"test_f1": 0.8} for run in "abc"}},
            {"main": {"a": {"test_f1": 80.0}, "b": {"test_f1": 0.8}, "c": {"test_f1": 0.8}}},
        ),
        "as it was before": case(MIXED, MIXED),
        "as before, beside a new run": case(
            MIXED, {"main": {**MIXED["main"], "c": {"test_f1": 82.0}}}
        ),
    },
    "unit-changed": {
        "of an IoU": named("val_iou", 0.7123, 71.5),
        "a fraction became a percentage": named("val_f1", 0.8345, 83.5),
        "and back": named("test_iou", 83.5, 0.7),
        "an accuracy above one": named("test_accuracy", 0.914, 1.91),
        "metres in place of millimetres": beside("test_rmse", 453.2, 0.4731, 451.2, 452.2),
        "a throughput that rose a thousandfold": beside("tokens_per_second", 1.2, 1180.0, 1.3),
        "and fell below half": case(
            {"main": {"a": {"test_f1": 0.84}, "b": {"test_f1": 0.8}}},
            {"main": {"a": {"test_f1": 39.7}, "b": {"test_f1": 0.8}}},
        ),
    },
    "metric-improved": {
        "by more than 10 points": named("test_f1", 0.5, 0.65),
        "lower is better": loss(0.48),
        "beyond noise": counted(0.7, 0.8, 1000),
    },
    "metric-regressed": {
        "lower is better": loss(0.52),
        "higher is better": case(
            BASE, {"main": {"a": {**A, "test_accuracy": 0.75}, "b": B}}, TOLERANCE
        ),
        "of unknown noise": named("test_loss", 0.5, 0.52),
        "many of unknown noise, and a cost beside them": case(
            BASE,
            {
                "main": {
                    "a": {**A, "test_loss": 0.52},
                    "b": {**B, "test_accuracy": 0.75, "test_loss": 0.68},
                }
            },
        ),
        "beside many metrics of the training": beside_training("train_{}"),
        "by 24 points, by two seeds a side": rewritten(
            "0.945 ± 0.01 (n = 2)", "0.70 ± 0.1 (n = 2)"
        ),
        "by 37 points, where seeds of one other row spread": rewritten("0.97", "0.60"),
        "a loss a thousand times as large": beside("test_loss", 0.005, 5.0, 0.006),
        "a loss that doubled": named("test_loss", 0.5, 1.01),
        "a fall to nothing": named("test_psnr", 35.0, 0.0),
        "a fall below nothing": named("test_r2", 0.8, -3.0),
        "around zero": named("test_r2", 0.03, -0.02),
        "a reward of the other sign": named("test_reward", 250.0, -20.0),
        "a count that the owner wants judged": named("num_solved", 900, 30, SOLVED),
        "a fraction down by more than 10 points": named("test_f1", 0.95, 0.84),
        "a percentage down by more than 10 points": named("test_f1", 95.0, 84.0),
        "beyond noise": counted(0.8, 0.7, 1000),
        "by less than the default tolerance, and beyond noise": counted(0.995, 0.986, 10_000),
        "a metric of the training split": named("train_loss", 0.1, 0.25),
        "a cost": named("latency_ms", 10.0, 30.0),
        "a metric of the training split whose direction is set": named(
            "train_loss", 0.1, 0.25, f"[metrics.train_loss]\n{LOWER}"
        ),
        "a cost whose direction is set": named(
            "latency_ms", 10.0, 30.0, f"[metrics.latency_ms]\n{LOWER}"
        ),
        "a cost that the owner set a tolerance for": named("latency_ms", 10.0, 12.0, LATENCY),
        "lowered by the configuration": loss(0.52, settings='[rules]\nmetric-regressed = "notice"'),
        "against a page alone": case(
            as_page(material(BASE)), {"main": {"a": {**A, "test_loss": 0.52}, "b": B}}, TOLERANCE
        ),
    },
    "best-regressed": {
        "a section sorted by a training metric": case(
            {"main": {"a": {"train_loss": 0.1}, "b": {"train_loss": 0.3}}},
            {"main": {"b": {"train_loss": 0.3}}},
        ),
        "another run leads": loss(0.7),
        "the best run left": case(BASE, {"main": {"b": B}}),
        "no run is left": case(BASE, {"main": {}}),
        "the whole section left": case(BASE, {}),
        "said by this rule alone": loss(0.52, settings="[rules]\nmetric-regressed = false"),
        "louder than the same said elsewhere": loss(
            0.52, settings='[rules]\nmetric-regressed = "notice"'
        ),
        "the best run became NaN": loss(nan),
    },
    "metric-lost": {
        "one value": case(BASE, LOST_IN_A),
        "a whole column": case(BASE, NO_LOSS),
        "two of one run": case(BASE, {"main": {"a": {"test_f1": 0.1}, "b": B}}),
        "a count": case({"main": {"a": {**A, "total_epochs": 30.0}, "b": B}}, BASE),
        "a text is no number": case(
            BASE, edited(as_page(material(BASE)), {"a": {"test_loss": "diverged"}})
        ),
    },
    "not-finite": {
        "became NaN": loss(nan),
        "became infinite": loss(inf),
        "minus infinity would be the best loss": loss(-inf),
        "in a new run": case(NO_B, {"main": {"a": A, "b": {**B, "test_loss": nan}}}),
        "as it was before": named("test_loss", nan, nan),
        "from a page alone": case(
            BASE, as_page(material({"main": {"a": {**A, "test_loss": nan}, "b": B}}))
        ),
    },
}

NEAR: Cases = {
    "mixed-units": {
        "percentages": two("test_accuracy", 88.0, 91.0),
        "epochs": two("total_epochs", 1, 90),
        "an error of any size": two("test_rmse", 0.5, 60.0),
        "a loss may be anything": two("test_loss", 0.9, 91.0),
        "a run at chance level": two("test_accuracy", 0.1, 91.0),
        "fractions": two("test_accuracy", 0.9, 1.0),
    },
    "unit-changed": {
        "fractions on both sides": named("test_accuracy", 0.8, 0.7),
        "a thousandfold, and alone": named("test_rmse", 453.2, 0.4731),
        "a thousandfold, where rows differ as much": beside("test_rmse", 453.2, 0.4731, 450.0, 0.4),
        "by a factor of 500": beside("test_loss", 5.0, 0.01, 5.1),
        "of the other sign": beside("test_loss", 5.0, -0.005, 5.1),
        "worse by as much": beside("test_rmse", 0.4731, 453.2, 0.45),
        "all rows at once": case(
            {"main": {"a": {"test_rmse": 453.2}, "b": {"test_rmse": 451.2}}},
            {"main": {"a": {"test_rmse": 0.4532}, "b": {"test_rmse": 0.4512}}},
        ),
        "a loss may grow a hundredfold": named("test_loss", 0.01, 1.02),
        "an error rate above one is no percentage": named("wer", 0.9, 1.1),
        "percent on both sides": named("test_accuracy", 1.5, 90.0),
        "nothing is a hundredth of nothing": named("test_accuracy", 0.0, 50.0),
        "far from a hundredfold": named("test_accuracy", 0.2, 70.0),
        "an untrained model beside others in percent": case(
            {"main": {"a": {"test_bleu": 0.55}, "b": {"test_bleu": 31.0}}},
            {"main": {"a": {"test_bleu": 33.2}, "b": {"test_bleu": 31.0}}},
        ),
        "an error rate of several words for each": named("wer", 0.3, 2.5),
        "a fraction that barely exceeds one": named("test_rouge", 0.9, 1.5),
        "an accuracy with an error of rounding": named("test_accuracy", 0.9, 1.0000001),
    },
    "metric-lost": {
        "nothing changed": case(BASE, BASE),
        "NaN is another rule's": loss(nan),
        "a new run never had it": case(NO_B, {"main": {"a": A, "b": {"test_accuracy": 0.7}}}),
        "worse, but there": loss(0.9),
        "the run left with it": case(BASE, NO_B),
        "new": case(LOST_IN_A, BASE),
    },
    "not-finite": {
        "zero": loss(0.0),
        "a negative value": named("test_loss", -1.0, -2.0),
        "the run left": case(named("test_loss", nan, nan).base, {"main": {"b": B}}),
        "huge, but a number": loss(1e300),
        "gone": case(BASE, LOST_IN_A),
        "mended": named("test_loss", nan, 0.5),
        "no small objects": named("bbox_mAP_s", nan, nan),
    },
    "metric-improved": {
        "unit-changed tells": named("test_accuracy", 0.83, 83.5),
        "unit-changed asks": beside("test_rmse", 453.2, 0.4731, 451.2),
        "better, of unknown noise": named("test_loss", 0.5, 0.4),
        "within 1 %": loss(0.496),
        "worse": loss(0.6),
        "not told from noise": counted(0.75, 0.8, 100),
        "minus infinity": loss(-inf),
    },
    "metric-regressed": {
        "unit-changed tells": named("test_accuracy", 83.5, 0.7),
        "within 1 %": named("test_loss", 0.5, 0.504),
        "better, of unknown noise": named("test_loss", 0.5, 0.4),
        "a jitter of latency": named("latency_ms", 10.0, 10.3),
        "less over-fitting": named("train_loss", 0.1, 0.15),
        "better": loss(0.4),
        "within the metric's own tolerance": loss(0.52, settings=LOOSE),
        "within the absolute floor": loss(0.515, settings=ABSOLUTE),
        "within the section's tolerance": loss(0.52, settings=BY_SECTION),
        "not told from noise": counted(0.8, 0.75, 100),
        "beside many metrics of the test": beside_training("test_{}"),
        "switched off": loss(0.52, settings="[rules]\nmetric-regressed = false"),
        "a name that tells no direction": named("wombats", 1.0, 9.0),
        "by 11 points, by five seeds a side": rewritten(
            "0.95 ± 0.14 (n = 5)", "0.84 ± 0.14 (n = 5)"
        ),
        "by 5 points, by two seeds a side": rewritten("0.95 ± 0.04 (n = 2)", "0.90 ± 0.04 (n = 2)"),
        "up by 20 points, by two seeds a side": rewritten(
            "0.60 ± 0.1 (n = 2)", "0.80 ± 0.1 (n = 2)"
        ),
        "a count": named("total_epochs", 30, 90),
        "from below zero to above": named("test_r2", -3.0, 0.8),
        "NaN is another rule's": loss(nan),
    },
    "best-regressed": {
        "unit-changed tells": named("test_accuracy", 83.5, 0.7),
        "metric-regressed has the same figures": loss(0.52),
        "within 1 %": case(BASE, {"main": {"b": {**B, "test_loss": 0.503}}}),
        "another run took its place": case(BASE, {"main": {"b": {**B, "test_loss": 0.5}}}),
        "not the best run": loss(0.5, b=0.9),
        "a tie hides nothing": case(
            {"main": {"a": A, "b": A}}, {"main": {"a": {**A, "test_loss": 0.9}, "b": A}}
        ),
        "rounded on one side, where nothing is tolerated": rounded(),
        "not told from noise": counted(0.8, 0.75, 100),
        "no direction": named("wombats", 1.0, 9.0),
        "another test set does not compare": case(
            {"main": {"a": {"test_accuracy": 0.8, "test_num_samples": 1000}}},
            {"main": {"a": {"test_accuracy": 0.4, "test_num_samples": 500}}},
        ),
    },
}
