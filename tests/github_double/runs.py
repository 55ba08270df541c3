"""Workflow runs, their jobs and artifacts, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.github_double.people import User

if TYPE_CHECKING:
    from tests.github_double.state import Repository


@dataclass(eq=False)
class WorkflowRun:
    """One run of a workflow; `head_repo` is None once the fork is deleted."""

    id: int
    repo: Repository = field(repr=False)
    number: int
    workflow_id: int
    name: str
    path: str
    event: str
    head_sha: str
    head_branch: str
    head_repo: Repository | None
    actor: User
    created_at: str
    status: str = "completed"
    conclusion: str | None = "success"
    attempt: int = 1


@dataclass(eq=False)
class Job:
    """One job of one attempt of a run."""

    id: int
    run: WorkflowRun
    name: str
    started_at: str
    status: str = "completed"
    conclusion: str | None = "success"
    attempt: int = 1


@dataclass(eq=False)
class Artifact:
    """An archive that a job uploaded; `archive` is the whole zip."""

    id: int
    run: WorkflowRun
    name: str
    archive: bytes
    digest: str | None
    created_at: str
    expires_at: str
    expired: bool = False
