"""Runs a composite action's steps as a runner does: environment, files, `bash -e -o pipefail`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.github.scene import parse_outputs

ROOT = Path(__file__).parent.parent.parent
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass
class Ran:
    code: int
    log: str
    outputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)


def run(
    inputs: Mapping[str, str],
    runner: Mapping[str, str],
    skip: tuple[str, ...] = (),
    file: str = "action.yml",
) -> Ran:
    """Run all steps but some; the token is `github.token`, in the runner's environment."""
    action = yaml.safe_load((ROOT / file).read_text("utf-8"))
    unknown = set(inputs) - set(action["inputs"])
    assert not unknown
    place = str((ROOT / file).parent)
    known = {
        "github.action_path": place,
        "github.token": runner["GITHUB_TOKEN"],
        "runner.temp": runner["RUNNER_TEMP"],
    }
    for name, spec in action["inputs"].items():
        given = inputs.get(name, _filled(str(spec.get("default", "")), known))
        known[f"inputs.{name}"] = given
    ran = Ran(0, "")
    for step in action["runs"]["steps"]:
        if step["id"] not in skip and ran.code == 0:
            _step(step, known, runner, ran)
    ran.outputs = {
        name: _filled(spec["value"], known, missing="") for name, spec in action["outputs"].items()
    }
    return ran


def _step(step: dict[str, Any], known: dict[str, str], runner: Mapping[str, str], ran: Ran) -> None:
    assert "${{" not in step["run"], "an expression inside of a script can be injected into"
    assert step["shell"] == "bash"
    temp = Path(runner["RUNNER_TEMP"])
    script, output = temp / f"{step['id']}.sh", temp / f"{step['id']}.output"
    script.write_text(step["run"], "utf-8")
    output.touch()
    own = {name: _filled(value, known) for name, value in step.get("env", {}).items()}
    environment = {**runner, **own, "GITHUB_OUTPUT": str(output)}
    environment.pop("GITHUB_TOKEN")  # A runner sets none: the action must pass it on.
    folder = Path(runner["GITHUB_WORKSPACE"]) / _filled(step.get("working-directory", "."), known)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    ran.code, ran.log = done.returncode, ran.log + done.stdout + done.stderr
    ran.steps[step["id"]] = parse_outputs(output.read_text("utf-8"))
    for name, value in ran.steps[step["id"]].items():
        known[f"steps.{step['id']}.outputs.{name}"] = value


def _filled(text: str, known: Mapping[str, str], missing: str | None = None) -> str:
    def value(found: re.Match[str]) -> str:
        return known[found[1]] if missing is None else known.get(found[1], missing)

    return _EXPRESSION.sub(value, text)
