"""Conflicts with the base in the results page only, on the double."""

from __future__ import annotations

import pytest

from tests.github.scene import GOOD, WORSE, Scene, metrics, page_of, path
from tests.github_double import faults
from tests.github_double.records import PullRequest

MINE = {path("gamma"): metrics(0.95, 0.2)}
THEIRS = {path("delta"): metrics(0.93, 0.3)}


def collide(scene: Scene, mine: dict[str, str], theirs: dict[str, str]) -> PullRequest:
    """Open a pull request, and push to its base what conflicts with it."""
    pull = scene.refreshed_pull(mine)
    scene.push(theirs, "main")
    return pull


def head(scene: Scene, pull: PullRequest) -> str:
    return scene.github.state.head_sha(pull)


def parents(scene: Scene, sha: str) -> tuple[str, ...]:
    return scene.github.state.store.commits[sha].parents


def test_the_page_only(scene: Scene) -> None:
    pull = collide(scene, MINE, {**THEIRS, "docs.md": "theirs\n"})
    before, base = head(scene, pull), scene.head("main")
    scene.judge(pull)
    after = head(scene, pull)
    assert parents(scene, after) == (before, base)
    wanted = page_of({**GOOD, **MINE, **THEIRS})
    page = scene.github.file(scene.repo, "RESULTS.md", "feature")
    assert page is not None
    assert page.decode() == wanted
    for name, text in {**GOOD, **MINE, **THEIRS, "docs.md": "theirs\n"}.items():
        assert scene.github.file(scene.repo, name, "feature") == text.encode()
    assert "only RESULTS.md conflicted" in scene.sticky(pull)
    assert scene.check(pull, before) == "success"
    assert scene.check(pull, after) == "success"
    assert not scene.github.writes("git/delete-ref")
    assert all(not one.body.get("force") for one in scene.github.writes("git/update-ref"))


def test_the_merged_result_is_judged(scene: Scene) -> None:
    pull = collide(scene, WORSE, THEIRS)
    scene.judge(pull)
    assert scene.check(pull) == "action_required"
    assert scene.digest(pull)
    assert "delta" not in scene.sticky(pull).partition("<details>")[0]


def test_a_deleted_and_a_changed_file_of_ours_stay_so(scene: Scene) -> None:
    pull = collide(scene, MINE, THEIRS)
    scene.commit({"train.py": None, "new/deep/file.txt": "x"})
    scene.judge(pull)
    assert len(parents(scene, head(scene, pull))) == 2
    assert scene.github.file(scene.repo, "train.py", "feature") is None
    assert scene.github.file(scene.repo, "new/deep/file.txt", "feature") == b"x"


def test_lines_apart_in_another_file_are_merged_as_git_would(scene: Scene) -> None:
    lines = [f"line {i}\n" for i in range(30)]
    scene.commit({"notes.md": "".join(lines)}, "main")
    mine, theirs = ["mine\n", *lines[1:]], [*lines[:-1], "theirs\n"]
    pull = collide(
        scene, {**MINE, "notes.md": "".join(mine)}, {**THEIRS, "notes.md": "".join(theirs)}
    )
    scene.judge(pull)
    both = "".join(["mine\n", *lines[1:-1], "theirs\n"])
    assert scene.github.file(scene.repo, "notes.md", "feature") == both.encode()


def test_another_file_conflicts_too(scene: Scene) -> None:
    pull = collide(scene, {**MINE, "train.py": "mine\n"}, {**THEIRS, "train.py": "theirs\n"})
    before = head(scene, pull)
    scene.judge(pull)
    assert head(scene, pull) == before
    assert not scene.github.writes("git/create-commit")


def test_both_changed_one_run(scene: Scene) -> None:
    """The artifact conflicts as well, so that people must say which holds."""
    pull = collide(scene, WORSE, {path("alpha"): metrics(0.99, 0.1)})
    before = head(scene, pull)
    scene.judge(pull)
    assert head(scene, pull) == before


def test_nothing_conflicts(scene: Scene) -> None:
    pull = scene.refreshed_pull(MINE)
    scene.commit({"docs.md": "theirs\n"}, "main")
    before = head(scene, pull)
    scene.judge(pull)
    assert head(scene, pull) == before


def test_the_head_moved_meanwhile(scene: Scene) -> None:
    pull = collide(scene, MINE, THEIRS)
    scene.github.before(
        faults.on("git/update-ref"),
        lambda: scene.commit({"x.txt": "newer\n"}),
    )
    scene.judge(pull)
    # GitHub starts no run for the newer commit, which conflicts as well.
    assert len(parents(scene, head(scene, pull))) == 2
    assert scene.github.file(scene.repo, "x.txt", "feature") == b"newer\n"
    assert scene.check(pull) == "success"


def test_not_where_the_bot_may_not_commit(scene: Scene) -> None:
    pull = collide(scene, MINE, THEIRS)
    before = head(scene, pull)
    scene.judge(pull, {"commit": "false"})
    assert head(scene, pull) == before


def test_a_protected_branch(scene: Scene) -> None:
    pull = collide(scene, MINE, THEIRS)
    scene.repo.protected.add("feature")
    before = head(scene, pull)
    scene.judge(pull)
    assert head(scene, pull) == before
    assert scene.check(pull) is not None


def test_the_base_moves_under_open_pull_requests(scene: Scene) -> None:
    pull = scene.refreshed_pull(MINE)
    calm = scene.commit({"docs.md": "words\n"}, "calm")
    quiet = scene.github.open_pull(scene.repo, "calm", login="mia")
    before = head(scene, pull)
    result = scene.pushed(THEIRS)
    assert parents(scene, head(scene, pull)) == (before, scene.head("main"))
    page = scene.github.file(scene.repo, "RESULTS.md", "feature")
    assert page is not None
    assert page.decode() == page_of({**GOOD, **MINE, **THEIRS})
    assert "Merged main into this branch: only RESULTS.md conflicted." in scene.sticky(pull)
    assert scene.check(pull) == "success"
    assert head(scene, quiet) == calm
    assert result.log.endswith(f"Merged main into #{pull.number}.")


def test_what_is_merged_after_the_base_moved_is_judged(scene: Scene) -> None:
    pull = scene.refreshed_pull(WORSE)
    scene.pushed(THEIRS)
    assert len(parents(scene, head(scene, pull))) == 2
    assert scene.check(pull) == "action_required"
    assert scene.digest(pull)


def test_an_approval_outlives_the_merge(scene: Scene) -> None:
    pull = scene.refreshed_pull(WORSE)
    scene.look(pull)
    scene.approve(pull)
    scene.pushed({path("gamma"): metrics(0.80, 0.7)})
    assert len(parents(scene, head(scene, pull))) == 2
    assert scene.check(pull) == "success"


def test_the_base_moves_under_a_fork(scene: Scene) -> None:
    fork = scene.github.fork(scene.repo, "mallory")
    page = page_of({**GOOD, **MINE})
    before = scene.github.push(fork, "patch", {**MINE, "RESULTS.md": page})
    pull = scene.github.open_pull(scene.repo, "patch", fork=fork)
    scene.pushed(THEIRS)
    assert head(scene, pull) == before


@pytest.mark.parametrize("inputs", [{"commit": "false"}, {"dry_run": "true"}])
def test_the_base_moves_where_nothing_may_be_written(scene: Scene, inputs: dict[str, str]) -> None:
    pull = scene.refreshed_pull(MINE)
    before = head(scene, pull)
    scene.pushed(THEIRS, inputs)
    assert head(scene, pull) == before


def test_a_push_while_the_base_is_merged(scene: Scene) -> None:
    pull = scene.refreshed_pull(MINE)
    newer: list[str] = []

    def push() -> None:
        newer.append(scene.commit({"x.txt": "newer\n"}))

    scene.github.before(faults.on("git/update-ref"), push)
    scene.pushed(THEIRS)
    assert head(scene, pull) == newer[0]
    assert not scene.github.comments(pull, "github-actions[bot]")


def test_a_pull_request_that_still_trains_is_left_to_its_run(scene: Scene) -> None:
    pull = scene.refreshed_pull(MINE)
    scene.github.run(scene.repo, pull=pull, conclusion=None)
    before = head(scene, pull)
    own = scene.github.run(scene.repo, "push")
    scene.pushed(THEIRS, {"artifacts": "metrics-*"}, own)
    assert head(scene, pull) == before


def test_one_that_goes_wrong_keeps_none_from_it(scene: Scene) -> None:
    pull = scene.refreshed_pull(MINE)
    broken = scene.push({path("eps"): metrics(0.9)}, "broken")
    other = scene.pull({"results-bot.toml": "wrong = ["}, "broken", login="mia")
    result = scene.pushed(THEIRS)
    assert len(parents(scene, head(scene, pull))) == 2
    assert parents(scene, head(scene, other)) == (broken,)
    assert f"#{other.number}" not in result.log.splitlines()[-1]
    assert result.outputs["verdict"]


def test_calm_pull_requests_cost_little(scene: Scene) -> None:
    """An Actions token has a thousand requests an hour for the whole repository."""
    calm = 8
    for at in range(calm):
        scene.pull({f"docs-{at}.md": "words\n"}, f"calm-{at}", login="mia")
    start = len(scene.github.log)
    scene.pushed(THEIRS)
    with_them = len(scene.github.log) - start
    for pull in [one for one in scene.repo.issues.values() if isinstance(one, PullRequest)]:
        scene.github.close_pull(pull)
    start = len(scene.github.log)
    scene.pushed({path("eps"): metrics(0.7, 0.8)})
    assert with_them - (len(scene.github.log) - start) <= 2 * calm
