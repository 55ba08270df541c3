"""GraphQL's view of references, commits, trees and blobs."""

from __future__ import annotations

from typing import Any

from tests.github_double import git_history
from tests.github_double.git_objects import TREE_MODE, Commit, Signature
from tests.github_double.graph import Context, Json, connection
from tests.github_double.issues import PullRequest
from tests.github_double.state import BRANCHES, Repository


def named_ref(context: Context, repo: Repository, name: str) -> Json | None:
    """Show a reference by its full or short name."""
    for full in (name, BRANCHES + name, f"refs/{name}", f"refs/tags/{name}"):
        if full in repo.refs:
            return ref(context, repo, full)
    return None


def ref(context: Context, repo: Repository, name: str) -> Json | None:
    """Show a reference."""
    if name not in repo.refs:
        return None
    head, _, short = name.partition("/")
    kind, _, short = short.partition("/")
    return {
        "__typename": "Ref",
        "id": f"REF_{repo.id}:{name}",
        "name": short,
        "prefix": f"{head}/{kind}/",
        "target": lambda: maybe_commit(context, repo, repo.refs.get(name)),
    }


def object_(context: Context, repo: Repository, expression: str | None) -> Json | None:
    """Show what an expression as of `git rev-parse` means: NAME, HASH or NAME:PATH."""
    name, colon, path = (expression or "HEAD").partition(":")
    found = context.state.resolve(repo, repo.default_branch if name == "HEAD" else name)
    if found is None:
        return blob(context, name) if name in context.state.store.blobs else None
    if not colon:
        return commit(context, repo, found)
    return _at_path(context, repo, found, path)


def _at_path(context: Context, repo: Repository, found: Commit, path: str) -> Json | None:
    store, sha = context.state.store, found.tree
    for name in filter(None, path.split("/")):
        entry = store.trees.get(sha, {}).get(name)
        if entry is None:
            return None
        sha = entry.sha
    return tree(context, repo, sha) if sha in store.trees else blob(context, sha)


def maybe_commit(context: Context, repo: Repository, sha: str | None) -> Json | None:
    """Show a commit if there is one."""
    return commit(context, repo, context.state.store.commits[sha]) if sha else None


def commit(context: Context, repo: Repository, one: Commit) -> Json:
    """Show a commit."""
    headline, _, rest = one.message.partition("\n")
    store = context.state.store
    return {
        "__typename": "Commit",
        "id": f"C_{one.sha}",
        "oid": one.sha,
        "abbreviatedOid": one.sha[:7],
        "url": f"{context.web.html(repo)}/commit/{one.sha}",
        "commitUrl": f"{context.web.html(repo)}/commit/{one.sha}",
        "message": one.message,
        "messageHeadline": headline,
        "messageBody": rest.lstrip("\n"),
        "authoredDate": one.author.date,
        "committedDate": one.committer.date,
        "author": _signature(context, one.author),
        "committer": _signature(context, one.committer),
        "signature": {"__typename": "GpgSignature", "isValid": True} if one.verified else None,
        "repository": lambda: _repository(context, repo),
        "tree": lambda: tree(context, repo, one.tree),
        "parents": connection(
            [store.commits[sha] for sha in one.parents],
            lambda each: commit(context, repo, each),
            "parents",
        ),
        "associatedPullRequests": _pulls_of(context, repo, one),
    }


def tree(context: Context, repo: Repository, sha: str) -> Json:
    """Show a directory."""
    entries = context.state.store.trees[sha].items()
    return {
        "__typename": "Tree",
        "id": f"T_{sha}",
        "oid": sha,
        "entries": lambda: [
            {
                "__typename": "TreeEntry",
                "name": name,
                "oid": entry.sha,
                "mode": int(entry.mode, 8),
                "type": "tree" if entry.mode == TREE_MODE else "blob",
                "object": lambda entry=entry: (
                    tree(context, repo, entry.sha)
                    if entry.mode == TREE_MODE
                    else blob(context, entry.sha)
                ),
            }
            for name, entry in entries
        ],
    }


def blob(context: Context, sha: str) -> Json:
    """Show a file; text beyond 512 KB is cut, as on GitHub."""
    data = context.state.store.blobs[sha]
    binary = b"\0" in data[:8000]
    return {
        "__typename": "Blob",
        "id": f"B_{sha}",
        "oid": sha,
        "byteSize": len(data),
        "isBinary": binary,
        "isTruncated": len(data) > 512_000,
        "text": None if binary else data[:512_000].decode(errors="replace"),
    }


def commits_of(context: Context, repo: Repository, pull: PullRequest) -> list[Commit]:
    """Return the commits of a pull request, oldest first."""
    base = repo.branch(pull.base_branch) if pull.state == "open" else None
    head = context.state.head_sha(pull)
    return git_history.between(context.state.store, base or pull.base_sha, head)


def _repository(context: Context, repo: Repository) -> Json:
    from tests.github_double.graph_nodes import repository

    return repository(context, repo)


def _pulls_of(context: Context, repo: Repository, one: Commit) -> Any:
    from tests.github_double.graph_nodes import pull

    def page(**arguments: Any) -> Json:
        shown = [each for each in repo.pulls if one in commits_of(context, repo, each)]
        paged = connection(shown, lambda each: pull(context, repo, each), "associatedPullRequests")
        return paged(**arguments)

    return page


def _signature(context: Context, one: Signature) -> Json:
    owner = next((u for u in context.state.users.values() if u.email == one.email), None)
    is_user = owner is not None and owner.type == "User"  # An app is none.
    return {
        "__typename": "GitActor",
        "name": one.name,
        "email": one.email,
        "date": one.date,
        "user": {"__typename": "User", "login": owner.login} if owner and is_user else None,
    }
