"""What a runner sets for a job: the event's file, the environment, and files to write to."""

from __future__ import annotations

import json
from pathlib import Path

from tests.github_double.call import Web
from tests.github_double.events import Event


def environment(
    event: Event, folder: Path, web: Web, *, run_id: int, attempt: int = 1
) -> dict[str, str]:
    """Write `event.json` and the empty outputs into a folder; return the variables, no token."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "event.json"
    path.write_text(json.dumps(event.payload), encoding="utf-8")
    outputs = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in outputs.values():
        file.touch()
    repository = event.repo.full_name
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": event.actor.login,
        "GITHUB_API_URL": web.api,
        "GITHUB_BASE_REF": event.base_ref,
        "GITHUB_EVENT_NAME": event.name,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_HEAD_REF": event.head_ref,
        "GITHUB_REF": event.ref,
        "GITHUB_REPOSITORY": repository,
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "GITHUB_RUN_ID": str(run_id),
        "GITHUB_SERVER_URL": web.origin,
        "GITHUB_SHA": event.sha,
        "GITHUB_WORKFLOW_REF": f"{repository}/.github/workflows/train.yml@{event.ref}",
        "GITHUB_WORKSPACE": str(folder / "workspace"),
        "RUNNER_TEMP": str(folder),
        **{name: str(file) for name, file in outputs.items()},
    }
