"""The same gate without GitHub: `approve`, and `diff --approved` for other CI systems."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import run_cli
from tests.github.scene import Scene, metrics, path
from tests.github_double import checkout

WORSE = {path("vit"): metrics(0.871, 0.3544)}
WORST = {path("vit"): metrics(0.771, 0.4544)}


@pytest.fixture
def clone(stage: Scene, tmp_path: Path) -> Path:
    """A clone with the pull request's branch, whose page the bot has refreshed."""
    pull = stage.pull(WORSE)
    stage.judge(pull)
    folder = tmp_path / "clone"
    checkout.check_out(stage.github.state, stage.repo, folder, "feature")
    return folder


def command(folder: Path) -> str:
    done = run_cli(["approve", "origin/main"], folder)
    assert done.code == 0, done.err
    [found, *_] = re.findall(r"/approve-metrics [0-9a-f]{20}", done.out)
    return str(found)


def test_the_command_is_the_one_in_the_comment(stage: Scene, clone: Path) -> None:
    bodies = [one.body for one in stage.repo.comments.values()]
    assert any(command(clone) in body for body in bodies)


def test_other_ci_systems_use_the_same_gate(clone: Path, tmp_path: Path) -> None:
    assert run_cli(["diff", "origin/main"], clone).code == 1
    said = tmp_path / "approvals.txt"
    said.write_text(f"{command(clone)} the new split is harder\n", "utf-8")
    gate = ["diff", "origin/main", "--approved", str(said)]
    done = run_cli(gate, clone)
    assert done.code == 0
    assert re.search(
        r" ✓ Test Accuracy of vit is worse: .*\[metric-regressed\]\s+approved", done.out
    )
    assert "settings and log" not in done.out, "no tip for what is approved"
    assert re.search(rf"^\d findings approved by {re.escape(str(said))}\.$", done.out, re.MULTILINE)
    assert "** approved: the new split is harder" in run_cli([*gate, "--format", "md"], clone).out
    (clone / path("vit")).write_text(WORST[path("vit")], "utf-8")
    done = run_cli(gate, clone)
    assert done.code == 1
    assert "not approved: /approve-metrics" in done.out + done.err


def test_one_run_of_several(clone: Path, tmp_path: Path) -> None:
    (clone / path("mlp")).write_text(metrics(0.5, 0.9), "utf-8")
    printed = run_cli(["approve", "origin/main"], clone).out
    single = re.findall(r"/approve-metrics [0-9a-f]{20} nightly/\w+", printed)
    assert len(single) > 1
    said = tmp_path / "approvals.txt"
    gate = ["diff", "origin/main", "--approved", str(said)]
    said.write_text("\n".join(single[1:]), "utf-8")
    assert run_cli(gate, clone).code == 1
    said.write_text("\n".join(single), "utf-8")
    assert run_cli(gate, clone).code == 0
    # The run without its section is one run all the same, and not a reason to accept every one.
    said.write_text(single[0].replace("nightly/", ""), "utf-8")
    done = run_cli(gate, clone)
    assert (done.code, "nothing that waits is called" in done.err) == (1, True)


def test_nothing_waits(clone: Path) -> None:
    checkout.git(clone, "checkout", "-q", "-B", "main", "origin/main")
    assert run_cli(["approve", "origin/main"], clone).out.strip() == "Nothing waits for approval."
