"""Pull requests and their reviews."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from results_bot.errors import RefusedError
from results_bot.github.api import Api
from results_bot.github.comments import author, same_text
from results_bot.github.fields import Fields

_REVIEWS = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviews(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          fullDatabaseId url state body submittedAt lastEditedAt
          author { __typename login }
          commit { oid }
        }
      }
    }
  }
}"""


class PullRequest(msgspec.Struct, frozen=True):
    """One pull request as it is at the moment of asking."""

    number: int
    open: bool
    merged: bool
    draft: bool
    title: str
    body: str
    author: str
    head_repository: str | None
    """OWNER/NAME; None where the fork was deleted."""
    head_branch: str
    head_sha: str
    base_branch: str
    default_branch: str
    """Of the repository."""
    fork: bool
    url: str


class Review(msgspec.Struct, frozen=True):
    """One review that was submitted."""

    id: int
    author: str
    """Login as REST gives it, `[bot]` at a bot's end; `ghost` for somebody who is gone."""
    is_bot: bool
    state: str
    """APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED."""
    body: str
    commit: str | None
    """The head that was reviewed; None where it is gone."""
    submitted_at: str
    edited: bool
    url: str


class Pulls:
    """The pull requests of one repository."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def get(self, number: int) -> PullRequest:
        """Return a pull request. Raises NotFoundError."""
        return self._pull(self._api.get(f"{self._api.root}/pulls/{number}"))

    def open_from(self, owner: str, branch: str, base: str = "") -> tuple[PullRequest, ...]:
        """Return the open pull requests from OWNER's branch, into `base` where given."""
        filters = {"base": base} if base else {}
        found = self._api.pages(
            f"{self._api.root}/pulls", state="open", head=f"{owner}:{branch}", **filters
        )
        # GitHub ignores a filter it cannot read, and then returns every pull request.
        return tuple(
            one
            for one in map(self._pull, found)
            if one.head_branch == branch and base in ("", one.base_branch)
        )

    def open_into(self, base: str) -> Iterator[PullRequest]:
        """Yield the open pull requests into a branch, those that changed last first."""
        found = self._api.pages(
            f"{self._api.root}/pulls", state="open", base=base, sort="updated", direction="desc"
        )
        return (one for one in map(self._pull, found) if one.base_branch == base)

    def of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """Return the pull requests that a commit belongs to, as those of a merge queue's group."""
        found = self._api.pages(f"{self._api.root}/commits/{sha}/pulls")
        return tuple(self._pull(one) for one in found)

    def merge_base(self, base: str, head: str) -> str | None:
        """Return the commit that `head` left `base` at; None where they share none.

        None also where one of the two does not exist.
        Never the event's `base.sha`, which stays behind. Ends are branches, hashes, or
        OWNER:BRANCH of a fork.
        """
        ends = "...".join(quote(end, safe="/:") for end in (base, head))
        found = self._api.find(f"{self._api.root}/compare/{ends}", per_page=1)
        return found.commit("merge_base_commit.sha") if found else None

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Return all submitted reviews of a pull request, oldest first."""
        found = self._api.connection(
            "reviews", _REVIEWS, "repository.pullRequest.reviews", number=number
        )
        return tuple(_review(one) for one in found if one.text("state") != "PENDING")

    def put(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request from a branch of this repository, or bring the open one up to date.

        Raises ForbiddenError where the repository does not let Actions open pull requests.
        """
        found = self._ours(branch, base) or self._open(branch, base, title, body)
        if found.title == title and same_text(found.body, body):
            return found
        path, wanted = f"{self._api.root}/pulls/{found.number}", {"title": title, "body": body}
        return self._pull(self._api.send("PATCH", path, wanted, repeat=True))

    def _open(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        path = f"{self._api.root}/pulls"
        wanted = {"head": branch, "base": base, "title": title, "body": body}
        try:
            return self._api.once(
                lambda: self._pull(self._api.send("POST", path, wanted)),
                lambda: self._ours(branch, base),
            )
        except RefusedError:
            # Another job may have opened it meanwhile; else the refusal stands.
            found = self._ours(branch, base)
            if found is None:
                raise
            return found

    def _ours(self, branch: str, base: str) -> PullRequest | None:
        owner = self._api.repository.partition("/")[0]
        same: Iterator[PullRequest] = (
            one for one in self.open_from(owner, branch, base) if not one.fork
        )
        return next(same, None)

    def _pull(self, found: Fields) -> PullRequest:
        home = found.full_name("head.repo.full_name") if found.has("head.repo") else None
        return PullRequest(
            number=found.number("number"),
            open=found.text("state") == "open",
            merged=found.has("merged_at"),
            draft=found.flag_or("draft"),
            title=found.text("title"),
            body=found.text_or("body"),
            author=found.text_or("user.login", "ghost"),
            head_repository=home,
            head_branch=found.text("head.ref"),
            head_sha=found.commit("head.sha"),
            base_branch=found.text("base.ref"),
            default_branch=found.text("base.repo.default_branch"),
            fork=home is None or home.lower() != self._api.repository.lower(),
            url=found.text("html_url"),
        )


def _review(node: Fields) -> Review:
    login, is_bot = author(node)
    return Review(
        id=node.big_number("fullDatabaseId"),
        author=login,
        is_bot=is_bot,
        state=node.text("state"),
        body=node.text("body"),
        commit=node.commit("commit.oid") if node.has("commit") else None,
        submitted_at=node.text_or("submittedAt"),
        edited=node.has("lastEditedAt"),
        url=node.text("url"),
    )
