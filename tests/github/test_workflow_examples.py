"""The workflows that people copy from the documentation: valid, and calling what is there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import check_jsonschema  # type: ignore[import-untyped]
import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
SCHEMAS = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
CALLED = re.compile(r"OWNER/results-bot(?:/(\.github/workflows/[\w-]+\.yml))?@COMMIT")
TRUE = True
"""YAML 1.1 reads the key `on` as this."""


def blocks() -> list[tuple[str, Any]]:
    found = []
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for text in re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.M | re.S):
            found.append((page.name, yaml.safe_load(text)))
    return found


WORKFLOWS = [
    (name, block) for name, block in blocks() if "jobs" in block and "@COMMIT" in str(block)
]


def test_there_are_examples() -> None:
    assert {name for name, _ in WORKFLOWS} >= {"README.md", "github.md"}


@pytest.mark.parametrize("workflow", [one for _, one in WORKFLOWS])
def test_a_whole_workflow_is_valid(workflow: dict[Any, Any]) -> None:
    schema = json.loads((SCHEMAS / "github-workflows.json").read_text("utf-8"))
    named = {"on" if key is TRUE else key: value for key, value in workflow.items()}
    jsonschema.Draft7Validator(schema).validate(named)
    assert workflow["permissions"] == {}


@pytest.mark.parametrize("workflow", [one for _, one in WORKFLOWS])
def test_it_calls_what_is_there_with_what_it_takes(workflow: dict[Any, Any]) -> None:
    calls = [
        (job, step)
        for job in workflow["jobs"].values()
        for step in (job, *job.get("steps", ()))
        if CALLED.fullmatch(step.get("uses", ""))
    ]
    # One that runs the command by itself installs it by the same commit.
    assert calls or "pip install 'results-bot" in str(workflow)
    for job, step in calls:
        called = CALLED.fullmatch(step["uses"])
        assert called is not None
        target = yaml.safe_load((ROOT / (called[1] or "action.yml")).read_text("utf-8"))
        known = target[TRUE]["workflow_call"]["inputs"] if called[1] else target["inputs"]
        given = step.get("with", {})
        assert set(given) <= set(known)
        for name, value in given.items():
            if "type" in known[name]:
                assert (known[name]["type"] == "boolean") == isinstance(value, bool)
        # What the called job asks for, the caller must grant.
        needed = {"actions": "read", "checks": "write", "contents": "write"}
        assert job["permissions"] == {**needed, "pull-requests": "write"}
