"""The hook in real repositories, with real commits, in every way git can call it."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import attempt, commit_all, run_cli, train

HOOK = Path(__file__).parents[2] / "hooks" / "pre-commit"
PAGE = "RESULTS.md"


@dataclass
class Team:
    """A repository, or a work tree beside it, whose page is true."""

    root: Path

    def git(self, *arguments: str, check: bool = True) -> str:
        code, said = attempt(self.root, *arguments)
        assert not check or code == 0, said
        return said

    def bot(self, *arguments: str) -> str:
        done = run_cli(arguments, self.root)
        assert done.code in (0, 1), done.err
        return done.out

    def metrics(self, run: str, loss: float) -> Path:
        return train(self.root, run, test_loss=loss, test_accuracy=0.5)

    def staged(self, run: str, loss: float) -> Path:
        path = self.metrics(run, loss)
        self.git("add", str(path))
        return path

    def commit(self, *arguments: str) -> str:
        return self.git("commit", "-m", "message", *arguments)

    def shows(self, run: str, loss: str, revision: str = "HEAD") -> bool:
        return f"| {run} | {loss} |" in self.git("show", f"{revision}:{PAGE}")

    def is_clean(self) -> bool:
        return self.git("status", "--short") == ""


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """Two runs and the hook."""
    team = Team(tmp_path / "team's repo")
    team.metrics("one", 0.25)
    team.metrics("two", 0.5)
    attempt(tmp_path, "init", "-q", "-b", "main", str(team.root))
    team.bot("init", "--hook")
    team.bot("refresh")
    team.git("add", "-A")
    team.commit("--no-verify")
    assert team.shows("one", "0.2500")
    return team


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
    said = Team(team.root / below).commit("-a")
    assert "results-bot: RESULTS.md refreshed and staged: 1 value better." in said
    assert team.shows("two", "0.1250")
    assert team.shows("two", "0.5000", "main") is ("--detach" in before)
    team.metrics("two", 0.0625)
    team.git("commit", "-qa", "--amend", "--no-edit")
    assert team.shows("two", "0.0625")
    assert team.is_clean()


@pytest.mark.parametrize("also", [False, True])
def test_an_edit_of_a_cell_is_put_back_aloud(also: bool, team: Team) -> None:
    page = team.root / PAGE
    page.write_text(page.read_text().replace("| one | 0.2500 |", "| one | 0.1250 |"))
    if also:  # A value that its artifact changed as well is no edit.
        team.metrics("two", 0.125)
    line = "1 value was edited on the page only, and put back: one Test Loss 0.1250 to 0.2500.\n"
    shown = team.root.parent / "shown"
    shutil.copytree(team.root, shown)
    assert line in Team(shown).bot("refresh")
    assert line not in Team(shown).bot("refresh")
    assert f"results-bot: {line}" in team.commit("-a")
    assert team.shows("one", "0.2500")


def test_the_command_is_started_only_for_what_is_watched(team: Team) -> None:
    team.git("config", "results-bot.command", "false")
    (team.root / "notes.txt").write_text("x")
    team.git("add", "notes.txt")
    team.git("commit", "-m", "notes")
    team.staged("two", 0.125)
    assert "results-bot" not in team.git("commit", "-m", "x", check=False)
    assert "notes" in team.git("log", "--format=%s", "-1"), "a failing hook stops the commit"
    team.git("config", "results-bot.command", "no-such-command")
    assert "not installed here" in team.commit()
    assert team.shows("two", "0.5000")


def test_commit_of_one_path_leaves_what_else_is_changed_or_staged(team: Team) -> None:
    team.metrics("one", 0.75)
    team.staged("three", 0.0625)
    team.metrics("two", 0.125)
    team.commit("--", "experiments/two")
    assert team.shows("two", "0.1250")
    assert team.shows("one", "0.2500"), "one is not part of this commit"
    assert not team.shows("three", "0.0625")
    changed = ["A", "experiments/three/metrics.json", "M", "experiments/one/metrics.json"]
    assert sorted(team.git("status", "--short").split()) == sorted(changed)
    team.commit("-a")
    assert team.shows("three", "0.0625")
    assert team.is_clean()


def test_what_the_commit_holds_is_shown_and_what_git_ignores(team: Team) -> None:
    (team.root / ".gitignore").write_text("experiments/local/\n")
    team.git("add", ".gitignore")
    team.metrics("local", 0.0625)
    path = team.staged("two", 0.125)
    path.write_text('{"test_loss": 99}')
    team.metrics("untracked", 0.0625)
    team.commit()
    assert team.shows("two", "0.1250"), "as it is staged"
    assert team.shows("local", "0.0625")
    assert not team.shows("untracked", "0.0625")
    assert team.git("status", "--short").split()[:2] == ["M", "experiments/two/metrics.json"]


def test_runs_at_the_top_are_watched_and_read_as_staged(team: Team) -> None:
    config = '[[sections]]\nid = "experiments"\nruns = ["exp_*"]\n'
    (team.root / "results-bot.toml").write_text(config, "utf-8")
    team.git("mv", "experiments/one", "exp_a")
    team.bot("refresh")
    commit_all(team.root)
    team.staged("../exp_a", 0.125)
    team.commit()
    assert team.shows("exp_a", "0.1250")
    assert team.is_clean()


def test_a_staged_log_of_text_is_read_as_in_the_work_tree(team: Team) -> None:
    log = team.root / "experiments" / "boosted" / "train.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"[{at}]\ttest-logloss:0.{9 - at}\n" for at in range(3)), "utf-8")
    team.git("add", ".")
    team.commit()
    assert "boosted" in team.git("show", f"HEAD:{PAGE}")
    assert "up to date" in team.bot("refresh")


def test_unstaged_words_of_people_stay_unstaged(team: Team) -> None:
    path = team.root / PAGE
    path.write_text(path.read_text() + "\nA thought, not staged.\n")
    team.staged("two", 0.125)
    team.commit()
    assert "A thought" not in team.git("show", f"HEAD:{PAGE}")
    assert team.shows("two", "0.1250")
    assert path.read_text().endswith("\nA thought, not staged.\n")
    difference = team.git("diff", "--stat")
    assert "1 insertion(+)" in difference or "2 insertions(+)" in difference, difference


def test_deleted_run_leaves_the_page(team: Team) -> None:
    team.git("rm", "-rq", "experiments/two")
    assert "1 run removed" in team.commit()
    assert not team.shows("two", "0.5000")


def test_clean_merge_runs_the_other_hook(team: Team) -> None:
    team.git("switch", "-qc", "branch")
    team.staged("three", 0.0625)
    team.commit("--no-verify")
    team.git("switch", "-q", "main")
    (team.root / "notes.txt").write_text("x")
    team.git("add", "notes.txt")
    team.commit()
    said = team.git("merge", "--no-edit", "branch", check=False)
    assert "refreshed and staged; `git commit` completes the merge: 1 run added." in said
    team.git("commit", "-q", "--no-edit")
    assert team.shows("three", "0.0625")
    assert team.git("log", "-1", "--format=%P").count(" ") == 1, "it is a merge"
    assert team.is_clean()


@pytest.mark.parametrize("name", ["with space", "ünïcödé 试验", "a*b?[c]", 'quo"te', "-dash"])
def test_awkward_names(team: Team, name: str) -> None:
    team.staged(name, 0.0625)
    team.commit()
    assert " 0.0625 |" in team.git("show", f"HEAD:{PAGE}")
    assert team.is_clean()
    assert "is up to date (3 runs)" in team.bot("refresh")


def test_half_written_file_does_not_stop_the_commit(team: Team) -> None:
    team.metrics("two", 0.125)
    (team.root / "experiments" / "one" / "metrics.json").write_text('{"test_loss": 0.')
    assert "experiments/one/metrics.json: is not valid JSON" in team.commit("-a")
    assert team.shows("one", "0.2500"), "the committed row stays"
    assert team.shows("two", "0.1250")


def test_broken_markers_stop_the_commit(team: Team) -> None:
    path = team.root / PAGE
    path.write_text(path.read_text().replace("<!-- results-bot:end", "<!-- results-bot:end?"))
    said = team.git("commit", "-am", "broken", check=False)
    assert "results-bot: RESULTS.md:" in said
    assert "broken" not in team.git("log", "--format=%s", "-1")


def test_page_of_a_new_repository(tmp_path: Path) -> None:
    new = Team(tmp_path / "new")
    new.metrics("one", 0.25)
    new.git("init", "-q")
    (new.root / ".git" / "hooks").mkdir(exist_ok=True)
    (new.root / ".git" / "hooks" / "pre-commit").symlink_to(HOOK)
    new.git("config", "results-bot.command", f"{sys.executable} -m results_bot")
    new.git("add", "-A")
    new.commit()
    assert new.shows("one", "0.2500")


def test_existing_hook_of_others_is_left(team: Team) -> None:
    hook = team.root / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 0\n")
    said = team.bot("init", "--hook")
    assert "add this line to it: results-bot hook" in said
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"


def test_submodule(team: Team, tmp_path: Path) -> None:
    outer = Team(tmp_path / "outer")
    outer.root.mkdir()
    outer.git("init", "-q")
    allowed = ("-c", "protocol.file.allow=always")
    outer.git(*allowed, "submodule", "add", "-q", str(team.root), "results")
    inner = Team(outer.root / "results")
    inner.bot("init", "--hook")
    assert (inner.root / ".git").is_file()
    assert (outer.root / ".git/modules/results/hooks/pre-commit").is_file()
    inner.metrics("two", 0.125)
    inner.commit("-a")
    assert inner.shows("two", "0.1250")
    assert inner.is_clean()
    outer.commit("-a")
    assert not (outer.root / PAGE).exists()


def test_a_new_commit_of_a_submodule_is_a_change_of_metrics(team: Team) -> None:
    team.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(team.root), "runs")
    (team.root / "results-bot.toml").write_text(
        '[[sections]]\nid = "m"\nruns = ["runs/experiments/*"]\n'
    )
    team.bot("refresh")
    commit_all(team.root)
    inner = Team(team.root / "runs")
    inner.metrics("two", 0.125)
    inner.commit("-a", "--no-verify")
    team.commit("-a")
    assert team.shows("two", "0.1250")
    assert team.is_clean()


def test_a_page_that_is_a_link_is_staged_where_it_points(team: Team) -> None:
    (team.root / "docs").mkdir()
    team.git("mv", PAGE, "docs/PAGE.md")
    (team.root / PAGE).symlink_to("docs/PAGE.md")
    team.git("add", "-A")
    team.metrics("two", 0.125)
    team.commit("-a")
    assert "| two | 0.1250 |" in team.git("show", "HEAD:docs/PAGE.md")
    assert (team.root / PAGE).is_symlink()
    assert team.is_clean()


def test_an_unresolved_conflict_stops_the_commit(team: Team) -> None:
    team.git("switch", "-qc", "branch")
    team.staged("three", 0.25)
    team.metrics("two", 0.125)
    team.commit("-a")
    team.git("switch", "-q", "main")
    team.metrics("two", 0.0625)
    team.commit("-a")
    assert "CONFLICT" in team.git("merge", "branch", check=False)
    team.metrics("two", 0.03125)
    said = team.git("commit", "-am", "merged", check=False)
    assert ": a merge conflict is not resolved; keep the lines of either side" in said
    team.git("checkout", "--ours", PAGE)
    team.commit("-a")
    assert team.shows("two", "0.0312")
    assert team.shows("three", "0.2500")
    assert "<<<<<<<" not in team.git("show", f"HEAD:{PAGE}")
    assert team.is_clean()


def test_under_the_framework_what_is_watched_counts_or_all_where_nothing_is_staged(
    team: Team,
) -> None:
    team.metrics("two", 0.125)
    (team.root / "notes.txt").write_text("x")
    team.git("add", "notes.txt")
    assert team.bot("hook", "--no-stage") == ""
    assert team.git("diff", "--name-only") == "experiments/two/metrics.json\n"
    team.commit("-a", "--no-verify")
    assert "refreshed; stage it and commit again: 1 value better" in team.bot("hook", "--no-stage")


SECTION = '[[sections]]\nid = "{0}"\nruns = ["{0}/*"]\n'


def test_a_configuration_newer_than_the_list_is_watched(team: Team) -> None:
    team.bot("refresh")
    watch = team.root / ".git/results-bot/watch"
    os.utime(watch, (1, 1))
    (team.root / "results-bot.toml").write_text(SECTION.format("extra"))
    team.commit("-a", "--no-verify")  # As after a pull.
    team.staged("../extra/new", 0.125)
    team.commit()
    assert team.shows("new", "0.1250")
    # A list that is missing or damaged is made again, whatever is staged.
    watch.unlink()
    (team.root / "notes.txt").write_text("x")
    team.git("add", "notes.txt")
    assert "results-bot" not in team.commit()
    assert watch.read_text().startswith("extra\n")
    watch.write_bytes(b"\xff\xfe")
    team.bot("refresh")
    assert watch.read_text().startswith("extra\n")


def test_each_work_tree_has_its_own_list(team: Team) -> None:
    other = Team(team.root.parent / "other")
    team.git("worktree", "add", "-q", "-b", "other", str(other.root))
    (other.root / "results-bot.toml").write_text(SECTION.format("third"))
    other.commit("-a")
    team.bot("refresh")
    other.staged("../third/new", 0.125)
    other.commit()
    assert team.shows("new", "0.1250", "other")
    assert not team.shows("new", "0.1250", "main")
    assert other.is_clean()


def test_each_package_has_its_page(team: Team) -> None:
    """Configurations in folders keep pages there, with paths of their own; the hook keeps all."""
    for package, config in (("a", ""), ("b", '[tool.results-bot]\npage = "R.md"\n')):
        folder = team.root / "packages" / package
        (folder / "src").mkdir(parents=True)
        (folder / ("pyproject.toml" if config else "results-bot.toml")).write_text(config)
        Team(folder).metrics("one", 0.75)
        Team(folder).metrics("two", 0.5)
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
    assert team.git("diff", "HEAD~", "--", PAGE) == ""
    package_b = Team(team.root / "packages/b")
    package_b.metrics("two", 0.25)
    team.git("add", "-A")
    done = team.git("commit", "-qm", "A value")
    counted = "1 value better (noise unknown)"
    assert done == f"results-bot: packages/b/R.md refreshed and staged: {counted}.\n"
    assert team.is_clean()
    package_b.metrics("two", 0.5)
    inside = ("-C", str(team.root / "packages/b/src"))
    assert "packages/b/R.md refreshed" in team.bot(*inside, "refresh")
    assert "Test Loss of two is worse: 0.2500 to 0.5000" in team.bot(*inside, "diff", "HEAD")
    assert "RESULTS.md is up to date" in team.bot("refresh")
    # A configuration that is wrong concerns its own package, and the commit that brings it.
    (team.root / "packages/a/results-bot.toml").write_text("page = 3\n")
    assert "RESULTS.md is up to date" in team.bot("refresh")
    package_b.metrics("two", 0.75)
    team.git("add", "packages/b")
    assert "packages/b/R.md refreshed" in team.git("commit", "-qm", "Of the other package")
    team.git("add", "-A")
    said = team.git("commit", "-qm", "A wrong configuration", check=False)
    assert "packages/a/results-bot.toml: page: expected `str`, got `int`" in said
    assert "page = 3" not in team.git("show", "HEAD:packages/a/results-bot.toml")


@pytest.mark.parametrize(
    ("name", "table"), [("results-bot.toml", ""), ("pyproject.toml", "[tool.results-bot]\n")]
)
def test_a_pull_brings_a_wrong_configuration_and_another_mends_it(
    name: str, table: str, team: Team
) -> None:
    package = Team(team.root / "packages/a")
    package.metrics("one", 0.75)
    config = package.root / name
    config.write_text(f"{table}page = 3\n")
    team.git("add", "-A")
    team.commit("--no-verify")
    assert "RESULTS.md is up to date" in team.bot("refresh")
    package.staged("one", 0.9)
    assert f"packages/a/{name}: " in team.git("commit", "-qm", "Stale", check=False)
    team.git("reset", "-q", "--hard")
    config.write_text(table)
    team.commit("-qa", "--no-verify")
    package.staged("one", 0.25)
    assert "packages/a/RESULTS.md refreshed" in team.commit()


def test_a_page_that_git_ignores_is_not_staged(team: Team) -> None:
    team.git("rm", "-q", "--cached", PAGE)
    (team.root / ".gitignore").write_text(f"{PAGE}\n")
    team.git("add", ".gitignore")
    team.commit("--no-verify")
    team.metrics("two", 0.125)
    assert "refreshed; git ignores it" in team.commit("-a")
    assert PAGE not in team.git("ls-files")
