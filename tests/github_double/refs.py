"""Moves references, and does to pull requests what GitHub does when their branches move."""

from __future__ import annotations

from tests.github_double import git_history
from tests.github_double.call import ApiError
from tests.github_double.git_objects import Commit, Files, Signature
from tests.github_double.issues import PullRequest
from tests.github_double.state import BRANCHES, Repository, State


def move(state: State, repo: Repository, ref: str, sha: str | None) -> None:
    """Set or delete (None) a reference; force and protection are the caller's concern."""
    if sha is None:
        repo.refs.pop(ref, None)
        return
    repo.refs[ref] = sha
    branch = ref.removeprefix(BRANCHES)
    for other in state.repositories.values():
        for pull in other.pulls:
            if pull.state != "open":
                continue
            if pull.head_repo is repo and pull.head_branch == branch:
                pull.head_sha = sha
                pull.base_sha = other.branch(pull.base_branch) or pull.base_sha
                pull.updated_at = state.clock.tick()
            elif other is repo and pull.base_branch == branch:
                _close_if_contained(state, pull, sha)


def refuse_protected(repo: Repository, ref: str) -> None:
    """Refuse a direct push to a protected branch."""
    branch = ref.removeprefix(BRANCHES)
    if branch in repo.protected:
        raise ApiError(
            422, "Repository rule violations found\n\nChanges must be made through a pull request."
        )


def merge_preview(state: State, repo: Repository, pull: PullRequest) -> Commit | None:
    """Return the merge that GitHub keeps at `refs/pull/N/merge`, None when it conflicts."""
    base, head = repo.branch(pull.base_branch), state.head_sha(pull)
    if base is None:
        return None
    if (base, head) not in state.store.merges:
        state.store.merges[base, head] = _merge(state, base, head)
    return state.store.merges[base, head]


def _merge(state: State, base: str, head: str) -> Commit | None:
    files = merged_files(state, base, head)
    if files is None:
        return None
    date = max(state.store.commits[sha].committer.date for sha in (base, head))
    bot = Signature("GitHub", "noreply@github.com", date)
    tree = state.store.put_files(files)
    return state.store.put_commit(
        tree, (base, head), f"Merge {head} into {base}", bot, verified=True
    )


def merged_files(state: State, ours: str, theirs: str) -> Files | None:
    """Return the files of a merge of two commits, None when they conflict."""
    base = git_history.merge_base(state.store, ours, theirs)
    return git_history.merge_files(
        state.store.commit_files(base) if base else {},
        state.store.commit_files(ours),
        state.store.commit_files(theirs),
    )


def mark_merged(state: State, pull: PullRequest, sha: str) -> None:
    """Close a pull request as merged by a commit."""
    state.head_sha(pull)
    pull.state = "closed"
    pull.merged_at = pull.closed_at = pull.updated_at = state.clock.tick()
    pull.merge_commit = sha


def _close_if_contained(state: State, pull: PullRequest, base: str) -> None:
    head = state.head_sha(pull)
    if head != pull.base_sha and head in git_history.ancestors(state.store, base):
        mark_merged(state, pull, base)
