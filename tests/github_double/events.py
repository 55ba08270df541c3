"""Events as workflows get them: payloads that agree with the state and with the description."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.github_double import (
    git_history,
    refs,
    render_checks,
    render_git,
    render_pulls,
    render_repos,
)
from tests.github_double.call import Web
from tests.github_double.git_objects import Commit
from tests.github_double.issues import Comment, PullRequest, Review
from tests.github_double.people import User
from tests.github_double.runs import WorkflowRun
from tests.github_double.spec import spec
from tests.github_double.state import BRANCHES, Repository, State

Json = dict[str, Any]
NOTHING = "0" * 40


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
    run: WorkflowRun | None = field(default=None, repr=False)


class Events:
    """Builds events from the state as it is at the moment of asking."""

    def __init__(self, state: State, web: Web) -> None:
        self._state = state
        self._web = web

    def pull_request(
        self, pull: PullRequest, action: str = "opened", *, before: str = NOTHING
    ) -> Event:
        """Something happened to a pull request: opened, synchronize, reopened, edited, closed."""
        payload = self._common(pull.repo, pull.user) | {
            "action": action,
            "number": pull.number,
            "pull_request": self._pull(pull),
        }
        if action == "synchronize":
            payload |= {"before": before, "after": self._state.head_sha(pull)}
        if action == "edited":
            payload["changes"] = {}
        return self._on_pull("pull_request", payload, pull, pull.user)

    def pull_request_review(
        self, pull: PullRequest, review: Review, action: str = "submitted"
    ) -> Event:
        """A review was submitted, edited or dismissed."""
        shown = render_pulls.review(self._web, pull.repo, pull, review)
        shown["state"] = shown["state"].lower()
        brief = self._pull(pull)
        for key in PULL_ONLY:
            brief.pop(key)
        payload = self._common(pull.repo, review.user)
        payload |= {"action": action, "review": shown, "pull_request": brief}
        if action == "edited":
            payload["changes"] = {}
        return self._on_pull("pull_request_review", payload, pull, review.user)

    def issue_comment(self, comment: Comment, action: str = "created") -> Event:
        """A comment on an issue or a pull request was created, edited or deleted."""
        repo = comment.issue.repo
        sender = comment.edits[-1].editor if action == "edited" else comment.user
        payload = self._common(repo, sender) | {
            "action": action,
            "issue": render_pulls.issue(self._web, repo, comment.issue)
            | {"active_lock_reason": None, "assignees": [], "locked": False, "labels": []}
            | {"reactions": self._reactions(comment)},
            "comment": render_pulls.comment(self._web, repo, comment),
        }
        if action == "edited":
            payload["changes"] = {"body": {"from": comment.edits[-1].before}}
        return self._on_default("issue_comment", payload, repo, sender, action)

    def workflow_run(self, run: WorkflowRun, action: str = "completed") -> Event:
        """Another workflow's run was completed; runs on the default branch, with its rights."""
        repo = run.repo
        payload = self._common(repo, run.actor) | {
            "action": action,
            "workflow": render_checks.workflow(self._web, repo, run),
            "workflow_run": render_checks.workflow_run(self._web, self._state, repo, run),
        }
        return self._on_default("workflow_run", payload, repo, run.actor, action, run)

    def merge_group(
        self, repo: Repository, *pulls: PullRequest, method: str = "merge", onto: str = ""
    ) -> Event:
        """The merge queue wants pull requests checked, put on top of their base's head.

        `method` is the queue's: merge, squash or rebase; `onto` is the head of the group that is
        ahead in the queue.
        """
        base, state = pulls[0].base_branch, self._state
        head = before = onto or repo.refs[BRANCHES + base]
        put = {"merge": self._queued, "squash": self._squashed, "rebase": self._rebased}[method]
        with state.lock:
            for pull in pulls:
                head = put(head, pull)
            ref = f"{BRANCHES}gh-readonly-queue/{base}/pr-{pulls[-1].number}-{before}"
            repo.refs[ref] = head
        commit = state.store.commits[head]
        group = {
            "head_sha": head,
            "head_ref": ref,
            "base_sha": before,
            "base_ref": BRANCHES + base,
            "head_commit": self._commit(repo, commit),
        }
        payload = self._common(repo, repo.owner)
        payload |= {"action": "checks_requested", "merge_group": group}
        payload = self._described("merge-group-checks-requested", payload)
        return Event("merge_group", payload, repo, head, ref, repo.owner)

    def push(self, repo: Repository, branch: str, before: str, *, forced: bool = False) -> Event:
        """A branch was pushed, from `before` to where it is now."""
        after, ref = repo.refs[BRANCHES + branch], BRANCHES + branch
        commits = [
            self._pushed(repo, one) for one in git_history.between(self._state.store, before, after)
        ]
        payload = self._common(repo, repo.owner) | {
            "ref": ref,
            "before": before,
            "after": after,
            "created": False,
            "deleted": False,
            "forced": forced,
            "base_ref": None,
            "compare": f"{self._web.html(repo)}/compare/{before[:12]}...{after[:12]}",
            "commits": commits,
            "head_commit": self._pushed(repo, self._state.store.commits[after]),
            "pusher": {"name": repo.owner.login, "email": repo.owner.email},
        }
        return Event("push", self._described("push", payload), repo, after, ref, repo.owner)

    def schedule(self, repo: Repository, cron: str = "30 5 * * 1") -> Event:
        """The clock struck; the payload says when and nothing else that one could rely on."""
        ref = BRANCHES + repo.default_branch
        return Event("schedule", {"schedule": cron}, repo, repo.refs[ref], ref, repo.owner)

    def workflow_dispatch(self, repo: Repository, inputs: Json | None = None) -> Event:
        """Somebody pressed the button."""
        ref = BRANCHES + repo.default_branch
        payload = self._common(repo, repo.owner)
        payload |= {"inputs": inputs, "ref": ref, "workflow": ".github/workflows/results.yml"}
        payload = self._described("workflow-dispatch", payload)
        return Event("workflow_dispatch", payload, repo, repo.refs[ref], ref, repo.owner)

    def _common(self, repo: Repository, sender: User) -> Json:
        return {
            "repository": render_repos.repository(self._web, repo),
            "sender": render_repos.user(self._web, sender),
        }

    def _pull(self, pull: PullRequest) -> Json:
        return render_pulls.whole_pull(self._web, self._state, pull.repo, pull)

    def _reactions(self, comment: Comment) -> Json:
        shown = render_pulls.comment(self._web, comment.issue.repo, comment)["reactions"]
        return dict(shown)

    def _on_pull(self, name: str, payload: Json, pull: PullRequest, actor: User) -> Event:
        kind = f"{name.replace('_', '-')}-{payload['action']}"
        payload = self._described(kind, payload)
        merge = self._state.resolve(pull.repo, f"refs/pull/{pull.number}/merge")
        sha, ref = merge.sha if merge else pull.base_sha, f"refs/pull/{pull.number}/merge"
        ends = (pull.head_branch, pull.base_branch)
        return Event(name, payload, pull.repo, sha, ref, actor, *ends)

    def _on_default(
        self,
        name: str,
        payload: Json,
        repo: Repository,
        actor: User,
        action: str,
        run: WorkflowRun | None = None,
    ) -> Event:
        payload = self._described(f"{name.replace('_', '-')}-{action}", payload)
        ref = BRANCHES + repo.default_branch
        return Event(name, payload, repo, repo.refs[ref], ref, actor, run=run)

    def _described(self, kind: str, payload: Json) -> Json:
        payload = spec().complete_event(kind, payload, self._web.api)
        if faults := spec().event_faults(kind, payload):
            raise AssertionError(f"the payload of {kind} is wrong: " + "\n".join(faults))
        return payload

    def _queued(self, onto: str, pull: PullRequest) -> str:
        head = self._state.head_sha(pull)
        message = f"Merge pull request #{pull.number} from {pull.head_branch}"
        return self._put(onto, head, (onto, head), message)

    def _squashed(self, onto: str, pull: PullRequest) -> str:
        head = self._state.head_sha(pull)
        return self._put(onto, head, (onto,), f"{pull.title} (#{pull.number})")

    def _rebased(self, onto: str, pull: PullRequest) -> str:
        """Replay the commits one by one, merges left out; nothing of them names their origin."""
        store, head = self._state.store, self._state.head_sha(pull)
        base = git_history.merge_base(store, onto, head) or onto
        for commit in git_history.between(store, base, head):
            if len(commit.parents) == 1:
                onto = self._put(onto, commit.sha, (onto,), commit.message)
        return onto

    def _put(self, onto: str, brought: str, parents: tuple[str, ...], message: str) -> str:
        """Commit what a merge of two commits holds."""
        state = self._state
        files = refs.merged_files(state, onto, brought)
        if files is None:
            raise LookupError(f"{brought} conflicts with what is queued")
        author, tree = state.store.commits[brought].author, state.store.put_files(files)
        return state.store.put_commit(tree, parents, message, author, verified=True).sha

    def _commit(self, repo: Repository, commit: Commit) -> Json:
        shown = render_git.git_commit(self._web, repo, commit)
        people = {k: {"name": shown[k]["name"], "email": shown[k]["email"]} for k in PEOPLE}
        return people | {
            "id": commit.sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": commit.committer.date,
        }

    def _pushed(self, repo: Repository, commit: Commit) -> Json:
        store = self._state.store
        before = store.commit_files(commit.parents[0]) if commit.parents else {}
        changes = git_history.diff(before, store.commit_files(commit.sha))

        def paths(*statuses: str) -> list[str]:
            return [change.path for change in changes if change.status in statuses]

        return self._commit(repo, commit) | {
            "url": f"{self._web.html(repo)}/commit/{commit.sha}",
            "distinct": True,
            "added": paths("added", "renamed"),
            "removed": paths("removed"),
            "modified": paths("modified"),
        }


PEOPLE = ("author", "committer")
PULL_ONLY = (
    "merged", "merged_by", "mergeable", "mergeable_state", "rebaseable", "comments",
    "commits", "additions", "deletions", "changed_files",
)  # fmt: skip
