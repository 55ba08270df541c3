"""Record small real outputs of libraries as fixtures for the readers; run by hand.

`python tools/record_fixtures/formats.py FORMAT...`, in an environment with the library, writes
`tests/collect/readers/data/FORMAT`. Tests do not run this. Paths, host names and times of the
machine are replaced. VERSIONS has the library versions of the committed files; where a library
could not be run, the fixture's README names the code that its files follow.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "tests/collect/readers/data"
VERSIONS = {
    "boosting": "catboost 1.2.10, lightgbm 4.7.0, xgboost 3.2.0",
    "dvclive": "dvclive 3.49.1",
    "google_benchmark": "google-benchmark 1.9.5",
    "hf_trainer": "transformers 5.23.0, torch 2.15.0",
    "hydra": "hydra-core 1.3.8",
    "inspect_ai": "inspect_ai 0.3.285",
    "keras": "keras 3.15.1 on torch 2.15.0",
    "lightning": "lightning 2.6.6",
    "lm_eval": "lm_eval 0.4.13",
    "mmengine": "mmengine 0.10.7",
    "nnunet_v2": "nnunetv2 2.8.1",
    "pytest_benchmark": "pytest-benchmark 5.3.1",
    "sklearn": "scikit-learn 1.9.1",
    "sklearn_search": "scikit-learn 1.9.1, pandas 3.1.0",
    "spacy": "spacy 3.8.18",
    "ultralytics": "ultralytics 8.4.190",
}
ROOT = "/home/me/project"
_HOST_TEXTS = (
    "node host_name executable pretty_env_info cpu processor git_hash release python_compiler "
    "transformers_version upper_git_hash project"
).split()


@contextmanager
def recording(name: str) -> Iterator[Path]:
    """Give an empty folder to work in; keep it as the fixture `name`, scrubbed."""
    work = Path(tempfile.mkdtemp())
    here = Path.cwd()
    os.chdir(work)
    try:
        yield work
    finally:
        os.chdir(here)
    target = DATA / name
    readme = target / "README.md"
    kept = readme.read_text("utf-8") if readme.is_file() else None
    shutil.rmtree(target, ignore_errors=True)
    for path in sorted(work.rglob("*")):
        if path.is_file() and path.suffix in (".json", ".csv", ".tsv", ".yaml", ".jsonl"):
            to = target / path.relative_to(work)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(_scrubbed(path.read_text("utf-8"), work), "utf-8")
    if kept is not None:
        readme.write_text(kept, "utf-8")
    shutil.rmtree(work)


def _scrubbed(text: str, work: Path) -> str:
    text = text.replace(str(work), ROOT).replace(os.uname().nodename, "host")
    keys = "|".join(_HOST_TEXTS)
    text = re.sub(rf'("(?:{keys})": )"(?:[^"\\]|\\.)*"', r'\1""', text)
    text = re.sub(r'("cpu": )\{[^{}]*\}', r"\1{}", text)
    return re.sub(r'("(?:load_avg|python_build)": ?)\[[^\]]*\]', r"\1[]", text)


def boosting() -> None:
    """Evaluation results of XGBoost and LightGBM as JSON, and CatBoost's own folder."""
    datasets: Any = import_module("sklearn.datasets")
    features, labels = datasets.load_breast_cancer(return_X_y=True)
    train, valid = (features[:400], labels[:400]), (features[400:], labels[400:])
    with recording("boosting") as work:
        for name in ("xgboost", "lightgbm", "catboost"):
            (work / "runs" / name).mkdir(parents=True)
        xgboost: Any = import_module("xgboost")
        model = xgboost.XGBClassifier(
            n_estimators=4, max_depth=2, eval_metric=["logloss", "auc"], random_state=0
        ).fit(*train, eval_set=[train, valid], verbose=False)
        text = json.dumps(model.evals_result())
        (work / "runs/xgboost/evals_result.json").write_text(text, "utf-8")
        lightgbm: Any = import_module("lightgbm")
        model = lightgbm.LGBMClassifier(n_estimators=4, num_leaves=4, random_state=0, verbose=-1)
        model.fit(
            *train, eval_set=[train, valid], eval_names=["training", "valid_1"], eval_metric="auc"
        )
        text = json.dumps(model.evals_result_)
        (work / "runs/lightgbm/evals_result.json").write_text(text, "utf-8")
        catboost: Any = import_module("catboost")
        catboost.CatBoostClassifier(
            iterations=4,
            depth=2,
            custom_metric=["AUC"],
            random_seed=0,
            verbose=False,
            train_dir=str(work / "runs/catboost/catboost_info"),
        ).fit(*train, eval_set=valid)


def dvclive() -> None:
    live_of: Any = import_module("dvclive").Live
    with recording("dvclive") as work:
        for name, rate in (("base", 0.5), ("fast", 0.9)):
            with live_of(
                str(work / "experiments" / name / "dvclive"), save_dvc_exp=False, dvcyaml=None
            ) as live:
                live.log_param("lr", rate)
                live.log_params({"model": {"depth": 3, "name": "mlp"}})
                for step in range(3):
                    live.log_metric("train/loss", rate / (step + 1))
                    live.log_metric("val/acc", [0.5, 0.75, 0.625][step])
                    live.log_metric("aux", float("nan") if step == 2 else 1.0)
                    live.next_step()
                live.summary["best_acc"] = 0.75
                live.log_sklearn_plot("confusion_matrix", [0, 1, 1], [0, 1, 0], name="cm")


def lightning() -> None:
    torch: Any = import_module("torch")
    pl: Any = import_module("lightning.pytorch")
    loggers: Any = import_module("lightning.pytorch.loggers")

    def step(self: Any, batch: Any, _: int, split: str) -> Any:
        loss = self.layer(batch[0]).square().mean()
        self.log(f"{split}_loss", loss, on_step=split == "train", on_epoch=True)
        self.log(f"{split}_acc", 1 / (1 + loss), on_step=False, on_epoch=True)
        return loss

    body = {
        "training_step": lambda self, b, i: step(self, b, i, "train"),
        "validation_step": lambda self, b, i: step(self, b, i, "val"),
        "test_step": lambda self, b, i: step(self, b, i, "test"),
        "configure_optimizers": lambda self: torch.optim.SGD(self.parameters(), lr=self.hparams.lr),
    }

    def init(self: Any, lr: float = 0.1, activation: Any = torch.nn.ReLU) -> None:
        pl.LightningModule.__init__(self)
        self.save_hyperparameters({"lr": lr, "activation": activation})
        self.layer = torch.nn.Linear(4, 1)

    module = type("Module", (pl.LightningModule,), {"__init__": init, **body})
    with recording("lightning") as work:
        torch.manual_seed(0)
        data = torch.utils.data.TensorDataset(torch.randn(32, 4))
        for rate, tests in ((0.1, True), (0.01, True), (0.2, False)):
            loader = torch.utils.data.DataLoader(data, batch_size=8)
            model = module(lr=rate)
            trainer = pl.Trainer(
                max_epochs=3, logger=loggers.CSVLogger(work / "logs", name="tiny"),
                log_every_n_steps=2, enable_progress_bar=False, enable_checkpointing=False,
                callbacks=[pl.callbacks.LearningRateMonitor()],
            )  # fmt: skip
            trainer.fit(model, loader, loader)
            if tests:
                trainer.test(model, loader)


def hf_trainer() -> None:
    torch: Any = import_module("torch")
    hf: Any = import_module("transformers")
    with recording("hf_trainer") as work:
        config = hf.BertConfig(
            vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
            intermediate_size=8, max_position_embeddings=16, num_labels=2,
        )  # fmt: skip
        torch.manual_seed(0)
        data = [
            {"input_ids": torch.randint(0, 20, (8,)), "labels": torch.tensor(index % 2)}
            for index in range(16)
        ]
        for name, save in (("whole", True), ("only_checkpoints", False)):
            args = hf.TrainingArguments(
                str(work / "runs" / name), num_train_epochs=3, eval_strategy="epoch",
                save_strategy="epoch", logging_steps=1, report_to=[], learning_rate=0.05,
                load_best_model_at_end=True, metric_for_best_model="accuracy", seed=1,
                per_device_train_batch_size=8, save_only_model=True, use_cpu=True,
            )  # fmt: skip
            trainer = hf.Trainer(
                hf.BertForSequenceClassification(config), args, train_dataset=data,
                eval_dataset=data[:6],
                compute_metrics=lambda p: {"accuracy": float((p[0].argmax(1) == p[1]).mean())},
            )  # fmt: skip
            result = trainer.train()
            if save:
                trainer.save_metrics("train", result.metrics)
                trainer.save_metrics("eval", trainer.evaluate() | {"eval_samples": 6})
                trainer.save_state()
            for config_file in (work / "runs").rglob("config.json"):
                config_file.unlink()


def inspect_ai() -> None:
    inspect: Any = import_module("inspect_ai")
    dataset: Any = import_module("inspect_ai.dataset")
    models: Any = import_module("inspect_ai.model")
    # The tokenizer would be downloaded.
    counter = type("Encoding", (), {"encode": staticmethod(lambda text, **_: list(text))})()
    tiktoken: Any = import_module("tiktoken")
    tiktoken.get_encoding = lambda _: counter
    questions = {"1+1": "2", "1+2": "3", "2+2": "4", "2+1": "3"}
    task = inspect.Task(
        name="sums",
        dataset=[dataset.Sample(input=asked, target=right) for asked, right in questions.items()],
        scorer=import_module("inspect_ai.scorer").match(),
    )
    with recording("inspect_ai") as work:
        for said in (("2", "3", "5", "5"), ("2", "3", "5", "3")):
            outputs = [models.ModelOutput.from_content("mockllm/model", text) for text in said]
            model = models.get_model("mockllm/model", custom_outputs=iter(outputs), memoize=False)
            inspect.eval(
                task, model=model, log_dir=str(work / "logs"), log_format="json", display="none",
                log_samples=False,
            )  # fmt: skip


def keras() -> None:
    os.environ["KERAS_BACKEND"] = "torch"
    keras_: Any = import_module("keras")
    numpy: Any = import_module("numpy")
    with recording("keras") as work:
        keras_.utils.set_random_seed(0)
        x = numpy.random.rand(32, 4)
        y = (x.sum(1) > 2).astype("float32")
        for name, separator, fits in (("comma", ",", 1), ("semicolon", ";", 1), ("again", ",", 2)):
            (work / "runs" / name).mkdir(parents=True)
            model = keras_.Sequential([keras_.layers.Dense(1, activation="sigmoid")])
            model.compile(keras_.optimizers.SGD(0.5), "binary_crossentropy", metrics=["accuracy"])
            log = work / "runs" / name / "training.csv"
            for _ in range(fits):
                logger = keras_.callbacks.CSVLogger(log, separator=separator, append=fits > 1)
                done = model.fit(
                    x, y, epochs=3, validation_split=0.25, verbose=0, callbacks=[logger]
                )
            if name == "comma":
                other = work / "runs" / "json"
                other.mkdir()
                (other / "history.json").write_text(json.dumps(done.history))


HYDRA_JOB = """
import json, hydra
from pathlib import Path
from hydra.core.hydra_config import HydraConfig

@hydra.main(version_base=None, config_path=None, config_name="config")
def main(cfg):
    if cfg.lr > 1:
        raise ValueError("diverged")
    out = Path(HydraConfig.get().runtime.output_dir)
    (out / "metrics.json").write_text(json.dumps({"test_acc": 0.5 + cfg.lr, "loss": cfg.lr}))

from hydra.core.config_store import ConfigStore
ConfigStore.instance().store("config", {"lr": 0.1, "seed": 1, "model": {"depth": 2}})
main()
"""


def hydra() -> None:
    with recording("hydra") as work:
        (work / "job.py").write_text(HYDRA_JOB)
        run = [sys.executable, "job.py"]
        subprocess.run(run, check=True, cwd=work)
        sweep = ["-m", "lr=0.1,0.2,5", "+tag='a,b'", "model.depth=3"]
        subprocess.run([*run, *sweep], check=False, cwd=work)
        for kind in ("outputs", "multirun"):
            (time,) = (work / kind).glob("*/*")
            renamed = work / kind / "2026-01-20" / "14-03-00"
            was = time.relative_to(work)
            time.rename(work / "time")
            shutil.rmtree(work / kind)
            renamed.parent.mkdir(parents=True)
            (work / "time").rename(renamed)
            for file in renamed.rglob("*.yaml"):
                file.write_text(file.read_text().replace(str(was), str(renamed.relative_to(work))))


def lm_eval() -> None:
    evaluator: Any = import_module("lm_eval")
    tasks: Any = import_module("lm_eval.tasks")
    tracker_of: Any = import_module("lm_eval.loggers").EvaluationTracker
    with recording("lm_eval") as work:
        lines = [{"q": f"{n} + 1 =", "a": [f"{n + 1}", f"{n}"], "gold": 0} for n in range(8)]
        (work / "qa.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
        task = (
            "task: {name}\ndataset_path: json\ndataset_kwargs:\n  data_files:\n    test: "
            f"{work}/qa.jsonl\ntest_split: test\noutput_type: multiple_choice\n"
            'doc_to_text: "{{{{q}}}}"\ndoc_to_choice: "{{{{a}}}}"\ndoc_to_target: gold\n'
            "metric_list:\n  - metric: acc\n    aggregation: mean\n    higher_is_better: true\n"
            "  - metric: acc_norm\n    aggregation: mean\n    higher_is_better: true\n"
        )
        (work / "tasks").mkdir()
        for name in ("sums_easy", "sums_hard", "other"):
            (work / "tasks" / f"{name}.yaml").write_text(task.format(name=name))
        (work / "tasks" / "sums.yaml").write_text(
            "group: sums\ntask:\n  - sums_easy\n  - sums_hard\n"
            "aggregate_metric_list:\n  - metric: acc\n    weight_by_size: true\n"
        )
        manager = tasks.TaskManager(include_path=str(work / "tasks"))
        tracker = tracker_of(output_path=str(work / "results"))
        out = evaluator.simple_evaluate(
            "dummy", model_args="pretrained=someone/tiny-model", tasks=["sums", "other"],
            task_manager=manager, evaluation_tracker=tracker, bootstrap_iters=10,
        )  # fmt: skip
        del out["samples"]
        tracker.save_results_aggregated(out, {})
        for path in work.rglob("results_*.json"):
            path.rename(path.with_name("results_2026-01-20T14-03-00.000000.json"))
        shutil.rmtree(work / "tasks")
        (work / "qa.jsonl").unlink()


def mmengine() -> None:
    torch: Any = import_module("torch")
    runner_of: Any = import_module("mmengine.runner").Runner
    model_of: Any = import_module("mmengine.model").BaseModel
    evaluation: Any = import_module("mmengine.evaluator")

    def forward(self: Any, x: Any, mode: str) -> Any:
        out = self.layer(x)
        return {"loss": out.square().mean()} if mode == "loss" else [{"out": 1}]

    def init(self: Any) -> None:
        model_of.__init__(self)
        self.layer = torch.nn.Linear(4, 1)

    model = type("Model", (model_of,), {"__init__": init, "forward": forward})
    metric = type("Metric", (evaluation.BaseMetric,), {
        "default_prefix": "coco",
        "process": lambda self, *_: self.results.append(1),
        "compute_metrics": lambda _, r: {"bbox_mAP": 0.25 * len(r), "bbox_mAP_50": 0.375},
    })  # fmt: skip
    with recording("mmengine") as work:
        loader = {
            "dataset": [{"x": x} for x in torch.randn(8, 4)], "batch_size": 4,
            "collate_fn": {"type": "default_collate"},
            "sampler": {"type": "DefaultSampler", "shuffle": False},
        }  # fmt: skip
        runner_of(
            model(), str(work / "work_dirs" / "tiny"), train_dataloader=loader,
            val_dataloader=loader, val_evaluator=evaluation.Evaluator(metric()), val_cfg={},
            train_cfg={"by_epoch": True, "max_epochs": 2, "val_interval": 1},
            optim_wrapper={"optimizer": {"type": torch.optim.SGD, "lr": 0.1}},
            default_hooks={"logger": {"type": "LoggerHook", "interval": 1}},
        ).train()  # fmt: skip
        (stamp,) = {path.parent.name for path in work.rglob("vis_data")}
        for path in sorted(work.rglob(f"*{stamp}*"), reverse=True):
            path.rename(path.with_name(path.name.replace(stamp, "20260120_140300")))


def nnunet_v2() -> None:
    numpy: Any = import_module("numpy")
    evaluate: Any = import_module("nnunetv2.evaluation.evaluate_predictions")
    reader: Any = import_module("nnunetv2.imageio.simpleitk_reader_writer").SimpleITKIO()
    sitk: Any = import_module("SimpleITK")
    with recording("nnunet_v2") as work:
        fold = work / "results/Dataset004_Toy/nnUNetTrainer__nnUNetPlans__3d_fullres/fold_0"
        rng = numpy.random.default_rng(0)
        for case in range(2):
            truth = rng.integers(0, 3, (4, 6, 6)).astype("uint8")
            noisy = numpy.where(rng.random(truth.shape) < 0.2, 0, truth).astype("uint8")
            for folder, image in ((work / "labelsTr", truth), (fold / "validation", noisy)):
                folder.mkdir(parents=True, exist_ok=True)
                sitk.WriteImage(sitk.GetImageFromArray(image), str(folder / f"c_{case}.nii.gz"))
        evaluate.compute_metrics_on_folder(
            str(work / "labelsTr"), str(fold / "validation"),
            str(fold / "validation" / "summary.json"), reader, ".nii.gz", [1, 2], num_processes=1,
        )  # fmt: skip


PYTEST_JOB = """
import time, pytest
@pytest.mark.parametrize("n", [10, 1000])
def test_sum(benchmark, n):
    benchmark(sum, range(n))
def test_sort(benchmark):
    benchmark.extra_info["rows"] = 100
    benchmark(sorted, list(range(100)))
"""


def pytest_benchmark() -> None:
    with recording("pytest_benchmark") as work:
        (work / "test_speed.py").write_text(PYTEST_JOB)
        for name in ("base", "next"):
            options = [f"--benchmark-save={name}", "--benchmark-max-time=0.01"]
            subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
                check=True, cwd=work,
            )  # fmt: skip


GOOGLE_JOB = """
import google_benchmark as benchmark
@benchmark.register
@benchmark.option.range(8, 64)
def sum_range(state):
    while state:
        sum(range(state.range(0)))
@benchmark.register
@benchmark.option.unit(benchmark.kMillisecond)
def count(state):
    n = 0
    while state:
        sum(range(1000))
        n += 1000
    state.counters["items"] = n
@benchmark.register
def broken(state):
    state.skip_with_error("no such device")
    while state:
        pass
benchmark.main()
"""


def google_benchmark() -> None:
    with recording("google_benchmark") as work:
        (work / "job.py").write_text(GOOGLE_JOB)
        for name, extra in (("plain", []), ("repeated", ["--benchmark_repetitions=3"])):
            (work / "benchmarks" / name).mkdir(parents=True)
            subprocess.run(
                [sys.executable, "job.py", "--benchmark_min_time=0.001s",
                 f"--benchmark_out={work}/benchmarks/{name}/bench.json", *extra],
                check=True, cwd=work,
            )  # fmt: skip


def sklearn() -> None:
    report: Any = import_module("sklearn.metrics").classification_report
    pandas: Any = import_module("pandas")
    truth, predicted = [0, 0, 1, 1, 2, 2, 2, 1], [0, 1, 1, 1, 2, 2, 0, 1]
    with recording("sklearn") as work:
        for name, labels in (("digits", None), ("named", ["cat", "dog", "other model"])):
            (work / "runs" / name).mkdir(parents=True)
            found = report(truth, predicted, target_names=labels, output_dict=True)
            (work / "runs" / name / "test_report.json").write_text(json.dumps(found, indent=2))
        (work / "runs" / "table").mkdir()
        pandas.DataFrame(found).transpose().to_csv(work / "runs/table/classification_report.csv")
        (work / "runs" / "wide").mkdir()
        pandas.DataFrame(found).to_csv(work / "runs/wide/classification_report.csv")


def sklearn_search() -> None:
    search: Any = import_module("sklearn.model_selection").GridSearchCV
    estimator: Any = import_module("sklearn.svm").SVC()
    pandas: Any = import_module("pandas")
    data = import_module("sklearn.datasets").load_iris(return_X_y=True)
    with recording("sklearn_search") as work:
        found = search(estimator, {"C": [0.1, 1.0], "kernel": ["rbf", "linear"]}, cv=3).fit(*data)
        frame = pandas.DataFrame(found.cv_results_)
        times = [name for name in frame if name.endswith("_time")]
        frame[times] = 0.5
        for name in ("csv", "columns", "records"):
            (work / "runs" / name).mkdir(parents=True)
        frame.to_csv(work / "runs/csv/cv_results.csv", index=False)
        frame.to_json(work / "runs/columns/cv_results.json")
        frame.to_json(work / "runs/records/cv_results.json", orient="records")


def spacy() -> None:
    spacy_: Any = import_module("spacy")
    tokens: Any = import_module("spacy.tokens")
    init: Any = import_module("spacy.cli.init_config").init_config
    train: Any = import_module("spacy.cli.train").train
    with recording("spacy") as work:
        nlp = spacy_.blank("en")
        docs = tokens.DocBin()
        for city in ("Paris", "Rome", "Oslo", "Bern"):
            doc = nlp(f"We live in {city} now .")
            doc.ents = [tokens.Span(doc, 3, 4, label="CITY")]
            docs.add(doc)
        docs.to_disk(work / "d.spacy")
        init(lang="en", pipeline=["ner"]).to_disk(work / "config.cfg")
        over = {"paths.train": str(work / "d.spacy"), "paths.dev": str(work / "d.spacy"),
                "training.max_steps": 8, "training.eval_frequency": 2}  # fmt: skip
        train(work / "config.cfg", work / "training" / "cities", overrides=over)
        for path in work.rglob("*.json"):
            if path.name != "meta.json":
                path.unlink()


def ultralytics() -> None:
    yolo: Any = import_module("ultralytics").YOLO
    image: Any = import_module("PIL.Image")
    numpy: Any = import_module("numpy")
    with recording("ultralytics") as work:
        rng = numpy.random.default_rng(0)
        (work / "data/images").mkdir(parents=True)
        (work / "data/labels").mkdir()
        for index in range(4):
            pixels = rng.integers(0, 255, (32, 32, 3)).astype("uint8")
            image.fromarray(pixels).save(work / f"data/images/{index}.png")
            (work / f"data/labels/{index}.txt").write_text("0 0.5 0.5 0.6 0.6\n")
        (work / "data.yaml").write_text(
            f"path: {work}/data\ntrain: images\nval: images\nnames:\n  0: thing\n"
        )
        yolo("yolov8n.yaml").train(
            data=str(work / "data.yaml"), epochs=3, imgsz=32, batch=2, workers=0, plots=False,
            project=str(work / "runs/detect"), name="train", device="cpu", warmup_epochs=0,
        )  # fmt: skip
        (work / "data.yaml").unlink()
        shutil.rmtree(work / "dvclive", ignore_errors=True)
        (work / "dvc.yaml").unlink(missing_ok=True)


FORMATS: dict[str, Callable[[], None]] = {
    function.__name__: function
    for function in (
        boosting, dvclive, google_benchmark, hf_trainer, hydra, inspect_ai, keras, lightning,
        lm_eval, mmengine, nnunet_v2, pytest_benchmark, sklearn, sklearn_search, spacy, ultralytics,
    )
}  # fmt: skip

if __name__ == "__main__":
    for wanted in sys.argv[1:] or FORMATS:
        FORMATS[wanted]()
