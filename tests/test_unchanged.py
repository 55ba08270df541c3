"""With the memory of the last refresh, and without: the same answer, whatever happened between."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from results_bot import sealed
from results_bot.arguments import cli
from results_bot.commands.outcome import Outcome
from results_bot.git_head import head
from results_bot.unchanged import Memory

from benchmarks import trees

FIRST = "experiments/sweep_000/run_00000"
SECOND = "experiments/sweep_000/run_00001"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = trees.build(tmp_path_factory.mktemp("made") / "tree", 3)
    refresh(tree.root)
    trees.commit(tree.root)
    return tree.root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "tree", symlinks=True)
    time.sleep(0.05)  # What was written in the same tick of the clock is not believed.
    return tmp_path / "tree"


def refresh(root: Path, *options: str) -> Outcome:
    outcome = cli(["-C", str(root), "refresh", *options], standalone_mode=False)
    assert isinstance(outcome, Outcome)
    return outcome


def remembered(root: Path) -> Outcome | None:
    memory = Memory.find(root, None, None)
    assert memory is not None
    return memory.recall(as_json=False, colour=False)


def cache_file(root: Path) -> Path:
    return root / ".git" / "results-bot" / "cache-page"


def change(root: Path) -> None:
    value = int.from_bytes(os.urandom(3)) / 2**24
    (root / FIRST / "metrics.json").write_text(f'{{"test_kl_divergence": {value}}}', "utf-8")


def forge(root: Path) -> None:
    """Write another number of the same length and put the time back."""
    path = root / SECOND / "metrics.json"
    before = path.stat()
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), text, count=1))
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def add_run(root: Path) -> None:
    shutil.copytree(root / FIRST, root / "experiments/sweep_001/run_00009", dirs_exist_ok=True)


def lose_run(root: Path) -> None:
    shutil.rmtree(root / SECOND, ignore_errors=True)
    (root / SECOND).mkdir()
    (root / SECOND / "metrics.json").write_text('{"test_kl": 1.5}', "utf-8")
    shutil.rmtree(root / "experiments/sweep_001", ignore_errors=True)


def leave_half(root: Path) -> None:
    (root / FIRST / "metrics.json").write_text('{"test_loss": 0.', "utf-8")


def add_second_file(root: Path) -> None:
    (root / FIRST / "more.json").write_text('{"test_kl_divergence": 9.0}', "utf-8")


def add_checkpoint(root: Path) -> None:
    (root / FIRST / "last.ckpt").write_bytes(os.urandom(8))


def folder_for_file(root: Path) -> None:
    path = root / FIRST / "metrics.json"
    path.unlink()
    path.mkdir()
    refresh(root, "--check")
    path.rmdir()
    path.write_text('{"test_kl_divergence": 0.5}', "utf-8")


def link_out(root: Path) -> None:
    path = root / SECOND / "linked.json"
    path.unlink(missing_ok=True)
    path.symlink_to(root.parent / "elsewhere.json")


def edit_page(root: Path) -> None:
    page = root / "RESULTS.md"
    page.write_text(page.read_text("utf-8") + "\nA word.\n", "utf-8")


def edit_row(root: Path) -> None:
    page = root / "RESULTS.md"
    page.write_text(page.read_text("utf-8").replace("| 0.", "| 1."), "utf-8")


def edit_config(root: Path) -> None:
    config = root / "results-bot.toml"
    config.write_text(config.read_text("utf-8").replace(".2%", ".1%"), "utf-8")


def commit(root: Path) -> None:
    trees.git(root, "add", "--all")
    trees.git(root, "commit", "--quiet", "--allow-empty", "--message", "More")


def write(root: Path) -> None:
    refresh(root)


def damage(root: Path) -> None:
    path = cache_file(root)
    if path.exists():
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)


EDITS = (
    change, forge, add_run, lose_run, leave_half, add_second_file, add_checkpoint, folder_for_file,
    link_out, edit_page, edit_row, edit_config, commit, write, damage,
)  # fmt: skip


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.sampled_from(EDITS), min_size=1, max_size=5))
def test_the_answer_is_that_of_a_full_run(
    made: Path,
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[Callable[[Path], None]],
) -> None:
    root = tmp_path_factory.mktemp("edited") / "tree"
    shutil.copytree(made, root, symlinks=True)
    for edit in edits:
        edit(root)
        first = refresh(root, "--check")
        again = refresh(root, "--check")
        cache_file(root).unlink(missing_ok=True)
        assert first == again == refresh(root, "--check")


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_is_noticed(root: Path, edit: Callable[[Path], None]) -> None:
    refresh(root, "--check")
    assert remembered(root) is not None
    edit(root)
    if edit is not write:
        assert remembered(root) is None


def test_what_is_remembered_is_said_again(root: Path) -> None:
    plain, document = refresh(root, "--check"), refresh(root, "--json")
    assert remembered(root) == plain
    memory = Memory.find(root, None, None)
    assert memory is not None
    assert memory.recall(as_json=True, colour=False) == document


def test_other_options_are_another_memory(root: Path) -> None:
    refresh(root, "--check")
    memory = Memory.find(root, None, "OTHER.md")
    assert memory is not None
    assert memory.recall(as_json=False, colour=False) is None


def test_a_file_touched_while_refresh_ran_is_not_believed(root: Path) -> None:
    path = root / FIRST / "metrics.json"
    later = path.stat().st_mtime_ns + 3_600_000_000_000
    os.utime(path, ns=(later, later))
    refresh(root, "--check")
    assert remembered(root) is None


def test_another_trees_memory_is_not_believed(root: Path, tmp_path: Path) -> None:
    refresh(root, "--check")
    other = tmp_path / "other"
    shutil.copytree(root, other, symlinks=True)
    assert remembered(other) is None


@pytest.mark.parametrize("keep", [0, 10, 40, -1])
def test_a_cut_off_memory_is_not_believed(root: Path, keep: int) -> None:
    refresh(root, "--check")
    path = cache_file(root)
    path.write_bytes(path.read_bytes()[:keep])
    assert remembered(root) is None
    assert refresh(root, "--check").code == 0
    assert remembered(root) is not None


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_only_whole_files_are_unsealed(payload: bytes, noise: bytes) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "sealed"
        assert sealed.write(path, payload)
        assert sealed.read(path) == payload
        path.write_bytes(path.read_bytes() + noise)
        assert sealed.read(path) == (None if noise else payload)


def test_writers_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "sealed"
    script = (
        "import sys; from pathlib import Path; from results_bot import sealed\n"
        "for turn in range(200): sealed.write(Path(sys.argv[1]), bytes([turn]) * 50_000)"
    )
    command = [sys.executable, "-c", script, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "bot")}
    writers = [subprocess.Popen(command, env=environment) for _ in range(3)]
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            payload = sealed.read(path)
            assert payload is not None
            assert len(set(payload)) == 1
    assert all(writer.returncode == 0 for writer in writers)


def test_a_true_page_needs_no_heavy_import(root: Path) -> None:
    refresh(root, "--check")
    script = (
        "import sys; from results_bot.arguments import cli\n"
        "outcome = cli(['refresh', '--check'], standalone_mode=False)\n"
        "print(outcome.text, *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "bot")}
    command = [sys.executable, "-c", script]
    refresh_again = [sys.executable, "-m", "results_bot", "refresh", "--check"]
    subprocess.run(refresh_again, cwd=root, env=environment, check=True)
    said = subprocess.run(
        command, cwd=root, env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert "is up to date (3 runs)" in said
    heavy = {"pandas", "numpy", "scipy", "github", "git", "rich", "markdown_it", "tabulate"}
    assert heavy.isdisjoint(said.split())


def test_head_is_what_git_says(root: Path) -> None:
    def told() -> str:
        out = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True
        )
        return out.stdout.strip()

    assert head(root / ".git") == f"{told()} "
    trees.git(root, "pack-refs", "--all")
    assert (head(root / ".git") or "").startswith(told())
    trees.git(root, "checkout", "--quiet", "--detach")
    assert head(root / ".git") == f"{told()} "
    trees.git(root, "worktree", "add", "--quiet", "../linked", "main")
    assert (head(Path((root.parent / "linked" / ".git").read_text()[8:].strip())) or "").startswith(
        told()
    )
