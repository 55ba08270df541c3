"""A repository on the double whose page is true, and the real `ci` command run on it as a job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from results_bot.collect.file import Listed
from results_bot.collect.runs import collect
from results_bot.config import parse
from results_bot.errors import BotError, ExitCode
from results_bot.github import action
from results_bot.page.page import regenerate
from results_bot.page.plan import bases, patterns

from tests.github_double import checkout, runner
from tests.github_double.checks import CheckRun
from tests.github_double.double import GitHubDouble
from tests.github_double.events import Event
from tests.github_double.issues import Comment, PullRequest
from tests.github_double.people import ALL_WRITE, Access, Token
from tests.github_double.state import Repository

NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
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


def metrics(accuracy: float, loss: float, samples: int = 10_000) -> str:
    """Return the file that a training job leaves."""
    found = {"test_accuracy": accuracy, "test_loss": loss, "num_samples": samples}
    return json.dumps({"test_metrics": found, "total_epochs": 30})


def path(run: str) -> str:
    return f"experiments/nightly/{run}/training_summary.json"


def files(runs: Mapping[str, tuple[float, float]] = RUNS) -> dict[str, str]:
    return {path(name): metrics(*values) for name, values in runs.items()}


def page_of(tree: Mapping[str, str], old: str | None = None) -> str:
    """Return the page that is true for a tree."""
    config = parse(CONFIG, "results-bot.toml")
    listed = [_listed(name, text) for name, text in sorted(tree.items())]
    found = collect(listed, bases(config.sections), 1_000_000, patterns=patterns(config.sections))
    return regenerate(old, found, config, config.sections, {}, NOW).text


def _listed(name: str, text: str) -> Listed:
    return Listed(name, len(text), text.encode)


class QuickClock:
    """Time in which waiting takes none."""

    def __init__(self) -> None:
        import time

        self.at = time.time()
        self.waits: list[float] = []

    def time(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds


@dataclass
class Job:
    """One job that ran `ci`, and everything it said."""

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
        """All that the job printed or wrote."""
        return "\n".join([self.log, json.dumps(self.outputs), self.summary, self.error])


@dataclass
class Stage:
    """The repository, and what happens on it."""

    github: GitHubDouble
    folder: Path
    repo: Repository = field(init=False)
    _jobs: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        tree = {"results-bot.toml": CONFIG, **files()}
        self.repo = self.github.repository(
            "octo/results",
            {**tree, "RESULTS.md": page_of(files())},
            roles={"wren": "write", "mia": "maintain"},
        )

    def pull(
        self, changes: Mapping[str, str | None], branch: str = "feature", login: str = "wren"
    ) -> PullRequest:
        """Open a pull request that changes some files."""
        self.github.push(self.repo, branch, changes)
        return self.github.open_pull(self.repo, branch, login=login)

    def job(
        self,
        event: Event,
        *,
        permissions: Mapping[str, Access] = ALL_WRITE,
        enterprise: bool = False,
        at: str | None = None,
        attempt: int = 1,
        run_id: int | None = None,
        shallow: bool = False,
        inputs: Mapping[str, str] | None = None,
        **more: str,
    ) -> Job:
        """Check out as the workflow does and run `ci`; inputs are named as in `action.yml`."""
        number = next(self._jobs)
        folder = self.folder / f"job-{number}"
        web = self.github.enterprise_web if enterprise else self.github.web
        run_id = run_id or 1000 + number
        environment = runner.environment(event, folder, web, run_id=run_id, attempt=attempt)
        token = self.github.actions_token(self.repo, dict(permissions))
        environment["RESULTS_BOT_TOKEN"] = token.secret
        for name, value in {**(inputs or {}), **more}.items():
            environment[f"RESULTS_BOT_{name.upper()}"] = value
        work = folder / "work"
        checkout.check_out(self.github.state, self.repo, work, at or _head(event))
        if shallow:
            work = _shallow(work, folder / "shallow")
        return run_job(environment, work, token, folder)

    def comments(self, pull: PullRequest) -> list[Comment]:
        return self.github.comments(pull, "github-actions[bot]")

    def checks(self, sha: str) -> list[CheckRun]:
        return [one for one in self.repo.check_runs.values() if one.head_sha == sha]

    def conclusions(self, sha: str) -> list[str | None]:
        """Return how a commit's checks ended; each must have ended."""
        found = self.checks(sha)
        assert all(one.status == "completed" for one in found)
        return [one.conclusion for one in found]

    def head(self, branch: str = "feature") -> str:
        return self.repo.refs[f"refs/heads/{branch}"]

    def page(self, branch: str = "feature") -> str:
        return (self.github.file(self.repo, "RESULTS.md", branch) or b"").decode()


def _shallow(work: Path, folder: Path) -> Path:
    """Clone as `fetch-depth: 1` does."""
    checkout.git(work, "branch", "--force", "here", "HEAD")
    origin = f"file://{work}"
    checkout.git(work, "clone", "-q", "--depth=1", "--branch=here", origin, str(folder))
    return folder


def _head(event: Event) -> str:
    pull = event.payload.get("pull_request")
    return str(pull["head"]["sha"]) if pull else event.sha


def run_job(environment: Mapping[str, str], work: Path, token: Token, folder: Path) -> Job:
    """Run `ci` as the action does."""
    said: list[str] = []
    clock, error, code = QuickClock(), "", int(ExitCode.OK)
    try:
        outcome = action.run(environment, work, NOW, said.append, clock=clock)
        code = int(outcome.code)
    except BotError as failure:
        error, code = str(failure), int(failure.exit_code)
    outputs = parse_outputs(Path(environment["GITHUB_OUTPUT"]).read_text("utf-8"))
    summary = Path(environment["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    return Job(code, "\n".join(said), outputs, summary, error, token, clock, folder)


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
