"""What a job on GitHub starts from (inputs, run, client, clock) and what it ends with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path, PurePosixPath

import msgspec
from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.config import PAGES, find
from results_bot.errors import ConfigError, RepositoryError
from results_bot.git import GitRepo
from results_bot.github.client import Client
from results_bot.github.commits import ApiObjects
from results_bot.report.comment import slug
from results_bot.report.headline import headline
from results_bot.report.review import Conclusion, Review
from results_bot.workspace import Workspace


class FailOn(StrEnum):
    """What makes the step fail, besides the check run."""

    NEVER = "never"
    WARNING = "warning"
    FAILURE = "failure"


class Inputs(msgspec.Struct, frozen=True):
    """The action's inputs."""

    artifacts: str = ""
    artifacts_folder: str = ""
    artifacts_prefix: str = ""
    expected_artifacts: tuple[str, ...] = ()
    commit: bool = True
    fail_on: FailOn = FailOn.NEVER
    dry_run: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Inputs:
        """Return the inputs as the action passes them. Raises ConfigError for a wrong one."""
        fail_on = environment.get("RESULTS_BOT_FAIL_ON") or "never"
        if fail_on not in {str(one) for one in FailOn}:
            raise ConfigError(
                f"input fail-on: {fail_on!r} is unknown; expected never, warning or failure"
            )
        expected = environment.get("RESULTS_BOT_EXPECTED_ARTIFACTS", "").split("\n")
        return cls(
            environment.get("RESULTS_BOT_ARTIFACTS", ""),
            environment.get("RESULTS_BOT_ARTIFACTS_FOLDER", ""),
            environment.get("RESULTS_BOT_ARTIFACTS_PREFIX", ""),
            tuple(name.strip() for name in expected if name.strip()),
            _yes(environment, "commit", "true"),
            FailOn(fail_on),
            _yes(environment, "dry-run", "false"),
        )

    @property
    def uploads(self) -> bool:
        """Return True if other jobs are expected to upload metrics."""
        return bool(self.artifacts or self.expected_artifacts)


class RunInfo(msgspec.Struct, frozen=True):
    """The workflow run that this process is part of."""

    repository: str
    id: int
    attempt: int
    server_url: str
    folder: str
    """Where files that outlive the step may be put."""
    workflow: str = ""
    """Path of the workflow's file."""
    action: str = ""
    """The repository of the action that runs, which is results-bot's; empty where not known."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> RunInfo:
        """Return what the runner sets. Raises ConfigError outside of GitHub Actions."""
        repository = environment.get("GITHUB_REPOSITORY", "")
        if not repository:
            raise ConfigError("GITHUB_REPOSITORY is not set; `ci` runs inside GitHub Actions")
        return cls(
            repository,
            _number(environment, "GITHUB_RUN_ID", 0),
            _number(environment, "GITHUB_RUN_ATTEMPT", 1),
            environment.get("GITHUB_SERVER_URL") or "https://github.com",
            environment.get("RUNNER_TEMP") or ".",
            # OWNER/NAME/.github/workflows/train.yml@refs/heads/main
            environment.get("GITHUB_WORKFLOW_REF", "").removeprefix(f"{repository}/"),
            environment.get("GITHUB_ACTION_REPOSITORY", ""),
        )

    @property
    def repository_url(self) -> str:
        """The repository's address."""
        return f"{self.server_url}/{self.repository}"

    @property
    def url(self) -> str:
        """The run's address."""
        return f"{self.repository_url}/actions/runs/{self.id}" if self.id else ""


class Context(msgspec.Struct, frozen=True, dict=True):
    """Everything an activity works with. Nothing is read before it is needed."""

    client: Client
    inputs: Inputs
    run: RunInfo
    now: datetime
    say: Callable[[str], None]
    """Print a line to the log; see `escape.log_line`."""
    folder: Path = Path()
    config_path: str | None = None
    page: str | None = None
    into: str = ""
    """The branch that the judged changes go into, where that is not the default branch."""
    base: str = ""
    """The commit of that branch whose configuration names the page."""

    @cached_property
    def objects(self) -> ApiObjects:
        """Commits that the checkout lacks."""
        return ApiObjects(self.client)

    @cached_property
    def workspace(self) -> Workspace:
        """The checkout, whose missing commits are read through the API. Raises BotError."""
        found = Workspace.find(self.folder, self.config_path, self.page)
        if found.repo is None:
            raise RepositoryError(
                "no git repository is checked out here; put actions/checkout before this step"
            )
        return replace(found, repo=found.repo.with_remote(self.objects))

    @cached_property
    def project(self) -> str:
        """The path of this job's page; `results` for the page of the repository's configuration.

        Comment, check and branches carry it, however the page was named: by an input, or by the
        configuration of the base. A pull request's own may be broken, or name another page.
        """
        main = self._page_at_base(None) or PAGES[0]
        ours = main
        if self.page:
            ours = PurePosixPath(self.page).as_posix()
        elif self.config_path:
            # A new configuration has no page at the base yet, and must not use another's name.
            ours = self._page_at_base(self.config_path) or self.config_path
        return "results" if ours == main else ours

    def _page_at_base(self, config: str | None) -> str | None:
        """Return the page of a configuration at the base; None where it is not there, or broken."""
        base, repo = self.base, self._repo if self.base else None
        if repo is None or (config and repo.text_at(base, config) is None):
            return None
        try:
            page = find(lambda name: repo.text_at(base, name), config)[0].page
        except ConfigError:
            return None
        return page or next((name for name in PAGES if repo.text_at(base, name) is not None), None)

    @cached_property
    def _repo(self) -> GitRepo | None:
        found = GitRepo.find(self.folder)
        return found.with_remote(self.objects) if found else None

    @property
    def check_name(self) -> str:
        """The name of the check run, which never changes: branch protection refers to it.

        A commit may be the head of two pull requests, and a verdict for one base, such as an old
        branch, is none for another.
        """
        parts = ["" if self.project == "results" else self.project, self.into]
        shown = ", ".join(part for part in parts if part)
        return f"results-bot ({shown})" if shown else "results-bot"

    @property
    def refresh_branch(self) -> str:
        """The branch with the refreshed page of the default branch; each page has its own."""
        page = "" if self.project == "results" else f"-{slug(self.project)}"
        return f"results-bot/refresh{re.sub(r'[^A-Za-z0-9]+', '-', page).rstrip('-')}"

    def going_into(self, branch: str, default: str, base: str) -> Context:
        """Return the context for changes that go into a branch, whose newest commit is `base`."""
        into = "" if branch == default else branch
        return (
            self if (into, base) == (self.into, self.base) else replace(self, into=into, base=base)
        )

    def of_pull(self, pull: PullRequest) -> Context:
        """Return the context for a pull request."""
        return self.going_into(pull.base.ref, pull.base.repo.default_branch, pull.base.sha)

    def is_fork(self, pull: PullRequest) -> bool:
        """Return True if the head lies in another repository, or in one that is gone."""
        home = pull.head.repo.full_name if pull.head.repo else ""
        return home.lower() != self.client.repository.lower()

    def may_commit(self, pull: PullRequest) -> bool:
        """Return True if the branch may get commits; the default branch gets none."""
        default = pull.head.ref == pull.base.repo.default_branch
        return self.inputs.commit and not self.is_fork(pull) and not default


class Result(msgspec.Struct, frozen=True):
    """The outputs of `action.yml`, the line for the log, and the job summary."""

    log: str
    """One line."""
    conclusion: Conclusion | None = None
    """None where nothing was judged."""
    digest: str = ""
    changed: bool = False
    waiting: int = 0
    warnings: int = 0
    comment_url: str = ""
    upload: str = ""
    summary: str = ""
    """Markdown."""
    commands: Sequence[str] = ()
    """Workflow commands to print as they are."""


def skipped(why: str) -> Result:
    """Return the result of doing nothing."""
    return Result(f"Nothing to do: {why}.")


def judged(review: Review, summary: str, *, changed: bool, url: str = "", log: str = "") -> Result:
    """Return the result of a review."""
    return Result(
        log or log_line(review),
        review.conclusion,
        review.approvals.digest if review.waiting else "",
        changed,
        len(review.waiting),
        len(review.warnings),
        url,
        summary=summary,
    )


def log_line(review: Review) -> str:
    """Return the headline as one line for the log."""
    line = headline(review)
    return ". ".join(part for part in (line.verdict, line.worst, line.counts) if part)


def _yes(environment: Mapping[str, str], name: str, default: str) -> bool:
    text = (environment.get(f"RESULTS_BOT_{name.upper().replace('-', '_')}") or default).lower()
    if text not in ("true", "false"):
        raise ConfigError(f"input {name}: {text!r} is neither true nor false")
    return text == "true"


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal():
        raise ConfigError(f"{name}: {text!r} is not a number")
    return int(text)
