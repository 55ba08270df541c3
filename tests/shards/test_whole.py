"""Shard by shard, or all in one piece: the same page, the same words, the same findings."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from results_bot.arguments import cli
from results_bot.collect import forked
from results_bot.collect.discover import Seen
from results_bot.commands.outcome import Outcome
from results_bot.page import rows
from results_bot.shards import crew, find, work
from results_bot.shards.cut import Shard
from results_bot.shards.whole import whole
from results_bot.workspace import Workspace

from benchmarks.trees import commit
from tests import test_kept as kept
from tests.readers import union
from tests.shards import trees

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="forks on Linux only")

Make = Callable[[Path], None]


@pytest.fixture(params=[0, 2], ids=["alone", "with others"])
def processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked, "helpers", lambda: int(request.param))


def refresh(root: Path, *options: str, in_shards: bool) -> Outcome:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(find, "FEWEST", 1 if in_shards else 10**9)
        outcome = cli(["-C", str(root), "refresh", *options], standalone_mode=False)
    assert isinstance(outcome, Outcome)
    return outcome


def memories(root: Path) -> list[Path]:
    return sorted((root / ".git/results-bot").glob("cache-shard-*"))


def said(outcome: Outcome) -> tuple[int, str, str]:
    return outcome.code, outcome.text, outcome.notes


def both_ways(root: Path, other: Path, *options: str) -> None:
    """Refresh two copies of a repository, one of them in shards, and compare."""
    one = refresh(root, *options, in_shards=True)
    assert said(one) == said(refresh(other, *options, in_shards=False))
    assert (root / "RESULTS.md").read_bytes() == (other / "RESULTS.md").read_bytes()


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("make", trees.APART + trees.TOGETHER)
def test_both_ways_say_the_same(make: Make, options: tuple[str, ...], tmp_path: Path) -> None:
    root = trees.repository(tmp_path / "one", make)
    other = shutil.copytree(root, tmp_path / "other", symlinks=True)
    both_ways(root, other, *options)
    for path in (root, other):
        commit(path)
    time.sleep(0.02)
    both_ways(root, other, *options)
    for path in (root, other):
        trees.metrics(path, "sweep_1/model_0", test_loss=0.31, test_accuracy=0.4)
        trees.metrics(path, "sweep_1/new", test_loss=0.001, test_accuracy=0.5)
        shutil.rmtree(path / "experiments/sweep_2/model_0", ignore_errors=True)
    both_ways(root, other, *options)
    for path in (root, other):
        commit(path)
        shutil.rmtree(path / "experiments/sweep_0")
    both_ways(root, other, *options)
    time.sleep(0.02)
    for path in (root, other):
        (path / "experiments/sweep_2/model_2").rename(path / "experiments/sweep_2/model_0")
        page = path / "RESULTS.md"
        page.write_text(page.read_text("utf-8").replace("| model_1 |", "| model_1x |"), "utf-8")
    both_ways(root, other, *options)


@pytest.mark.parametrize(
    ("make", "apart"),
    [*((make, True) for make in trees.APART), *((make, False) for make in trees.TOGETHER)],
)
def test_what_goes_apart(
    make: Make, apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace.find(trees.repository(tmp_path / "one", make))
    monkeypatch.setattr(find, "FEWEST", 1)
    found = find.find(workspace.root, workspace.sections)
    made = found and whole(workspace.task(None), found.shards, workspace.in_git)
    assert (made is not None) is apart


def leave_alone(_: Path) -> None:
    """Nothing is missing, and nothing on the page is without its artifacts."""


def delete_a_run(root: Path) -> None:
    shutil.rmtree(root / "experiments/sweep_1/model_2")


def delete_the_numbers_of_a_run(root: Path) -> None:
    folder = root / "experiments/sweep_1/model_2"
    (folder / "metrics.json").rename(folder / "config.json")
    (folder / "config.json").write_text('{"lr": 0.1}', "utf-8")


def delete_a_section(root: Path) -> None:
    shutil.rmtree(root / "experiments/sweep_1")


def tell_of_another_run(root: Path) -> None:
    page = root / "RESULTS.md"
    page.write_text(page.read_text("utf-8").replace("| model_2 |", "| elsewhere |"), "utf-8")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("change", "asked"),
    [
        (leave_alone, 0),
        (delete_a_run, 1),
        (delete_the_numbers_of_a_run, 1),
        (delete_a_section, 1),
        (tell_of_another_run, 1),
    ],
)
def test_git_is_asked_where_something_may_have_to_go(
    change: Make, asked: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = trees.repository(tmp_path / "one", trees.plain)
    refresh(root, in_shards=True)
    commit(root)
    change(root)
    other = shutil.copytree(root, tmp_path / "other", symlinks=True)
    questions: list[int] = []
    in_git = Workspace.in_git

    def counted(self: Workspace) -> list[str]:
        questions.append(1)
        return in_git(self)

    monkeypatch.setattr(Workspace, "in_git", counted)
    both_ways(root, other)
    assert len(questions) == asked


def test_all_tools_at_once(tmp_path: Path) -> None:
    root = union.build(tmp_path / "one", 1)
    (root / "optuna.db").unlink()  # Beside all folders, it would be in the way.
    commit(root, first=True)
    other = shutil.copytree(root, tmp_path / "other", symlinks=True)
    time.sleep(0.02)
    for _ in range(2):
        both_ways(root, other)
    assert len(memories(root)) > 9


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(root: Path) -> None:
        trees.odd_values(root)
        for run in range(6):
            kept.change(root, run)

    root = trees.repository(tmp_path_factory.mktemp("made") / "tree", make)
    refresh(root, in_shards=True)
    commit(root)
    return root


def settle(root: Path, _: int) -> None:
    """Let the memory of shards be made and believed."""
    time.sleep(0.02)
    refresh(root, in_shards=True)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(kept.EDITS), st.integers(0, 5000)), max_size=6))
def test_the_page_is_the_same_with_what_is_remembered_of_shards(
    made: Path, tmp_path: Path, edits: list[kept.Edit]
) -> None:
    in_shards = [(settle if edit is kept.settle else edit, at) for edit, at in edits]
    warm, cold = kept.warm_and_cold(made, tmp_path, [(settle, 0), *in_shards])
    both_ways(warm, cold)


def test_a_process_that_dies_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = trees.repository(tmp_path / "one", trees.odd_values)
    other = shutil.copytree(root, tmp_path / "other")
    own, result = os.getpid(), work.result
    monkeypatch.setattr(forked, "helpers", lambda: 2)

    def dying(task: work.Task, shard: Shard) -> work.Result:
        if os.getpid() != own:
            os._exit(9)
        return result(task, shard)

    monkeypatch.setattr(crew, "result", dying)
    both_ways(root, other)


def test_only_the_shard_with_a_change_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = trees.repository(tmp_path / "one", trees.plain)
    time.sleep(0.02)
    refresh(root, in_shards=True)
    commit(root)
    refresh(root, in_shards=True)
    trees.metrics(root, "sweep_1/model_0", test_loss=0.31, test_accuracy=0.4)
    monkeypatch.setattr(forked, "helpers", lambda: 0)
    done: list[str] = []
    listed = vars(work)["listed"]

    def noted(seen: Seen) -> object:
        done.extend(seen.starts)
        return listed(seen)

    monkeypatch.setattr(work, "listed", noted)
    assert refresh(root, in_shards=True).code == 1
    assert set(done) == {"experiments/sweep_1"}


def test_a_changed_artifact_between_two_looks_has_all_of_it_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["results_bot.shards.whole"]
    root = trees.repository(tmp_path / "one", trees.plain)
    refresh(root, in_shards=True)
    commit(root)
    again = module.made_again

    def later(*arguments: object) -> object:
        trees.metrics(root, "sweep_1/model_0", test_loss=0.77, test_accuracy=0.4)
        trees.metrics(root, "sweep_1/model_9", test_loss=0.5)
        for path in (root / ".git/results-bot").glob("cache-files-*"):
            path.unlink()
        return again(*arguments)

    trees.metrics(root, "sweep_1/model_0", test_loss=0.31, test_accuracy=0.4)
    monkeypatch.setattr(module, "made_again", later)
    outcome = refresh(root, in_shards=True)
    text = (root / "RESULTS.md").read_text("utf-8")
    assert outcome.code == 1
    assert "model_9" in text
    assert "0.7700" in text


def test_what_is_remembered_of_shards_that_are_gone_is_cleared_away(tmp_path: Path) -> None:
    root = trees.repository(tmp_path / "one", trees.plain)
    time.sleep(0.02)
    refresh(root, in_shards=True)
    before = {path.name for path in memories(root)}
    (root / "experiments/sweep_1").rename(root / "experiments/sweep_7")
    commit(root)
    time.sleep(0.02)
    refresh(root, in_shards=True)
    after = {path.name for path in memories(root)}
    assert len(before) == len(after) == 3
    assert len(before & after) == 2


def in_shards(root: Path) -> tuple[work.Task, list[Shard]]:
    workspace = Workspace.find(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(find, "FEWEST", 1)
        found = find.find(workspace.root, workspace.sections)
    assert found is not None
    return workspace.task(workspace.read_page()), found.shards


def test_no_row_is_made_of_a_shard_where_nobody_asks_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, shards = in_shards(trees.repository(tmp_path / "one", trees.plain))
    monkeypatch.setattr(rows.Grid, "_made", lambda _: pytest.fail("made"))
    assert all(work.result(task, shard).done for shard in shards)


@pytest.mark.parametrize("make", trees.APART)
def test_a_shard_leaves_nothing_behind(make: Make, tmp_path: Path) -> None:
    """Nobody looks for circles while shards are made, so that there must be none."""
    task, shards = in_shards(trees.repository(tmp_path / "one", make))
    work.result(task, shards[0])
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for shard in shards:
            work.result(task, shard)
        gc.collect()
        left = {
            type(one).__name__
            for one in gc.garbage
            if type(one).__module__.startswith("results_bot.")
        }
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == set()
