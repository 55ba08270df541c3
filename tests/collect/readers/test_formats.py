"""Recorded outputs of the real libraries, from their files through `collect` to runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from results_bot.model import Kind, Run, Status

from tests.collect.readers.recorded import DATA, gathered

REMARKS = {"keras": ("holds 2 trainings, each from step 0; the last is shown",)}
FINAL, BEST, LAST = Kind.FINAL, Kind.BEST, Kind.LAST


def runs_of(root: Path, base: str = "") -> dict[str, Run]:
    found = gathered(root, base)
    assert found.problems == ()
    assert tuple(remark.reason for remark in found.remarks) == REMARKS.get(root.name, ())
    return {run.path: run for run in found.runs}


FORMATS: dict[str, dict[str, str]] = {
    "dvclive": {"experiments/base": "base", "experiments/fast": "fast"},
    "lightning": {f"logs/tiny/version_{at}": f"version_{at}" for at in range(3)},
    "hf_trainer": {f"runs/{name}": name for name in ("only_checkpoints", "whole")},
    "keras": {f"runs/{name}": name for name in ("again", "comma", "json", "semicolon")},
    "hydra": {
        "multirun/2026-01-20/14-03-00/0": "lr=0.1,tag='a,b',model.depth=3",
        "multirun/2026-01-20/14-03-00/1": "lr=0.2,tag='a,b',model.depth=3",
        "multirun/2026-01-20/14-03-00/2": "lr=5,tag='a,b',model.depth=3",
        "outputs/2026-01-20/14-03-00": "2026-01-20/14-03-00",
    },
    "boosting": {f"runs/{name}": name for name in ("catboost", "lightgbm", "xgboost")},
    "inspect_ai": {"logs/mockllm:model": "mockllm/model"},
    "sklearn_search": {
        f"runs/{form}/{name}": name
        for form in ("columns", "csv", "records")
        for c in (0.1, 1.0)
        for kernel in ("linear", "rbf")
        for name in (f"C={c},kernel={kernel}/fold_{fold}" for fold in range(3))
    },
    "lm_eval": {"results/someone__tiny-model": "someone/tiny-model"},
    "lm_eval_old": {
        f"evals/zero-shot/tiny_{step}.json": f"someone/tiny@{step}"
        for step in ("step0", "step1000")
    },
    "ultralytics": {"runs/detect/train": "train"},
    "yolov5": {"runs/train/exp": "exp"},
    "sklearn": {f"runs/{name}": name for name in ("digits", "named", "table", "wide")},
    "detectron2": {"output/faster_rcnn": "faster_rcnn"},
    "mmcv": {"work_dirs/mask_rcnn": "mask_rcnn"},
    "mmengine": {"work_dirs/tiny": "tiny"},
    "nnunet_v1": {
        "nnUNet/3d_fullres/Task004_Toy/nnUNetTrainerV2__nnUNetPlansv2.1": (
            "nnUNetTrainerV2__nnUNetPlansv2.1/fold_0"
        )
    },
    "nnunet_v2": {
        "results/Dataset004_Toy/nnUNetTrainer__nnUNetPlans__3d_fullres": (
            "nnUNetTrainer__nnUNetPlans__3d_fullres/fold_0"
        )
    },
    "spacy": {"training/cities": "cities"},
    "pytest_benchmark": {
        f".benchmarks/Linux-CPython-3.11-64bit/test_speed.py::{name}": name
        for name in ("test_sort", "test_sum[10]", "test_sum[1000]")
    },
    "google_benchmark": {
        f"benchmarks/{folder}/{name.replace('/', ':')}": name
        for folder in ("plain", "repeated")
        for name in ("broken", "count", "sum_range/8", "sum_range/64")
    },
}
"""The name of each run, by its path."""
STATUSES = {
    "lr=5,tag='a,b',model.depth=3": Status.UNFINISHED,
    "broken": Status.FAILED,
}
"""Of the runs that are not finished, by name."""


@pytest.mark.parametrize("name", FORMATS)
def test_runs_names_and_statuses(name: str) -> None:
    runs = runs_of(DATA / name)
    assert {path: run.name for path, run in runs.items()} == FORMATS[name]
    assert list(runs) == list(FORMATS[name])
    expected = [STATUSES.get(run, Status.FINISHED) for run in FORMATS[name].values()]
    assert [run.status for run in runs.values()] == expected


VALUES: list[tuple[str, str, str, float, Kind, int | None]] = [
    ("dvclive", "experiments/base", "val_acc", 0.625, FINAL, None),
    ("dvclive", "experiments/base", "best_val_acc", 0.75, BEST, 1),
    ("dvclive", "experiments/fast", "best_train_loss", 0.3, BEST, 2),
    ("lightning", "logs/tiny/version_0", "test_acc", 0.9991191625595093, FINAL, None),
    ("lightning", "logs/tiny/version_0", "train_loss", 0.003021553624421358, LAST, 2),
    ("lightning", "logs/tiny/version_0", "total_epochs", 3, LAST, None),
    ("lightning", "logs/tiny/version_2", "best_val_loss", 6.514881533803418e-05, BEST, 2),
    ("hf_trainer", "runs/whole", "eval_loss", 0.6724556088447571, FINAL, None),
    ("hf_trainer", "runs/whole", "best_eval_accuracy", 0.6666666666666666, BEST, 4),
    ("hf_trainer", "runs/whole", "train_loss", 0.6868742307027181, FINAL, None),
    ("hf_trainer", "runs/whole", "total_epochs", 3, FINAL, None),
    ("hf_trainer", "runs/only_checkpoints", "eval_accuracy", 0.8333333333333334, LAST, 6),
    ("keras", "runs/comma", "val_loss", 0.8849061727523804, LAST, 2),
    ("keras", "runs/json", "val_loss", 0.8849061727523804, LAST, 2),
    ("keras", "runs/semicolon", "best_val_loss", 0.6346307992935181, BEST, 0),
    ("keras", "runs/again", "total_epochs", 3, LAST, None),
    ("keras", "runs/again", "train_loss", 0.6396347880363464, LAST, 2),
    ("boosting", "runs/catboost", "val_Logloss", 0.1977335397, LAST, 3),
    ("boosting", "runs/catboost", "best_val_AUC", 0.9890532544, BEST, 3),
    ("boosting", "runs/lightgbm", "train_auc", 0.9815258078480303, LAST, 3),
    ("boosting", "runs/lightgbm", "best_valid_1.auc", 0.9904339250493097, BEST, 1),
    ("boosting", "runs/xgboost", "validation_1.logloss", 0.25383166069462454, LAST, 3),
    ("inspect_ai", "logs/mockllm:model", "sums_accuracy", 0.75, FINAL, None),
    ("inspect_ai", "logs/mockllm:model", "sums_accuracy_stderr", 0.25, FINAL, None),
    ("inspect_ai", "logs/mockllm:model", "sums_num_samples", 4, FINAL, None),
    ("sklearn_search", "runs/csv/C=0.1,kernel=rbf/fold_0", "test_score", 0.92, FINAL, None),
    ("sklearn_search", "runs/columns/C=0.1,kernel=rbf/fold_0", "test_score", 0.92, FINAL, None),
    ("sklearn_search", "runs/csv/C=0.1,kernel=rbf/fold_1", "test_score_rank", 4, FINAL, None),
    ("hydra", "multirun/2026-01-20/14-03-00/1", "test_acc", 0.7, FINAL, None),
    ("lm_eval", "results/someone__tiny-model", "sums_acc", 0.375, FINAL, None),
    ("lm_eval", "results/someone__tiny-model", "other_acc_norm", 0.625, FINAL, None),
    ("lm_eval", "results/someone__tiny-model", "other_num_samples", 8, FINAL, None),
    ("lm_eval_old", "evals/zero-shot/tiny_step0.json", "lambada_openai_ppl", 3500.5, FINAL, None),
    ("ultralytics", "runs/detect/train", "val_box_loss", 0.01715, LAST, 3),
    ("yolov5", "runs/train/exp", "val_map50_95", 0.3125, LAST, 2),
    ("yolov5", "runs/train/exp", "best_val_map50_95", 0.375, BEST, 1),
    ("yolov5", "runs/train/exp", "best_val_map50", 0.625, BEST, 1),
    ("yolov5", "runs/train/exp", "total_epochs", 3, LAST, None),
    ("sklearn", "runs/digits", "test_accuracy", 0.75, FINAL, None),
    ("sklearn", "runs/named", "test_macro_f1", 0.7190476190476192, FINAL, None),
    ("sklearn", "runs/table", "accuracy", 0.75, FINAL, None),
    ("sklearn", "runs/wide", "weighted_recall", 0.75, FINAL, None),
    ("sklearn", "runs/wide", "num_samples", 8, FINAL, None),
    ("detectron2", "output/faster_rcnn", "bbox.AP", 29.25, LAST, 79),
    ("detectron2", "output/faster_rcnn", "best_bbox.AP", 31.5, BEST, 39),
    ("detectron2", "output/faster_rcnn", "bbox.AP_large", 35.25, LAST, 79),
    ("mmcv", "work_dirs/mask_rcnn", "val_bbox_mAP", 0.296, LAST, 3),
    ("mmcv", "work_dirs/mask_rcnn", "best_val_bbox_mAP", 0.3125, BEST, 2),
    ("mmengine", "work_dirs/tiny", "val_bbox_mAP", 0.5, LAST, 2),
    ("spacy", "training/cities", "train_ner_loss", 13.7062768936, FINAL, None),
    ("google_benchmark", "benchmarks/plain/count", "items", 118000, FINAL, None),
]


@pytest.mark.parametrize(("name", "path", "metric", "value", "kind", "step"), VALUES)
def test_values(
    name: str, path: str, metric: str, value: float, kind: Kind, step: int | None
) -> None:
    reading = runs_of(DATA / name)[path].readings[metric]
    assert (reading.value, reading.kind, reading.step) == (value, kind, step)


PARAMS = [
    ("sklearn_search", "runs/records/C=1.0,kernel=linear/fold_2", {"C": 1.0, "kernel": "linear"}),
    ("dvclive", "experiments/fast", {"lr": 0.9, "model.depth": 3, "model.name": "mlp"}),
    (
        "lightning",
        "logs/tiny/version_1",
        {"lr": 0.01, "activation": "torch.nn.modules.activation.ReLU"},
    ),
    (
        "hydra",
        "multirun/2026-01-20/14-03-00/2",
        {"lr": 5, "seed": 1, "model.depth": 3, "tag": "a,b"},
    ),
    ("hydra", "outputs/2026-01-20/14-03-00", {"lr": 0.1, "seed": 1, "model.depth": 2}),
    (
        "pytest_benchmark",
        ".benchmarks/Linux-CPython-3.11-64bit/test_speed.py::test_sum[10]",
        {"n": 10},
    ),
]


@pytest.mark.parametrize(("name", "path", "params"), PARAMS)
def test_params(name: str, path: str, params: dict[str, object]) -> None:
    assert runs_of(DATA / name)[path].params == params


NEVER = [
    ("lightning", {"train_loss_step", "train_loss_epoch", "lr-SGD"}),
    ("hf_trainer", {"eval_runtime", "eval_samples_per_second", "total_flos", "loss", "grad_norm"}),
    ("boosting", {"Passed", "Remaining", "passed_time", "iteration"}),
    ("sklearn_search", {"mean_fit_time", "test_score_std"}),
    ("lm_eval", {"sums_sample_len", "sample_len"}),
    ("sklearn", {"0.precision", "cat.precision", "support"}),
    ("detectron2", {"bbox.AP-panel", "loss_cls", "fast_rcnn.cls_accuracy", "time"}),
    ("mmcv", {"acc", "loss_cls", "loss", "time"}),
    ("mmengine", {"loss", "data_time", "val_time"}),
    ("nnunet_v1", {"mean_total_positives_test", "label_0_dice"}),
    ("nnunet_v2", {"mean_tp", "mean_n_ref"}),
    ("ultralytics", {"lr_pg0", "lr.pg0", "time"}),
    ("yolov5", {"x_lr0", "x.lr0", "lr0"}),
    ("spacy", {"ents_f", "ents_per_type.CITY.f"}),
]


@pytest.mark.parametrize(("name", "names"), NEVER)
def test_noise_is_no_metric(name: str, names: set[str]) -> None:
    for run in runs_of(DATA / name).values():
        assert names.isdisjoint(run.readings)


def test_values_are_the_files_own_for_benchmarks() -> None:
    folder = DATA / "pytest_benchmark" / ".benchmarks" / "Linux-CPython-3.11-64bit"
    newest = json.loads((folder / "0002_next.json").read_text("utf-8"))["benchmarks"]
    runs = runs_of(DATA / "pytest_benchmark", ".benchmarks")
    for one in newest:
        run = next(run for run in runs.values() if run.name == one["name"])
        assert run.readings["mean_seconds"].value == one["stats"]["mean"]
        assert run.readings["ops"].value == one["stats"]["ops"]


def test_repetitions_count_once_in_seconds() -> None:
    file = DATA / "google_benchmark/benchmarks/repeated/bench.json"
    rows = json.loads(file.read_text("utf-8"))["benchmarks"]
    by_name = {row["name"]: row for row in rows}
    runs = runs_of(DATA / "google_benchmark")
    nanoseconds = runs["benchmarks/repeated/sum_range:8"].readings
    assert nanoseconds["real_seconds"].value == by_name["sum_range/8_mean"]["real_time"] * 1e-9
    assert nanoseconds["std_seconds"].value == by_name["sum_range/8_stddev"]["real_time"] * 1e-9
    milliseconds = runs["benchmarks/repeated/count"].readings
    assert milliseconds["cpu_seconds"].value == by_name["count_mean"]["cpu_time"] * 1e-3


def copied(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / name, tmp_path / name))


def test_checkpoint_in_the_middle_is_an_unfinished_run(tmp_path: Path) -> None:
    root = copied("hf_trainer", tmp_path)
    shutil.rmtree(root / "runs/only_checkpoints/checkpoint-6")
    run = runs_of(root)["runs/only_checkpoints"]
    assert run.status is Status.UNFINISHED
    assert run.readings["eval_accuracy"].step == 4


def test_the_final_state_counts_before_its_checkpoints(tmp_path: Path) -> None:
    root = copied("hf_trainer", tmp_path)
    for file in (root / "runs/whole").glob("*_results.json"):
        file.unlink()
    run = runs_of(root)["runs/whole"]
    # After the training the best checkpoint was evaluated: checkpoint-6 has 0.6494607925415039.
    assert run.readings["eval_loss"].value == 0.6724556088447571
    assert run.status is Status.FINISHED


@pytest.mark.parametrize(
    ("name", "files"),
    [
        (
            "hf_trainer",
            {
                "runs/whole/vocab.json": {f"word{index}": index for index in range(30_000)},
                "runs/whole/checkpoint-6/tokenizer.json": {"version": 1.0},
            },
        ),
        (
            "dvclive",
            {
                "experiments/dvc.yaml": {"stages": {"train": {"cmd": "x"}}},
                "experiments/base/dvclive/plots/sklearn/roc.json": [],
            },
        ),
    ],
)
def test_what_tools_write_beside_results(
    name: str, files: dict[str, object], tmp_path: Path
) -> None:
    root = copied(name, tmp_path)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(json.dumps(content), "utf-8")
    assert repr(runs_of(root)) == repr(runs_of(DATA / name))


def test_post_processed_predictions_count(tmp_path: Path) -> None:
    (raw,) = runs_of(DATA / "nnunet_v1").values()
    assert raw.readings["mean_dice"].value == 0.65625  # Raw: 0.625.

    root = copied("nnunet_v1", tmp_path)
    shutil.rmtree(next(root.rglob("validation_raw_postprocessed")))
    (run,) = runs_of(root).values()
    assert run.readings["mean_dice"].value == 0.625
    assert next(iter(run.readings)) == "mean_dice"


def test_folds_are_runs_of_their_own(tmp_path: Path) -> None:
    root = copied("nnunet_v2", tmp_path)
    fold = next(root.rglob("fold_0"))
    shutil.copytree(fold, fold.with_name("fold_1"))
    (fold.parent / "plans.json").write_text('{"median_spacing": 1.0}', "utf-8")
    runs = runs_of(root)
    assert [run.name for run in runs.values()] == [
        "nnUNetTrainer__nnUNetPlans__3d_fullres/fold_0",
        "nnUNetTrainer__nnUNetPlans__3d_fullres/fold_1",
    ]


def test_the_best_model_counts_and_the_last_without_it(tmp_path: Path) -> None:
    root = copied("spacy", tmp_path)
    for folder, score in (("model-best", 0.75), ("model-last", 0.7)):
        file = root / "training/cities" / folder / "meta.json"
        meta = json.loads(file.read_text("utf-8"))
        meta["performance"]["ents_f"] = score
        file.write_text(json.dumps(meta), "utf-8")
    assert runs_of(root)["training/cities"].readings["ents_f1"].value == 0.75
    shutil.rmtree(root / "training/cities/model-best")
    assert runs_of(root)["training/cities"].readings["ents_f1"].value == 0.7


def test_of_two_evaluations_the_later_counts_task_by_task(tmp_path: Path) -> None:
    root = copied("lm_eval", tmp_path)
    first = next(root.rglob("results_*.json"))
    document = json.loads(first.read_text("utf-8"))
    document["date"] += 60
    document["results"] = {"other": {"alias": "other", "acc,none": 0.5}}
    document["groups"] = {}
    (first.parent / "results_2026-01-20T15-00-00.000000.json").write_text(json.dumps(document))
    samples = '{"doc_id": 0, "acc": 1.0}\n{"doc_id": 1, "acc": 0.0}\n'
    (first.parent / "samples_other_2026-01-20T15-00-00.000000.jsonl").write_text(samples)
    (run,) = runs_of(root).values()
    assert run.readings["other_acc"].value == 0.5
    assert run.readings["sums_acc"].value == 0.375
    assert "acc" not in run.readings


def test_a_task_has_its_version_and_the_examples_in_its_prompt(tmp_path: Path) -> None:
    root = copied("lm_eval", tmp_path)
    (file,) = root.rglob("results_*.json")
    document = json.loads(file.read_text("utf-8"))
    document |= {"versions": {"other": 2, "sums": "N/A"}, "n-shot": {"other": 5, "sums": 0}}
    document["results"]["suite|arc|25"] = {"acc": 0.5}
    file.write_text(json.dumps(document), "utf-8")
    (run,) = runs_of(root).values()
    assert run.readings["other_acc"].test == {"version": 2, "num_fewshot": 5}
    assert run.readings["sums_acc"].test == {"num_fewshot": 0}
    assert run.readings["arc_acc"].test == {"num_fewshot": 25}


def test_groups_come_before_their_parts() -> None:
    (run,) = runs_of(DATA / "lm_eval").values()
    names = list(run.readings)
    assert names.index("sums_acc") < names.index("sums_easy_acc")


def test_a_version_without_metrics_is_unfinished(tmp_path: Path) -> None:
    root = copied("lightning", tmp_path)
    (root / "logs/tiny/version_10").mkdir()
    (root / "logs/tiny/version_10/hparams.yaml").write_text("lr: 3.0\n", "utf-8")
    runs = runs_of(root)
    assert list(runs)[-1] == "logs/tiny/version_10"
    assert runs["logs/tiny/version_10"].status is Status.UNFINISHED
    assert "test_acc" not in runs["logs/tiny/version_2"].readings


def test_everything_below_a_hydra_job_is_its_run(tmp_path: Path) -> None:
    root = copied("hydra", tmp_path)
    (root / "outputs/2026-01-20/14-03-00/metrics.json").unlink()
    deep = root / "outputs/2026-01-20/14-03-00/csv/version_0"
    shutil.copytree(DATA / "lightning/logs/tiny/version_0", deep)
    run = runs_of(root)["outputs/2026-01-20/14-03-00"]
    assert {"test_acc", "best_val_loss"} <= run.readings.keys()


def test_two_sessions_in_one_work_folder_are_two_runs(tmp_path: Path) -> None:
    root = copied("mmengine", tmp_path)
    first = next(root.rglob("20260120_140300"))
    shutil.copytree(first, first.with_name("20260121_090000"))
    assert list(runs_of(root)) == [
        "work_dirs/tiny/20260120_140300",
        "work_dirs/tiny/20260121_090000",
    ]


def test_masks_and_boxes_are_told_apart(tmp_path: Path) -> None:
    folder = tmp_path / "runs/segment/train"
    folder.mkdir(parents=True)
    (folder / "results.csv").write_text(
        "epoch,metrics/mAP50-95(B),metrics/mAP50-95(M),val/box_loss\n"
        "1,0.5,0.25,1.0\n2,0.4,0.375,0.9\n3,0.45,0.25,0.8\n",
        "utf-8",
    )
    (run,) = runs_of(tmp_path).values()
    assert run.readings["val_map50_95_box"].value == 0.45
    # The second epoch has the best sum: `best.pt` is of it, for boxes too.
    assert run.readings["best_val_map50_95_box"].value == 0.4
    assert run.readings["best_val_map50_95_mask"].step == 2


def test_all_formats_in_one_repository_do_not_disturb_each_other(tmp_path: Path) -> None:
    for name in FORMATS:
        shutil.copytree(DATA / name, tmp_path / "experiments" / name)
    found = gathered(tmp_path, "experiments")
    assert found.problems == ()
    assert tuple(remark.reason for remark in found.remarks) == REMARKS["keras"]
    names = (name for runs in FORMATS.values() for name in runs.values())
    expected = sorted(STATUSES.get(name, Status.FINISHED) for name in names)
    assert sorted(run.status for run in found.runs) == expected
