"""The merge driver in real repositories: merges, rebases, cherry-picks, octopus, work trees."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import attempt, commit_all, git, run_cli, train

PAGE = "RESULTS.md"


@dataclass
class Lab:
    """A repository of three runs with a true page and the merge driver."""

    root: Path

    def run(self, name: str, loss: float) -> None:
        train(self.root, name, test_loss=loss, test_accuracy=1 - loss)

    def remove(self, name: str) -> None:
        git(self.root, "rm", "-qr", f"experiments/{name}")

    def refresh(self) -> None:
        assert run_cli(["refresh"], self.root).code in (0, 1)

    def branch(self, name: str, *changes: Callable[[], object]) -> None:
        """Make a branch from main whose one commit is the changes with their page; go back."""
        git(self.root, "switch", "-qc", name, "main")
        for change in changes:
            change()
        self.refresh()
        commit_all(self.root, name)
        git(self.root, "switch", "-q", "main")

    def attempt(self, *args: str) -> tuple[int, str]:
        return attempt(self.root, *args)

    @property
    def page(self) -> str:
        return (self.root / PAGE).read_text("utf-8")

    def rows(self) -> dict[str, str]:
        lines = [line for line in self.page.split("\n") if line.startswith("| ")]
        return {line.split(" | ")[0][2:]: line.split(" | ")[1] for line in lines[1:]}

    def assert_true(self) -> None:
        done = run_cli(["refresh", "--check"], self.root)
        assert done.code == 0, done.out + done.err


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    lab = Lab(tmp_path / "the team's repo")
    lab.root.mkdir()
    git(lab.root, "init", "-q", "-b", "main")
    for name, loss in (("a", 0.1), ("b", 0.2), ("c", 0.3)):
        lab.run(name, loss)
    (lab.root / PAGE).write_text("# Results\n\nOurs.\n")
    assert run_cli(["init", "--merge-driver", "--no-hook"], lab.root).code == 0
    config = lab.root / "results-bot.toml"
    config.write_text("generated = true\n" + config.read_text())
    lab.refresh()
    commit_all(lab.root, "First")
    assert set(lab.rows()) == {"a", "b", "c"}
    return lab


def both(lab: Lab) -> None:
    """Two branches that collide for git: neighbours added, the same lines changed."""
    lab.branch("one", lambda: lab.run("d", 0.15), lambda: lab.run("e", 0.05))
    lab.branch("two", lambda: lab.run("f", 0.16), lambda: lab.run("a", 0.25))


def check_both(lab: Lab) -> None:
    assert set(lab.rows()) == {"a", "b", "c", "d", "e", "f"}
    assert lab.rows()["a"] == "0.2500"
    assert list(lab.rows()) == ["e", "d", "f", "b", "a", "c"]
    assert lab.page.count("Generated: **") == 1
    lab.assert_true()


@pytest.mark.parametrize(
    "commands",
    [
        ["merge -q one", "merge -q --no-edit two"],
        ["switch -q two", "rebase -q one"],
        ["cherry-pick one", "cherry-pick two"],
    ],
)
def test_both_sides_are_kept(commands: list[str], lab: Lab) -> None:
    both(lab)
    for command in commands:
        git(lab.root, *command.split())
    check_both(lab)


def test_work_tree(lab: Lab, tmp_path: Path) -> None:
    both(lab)
    git(lab.root, "worktree", "add", "-q", str(tmp_path / "other tree"), "two")
    other = Lab(tmp_path / "other tree")
    git(other.root, "merge", "-q", "--no-edit", "one")
    check_both(other)


def test_git_refuses_an_octopus_whole_and_one_after_the_other_works(lab: Lab) -> None:
    """Git's octopus asks no merge driver; what it cannot merge as text it leaves alone."""
    both(lab)
    lab.branch("three", lambda: lab.run("g", 0.17))
    before = lab.page
    code, said = lab.attempt("merge", "--no-edit", "one", "two", "three")
    assert code == 2
    assert "Should not be doing an octopus" in said
    git(lab.root, "reset", "-q", "--merge")
    assert lab.page == before
    for branch in ("one", "two", "three"):
        git(lab.root, "merge", "-q", "--no-edit", branch)
    assert set(lab.rows()) == {"a", "b", "c", "d", "e", "f", "g"}
    lab.assert_true()


def test_deleted_here_and_left_alone_there_goes_and_changed_there_stays(lab: Lab) -> None:
    lab.branch("one", lambda: lab.remove("a"), lambda: lab.run("z", 0.9))
    lab.branch("two", lambda: lab.run("y", 0.8), lambda: lab.run("b", 0.21))
    git(lab.root, "merge", "-q", "one")
    git(lab.root, "merge", "-q", "--no-edit", "two")
    assert set(lab.rows()) == {"b", "c", "y", "z"}
    assert lab.rows()["b"] == "0.2100"
    lab.assert_true()


def edit_cell(lab: Lab, old: str, new: str) -> None:
    """Change the page by hand, the artifacts out of the way."""
    (lab.root / PAGE).write_text(lab.page.replace(old, new), "utf-8")
    commit_all(lab.root, f"Set {new}")


def test_one_cell_changed_on_both_sides_takes_the_newer_run(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The artifacts differ too, so git asks about them; the page already has the newer value."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-01T10:00:00Z")
    lab.branch("older", lambda: lab.run("a", 0.18))
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-02T10:00:00Z")
    lab.branch("newer", lambda: lab.run("a", 0.17))
    for ours, theirs in (("older", "newer"), ("newer", "older")):
        git(lab.root, "switch", "-q", ours)
        code, said = lab.attempt("merge", "--no-edit", theirs)
        assert code == 1
        assert f"CONFLICT (content): Merge conflict in {PAGE}" not in said
        assert lab.rows()["a"] == "0.1700"
        git(lab.root, "merge", "--abort")


def test_one_cell_without_artifacts_is_a_conflict_in_that_row_alone(lab: Lab) -> None:
    git(lab.root, "rm", "-qr", "--cached", "experiments")
    (lab.root / ".gitignore").write_text("experiments/\n")
    commit_all(lab.root, "Keep artifacts elsewhere")
    (lab.root / "experiments").rename(lab.root.parent / "elsewhere")
    for name, value, other in (("one", "0.1800", "| x | 0.4000 | 60.00% |"), ("two", "0.1700", "")):
        git(lab.root, "switch", "-qc", name, "main")
        old = next(line for line in lab.page.split("\n") if line.startswith("| a "))
        edit_cell(lab, old, f"| a | {value} | 90.00% |" + (f"\n{other}" if other else ""))
    code, said = lab.attempt("merge", "--no-edit", "one")
    assert code == 1
    assert f"results-bot: {PAGE}: resolve by hand: experiments/a" in said
    assert lab.rows() == {"x": "0.4000", "b": "0.2000", "c": "0.3000"} | {
        "a": "ours 0.1700 / theirs 0.1800"
    }
    assert "<<<<" not in lab.page


@pytest.mark.parametrize("retrained", [False, True])
def test_what_two_people_wrote_into_one_cell_is_a_conflict(*, retrained: bool, lab: Lab) -> None:
    """Both texts stay, with their markup, whichever run is the newer one."""
    config = lab.root / "results-bot.toml"
    columns = 'columns = ["test_loss", "notes"]\n\n[metrics.notes]\nsources = []\n'
    config.write_text(config.read_text() + columns)
    lab.refresh()

    def write(old: str, new: str) -> Callable[[], object]:
        return lambda: (lab.root / PAGE).write_text(
            re.sub(rf"(\| a \| .*) \| {old} \|", rf"\1 | {new} |", lab.page)
        )

    write("—", "slow")()
    commit_all(lab.root, "A column for notes")
    lab.branch("one", write("slow", "[Ana](https://ana.example): broken"))
    changes = [lambda: lab.run("a", 0.15)] if retrained else []
    lab.branch("two", write("slow", "Ben: fine"), *changes)
    git(lab.root, "merge", "-q", "one")
    code, said = lab.attempt("merge", "--no-edit", "two")
    assert code == 1
    assert f"results-bot: {PAGE}: resolve by hand: experiments/a" in said
    both = "ours [Ana](https://ana.example): broken / theirs Ben: fine"
    assert f"| a | {'0.1500' if retrained else '0.1000'} | {both} |" in lab.page


@pytest.mark.parametrize("broken", ["no tool", "no configuration"])
def test_without_us_git_merges_as_text(lab: Lab, broken: str) -> None:
    both(lab)
    git(lab.root, "merge", "-q", "one")
    if broken == "no tool":
        git(lab.root, "config", "results-bot.command", "/nowhere/python -m results_bot")
    else:
        (lab.root / "results-bot.toml").write_text("colour = 1\n")
    code, _ = lab.attempt("merge", "--no-edit", "two")
    assert code == 1
    assert "<<<<<<< ours" in lab.page
    assert ">>>>>>> theirs" in lab.page


def test_a_clone_without_the_option_merges_as_git_does(lab: Lab, tmp_path: Path) -> None:
    both(lab)
    git(tmp_path, "clone", "-q", str(lab.root), "clone")
    clone = Lab(tmp_path / "clone")
    git(clone.root, "merge", "-q", "origin/one")
    code, _ = clone.attempt("merge", "--no-edit", "origin/two")
    assert code == 1
    assert "<<<<<<< HEAD" in clone.page


def test_peoples_words_merge_as_text(lab: Lab) -> None:
    def say(words: str) -> Callable[[], object]:
        return lambda: (lab.root / PAGE).write_text(lab.page.replace("Ours.", words))

    lab.branch("one", lambda: lab.run("F", 0.5), say("First words."))
    lab.branch("two", lambda: lab.run("O", 0.5), say("Other words."))
    git(lab.root, "merge", "-q", "one")
    code, said = lab.attempt("merge", "--no-edit", "two")
    assert code == 1
    assert "resolve by hand: text" in said
    assert "<<<<<<< ours\nFirst words.\n" in lab.page
    assert set(lab.rows()) == {"a", "b", "c", "F", "O"}


def test_windows_line_ends_stay(lab: Lab) -> None:
    (lab.root / PAGE).write_bytes(lab.page.replace("\n", "\r\n").encode())
    commit_all(lab.root, "Windows")
    both(lab)
    git(lab.root, "merge", "-q", "one")
    git(lab.root, "merge", "-q", "--no-edit", "two")
    data = (lab.root / PAGE).read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") > 10
    lab.assert_true()


def test_subjects_and_branches_are_never_run(lab: Lab) -> None:
    name = "$(touch${IFS}pwned)`touch${IFS}pwned`"
    lab.branch("one", lambda: lab.run("d", 0.15))
    lab.branch(name, lambda: lab.run("f", 0.16))
    git(lab.root, "switch", "-q", "one")
    git(lab.root, "commit", "-q", "--amend", "-m", "'; touch pwned; $(touch pwned)")
    git(lab.root, "rebase", "-q", name)
    lab.assert_true()
    assert not (lab.root / "pwned").exists()
