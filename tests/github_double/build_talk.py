"""Makes issues and pull requests, and what people say there; asks nobody's permission."""

from __future__ import annotations

from tests.github_double import threads
from tests.github_double.build_repos import RepositoryBuilders
from tests.github_double.issues import Comment, Issue, PullRequest, Review
from tests.github_double.people import ACTIONS_APP_ID
from tests.github_double.state import Repository


class TalkBuilders(RepositoryBuilders):
    """Issues, pull requests, comments, reviews."""

    def open_issue(self, repo: Repository, login: str, title: str, body: str = "") -> Issue:
        """Open a plain issue."""
        with self.state.lock:
            return threads.open_issue(self.state, repo, self.user(login), title, body)

    def open_pull(
        self,
        repo: Repository,
        head: str,
        *,
        login: str | None = None,
        fork: Repository | None = None,
        base: str | None = None,
        title: str = "Change the model",
        draft: bool = False,
    ) -> PullRequest:
        """Open a pull request for a branch of the repository or of a fork, as its owner."""
        home = fork or repo
        with self.state.lock:
            return threads.open_pull(
                self.state,
                repo,
                self.user(login) if login else home.owner,
                title,
                base=base or repo.default_branch,
                head_repo=home,
                head=head,
                draft=draft,
            )

    def close_pull(self, pull: PullRequest) -> None:
        """Close a pull request without merging it."""
        with self.state.lock:
            self.state.head_sha(pull)
            pull.state = "closed"
            pull.closed_at = pull.updated_at = self.state.clock.tick()

    def merge_pull(self, pull: PullRequest, login: str) -> str:
        """Merge a pull request, and return the merge's hash."""
        with self.state.lock:
            message = f"Merge pull request #{pull.number}"
            user = self.user(login)
            return threads.merge(self.state, pull.repo, pull, user, message, "merge")

    def comment(self, issue: Issue, login: str, body: str) -> Comment:
        """Comment as somebody."""
        app_id = ACTIONS_APP_ID if login == self.state.actions_bot.login else None
        user = self.user(login)
        with self.state.lock:
            return threads.comment(self.state, issue.repo, issue, user, body, app_id)

    def edit_comment(self, comment: Comment, body: str, login: str | None = None) -> None:
        """Edit a comment, as its author where nobody else is named."""
        editor = self.user(login) if login else comment.user
        with self.state.lock:
            threads.edit_comment(self.state, comment, editor, body)

    def delete_comment(self, comment: Comment) -> None:
        """Delete a comment."""
        with self.state.lock:
            del comment.issue.repo.comments[comment.id]

    def comments(self, issue: Issue, login: str | None = None) -> list[Comment]:
        """Return the comments of an issue, perhaps those of one author only."""
        every = issue.repo.comments.values()
        return [one for one in every if one.issue is issue and login in (None, one.user.login)]

    def review(
        self, pull: PullRequest, login: str, event: str, body: str = "", commit: str | None = None
    ) -> Review:
        """Review as somebody: APPROVE, REQUEST_CHANGES or COMMENT."""
        user = self.user(login)
        with self.state.lock:
            return threads.review(self.state, pull.repo, pull, user, event, body, commit)
