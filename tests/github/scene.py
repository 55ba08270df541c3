"""A repository with results on the double, and the real `ci` command run on it as a job."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from results_bot.errors import BotError, ExitCode
from results_bot.evaluate import evaluate
from results_bot.github import action
from results_bot.judge.approvals import SHOWN
from results_bot.workspace import Workspace

from tests.github_double import checkout, faults
from tests.github_double.double import GitHubDouble
from tests.github_double.events import Event, Events, runner_environment
from tests.github_double.records import (
    WEB_FLOW,
    Access,
    CheckRun,
    Comment,
    PullRequest,
    Repository,
    Token,
    WorkflowRun,
)

NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
BOT = "github-actions[bot]"
ROLES = {
    "mia": "maintain",
    "wren": "write",
    "will": "write",
    "tess": "triage",
    "ravi": "read",
    "ghost": "write",
    "robo[bot]": "write",
}
CONFIG = """\
[metrics.test_accuracy]
direction = "higher"
format = ".2%"

[metrics.test_loss]
direction = "lower"
format = ".4f"
tolerance = { relative = 0.01 }

[[sections]]
id = "nightly"
title = "Nightly"
runs = ["experiments/nightly/*"]
sort = "test_loss"
"""
RUNS = {"resnet50": (0.912, 0.3121), "vit": (0.934, 0.2544), "mlp": (0.871, 0.4412)}
Files = Mapping[str, str]


def path(run: str) -> str:
    return f"experiments/nightly/{run}/metrics.json"


def metrics(accuracy: float, loss: float = 0.5) -> str:
    """Return the file that a training job leaves at `path`."""
    found = {"test_accuracy": accuracy, "test_loss": loss, "num_samples": 10_000}
    return json.dumps(found)


def files(runs: Mapping[str, tuple[float, float]] = RUNS) -> dict[str, str]:
    return {path(name): metrics(*values) for name, values in runs.items()}


GOOD = {path("alpha"): metrics(0.91), path("beta"): metrics(0.84, 0.61)}
WORSE = {path("alpha"): metrics(0.71, 1.1)}
"""One run much worse than in GOOD."""
WORST = {path("alpha"): metrics(0.61, 2.4)}


def page_of(tree: Files, old: str | None = None) -> str:
    """Return the page that artifacts give, with the settings among them."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in {**tree, **({"RESULTS.md": old} if old else {})}.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, "utf-8")
        return evaluate(Workspace.find(folder), NOW).fresh.text


def refreshed(changed: Files) -> Files:
    """Return files that change GOOD, with the page that all of them give."""
    return {**changed, "RESULTS.md": page_of({**GOOD, **changed})}


class QuickClock:
    """Time in which waiting takes none."""

    def __init__(self) -> None:
        self.at = time.time()
        self.waits: list[float] = []

    def time(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds


@dataclass
class Job:
    """One job that ran `ci`, and everything it printed or wrote."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str
    error: str
    token: Token
    clock: QuickClock
    folder: Path

    @property
    def everything(self) -> str:
        return "\n".join([self.log, json.dumps(self.outputs), self.summary, self.error])


@dataclass
class Scene:
    """One repository, its pull requests, and the bot."""

    github: GitHubDouble
    folder: Path
    config: str = ""
    tree: Files = field(default_factory=lambda: GOOD)
    inputs: Files = field(default_factory=dict)
    """What every workflow gives, besides what a job gives itself."""
    repo: Repository = field(init=False)
    token: Token = field(init=False)
    ran: int = 1000

    def __post_init__(self) -> None:
        tree = {**self.tree, "train.py": "raise SystemExit('run')\n"}
        if self.config:
            tree["results-bot.toml"] = self.config
        self.repo = self.github.repository(
            "octo/results", {**tree, "RESULTS.md": page_of(tree)}, roles=ROLES
        )
        self.token = self.github.actions_token(self.repo)

    @property
    def events(self) -> Events:
        return self.github.events

    # What people do

    def commit(self, changes: Mapping[str, str | None], branch: str = "feature") -> str:
        return self.github.push(self.repo, branch, changes)

    def push(self, changed: Files, branch: str = "feature") -> str:
        """Push changed artifacts with their page."""
        return self.commit(refreshed(changed), branch)

    def pull(
        self,
        changes: Mapping[str, str | None],
        branch: str = "feature",
        login: str | None = None,
        base: str = "main",
        fork: Repository | None = None,
    ) -> PullRequest:
        """Open a pull request that changes some files, by will or by the fork's owner."""
        self.github.push(fork or self.repo, branch, changes)
        login = login or (None if fork else "will")
        return self.github.open_pull(self.repo, branch, login=login, base=base, fork=fork)

    def refreshed_pull(
        self, changed: Files = WORSE, branch: str = "feature", login: str = "will"
    ) -> PullRequest:
        """Open a pull request that changes artifacts, its page put right by the author."""
        return self.pull(refreshed(changed), branch, login)

    def refresh(
        self,
        page: Files,
        repo: Repository | None = None,
        branch: str = "feature",
        author: str = BOT,
        committer: str = WEB_FLOW,
        signed: bool = True,
    ) -> None:
        """Commit a page as GitHub does for the bot, or almost so."""
        (name,) = page
        self.github.push(
            repo or self.repo, branch, page, f"Refresh {name}",
            author=author, committer=committer, signed=signed,
        )  # fmt: skip

    def says(self, pull: PullRequest, login: str, body: str) -> Comment:
        """Somebody comments, and the bot's workflow runs on it."""
        comment = self.github.comment(pull, login, body)
        self.run(self.events.issue_comment(comment))
        return comment

    def approve(self, pull: PullRequest, login: str = "wren", rest: str = "") -> Comment:
        """Somebody approves what the bot's comment shows."""
        return self.says(pull, login, f"/approve-metrics {self.digest(pull)} {rest}".rstrip())

    # What workflows do

    def run(
        self,
        event: Event,
        inputs: Files | None = None,
        run: WorkflowRun | None = None,
        *,
        permissions: Mapping[str, Access] | None = None,
        enterprise: bool = False,
        attempt: int = 1,
        at: str | None = None,
        shallow: bool = False,
        **more: str,
    ) -> Job:
        """Check out as the workflow does and run `ci`; inputs are named as in `action.yml`."""
        self.ran += 1
        folder = self.folder / f"job-{self.ran}"
        web = self.github.enterprise_web if enterprise else self.github.web
        run_id = run.id if run else self.github.state.new_id()
        environment = runner_environment(event, folder, web, run_id=run_id, attempt=attempt)
        token = self.token
        if permissions is not None:
            token = self.github.actions_token(self.repo, permissions)
        environment["RESULTS_BOT_TOKEN"] = token.secret
        for name, value in {**self.inputs, **(inputs or {}), **more}.items():
            environment[f"RESULTS_BOT_{name.upper()}"] = value
        work = folder / "work"
        head = event.payload.get("pull_request", {}).get("head", {}).get("sha")
        checkout.check_out(self.github.state, self.repo, work, at or head or event.sha)
        if shallow:
            checkout.git(work, "branch", "--force", "here", "HEAD")
            clone = ("clone", "-q", "--depth=1", "--branch=here", f"file://{work}")
            work = folder / "shallow"
            checkout.git(folder, *clone, str(work))
        log: list[str] = []
        clock, error, code = QuickClock(), "", int(ExitCode.OK)
        try:
            code = int(action.run(environment, work, NOW, log.append, clock=clock).code)
        except BotError as failure:
            error, code = str(failure), int(failure.exit_code)
        outputs = parse_outputs(Path(environment["GITHUB_OUTPUT"]).read_text("utf-8"))
        summary = Path(environment["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
        return Job(code, "\n".join(log), outputs, summary, error, token, clock, folder)

    def judge(
        self,
        pull: PullRequest,
        inputs: Files | None = None,
        run: WorkflowRun | None = None,
        **more: Any,
    ) -> Job:
        return self.run(self.events.pull_request(pull, "synchronize"), inputs, run, **more)

    def trained(self, pull: PullRequest | None, files: Files | bytes = WORSE) -> WorkflowRun:
        """Run a training for a pull request, or for the default branch, that uploads files."""
        run = self.github.run(self.repo, "pull_request" if pull else "push", pull=pull)
        self.github.artifact(run, "metrics-alpha", files)
        return run

    def pushed(
        self, files: Files, inputs: Files | None = None, run: WorkflowRun | None = None
    ) -> Job:
        """Push changed artifacts to the default branch, and let its own run see it."""
        before = self.head("main")
        self.push(files, "main")
        return self.run(self.events.push(self.repo, "main", before), inputs, run)

    def look(self, pull: PullRequest) -> None:
        """Judge the pull request by an event that changes no approval."""
        comment = self.github.comment(pull, "ravi", "/revoke-metrics")
        event = self.events.issue_comment(comment)
        self.github.delete_comment(comment)
        self.run(event)

    # What is there then

    def comments(self, pull: PullRequest) -> list[Comment]:
        return self.github.comments(pull, BOT)

    def sticky(self, pull: PullRequest) -> str:
        """Return the text of the bot's one comment."""
        (one,) = self.comments(pull)
        return one.body

    def digest(self, pull: PullRequest) -> str:
        """Return the digest that the bot's comment shows for copying."""
        found = self.sticky(pull).partition("\n/approve-metrics ")[2].split()[0]
        assert len(found) == SHOWN
        return found

    def checks(self, sha: str) -> list[CheckRun]:
        return [one for one in self.repo.check_runs.values() if one.head_sha == sha]

    def conclusions(self, sha: str) -> list[str | None]:
        return [one.conclusion for one in self.checks(sha)]

    def conclusion(self, sha: str) -> str | None:
        """Return how a commit's newest check ended; each must have ended."""
        found = self.checks(sha)
        assert all(one.status == "completed" for one in found)
        return max(found, key=lambda one: one.id).conclusion if found else None

    def check(self, pull: PullRequest) -> str | None:
        """Return the conclusion of the newest check on the pull request's head."""
        return self.conclusion(self.github.state.head_sha(pull))

    def verdicts(self, pull: PullRequest) -> dict[str, str | None]:
        """Return how each check on the pull request's head ended last, by its name."""
        found = self.checks(self.github.state.head_sha(pull))
        return {one.name: one.conclusion for one in sorted(found, key=lambda one: one.id)}

    def head(self, branch: str = "feature") -> str:
        return self.repo.refs[f"refs/heads/{branch}"]

    def page(self, branch: str = "feature") -> str:
        return (self.github.file(self.repo, "RESULTS.md", branch) or b"").decode()


def ignore(scene: Scene, operation: str, query: str) -> None:
    """Let GitHub ignore a filter, as it does with one that it cannot read."""
    scene.github.before(
        faults.on(operation), lambda: scene.github.log[-1].query.pop(query, None), times=100
    )


def parse_outputs(text: str) -> dict[str, str]:
    """Read a file of outputs as the runner does."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        value = []
        for inner in lines:
            if inner == end:
                break
            value.append(inner)
        else:
            raise AssertionError(f"output {name} has no end")
        found[name] = "\n".join(value)
    return found
