"""Workflow runs, their jobs and artifacts, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.github_double.people import User

if TYPE_CHECKING:
    from tests.github_double.state import Repository


@dataclass(eq=False)
class WorkflowRun:
    """One run of the workflow in `.github/workflows/NAME.yml`."""

    id: int
    repo: Repository = field(repr=False)
    name: str
    event: str
    head_sha: str
    head_branch: str
    head_repo: Repository | None
    """None once the fork is deleted."""
    actor: User
    status: str
    conclusion: str | None
    attempt: int = 1


@dataclass(eq=False)
class Job:
    """One job of one attempt of a run; one without a conclusion is still running."""

    id: int
    run: WorkflowRun
    name: str
    conclusion: str | None
    attempt: int


@dataclass(eq=False)
class Artifact:
    """An archive that a job uploaded; `archive` is the whole zip."""

    id: int
    run: WorkflowRun
    name: str
    archive: bytes
    digest: str
    created_at: str
    expired: bool
