"""One request as the routes see it, and what they answer with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.github_double.git_objects import Commit
from tests.github_double.issues import Issue, PullRequest
from tests.github_double.people import Token
from tests.github_double.state import Repository, State

Json = dict[str, Any]
T = TypeVar("T")

DOCS = "https://docs.github.com/rest"
FORBIDDEN_APP = "Resource not accessible by integration"


class ApiError(Exception):
    """An answer other than success, as GitHub words it."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "documentation_url": DOCS}
        if errors is not None:
            self.body["errors"] = errors
        self.headers: dict[str, str] = {}


def not_found() -> ApiError:
    """Build the answer for all that does not exist, or that one may not know of."""
    return ApiError(404, "Not Found")


def invalid(resource: str, field_: str, code: str, message: str | None = None) -> ApiError:
    """Build the answer to a value that GitHub's validation refuses."""
    error = {"resource": resource, "field": field_, "code": code}
    if message is not None:
        error["message"] = message
    return ApiError(422, "Validation Failed", [error])


def forbidden(token: Token) -> ApiError:
    """Build the answer to a token that lacks a permission."""
    if token.kind == "anonymous":
        return ApiError(401, "Requires authentication")
    return ApiError(403, FORBIDDEN_APP)


@dataclass(frozen=True)
class Web:
    """Where the double is, as the client of this request sees it."""

    origin: str
    api: str
    storage: str

    def repo(self, repo: Repository) -> str:
        """Return the address of a repository in the API."""
        return f"{self.api}/repos/{repo.full_name}"

    def html(self, repo: Repository) -> str:
        """Return the address of a repository for people."""
        return f"{self.origin}/{repo.full_name}"


@dataclass
class Reply:
    """Status, JSON (None for no body at all) and headers of an answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """A body that is no JSON, and so beyond the description."""


@dataclass
class Call:
    """One request to one operation."""

    operation: str
    path: str
    parameters: dict[str, str]
    query: dict[str, str]
    body: Json
    accept: str
    token: Token
    state: State
    web: Web

    @property
    def repo(self) -> Repository:
        """The repository in the path, if this token may know of it."""
        found = self.state.repository(f"{self.parameters['owner']}/{self.parameters['repo']}")
        if found is None or (found.private and not self._sees(found)):
            raise not_found()
        return found

    def _sees(self, repo: Repository) -> bool:
        return self.token.repository == repo.full_name

    def number(self, name: str) -> int:
        """Return a number of the path."""
        return int(self.parameters[name])

    def issue(self, name: str = "issue_number") -> Issue:
        """Return the issue or pull request in the path."""
        return found(self.repo.issues, self.number(name))

    @property
    def pull(self) -> PullRequest:
        """The pull request in the path."""
        issue = self.issue("pull_number")
        if not isinstance(issue, PullRequest):
            raise not_found()
        return issue

    def commit(self, name: str) -> Commit:
        """Return the commit that a name means in the repository."""
        if (commit := self.state.resolve(self.repo, name)) is None:
            raise ApiError(422, f"No commit found for SHA: {name}")
        return commit

    def page(
        self,
        items: Sequence[T],
        render: Callable[[T], Any],
        wrap: str | None = None,
        *,
        default: int = 30,
    ) -> Reply:
        """Answer with the page that the query asks for, and links to the others."""
        size = min(max(int(self.query.get("per_page", default)), 1), 100 if default <= 100 else 250)
        page = max(int(self.query.get("page", 1)), 1)
        last = max(-(-len(items) // size), 1)
        shown = [render(item) for item in items[(page - 1) * size : page * size]]
        body = {"total_count": len(items), wrap: shown} if wrap else shown
        return Reply(body=body, headers=self._links(page, last))

    def _links(self, page: int, last: int) -> dict[str, str]:
        targets: dict[str, int] = {}
        if page > 1:
            targets |= {"prev": page - 1, "first": 1}
        if page < last:
            targets |= {"next": page + 1, "last": last}
        rest = "".join(f"{key}={value}&" for key, value in self.query.items() if key != "page")
        links = [
            f'<{self.web.api}{self.path}?{rest}page={number}>; rel="{name}"'
            for name, number in targets.items()
        ]
        return {"Link": ", ".join(links)} if links else {}


def found(things: dict[int, T], number: int) -> T:
    """Return a thing by its number, or the answer that there is none."""
    if number not in things:
        raise not_found()
    return things[number]


Handler = Callable[[Call], Reply]
ROUTES: dict[str, Handler] = {}


def route(operation: str) -> Callable[[Handler], Handler]:
    """Make a function the answer to one operation."""

    def register(handler: Handler) -> Handler:
        ROUTES[operation] = handler
        return handler

    return register
