"""The hook in real repositories, with real commits, in every way git can call it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from results_bot.collect.paths import DATABASES, DEFAULT_FOLDERS, TOP_FILES
from results_bot.collect.readers import dvc
from results_bot.config import FILE, PAGES, PYPROJECT

HOOK = Path(__file__).parents[2] / "hooks" / "pre-commit"
PAGE = "RESULTS.md"


@dataclass
class Team:
    """A repository with two runs, a page that is true, and the hook."""

    root: Path
    environment: dict[str, str]

    def git(self, *arguments: str, folder: Path | None = None, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder or self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr + done.stdout
        return done.stdout + done.stderr

    def bot(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "results_bot", *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    def metrics(self, run: str, loss: float, folder: Path | None = None) -> Path:
        path = (folder or self.root) / "experiments" / run / "metrics.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"test_loss": loss, "test_accuracy": 0.5}))
        return path

    def page(self, revision: str = "HEAD", folder: Path | None = None) -> str:
        return self.git("show", f"{revision}:{PAGE}", folder=folder)

    def status(self, folder: Path | None = None) -> str:
        return self.git("status", "--short", folder=folder)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    team = Team(tmp_path / "team's repo", environment)
    team.root.mkdir()
    team.git("init", "-q", "-b", "main")
    team.git("config", "user.name", "Ada")
    team.git("config", "user.email", "ada@example.invalid")
    team.metrics("one", 0.25)
    team.metrics("two", 0.5)
    team.bot("init", "--hook")
    team.bot("refresh")
    team.git("add", "-A")
    team.git("commit", "-qm", "first", "--no-verify")
    assert "| one | 0.2500 |" in team.page()
    return team


def test_commit_takes_the_refreshed_page_along(team: Team) -> None:
    team.metrics("two", 0.125)
    team.git("add", "experiments")
    said = team.git("commit", "-m", "better")
    assert "results-bot: RESULTS.md refreshed and staged: 1 value better." in said
    assert "| two | 0.1250 |" in team.page()
    assert team.status() == ""


@pytest.mark.parametrize(
    ("before", "below"),
    [
        ([], ""),
        ([], "experiments/one"),
        (["switch", "-q", "--detach", "HEAD"], ""),
        (["config", "core.hooksPath", str(HOOK.parent)], ""),
        (["config", "core.hooksPath", ".githooks"], ""),
        (["config", "core.hooksPath", ".githooks"], "experiments/one"),
    ],
)
def test_commit_all(before: list[str], below: str, team: Team) -> None:
    if before:
        team.git(*before)
    if "core.hooksPath" in before:
        shutil.rmtree(team.root / ".git" / "hooks")
    if ".githooks" in before:
        (team.root / ".git/info/exclude").write_text(".githooks\n")
        team.bot("init", "--hook")
        assert (team.root / ".githooks" / "pre-commit").read_bytes() == HOOK.read_bytes()
    team.metrics("two", 0.125)
    team.git("commit", "-qam", "better", folder=team.root / below)
    assert "| two | 0.1250 |" in team.page()
    assert ("| two | 0.5000 |" in team.page("main")) is ("--detach" in before)
    assert team.status() == ""


def test_the_command_is_started_only_for_what_is_watched(team: Team) -> None:
    team.git("config", "results-bot.command", "false")
    (team.root / "notes.txt").write_text("x")
    team.git("add", "notes.txt")
    team.git("commit", "-m", "notes")
    team.metrics("two", 0.125)
    team.git("add", "experiments")
    assert "results-bot" not in team.git("commit", "-m", "x", check=False)
    assert "notes" in team.git("log", "--format=%s", "-1"), "a failing hook stops the commit"
    team.git("config", "results-bot.command", "no-such-command")
    assert "not installed here" in team.git("commit", "-m", "better")
    assert "| two | 0.5000 |" in team.page()


def test_commit_of_one_path(team: Team) -> None:
    team.metrics("one", 0.75)
    team.metrics("two", 0.125)
    team.git("commit", "-qm", "only two", "--", "experiments/two")
    assert "| two | 0.1250 |" in team.page()
    assert "| one | 0.2500 |" in team.page(), "one is not part of this commit"
    assert team.status().split() == ["M", "experiments/one/metrics.json"]


def test_commit_of_one_path_leaves_what_else_is_staged(team: Team) -> None:
    team.metrics("three", 0.0625)
    team.git("add", "experiments/three")
    team.metrics("two", 0.125)
    team.git("commit", "-qm", "only two", "--", "experiments/two")
    assert "three" not in team.page()
    assert team.status().split() == ["A", "experiments/three/metrics.json"]
    team.git("commit", "-qm", "three")
    assert "| three | 0.0625 |" in team.page()
    assert team.status() == ""


def test_metrics_are_read_as_staged(team: Team) -> None:
    path = team.metrics("two", 0.125)
    team.git("add", "experiments")
    path.write_text('{"test_loss": 99}')
    team.git("commit", "-qm", "staged half")
    assert "| two | 0.1250 |" in team.page()
    assert "99" not in team.page()
    assert team.status().split() == ["M", "experiments/two/metrics.json"]


def test_untracked_runs_are_not_part_of_the_commit(team: Team) -> None:
    team.metrics("two", 0.125)
    team.git("add", "experiments")
    team.metrics("three", 0.0625)
    team.git("commit", "-qm", "without three")
    assert "three" not in team.page()


def test_ignored_runs_are_shown(team: Team) -> None:
    (team.root / ".gitignore").write_text("experiments/local/\n")
    team.metrics("local", 0.0625)
    team.metrics("two", 0.125)
    team.git("add", "-A")
    team.git("commit", "-qm", "with ignored")
    assert "| local | 0.0625 |" in team.page()


def test_runs_at_the_top_are_watched_and_read_as_staged(team: Team) -> None:
    config = '[[sections]]\nid = "experiments"\nruns = ["exp_*"]\n'
    (team.root / "results-bot.toml").write_text(config, "utf-8")
    team.git("mv", "experiments/one", "exp_a")
    team.bot("refresh")
    team.git("add", "--all")
    team.git("commit", "-q", "-m", "Runs at the top")
    metrics = {"test_loss": 0.125, "test_accuracy": 0.5}
    (team.root / "exp_a" / "metrics.json").write_text(json.dumps(metrics))
    team.git("add", "exp_a")
    team.git("commit", "-q", "-m", "Retrain")
    assert "0.1250" in team.page()
    assert team.status() == ""


def test_unstaged_words_of_people_stay_unstaged(team: Team) -> None:
    path = team.root / PAGE
    path.write_text(path.read_text() + "\nA thought, not staged.\n")
    team.metrics("two", 0.125)
    team.git("add", "experiments")
    team.git("commit", "-qm", "better")
    assert "A thought" not in team.page()
    assert "| two | 0.1250 |" in team.page()
    assert path.read_text().endswith("\nA thought, not staged.\n")
    difference = team.git("diff", "--stat")
    assert "1 insertion(+)" in difference or "2 insertions(+)" in difference, difference


def test_deleted_run_leaves_the_page(team: Team) -> None:
    team.git("rm", "-rq", "experiments/two")
    said = team.git("commit", "-m", "drop two")
    assert "1 run removed" in said
    assert "two" not in team.page()


def test_work_tree_beside(team: Team, tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    team.git("worktree", "add", "-q", "-b", "branch", str(beside))
    team.metrics("two", 0.125, beside)
    team.git("commit", "-qam", "better", folder=beside)
    assert "| two | 0.1250 |" in team.page("branch")
    assert team.status(beside) == ""
    assert "| two | 0.5000 |" in team.page("main")


def test_merge_in_progress(team: Team) -> None:
    team.git("switch", "-qc", "branch")
    team.metrics("three", 0.0625)
    team.git("add", "-A")
    team.git("commit", "-qm", "three")
    team.git("switch", "-q", "main")
    team.metrics("four", 0.03125)
    team.git("add", "-A")
    team.git("commit", "-qm", "four")
    said = team.git("merge", "branch", check=False)
    if "CONFLICT" in said:
        team.git("checkout", "--ours", PAGE)
        team.git("add", PAGE)
        team.git("commit", "-qm", "merged")
    assert "| three | 0.0625 |" in team.page()
    assert "| four | 0.0312 |" in team.page()
    assert team.status() == ""


def test_clean_merge_runs_the_other_hook(team: Team) -> None:
    team.git("switch", "-qc", "branch")
    team.metrics("three", 0.0625)
    team.git("add", "experiments")
    team.git("commit", "-qm", "three", "--no-verify")
    team.git("switch", "-q", "main")
    (team.root / "notes.txt").write_text("x")
    team.git("add", "notes.txt")
    team.git("commit", "-qm", "notes")
    said = team.git("merge", "--no-edit", "branch", check=False)
    assert "refreshed and staged; `git commit` completes the merge: 1 run added." in said
    team.git("commit", "-q", "--no-edit")
    assert "| three | 0.0625 |" in team.page()
    assert team.git("log", "-1", "--format=%P").count(" ") == 1, "it is a merge"
    assert team.status() == ""


@pytest.mark.parametrize("name", ["with space", "ünïcödé 试验", "a*b?[c]", 'quo"te', "-dash"])
def test_awkward_names(team: Team, name: str) -> None:
    team.metrics(name, 0.0625)
    team.git("add", "-A")
    team.git("commit", "-qm", "named")
    assert " 0.0625 |" in team.page()
    assert team.status() == ""
    assert "is up to date (3 runs)" in team.bot("refresh")


def test_half_written_file_does_not_stop_the_commit(team: Team) -> None:
    team.metrics("two", 0.125)
    (team.root / "experiments" / "one" / "metrics.json").write_text('{"test_loss": 0.')
    team.git("add", "-A")
    said = team.git("commit", "-m", "half")
    assert "experiments/one/metrics.json: is not valid JSON" in said
    assert "| one | 0.2500 |" in team.page(), "the committed row stays"
    assert "| two | 0.1250 |" in team.page()


def test_broken_markers_stop_the_commit(team: Team) -> None:
    path = team.root / PAGE
    path.write_text(path.read_text().replace("<!-- results-bot:end", "<!-- results-bot:end?"))
    team.git("add", "-A")
    said = team.git("commit", "-m", "broken", check=False)
    assert "results-bot: RESULTS.md:" in said
    assert "first" in team.git("log", "--format=%s", "-1")


def test_page_of_a_new_repository(team: Team, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    team.git("init", "-q", folder=new)
    team.metrics("one", 0.25, new)
    (new / ".git" / "hooks").mkdir(exist_ok=True)
    (new / ".git" / "hooks" / "pre-commit").symlink_to(HOOK)
    team.git("config", "results-bot.command", f"{sys.executable} -m results_bot", folder=new)
    team.git("config", "user.name", "Ada", folder=new)
    team.git("config", "user.email", "ada@example.invalid", folder=new)
    team.git("add", "-A", folder=new)
    team.git("commit", "-qm", "first", folder=new)
    assert "| one | 0.2500 |" in team.page(folder=new)


def test_existing_hook_of_others_is_left(team: Team) -> None:
    hook = team.root / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 0\n")
    said = team.bot("init", "--hook")
    assert "add this line to it: results-bot hook" in said
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"


def test_amend(team: Team) -> None:
    team.metrics("two", 0.125)
    team.git("commit", "-qam", "better")
    team.metrics("two", 0.0625)
    team.git("commit", "-qa", "--amend", "--no-edit")
    assert "| two | 0.0625 |" in team.page()
    assert team.status() == ""


def test_submodule(team: Team, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    team.git("init", "-q", folder=outer)
    allowed = ("-c", "protocol.file.allow=always")
    team.git(*allowed, "submodule", "add", "-q", str(team.root), "results", folder=outer)
    inner = outer / "results"
    for name in ("user.name", "user.email"):
        for folder in (outer, inner):
            team.git("config", name, "ada@example.invalid", folder=folder)
    replace(team, root=inner).bot("init", "--hook")
    assert (inner / ".git").is_file()
    assert (outer / ".git/modules/results/hooks/pre-commit").is_file()
    team.metrics("two", 0.125, inner)
    team.git("commit", "-qam", "better", folder=inner)
    assert "| two | 0.1250 |" in team.page(folder=inner)
    assert team.status(inner) == ""
    team.git("commit", "-qam", "with better results", folder=outer)
    assert not (outer / PAGE).exists()


def test_a_new_commit_of_a_submodule_is_a_change_of_metrics(team: Team) -> None:
    team.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(team.root), "runs")
    (team.root / "results-bot.toml").write_text(
        '[[sections]]\nid = "m"\nruns = ["runs/experiments/*"]\n'
    )
    team.bot("refresh")
    team.git("add", "-A")
    team.git("commit", "-qm", "with a submodule")
    inner = team.root / "runs"
    for name in ("user.name", "user.email"):
        team.git("config", name, "ada@example.invalid", folder=inner)
    team.metrics("two", 0.125, inner)
    team.git("commit", "-qam", "better", "--no-verify", folder=inner)
    team.git("commit", "-qam", "the new commit of the submodule")
    assert "| two | 0.1250 |" in team.page()
    assert team.status() == ""


def test_a_page_that_is_a_link_is_staged_where_it_points(team: Team) -> None:
    (team.root / "docs").mkdir()
    team.git("mv", PAGE, "docs/PAGE.md")
    (team.root / PAGE).symlink_to("docs/PAGE.md")
    team.git("add", "-A")
    team.metrics("two", 0.125)
    team.git("commit", "-qam", "better")
    assert "| two | 0.1250 |" in team.git("show", "HEAD:docs/PAGE.md")
    assert (team.root / PAGE).is_symlink()
    assert team.status() == ""


def test_an_unresolved_conflict_stops_the_commit(team: Team) -> None:
    team.git("switch", "-qc", "branch")
    team.metrics("two", 0.125)
    team.git("commit", "-qam", "better")
    team.git("switch", "-q", "main")
    team.metrics("two", 0.0625)
    team.git("commit", "-qam", "best")
    assert "CONFLICT" in team.git("merge", "branch", check=False)
    team.metrics("two", 0.03125)
    said = team.git("commit", "-am", "merged", check=False)
    assert ": a merge conflict is not resolved; take either side" in said
    team.git("checkout", "--ours", PAGE)
    team.git("commit", "-qam", "merged")
    assert "| two | 0.0312 |" in team.page()
    assert "<<<<<<<" not in team.page()
    assert team.status() == ""


def test_the_hook_alone_watches_all_usual_places() -> None:
    shell = (
        HOOK.read_text().partition('elif [ -n "$watch" ]; then\n  set --')[2].partition("\nfi\n")[0]
    )
    watched = {word.strip("'") for word in shell.replace("\\\n", " ").split()}
    own = {*PAGES, FILE, PYPROJECT, dvc.PIPELINE}
    assert watched == {*DEFAULT_FOLDERS, *DATABASES, *TOP_FILES, *own}


def test_the_framework_is_done_at_once_where_nothing_watched_is_staged(team: Team) -> None:
    team.metrics("two", 0.125)
    (team.root / "notes.txt").write_text("x")
    team.git("add", "notes.txt")
    assert team.bot("hook", "--no-stage") == ""
    assert team.git("diff", "--name-only") == "experiments/two/metrics.json\n"
    team.git("add", "experiments")
    assert "refreshed; stage it and commit again: 1 value better" in team.bot("hook", "--no-stage")


def test_the_framework_looks_at_all_where_nothing_is_staged(team: Team) -> None:
    team.metrics("two", 0.125)
    team.git("commit", "-qam", "stale", "--no-verify")
    assert "refreshed; stage it and commit again: 1 value better" in team.bot("hook", "--no-stage")


SECTION = '[[sections]]\nid = "{0}"\nruns = ["{0}/*"]\n'


def test_a_configuration_newer_than_the_list_is_watched(team: Team) -> None:
    team.bot("refresh")
    watch = team.root / ".git/results-bot/watch"
    os.utime(watch, (1, 1))
    (team.root / "results-bot.toml").write_text(SECTION.format("extra"))
    team.git("add", "results-bot.toml")
    team.git("commit", "-qm", "As after a pull", "--no-verify")
    team.metrics("../extra/new", 0.125)
    team.git("add", "extra")
    team.git("commit", "-qm", "A run of the new section")
    assert "| new | 0.1250 |" in team.page()
    # A list that is damaged is made again.
    watch.write_bytes(b"\xff\xfe")
    team.bot("refresh")
    assert watch.read_text().startswith("extra\n")


def test_each_work_tree_has_its_own_list(team: Team) -> None:
    other = team.root.parent / "other"
    team.git("worktree", "add", "-q", "-b", "other", str(other))
    (other / "results-bot.toml").write_text(SECTION.format("third"))
    team.git("add", "-A", folder=other)
    team.git("commit", "-qm", "Other sections", folder=other)
    team.bot("refresh")
    team.metrics("../third/new", 0.125, folder=other)
    team.git("add", "third", folder=other)
    team.git("commit", "-qm", "A run", folder=other)
    assert "| new | 0.1250 |" in team.page("other")


def test_each_package_has_its_page(team: Team) -> None:
    """Configurations in folders keep pages there, with paths of their own; the hook keeps all."""
    for package, config in (("a", ""), ("b", '[tool.results-bot]\npage = "R.md"\n')):
        folder = team.root / "packages" / package
        (folder / "src").mkdir(parents=True)
        (folder / ("pyproject.toml" if config else "results-bot.toml")).write_text(config)
        team.metrics("one", 0.75, folder)
        team.metrics("two", 0.5, folder)
    section = (
        '[[tool.results-bot.sections]]\nid = "s"\nruns = ["experiments/*"]\nnames = {one = "1st"}\n'
    )
    with (team.root / "packages/b/pyproject.toml").open("a") as file:
        file.write(section)
    team.git("add", "-A")
    done = team.git("commit", "-qm", "Two packages")
    assert "packages/a/RESULTS.md" in done
    assert "packages/b/R.md" in done
    assert "| 1st | 0.7500 |" in team.git("show", "HEAD:packages/b/R.md")
    assert team.page() == team.page("HEAD~")
    team.metrics("two", 0.25, team.root / "packages/b")
    team.git("add", "-A")
    done = team.git("commit", "-qm", "A value")
    assert done == "results-bot: packages/b/R.md refreshed and staged: 1 value of unknown noise.\n"
    assert team.status() == ""
    team.metrics("two", 0.5, team.root / "packages/b")
    inside = ("-C", str(team.root / "packages/b/src"))
    assert "packages/b/R.md refreshed" in team.bot(*inside, "refresh")
    assert "Test Loss of two is worse: 0.2500 to 0.5000" in team.bot(*inside, "diff", "HEAD")
    assert "RESULTS.md is up to date" in team.bot("refresh")


def test_a_page_that_git_ignores_is_not_staged(team: Team) -> None:
    team.git("rm", "-q", "--cached", PAGE)
    (team.root / ".gitignore").write_text(f"{PAGE}\n")
    team.git("add", ".gitignore")
    team.git("commit", "-qm", "Keep the page out of git", "--no-verify")
    team.metrics("two", 0.125)
    assert "refreshed; git ignores it" in team.git("commit", "-qam", "A value")
    assert PAGE not in team.git("ls-files")
