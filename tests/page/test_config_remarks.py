"""A configuration that names what nothing here has gets a line with the nearest right name."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import attempt, commit_all, run_cli, train

SECTION = '[[sections]]\nid = "all"\ntitle = "All"\nruns = ["experiments/**"]\n'
TABLE = [
    (SECTION.replace("experiments", "experimnts"),
     "sections.all.runs: 'experimnts/**' matches no artifact; is 'experiments' meant?"),
    (SECTION.replace("experiments", "elsewhere"),
     "sections.all.runs: 'elsewhere/**' matches no artifact"),
    (f'{SECTION}sort = "acc"\n',
     "sections.all.sort: no run has 'acc'; is 'test_accuracy' meant?"),
    (f'{SECTION}columns = ["test_acc"]\n',
     "sections.all.columns: no run has 'test_acc'; is 'test_accuracy' meant?"),
    (f'{SECTION}parameters = ["learning_rate"]\n',
     "sections.all.parameters: no run has 'learning_rate'; they have batch, lr"),
    (f'{SECTION}names = {{run_0 = "Old", run_2 = "Two"}}\n',
     "sections.all.names: no run is called 'run_0'; is 'run_1' meant?"),
    (f'{SECTION}hide = ["lrr"]\n', "sections.all.hide: no run has 'lrr'; is 'lr' meant?"),
    (f'[metrics.test_acuracy]\ndirection = "higher"\n{SECTION}',
     "metrics.test_acuracy: no run has 'test_acuracy'; is 'test_accuracy' meant?"),
]  # fmt: skip
FINE = [
    f'{SECTION}columns = ["test_accuracy", "notes"]\n[metrics.notes]\nsources = []\n',
    f'{SECTION}parameters = ["lr"]\nsort = "test_accuracy"\nhide = ["batch"]\n',
    f'{SECTION}names = {{run_1 = "One", "experiments/run_2" = "Two"}}\n',
    f'[metrics.bleu]\ndirection = "higher"\n{SECTION}',
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for lr in (1, 2):
        metrics = train(tmp_path, f"run_{lr}", test_accuracy=0.9 + lr / 100)
        metrics.with_name("config.json").write_text(json.dumps({"lr": lr, "batch": 32 * lr}))
    return tmp_path


@pytest.mark.parametrize(("text", "line"), TABLE, ids=[line for _, line in TABLE])
def test_a_slip_is_named_with_the_nearest_right_name(project: Path, text: str, line: str) -> None:
    (project / "results-bot.toml").write_text(text, "utf-8")
    assert f"results-bot.toml: {line}\n" in run_cli(["refresh", "--check"], project).err


def test_nothing_is_said_of_what_is_right(project: Path) -> None:
    for text in FINE:
        (project / "results-bot.toml").write_text(text, "utf-8")
        assert run_cli(["refresh"], project).err == ""
    # Rows whose artifacts are elsewhere are no slip.
    (project / "experiments").rename(project.parent / "moved")
    done = run_cli(["refresh"], project)
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("", True),
        (SECTION, True),
        (f'{SECTION}columns = ["test_accuracy"]\n', False),
        (f'{SECTION}hide = ["test_auroc"]\n', False),
    ],
)
def test_a_new_metric_without_a_column_is_named_once(
    project: Path, text: str, is_named: bool
) -> None:
    (project / "results-bot.toml").write_text(text, "utf-8")
    run_cli(["refresh"], project)
    commit_all(project)
    attempt(project, "switch", "-qc", "branch")
    for lr in (1, 2):
        train(project, f"run_{lr}", test_accuracy=0.9 + lr / 100, test_auroc=0.9 - lr / 100)
    line = "RESULTS.md: test_auroc is new in 2 of 2 runs and without a column; list it in `columns`"
    assert (line in run_cli(["refresh"], project).err) is is_named
    attempt(project, "add", "-A")
    assert (line in run_cli(["hook"], project).err) is is_named
    commit_all(project)
    assert run_cli(["refresh"], project).err == ""
    assert (line in run_cli(["diff"], project).err) is is_named
    assert run_cli(["diff"], project).code == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"[rules]\ntwinruns = false\n{SECTION}", "there is no rule 'twinruns'; is 'twin-runs'"),
        (SECTION + SECTION.replace('"all"', '"more"'), "'All' is the title of section 'all' too"),
    ],
)
def test_what_can_only_be_wrong_is_an_error(project: Path, text: str, line: str) -> None:
    (project / "results-bot.toml").write_text(text, "utf-8")
    done = run_cli(["refresh"], project)
    assert done.code == 2
    assert line in done.line


def test_folders_of_one_name_get_titles_that_tell_them_apart(tmp_path: Path) -> None:
    for path in (f"{one}/{run}" for one in ("vision/cls", "nlp/cls", "nlp/ner") for run in "ab"):
        train(tmp_path, path, test_loss=0.5)
    text = '[[sections]]\nid = "e"\ntitle = "{folder}"\nby-folder = true\nruns = ["experiments/**"]'
    (tmp_path / "results-bot.toml").write_text(text, "utf-8")
    run_cli(["refresh"], tmp_path)
    lines = (tmp_path / "RESULTS.md").read_text("utf-8").split("\n")
    titles = [line for line in lines if line.startswith("## ")]
    assert titles == ["## nlp/cls", "## ner", "## vision/cls"]


@pytest.mark.parametrize("command", ["refresh", "hook"])
def test_numbers_of_people_beside_values_that_changed_are_named_once(
    project: Path, command: str
) -> None:
    people = "".join(f"[metrics.{key}]\nsources = []\n" for key in ("delta", "notes"))
    columns = 'columns = ["test_accuracy", "delta", "notes"]\n'
    (project / "results-bot.toml").write_text(f"{SECTION}{columns}{people}", "utf-8")
    run_cli(["refresh"], project)
    page = project / "RESULTS.md"
    text = page.read_text().replace("| 92.00% | — | — |", "| 92.00% | +1.0 | see run 2 |")
    page.write_text(text.replace("| 91.00% | — | — |", "| 91.00% | — | 16 |"))
    commit_all(project)
    assert run_cli(["refresh"], project).err == ""
    for lr in (1, 2):
        train(project, f"run_{lr}", test_accuracy=0.95 + lr / 100)
    attempt(project, "add", "-A")
    line = "warning: RESULTS.md: Delta and Notes of run_2 and run_1 are written by people, "
    done = run_cli([command], project)
    assert done.line == f"{line}beside values that changed; check them"
    assert "| 97.00% | +1.0 | see run 2 |" in page.read_text()
    assert run_cli([command], project).err == ""
    page.write_text(page.read_text().replace("| — | 16 |", "| — | done |"))
    train(project, "run_1", test_accuracy=0.91)
    assert run_cli(["refresh"], project).err == "", "a note is no number"


@pytest.mark.parametrize("change", ["renamed", "deleted", "reconfigured", "configured"])
def test_a_section_without_runs_is_named_until_it_is_deleted(tmp_path: Path, change: str) -> None:
    train(tmp_path, "one/a", test_accuracy=0.9)
    train(tmp_path, "one/b", test_accuracy=0.8)
    train(tmp_path, "two/c", test_accuracy=0.7)
    train(tmp_path, "two/d", test_accuracy=0.6)
    config = tmp_path / "results-bot.toml"
    if change == "configured":
        config.write_text('[[sections]]\nid = "experiments/one"\nruns = ["experiments/one/*"]\n')
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path)
    folder = tmp_path / "experiments"
    if change == "renamed":
        (folder / "one").rename(folder / "three")
    elif change == "reconfigured":
        config.write_text('[[sections]]\nid = "all"\nruns = ["experiments/*/*"]\n')
    else:
        shutil.rmtree(folder / "one")
    lines = run_cli(["refresh"], tmp_path).err
    names = "sections `experiments/one` and `experiments/two`"
    named = {"reconfigured": names, "configured": ""}.get(change, "section `experiments/one`")
    assert (f"RESULTS.md: no run is in the {named} any more; " in lines) is bool(named)
    page = tmp_path / "RESULTS.md"
    block = (
        r"## \w+\n\n<!-- results-bot:begin (\S+) -->\n\nNo finished runs yet.\n\n<!-- .* -->\n\n"
    )
    page.write_text(re.sub(block, "", page.read_text()))
    assert "any more" not in run_cli(["refresh"], tmp_path).err
