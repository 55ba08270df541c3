"""Who may do what in the repository."""

from __future__ import annotations

from enum import IntEnum
from urllib.parse import quote

import msgspec

from results_bot.github.api import Api
from results_bot.github.fields import Fields


class Permission(IntEnum):
    """GitHub's roles, each with all that the ones before it may do."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


_FLAGS = (
    ("admin", Permission.ADMIN),
    ("maintain", Permission.MAINTAIN),
    ("push", Permission.WRITE),
    ("triage", Permission.TRIAGE),
    ("pull", Permission.READ),
)


class Collaborator(msgspec.Struct, frozen=True):
    """Somebody with a role of their own in the repository."""

    login: str
    permission: Permission


class People:
    """The people of one repository."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def permission(self, login: str) -> Permission:
        """Return what somebody may do; NONE for strangers and for names that nobody has."""
        name = quote(login, safe="")
        found = self._api.find(f"{self._api.root}/collaborators/{name}/permission")
        return _permission(found, "user.permissions") if found else Permission.NONE

    def collaborators(self) -> tuple[Collaborator, ...]:
        """Return all collaborators. Raises ForbiddenError where the token may not know them."""
        found = self._api.pages(f"{self._api.root}/collaborators")
        return tuple(
            Collaborator(one.text("login"), _permission(one, "permissions")) for one in found
        )


def _permission(found: Fields, flags: str) -> Permission:
    """Return the permission behind a role, which an organisation may have named itself.

    The flags tell for every role; the legacy `permission` knows neither triage nor maintain.
    """
    if found.has(flags):
        held = (level for name, level in _FLAGS if found.flag_or(f"{flags}.{name}"))
        return next(held, Permission.NONE)
    for field in ("role_name", "permission"):
        name = found.text_or(field).upper()
        if name in Permission.__members__:
            return Permission[name]
    return Permission.NONE
