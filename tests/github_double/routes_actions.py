"""Answers about workflow runs, jobs and artifacts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.github_double import render_checks
from tests.github_double.call import ApiError, Call, Reply, found, not_found, route
from tests.github_double.runs import Artifact, WorkflowRun


@route("actions/list-workflow-runs-for-repo")
def runs(call: Call) -> Reply:
    return _page(call, list(call.repo.runs.values()))


@route("actions/get-workflow-run")
def run(call: Call) -> Reply:
    return Reply(body=_show(call, _run(call)))


@route("actions/list-jobs-for-workflow-run")
def jobs(call: Call) -> Reply:
    one, every = _run(call), call.query.get("filter") == "all"
    shown = [
        job
        for job in call.repo.jobs.values()
        if job.run is one and (every or job.attempt == one.attempt)
    ]
    return call.page(shown, lambda job: render_checks.job(call.web, call.repo, job), "jobs")


@route("actions/list-workflow-run-artifacts")
def artifacts_of_run(call: Call) -> Reply:
    one = _run(call)
    return _artifacts(call, [each for each in call.repo.artifacts.values() if each.run is one])


@route("actions/download-artifact")
def download(call: Call) -> Reply:
    one = _artifact(call)
    if call.parameters["archive_format"] != "zip":
        raise not_found()
    if one.expired:
        raise ApiError(410, "Artifact has expired")
    name = quote(one.name, safe="")
    return Reply(302, headers={"Location": f"{call.web.storage}/{one.id}/{name}.zip?sig=once"})


def _artifacts(call: Call, shown: list[Artifact]) -> Reply:
    name = call.query.get("name")
    shown = [one for one in shown if name in (None, one.name)]
    shown.reverse()
    return call.page(
        shown, lambda one: render_checks.artifact(call.web, call.repo, one), "artifacts"
    )


def _page(call: Call, shown: list[WorkflowRun]) -> Reply:
    query = call.query
    shown = [
        one
        for one in reversed(shown)
        if query.get("branch", one.head_branch) == one.head_branch
        and query.get("event", one.event) == one.event
        and query.get("actor", one.actor.login) == one.actor.login
        and query.get("head_sha", one.head_sha) == one.head_sha
        and query.get("status", one.status) in (one.status, one.conclusion)
    ]
    return call.page(shown, lambda one: _show(call, one), "workflow_runs")


def _run(call: Call) -> WorkflowRun:
    return found(call.repo.runs, call.number("run_id"))


def _artifact(call: Call) -> Artifact:
    return found(call.repo.artifacts, call.number("artifact_id"))


def _show(call: Call, one: WorkflowRun) -> dict[str, Any]:
    return render_checks.workflow_run(call.web, call.state, call.repo, one)
