"""`forget`, `rename`, `move`: single rows, and that a rename is one in the diff and in history."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import commit_all, git, run_cli, train

PAGE = "RESULTS.md"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    for name, loss in (("a", 0.1), ("b", 0.2), ("c", 0.3)):
        write(tmp_path, name, loss)
    assert run_cli(["refresh"], tmp_path).code == 1
    commit_all(tmp_path, "First")
    return tmp_path


def write(repo: Path, name: str, loss: float) -> None:
    train(repo, name, test_loss=loss, test_accuracy=1 - loss)


def names(repo: Path) -> list[str]:
    lines = (repo / PAGE).read_text("utf-8").split("\n")
    return [line.split(" | ")[0][2:] for line in lines if line.startswith("| ")][1:]


def without_artifacts(repo: Path, *folders: str) -> None:
    """Take the artifacts out of git and off this machine; the page keeps their rows."""
    (repo / ".gitignore").write_text("".join(f"{folder}/\n" for folder in folders))
    git(repo, "rm", "-qr", "--cached", "--ignore-unmatch", *folders)
    commit_all(repo, "Keep artifacts elsewhere")
    for folder in folders:
        shutil.rmtree(repo / folder)


def changed(repo: Path) -> list[str]:
    """Commit, and return the kinds of changes against the commit before."""
    commit_all(repo, "Change")
    changes = json.loads(run_cli(["diff", "HEAD~1", "HEAD", "--json"], repo).out)["changes"]
    return [change["kind"] for change in changes]


def test_forget_takes_a_row_that_only_the_page_remembers(repo: Path) -> None:
    without_artifacts(repo, "experiments")
    assert run_cli(["forget", "experiments/b"], repo).code == 0
    assert names(repo) == ["a", "c"]


def test_forget_refuses_what_the_artifacts_would_bring_back(repo: Path) -> None:
    before = (repo / PAGE).read_bytes()
    done = run_cli(["forget", "b"], repo)
    assert done.code == 2
    assert "its artifacts are here (experiments/b)" in done.line
    assert (repo / PAGE).read_bytes() == before


@pytest.mark.parametrize("place", ["nothing", "experiments/nothing", "other/a"])
def test_no_such_row_is_one_line(repo: Path, place: str) -> None:
    assert "no row is called so" in run_cli(["forget", place], repo).line


def test_a_rename_is_one_in_the_diff_and_moves_the_folder(repo: Path) -> None:
    done = run_cli(["rename", "experiments/b", "better"], repo)
    assert "and its folder experiments/b is renamed as well" in done.out
    assert names(repo) == ["a", "better", "c"]
    assert (repo / "experiments/better/metrics.json").is_file()
    assert not (repo / "experiments/b").exists()
    assert run_cli(["refresh", "--check"], repo).code == 0
    assert changed(repo) == ["run-renamed"]


def test_a_name_that_is_taken_or_no_folder_changes_nothing(repo: Path) -> None:
    before = (repo / PAGE).read_bytes()
    assert "a run of this name already" in run_cli(["rename", "b", "a"], repo).line
    for name in ("../x", "x/y", ".."):
        assert "cannot be called" in run_cli(["rename", "b", name], repo).line
    assert (repo / PAGE).read_bytes() == before
    assert (repo / "experiments/b").is_dir()


def test_history_follows_a_rename(repo: Path) -> None:
    write(repo, "b", 0.25)
    assert run_cli(["refresh"], repo).code == 1
    commit_all(repo, "Worse")
    assert run_cli(["rename", "b", "better"], repo).code == 0
    commit_all(repo, "Rename b")
    write(repo, "better", 0.15)
    assert run_cli(["refresh"], repo).code == 1
    commit_all(repo, "Better")
    points = json.loads(run_cli(["history", "test_loss", "--run", "better", "--json"], repo).out)
    assert [(point["run"], point["text"]) for point in points] == [
        ("b", "0.2000"),
        ("b", "0.2500"),
        ("better", "0.2500"),
        ("better", "0.1500"),
    ]


def test_move_between_sections(tmp_path: Path) -> None:
    for path in ("one/a", "one/b", "two/c"):
        write(tmp_path, path, 0.1)
    assert run_cli(["refresh"], tmp_path).code == 1
    commit_all(tmp_path, "First")
    done = run_cli(["move", "experiments/one/b", "experiments/two"], tmp_path)
    assert "their folder decides the section" in done.line
    without_artifacts(tmp_path, "experiments")
    assert run_cli(["move", "experiments/one/b", "experiments/two"], tmp_path).code == 0
    assert changed(tmp_path) == ["run-renamed"]


@pytest.fixture
def sectioned(tmp_path: Path) -> Path:
    """The same runs in a section that the configuration names."""
    for name, loss in (("a", 0.1), ("b", 0.2)):
        write(tmp_path, name, loss)
    config = '[[sections]]\nid = \'nightly\'\ntitle = "Nightly"\nruns = ["experiments/*"]\n'
    (tmp_path / "results-bot.toml").write_text(config)
    assert run_cli(["refresh"], tmp_path).code == 1
    commit_all(tmp_path, "First")
    return tmp_path


def test_a_section_gets_another_id_and_no_run_leaves(sectioned: Path) -> None:
    done = run_cli(["rename", "nightly", "weekly"], sectioned)
    assert (done.code, done.err) == (0, "")
    assert done.out == "RESULTS.md, results-bot.toml: section nightly is weekly now.\n"
    assert 'id = "weekly"' in (sectioned / "results-bot.toml").read_text()
    assert run_cli(["refresh", "--check"], sectioned).code == 0
    kinds = ["run-renamed", "run-renamed", "section-added", "section-removed"]
    assert sorted(changed(sectioned)) == kinds
    points = json.loads(run_cli(["history", "test_loss", "--run", "b", "--json"], sectioned).out)
    assert {point["text"] for point in points} == {"0.2000"}


@pytest.mark.parametrize(
    ("name", "said"),
    [("takeaways", "id 'takeaways' is already taken"), ("two words", "two words")],
)
def test_an_id_that_cannot_be_changes_nothing(sectioned: Path, name: str, said: str) -> None:
    files = [sectioned / PAGE, sectioned / "results-bot.toml"]
    before = [file.read_bytes() for file in files]
    done = run_cli(["rename", "nightly", name], sectioned)
    assert done.code == 2
    assert said in done.line
    assert [file.read_bytes() for file in files] == before


def test_a_section_taken_out_of_the_configuration_is_told_with_its_rows(sectioned: Path) -> None:
    other = '[[sections]]\nid = "other"\nruns = ["other/*"]\n'
    (sectioned / "results-bot.toml").write_text(other)
    (sectioned / PAGE).write_text("# Results\n")
    commit_all(sectioned, "Hide the section")
    found = json.loads(run_cli(["diff", "HEAD~1", "HEAD", "--json"], sectioned).out)
    kinds = [change["kind"] for change in found["changes"]]
    assert kinds == ["section-removed", "run-removed", "run-removed", "section-added"]
    assert "row-removed" in {finding["id"] for finding in found["findings"]}


def test_a_section_that_a_folder_names_says_what_to_do(repo: Path) -> None:
    done = run_cli(["rename", "experiments", "weekly"], repo)
    assert done.code == 2
    assert "its folder names it; rename the folder" in done.line


@pytest.fixture
def remembered(sectioned: Path) -> Path:
    """Two sections whose artifacts are gone, with people's words between them."""
    config = (sectioned / "results-bot.toml").read_text()
    weekly = config.replace("nightly", "weekly").replace("Nightly", "Weekly")
    (sectioned / "results-bot.toml").write_text(config + weekly.replace("experiments", "other"))
    train(sectioned, "../other/c", test_loss=0.3)
    assert run_cli(["refresh"], sectioned).code == 1
    without_artifacts(sectioned, "experiments", "other")
    return sectioned


def test_forget_takes_a_whole_section(remembered: Path) -> None:
    assert run_cli(["forget", "nightly", "nightly/a", "nightly"], remembered).code == 0
    page = (remembered / PAGE).read_text()
    assert "## Weekly\n\n<!-- results-bot:begin weekly -->" in page
    assert "ightly" not in page
    assert names(remembered) == ["c"]
    assert run_cli(["refresh", "--check"], remembered).code == 0


def test_move_takes_all_rows_of_a_section(remembered: Path) -> None:
    done = run_cli(["move", "nightly", "weekly"], remembered)
    assert (done.code, done.out) == (0, "RESULTS.md: nightly is in weekly now.\n")
    assert "ightly" not in (remembered / PAGE).read_text()
    assert names(remembered) == ["a", "b", "c"]
    assert run_cli(["refresh"], remembered).code == 1  # Three runs are enough for takeaways.
    assert names(remembered) == ["a", "b", "c"]


def test_a_section_that_has_artifacts_stays_whole(sectioned: Path) -> None:
    before = (sectioned / PAGE).read_bytes()
    assert "its artifacts are here" in run_cli(["forget", "nightly"], sectioned).line
    assert (sectioned / PAGE).read_bytes() == before
