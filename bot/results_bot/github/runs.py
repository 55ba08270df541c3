"""Workflow runs, their jobs, and the artifacts they uploaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import msgspec

from results_bot.errors import GitHubError, UnclearError
from results_bot.github.api import Api
from results_bot.github.client import Silence
from results_bot.github.fields import Fields


class WorkflowRun(msgspec.Struct, frozen=True):
    """One run of a workflow."""

    id: int
    name: str
    event: str
    status: str
    conclusion: str | None
    head_repository: str | None
    """OWNER/NAME; None where the fork was deleted."""
    head_branch: str
    head_sha: str
    fork: bool
    attempt: int
    url: str

    @property
    def finished(self) -> bool:
        """Tell whether nothing more will come of this run."""
        return self.status == "completed"


class Job(msgspec.Struct, frozen=True):
    """One job of a run's latest attempt."""

    name: str
    status: str
    conclusion: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """An archive that a job uploaded, not yet downloaded."""

    id: int
    name: str
    size: int
    """Bytes of the archive, as GitHub says."""
    expired: bool
    digest: str = field(default="", repr=False)
    """`sha256:...` of the archive; empty where GitHub gives none."""


class DamagedError(GitHubError):
    """What arrived is not what was uploaded."""


class Runs:
    """The workflow runs of one repository."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def get(self, run_id: int) -> WorkflowRun:
        """Return a run. Raises NotFoundError."""
        return self._run(self._api.get(f"{self._api.root}/actions/runs/{run_id}"))

    def of_head(self, sha: str, event: str = "") -> tuple[WorkflowRun, ...]:
        """Return the runs for a commit, of one event where given, newest first."""
        filters = {"event": event} if event else {}
        found = self._api.pages(
            f"{self._api.root}/actions/runs", "workflow_runs", head_sha=sha, **filters
        )
        runs = (one for one in map(self._run, found) if one.head_sha == sha)
        return tuple(sorted(runs, key=lambda one: -one.id))

    def jobs(self, run_id: int) -> tuple[Job, ...]:
        """Return the jobs of a run's latest attempt."""
        path = f"{self._api.root}/actions/runs/{run_id}/jobs"
        return tuple(
            Job(
                one.text("name"),
                one.text("status"),
                one.text_or("conclusion") or None,
                one.text_or("html_url"),
            )
            for one in self._api.pages(path, "jobs", filter="latest")
        )

    def artifacts(self, run_id: int) -> tuple[Artifact, ...]:
        """Return a run's artifacts by name; of several of one name, the latest."""
        path = f"{self._api.root}/actions/runs/{run_id}/artifacts"
        found = map(_artifact, self._api.pages(path, "artifacts"))
        latest = {one.name: one for one in sorted(found, key=lambda one: one.id)}
        return tuple(latest[name] for name in sorted(latest))

    def download(self, artifact: Artifact, cap: int) -> bytes:
        """Return an artifact's archive.

        Raises TooLargeError beyond `cap` bytes, DamagedError where it is not what was uploaded,
        NotFoundError where it has expired.
        """
        path = f"{self._api.root}/actions/artifacts/{artifact.id}/zip"

        def attempt() -> bytes:
            # Each try asks anew, for the place is good for some minutes only.
            found = self._api.client.fetch(self._api.location(path), cap)
            if isinstance(found, Silence):
                raise UnclearError(f"GitHub: artifact {artifact.id}: {found.reason}")
            return found

        data = self._api.once(attempt, lambda: None)
        if artifact.digest and artifact.digest != f"sha256:{hashlib.sha256(data).hexdigest()}":
            raise DamagedError("is not what was uploaded: its digest differs")
        return data

    def _run(self, found: Fields) -> WorkflowRun:
        home = "head_repository"
        owner = found.full_name(f"{home}.full_name") if found.has(home) else None
        return WorkflowRun(
            id=found.number("id"),
            name=found.text_or("name"),
            event=found.text("event"),
            status=found.text_or("status"),
            conclusion=found.text_or("conclusion") or None,
            head_repository=owner,
            head_branch=found.text_or("head_branch"),
            head_sha=found.commit("head_sha"),
            fork=owner is None or owner.lower() != self._api.repository.lower(),
            attempt=found.number_or("run_attempt", 1),
            url=found.text_or("html_url"),
        )


def _artifact(found: Fields) -> Artifact:
    return Artifact(
        id=found.number("id"),
        name=found.text("name"),
        size=found.number("size_in_bytes"),
        expired=found.flag("expired"),
        digest=found.text_or("digest"),
    )
