"""Events as workflows get them, and what a runner sets for a job; payloads agree with the state."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.github_double import git_history, rest_actions, rest_pulls, rest_repos
from tests.github_double.call import Json, Web
from tests.github_double.records import (
    BRANCHES,
    Comment,
    PullRequest,
    Repository,
    Review,
    User,
    WorkflowRun,
)
from tests.github_double.spec import spec
from tests.github_double.state import State


@dataclass(frozen=True)
class Event:
    """What started a workflow; `sha` and `ref` are the runner's, see GitHub's list of events."""

    name: str
    payload: Json
    repo: Repository
    sha: str
    ref: str
    actor: User
    head_ref: str = ""
    base_ref: str = ""


class Events:
    """Builds events from the state as it is at the moment of asking."""

    def __init__(self, state: State, web: Web) -> None:
        self._state = state
        self._web = web

    def pull_request(self, pull: PullRequest, action: str = "opened") -> Event:
        """Something happened to a pull request: opened, synchronize, reopened, edited, closed."""
        shown = rest_pulls.pull(self._web, self._state, pull)
        payload = {"number": pull.number, "pull_request": shown}
        if action == "synchronize":
            payload |= {"before": pull.base_sha, "after": shown["head"]["sha"]}
        return self._on_pull("pull_request", action, payload, pull, pull.user)

    def pull_request_review(
        self, pull: PullRequest, review: Review, action: str = "submitted"
    ) -> Event:
        payload = {
            "pull_request": rest_pulls.pull(self._web, self._state, pull),
            "review": {
                "id": review.id,
                "user": rest_repos.user(self._web, review.user),
                "body": review.body,
                "state": review.state.lower(),
                "commit_id": review.commit_id,
            },
        }
        return self._on_pull("pull_request_review", action, payload, pull, review.user)

    def issue_comment(self, comment: Comment, action: str = "created") -> Event:
        payload: Json = {
            "issue": rest_pulls.issue(self._web, comment.issue),
            "comment": rest_pulls.comment(self._web, comment),
        }
        sender = comment.user
        if action == "edited":
            edit = comment.edits[-1]
            payload["changes"], sender = {"body": {"from": edit.before}}, edit.editor
        return self._on_default("issue_comment", action, payload, comment.issue.repo, sender)

    def workflow_run(self, run: WorkflowRun) -> Event:
        """Another workflow's run was completed; runs on the default branch, with its rights."""
        payload = {"workflow_run": rest_actions.workflow_run(self._web, run)}
        return self._on_default("workflow_run", "completed", payload, run.repo, run.actor)

    def merge_group(
        self, repo: Repository, *pulls: PullRequest, method: str = "merge", onto: str = ""
    ) -> Event:
        """The merge queue wants pull requests checked, put on top of their base's head.

        `method` is the queue's: merge, squash or rebase; `onto` is the head of the group that is
        ahead in the queue.
        """
        base = pulls[0].base_branch
        head = before = onto or repo.refs[BRANCHES + base]
        with self._state.lock:
            for pull in pulls:
                head = self._queued(head, pull, method)
            ref = f"{BRANCHES}gh-readonly-queue/{base}/pr-{pulls[-1].number}-{before}"
            repo.refs[ref] = head
        group = {
            "head_sha": head,
            "head_ref": ref,
            "base_sha": before,
            "base_ref": BRANCHES + base,
        }
        payload = self._payload(
            "merge_group", "checks_requested", {"merge_group": group}, repo, repo.owner
        )
        return Event("merge_group", payload, repo, head, ref, repo.owner)

    def push(self, repo: Repository, branch: str, before: str) -> Event:
        after, ref = repo.refs[BRANCHES + branch], BRANCHES + branch
        payload = {"ref": ref, "before": before, "after": after}
        payload = self._payload("push", "", payload, repo, repo.owner)
        return Event("push", payload, repo, after, ref, repo.owner)

    def schedule(self, repo: Repository) -> Event:
        """A scheduled time has come; the payload holds nothing else that one could rely on."""
        ref = BRANCHES + repo.default_branch
        payload = {"schedule": "30 5 * * 1"}
        return Event("schedule", payload, repo, repo.refs[ref], ref, repo.owner)

    def workflow_dispatch(self, repo: Repository) -> Event:
        payload = {"inputs": None, "ref": BRANCHES + repo.default_branch}
        return self._on_default("workflow_dispatch", "", payload, repo, repo.owner)

    def _on_pull(
        self, name: str, action: str, payload: Json, pull: PullRequest, actor: User
    ) -> Event:
        payload = self._payload(name, action, payload, pull.repo, actor)
        merge, ref = self._state.merge_preview(pull), f"refs/pull/{pull.number}/merge"
        sha = merge.sha if merge else pull.base_sha
        return Event(name, payload, pull.repo, sha, ref, actor, pull.head_branch, pull.base_branch)

    def _on_default(
        self, name: str, action: str, payload: Json, repo: Repository, actor: User
    ) -> Event:
        payload = self._payload(name, action, payload, repo, actor)
        ref = BRANCHES + repo.default_branch
        return Event(name, payload, repo, repo.refs[ref], ref, actor)

    def _payload(
        self, name: str, action: str, payload: Json, repo: Repository, sender: User
    ) -> Json:
        """Return the whole payload as the description has it."""
        kind = f"{name}-{action}".strip("-").replace("_", "-")
        payload |= {
            "repository": rest_repos.repository(self._web, repo),
            "sender": rest_repos.user(self._web, sender),
        }
        if action:
            payload["action"] = action
        return spec().event(kind, payload, self._web.api)

    def _queued(self, onto: str, pull: PullRequest, method: str) -> str:
        """Put a pull request upon a commit as a merge queue does."""
        store, head = self._state.store, self._state.head_sha(pull)
        if method != "rebase":
            message = f"Merge pull request #{pull.number} from {pull.head_branch}"
            if method == "merge":
                return self._put(onto, head, (onto, head), message)
            return self._put(onto, head, (onto,), f"{pull.title} (#{pull.number})")
        # The commits one by one, merges left out; nothing of them names their origin.
        base = git_history.merge_base(store, onto, head) or onto
        for commit in git_history.between(store, base, head):
            if len(commit.parents) == 1:
                onto = self._put(onto, commit.sha, (onto,), commit.message)
        return onto

    def _put(self, onto: str, brought: str, parents: tuple[str, ...], message: str) -> str:
        """Commit what a merge of two commits holds."""
        store = self._state.store
        files = git_history.merged_files(store, onto, brought)
        if files is None:
            raise LookupError(f"{brought} conflicts with what is queued")
        author, tree = store.commits[brought].author, store.put_files(files)
        return store.put_commit(tree, parents, message, author, verified=True).sha


def runner_environment(
    event: Event, folder: Path, web: Web, *, run_id: int, attempt: int = 1
) -> dict[str, str]:
    """Write `event.json` and the empty outputs into a folder; return the variables, no token."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "event.json"
    path.write_text(json.dumps(event.payload), encoding="utf-8")
    outputs = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in outputs.values():
        file.touch()
    repository = event.repo.full_name
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": event.actor.login,
        "GITHUB_API_URL": web.api,
        "GITHUB_BASE_REF": event.base_ref,
        "GITHUB_EVENT_NAME": event.name,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_HEAD_REF": event.head_ref,
        "GITHUB_REF": event.ref,
        "GITHUB_REPOSITORY": repository,
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "GITHUB_RUN_ID": str(run_id),
        "GITHUB_SERVER_URL": web.origin,
        "GITHUB_SHA": event.sha,
        "GITHUB_WORKFLOW_REF": f"{repository}/.github/workflows/train.yml@{event.ref}",
        "GITHUB_WORKSPACE": str(folder / "workspace"),
        "RUNNER_TEMP": str(folder),
        **{name: str(file) for name, file in outputs.items()},
    }
