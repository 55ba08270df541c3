"""The workflow in docs/scale.md does what it says, its own commands run as jobs would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.collect.scale.conftest import repository, run
from tests.conftest import ROOT, Done, commit_all, git

TEXT = (ROOT / "docs" / "scale.md").read_text("utf-8")
WORKFLOW = TEXT.partition("```yaml\n")[2].partition("```")[0]
CONFIG = '[[sections]]\nid = "sweep"\nruns = ["experiments/sweep/*"]\n'
TRAIN = """\
import json, pathlib, sys
lr, out = float(sys.argv[2]), pathlib.Path(sys.argv[4])
out.mkdir(parents=True)
(out / "metrics.json").write_text(json.dumps({"test_loss": 0.5 + lr}))
(out / "params.json").write_text(json.dumps({"learning_rate": lr}))
"""


def job(steps: list[dict[str, Any]], folder: Path, shim: Path, lr: str = "") -> list[Done]:
    """Run the steps of a job that are commands of ours; installing was done."""
    done: list[Done] = []
    for step in steps:
        command = step.get("run", "")
        if not command or command.startswith("pip install"):
            continue
        wanted = step.get("env", {})
        own = {name: lr for name in wanted if wanted[name] == "${{ matrix.lr }}"}
        path = f"{shim}:{os.environ['PATH']}"
        ran = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command],
            cwd=folder,
            capture_output=True,
            check=False,
            env={**os.environ, **own, "PATH": path, "SOURCE_DATE_EPOCH": "1700000000"},
        )
        done.append(Done(ran.returncode, ran.stdout.decode(), ran.stderr.decode()))
    return done


def programs(folder: Path) -> Path:
    """Return a folder with `results-bot` and `python`."""
    folder.mkdir()
    for name, arguments in (("results-bot", ' -m results_bot "$@"'), ("python", ' "$@"')):
        (folder / name).write_text(f"#!/bin/sh\nexec '{sys.executable}'{arguments}\n")
        (folder / name).chmod(0o755)
    return folder


def test_the_workflow_makes_the_page_of_one_machine(tmp_path: Path) -> None:
    jobs = yaml.safe_load(WORKFLOW)["jobs"]
    values = jobs["train"]["strategy"]["matrix"]["lr"]
    origin = tmp_path / "origin"
    (origin / "experiments/sweep").mkdir(parents=True)
    (origin / "experiments/sweep/.gitignore").write_text("*\n!.gitignore\n")
    (origin / "train.py").write_text(TRAIN)
    (origin / "results-bot.toml").write_text(CONFIG)
    commit_all(origin)
    shim = programs(tmp_path / "bin")
    for lr in values:
        git(tmp_path, "clone", "-q", str(origin), f"job-{lr}")
        ran = job(jobs["train"]["steps"], tmp_path / f"job-{lr}", shim, lr)
        assert [one.code for one in ran] == [0, 0], ran
    git(tmp_path, "clone", "-q", str(origin), "last")
    for lr in values:
        # What download-artifact makes of artifacts that match a pattern: a folder each.
        (tmp_path / f"last/parts/part-{lr}").mkdir(parents=True)
        part = tmp_path / f"job-{lr}/part.parquet"
        part.rename(tmp_path / f"last/parts/part-{lr}/part.parquet")
    ran = job(jobs["results"]["steps"], tmp_path / "last", shim)
    assert [one.code for one in ran] == [0, 0], ran
    assert "3 runs added" in ran[0].out

    git(tmp_path, "clone", "-q", str(origin), "one")
    for lr in values:
        command = [shim / "python", "train.py", "--lr", lr, "--out", f"experiments/sweep/lr_{lr}"]
        subprocess.run(command, cwd=tmp_path / "one", check=True)
    subprocess.run(
        [shim / "results-bot", "refresh"],
        cwd=tmp_path / "one",
        check=False,
        capture_output=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
    )
    assert (tmp_path / "last/RESULTS.md").read_bytes() == (tmp_path / "one/RESULTS.md").read_bytes()
    assert "| lr_0.01 |" in (tmp_path / "last/RESULTS.md").read_text("utf-8")


def test_the_workflow_is_one(tmp_path: Path) -> None:
    (tmp_path / "sweep.yml").write_text(WORKFLOW)
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows",
         str(tmp_path / "sweep.yml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


ADDRESS = '[[sections]]\nid = "sweep"\nruns = ["s3://team/x/*"]\n'


@pytest.mark.parametrize(
    ("package", "configuration", "arguments", "message"),
    [
        ("pyarrow", CONFIG, ["collect", "--out", "x.parquet"], "parts need pyarrow: {}[parquet]'"),
        ("pyarrow", CONFIG, ["refresh", "--from", "p.parquet"], "parts need pyarrow: {}[parquet]'"),
        ("fsspec", ADDRESS, ["refresh"], "s3:// needs more packages: {}[remote]'"),
        ("distributed", CONFIG, ["refresh"], "Dask needs more packages: {}[dask]'"),
    ],
)
def test_without_the_extra_a_message_names_it(
    package: str, configuration: str, arguments: list[str], message: str, tmp_path: Path
) -> None:
    repo = repository(tmp_path / "r", configuration)
    (repo / "p.parquet").touch()
    blocked = tmp_path / "block" / package / "__init__.py"
    blocked.parent.mkdir(parents=True)
    blocked.write_text(f"raise ModuleNotFoundError('No module named {package}')")
    more = {"PYTHONPATH": f"{tmp_path / 'block'}:{ROOT}"}
    if package == "distributed":
        more["RESULTS_BOT_SCHEDULER"] = "tcp://127.0.0.1:9"
    done = run(arguments, repo, more)
    expected = message.format("pip install 'results-bot")
    assert (done.code, done.line) == (2, f"results-bot: {expected}")
