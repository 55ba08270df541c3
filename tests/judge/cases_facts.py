"""Cases of the rules about how things are: one class, twins, equal values, losses, outliers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from statistics import fmean

from msgspec.structs import replace
from results_bot.judge.rule import Case
from results_bot.model import Scalar, Status
from results_bot.page.section import Summary

from tests.judge.build import Cases, case, material, predictions

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


def copied(accuracies: list[float], f1s: list[float], losses: list[float]) -> Case:
    """Return the case of runs of other learning rates with these metrics."""
    columns = {"test_accuracy": accuracies, "test_f1": f1s, "test_loss": losses}
    rows = {
        f"r{at}": dict(zip(columns, values, strict=True))
        for at, values in enumerate(zip(*columns.values(), strict=True))
    }
    settings = _by_run({"lr": [float(at) for at in range(len(rows))]}, len(rows))
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
    return seeded({"m": [0.95] * before}, {"m": values})


def seeded(before: Mapping[str, Sequence[float]], after: Mapping[str, Sequence[float]]) -> Case:
    """Return the case of rows with the accuracies of these seeds."""
    old, new = (
        {name: {f"seed{at}": one for at, one in enumerate(values)} for name, values in side.items()}
        for side in (before, after)
    )
    return named_seeds(old, new)


def named_seeds(
    before: Mapping[str, Mapping[str, float]], after: Mapping[str, Mapping[str, float]]
) -> Case:
    """Return the case of rows with the accuracies of these seeds, by their names."""

    def folded(rows: Mapping[str, Mapping[str, float]]) -> Summary:
        means = material(
            {"main": {name: {"test_accuracy": fmean(rows[name].values())} for name in rows}}
        )
        (section,) = means.sections
        out = []
        for row in section.rows:
            single = {name: {"test_accuracy": one} for name, one in rows[row.run].items()}
            out.append(replace(row, replicates=material({"main": single}).sections[0].rows))
        return Summary((replace(section, rows=tuple(out)),))

    return case(folded(before), folded(after))


def replaced(**after: float) -> Case:
    """Return the case of a row of three seeds, of which `s2` is the worst, that has these now."""
    return named_seeds({"m": {"s0": 0.861, "s1": 0.855, "s2": 0.842}}, {"m": after})


def one_unfinished() -> Case:
    """Return the case of three seeds of which one did not finish this time."""
    one = seeds(0.95, 0.951)
    section = replace(one.head.sections[0], unfinished=(("seed2", Status.UNFINISHED),))
    return replace(one, head=Summary((section,)))


def _by_run(params: dict[str, list[Scalar]], runs: int) -> dict[str, dict[str, Scalar]]:
    return {f"r{i}": {name: values[i] for name, values in params.items()} for i in range(runs)}


SEEDS = {"a": [0.8785, 0.879, 0.8797], "b": [0.8658, 0.8672, 0.8619], "c": [0.85, 0.846, 0.849]}
COLLAPSED = {**SEEDS, "a": [0.8785, 0.6, 0.8797]}
STEADY = {"a": [0.8610, 0.8626, 0.8630]}
ALIKE = {"test_loss": 0.374513, "test_kl": 0.121318}
FIXED = [2.2, 2.21, 2.19, 2.2, 2.2, 2.21]

FIRES: Cases = {
    "uneven-seeds": {
        "one is missing": seeds(0.95, 0.951),
        "one is left": seeds(0.95),
        "one did not finish": one_unfinished(),
        "one diverged": seeds(0.95, 0.1, 0.949),
        "one fell to chance": seeded({"m": [0.95, 0.951, 0.949]}, {"m": [0.95, 0.5, 0.949]}),
        "one of several rows": seeded(SEEDS, COLLAPSED),
        "by less than 10 points": seeded(SEEDS, {**SEEDS, "a": [0.8785, 0.8, 0.8797]}),
        "beside rows that are as new": seeded({}, COLLAPSED),
        "at zero": seeded(SEEDS, {**SEEDS, "a": [0.8785, 0.0, 0.8797]}),
        "the worst has made room for another": replaced(s0=0.861, s1=0.855, s3=0.862),
        "and for two": replaced(s0=0.861, s1=0.855, s3=0.862, s4=0.86),
        "two of three failed": seeded(STEADY, {"a": [0.8617, 0.7822, 0.7211]}),
        "one of three, and the others differ": seeded(STEADY, {"a": [0.8617, 0.8590, 0.7831]}),
    },
    "metric-regressed": {
        "one seed failed": seeded(SEEDS, COLLAPSED),
        "two of three seeds failed": seeded(STEADY, {"a": [0.8617, 0.7822, 0.7211]}),
    },
    "best-regressed": {
        "one seed of the best run failed": seeded(SEEDS, COLLAPSED),
        "one seed of the best run diverged, and the others are worse": seeded(
            SEEDS, {**SEEDS, "a": [0.8385, nan, 0.8397]}
        ),
        "all seeds of the best run diverged": seeded(SEEDS, {**SEEDS, "a": [nan, nan, nan]}),
    },
    "one-class-predicted": {
        "seen": predicted([6] * 100),
        "one of two runs": predicted([6] * 100, [6] * 99 + [1]),
        "two runs": predicted([6] * 100, [6] * 100),
        "told by the accuracy": told(0.35, TARGETS * 10),
    },
    "identical-metrics": {
        "accuracies of a large test set": runs("test_accuracy", [517 / 1484] * 4, 1484),
        "two losses in full": runs("test_loss", [13.994285, 13.994285, 14.661327, 15.1]),
        "the same runs in two files": runs(
            "test_loss", [13.994285, 13.994285, 14.661327, 14.661327, 15.1]
        ),
        "of an accuracy without a count, by its digits": runs(
            "test_accuracy", [0.34838274932614556] * 4
        ),
    },
    "twin-runs": {
        "two": pair(ALIKE),
        "to the last digit": pair({"test_loss": 0.374512, "test_kl": 0.121317}),
        "three are one finding": pair(ALIKE, None, ALIKE),
        "a copied file of four digits": copied(
            [0.91, 0.91, 0.9197, 0.7446, 0.8723],
            [0.8975, 0.8975, 0.9073, 0.7306, 0.8668],
            [0.2986, 0.2986, 0.2859, 0.7964, 0.4165],
        ),
    },
    "loss-changed": {
        "the ratio tells": losses([*FIXED, 1.2]),
        "the configuration tells": losses([2.2] * 3, loss=["ce", "ce", "focal"]),
        "against before": renamed_loss("ce", "focal"),
    },
    "outlier-regime": {
        "far worse": outlying(0.5, 0.52, 0.48, 0.51, 16.0),
        "siblings that agree to the digit": outlying(0.5, 0.5, 0.5, 0.5, 2.0),
        "negative values": outlying(-5.0, -5.1, -4.9, -5.0, 9.0),
    },
}

NEAR: Cases = {
    "metric-regressed": {
        "seeds spread wider, as another row's do": seeded(
            {**STEADY, "b": [0.86, 0.79, 0.7]}, {"a": [0.8617, 0.7822, 0.7211]}
        ),
        "seeds spread wider by what chance may do": seeded(STEADY, {"a": [0.8617, 0.8222, 0.8411]}),
    },
    "uneven-seeds": {
        "as many as before": seeds(0.95, 0.951, 0.949),
        "seeds that agree": seeds(0.95, 0.95, 0.95),
        "the first seeds": seeds(0.95, 0.951, before=1),
        "more than before": seeds(0.95, 0.951, 0.949, 0.95),
        "widely spread seeds": seeds(0.9, 0.7, 0.5),
        "one a little worse": seeds(0.95, 0.93, 0.949),
        "two that agree by chance": seeds(0.763, 0.709, 0.761),
        "a row whose seeds always spread": seeded(
            {**SEEDS, "a": [0.6, 0.9, 0.5]}, {**SEEDS, "a": [0.6, 0.9, 0.901]}
        ),
        "seeds that hardly matter": seeded(
            {"a": [0.9, 0.90001, 0.9]}, {"a": [0.9, 0.90001, 0.895]}
        ),
        "all trained again, and one under another number": replaced(s0=0.86, s1=0.857, s3=0.862),
        "one under another name": replaced(s0=0.861, s1=0.855, s20=0.842),
        "other seeds altogether": replaced(s3=0.86, s4=0.857, s5=0.862),
        "one more": replaced(s0=0.861, s1=0.855, s2=0.842, s3=0.862),
        "several worse, that spread as wide before": seeded(
            {"a": [0.861, 0.79, 0.72]}, {"a": [0.8617, 0.7522, 0.6911]}
        ),
        "spread wider, and no worse": seeded(STEADY, {"a": [0.9617, 0.8822, 0.8211]}),
        "spread wider, and worse by less than is tolerated": seeded(
            STEADY, {"a": [0.9117, 0.8522, 0.8011]}
        ),
        "spread wider by what chance may do": seeded(STEADY, {"a": [0.8617, 0.8222, 0.8411]}),
        "spread wider, as another row does": seeded(
            {**STEADY, "b": [0.86, 0.79, 0.7]}, {"a": [0.8617, 0.7822, 0.7211]}
        ),
        "two seeds spread wider": seeded({"a": STEADY["a"][:2]}, {"a": [0.86, 0.7]}),
        "equal before": seeded({"a": [0.86, 0.86, 0.86]}, {"a": [0.86, 0.82, 0.79]}),
        "new, and two agree by chance": seeded({}, {"a": [0.82, 0.5, 0.821]}),
    },
    "best-regressed": {
        "not-finite tells of one seed of the best run": seeded(
            SEEDS, {**SEEDS, "a": [0.8785, nan, 0.8797]}
        ),
    },
    "outlier-regime": {
        "alike": outlying(0.5, 0.52, 0.48, 0.51, 0.49),
        "within the spread": outlying(0.5, 0.52, 0.48, 0.51, 0.6),
        "far better": outlying(0.5, 0.52, 0.48, 0.51, 0.01),
        "three siblings": outlying(0.5, 0.5, 9.0),
        "it pays for something": outlying(
            1.0, 1.1, 0.9, 1.0, 9.0, other=[0.7, 0.71, 0.69, 0.7, 0.9]
        ),
        "NaN is another rule's": outlying(0.5, 0.5, 0.5, 0.5, float("nan")),
    },
    "one-class-predicted": {
        "two classes": predicted([6] * 99 + [1]),
        "few samples": predicted([6] * 19),
        "every sample is of that class": predicted([6] * 30),
        "a constant guess at numbers": case(
            NOTHING,
            material(
                {"main": {"a": {"test_mae": 1.0}}},
                samples={"a": predictions([0.5] * 50, [i / 7 for i in range(50)])},
            ),
        ),
        "an accuracy near a share": told(0.351, TARGETS * 10),
        "guessing at equally frequent classes": told(0.5, [0, 1] * 500),
        "a share that few samples make likely": told(0.35, TARGETS[25:]),
    },
    "identical-metrics": {
        "a small test set": runs("test_accuracy", [0.96] * 3, 50),
        "a small test set, its size unknown": runs("test_accuracy", [0.96] * 4),
        "all is right": runs("test_accuracy", [1.0] * 6, 10_000),
        "two accuracies": runs("test_accuracy", [517 / 1484] * 2, 1484),
        "three of many": runs(
            "test_accuracy", [0.9] * 3 + [0.8 + i / 1000 for i in range(10)], 1000
        ),
        "losses rounded to two digits": runs("test_loss", [0.35] * 3),
        "a loss of zero": runs("test_loss", [0.0] * 5),
        "the same settings twice": runs("test_loss", [0.123456] * 3, lr=[0.1] * 3),
        "only folders differ": runs(
            "test_loss", [0.123456] * 2, output_dir=["x", "y"], lr=[0.1] * 2
        ),
        "NaN": runs("test_loss", [float("nan")] * 4),
        "epochs": runs("total_epochs", [30.0] * 9),
    },
    "twin-runs": {
        "a difference of 2e-4": pair({**ALIKE, "test_loss": 0.374712}),
        "one metric differs": pair({**ALIKE, "test_kl": 0.2}),
        "one has a metric more": pair({**ALIKE, "test_f1": 0.5}),
        "replicates": pair(ALIKE, {"seed": [1, 2, 3]}),
        "the same again": pair(ALIKE, {"lr": [1, 1, 2]}),
        "only the folders differ": pair(ALIKE, {"output_dir": ["a", "b", "c"], "lr": [1, 1, 2]}),
        "no settings are known": pair(ALIKE, {}),
        "small numbers are not alike": runs(
            "test_mse", [1.1234e-5, 2.1234e-5, 9.1234e-4, 5.1234e-4], lr=[1, 2, 3, 4]
        ),
        "the same accuracy on few samples": runs(
            "test_accuracy", [0.9, 0.9, 0.8, 0.7], 50, lr=[1, 2, 3, 4]
        ),
        "NaN": runs("test_loss", [float("nan")] * 3, lr=[1, 2, 3]),
        "of two digits": copied([0.91, 0.91, 0.74], [0.9, 0.9, 0.73], [0.29, 0.29, 0.79]),
        "saturated": copied([1.0, 1.0, 0.98], [1.0, 1.0, 0.98], [0.0012, 0.0012, 0.04]),
        "four digits among many runs": copied(
            [0.91, 0.91, *(0.5 + at / 100 for at in range(28))],
            [0.8975, 0.8975, *(0.5 + at / 90 for at in range(28))],
            [0.2986, 0.2986, *(0.5 + at / 80 for at in range(28))],
        ),
    },
    "loss-changed": {
        "a ratio that all keep": losses([*FIXED, 2.2]),
        "five runs tell nothing": losses([2.2] * 4 + [1.2]),
        "a ratio that nobody keeps": losses([2.0, 2.4, 1.8, 2.9, 2.2, 1.6, 1.0]),
        "siblings that hardly move, and one that is better": losses(
            [*FIXED, 2.6], [0.3001, 0.3002, 0.3, 0.2999, 0.3001, 0.3, 0.2]
        ),
        "no majority": losses([2.2] * 4, loss=["ce", "ce", "mse", "mse"]),
        "the same as before": renamed_loss("ce", "ce"),
    },
}
