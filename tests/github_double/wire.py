"""A request as the log keeps it, and an answer as it goes over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass
class Request:
    """One request to the double, in the log from the moment it came in."""

    number: int
    """Counted from 1; the same scenario counts the same way each time."""
    host: Literal["api", "storage"]
    method: str
    path: str
    """Without the API's base, escapes as sent."""
    query: dict[str, str]
    body: Any
    """Parsed JSON, None for no body."""
    operation: str
    """`checks/create`, `graphql:createCommitOnBranch`, `download`, or empty for unknown."""
    is_write: bool
    """Whether it asks for a change, by REST or by GraphQL."""
    headers: dict[str, str] = field(repr=False)
    """Names in lower case, without the authorisation."""
    status: int | None = None
    """What was answered; None when the connection was cut."""


@dataclass(frozen=True)
class Answer:
    """What goes back; without a status the connection is cut."""

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    torn: bool = False
    """Send half of the body and cut the connection."""


def json_answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    """Build an answer of JSON."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, json.dumps(body).encode(), kind | (headers or {}))
