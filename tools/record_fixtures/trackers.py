"""Record small runs of experiment trackers as fixtures for the readers; run by hand.

`python tools/record_fixtures/trackers.py FORMAT...`, in an environment with the library, writes
`tests/collect/readers/data/FORMAT`. Tests do not run this. Paths, host and user names of the
machine are replaced. VERSIONS has the library versions of the committed files.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "tests/collect/readers/data"
VERSIONS = {
    "aim": "aim 3.29.1",
    "mlflow_files": "mlflow 3.17.2",
    "mlflow_sqlite": "mlflow 3.17.2",
    "optuna": "optuna 5.0.0",
    "sacred": "sacred 0.8.7",
    "tensorboard": "tensorboardX 2.6.5, tensorboard 2.21.0",
    "trackio": "trackio 0.43.0",
    "wandb_offline": "wandb 0.31.0",
    "wandb_online": "wandb 0.31.0, against a server of a few lines on this machine",
}
ROOT = "/home/me/project"
VAL_LOSS = (0.5, 0.3, 0.4)


@contextmanager
def recording(name: str) -> Iterator[Path]:
    """Give an empty folder to work in; its content becomes the fixture `name`."""
    work = Path(tempfile.mkdtemp())
    here = Path.cwd()
    os.chdir(work)
    try:
        yield work
    finally:
        os.chdir(here)
    target = DATA / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(work, target, symlinks=True)


def mlflow_files() -> None:
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    with recording("mlflow_files") as work:
        _mlflow(f"file://{work}/mlruns")
        for file in work.rglob("meta.yaml"):
            file.write_text(_scrubbed(file.read_text("utf-8"), work), "utf-8")
        for file in work.rglob("tags/mlflow.user"):
            file.write_text("me", "utf-8")
        for file in work.rglob("tags/mlflow.source.name"):
            file.write_text("train.py", "utf-8")


def mlflow_sqlite() -> None:
    with recording("mlflow_sqlite") as work:
        _mlflow(f"sqlite:///{work}/mlflow.db")
        shutil.rmtree(work / "mlruns")
        with closing(sqlite3.connect(work / "mlflow.db", isolation_level=None)) as database:
            for table, column in (
                ("runs", "artifact_uri"),
                ("experiments", "artifact_location"),
                ("logged_models", "artifact_location"),
            ):
                database.execute(
                    f"UPDATE {table} SET {column} = replace({column}, ?, ?)",  # noqa: S608
                    (str(work), ROOT),
                )
            database.execute("UPDATE runs SET user_id = 'me', source_name = 'train.py'")
            for table in ("tags", "logged_model_tags"):
                key = "key" if table == "tags" else "tag_key"
                value = "value" if table == "tags" else "tag_value"
                database.execute(
                    f"UPDATE {table} SET {value} = 'me' WHERE {key} = 'mlflow.user'"  # noqa: S608
                )
                database.execute(
                    f"UPDATE {table} SET {value} = 'train.py' "  # noqa: S608
                    f"WHERE {key} = 'mlflow.source.name'"
                )
            database.execute("VACUUM")
        _pack(work / "mlflow.db")


def _mlflow(uri: str) -> None:
    mlflow = import_module("mlflow")
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("digits")
    with mlflow.start_run(run_name="adam"):
        mlflow.log_params({"lr": 0.1, "model": "cnn", "note": ""})
        for step, loss in enumerate(VAL_LOSS):
            mlflow.log_metric("val/loss", loss, step=step)
            mlflow.log_metric("train loss", 1 / (step + 1), step=step)
        mlflow.log_metric("test_accuracy", 0.91)
        mlflow.log_metric("bad", float("nan"))
        mlflow.log_metric("worse", float("inf"))
        mlflow.log_dict({"test_accuracy": 0.91, "only_here": 1.5}, "eval/metrics.json")
        mlflow.log_text("sample,prediction,target\n1,a,a\n2,a,b\n", "test_predictions.csv")
        model = mlflow.initialize_logged_model("classifier")
        mlflow.log_metric("test_f1", 0.88, model_id=model.model_id)
        with mlflow.start_run(run_name="child", nested=True):
            mlflow.log_metric("test_accuracy", 0.5)
    with suppress(RuntimeError), mlflow.start_run(run_name="broken"):
        mlflow.log_metric("test_accuracy", 0.1)
        raise RuntimeError
    with mlflow.start_run(run_name="gone") as run:
        mlflow.log_metric("test_accuracy", 0.99)
    mlflow.delete_run(run.info.run_id)


def optuna() -> None:
    optuna = import_module("optuna")
    with recording("optuna") as work:
        storage = f"sqlite:///{work}/optuna.db"
        sampler = optuna.samplers.RandomSampler(seed=1)
        study = optuna.create_study(
            study_name="hpo", storage=storage, direction="minimize", sampler=sampler
        )
        study.optimize(_objective(optuna), n_trials=5, catch=(ValueError,))
        study.enqueue_trial({"x": 0.2})
        both = optuna.create_study(
            study_name="both",
            storage=storage,
            directions=["minimize", "maximize"],
            sampler=optuna.samplers.RandomSampler(seed=1),
        )
        both.set_metric_names(["loss", "accuracy"])
        both.optimize(lambda trial: (trial.suggest_float("x", 0, 1), 0.5), n_trials=2)
        study.trials_dataframe().to_csv("trials.csv")
        study.trials_dataframe(multi_index=True).to_csv("multi_index.csv")
        both.trials_dataframe().to_csv("both.csv", index=False)
        _pack(work / "optuna.db")


def _objective(optuna: Any) -> Callable[[Any], float]:
    def objective(trial: Any) -> float:
        x: float = trial.suggest_float("x", 0, 1)
        trial.suggest_categorical("optimizer", ["adam", "sgd"])
        trial.suggest_int("layers", 1, 4)
        trial.set_user_attr("test_accuracy", 1 - x)
        trial.set_user_attr("note", "first")
        for step in range(3):
            trial.report(x + 1 / (step + 1), step)
        if trial.number == 1:
            raise optuna.TrialPruned
        if trial.number == 2:
            return float("nan")
        if trial.number == 3:
            raise ValueError
        if trial.number == 4:
            return float("inf")
        return x

    return objective


def sacred() -> None:
    module, observers = import_module("sacred"), import_module("sacred.observers")
    numpy = import_module("numpy")
    with recording("sacred") as work:
        experiment = module.Experiment("digits", save_git_info=False)
        experiment.observers.append(observers.FileStorageObserver("sacred"))
        experiment.add_config(lr=0.1, layers=(3, 4), fail=False)

        def main(_run: Any, fail: bool) -> Any:
            for step, loss in enumerate(VAL_LOSS):
                _run.log_scalar("val/loss", loss, step)
            _run.log_scalar("bad", float("nan"))
            _run.info["test_f1"] = numpy.float64(0.7)
            if fail:
                raise RuntimeError
            return numpy.float32(0.91)

        experiment.main(main)
        experiment.run()
        with suppress(RuntimeError):
            experiment.run(config_updates={"fail": True})
        shutil.rmtree(work / "sacred/_sources")
        for file in work.rglob("run.json"):
            said = json.loads(file.read_text("utf-8"))
            said["host"] = {"ENV": {}, "cpu": "CPU", "hostname": "host", "os": ["Linux", "Linux"]}
            said["experiment"] |= {"base_dir": ROOT, "mainfile": "train.py", "sources": []}
            said["fail_trace"] = ["RuntimeError\n"] if said["status"] == "FAILED" else None
            file.write_text(json.dumps(said, indent=2), "utf-8")


def tensorboard() -> None:
    tensorboardx = import_module("tensorboardX")
    with recording("tensorboard") as work:
        with tensorboardx.SummaryWriter("runs/simple") as writer:
            for step, loss in enumerate(VAL_LOSS):
                writer.add_scalar("Loss/val", loss, step)
                writer.add_scalar("Accuracy/test", 0.92962963 - step / 100, step)
            writer.add_scalar("bad", float("nan"), 3)
            writer.add_histogram("weights", import_module("numpy").arange(4), 0)
            writer.add_text("note", "first", 0)
            writer.add_scalars("both", {"train": 0.2, "b": 0.4}, 0)
            writer.add_hparams({"lr": 0.1, "model": "cnn", "wide": True}, {"hparam/f1": 0.75})
        _tensors("runs/keras/train", "epoch_loss", (1.0, 0.6, 0.35))
        _tensors("runs/keras/validation", "epoch_loss", VAL_LOSS)
        _tensors("runs/resumed", "val_loss", (0.5, 0.2))
        _tensors("runs/resumed", "val_loss", (0.4, 0.3), first=1)
        for folder in work.rglob("*"):
            files = sorted(f for f in folder.glob("*tfevents*") if folder.is_dir())
            for index, file in enumerate(files):
                file.rename(folder / f"events.out.tfevents.{1700000000 + index}.host.1.{index}")
        for folder in sorted((work / "runs/simple").glob("1*.*")):
            folder.rename(folder.with_name("1700000000.5"))


def _tensors(folder: str, tag: str, values: tuple[float, ...], first: int = 0) -> None:
    """Write what TensorFlow 2 writes, by TensorBoard's own writer, which needs no TensorFlow."""
    event_pb2 = import_module("tensorboard.compat.proto.event_pb2")
    scalar_pb = import_module("tensorboard.plugins.scalar.summary_v2").scalar_pb
    module = import_module("tensorboard.summary.writer.event_file_writer")
    writer = module.EventFileWriter(folder, filename_suffix=f".{first}")
    for step, value in enumerate(values, first):
        event = event_pb2.Event(wall_time=step, step=step, summary=scalar_pb(tag, value))
        writer.add_event(event)
    writer.close()


def wandb_offline() -> None:
    os.environ["WANDB_MODE"] = "offline"
    with recording("wandb_offline") as work:
        _wandb("calm-river-1")
        _wandb("crashed", exit_code=1)
        _only(work, {".wandb"})


def wandb_online() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["WANDB_MODE"] = "online"
    os.environ["WANDB_BASE_URL"] = f"http://127.0.0.1:{server.server_port}"
    os.environ["WANDB_API_KEY"] = "0" * 40
    with recording("wandb_online") as work:
        _wandb("calm-river-2")
        _only(work, {".wandb", ".json", ".yaml"})
    server.shutdown()


def _wandb(name: str, exit_code: int = 0) -> None:
    wandb = import_module("wandb")
    settings = wandb.Settings(
        console="off", host="host", username="me", program="train.py", save_code=False,
        disable_code=True, disable_git=True, x_disable_stats=True, x_disable_meta=True,
        x_disable_machine_info=True,
    )  # fmt: skip
    config = {"lr": 0.1, "model": {"depth": 3}, "layers": [3, 4]}
    run = wandb.init(project="digits", name=name, config=config, settings=settings)
    run.define_metric("val/loss", summary="min")
    for step, loss in enumerate(VAL_LOSS):
        run.log({"train/loss": 1 / (step + 1), "val/loss": loss, "nested": {"f1": 0.5 + step / 10}})
    run.log({"histogram": wandb.Histogram([1, 2, 3], num_bins=4), "bad": float("nan")})
    run.summary["test_accuracy"] = 0.913
    run.finish(exit_code=exit_code)


class Server(BaseHTTPRequestHandler):
    """As much of W&B's server as an online run asks for."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if "graphql" not in self.path:
            self._answer({"exitcode": None, "limits": {}})
            return
        asked = json.loads(body)
        name = (asked.get("variables") or {}).get("name")
        project = {"id": "p", "name": "digits", "entity": {"id": "e", "name": "team"}}
        bucket = {"id": "b", "name": name, "displayName": name, "config": "{}", "project": project}
        viewer = {"id": "v", "entity": "team", "username": "me", "teams": {"edges": []}}
        data = {
            "upsertBucket": {"bucket": bucket | {"historyLineCount": 0}, "inserted": True},
            "viewer": viewer | {"flags": "{}"},
            "serverInfo": {"features": []},
            "createRunFiles": {"runID": "b", "uploadHeaders": [], "files": []},
        }
        self._answer({"data": data})

    def do_GET(self) -> None:
        self._answer({})

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self._answer({})

    def log_message(self, *_: object) -> None:
        return

    def _answer(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def aim() -> None:
    module = import_module("aim")
    with recording("aim") as work:
        module.Repo.from_path(".", init=True)
        for entry in (work / ".aim").iterdir():
            if entry.name not in ("VERSION", "run_metadata.sqlite"):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        _pack(work / ".aim/run_metadata.sqlite")


def trackio() -> None:
    with recording("trackio") as work:
        os.environ["TRACKIO_DIR"] = str(work / "trackio")
        module = import_module("trackio")
        for name, rate in (("base", 0.25), ("fast", 0.5)):
            module.init(project="digits", name=name, config={"lr": rate}, embed=False)
            for epoch in range(3):
                value = float("nan") if epoch == 1 else VAL_LOSS[epoch]
                module.log({"epoch": epoch, "val_acc": epoch * rate, "aux/val_loss": value})
            module.finish()
        _only(work, {".db"})
        _pack(work / "trackio/digits.db")


def _pack(database: Path) -> None:
    """Keep a database compressed: most of it is empty pages."""
    packed = gzip.compress(database.read_bytes(), 9, mtime=0)
    database.with_name(f"{database.name}.gz").write_bytes(packed)
    database.unlink()


def _scrubbed(text: str, work: Path) -> str:
    text = text.replace(str(work), ROOT)
    return re.sub(r"(?m)^user_id: .*$", "user_id: me", text)


def _only(work: Path, suffixes: set[str]) -> None:
    for file in work.rglob("*"):
        if file.is_symlink() or (file.is_file() and file.suffix not in suffixes):
            file.unlink()
    for folder in sorted(work.rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        if wanted not in VERSIONS:
            sys.exit(f"{wanted}: not one of {', '.join(VERSIONS)}")
        globals()[wanted]()
