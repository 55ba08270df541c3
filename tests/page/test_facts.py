"""Facts on tables that teams have: healthy ones that are silent and sick ones that are found.

The plain cases of each are those of its rule, in `tests/judge/cases_facts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
from results_bot.model import Metric, Run, Scalar
from results_bot.page.facts import Facts
from results_bot.page.facts.agreement import identical, twins
from results_bot.page.facts.identity import data_sets, sample_count
from results_bot.page.facts.other_losses import loss_setting

from tests.judge.build import Table, case, found, material, predictions

Params = Mapping[str, Mapping[str, Scalar]]


def facts(rows: Table, params: Params | None = None) -> Facts:
    return Facts(material({"main": rows}, params=params))


def column(key: str, *values: float, names: str = "", **more: float) -> Table:
    """Return one metric of runs `a`, `b` and so on, or of these names."""
    called = names.split() or [chr(ord("a") + at) for at in range(len(values))]
    return {name: {key: value, **more} for name, value in zip(called, values, strict=True)}


def each(names: str, key: str, *values: Scalar) -> Params:
    """Return one setting of each run."""
    return {name: {key: value} for name, value in zip(names.split(), values, strict=True)}


LOSSES = (0.412345, 0.412345, 0.412345, 0.523411)
IDENTICAL: Sequence[tuple[str, Facts, list[str]]] = [
    ("a calibration does not move the accuracy",
     facts(column("test_accuracy", *[0.87654321] * 3, 0.8123,
                  names="net net_temperature_scaling net_isotonic other")), []),
    ("exports of one model", facts(column("test_loss", *LOSSES, names="m m_onnx m_tensorrt vit")),
     []),
    ("a sweep of thresholds", facts(column("test_auroc", *[0.912345] * 4, 0.8876541, 0.8654321,
                                           names="t_thr_0.3 t_thr_0.5 t_thr_0.7 t_thr_0.9 u w")),
     []),
    ("backends by their settings",
     facts(column("test_loss", *LOSSES), {
         **each("a b c", "backend", "torch", "onnx", "trt"), "d": {"lr": 0.1}}), []),
    ("the batch size of the evaluation",
     facts(column("test_loss", *LOSSES),
           each("a b c d", "eval_batch_size", 8, 16, 32, 64)), []),
    ("the score of a baseline", facts(column("baseline_accuracy", *[0.71234567] * 5)), []),
    ("the loss after pretraining", facts(column("pretrain_loss", *[1.2345678] * 5)), []),
    ("the score of a human", facts(column("human_bleu", *[0.3456789] * 4)), []),
    ("an AUROC of three digits",
     facts(column("test_auroc", *[0.991] * 5, 0.990, 0.992, 0.993)), []),
    ("a PSNR of two digits", facts(column("test_psnr", *[31.42] * 3, 31.41, 31.44)), []),
    ("three different models",
     facts(column("test_loss", *LOSSES), each("a b c d", "lr", 0.1, 0.2, 0.3, 0.4)),
     ["a b c"]),
    ("one checkpoint under two models, beside its export",
     facts(column("test_loss", *LOSSES, names="resnet resnet_onnx vit other")),
     ["resnet resnet_onnx vit"]),
]  # fmt: skip


def pair() -> Table:
    return {
        "a": {"test_loss": 0.374512, "test_kl": 0.121317},
        "b": {"test_loss": 0.374513, "test_kl": 0.121318},
        "c": {"test_loss": 0.512345, "test_kl": 0.234567},
    }


TWINS: Sequence[tuple[str, Facts, list[str]]] = [
    *((f"a setting of the evaluation: {key}", facts(pair(), each("a b c", key, 1, 2, 3)), [])
      for key in ("eval_batch_size", "log_every_n_steps", "logging.interval", "eval_every",
                  "num_workers", "dtype", "backend", "decision_threshold", "temperature", "seed")),
    ("neighbours in a sweep of many",
     facts({f"r{at}": {"test_mse": 1 + 0.00013 * at * at} for at in range(60)},
           {f"r{at}": {"lr": at} for at in range(60)}), []),
    ("the batch size", facts(pair(), each("a b c", "batch_size", 8, 16, 32)), ["a b"]),
    ("a temperature of the loss", facts(pair(), each("a b c", "loss_temperature", 1, 2, 3)),
     ["a b"]),
]  # fmt: skip

FAR = (0.5, 0.52, 0.48, 0.51, 16.0)
TWO_SETS = each("a b c d e", "dataset", *["cifar10"] * 4, "imagenet")
OUTLIERS: Sequence[tuple[str, Facts, list[str]]] = [
    *((f"a {name} model", facts(column("test_loss", *FAR, names=f"a b c d {name}")), [])
      for name in ("linear_baseline", "logreg", "majority", "naive_persistence", "dummy",
                   "uncalibrated", "random")),
    ("a row of another data set", facts(column("test_rmse", *FAR), TWO_SETS), []),
    ("another data set by its name",
     facts(column("test_rmse", *FAR, names="kin8nm_a kin8nm_b kin8nm_c kin8nm_d protein_a")), []),
    ("a slow model", facts(column("latency_ms", *FAR)), []),
    ("one odd metric of three",
     facts({name: {"test_loss": value, "test_f1": 0.8, "test_acc": 0.9}
            for name, value in zip("abcde", FAR, strict=True)}), []),
    ("a broken accuracy", facts(column("test_acc", 0.91, 0.92, 0.9, 0.91, 0.1)), ["e"]),
    ("old runs in percent of an error", facts(column("test_error", 0.08, 0.09, 0.085, 0.08, 8.1)),
     ["e"]),
    ("of one data set", facts(column("test_loss", *FAR),
                              each("a b c d e", "dataset", *["cifar10"] * 5)), ["e"]),
]  # fmt: skip


def counted(*counts: float, key: str = "test_num_samples") -> Table:
    return {f"r{at}": {"test_loss": 0.5, key: count} for at, count in enumerate(counts)}


TEST_SETS: Sequence[tuple[str, Facts, list[str]]] = [
    ("one of SVHN among three of CIFAR",
     facts(counted(10_000, 10_000, 10_000, 26_032),
           each("r0 r1 r2 r3", "data.name", *["CIFAR10"] * 3, "SVHN")), []),
    ("half and half", facts(counted(10_000, 10_000, 26_032, 26_032)), []),
    ("a larger training set", facts(counted(1000, 1000, 1000, 2000, key="train_n_samples")), []),
    ("another validation set", facts(counted(100, 100, 100, 200, key="val_num_samples")), []),
    ("a data set each",
     facts(counted(10, 20, 30, 40), each("r0 r1 r2 r3", "dataset", *"abcd")), []),
    ("all on one", facts(counted(100, 100, 100)), []),
    ("one on fewer", facts(counted(1484, 1484, 1484, 46)), ["r3"]),
    ("one on fewer of one data set",
     facts(counted(1484, 1484, 1484, 46), each("r0 r1 r2 r3", "dataset", *["x"] * 4)), ["r3"]),
    ("one on fewer beside another data set",
     facts(counted(100, 100, 100, 90, 500),
           each("r0 r1 r2 r3 r4", "dataset", *["x"] * 4, "y")), ["r3"]),
]  # fmt: skip


def ratios(other: str, *factors: float) -> Facts:
    rows = {
        f"r{at}": {f"test_{other}": 0.3 + 0.02 * at, "test_loss": factor * (0.3 + 0.02 * at)}
        for at, factor in enumerate(factors)
    }
    return facts(rows)


STEADY = (2.2, 2.21, 2.19, 2.2, 2.2, 2.21)
LOSS: Sequence[tuple[str, Facts, list[str]]] = [
    ("an overconfident model has more loss at its error", ratios("error", *STEADY, 4.0), []),
    ("calibration goes its own way", ratios("ece", *STEADY, 1.2), []),
    ("one loss in all", facts(column("test_loss", 1, 2, 3), each("a b c", "loss", *["ce"] * 3)),
     []),
    ("a metric that a search optimises",
     facts(column("test_loss", 1, 2, 3), each("a b c", "objective", "loss", "loss", "acc")), []),
    ("less loss at its error", ratios("error", *STEADY, 1.2), ["r6"]),
    ("another scale beside the divergence", ratios("kl", *STEADY, 4.0), ["r6"]),
    *((f"by the setting {key}",
       facts(column("test_loss", 1, 2, 3), each("a b c", key, usual, usual, other)), ["c"])
      for key, usual, other in (
          ("criterion.name", "CrossEntropyLoss", "FocalLoss"),
          ("loss._target_", "torch.nn.CrossEntropyLoss", "torch.nn.FocalLoss"),
          ("model.objective", "reg:squarederror", "reg:absoluteerror"),
          ("objective", "regression", "huber"),
      )),
]  # fmt: skip


def runs_of(found: Sequence[tuple[str, ...]]) -> list[str]:
    return [" ".join(runs) for runs in found]


KINDS: Mapping[str, Callable[[Facts], list[tuple[str, ...]]]] = {
    "identical": lambda known: [fact.runs for fact in identical(known.summary.sections[0])],
    "twins": lambda known: [(fact.one, fact.other) for fact in twins(known.summary.sections[0])],
    "outliers": lambda known: [(fact.run,) for fact in known.outliers],
    "test sets": lambda known: [(fact.run,) for fact in known.other_test_sets],
    "losses": lambda known: [(fact.run,) for fact in known.other_losses],
}
TABLES = {
    "identical": IDENTICAL, "twins": TWINS, "outliers": OUTLIERS, "test sets": TEST_SETS,
    "losses": LOSS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "known", "runs"),
    [
        pytest.param(kind, known, runs, id=f"{kind}: {name}")
        for kind, table in TABLES.items()
        for name, known, runs in table
    ],
)
def test_facts(kind: str, known: Facts, runs: list[str]) -> None:
    assert runs_of(KINDS[kind](known)) == runs


@pytest.mark.parametrize(
    ("name", "metric", "count"),
    [
        ("test_num_samples", "", 100),
        ("num_samples", "accuracy", 100),
        ("total_num_samples", "accuracy", 100),
        ("eval_samples", "val_loss", None),
        ("eval_samples", "eval_loss", 100),
        ("predict_samples", "loss", 100),
        ("num_test_samples", "test_loss", 100),
        ("test_num_examples", "test_loss", 100),
        ("support", "accuracy", 100),
        ("weighted_avg_support", "accuracy", None),
        ("train_num_samples", "test_loss", None),
        ("train_n_samples", "", None),
        ("val_num_samples", "", None),
        ("train_num_samples", "train_loss", 100),
        ("dev_num_samples", "valid_loss", 100),
        ("samples", "loss", None),
        ("samples_per_second", "loss", None),
        ("arc_easy_num_samples", "arc_easy_acc", 100),
        ("arc_easy_num_samples", "arc_acc", None),
        ("arc_easy_num_samples", "", None),
        ("test_arc_num_samples", "test_arc_acc", 100),
        ("test_arc_num_samples", "val_arc_acc", None),
        ("arc_num_samples", "test_arc_acc", 100),
    ],
)
def test_sample_count(name: str, metric: str, count: int | None) -> None:
    known = material({"main": {"a": {"test_loss": 0.5, name: 100}}})
    assert sample_count(known.runs["main", "a"], metric) == count
    assert sample_count(None, metric) is None


@pytest.mark.parametrize(
    ("names", "params", "expected"),
    [
        ("a b", each("a b", "dataset", "MNIST", "SVHN"), {"mnist": ["a"], "svhn": ["b"]}),
        ("a b c", each("a b c", "dataset", "x", "y", "Y"), {"y": ["b", "c"], "x": ["a"]}),
        ("a b c", each("a b", "dataset", "x", "y"), {"x": ["a"], "y": ["b"]}),
        ("a b c", each("a b", "dataset", "x", "x"), {"x": ["a", "b", "c"]}),
        ("a b", each("a b", "data.dataset_name", "x", "x"), {"x": ["a", "b"]}),
        ("cnn_cifar10 cnn_cifar100", {},
         {"cifar10": ["cnn_cifar10"], "cifar100": ["cnn_cifar100"]}),
        ("cnn_cifar10 cnn", {}, {"": ["cnn", "cnn_cifar10"]}),
        ("a b", each("a b", "dataset_size", 10, 20), {"": ["a", "b"]}),
    ],
)  # fmt: skip
def test_data_sets(names: str, params: Params, expected: dict[str, list[str]]) -> None:
    table = column("test_loss", *[0.5] * len(names.split()), names=names)
    view = material({"main": table}, params=params).sections[0]
    assert [*data_sets(view).items()] == [*expected.items()]


@pytest.mark.parametrize(
    ("name", "silent"),
    [
        ("majority_baseline", True),
        ("dummy", True),
        ("always_negative", True),
        ("constant-classifier", True),
        ("baseline_reduced_entropy", False),
        ("combo_3", False),
    ],
)
def test_a_baseline_may_predict_one_class(name: str, silent: bool) -> None:
    targets = [6] * 350 + [1] * 400 + [2] * 250
    table = {"main": {name: {"test_loss": 0.5}}}
    side = material(table, samples={name: predictions([6] * 1000, targets)})
    assert bool(found(case({"main": {}}, side), "one-class-predicted")) is not silent


def test_only_a_text_names_a_loss() -> None:
    assert loss_setting({"loss": 0.5, "loss_weight": "high"}) is None
    assert loss_setting({"train.loss_fn": "mse"}) == ("train.loss_fn", "mse")


def test_comparable_values_leave_out_what_does_not_compare() -> None:
    rows = {f"r{at}": {"test_loss": 0.5 + at / 100, "test_num_samples": 100} for at in range(6)}
    rows["few"] = {"test_loss": 0.4, "test_num_samples": 10}
    rows["nan"] = {"test_loss": float("nan"), "test_num_samples": 100}
    params = {"r0": {"loss": "focal"}, **{f"r{at}": {"loss": "ce"} for at in range(1, 6)}}
    known = facts(rows, params)
    (view,) = known.summary.sections
    metric = view.metrics[0]
    assert [*known.comparable(view, metric)] == ["r1", "r2", "r3", "r4", "r5"]
    assert known.left_out == {("main", "few")}


def test_a_page_without_its_artifacts_has_no_runs() -> None:
    side = material({"main": pair()})
    alone = side.with_runs({})
    assert alone.sections[0].runs == {}
    assert not alone.sections[0].is_complete
    assert side.sections[0].is_complete
    assert twins(alone.sections[0]) == []
    assert alone.row("main", "nobody") is None
    assert isinstance(side.row("main", "a").run, Run)  # type: ignore[union-attr]
    assert side.sections[0].cell("a", Metric("test_f1", "F1")) == "—"


def test_a_run_in_percent_beside_fractions_does_not_compare() -> None:
    one = facts(column("test_accuracy", 0.91, 0.88, 71.0))
    section = one.summary.sections[0]
    assert [*one.comparable(section, section.metrics[0]).values()] == [0.91, 0.88]
