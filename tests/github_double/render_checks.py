"""Check runs, workflow runs, jobs and artifacts as JSON."""

from __future__ import annotations

from typing import Any

from tests.github_double import render_git, render_pulls, render_repos
from tests.github_double.call import Web
from tests.github_double.checks import CheckRun
from tests.github_double.runs import Artifact, Job, WorkflowRun
from tests.github_double.state import Repository, State

Json = dict[str, Any]


def check_run(web: Web, state: State, repo: Repository, one: CheckRun) -> Json:
    """Show a check run; its annotations have a list of their own."""
    url = f"{web.repo(repo)}/check-runs/{one.id}"
    return {
        "id": one.id,
        "node_id": f"CR_{one.id}",
        "name": one.name,
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": url,
        "html_url": f"{web.html(repo)}/runs/{one.id}",
        "details_url": one.details_url or web.origin,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": one.started_at,
        "completed_at": one.completed_at,
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": one.suite_id},
        "app": render_repos.app(web, one.app_id, state.actions_bot),
        "pull_requests": render_pulls.brief_list(web, state, repo, one.head_sha),
    }


def annotation(web: Web, repo: Repository, run: CheckRun, one: Json) -> Json:
    """Show an annotation."""
    empty = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
    return empty | one | {"blob_href": f"{web.html(repo)}/blob/{run.head_sha}/{one['path']}"}


def workflow_run(web: Web, state: State, repo: Repository, one: WorkflowRun) -> Json:
    """Show a workflow run; `pull_requests` stays empty for forks, as on GitHub."""
    url = f"{web.repo(repo)}/actions/runs/{one.id}"
    commit = render_git.git_commit(web, repo, state.store.commits[one.head_sha])
    people = {key: {k: commit[key][k] for k in ("name", "email")} for key in PEOPLE}
    of_fork = one.head_repo is not repo
    pulls = [] if of_fork else render_pulls.brief_list(web, state, repo, one.head_sha)
    head = render_repos.minimal(web, one.head_repo) if one.head_repo else None
    return {
        "id": one.id,
        "name": one.name,
        "node_id": f"WFR_{one.id}",
        "check_suite_id": one.id + 1_000_000,
        "check_suite_node_id": f"CS_{one.id + 1_000_000}",
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "path": one.path,
        "display_title": commit["message"].partition("\n")[0],
        "run_number": one.number,
        "run_attempt": one.attempt,
        "event": one.event,
        "status": one.status,
        "conclusion": one.conclusion,
        "workflow_id": one.workflow_id,
        "url": url,
        "html_url": f"{web.html(repo)}/actions/runs/{one.id}",
        "workflow_url": f"{web.repo(repo)}/actions/workflows/{one.workflow_id}",
        "check_suite_url": f"{web.repo(repo)}/check-suites/{one.id + 1_000_000}",
        "pull_requests": pulls,
        "created_at": one.created_at,
        "updated_at": one.created_at,
        "run_started_at": one.created_at,
        "actor": render_repos.user(web, one.actor),
        "triggering_actor": render_repos.user(web, one.actor),
        "head_commit": {
            "id": one.head_sha,
            "tree_id": commit["tree"]["sha"],
            "message": commit["message"],
            "timestamp": commit["committer"]["date"],
            **people,
        },
        "repository": render_repos.minimal(web, repo),
        "head_repository": head,
    }


PEOPLE = ("author", "committer")


def workflow(web: Web, repo: Repository, run: WorkflowRun) -> Json:
    """Show the workflow of a run."""
    return {
        "id": run.workflow_id,
        "node_id": f"W_{run.workflow_id}",
        "name": run.name,
        "path": run.path,
        "state": "active",
        "created_at": repo.created_at,
        "updated_at": repo.created_at,
        "url": f"{web.repo(repo)}/actions/workflows/{run.workflow_id}",
        "html_url": f"{web.html(repo)}/blob/{repo.default_branch}/{run.path}",
        "badge_url": f"{web.html(repo)}/workflows/{run.workflow_id}/badge.svg",
    }


def job(web: Web, repo: Repository, one: Job) -> Json:
    """Show a job."""
    done = one.status == "completed"
    return {
        "id": one.id,
        "run_id": one.run.id,
        "run_url": f"{web.repo(repo)}/actions/runs/{one.run.id}",
        "run_attempt": one.attempt,
        "node_id": f"CR_{one.id}",
        "head_sha": one.run.head_sha,
        "head_branch": one.run.head_branch,
        "url": f"{web.repo(repo)}/actions/jobs/{one.id}",
        "html_url": f"{web.html(repo)}/actions/runs/{one.run.id}/job/{one.id}",
        "check_run_url": f"{web.repo(repo)}/check-runs/{one.id}",
        "status": one.status,
        "conclusion": one.conclusion if done else None,
        "created_at": one.started_at,
        "started_at": one.started_at,
        "completed_at": one.started_at if done else None,
        "name": one.name,
        "labels": ["ubuntu-latest"],
        "steps": [],
        "workflow_name": one.run.name,
    }


def artifact(web: Web, repo: Repository, one: Artifact) -> Json:
    """Show an artifact."""
    url = f"{web.repo(repo)}/actions/artifacts/{one.id}"
    run = {
        "id": one.run.id,
        "repository_id": repo.id,
        "head_branch": one.run.head_branch,
        "head_sha": one.run.head_sha,
    }
    if one.run.head_repo is not None:
        run["head_repository_id"] = one.run.head_repo.id
    shown = {
        "id": one.id,
        "node_id": f"AR_{one.id}",
        "name": one.name,
        "size_in_bytes": len(one.archive),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": one.expired,
        "created_at": one.created_at,
        "updated_at": one.created_at,
        "expires_at": one.expires_at,
        "workflow_run": run,
    }
    return shown | ({"digest": one.digest} if one.digest else {})
