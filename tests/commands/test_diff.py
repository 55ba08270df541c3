"""`diff`: what it prints beside the verdict itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import commit_all, git, run_cli, train


def test_a_base_without_a_page_has_its_artifacts(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    commit_all(tmp_path)
    for accuracy in (0.9, 0.8):
        train(tmp_path, test_accuracy=accuracy, num_samples=10000)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "Train")
    done = run_cli(["diff", "HEAD~1", "HEAD"], tmp_path)
    assert (done.code, "Test Accuracy of a is worse: 90.00% to 80.00%" in done.out) == (1, True)
    assert "has no page; its artifacts are compared" in done.err
    done = run_cli(["diff", "HEAD~2", "HEAD~1"], tmp_path)
    assert (done.code, done.out) == (0, "experiments\n  + a (added)\n\n1 run added.\n")
    assert "has no page; every run counts as added" in done.err


def test_two_commits_by_their_artifacts_and_as_markdown(tmp_path: Path) -> None:
    for accuracy in (0.9, 0.8):
        train(tmp_path, test_accuracy=accuracy, num_samples=10000)
        commit_all(tmp_path)
        if accuracy == 0.9:
            run_cli(["refresh"], tmp_path)
            commit_all(tmp_path)
    done = run_cli(["diff", "HEAD~1", "HEAD"], tmp_path)
    assert (done.code, done.err) == (1, "")
    assert "Test Accuracy of a is worse: 90.00% to 80.00%" in done.out
    assert "The committed page is stale" in done.out
    run_cli(["refresh"], tmp_path)
    git(tmp_path, "commit", "-aqm", "Refresh")
    done = run_cli(["diff", "HEAD~2", "HEAD", "--format", "md"], tmp_path)
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("### ❌ 1 finding waits for approval\n\n1 value worse · ")
    text = done.out.replace("\u00a0", " ")
    assert "- ❌ Test Accuracy of a is worse: 90.00% to 80.00% (-10.00 pp)" in text
    assert "| a | 80.00%<br><sub>🔴 ▼ -10.00 pp</sub> |" in text


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """A repository on a branch of its own, with a worse value that is not committed."""
    root = tmp_path / "repo"
    train(root, test_accuracy=0.9)
    run_cli(["refresh"], root)
    commit_all(root)
    git(root, "switch", "-qc", "work")
    train(root, test_accuracy=0.5)
    return root


@pytest.mark.parametrize("name", ["main", "trunk"])
def test_the_base_that_nobody_named_is_in_the_first_line(branch: Path, name: str) -> None:
    git(branch, "branch", "-m", "main", name)
    for command in ("diff", "approve"):
        assert run_cli([command], branch).out.startswith(f"Work tree compared with {name}.\n")
    short = git(branch, "rev-parse", name)[:8]
    git(branch, "switch", "-q", name)
    git(branch, "commit", "-qm", "Ahead", "--allow-empty")
    git(branch, "switch", "-q", "work")
    line = f"Work tree compared with {short}, where it left {name}.\n"
    assert run_cli(["diff"], branch).out.startswith(line)


def test_on_the_default_branch_the_last_commit_has_a_command_of_its_own(branch: Path) -> None:
    git(branch, "switch", "-qf", "main")
    tip = "`results-bot diff HEAD~1 HEAD` compares the last commit with the one before.\n"
    line = "Work tree compared with main.\n"
    assert run_cli(["diff"], branch).out == f"{line}No value changed.\n{tip}"
    train(branch, test_accuracy=0.97)
    assert tip not in run_cli(["diff"], branch).out


@pytest.mark.parametrize("name", ["main", "origin/next", "v2", "main~0"])
def test_what_a_named_branch_got_since_is_not_compared(branch: Path, name: str) -> None:
    """A documentation branch is not blocked by an improvement on main that it lacks."""
    git(branch, "commit", "-qm", "Notes", "--allow-empty")
    git(branch, "switch", "-qf", "main")
    left = git(branch, "rev-parse", "main")[:8]
    train(branch, test_accuracy=0.97)
    run_cli(["refresh"], branch)
    commit_all(branch, "Better")
    git(branch, "update-ref", "refs/remotes/origin/next", "main")
    git(branch, "tag", "v2")
    git(branch, "switch", "-q", "work")
    line = f"Work tree compared with {left}, where it left {name}.\n"
    diff, approve = run_cli(["diff", name], branch), run_cli(["approve", name], branch)
    assert (diff.code, diff.out) == (0, f"{line}No value changed.\n")
    assert approve.out == f"{line}Nothing waits for approval.\n"
    report = run_cli(["report", name, "--html", "out.html"], branch)
    assert report.code == 0
    assert report.out.startswith(line)
    assert f"<span>{left} on {name}</span>" in (branch / "out.html").read_text("utf-8")

    both = run_cli(["diff", name, "HEAD"], branch).out
    assert "Test Accuracy of a is worse: 97.00% to 90.00%" in both
    assert "compared with" not in both


def test_a_named_ancestor_is_compared_itself(branch: Path) -> None:
    run_cli(["refresh"], branch)
    commit_all(branch, "Worse")
    for name in ("HEAD~1", "main", "HEAD"):
        done = run_cli(["diff", name], branch)
        assert not done.out.startswith("Work tree")
        assert done.code == (name != "HEAD")


@pytest.mark.parametrize("is_shallow", [False, True])
def test_a_named_base_without_a_common_ancestor_is_compared_itself(
    branch: Path, is_shallow: bool
) -> None:
    root = branch
    if is_shallow:
        git(branch, "commit", "-qam", "Worse")
        git(branch, "switch", "-q", "main")
        git(branch, "commit", "-qm", "Ahead", "--allow-empty")
        root = branch.parent / "shallow"
        source = branch.as_uri()
        git(
            branch,
            "clone",
            "-q",
            "--depth=1",
            "--no-single-branch",
            "-b",
            "work",
            source,
            str(root),
        )
    else:
        git(branch, "switch", "-qf", "--orphan", "alone")
        train(branch, test_accuracy=0.5)
        commit_all(branch, "Alone")
    name = "origin/main" if is_shallow else "main"
    done = run_cli(["diff", name], root)
    assert done.code == 1
    assert not done.out.startswith("Work tree")
    assert "Test Accuracy of a is worse: 90.00% to 50.00%" in done.out


def test_a_default_branch_that_is_renamed_at_the_remote(branch: Path) -> None:
    """`origin/HEAD` may name a branch that is gone: the next one counts, by its name."""
    git(branch, "update-ref", "refs/remotes/origin/main", "main")
    git(branch, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/master")
    assert "compared with origin/main.\n" in run_cli(["diff"], branch).out
    git(branch, "update-ref", "refs/remotes/origin/next", "main")
    git(branch, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/next")
    assert "compared with origin/next.\n" in run_cli(["diff"], branch).out


def test_without_a_base_there_is_no_comparison(branch: Path) -> None:
    give = "give the commit to compare with as BASE"
    git(branch, "branch", "-m", "main", "odd")
    done = run_cli(["diff"], branch)
    assert (done.code, done.out) == (2, "")
    assert done.line == f"results-bot: no branch here is known as the default one; {give}"
    git(branch, "branch", "-m", "odd", "main")
    git(branch, "switch", "-qf", "--orphan", "alone")
    train(branch, test_accuracy=0.5)
    commit_all(branch, "Alone")
    done = run_cli(["approve"], branch)
    assert (done.code, done.out) == (2, "")
    assert done.line == f"results-bot: HEAD and main have no common ancestor; {give}"
    (branch / ".git/shallow").write_text(git(branch, "rev-parse", "main"))
    done = run_cli(["diff"], branch)
    assert done.line.endswith(
        f"ancestor in this shallow clone; run `git fetch --unshallow`, or {give}"
    )


@pytest.mark.parametrize("where", ["work tree", "commit", "index"])
@pytest.mark.parametrize(
    ("rows", "change"),
    [
        ("small,0.81\nmiddle,0.88\n", "- large (removed)"),
        ("small,0.81\nmiddle,0.88\nlarge_v2,0.85\n", "= large_v2 (was large)"),
        ("large,0.93\n", "- middle (removed)"),
    ],
)
def test_a_run_that_leaves_a_file_of_several_leaves_the_page(
    tmp_path: Path, rows: str, change: str, where: str
) -> None:
    scores = tmp_path / "results" / "scores.csv"
    scores.parent.mkdir()
    scores.write_text("model,test_accuracy\nsmall,0.81\nmiddle,0.88\nlarge,0.93\n", "utf-8")
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path)
    scores.write_text(f"model,test_accuracy\n{rows}", "utf-8")
    if where == "commit":
        commit_all(tmp_path)
        assert change in run_cli(["diff", "HEAD~1", "HEAD"], tmp_path).out
        return
    if where == "work tree":
        assert change in run_cli(["diff", "HEAD"], tmp_path).out
        run_cli(["refresh"], tmp_path)
    else:
        git(tmp_path, "add", "-A")
        run_cli(["hook"], tmp_path)
    shown = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert ("| large |" in shown) == ("large," in rows)
    assert "| small |" in shown or "small" not in rows


_POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 99\n".encode()


@pytest.mark.parametrize(
    ("name", "table", "unreadable"),
    [
        ("scores.csv", "model,test_accuracy\na,0.9\nb,0.8\n", b""),
        ("scores.csv", "model,test_accuracy\na,0.9\nb,0.8\n", b"model,test_accuracy\n\xff,0.9\n"),
        ("scores.csv", "model,test_accuracy\na,0.9\nb,0.8\n", _POINTER),
        ("scores.json", '[{"model": "a", "loss": 1}, {"model": "b", "loss": 2}]', b'[{"model": "a'),
    ],
)
def test_a_file_of_several_runs_that_cannot_be_read_keeps_their_rows(
    tmp_path: Path, name: str, table: str, unreadable: bytes
) -> None:
    scores = tmp_path / "results" / name
    scores.parent.mkdir()
    scores.write_text(table, "utf-8")
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path)
    page = (tmp_path / "RESULTS.md").read_text("utf-8")
    scores.write_bytes(unreadable)
    done = [run_cli(command, tmp_path) for command in (["diff", "HEAD"], ["refresh"])]
    git(tmp_path, "add", "-A")
    done.append(run_cli(["hook"], tmp_path))
    git(tmp_path, "commit", "-qm", "Second")
    done.append(run_cli(["diff", "HEAD~1", "HEAD"], tmp_path))
    assert [one.code for one in done] == [4, 4, 0, 4]
    assert all(one.line.startswith(f"warning: results/{name}: is ") for one in done)
    assert "removed" not in "".join(one.out for one in done)
    assert (tmp_path / "RESULTS.md").read_text("utf-8") == page


def test_a_row_that_people_add_is_to_be_listed_as_a_baseline(branch: Path) -> None:
    page = branch / "RESULTS.md"
    page.write_text(page.read_text().replace("| a | 90.00% |", "| a | 90.00% |\n| SOTA | 95.00% |"))
    out = run_cli(["diff"], branch).out
    assert "New on the page without any artifact here: SOTA [hand-edited]" in out
    assert "list rows of published results in `baselines`" in out.replace("\n     ", " ")
    with (branch / "results-bot.toml").open("w") as file:
        file.write(
            '[[sections]]\nid = "experiments"\nruns = ["experiments/*"]\nbaselines = ["SOTA"]\n'
        )
    assert "SOTA [hand-edited]" not in run_cli(["diff"], branch).out


def test_the_only_seed_left_of_a_row_is_no_rename(tmp_path: Path) -> None:
    for seed, loss in enumerate((0.51, 0.5, 0.52)):
        train(tmp_path, f"bert/seed_{seed}", test_loss=loss, test_accuracy=1 - loss)
        train(tmp_path, f"gru/seed_{seed}", test_loss=loss + 0.1, test_accuracy=0.9 - loss)
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path, "First")
    for seed in (0, 2):
        shutil.rmtree(tmp_path / f"experiments/bert/seed_{seed}")
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path, "Keep the best")
    done = run_cli(["diff", "HEAD~1", "HEAD"], tmp_path)
    assert "bert/seed_1 (the only seed left of bert)" in done.out
    assert "1 row with one seed left." in done.out
    assert "renamed" not in done.out
    (finding,) = json.loads(run_cli(["diff", "HEAD~1", "HEAD", "--json"], tmp_path).out)["findings"]
    assert (finding["id"], finding["severity"]) == ("uneven-seeds", "warning")
    assert finding["message"].endswith("; bert/seed_0 and bert/seed_2 are gone")
    markdown = run_cli(["diff", "HEAD~1", "HEAD", "--format", "md"], tmp_path).out
    assert "One seed left: bert → bert/seed_1." in markdown


@pytest.mark.parametrize(("runs", "lost"), [("experiments/**", False), ("trials/**", True)])
def test_without_its_configuration_the_usual_folders_are_read(
    tmp_path: Path, runs: str, lost: bool
) -> None:
    train(tmp_path, test_loss=0.5)
    shutil.copytree(tmp_path / "experiments", tmp_path / "trials")
    config = tmp_path / "results-bot.toml"
    config.write_text(f'[[sections]]\nid = "x"\nruns = ["{runs}"]\nby-folder = true\n', "utf-8")
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path)
    config.unlink()
    assert (f"Section x no longer reads {runs}" in run_cli(["diff", "HEAD"], tmp_path).out) is lost


@pytest.mark.parametrize(
    ("last", "severity"),
    [("experiments/*", "notice"), ("experiments/r2", "failure"), ("experiments/r*", "failure")],
)
def test_a_section_that_is_split_needs_no_approval_where_all_stays_read(
    tmp_path: Path, last: str, severity: str
) -> None:
    for at in (1, 2):
        train(tmp_path, f"r{at}", test_accuracy=0.7 + at / 100)
    config = tmp_path / "results-bot.toml"
    config.write_text('[[sections]]\nid = "all"\nruns = ["experiments/**"]\n', "utf-8")
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path)
    parts = {"good": "experiments/r1", "rest": last}
    tables = [f'[[sections]]\nid = "{id_}"\nruns = ["{runs}"]\n' for id_, runs in parts.items()]
    config.write_text("\n".join(tables), "utf-8")
    run_cli(["refresh"], tmp_path)
    [finding] = json.loads(run_cli(["diff", "HEAD", "--json"], tmp_path).out)["findings"]
    assert (finding["id"], finding["severity"]) == ("tolerance-loosened", severity)


def test_what_waits_for_approval_names_the_command(tmp_path: Path) -> None:
    train(tmp_path, test_accuracy=0.9)
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path)
    train(tmp_path, test_accuracy=0.75)
    done = run_cli(["diff", "HEAD"], tmp_path)
    assert "\n1 finding waits for approval: `results-bot approve` prints the comm" in done.out
    train(tmp_path, test_accuracy=0.89)
    done = run_cli(["diff", "HEAD"], tmp_path)
    assert (done.code, "approv" in done.out) == (0, False), "a warning waits for nobody"
    assert "`results-bot noise` shows what would rule out chance." in done.out


def test_a_row_of_fewer_seeds_is_a_change_where_their_mean_is_not(tmp_path: Path) -> None:
    for seed in range(3):
        train(tmp_path, f"bert/seed_{seed}", test_loss=0.5 + seed / 100)
    train(tmp_path, "gru", test_loss=0.6)
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path, "First")
    shutil.rmtree(tmp_path / "experiments/bert/seed_1")
    done = run_cli(["refresh"], tmp_path)
    assert "RESULTS.md refreshed (2 runs): 1 row of more or fewer trainings." in done.out
    commit_all(tmp_path, "Without one")
    done = run_cli(["diff", "HEAD~1", "HEAD"], tmp_path)
    assert "  ~ bert (2 seeds, 3 seeds before)\n\n1 row of more or fewer trainings." in done.out
    assert run_cli(["diff", "HEAD"], tmp_path).out == "No value changed.\n"


def test_a_step_of_finite_seeds_is_counted_once(tmp_path: Path) -> None:
    train(tmp_path, "m/seed_0", test_loss=0.5, test_accuracy=0.8)
    train(tmp_path, "m/seed_1", test_loss=float("nan"), test_accuracy=0.81)
    run_cli(["refresh"], tmp_path)
    commit_all(tmp_path)
    train(tmp_path, "m/seed_0", test_loss=0.6, test_accuracy=0.8)
    out = run_cli(["diff", "HEAD"], tmp_path).out
    assert "noise unknown" in out
    assert "\n1 value changed.\n" in out
