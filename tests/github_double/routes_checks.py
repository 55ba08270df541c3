"""Answers about check runs."""

from __future__ import annotations

from typing import Any

from tests.github_double import render_checks
from tests.github_double.call import ApiError, Call, Reply, found, invalid, route
from tests.github_double.checks import CheckRun
from tests.github_double.state import Repository, State

Json = dict[str, Any]

TEXT_LIMIT = 65_535
ANNOTATION_LIMITS = {"title": 255, "message": 64 * 1024, "raw_details": 64 * 1024}
KEYS = ("name", "details_url", "external_id", "status", "started_at", "completed_at")


@route("checks/create")
def create(call: Call) -> Reply:
    repo, state, body = call.repo, call.state, call.body
    if body["head_sha"] not in state.store.commits:
        raise ApiError(422, f"No commit found for SHA: {body['head_sha']}")
    run = CheckRun(
        state.new_id(), suite(state, repo, call), body["name"], body["head_sha"], call.token.app_id
    )
    _change(call, run)
    run.started_at = run.started_at or state.clock.tick()
    repo.check_runs[run.id] = run
    return Reply(201, _show(call, run))


@route("checks/update")
def update(call: Call) -> Reply:
    run = _run(call)
    if run.app_id != call.token.app_id:
        raise ApiError(
            403,
            f"Invalid app_id `{call.token.app_id}` - check run can only be modified by the "
            "GitHub App that created it.",
        )
    _change(call, run)
    run.updates += 1
    return Reply(body=_show(call, run))


@route("checks/get")
def get(call: Call) -> Reply:
    return Reply(body=_show(call, _run(call)))


@route("checks/list-for-ref")
def of_ref(call: Call) -> Reply:
    sha, query = call.commit(call.parameters["ref"]).sha, call.query
    shown = [
        run
        for run in call.repo.check_runs.values()
        if run.head_sha == sha
        and query.get("check_name", run.name) == run.name
        and query.get("status", run.status) == run.status
        and int(query.get("app_id", run.app_id)) == run.app_id
    ]
    if query.get("filter", "latest") == "latest":
        shown = list({(run.app_id, run.name): run for run in shown}.values())
    shown.reverse()
    return call.page(shown, lambda run: _show(call, run), "check_runs")


def suite(state: State, repo: Repository, call: Call) -> int:
    """Return the suite that an app has for a commit."""
    for run in repo.check_runs.values():
        if (run.head_sha, run.app_id) == (call.body["head_sha"], call.token.app_id):
            return run.suite_id
    return state.new_id()


def _change(call: Call, run: CheckRun) -> None:
    body, output = call.body, call.body.get("output", {})
    for name in ("summary", "text"):
        _check_bytes(name, output.get(name))
    for one in output.get("annotations", ()):
        _check_annotation(one)
    if body.get("status") == "completed" and "conclusion" not in body:
        raise ApiError(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.')
    for key in KEYS:
        setattr(run, key, body.get(key, getattr(run, key)))
    for key in ("title", "summary", "text"):
        setattr(run, key, output.get(key, getattr(run, key)))
    run.annotations += output.get("annotations", [])
    if "conclusion" in body:
        run.status, run.conclusion = "completed", body["conclusion"]
        run.completed_at = body.get("completed_at") or call.state.clock.tick()
    elif "status" in body:
        run.conclusion = run.completed_at = None


def _check_bytes(name: str, text: str | None) -> None:
    # The description counts characters, GitHub counts bytes.
    size = len((text or "").encode())
    if size > TEXT_LIMIT:
        message = f"Only {TEXT_LIMIT} characters are allowed; {size} were supplied."
        raise invalid("CheckRun", name, "custom", message)


def _check_annotation(one: Json) -> None:
    for key, limit in ANNOTATION_LIMITS.items():
        if len(str(one.get(key, "")).encode()) > limit:
            raise invalid("CheckRun", key, "custom", f"{key} exceeds a maximum of {limit} bytes")
    if one["start_line"] < 1 or one["end_line"] < one["start_line"]:
        raise invalid("CheckRun", "annotations", "invalid", "lines are out of order")
    columns = "start_column" in one or "end_column" in one
    if columns and one["start_line"] != one["end_line"]:
        message = "start_column and end_column need start_line and end_line to be the same"
        raise invalid("CheckRun", "annotations", "invalid", message)


def _run(call: Call) -> CheckRun:
    return found(call.repo.check_runs, call.number("check_run_id"))


def _show(call: Call, run: CheckRun) -> Json:
    return render_checks.check_run(call.web, call.state, call.repo, run)
