"""Answers about check runs, workflow runs, jobs and artifacts.

Only the keys that somebody reads are given; `translate` adds what else GitHub requires.
"""

from __future__ import annotations

from urllib.parse import quote

from tests.github_double import rest_repos
from tests.github_double.call import ApiError, Call, Json, Reply, Web, invalid, not_found, route
from tests.github_double.records import Artifact, CheckRun, Job, WorkflowRun

TEXT_LIMIT = 65_535
ANNOTATION_LIMITS = {"title": 255, "message": 64 * 1024, "raw_details": 64 * 1024}


def workflow_run(web: Web, one: WorkflowRun) -> Json:
    """Show a workflow run; of `pull_requests` nothing can be made, since forks' runs have none."""
    head = rest_repos.repository(web, one.head_repo) if one.head_repo else None
    if head:
        del head["default_branch"]
    return {
        "id": one.id,
        "name": one.name,
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "path": f".github/workflows/{one.name}.yml",
        "event": one.event,
        "status": one.status,
        "conclusion": one.conclusion,
        "url": f"{web.repo(one.repo)}/actions/runs/{one.id}",
        "actor": rest_repos.user(web, one.actor),
        "head_repository": head,
    }


@route("checks/create")
def create(call: Call) -> Reply:
    body = call.body
    call.commit(body["head_sha"])
    run = CheckRun(call.state.new_id(), body["name"], body["head_sha"], call.token.app_id)
    _change(call, run)
    call.repo.check_runs[run.id] = run
    return Reply(201, _check(call, run))


@route("checks/update")
def update(call: Call) -> Reply:
    run = call.of(call.repo.check_runs, "check_run_id")
    if run.app_id != call.token.app_id:
        raise ApiError(
            403,
            f"Invalid app_id `{call.token.app_id}` - check run can only be modified by the "
            "GitHub App that created it.",
        )
    _change(call, run)
    return Reply(body=_check(call, run))


@route("checks/get")
def get(call: Call) -> Reply:
    return Reply(body=_check(call, call.of(call.repo.check_runs, "check_run_id")))


@route("checks/list-for-ref")
def of_ref(call: Call) -> Reply:
    sha, name = call.commit(call.parameters["ref"]).sha, call.query.get("check_name")
    shown = [
        run
        for run in call.repo.check_runs.values()
        if run.head_sha == sha and name in (None, run.name)
    ]
    if call.query.get("filter", "latest") == "latest":
        shown = list({(run.app_id, run.name): run for run in shown}.values())
    return call.page(shown[::-1], lambda run: _check(call, run), "check_runs")


def _change(call: Call, run: CheckRun) -> None:
    body, output = call.body, call.body.get("output", {})
    for name in ("summary", "text"):
        # The description counts characters, GitHub counts bytes.
        size = len((output.get(name) or "").encode())
        if size > TEXT_LIMIT:
            message = f"Only {TEXT_LIMIT} characters are allowed; {size} were supplied."
            raise invalid("CheckRun", name, "custom", message)
    for one in output.get("annotations", ()):
        for key, limit in ANNOTATION_LIMITS.items():
            if len(str(one.get(key, "")).encode()) > limit:
                message = f"{key} exceeds a maximum of {limit} bytes"
                raise invalid("CheckRun", key, "custom", message)
        if not 1 <= one["start_line"] <= one["end_line"]:
            raise invalid("CheckRun", "annotations", "invalid", "lines are out of order")
    if body.get("status") == "completed" and "conclusion" not in body:
        raise ApiError(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.')
    for key in ("name", "details_url", "external_id", "status", "conclusion"):
        setattr(run, key, body.get(key, getattr(run, key)))
    for key in ("title", "summary", "text"):
        setattr(run, key, output.get(key, getattr(run, key)))
    run.annotations += output.get("annotations", [])


def _check(call: Call, run: CheckRun) -> Json:
    """Show a check run; its annotations have a list of their own."""
    return {
        "id": run.id,
        "name": run.name,
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": f"{call.web.repo(call.repo)}/check-runs/{run.id}",
        "details_url": run.details_url,
        "status": run.status,
        "conclusion": run.conclusion,
        "check_suite": {"id": run.id},
        "output": {
            "title": run.title,
            "summary": run.summary,
            "annotations_count": len(run.annotations),
        },
    }


@route("actions/list-workflow-runs-for-repo")
def runs(call: Call) -> Reply:
    event, sha = call.query.get("event"), call.query.get("head_sha")
    shown = [
        one
        for one in reversed(call.repo.runs.values())
        if event in (None, one.event) and sha in (None, one.head_sha)
    ]
    return call.page(shown, lambda one: workflow_run(call.web, one), "workflow_runs")


@route("actions/get-workflow-run")
def run(call: Call) -> Reply:
    return Reply(body=workflow_run(call.web, call.of(call.repo.runs, "run_id")))


@route("actions/list-jobs-for-workflow-run")
def jobs(call: Call) -> Reply:
    one, every = call.of(call.repo.runs, "run_id"), call.query.get("filter") == "all"
    shown = [
        job
        for job in call.repo.jobs.values()
        if job.run is one and (every or job.attempt == one.attempt)
    ]

    def show(job: Job) -> Json:
        status = "completed" if job.conclusion else "in_progress"
        return {"name": job.name, "status": status, "conclusion": job.conclusion}

    return call.page(shown, show, "jobs")


@route("actions/list-workflow-run-artifacts")
def artifacts_of_run(call: Call) -> Reply:
    one = call.of(call.repo.runs, "run_id")
    shown = [each for each in reversed(call.repo.artifacts.values()) if each.run is one]

    def show(each: Artifact) -> Json:
        return {
            "id": each.id,
            "name": each.name,
            "size_in_bytes": len(each.archive),
            "url": f"{call.web.repo(call.repo)}/actions/artifacts/{each.id}",
            "expired": each.expired,
            "created_at": each.created_at,
            "digest": each.digest,
        }

    return call.page(shown, show, "artifacts")


@route("actions/download-artifact")
def download(call: Call) -> Reply:
    one = call.of(call.repo.artifacts, "artifact_id")
    if call.parameters["archive_format"] != "zip":
        raise not_found()
    if one.expired:
        raise ApiError(410, "Artifact has expired")
    name = quote(one.name, safe="")
    return Reply(302, headers={"Location": f"{call.web.storage}/{one.id}/{name}.zip?sig=once"})
