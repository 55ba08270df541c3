"""The page of each tool's own layout, by `init` and `refresh` without configuration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from git import Repo

from tests.collect.readers.recorded import DATA, put
from tests.conftest import run_cli

PAGES = {
    "dvclive": {"experiments": "lr | Val Accuracy | Aux | Train Loss | Best Accuracy"},
    "mlflow_files": {
        "digits": "Test Accuracy | Test F1 | Bad | Val Loss | Best Val Loss | Worse | Train Loss"
    },
    "mlflow_sqlite": {
        "digits": "Test Accuracy | Test F1 | Bad | Val Loss | Best Val Loss | Worse | Train Loss"
    },
    "optuna": {"both": "x | Loss | Accuracy", "hpo": "x | layers | Test Accuracy | Value"},
    "hydra": {"outputs": "Test Accuracy | Loss", "multirun": "lr | Test Accuracy | Loss"},
    "lightning": {
        "tiny": "lr | Test Accuracy | Test Loss | Best Val Accuracy | Best Val Loss | Epochs"
    },
    "hf_trainer": {"runs": "Eval Accuracy | Eval Loss | Train Loss | Epochs"},
    "keras": {
        "runs": "Val Accuracy | Best Val Accuracy | Val Loss | Best Val Loss | Train Accuracy "
        "| Train Loss | Epochs"
    },
    "boosting": {
        "runs": "Val AUC | Valid 1 AUC | Best Valid 1 AUC | Validation 0 AUC | Validation 1 AUC"
    },
    "inspect_ai": {"logs": "Sums Accuracy"},
    "sklearn_search": dict.fromkeys(("columns", "csv", "records"), "C | kernel | Test Score"),
    "trackio": {"digits": "lr | Val Accuracy | Aux Val Loss | Epochs"},
    "sacred": {"sacred": "Test F1 | Result | Best Val Loss"},
    "lm_eval_old": {
        "zero-shot": "Arc Easy Accuracy | Arc Easy Accuracy Norm | Lambada Openai PPL "
        "| Lambada Openai Accuracy"
    },
    "yolov5": {
        "train": "Val mAP50-95 | Best Val mAP50-95 | Val mAP50 | Val Precision | Val Recall "
        "| Epochs"
    },
    "nnunet_v2": {
        "Dataset004_Toy": "Mean Dice | Label 1 Dice | Label 2 Dice | Mean IoU | Label 1 IoU "
        "| Label 2 IoU"
    },
    "pytest_benchmark": {
        "Linux-CPython-3.11-64bit": "n | Mean Seconds | Median Seconds | Min Seconds "
        "| Max Seconds | Ops"
    },
    "google_benchmark": {
        "plain": "Real Seconds | CPU Seconds",
        "repeated": "Real Seconds | CPU Seconds",
    },
    "mmengine": {"work_dirs": "Val Bbox mAP | Val Bbox mAP 50 | Train Loss | Epochs"},
    "detectron2": {
        "output": "Bbox AP | Best Bbox AP | Bbox AP50 | Bbox AP75 | Bbox AP Large "
        "| Bbox AP Medium | Bbox AP Small"
    },
    "spacy": {
        "training": "Ents F1 | Ents Precision | Ents Recall | Train Tok2vec Loss | Train Ner Loss"
    },
    "sklearn": {
        "runs": "Test Accuracy | Test Macro F1 | Test Weighted F1 | Test Macro Precision "
        "| Test Weighted Precision | Test Macro Recall | Test Weighted Recall | Accuracy"
    },
    "wandb_online": {
        "wandb": "Test Accuracy | Best Val Loss | Val Loss | Bad | Nested F1 | Train Loss"
    },
}


def page(folder: Path) -> str:
    """Run `init` and `refresh` as a user would in a new clone, and return the page."""
    done = run_cli(["init", "--no-hook"], folder)
    assert done.code in (0, 4), done.err
    run_cli(["refresh"], folder)
    text = (folder / "RESULTS.md").read_text("utf-8")
    run_cli(["refresh"], folder)
    assert (folder / "RESULTS.md").read_text("utf-8") == text
    return text


def tables(text: str) -> dict[str, str]:
    """Return the columns of each section, without the first, by its heading."""
    found = re.findall(r"^## (.+)\n(?:(?!## ).*\n)*?\| Run \| (.+) \|$", text, re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("fixture", PAGES)
def test_the_page_of_one_tool(fixture: str, tmp_path: Path) -> None:
    put(fixture, tmp_path)
    Repo.init(tmp_path)
    assert tables(page(tmp_path)) == PAGES[fixture]


def test_all_tools_in_one_repository(tmp_path: Path) -> None:
    for fixture in sorted(one.name for one in DATA.iterdir()):
        put(fixture, tmp_path)
    Repo.init(tmp_path)
    text = page(tmp_path)
    blocks = re.findall(r"results-bot:begin (\S+) -->", text)
    assert [block for block in blocks if block != "takeaways"] == [
        "experiments", "runs", "runs/columns", "runs/csv", "runs/records", "results", "outputs",
        "output", "multirun", "mlruns/1", "mlruns/843426356574183047", "logs", "logs/tiny", "wandb",
        "sacred", "work_dirs", "benchmarks/Linux-CPython-3.11-64bit", "optuna.db/both",
        "optuna.db/hpo",
    ]  # fmt: skip
    assert "`broken` (failed)" in text
    assert "deleted" not in text
    assert "`trial_1` (pruned), `trial_2` (failed), `trial_3` (failed)" in text


def test_nothing_of_the_recording_machine_is_kept() -> None:
    for file in DATA.rglob("*"):
        if file.is_file() and file.suffix != ".gz":
            data = file.read_bytes()
            assert b"/tmp/" not in data, file
            assert b"/root/" not in data, file


@pytest.mark.parametrize(
    "store", [".aim/VERSION", "swanlog/run-20260120_140300-abc/backup.swanlab"]
)
def test_a_store_alone_is_named_with_the_way_to_export(store: str, tmp_path: Path) -> None:
    (tmp_path / store).parent.mkdir(parents=True)
    (tmp_path / store).write_text("3")
    done = run_cli(["init", "--no-hook"], tmp_path)
    assert done.code == 2
    assert re.search(rf"(?s)no runs.*{re.escape(store)}: .*export it: ", done.err)


def test_what_lies_at_the_top_is_the_projects_own(tmp_path: Path) -> None:
    put("optuna", tmp_path)
    (tmp_path / "package.json").write_text('{"accuracy": 0.5, // no JSON\n}')
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "metrics.json").write_text('{"accuracy": 0.5}')
    assert set(tables(page(tmp_path))) == {"both", "hpo"}


def test_files_that_a_pattern_names_are_runs(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / "eval" / folder).mkdir(parents=True)
        (tmp_path / "eval" / folder / "metrics.json").write_text('{"accuracy": 0.5}')
    (tmp_path / "results-bot.toml").write_text(
        '[[sections]]\nid = "all"\nruns = ["eval/*/metrics.json"]\n'
    )
    run_cli(["refresh"], tmp_path)
    text = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert "| a/metrics | 50.00% |\n| b/metrics | 50.00% |\n" in text
