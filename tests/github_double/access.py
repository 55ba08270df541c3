"""Which token may do which operation; what an operation then does is not decided here."""

from __future__ import annotations

from tests.github_double.call import ApiError, Call, forbidden
from tests.github_double.cut import words
from tests.github_double.people import Token
from tests.github_double.state import Repository

GROUPS = {
    "git": ("contents",),
    "issues": ("issues", "pull-requests"),
    "pulls": ("pull-requests",),
    "checks": ("checks",),
    "actions": ("actions",),
}
OF_CONTENTS = words(
    """
    repos/get-content repos/list-commits repos/get-commit repos/compare-commits-with-basehead
    """
)


def check(call: Call, *, write: bool) -> None:
    """Refuse what the token may not do, in GitHub's words."""
    if call.operation == "actions/download-artifact" and call.token.kind == "anonymous":
        raise ApiError(401, "Requires authentication")
    if "owner" not in call.parameters:
        return
    repo = call.repo
    permissions = permissions_of(call.operation)
    if not permissions or (not write and not repo.private):
        return
    if not installation_may(call.token, repo, permissions, write=write):
        raise forbidden(call.token)


def permissions_of(operation: str) -> tuple[str, ...]:
    """Return the permissions of which one is enough for an operation; none: open to all."""
    if operation in OF_CONTENTS:
        return ("contents",)
    return GROUPS.get(operation.split("/", maxsplit=1)[0], ())


def installation_may(
    token: Token, repo: Repository, permissions: tuple[str, ...], *, write: bool
) -> bool:
    """Tell whether an app's token has one of some permissions on a repository."""
    if token.repository is not None and token.repository != repo.full_name:
        return False
    return any(token.may(permission, "write" if write else "read") for permission in permissions)


def may_push(token: Token, repo: Repository) -> bool:
    """Tell whether a token may write contents to a repository."""
    return installation_may(token, repo, ("contents",), write=True)


def builtin_role(repo: Repository, login: str) -> str:
    """Return somebody's role, an organisation's own one as the role that it extends."""
    role = repo.role(login)
    return repo.custom_roles.get(role, role)
