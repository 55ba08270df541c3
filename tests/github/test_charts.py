"""`charts = true` on GitHub: committed with the page, once, and shown in the comment."""

from __future__ import annotations

import re

from tests.github.scene import CONFIG, Scene, metrics, path

CHARTED = {"results-bot.toml": f"charts = true\n{CONFIG}"}
ONE = {path("vit"): metrics(0.881, 0.3544)}
NAMES = ["RESULTS-charts/nightly--runs.svg", "RESULTS-charts/nightly--tradeoff.svg"]


def drawn(stage: Scene, branch: str = "feature") -> dict[str, bytes]:
    found = {name: stage.github.file(stage.repo, name, branch) for name in NAMES}
    return {name: data for name, data in found.items() if data is not None}


def test_charts_are_committed_with_the_page_and_an_unchanged_one_never_again(stage: Scene) -> None:
    pull = stage.pull({**CHARTED, **ONE})
    stage.judge(pull)
    first = drawn(stage)
    assert list(first) == NAMES
    assert all(data.startswith(b"<svg") for data in first.values())
    assert all(f"]({name})" in stage.page() for name in NAMES)
    made = stage.head()
    stage.judge(pull)
    assert stage.head() == made
    stage.commit({path("vit"): metrics(0.891, 0.3544)})
    stage.judge(pull)
    second = drawn(stage)
    # The dot plot shows the loss alone, which is as it was.
    assert second[NAMES[0]] == first[NAMES[0]]
    assert second[NAMES[1]] != first[NAMES[1]]


def test_charts_that_nobody_wants_any_more_go(stage: Scene) -> None:
    pull = stage.pull({**CHARTED, **ONE})
    stage.judge(pull)
    stage.commit({"results-bot.toml": CONFIG})
    stage.judge(pull)
    assert drawn(stage) == {}
    assert "RESULTS-charts" not in stage.page()


def test_the_comment_shows_the_heads_own_file(stage: Scene) -> None:
    pull = stage.pull({**CHARTED, **ONE})
    stage.judge(pull)
    found = re.search(r"!\[Test Accuracy against Test Loss[^\]]*\]\(([^)]+)\)", stage.sticky(pull))
    assert found is not None
    assert found[1].endswith(f"/octo/results/blob/{stage.head()}/{NAMES[1]}?raw=true")
    assert found[1].startswith(stage.github.url)


def test_a_forks_picture_is_not_shown(stage: Scene) -> None:
    """Nothing in a file proves who drew it."""
    stage.commit(CHARTED, "main")
    fork = stage.github.fork(stage.repo, "mallory")
    stage.judge(stage.pull(ONE))
    pictures = {name: data.decode() for name, data in drawn(stage).items()}
    pull = stage.pull({**ONE, **pictures}, "charted", fork=fork)
    stage.run(stage.events.workflow_run(stage.github.run(stage.repo, pull=pull)))
    assert "![" not in stage.sticky(pull)


def test_charts_beside_the_page_leave_its_training_the_evidence(stage: Scene) -> None:
    stage.inputs = {"artifacts": "metrics-*"}
    pull = stage.pull({**CHARTED, "train.py": "model = 2\n"})
    stage.judge(pull, run=stage.trained(pull, ONE))
    assert list(drawn(stage)) == NAMES
    stage.look(pull)
    assert stage.check(pull) == "action_required"
    assert "has expired" not in stage.sticky(pull)
