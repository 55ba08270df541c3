"""`export` and `results_bot.load`: the same tables for papers, programs and notebooks."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
import results_bot

from tests.conftest import ROOT, run_cli

CSV = """\
section,run,test_accuracy,test_accuracy_std,n
nightly,vit,0.92,0.01,3
nightly,mlp,0.88,0.02,3
"""
WHOLE = """\
section,run,layers,acc,num_errors,num_params
one,b,4,1.0,1.0,
one,a,3,0.5,1e+300,12000
two,c,,0.25,,
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for model, mean, step in (("vit", 0.92, 0.01), ("mlp", 0.88, 0.02)):
        for seed in (-1, 0, 1):
            run = folder / f"nightly/{model}_seed{seed + 2}"
            run.mkdir(parents=True)
            metrics = {"test_accuracy": round(mean + seed * step, 4)}
            (run / "metrics.json").write_text(json.dumps(metrics), "utf-8")
            settings = {"model": model, "seed": seed}
            (run / "config.json").write_text(json.dumps(settings), "utf-8")
    text = '[[sections]]\nid = "nightly"\nruns = ["nightly/*"]\nparameters = false\n'
    text += '[metrics.test_accuracy]\nformat = ".1%"\n'
    (folder / "results-bot.toml").write_text(text, "utf-8")
    return folder


def test_csv_has_full_precision_and_the_spread_of_seeds(project: Path) -> None:
    made = pd.read_csv(StringIO(run_cli(["export", "--format", "csv"], project).out))
    pd.testing.assert_frame_equal(made, pd.read_csv(StringIO(CSV)))


def test_whole_numbers_stay_whole_beside_missing_ones(tmp_path: Path) -> None:
    """Also where only one section has the column, and beside a count that is no sound number."""
    runs = {
        "one/a": ({"acc": 0.5, "num_params": 12000, "num_errors": 1e300}, {"layers": 3}),
        "one/b": ({"acc": 1.0, "num_errors": 1}, {"layers": 4}),
        "two/c": ({"acc": 0.25}, {}),
    }
    keys = '"num_errors", "num_params"'
    text = '[metrics.num_errors]\nformat = "d"\n[metrics.num_params]\nformat = "d"\n'
    for name in ("one", "two"):
        text += f'[[sections]]\nid = "{name}"\nruns = ["{name}/*"]\ncolumns = ["acc", {keys}]\n'
        text += 'parameters = ["layers"]\n'
    (tmp_path / "results-bot.toml").write_text(text)
    for run, (metrics, settings) in runs.items():
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "metrics.json").write_text(json.dumps(metrics))
        (tmp_path / run / "config.json").write_text(json.dumps(settings))
    done = run_cli(["export", "--format", "csv"], tmp_path)
    assert (done.code, done.out, done.err) == (0, WHOLE, "")


@pytest.mark.parametrize("wanted", [[], ["runs"]])
def test_without_finished_runs_the_export_is_empty(tmp_path: Path, wanted: list[str]) -> None:
    (tmp_path / "runs/x").mkdir(parents=True)
    (tmp_path / "runs/x/metrics.json").write_text('{"acc": 0.9')
    for form, text in (("csv", "section,run\n"), ("json", "[\n\n]\n"), ("latex", "")):
        done = run_cli(["export", "--format", form, *wanted], tmp_path)
        assert (done.code, done.out) == (0, text)
        assert done.line == "warning: no run has final metrics; the export is empty"
    out = ["--out", "all.parquet"]
    assert run_cli(["export", "--format", "parquet", *out, *wanted], tmp_path).code == 0
    assert pd.read_parquet(tmp_path / "all.parquet").columns.tolist() == ["section", "run"]
    assert results_bot.load(tmp_path) == {}


def test_latex_as_the_documentation_shows_it(project: Path) -> None:
    guide = (ROOT / "docs/how-to.md").read_text("utf-8")
    shown = guide.partition("```latex\n")[2].partition("```")[0]
    arguments = ["export", "--format", "latex", "nightly", "--out", "nightly.tex"]
    assert run_cli(arguments, project).out == "nightly.tex written.\n"
    made = (project / "nightly.tex").read_text("utf-8")
    assert made.partition("\n")[2] == shown


def test_every_way_gives_the_same_numbers(project: Path) -> None:
    table = results_bot.load(project)["nightly"]
    assert table.index.tolist() == ["vit", "mlp"]
    assert table["test_accuracy"].tolist() == pytest.approx([0.92, 0.88])
    assert table["test_accuracy_std"].tolist() == pytest.approx([0.01, 0.02])
    assert table["n"].tolist() == [3, 3]
    records = json.loads(run_cli(["export", "--format", "json"], project).out)
    assert [one["test_accuracy"] for one in records] == table["test_accuracy"].tolist()
    assert run_cli(["export", "--format", "parquet", "--out", "all.parquet"], project).code == 0
    stored = pd.read_parquet(project / "all.parquet")
    assert stored["section"].tolist() == ["nightly", "nightly"]
    assert stored["test_accuracy"].tolist() == table["test_accuracy"].tolist()


def test_what_cannot_be_written_is_an_error(project: Path) -> None:
    assert "name a file with --out" in run_cli(["export", "--format", "parquet"], project).line
    done = run_cli(["export", "--format", "csv", "weekly"], project)
    assert done.line == "results-bot: there is no section 'weekly'; the page has nightly"
