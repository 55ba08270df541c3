"""All builders; those here make workflow runs, jobs and artifacts."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping

from tests.github_double.build_talk import TalkBuilders
from tests.github_double.issues import PullRequest
from tests.github_double.runs import Artifact, Job, WorkflowRun
from tests.github_double.state import Repository


class Builders(TalkBuilders):
    """The half of the double that is called from tests, not over HTTP."""

    def run(
        self,
        repo: Repository,
        event: str = "pull_request",
        *,
        pull: PullRequest | None = None,
        branch: str | None = None,
        name: str = "train",
        conclusion: str | None = "success",
        login: str | None = None,
    ) -> WorkflowRun:
        """Record a workflow run, of a pull request's head or of a branch; None: still running."""
        branch = pull.head_branch if pull else branch or repo.default_branch
        sha = self.state.head_sha(pull) if pull else self.head(repo, branch).sha
        known = [run for run in repo.runs.values() if run.name == name]
        made = WorkflowRun(
            self.state.new_id(),
            repo,
            len(known) + 1,
            known[0].workflow_id if known else self.state.new_id(),
            name,
            f".github/workflows/{name}.yml",
            event,
            sha,
            branch,
            pull.head_repo if pull else repo,
            self.user(login) if login else pull.user if pull else repo.owner,
            self.state.clock.tick(),
            status="completed" if conclusion else "in_progress",
            conclusion=conclusion,
        )
        repo.runs[made.id] = made
        return made

    def job(self, run: WorkflowRun, name: str, conclusion: str | None = "success") -> Job:
        """Record a job of a run's present attempt; None: still running."""
        status = "completed" if conclusion else "in_progress"
        now = self.state.clock.tick()
        made = Job(self.state.new_id(), run, name, now, status, conclusion, run.attempt)
        run.repo.jobs[made.id] = made
        return made

    def artifact(
        self,
        run: WorkflowRun,
        name: str,
        files: Mapping[str, str | bytes] | bytes,
        *,
        expired: bool = False,
        digest: str | None = "right",
    ) -> Artifact:
        """Upload an artifact, of files or of bytes as they are (for what is no good archive)."""
        archive = files if isinstance(files, bytes) else zipped(files)
        if digest == "right":
            digest = f"sha256:{hashlib.sha256(archive).hexdigest()}"
        now, then = self.state.clock.tick(), self.state.clock.days_ago(-90)
        made = Artifact(self.state.new_id(), run, name, archive, digest, now, then, expired)
        run.repo.artifacts[made.id] = made
        return made


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Pack files as `upload-artifact` does."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()
