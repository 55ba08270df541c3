"""A repository with results on the double, and the bot run on an event as a workflow runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from results_bot.evaluate import evaluate
from results_bot.judge.approvals import SHOWN
from results_bot.workspace import Workspace

from tests.github.stage import Job, run_job
from tests.github_double import checkout, runner
from tests.github_double.double import GitHubDouble
from tests.github_double.events import Event
from tests.github_double.git_objects import FILE_MODE, Entry, Signature
from tests.github_double.issues import Comment, PullRequest
from tests.github_double.people import WEB_FLOW, Token
from tests.github_double.state import Repository

NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
BOT = "github-actions[bot]"
ROLES = {
    "mia": "maintain",
    "wren": "write",
    "will": "write",
    "tess": "triage",
    "ravi": "read",
    "robo[bot]": "write",
}
Files = Mapping[str, str]


def run_file(name: str) -> str:
    return f"experiments/nightly/{name}/metrics.json"


def metrics(accuracy: float, loss: float = 0.5) -> str:
    return json.dumps({"test_accuracy": accuracy, "test_loss": loss, "num_samples": 2000})


GOOD = {run_file("alpha"): metrics(0.91), run_file("beta"): metrics(0.84, 0.61)}
WORSE = {run_file("alpha"): metrics(0.71, 1.1)}
"""One run much worse than in GOOD."""
WORST = {run_file("alpha"): metrics(0.61, 1.4)}


def page_of(files: Files, folder: Path) -> str:
    """Return the page that these artifacts give."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return evaluate(Workspace.find(folder), NOW).fresh.text


@dataclass
class Scene:
    """One repository, its pull requests, and the bot."""

    github: GitHubDouble
    folder: Path
    config: str = ""
    repo: Repository = field(init=False)
    token: Token = field(init=False)
    ran: int = 1000

    def __post_init__(self) -> None:
        files = {**GOOD, "train.py": "raise SystemExit('run')\n"}
        if self.config:
            files["results-bot.toml"] = self.config
        page = self.page(files)
        self.repo = self.github.repository(
            "octo/results", {**files, "RESULTS.md": page}, roles=ROLES
        )
        self.token = self.github.actions_token(self.repo)

    def page(self, files: Files) -> str:
        """Return the page that these artifacts give."""
        self.ran += 1
        folder = self.folder / f"page-{self.ran}"
        folder.mkdir()
        return page_of(files, folder)

    def pull(
        self, changed: Files = WORSE, branch: str = "feature", login: str = "will"
    ) -> PullRequest:
        """Open a pull request that changes artifacts, its page put right by the author."""
        self.push(changed, branch)
        return self.github.open_pull(self.repo, branch, login=login)

    def push(self, changed: Files, branch: str = "feature") -> str:
        """Push changed artifacts with their page."""
        page = self.page({**GOOD, **changed})
        return self.github.push(self.repo, branch, {**changed, "RESULTS.md": page})

    def signed_commit(
        self,
        repo: Repository,
        branch: str,
        files: Files,
        author: str = BOT,
        committer: str = WEB_FLOW,
    ) -> None:
        """Commit files, signed by the committer with a key that GitHub knows."""
        state, head = self.github.state, repo.refs[f"refs/heads/{branch}"]
        tree = dict(state.store.commit_files(head))
        for path, text in files.items():
            tree[path] = Entry(FILE_MODE, state.store.put_blob(text.encode()))
        signatures = [
            Signature(user.login, user.email, state.clock.tick())
            for user in map(state.user, (author, committer))
        ]
        made = state.store.put_commit(
            state.store.put_files(tree), (head,), "Refresh RESULTS.md", *signatures, verified=True
        )
        repo.refs[f"refs/heads/{branch}"] = made.sha

    def run(
        self, event: Event, inputs: Mapping[str, str] | None = None, run_id: int | None = None
    ) -> Job:
        """Do what a workflow does for an event: check out the default branch, and run the bot."""
        self.ran += 1
        folder = self.folder / f"job-{self.ran}"
        environment = runner.environment(
            event, folder, self.github.web, run_id=run_id or self.github.state.new_id()
        )
        environment["RESULTS_BOT_TOKEN"] = self.token.secret
        for name, value in (inputs or {}).items():
            environment[f"RESULTS_BOT_{name.upper()}"] = value
        work = folder / "work"
        checkout.check_out(self.github.state, self.repo, work, event.sha)
        return run_job(environment, work, self.token, folder)

    def says(self, pull: PullRequest, login: str, body: str) -> Comment:
        """Somebody comments, and the bot's workflow runs on it."""
        comment = self.github.comment(pull, login, body)
        self.run(self.github.events.issue_comment(comment))
        return comment

    def judge(self, pull: PullRequest, inputs: Mapping[str, str] | None = None) -> Job:
        """Let the workflow of the pull request run."""
        return self.run(self.github.events.pull_request(pull, "synchronize"), inputs)

    def look(self, pull: PullRequest) -> None:
        """Let the bot judge the pull request for the first time."""
        self.look_again(pull)

    def look_again(self, pull: PullRequest) -> None:
        """Let the bot judge the pull request by an event that says nothing about approvals."""
        comment = self.github.comment(pull, "ravi", "/revoke-metrics")
        event = self.github.events.issue_comment(comment)
        self.github.delete_comment(comment)
        self.run(event)

    def digest(self, pull: PullRequest) -> str:
        """Return the digest that the bot's comment shows for copying."""
        found = [
            line.split()[1]
            for line in self.sticky(pull).split("\n")
            if line.startswith("/approve-metrics ")
        ]
        assert len(found[0]) == SHOWN
        return found[0]

    def sticky(self, pull: PullRequest) -> str:
        """Return the text of the bot's one comment."""
        (one,) = self.github.comments(pull, BOT)
        return one.body

    def check(self, pull: PullRequest, sha: str | None = None) -> str | None:
        """Return the conclusion of the newest check on the pull request's head."""
        sha = sha or self.github.state.head_sha(pull)
        found = [one for one in self.repo.check_runs.values() if one.head_sha == sha]
        assert all(one.status == "completed" for one in found)
        return max(found, key=lambda one: one.id).conclusion if found else None
