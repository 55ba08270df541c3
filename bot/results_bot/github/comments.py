"""Comments on pull requests: all of them, and the one that is ours."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from results_bot.errors import NotFoundError
from results_bot.github.api import Api
from results_bot.github.fields import Fields

_LIST = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          fullDatabaseId url body createdAt lastEditedAt isMinimized viewerDidAuthor
          author { __typename login }
        }
      }
    }
  }
}"""


class Comment(msgspec.Struct, frozen=True):
    """One comment on a pull request."""

    id: int
    author: str
    """Login as REST gives it, `[bot]` at a bot's end; `ghost` for somebody who is gone."""
    is_bot: bool
    body: str
    created_at: str
    edited: bool
    minimized: bool
    mine: bool
    """The token's holder wrote it."""
    url: str


class Posted(msgspec.Struct, frozen=True):
    """What became of our comment."""

    id: int
    url: str
    written: bool
    """False where it already said so, or was to be kept."""


class Comments:
    """The comments of one repository's pull requests.

    GraphQL lists them, since it alone says whether the token's holder is the author (an Actions
    token may not ask who it is), and whether a comment was edited or minimised.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    def of(self, number: int) -> tuple[Comment, ...]:
        """Return all comments on a pull request, oldest first."""
        found = self._api.connection(
            "comments", _LIST, "repository.pullRequest.comments", number=number
        )
        return tuple(_comment(one) for one in found)

    def sticky(self, number: int, marker: str) -> tuple[Comment, ...]:
        """Return our own comments that begin with a marker, oldest first, minimised ones left out.

        There is one, or none; two jobs at once may make two for a moment.
        """
        return tuple(one for one in self.of(number) if _is_ours(one, marker))

    def put(
        self,
        number: int,
        marker: str,
        body: str,
        keep: Callable[[Comment], bool] = lambda _: False,
    ) -> Posted:
        """Let our one comment say `body`, which begins with `marker`; write only what differs.

        `keep` tells whether a comment that is there is to be left as it is, as one of a newer run
        is. Jobs that race settle on the oldest comment, and the others are deleted.
        """
        if not body.startswith(marker):
            raise ValueError("the body must begin with the marker")
        found = self.sticky(number, marker)
        created = None if found else self._create(number, marker, body)
        if created is not None:
            # Another job may have created one too, or GitHub may not list ours yet.
            found = self.sticky(number, marker) or (created,)
        first, *others = found
        for other in others:
            self.delete(other.id)
        written = created is not None and created.id == first.id
        if not written and not keep(first) and not same_text(first.body, body):
            self.update(first.id, body)
            written = True
        return Posted(first.id, first.url, written)

    def update(self, comment_id: int, body: str) -> None:
        """Replace a comment's text."""
        path = f"{self._api.root}/issues/comments/{comment_id}"
        self._api.send("PATCH", path, {"body": body}, repeat=True)

    def delete(self, comment_id: int) -> None:
        """Delete a comment, if it is still there."""
        try:
            path = f"{self._api.root}/issues/comments/{comment_id}"
            self._api.send("DELETE", path, repeat=True)
        except NotFoundError:
            return

    def _create(self, number: int, marker: str, body: str) -> Comment:
        path = f"{self._api.root}/issues/{number}/comments"

        def look() -> Comment | None:
            return next(iter(self.sticky(number, marker)), None)

        return self._api.once(lambda: _created(self._api.send("POST", path, {"body": body})), look)


def same_text(there: str, wanted: str) -> bool:
    """Tell whether two texts are one to GitHub, which trims them and may keep line ends apart."""
    return there.replace("\r\n", "\n").strip() == wanted.replace("\r\n", "\n").strip()


def author(node: Fields) -> tuple[str, bool]:
    """Return login and whether it is a bot's, from GraphQL's view of an author."""
    if not node.has("author"):
        return "ghost", False
    login, is_bot = node.text("author.login"), node.text("author.__typename") == "Bot"
    return (f"{login}[bot]" if is_bot else login), is_bot


def _comment(node: Fields) -> Comment:
    login, is_bot = author(node)
    return Comment(
        id=node.big_number("fullDatabaseId"),
        author=login,
        is_bot=is_bot,
        body=node.text("body"),
        created_at=node.text("createdAt"),
        edited=node.has("lastEditedAt"),
        minimized=node.flag("isMinimized"),
        mine=node.flag("viewerDidAuthor"),
        url=node.text("url"),
    )


def _created(found: Fields) -> Comment:
    return Comment(
        id=found.number("id"),
        author=found.text_or("user.login"),
        is_bot=found.text_or("user.type") == "Bot",
        body=found.text("body"),
        created_at=found.text("created_at"),
        edited=False,
        minimized=False,
        mine=True,
        url=found.text("html_url"),
    )


def _is_ours(one: Comment, marker: str) -> bool:
    return one.mine and not one.minimized and one.body.lstrip().startswith(marker)
