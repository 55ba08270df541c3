"""`action.yml`, executed step by step as a runner would, against the double."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from results_bot.errors import BotError
from results_bot.github import action
from results_bot.github.context import Inputs

from tests.github import composite
from tests.github.composite import ROOT, Ran
from tests.github.scene import Scene, metrics, path
from tests.github_double import checkout
from tests.github_double.events import runner_environment
from tests.github_double.records import PullRequest
from tools.docs.pages import INNER_ACTION

WORSE = {path("vit"): metrics(0.871, 0.3544)}
OWN_VENV = ("install",)


def executed(
    stage: Scene,
    pull: PullRequest,
    skip: tuple[str, ...] = OWN_VENV,
    file: str = "action.yml",
    *,
    offline: bool = False,
    **inputs: str,
) -> tuple[Ran, dict[str, str]]:
    folder = stage.folder / "runner"
    event = stage.events.pull_request(pull)
    environment = runner_environment(event, folder, stage.github.web, run_id=77)
    environment |= {"PATH": os.environ["PATH"], "HOME": str(folder)}
    environment["GITHUB_TOKEN"] = stage.github.actions_token(stage.repo).secret
    workspace = Path(environment["GITHUB_WORKSPACE"])
    checkout.check_out(stage.github.state, stage.repo, workspace, stage.head())
    if offline:
        environment["PIP_NO_INDEX"] = "1"
    if "install" in skip:
        (folder / "results-bot").symlink_to(sys.prefix)
    names = {name.replace("_", "-"): value for name, value in inputs.items()}
    return composite.run(names, environment, skip, file), environment


@pytest.mark.parametrize("file", ["action.yml", INNER_ACTION])
def test_steps_run_as_on_a_runner(stage: Scene, file: str) -> None:
    pull = stage.pull(WORSE)
    ran, environment = executed(stage, pull, file=file)
    assert ran.code == 0, ran.log
    assert ran.outputs["verdict"] == "action_required"
    assert ran.outputs["regressions"] == "3"
    assert ran.outputs["changed"] == "true"
    assert ran.outputs["digest"]
    [comment] = stage.comments(pull)
    assert ran.outputs["comment-url"].endswith(f"#issuecomment-{comment.id}")
    summary = Path(environment["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert "3 findings wait for approval" in summary
    assert stage.conclusions(stage.head()) == ["action_required"]
    assert environment["GITHUB_TOKEN"] not in ran.log + summary


def test_failing_step_still_hands_over_its_outputs(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    ran, _ = executed(stage, pull, fail_on="failure", commit="false")
    assert ran.code == 1
    assert ran.outputs["verdict"] == "action_required"


def test_wrong_input_is_one_clear_line(stage: Scene) -> None:
    pull = stage.pull(WORSE)
    ran, _ = executed(stage, pull, fail_on="sometimes")
    assert ran.code == 2
    assert ran.log.strip() == (
        "results-bot: input fail-on: 'sometimes' is unknown; expected never, warning or failure"
    )
    assert stage.github.log == []


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("GITHUB_TOKEN", " ", "no token for GitHub"),
        *(("GITHUB_TOKEN", odd, "odd characters") for odd in ("abc\ndef", "a b", "ab\u2014c")),
        *(
            ("GITHUB_API_URL", odd, "must be an address")
            for odd in ("foo", "http://", "ftp://x", "http://[::1", "http://me@x", "http://x:port")
        ),
        ("GITHUB_EVENT_PATH", "none.json", "the event cannot be read .FileNotFoundError"),
        ("GITHUB_OUTPUT", "/dev/none/output", "/dev/none/output: cannot be written .No such"),
    ],
)
def test_what_no_request_can_be_made_with(
    name: str, value: str, reason: str, tmp_path: Path
) -> None:
    around = {"GITHUB_REPOSITORY": "octo/results", "GITHUB_REF": "refs/heads/main"}
    around |= {"GITHUB_SHA": "0" * 40, "GITHUB_TOKEN": "abc", name: value}
    with pytest.raises(BotError, match=reason):
        action.run(around, tmp_path, datetime(2026, 1, 1, tzinfo=UTC), print)


def test_nothing_of_the_repository_is_imported(stage: Scene) -> None:
    """A pull request cannot have its own code run by naming it like a library."""
    trap = "import os\nos._exit(77)\n"
    names = (
        "json.py",
        "click.py",
        "sitecustomize.py",
        "results_bot/__init__.py",
        "results_bot/cli.py",
    )
    pull = stage.pull(WORSE | dict.fromkeys(names, trap))
    ran, _ = executed(stage, pull)
    assert (ran.code, ran.outputs["verdict"]) == (0, "action_required"), ran.log


def test_nothing_of_the_repository_runs_while_it_is_installed(stage: Scene) -> None:
    """The environment will hold the token; an innocent `logging.py` must not break it either."""
    trap = "import pathlib\npathlib.Path(__file__).with_name('owned').touch()\n"
    names = ("venv.py", "pip.py", "logging.py", "ensurepip/__init__.py", "sitecustomize.py")
    pull = stage.pull(WORSE | dict.fromkeys(names, trap))
    # Without an index the packages cannot be found; the environment is there before that.
    ran, environment = executed(stage, pull, skip=("run",), offline=True)
    assert "No matching distribution" in ran.log, ran.log
    made = Path(environment["RUNNER_TEMP"]) / "results-bot" / "bin" / "python"
    assert made.exists()
    assert not [*Path(environment["GITHUB_WORKSPACE"]).rglob("owned")]


def test_every_input_reaches_the_command_and_is_documented() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    run = action["runs"]["steps"][-1]
    passed = set(re.findall(r"inputs\.([a-z-]+)", yaml.safe_dump(run)))
    assert passed == set(action["inputs"])
    page = (ROOT / "docs" / "github.md").read_text("utf-8")
    for name in (*action["inputs"], *action["outputs"]):
        assert f"`{name}`" in page, name
    read = Inputs.__struct_fields__
    kept = {name.replace("-", "_") for name in action["inputs"]}
    assert set(read) <= kept


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_what_the_workflows_use_is_there(workflow: Path) -> None:
    """A path of their own repository is a folder with an action, pinned by that; else a hash."""
    steps = [
        step
        for job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values()
        for step in job["steps"]
        if "uses" in step
    ]
    for step in steps:
        if own := re.fullmatch(r"\$/(.+)", step["uses"]):
            inputs = yaml.safe_load((ROOT / own[1] / "action.yml").read_text("utf-8"))["inputs"]
            assert set(step["with"]) <= set(inputs)
        else:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])


@pytest.mark.network
@pytest.mark.parametrize("file", ["action.yml", INNER_ACTION])
def test_installs_from_pinned_hashes_and_runs(stage: Scene, file: str) -> None:
    pull = stage.pull(WORSE)
    ran, _ = executed(stage, pull, skip=(), file=file)
    assert ran.code == 0, ran.log
    assert ran.outputs["verdict"] == "action_required"
