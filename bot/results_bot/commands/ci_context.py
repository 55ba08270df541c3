"""What a run on GitHub knows and is asked for: options, the run itself, the client, the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec.structs import replace

from results_bot.commands.api_objects import ApiObjects
from results_bot.errors import ConfigError, RepositoryError
from results_bot.github.hub import Hub
from results_bot.github.pulls import PullRequest
from results_bot.workspace import Workspace


class FailOn(StrEnum):
    """What makes the step fail, besides the check run."""

    NEVER = "never"
    WARNING = "warning"
    FAILURE = "failure"


class Options(msgspec.Struct, frozen=True):
    """The action's inputs."""

    artifacts: str = ""
    artifacts_folder: str = ""
    artifacts_prefix: str = ""
    expected_artifacts: tuple[str, ...] = ()
    commit: bool = True
    fail_on: FailOn = FailOn.NEVER
    dry_run: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Options:
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


class RunInfo(msgspec.Struct, frozen=True):
    """The workflow run that this process is part of."""

    repository: str
    id: int
    attempt: int
    server_url: str
    folder: str
    """Where files that outlive the step may be put."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> RunInfo:
        """Return what the runner says. Raises ConfigError where this is no GitHub Actions run."""
        repository = environment.get("GITHUB_REPOSITORY", "")
        if not repository:
            raise ConfigError("GITHUB_REPOSITORY is not set; `ci` runs inside GitHub Actions")
        return cls(
            repository,
            _number(environment, "GITHUB_RUN_ID", 0),
            _number(environment, "GITHUB_RUN_ATTEMPT", 1),
            environment.get("GITHUB_SERVER_URL") or "https://github.com",
            environment.get("RUNNER_TEMP") or ".",
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
    """Everything a flow works with. Nothing is read before it is needed."""

    hub: Hub
    options: Options
    run: RunInfo
    now: datetime
    say: Callable[[str], None]
    """Print a line to the log; see `hostile.log_line`."""
    folder: Path = Path()
    config_path: str | None = None
    page: str | None = None
    into: str = ""
    """The branch that what is judged goes into, where that is not the default one."""

    @cached_property
    def workspace(self) -> Workspace:
        """The checkout, whose missing commits are asked of GitHub. Raises BotError."""
        found = Workspace.find(self.folder, self.config_path, self.page)
        if found.repo is None:
            raise RepositoryError(
                "no git repository is checked out here; put actions/checkout before this step"
            )
        return replace(found, repo=found.repo.with_remote(ApiObjects(self.hub.contents)))

    @property
    def project(self) -> str:
        """What tells this page from others of the same repository, also before it is opened."""
        return self.page or "results"

    @property
    def check_name(self) -> str:
        """The name of the check run, stable because branch protection goes by it.

        A commit may be the head of two pull requests: what is right for one base, such as an old
        branch, says nothing of another.
        """
        parts = [self.project if "/" in self.project else "", self.into]
        told = ", ".join(part for part in parts if part)
        return f"results-bot ({told})" if told else "results-bot"

    def going_into(self, branch: str, default: str) -> Context:
        """Return the context for what goes into a branch."""
        into = "" if branch == default else branch
        # A copy opens the checkout anew.
        return self if into == self.into else replace(self, into=into)

    def may_commit(self, pull: PullRequest) -> bool:
        """Tell whether a pull request's branch may get commits; the default branch gets none."""
        own = not pull.fork and pull.head_branch != pull.default_branch
        return self.options.commit and own


def _yes(environment: Mapping[str, str], name: str, default: str) -> bool:
    text = (environment.get(f"RESULTS_BOT_{name.upper().replace('-', '_')}") or default).lower()
    if text not in ("true", "false"):
        raise ConfigError(f"input {name}: {text!r} is neither true nor false")
    return text == "true"


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal():
        raise ConfigError(f"{name}: {text!r} is no number")
    return int(text)
