"""People and repositories as JSON; only the keys that mean something, see `complete`."""

from __future__ import annotations

from typing import Any

from tests.github_double.access import builtin_role
from tests.github_double.call import Web
from tests.github_double.people import ACTIONS_APP_ID, Token, User
from tests.github_double.state import Repository

Json = dict[str, Any]
APP_MADE = "2018-07-30T09:30:17Z"
SUFFIXES = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "issue_comment_url": "issues/comments{/number}",
    "issues_url": "issues{/number}",
    "merges_url": "merges",
    "pulls_url": "pulls{/number}",
    "statuses_url": "statuses/{sha}",
    "trees_url": "git/trees{/sha}",
}


def user(web: Web, one: User) -> Json:
    """Show a user the way it appears inside other things."""
    address = one.login.replace("[", "%5B").replace("]", "%5D")
    return {
        "login": one.login,
        "id": one.id,
        "node_id": f"U_{one.id}",
        "avatar_url": f"{web.origin}/avatars/{one.id}",
        "gravatar_id": "",
        "url": f"{web.api}/users/{address}",
        "html_url": f"{web.origin}/{address}",
        "type": one.type,
        "site_admin": False,
    }


def repository(web: Web, repo: Repository) -> Json:
    """Show a repository the way it appears inside other things."""
    url, page = web.repo(repo), web.html(repo)
    urls = {key: f"{url}/{suffix}" for key, suffix in SUFFIXES.items()}
    return urls | {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": user(web, repo.owner),
        "private": repo.private,
        "html_url": page,
        "description": None,
        "fork": repo.parent is not None,
        "url": url,
        "git_url": f"git:{page.partition(':')[2]}.git",
        "ssh_url": f"ssh://git@example.com/{repo.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "default_branch": repo.default_branch,
        "visibility": "private" if repo.private else "public",
        "created_at": repo.created_at,
        "updated_at": repo.created_at,
        "pushed_at": repo.created_at,
        "has_issues": True,
    }


def minimal(web: Web, repo: Repository) -> Json:
    """Show a repository with the least."""
    keys = ("id", "node_id", "name", "full_name", "owner", "private", "html_url", "fork", "url")
    shown = repository(web, repo)
    return {key: shown[key] for key in (*keys, "description", *SUFFIXES)}


def whole(web: Web, repo: Repository, token: Token) -> Json:
    """Show a repository by itself, with what the token's owner may do there."""
    shown = repository(web, repo) | {"permissions": permissions(repo, token.user.login)}
    if repo.parent is not None:
        shown |= {key: repository(web, repo.parent) for key in ("parent", "source")}
    return shown


def permissions(repo: Repository, login: str) -> dict[str, bool]:
    """Show what somebody may do."""
    role = builtin_role(repo, login)
    ladder = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain"}
    ladder["admin"] = "admin"
    ranks = ["none", *ladder.values()]
    return {key: ranks.index(role) >= ranks.index(value) for key, value in ladder.items()}


def app(web: Web, app_id: int, owner: User) -> Json:
    """Show the app that a check or a comment comes from."""
    slug = "github-actions" if app_id == ACTIONS_APP_ID else f"app-{app_id}"
    return {
        "id": app_id,
        "slug": slug,
        "node_id": f"A_{app_id}",
        "owner": user(web, owner),
        "name": slug,
        "description": None,
        "external_url": f"{web.origin}/apps/{slug}",
        "html_url": f"{web.origin}/apps/{slug}",
        "created_at": APP_MADE,
        "updated_at": APP_MADE,
        "permissions": {"checks": "write"},
        "events": [],
    }
