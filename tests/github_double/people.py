"""Users, bots, and the tokens they come with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Access = Literal["read", "write"]
Role = Literal["admin", "maintain", "write", "triage", "read", "none"]

ACTIONS_APP_ID = 15368
ACTIONS_LOGIN = "github-actions[bot]"
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
    type: Literal["User", "Bot", "Organization"] = "User"

    @property
    def email(self) -> str:
        """The address that GitHub puts into commits made through it."""
        if self.login == WEB_FLOW:
            return "noreply@github.com"
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(eq=False)
class Token:
    """What a client sends as its authorisation, and what it may do."""

    name: str
    secret: str = field(repr=False)
    user: User
    kind: Literal["installation", "anonymous"]
    permissions: dict[str, Access] = field(default_factory=lambda: dict(ALL_WRITE))
    repository: str | None = None
    """Full name of the one repository that an installation's token is good for."""
    app_id: int = ACTIONS_APP_ID

    def may(self, permission: str, access: Access) -> bool:
        """Tell whether the token carries a permission, `write` including `read`."""
        return self.permissions.get(permission) in (access, "write")
