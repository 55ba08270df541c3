"""One request as the routes see it, and what they answer with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tests.github_double.git_objects import Commit
from tests.github_double.records import PullRequest, Token

if TYPE_CHECKING:
    from tests.github_double.builders import Builders
    from tests.github_double.records import Repository
    from tests.github_double.state import State

Json = dict[str, Any]
T = TypeVar("T")

FORBIDDEN_APP = "Resource not accessible by integration"
PERMISSIONS = {
    "issues": ("issues", "pull-requests"),
    "pulls": ("pull-requests",),
    "checks": ("checks",),
}
"""Of which one is needed to write, by the first part of an operation's id; else `contents`."""


class ApiError(Exception):
    """An answer other than success, as GitHub words it."""

    def __init__(self, status: int, message: str, *errors: Json) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        if errors:
            self.body["errors"] = [*errors]


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


def invalid(resource: str, field_: str, code: str, message: str = "") -> ApiError:
    """Build the answer to a value that GitHub's validation refuses."""
    error = {"resource": resource, "field": field_, "code": code, "message": message}
    return ApiError(422, "Validation Failed", error)


@dataclass(frozen=True)
class Web:
    """Where the double is, as the client of this request sees it."""

    origin: str
    api: str
    storage: str

    def repo(self, repo: Repository) -> str:
        return f"{self.api}/repos/{repo.full_name}"

    def html(self, repo: Repository) -> str:
        return f"{self.origin}/{repo.full_name}"


@dataclass
class Reply:
    """Status, JSON (None for no body at all) and headers of an answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Noted(dict[str, Any]):
    """What a request holds; `unread` are the keys that no route has looked at."""

    def __init__(self, items: Json) -> None:
        super().__init__(items)
        self.unread = set(items)

    def __getitem__(self, key: str) -> Any:
        self.unread.discard(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.unread -= {key}
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.unread.discard(key)
        return super().get(key, default)


@dataclass
class Call:
    operation: str
    path: str
    parameters: dict[str, str]
    query: Noted
    body: Noted
    token: Token
    github: Builders
    web: Web

    @property
    def state(self) -> State:
        return self.github.state

    @property
    def repo(self) -> Repository:
        found = self.state.repository(f"{self.parameters['owner']}/{self.parameters['repo']}")
        if found is None:
            raise not_found()
        return found

    @property
    def pull(self) -> PullRequest:
        issue = self.of(self.repo.issues, "pull_number")
        if not isinstance(issue, PullRequest):
            raise not_found()
        return issue

    def check_permission(self) -> None:
        """Refuse a write that the token may not do, in GitHub's words."""
        needed = PERMISSIONS.get(self.operation.partition("/")[0], ("contents",))
        if not self.token.may_write(self.repo.full_name, *needed):
            raise ApiError(403, FORBIDDEN_APP)

    def of(self, things: dict[int, T], parameter: str) -> T:
        """Return the thing whose number is in the path."""
        number = int(self.parameters[parameter])
        if number not in things:
            raise not_found()
        return things[number]

    def commit(self, name: str) -> Commit:
        if (commit := self.state.resolve(self.repo, name)) is None:
            raise ApiError(422, f"No commit found for SHA: {name}")
        return commit

    def page(
        self, items: Sequence[T], render: Callable[[T], Any], wrap: str | None = None
    ) -> Reply:
        """Answer with the page that the query asks for, and links to the others."""
        size = min(max(int(self.query.get("per_page", 30)), 1), 100)
        page = max(int(self.query.get("page", 1)), 1)
        last = max(-(-len(items) // size), 1)
        shown = [render(item) for item in items[(page - 1) * size : page * size]]
        rest = "".join(f"{key}={value}&" for key, value in self.query.items() if key != "page")
        targets = {"prev": page - 1, "first": 1} if page > 1 else {}
        targets |= {"next": page + 1, "last": last} if page < last else {}
        links = [
            f'<{self.web.api}{self.path}?{rest}page={number}>; rel="{name}"'
            for name, number in targets.items()
        ]
        return Reply(
            body={"total_count": len(items), wrap: shown} if wrap else shown,
            headers={"Link": ", ".join(links)} if links else {},
        )


Handler = Callable[[Call], Reply]
ROUTES: dict[str, Handler] = {}
"""What answers each operation, by GitHub's id for it."""


def route(operation: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        ROUTES[operation] = handler
        return handler

    return register
