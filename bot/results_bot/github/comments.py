"""What people wrote on a pull request, and the one comment that is ours.

Read by GraphQL, since REST does not show whether this token wrote a comment (a workflow's own token
may not ask who it is), or whether a comment was edited or minimised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from msgspec import Struct

from results_bot.github.client import Client

T = TypeVar("T")
GHOST = "ghost"
"""The login that GitHub shows where an account is gone."""
_MOST_PAGES = 1000
_QUERY = """query(
  $owner: String!, $name: String!, $number: Int!, $comments: String, $reviews: String
) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(first: 100, after: $comments) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id: fullDatabaseId url body at: createdAt edited: lastEditedAt
          author { kind: __typename login } mine: viewerDidAuthor minimized: isMinimized
        }
      }
      reviews(first: 100, after: $reviews) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id: fullDatabaseId url body at: submittedAt edited: lastEditedAt
          author { kind: __typename login } state commit { oid }
        }
      }
      commits(last: 100) {
        nodes { commit { author { user { login } } committer { user { login } } } }
      }
    }
  }
}"""


class _Author(Struct):
    login: str
    kind: str


class _Commit(Struct):
    oid: str


class Written(Struct):
    """A comment on a pull request, or a review that was submitted."""

    id: int
    url: str
    body: str
    at: str | None
    edited: str | None
    author: _Author | None
    mine: bool = False
    """The token's holder wrote the comment."""
    minimized: bool = False
    state: str = ""
    """Of a review: APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING."""
    commit: _Commit | None = None
    """The head that was reviewed; None where it is gone."""

    @property
    def is_bot(self) -> bool:
        """Return True if an app wrote it."""
        return self.author is not None and self.author.kind == "Bot"

    @property
    def login(self) -> str:
        """The author's login as REST writes it: a bot's ends in `[bot]`."""
        if self.author is None:
            return GHOST
        return f"{self.author.login}[bot]" if self.is_bot else self.author.login


_Signature = dict[str, dict[str, str] | None]
"""Author or committer of a commit, with the login of the `user`, where GitHub knows one."""


class _PageInfo(Struct, rename="camel", frozen=True):
    has_next_page: bool = False
    end_cursor: str | None = None


class _Nodes(Struct, Generic[T], rename="camel"):
    nodes: list[T]
    page_info: _PageInfo = _PageInfo()


class _Page(Struct):
    comments: _Nodes[Written]
    reviews: _Nodes[Written]
    commits: _Nodes[dict[str, dict[str, _Signature | None]]]


class Discussion(Struct, frozen=True):
    """All comments and submitted reviews of a pull request, oldest first."""

    comments: tuple[Written, ...]
    reviews: tuple[Written, ...]
    committers: frozenset[str]
    """Logins, in lower case, of who wrote or committed one of the last 100 commits."""

    def ours(self, marker: str) -> list[Written]:
        """Return our comments that begin with a marker and are not minimised, oldest first.

        There is one or none; two jobs at once may make two for a moment. One by another bot is
        from a job with another token.
        """
        return [
            one
            for one in self.comments
            if (one.mine or one.is_bot)
            and not one.minimized
            and one.body.lstrip().startswith(marker)
        ]


def read(client: Client, number: int) -> Discussion:
    """Return what was written on a pull request."""
    comments: list[Written] = []
    reviews: list[Written] = []
    after: dict[str, str | None] = {"comments": None, "reviews": None}
    for _ in range(_MOST_PAGES):
        page = client.query(_QUERY, _Page, "repository.pullRequest", number=number, **after)
        comments += page.comments.nodes
        reviews += (one for one in page.reviews.nodes if one.state != "PENDING")
        for name, info in (
            ("comments", page.comments.page_info),
            ("reviews", page.reviews.page_info),
        ):
            # A list that has ended is asked for what follows its end: nothing.
            after[name] = info.end_cursor or after[name]
        if not (page.comments.page_info.has_next_page or page.reviews.page_info.has_next_page):
            break
    people = {
        user["login"].lower()
        for one in page.commits.nodes
        for side in one["commit"].values()
        if (user := (side or {}).get("user"))
    }
    return Discussion(tuple(comments), tuple(reviews), frozenset(people))


def put(
    client: Client,
    pull: PullRequest,
    there: Sequence[Written],
    marker: str,
    body: str,
    keep: Callable[[Written], bool],
) -> str:
    """Make our one comment read `body`, which begins with `marker`; return its address.

    `there` are our comments as last read; `keep` is True for one to leave as it is. Jobs that race
    settle on the oldest comment, and delete the others.
    """

    def sticky() -> list[Written]:
        return read(client, pull.number).ours(marker)

    if not there:
        url = client.once(
            lambda: pull.create_issue_comment(body).html_url,
            lambda: next((one.url for one in sticky()), None),
        )
        # Another job may have created one too, or GitHub may not list ours yet.
        there = [] if client.dry_run else sticky()
        if not there:
            return url
    first, *others = there
    for one in others:
        # Another job may have deleted it.
        client.find(client.known(IssueComment, f"/issues/comments/{one.id}").delete)
    if not keep(first):
        client.known(IssueComment, f"/issues/comments/{first.id}").edit(body)
    return first.url


def same_text(there: str, wanted: str) -> bool:
    """Return True if GitHub stores two texts alike: it trims them and may keep CRLF."""
    return there.replace("\r\n", "\n").strip() == wanted.replace("\r\n", "\n").strip()
