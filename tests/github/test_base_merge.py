"""Conflicts with the base in the results page only, on the double."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.github.scene import GOOD, WORSE, Files, Scene, metrics, page_of, path, refreshed
from tests.github_double import faults
from tests.github_double.faults import Fault
from tests.github_double.records import PullRequest
from tests.github_double.server import json_answer

MINE = {path("gamma"): metrics(0.95, 0.2)}
THEIRS = {path("delta"): metrics(0.93, 0.3)}
LINES = [f"line {number}\n" for number in range(30)]


def collide(scene: Scene, mine: Files, theirs: Files) -> PullRequest:
    """Open a pull request, and push other rows to its base."""
    pull = scene.refreshed_pull(mine)
    scene.push(theirs, "main")
    return pull


def is_merged(scene: Scene, branch: str = "feature") -> bool:
    return len(scene.github.head(scene.repo, branch).parents) == 2


def test_the_page_only(scene: Scene) -> None:
    pull = collide(scene, MINE, {**THEIRS, "docs.md": "theirs\n"})
    before = scene.head()
    scene.judge(pull)
    assert scene.github.head(scene.repo, "feature").parents == (before, scene.head("main"))
    assert scene.page() == page_of({**GOOD, **MINE, **THEIRS})
    for name, text in {**GOOD, **MINE, **THEIRS, "docs.md": "theirs\n"}.items():
        assert scene.github.file(scene.repo, name, "feature") == text.encode()
    assert "only RESULTS.md conflicted" in scene.sticky(pull)
    assert scene.conclusion(before) == "success"
    assert scene.check(pull) == "success"
    assert not scene.github.writes("git/delete-ref")
    assert all(not one.body.get("force") for one in scene.github.writes("git/update-ref"))


def test_a_row_that_neither_page_has_yet(scene: Scene) -> None:
    pull = scene.pull({**refreshed(MINE), path("eps"): metrics(0.7, 0.8)})
    scene.push(THEIRS, "main")
    scene.judge(pull)
    assert is_merged(scene)
    assert scene.page() == page_of({**GOOD, **MINE, **THEIRS, path("eps"): metrics(0.7, 0.8)})


@pytest.mark.parametrize("job", ["its own", "the base's"])
def test_the_merged_result_is_judged(scene: Scene, job: str) -> None:
    pull = scene.refreshed_pull(WORSE)
    if job == "its own":
        scene.push(THEIRS, "main")
        scene.judge(pull)
    else:
        scene.pushed(THEIRS)
    assert is_merged(scene)
    assert scene.check(pull) == "action_required"
    assert scene.digest(pull)
    assert "delta" not in scene.sticky(pull).partition("<details>")[0]


def test_a_deleted_and_a_changed_file_of_ours_stay_so(scene: Scene) -> None:
    pull = collide(scene, MINE, THEIRS)
    scene.commit({"train.py": None, "new/deep/file.txt": "x"})
    scene.judge(pull)
    assert is_merged(scene)
    assert scene.github.file(scene.repo, "train.py", "feature") is None
    assert scene.github.file(scene.repo, "new/deep/file.txt", "feature") == b"x"


def test_lines_apart_in_another_file_are_merged_as_git_would(scene: Scene) -> None:
    scene.commit({"notes.md": "".join(LINES)}, "main")
    mine, theirs = "".join(["mine\n", *LINES[1:]]), "".join([*LINES[:-1], "theirs\n"])
    scene.judge(collide(scene, {**MINE, "notes.md": mine}, {**THEIRS, "notes.md": theirs}))
    both = "".join(["mine\n", *LINES[1:-1], "theirs\n"])
    assert scene.github.file(scene.repo, "notes.md", "feature") == both.encode()


@pytest.mark.parametrize(
    ("mine", "theirs", "inputs"),
    [
        ({**MINE, "train.py": "mine\n"}, {**THEIRS, "train.py": "theirs\n"}, {}),
        # The artifact conflicts as well, so a person must choose one.
        (WORSE, {path("alpha"): metrics(0.99, 0.1)}, {}),
        (MINE, {"docs.md": "theirs\n"}, {}),
        (MINE, THEIRS, {"commit": "false"}),
    ],
    ids=["another file too", "one run on both sides", "no conflict", "no commits allowed"],
)
def test_not_merged(scene: Scene, mine: Files, theirs: Files, inputs: Files) -> None:
    pull = collide(scene, mine, theirs)
    before = scene.head()
    scene.judge(pull, inputs)
    assert scene.head() == before
    assert not scene.github.writes("git/create-commit")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"new.py": "mine\n"}, {"new.py": "theirs\n"}),
        ({"train.py": None}, {"train.py": "theirs\n"}),
        ({"RESULTS.md": "# Mine\n"}, {"RESULTS.md": "# Theirs\n"}),
        ({"RESULTS.md": None}, {}),
    ],
)
def test_something_else_conflicts_too(
    scene: Scene, mine: dict[str, str | None], theirs: dict[str, str]
) -> None:
    collide(scene, MINE, THEIRS)
    scene.commit(theirs, "main")
    before = scene.commit(mine)
    scene.run(scene.events.workflow_dispatch(scene.repo))
    assert scene.head() == before


def test_the_head_moved_meanwhile(scene: Scene) -> None:
    pull = collide(scene, MINE, THEIRS)
    scene.github.before(faults.on("git/update-ref"), lambda: scene.commit({"x.txt": "newer\n"}))
    scene.judge(pull)
    # GitHub starts no run for the newer commit, which conflicts as well.
    assert is_merged(scene)
    assert scene.github.file(scene.repo, "x.txt", "feature") == b"newer\n"
    assert scene.check(pull) == "success"


def refused(status: int, operation: str) -> Callable[[Scene], None]:
    answer = Fault(json_answer(status, {"message": "Not here", "documentation_url": "x"}))
    return lambda scene: scene.github.fail_next(answer, faults.on(operation))


def protect(scene: Scene) -> None:
    scene.repo.protected.add("feature")


@pytest.mark.parametrize(
    "forbid", [protect, refused(403, "git/create-tree"), refused(422, "git/create-commit")]
)
def test_a_merge_that_github_refuses(scene: Scene, forbid: Callable[[Scene], None]) -> None:
    pull = collide(scene, MINE, THEIRS)
    forbid(scene)
    before = scene.head()
    done = scene.judge(pull)
    assert f"main is not merged into #{pull.number}: GitHub: " in done.log
    assert (scene.head(), scene.check(pull)) == (before, "success")


@pytest.mark.parametrize("broken", [b"\xff\n", b"<!-- results-bot:begin nightly -->\n"])
def test_a_page_of_the_base_that_cannot_be_read(scene: Scene, broken: bytes) -> None:
    """It is no reason to leave the pull request unjudged."""
    pull = collide(scene, MINE, THEIRS)
    scene.github.push(scene.repo, "main", {"RESULTS.md": broken})
    before = scene.head()
    scene.judge(pull)
    assert (scene.head(), scene.check(pull)) == (before, "success")


def test_the_base_moves_under_open_pull_requests(scene: Scene) -> None:
    pull = scene.refreshed_pull(MINE)
    scene.pull({"docs.md": "words\n"}, "calm", "mia")
    before, calm = scene.head(), scene.head("calm")
    result = scene.pushed(THEIRS)
    assert scene.github.head(scene.repo, "feature").parents == (before, scene.head("main"))
    assert scene.page() == page_of({**GOOD, **MINE, **THEIRS})
    assert "Merged main into this branch: only RESULTS.md conflicted." in scene.sticky(pull)
    assert scene.check(pull) == "success"
    assert scene.head("calm") == calm
    assert result.log.endswith(f"Merged main into #{pull.number}.")


def test_an_approval_outlives_the_merge(scene: Scene) -> None:
    pull = scene.refreshed_pull(WORSE)
    scene.look(pull)
    scene.approve(pull)
    scene.pushed({path("gamma"): metrics(0.80, 0.7)})
    assert is_merged(scene)
    assert scene.check(pull) == "success"


def test_the_base_moves_under_a_fork(scene: Scene) -> None:
    fork = scene.github.fork(scene.repo, "mallory")
    pull = scene.pull(refreshed(MINE), "patch", fork=fork)
    before = pull.head_sha
    scene.pushed(THEIRS, {"artifacts": "metrics-*"}, scene.trained(None, THEIRS))
    assert scene.github.state.head_sha(pull) == before
    assert scene.checks(before) == []


@pytest.mark.parametrize("inputs", [{"commit": "false"}, {"dry_run": "true"}])
def test_the_base_moves_where_nothing_may_be_written(scene: Scene, inputs: Files) -> None:
    scene.refreshed_pull(MINE)
    before = scene.head()
    scene.pushed(THEIRS, inputs)
    assert scene.head() == before


def test_a_push_while_the_base_is_merged(scene: Scene) -> None:
    pull = scene.refreshed_pull(MINE)
    newer: list[str] = []
    scene.github.before(
        faults.on("git/update-ref"), lambda: newer.append(scene.commit({"x.txt": "newer\n"}))
    )
    scene.pushed(THEIRS)
    assert [scene.head()] == newer
    assert not scene.comments(pull)


@pytest.mark.parametrize("judged", [False, True])
def test_a_pull_request_that_still_trains_is_left_to_its_run(scene: Scene, judged: bool) -> None:
    """Unless it has been judged: then the run is of another workflow."""
    pull = scene.refreshed_pull(MINE)
    if judged:
        scene.judge(pull)
    scene.github.run(scene.repo, pull=pull, conclusion=None)
    before = scene.head()
    own = scene.github.run(scene.repo, "push")
    scene.pushed(THEIRS, {"artifacts": "metrics-*"}, own)
    assert (scene.head() == before) != judged


def test_one_that_goes_wrong_keeps_none_from_it(scene: Scene) -> None:
    scene.refreshed_pull(MINE)
    wrong = {**refreshed({path("eps"): metrics(0.9)}), "results-bot.toml": "wrong = ["}
    other = scene.pull(wrong, "broken", "mia")
    result = scene.pushed(THEIRS)
    assert (is_merged(scene), is_merged(scene, "broken")) == (True, False)
    assert f"#{other.number} was left as it is: results-bot.toml: " in result.log
    assert f"#{other.number}" not in result.log.splitlines()[-1]
    assert result.outputs["verdict"]


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("pulls/list", faults.server_error()),
        # The others would only wait for the same limit.
        ("repos/compare-commits-with-basehead", faults.primary_limit(3000)),
    ],
)
def test_the_open_pull_requests_cannot_be_read(scene: Scene, operation: str, fault: Fault) -> None:
    scene.refreshed_pull(MINE)
    before = scene.head()
    times = 10 if operation == "pulls/list" else 1
    scene.github.fail_next(fault, faults.on(operation), times=times)
    result = scene.run(scene.events.push(scene.repo, "main", scene.push(THEIRS, "main")))
    assert (result.code, scene.conclusion(scene.head("main"))) == (0, "success")
    assert "The remaining open pull requests were not looked at: GitHub: " in result.log
    assert scene.head() == before


def test_calm_pull_requests_cost_little(scene: Scene) -> None:
    """An Actions token has a thousand requests an hour for the whole repository."""
    calm = [scene.pull({f"docs-{at}.md": "words\n"}, f"calm-{at}", "mia") for at in range(8)]
    start = len(scene.github.log)
    scene.pushed(THEIRS)
    with_them = len(scene.github.log) - start
    for pull in calm:
        scene.github.close_pull(pull)
    start = len(scene.github.log)
    scene.pushed({path("eps"): metrics(0.7, 0.8)})
    assert with_them - (len(scene.github.log) - start) <= 2 * len(calm)


def test_the_trainings_of_the_commit_before_count_for_the_bots_merge(scene: Scene) -> None:
    """The merge itself is trained in no run: a workflow's own token starts none."""
    scene.inputs = {"artifacts": "metrics-*"}
    pull = scene.pull({"train.py": "model = 2\n"})
    scene.judge(pull, run=scene.trained(pull, MINE))
    scene.push({**THEIRS, **refreshed({**GOOD, **THEIRS})}, "main")
    scene.judge(pull, run=scene.trained(pull, MINE))
    assert is_merged(scene)
    scene.look(pull)
    assert (scene.check(pull), "gamma" in scene.page()) == ("success", True)
    assert "has expired" not in scene.sticky(pull)


def test_a_value_of_the_page_alone_that_both_sides_changed(scene: Scene) -> None:
    """Neither side is right: no artifact is there to decide."""

    def with_row(text: str, value: str) -> str:
        last = next(line for line in reversed(text.splitlines()) if line.startswith("| "))
        cells = ["old", value, *last.split("|")[3:-1]]
        return text.replace(last, f"{last}\n| {' | '.join(map(str.strip, cells))} |")

    start = scene.page("main")
    scene.commit({"RESULTS.md": with_row(start, "50.00%")}, "main")
    scene.pull({"RESULTS.md": with_row(start, "51.00%")})
    scene.commit({"RESULTS.md": with_row(start, "52.00%")}, "main")
    before = scene.head()
    done = scene.run(scene.events.workflow_dispatch(scene.repo))
    assert scene.head() == before
    assert "no artifact decides between them" in done.log
