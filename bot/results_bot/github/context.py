"""What a job on GitHub starts from (inputs, run, client, clock) and what it ends with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import cast

import msgspec
from github.PullRequest import PullRequest
from msgspec.structs import replace

from results_bot.config import FILE, PAGES, Config, find
from results_bot.errors import ConfigError, RepositoryError
from results_bot.git import GitRepo
from results_bot.github.client import Client
from results_bot.github.commits import ApiObjects
from results_bot.github.event import RunInfo
from results_bot.report.comment import slug
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
    report_url: str = ""
    commit: bool = True
    fail_on: FailOn = FailOn.NEVER
    dry_run: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Inputs:
        """Return the inputs as the action passes them. Raises ConfigError for a wrong one."""
        given = {
            name: value
            for name in cls.__struct_fields__
            if (value := environment.get(f"RESULTS_BOT_{name.upper()}"))
        }
        allowed = dict.fromkeys(("commit", "dry_run"), ("true", "false"))
        for name, words in (allowed | {"fail_on": tuple(FailOn)}).items():
            value = given.get(name, words[0])
            if value not in words:
                shown = f"{', '.join(words[:-1])} or {words[-1]}"
                key = name.replace("_", "-")
                raise ConfigError(f"input {key}: {value!r} is unknown; expected {shown}")
        names = (name.strip() for name in given.pop("expected_artifacts", "").split("\n"))
        expected = tuple(name for name in names if name)
        return msgspec.convert({**given, "expected_artifacts": expected}, cls, strict=False)

    @property
    def uploads(self) -> bool:
        """Return True if other jobs are expected to upload metrics."""
        return bool(self.artifacts or self.expected_artifacts)


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
        return replace(found, repo=self._repo)

    @property
    def repo(self) -> GitRepo:
        """The repository of the checkout. Raises BotError."""
        return cast("GitRepo", self.workspace.repo)

    @cached_property
    def project(self) -> str:
        """What comment, check and branches are named by: `results` for the main page.

        Where an input names another configuration or page than the repository's own, it is the
        path, so that no job hides the findings of one with other settings. What the repository's
        own are is read at the base: a pull request may change or break them.
        """
        own, _ = self._found_at_base(None)
        given = PurePosixPath(self.config_path or own).as_posix()
        _, page = self._found_at_base(given)
        names = [given] if given != own else []
        if self.page and PurePosixPath(self.page).as_posix() != page:
            names.append(PurePosixPath(self.page).as_posix())
        return ", ".join(names) or "results"

    def _found_at_base(self, named: str | None) -> tuple[str, str]:
        """Return the configuration and the page at the base; defaults stand in for either."""
        base, repo = self.base, self._repo if self.base else None
        if repo is None:
            return named or FILE, PAGES[0]
        try:
            config, file = find(lambda name: repo.text_at(base, name), named)
        except ConfigError:
            config, file = Config(), None
        there = (name for name in PAGES if repo.text_at(base, name) is not None)
        return file or FILE, config.page or next(there, PAGES[0])

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
        if (into, base) == (self.into, self.base):
            return self  # With what it has read already.
        return replace(self, into=into, base=base)

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
    line = review.headline
    return ". ".join(part for part in (line.verdict, line.worst, line.counts) if part)
