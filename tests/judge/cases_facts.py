"""Cases of the rules about how things are: one class, twins, equal values, losses, outliers."""

from __future__ import annotations

from msgspec.structs import replace
from results_bot.judge.rule import Case
from results_bot.model import Scalar, Severity
from results_bot.page.section import Summary

from tests.judge.build import case, material, predictions
from tests.judge.rule_case import Fires, Quiet

NOTHING = {"main": dict[str, dict[str, float]]()}
TARGETS = [6] * 35 + [1] * 40 + [2] * 25


def predicted(*by_run: list[int], **columns: float) -> Case:
    """Return the case of runs with these predictions of 100 samples."""
    rows = {f"r{i}": {"test_loss": 0.5 + i, **columns} for i in range(len(by_run))}
    seen = {f"r{i}": predictions(one, TARGETS[: len(one)]) for i, one in enumerate(by_run)}
    return case(NOTHING, material({"main": rows}, samples=seen))


def told(accuracy: float, targets: list[int]) -> Case:
    """Return the case of a run without predictions beside one with some."""
    count = {"test_num_samples": len(targets)}
    rows = {
        "seen": {"test_accuracy": 0.9, **count},
        "told": {"test_accuracy": accuracy, **count},
    }
    mixed = predictions([*targets[1:], targets[0]], targets)
    return case(NOTHING, material({"main": rows}, samples={"seen": mixed}))


def runs(key: str, values: list[float], count: int | None = None, **params: list[Scalar]) -> Case:
    """Return the case of new runs with one metric, and these settings."""
    extra = {"test_num_samples": count} if count else {}
    rows = {f"r{i}": {key: value, **extra} for i, value in enumerate(values)}
    return case(NOTHING, material({"main": rows}, params=_by_run(params, len(values))))


def pair(
    second: dict[str, float], params: dict[str, list[Scalar]] | None = None, *more: dict[str, float]
) -> Case:
    """Return the case of a first run, a second, one far from both, and more."""
    first = {"test_loss": 0.374512, "test_kl": 0.121317}
    far = {"test_loss": 0.512345, "test_kl": 0.234567}
    every = [first, second, far, *more]
    settings = _by_run({"lr": [float(i) for i in range(len(every))]} if params is None else params,
                       len(every))  # fmt: skip
    rows = {f"r{i}": one for i, one in enumerate(every)}
    return case(NOTHING, material({"main": rows}, params=settings))


def losses(ratios: list[float], kls: list[float] | None = None, **params: list[Scalar]) -> Case:
    """Return the case of runs whose loss is so many times their divergence."""
    kls = kls or [0.3 + 0.02 * i for i in range(len(ratios))]
    rows = {
        f"r{i}": {"test_kl": kl, "test_loss": ratio * kl}
        for i, (ratio, kl) in enumerate(zip(ratios, kls, strict=True))
    }
    return case(NOTHING, material({"main": rows}, params=_by_run(params, len(ratios))))


def renamed_loss(before: str, after: str) -> Case:
    old, new = (
        material({"main": {"a": {"test_loss": value}}}, params={"a": {"loss": name}})
        for name, value in ((before, 0.5), (after, 0.1))
    )
    return case(old, new)


def outlying(*values: float, other: list[float] | None = None) -> Case:
    rows = {
        f"r{i}": {"test_loss": value} | ({"test_f1": other[i]} if other else {})
        for i, value in enumerate(values)
    }
    return case(NOTHING, {"main": rows})


def seeds(*values: float, before: int = 3) -> Case:
    """Return the case of a row that had three seeds before, and has these now."""

    def side(*accuracies: float) -> Summary:
        mean = {"test_accuracy": sum(accuracies) / len(accuracies)}
        summary = material({"main": {"m": mean}})
        single = {f"seed{at}": {"test_accuracy": one} for at, one in enumerate(accuracies)}
        rows = material({"main": single}).sections[0].rows
        folded = replace(summary.sections[0].rows[0], replicates=tuple(rows))
        return Summary((replace(summary.sections[0], rows=(folded,)),))

    return case(side(*[0.95] * before), side(*values))


def _by_run(params: dict[str, list[Scalar]], runs: int) -> dict[str, dict[str, Scalar]]:
    return {f"r{i}": {name: values[i] for name, values in params.items()} for i in range(runs)}


ALIKE = {"test_loss": 0.374513, "test_kl": 0.121318}
FIXED = [2.2, 2.21, 2.19, 2.2, 2.2, 2.21]
ONE = "r0 predicts class 6 for all 100 samples; that class is 35.00% of them"

FIRES = [
    Fires("uneven-seeds", "one is missing", seeds(0.95, 0.951),
          "m has 2 seeds now, 3 before", ("m",)),
    Fires("uneven-seeds", "one is left", seeds(0.95), "m has 1 seed now, 3 before", ("m",)),
    Fires("uneven-seeds", "one diverged", seeds(0.95, 0.1, 0.949),
          "m: far worse than its other seeds: seed1 (Test Accuracy 10.00%)", ("m",),
          severity=Severity.WARNING),
    Fires("one-class-predicted", "seen", predicted([6] * 100), ONE, ("r0",)),
    Fires("one-class-predicted", "one of two runs", predicted([6] * 100, [6] * 99 + [1]), ONE,
          ("r0",)),
    Fires("one-class-predicted", "two runs", predicted([6] * 100, [6] * 100),
          "2 runs predict class 6 for all 100 samples; that class is 35.00% of them: r0 and r1",
          ("r0", "r1")),
    Fires("one-class-predicted", "told by the accuracy", told(0.35, TARGETS * 10),
          "told predicts class 6 for all 1,000 samples (by the accuracy); that class is 35.00% of "
          "them", ("told",)),
    Fires("identical-metrics", "accuracies of a large test set",
          runs("test_accuracy", [517 / 1484] * 4, 1484),
          "Test Accuracy (34.84%) is the same to the last digit in 4 of 4 runs: r0, r1, r2 and r3",
          ("r0", "r1", "r2", "r3"), after="34.84%", metric="test_accuracy",
          severity=Severity.NOTICE),
    Fires("identical-metrics", "two losses in full",
          runs("test_loss", [13.994285, 13.994285, 14.661327, 15.1]),
          "Test Loss (13.9943) is the same to the last digit in 2 of 4 runs: r0 and r1",
          ("r0", "r1"), after="13.9943", metric="test_loss"),
    Fires("identical-metrics", "the same runs in two files",
          runs("test_loss", [13.994285, 13.994285, 14.661327, 14.661327, 15.1]),
          "2 pairs of runs share values to the last digit, perhaps each one run that is listed "
          "twice: r0 = r1 and r2 = r3", ("r0", "r1", "r2", "r3"), severity=Severity.NOTICE),
    Fires("identical-metrics", "of an accuracy without a count, by its digits",
          runs("test_accuracy", [0.34838274932614556] * 4),
          "Test Accuracy (34.84%) is the same to the last digit in 4 of 4 runs: r0, r1, r2 and r3",
          ("r0", "r1", "r2", "r3"), after="34.84%", metric="test_accuracy",
          severity=Severity.NOTICE),
    Fires("twin-runs", "two", pair(ALIKE),
          "r0 and r1 agree in every metric within 1e-06, though they differ in lr", ("r0", "r1")),
    Fires("twin-runs", "to the last digit", pair({"test_loss": 0.374512, "test_kl": 0.121317}),
          "r0 and r1 agree in every metric to the last digit, though they differ in lr",
          ("r0", "r1")),
    Fires("twin-runs", "three are one finding", pair(ALIKE, None, ALIKE),
          "r0, r1 and r3 agree in every metric within 1e-06, though they differ in lr",
          ("r0", "r1", "r3")),
    Fires("loss-changed", "the ratio tells", losses([*FIXED, 1.2]),
          "r6: another loss function (test_loss / test_kl is 1.20, in 6 other runs 2.19 to "
          "2.21)", ("r6",)),
    Fires("loss-changed", "the configuration tells",
          losses([2.2] * 3, loss=["ce", "ce", "focal"]),
          "r2: another loss function (loss = focal)", ("r2",)),
    Fires("loss-changed", "against before", renamed_loss("ce", "focal"),
          "a has another loss function now", ("a",)),
    Fires("outlier-regime", "far worse", outlying(0.5, 0.52, 0.48, 0.51, 16.0),
          "r4: Test Loss 16.0000, far off the median 0.5100", ("r4",), metric="test_loss"),
    Fires("outlier-regime", "siblings that agree to the digit", outlying(0.5, 0.5, 0.5, 0.5, 2.0),
          "r4: Test Loss 2.0000, far off the median 0.5000", ("r4",), metric="test_loss"),
    Fires("outlier-regime", "negative values", outlying(-5.0, -5.1, -4.9, -5.0, 9.0),
          "r4: Test Loss 9.0000, far off the median -5.0000", ("r4",), metric="test_loss"),
]  # fmt: skip

NEAR = [
    Quiet("uneven-seeds", "as many as before", seeds(0.95, 0.951, 0.949)),
    Quiet("uneven-seeds", "seeds that agree", seeds(0.95, 0.95, 0.95)),
    Quiet("uneven-seeds", "the first seeds", seeds(0.95, 0.951, before=1)),
    Quiet("outlier-regime", "alike", outlying(0.5, 0.52, 0.48, 0.51, 0.49)),
    Quiet("uneven-seeds", "more than before", seeds(0.95, 0.951, 0.949, 0.95)),
    Quiet("uneven-seeds", "widely spread seeds", seeds(0.9, 0.7, 0.5)),
    Quiet("uneven-seeds", "one a little worse", seeds(0.95, 0.93, 0.949)),
    Quiet("uneven-seeds", "two that agree by chance", seeds(0.763, 0.709, 0.761)),
    Quiet("one-class-predicted", "two classes", predicted([6] * 99 + [1])),
    Quiet("one-class-predicted", "few samples", predicted([6] * 19)),
    Quiet("one-class-predicted", "every sample is of that class", predicted([6] * 30)),
    Quiet("one-class-predicted", "a constant guess at numbers", case(NOTHING, material(
        {"main": {"a": {"test_mae": 1.0}}},
        samples={"a": predictions([0.5] * 50, [i / 7 for i in range(50)])}))),
    Quiet("one-class-predicted", "an accuracy near a share", told(0.351, TARGETS * 10)),
    Quiet("one-class-predicted", "guessing at equally frequent classes",
          told(0.5, [0, 1] * 500)),
    Quiet("one-class-predicted", "a share that few samples make likely", told(0.35, TARGETS[25:])),
    Quiet("identical-metrics", "a small test set", runs("test_accuracy", [0.96] * 3, 50)),
    Quiet("identical-metrics", "a small test set, its size unknown",
          runs("test_accuracy", [0.96] * 4)),
    Quiet("identical-metrics", "all is right", runs("test_accuracy", [1.0] * 6, 10_000)),
    Quiet("identical-metrics", "two accuracies", runs("test_accuracy", [517 / 1484] * 2, 1484)),
    Quiet("identical-metrics", "three of many",
          runs("test_accuracy", [0.9] * 3 + [0.8 + i / 1000 for i in range(10)], 1000)),
    Quiet("identical-metrics", "losses rounded to two digits", runs("test_loss", [0.35] * 3)),
    Quiet("identical-metrics", "a loss of zero", runs("test_loss", [0.0] * 5)),
    Quiet("identical-metrics", "the same settings twice",
          runs("test_loss", [0.123456] * 3, lr=[0.1] * 3)),
    Quiet("identical-metrics", "only folders differ",
          runs("test_loss", [0.123456] * 2, output_dir=["x", "y"], lr=[0.1] * 2)),
    Quiet("identical-metrics", "NaN", runs("test_loss", [float("nan")] * 4)),
    Quiet("identical-metrics", "epochs", runs("total_epochs", [30.0] * 9)),
    Quiet("twin-runs", "a difference of 2e-4", pair({**ALIKE, "test_loss": 0.374712})),
    Quiet("twin-runs", "one metric differs", pair({**ALIKE, "test_kl": 0.2})),
    Quiet("twin-runs", "one has a metric more", pair({**ALIKE, "test_f1": 0.5})),
    Quiet("twin-runs", "replicates", pair(ALIKE, {"seed": [1, 2, 3]})),
    Quiet("twin-runs", "the same again", pair(ALIKE, {"lr": [1, 1, 2]})),
    Quiet("twin-runs", "only the folders differ",
          pair(ALIKE, {"output_dir": ["a", "b", "c"], "lr": [1, 1, 2]})),
    Quiet("twin-runs", "no settings are known", pair(ALIKE, {})),
    Quiet("twin-runs", "small numbers are not alike",
          runs("test_mse", [1.1234e-5, 2.1234e-5, 9.1234e-4, 5.1234e-4], lr=[1, 2, 3, 4])),
    Quiet("twin-runs", "the same accuracy on few samples",
          runs("test_accuracy", [0.9, 0.9, 0.8, 0.7], 50, lr=[1, 2, 3, 4])),
    Quiet("twin-runs", "NaN", runs("test_loss", [float("nan")] * 3, lr=[1, 2, 3])),
    Quiet("loss-changed", "a ratio that all keep", losses([*FIXED, 2.2])),
    Quiet("loss-changed", "five runs tell nothing", losses([2.2] * 4 + [1.2])),
    Quiet("loss-changed", "a ratio that nobody keeps", losses([2.0, 2.4, 1.8, 2.9, 2.2, 1.6, 1.0])),
    Quiet("loss-changed", "siblings that hardly move, and one that is better",
          losses([*FIXED, 2.6], [0.3001, 0.3002, 0.3, 0.2999, 0.3001, 0.3, 0.2])),
    Quiet("loss-changed", "no majority", losses([2.2] * 4, loss=["ce", "ce", "mse", "mse"])),
    Quiet("loss-changed", "the same as before", renamed_loss("ce", "ce")),
    Quiet("outlier-regime", "within the spread", outlying(0.5, 0.52, 0.48, 0.51, 0.6)),
    Quiet("outlier-regime", "far better", outlying(0.5, 0.52, 0.48, 0.51, 0.01)),
    Quiet("outlier-regime", "three siblings", outlying(0.5, 0.5, 9.0)),
    Quiet("outlier-regime", "it pays for something", outlying(
        1.0, 1.1, 0.9, 1.0, 9.0, other=[0.7, 0.71, 0.69, 0.7, 0.9])),
    Quiet("outlier-regime", "NaN is another rule's", outlying(0.5, 0.5, 0.5, 0.5, float("nan"))),
]  # fmt: skip
