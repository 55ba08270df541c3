"""Users, bots, and the tokens they come with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Access = Literal["read", "write"]

ACTIONS_APP_ID = 15368
ACTIONS_LOGIN = "github-actions[bot]"
GITHUB = "noreply@github.com"
WEB_FLOW = "web-flow"
"""The user that GitHub shows as the committer of commits made on its pages and by GraphQL."""
ALL_WRITE: dict[str, Access] = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "pull-requests": "write",
}
ALL_READ: dict[str, Access] = dict.fromkeys(ALL_WRITE, "read")


@dataclass(eq=False)
class User:
    """A person, an organisation or an app's bot."""

    login: str
    id: int

    @property
    def type(self) -> Literal["User", "Bot"]:
        """GitHub's word for the kind of user."""
        return "Bot" if self.login.endswith("[bot]") else "User"

    @property
    def email(self) -> str:
        """The address that GitHub puts into commits made through it."""
        if self.login == WEB_FLOW:
            return GITHUB
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(eq=False)
class Token:
    """The token of an app's installation: what a client sends, and what it may do."""

    name: str
    secret: str = field(repr=False)
    user: User
    permissions: dict[str, Access]
    repository: str
    """Full name of the one repository that it may write to; all are public."""
    app_id: int = ACTIONS_APP_ID

    def may_write(self, repository: str, *permissions: str) -> bool:
        """Return True if the token has one of some permissions on a repository."""
        granted = [self.permissions.get(permission) for permission in permissions]
        return repository == self.repository and "write" in granted
