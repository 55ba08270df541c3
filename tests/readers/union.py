"""One repository that uses every tool at once: the recorded runs, each copied several times."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.readers.recorded import DATA, put

MOVED = {
    "hf_trainer": ("runs", "experiments/hf_trainer"),
    "keras": ("runs", "experiments/keras"),
    "sklearn": ("runs", "experiments/sklearn"),
    "tensorboard": ("runs", "experiments/tensorboard"),
    "dvclive": ("experiments", "experiments/dvclive"),
    "lm_eval": ("results", "results/lm_eval"),
    "lm_eval_old": ("evals", "results/lm_eval_old"),
    "nnunet_v2": ("results", "nnUNet_results"),
    "google_benchmark": ("benchmarks", "results/google_benchmark"),
    "mmengine": ("work_dirs", "work_dirs/mmengine"),
    "mmcv": ("work_dirs", "work_dirs/mmcv"),
    "spacy": ("training", "outputs/spacy"),
    "ultralytics": ("runs/detect", "runs/detect"),
    "yolov5": ("runs/train", "runs/train"),
}
"""Where a fixture's folder goes; all that is not here lies where its tool puts it."""
LEFT = ("aim", "mlflow_sqlite", "nnunet_v1")
"""No numbers, the same runs in another store, and another version of the same."""
COPIED = (
    "experiments/*/*", "logs/tiny/version_*", "multirun/*/*/[0-9]", "mlruns/84*/[0-9a-f]*",
    "sacred/[0-9]", "output/*", "work_dirs/*/*", "outputs/spacy/*", "runs/*/*",
    "nnUNet_results/*/*/fold_0", "results/lm_eval/*",
)  # fmt: skip
"""Folders of runs, of which copies are runs as well."""


def build(folder: Path, copies: int) -> Path:
    """Write the repository; each run of `COPIED` is there once and `copies` times more."""
    folder.mkdir(parents=True, exist_ok=True)
    for fixture in sorted(one.name for one in DATA.iterdir() if one.name not in LEFT):
        if fixture not in MOVED:
            put(fixture, folder)
            continue
        source, target = MOVED[fixture]
        whole = put(fixture, folder / ".unpacked")
        shutil.move(whole / source, folder / target)
        shutil.rmtree(whole)
    (folder / "README.md").unlink(missing_ok=True)
    runs = [run for pattern in COPIED for run in sorted(folder.glob(pattern)) if run.is_dir()]
    for run in runs:
        for copy in _targets(run, copies):
            shutil.copytree(run, copy, symlinks=True)
            _renamed(run, copy)
    return folder


def _targets(run: Path, copies: int) -> Iterator[Path]:
    """Yield the folders of the copies, numbered where the tool numbers its runs."""
    stem = run.name.rstrip("0123456789")
    number = run.name[len(stem) :]
    counts = number and stem in ("", "version_", "fold_")
    for copy in range(1, copies + 1):
        name = f"{stem}{int(number) + 10 * copy}" if counts else f"{run.name}-{copy:02}"
        yield run.with_name(f"{run.name[:-2]}{copy:02}" if len(run.name) == 32 else name)


def _renamed(run: Path, target: Path) -> None:
    """Give a copy of an MLflow run an id and a name of its own."""
    meta = target / "meta.yaml"
    if meta.is_file():
        text = meta.read_text("utf-8").replace(run.name, target.name)
        (name,) = (line for line in text.splitlines() if line.startswith("run_name: "))
        meta.write_text(text.replace(name, f"{name}-{target.name[-2:]}"), "utf-8")
        (target / "tags/mlflow.runName").unlink(missing_ok=True)
