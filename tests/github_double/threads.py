"""What people and apps do in issues and pull requests: open, comment, edit, review, merge."""

from __future__ import annotations

from tests.github_double import git_history, refs
from tests.github_double.call import ApiError, invalid
from tests.github_double.git_objects import Signature
from tests.github_double.issues import Comment, Edit, Issue, PullRequest, Review, ReviewState
from tests.github_double.people import User
from tests.github_double.state import BRANCHES, Repository, State

BODY_LIMIT = 65_536
EVENTS: dict[str, ReviewState] = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}


def association(repo: Repository, user: User) -> str:
    """Return what GitHub calls somebody's relation to a repository."""
    if user is repo.owner:
        return "OWNER"
    if repo.roles.get(user.login, "none") != "none":
        return "COLLABORATOR"
    if any(pull.merged_at and pull.user is user for pull in repo.pulls):
        return "CONTRIBUTOR"
    return "NONE"


def open_issue(state: State, repo: Repository, user: User, title: str, body: str) -> Issue:
    """Open a plain issue."""
    now, number = state.clock.tick(), next(repo.numbers)
    relation = association(repo, user)
    issue = Issue(state.new_id(), repo, number, user, title, body, now, now, relation)
    repo.issues[number] = issue
    return issue


def open_pull(
    state: State,
    repo: Repository,
    user: User,
    title: str,
    *,
    base: str,
    head_repo: Repository,
    head: str,
    body: str | None = None,
    draft: bool = False,
) -> PullRequest:
    """Open a pull request, refusing what GitHub refuses."""
    check_length("PullRequest", body)
    base_sha, head_sha = repo.branch(base), head_repo.branch(head)
    if base_sha is None:
        raise invalid("PullRequest", "base", "invalid")
    if head_sha is None:
        raise invalid("PullRequest", "head", "invalid")
    if not git_history.between(state.store, base_sha, head_sha):
        message = f"No commits between {base} and {head}"
        raise invalid("PullRequest", "base", "custom", message)
    for other in repo.pulls:
        same = (other.head_repo, other.head_branch, other.base_branch) == (head_repo, head, base)
        if same and other.state == "open":
            label = f"{head_repo.owner.login}:{head}"
            message = f"A pull request already exists for {label}."
            raise invalid("PullRequest", "head", "custom", message)
    now, number = state.clock.tick(), next(repo.numbers)
    pull = PullRequest(
        state.new_id(),
        repo,
        number,
        user,
        title,
        body,
        now,
        now,
        association(repo, user),
        base_branch=base,
        base_sha=base_sha,
        head_repo=head_repo,
        head_owner=head_repo.owner,
        head_branch=head,
        head_sha=head_sha,
        draft=draft,
    )
    repo.issues[number] = pull
    return pull


def check_length(resource: str, body: str | None) -> None:
    """Refuse a text that is too long for GitHub."""
    if body is not None and len(body) > BODY_LIMIT:
        message = f"body is too long (maximum is {BODY_LIMIT} characters)"
        raise invalid(resource, "body", "custom", message)


def comment(
    state: State, repo: Repository, issue: Issue, user: User, body: str, app_id: int | None = None
) -> Comment:
    """Add a comment to an issue or a pull request."""
    _check_comment(body)
    now = state.clock.tick()
    made = Comment(
        state.new_id(), issue, user, body, now, now, association(repo, user), app_id=app_id
    )
    repo.comments[made.id] = made
    issue.updated_at = now
    return made


def edit_comment(state: State, one: Comment, editor: User, body: str) -> Comment:
    """Change a comment's text, and remember what it was."""
    _check_comment(body)
    one.updated_at = state.clock.tick()
    one.edits.append(Edit(editor, one.updated_at, one.body))
    one.body = body
    return one


def review(
    state: State,
    repo: Repository,
    pull: PullRequest,
    user: User,
    event: str | None,
    body: str = "",
    commit: str | None = None,
) -> Review:
    """Review a pull request; without an event the review stays pending."""
    check_length("PullRequestReview", body)
    _check_event(pull, user, event, body)
    made = Review(
        state.new_id(),
        user,
        body,
        EVENTS[event] if event else "PENDING",
        commit or state.head_sha(pull),
        state.clock.tick() if event else None,
        association(repo, user),
    )
    pull.reviews[made.id] = made
    return made


def merge(
    state: State, repo: Repository, pull: PullRequest, user: User, message: str, method: str
) -> str:
    """Merge a pull request into its base, and return the hash of what came of it."""
    base, head = repo.branch(pull.base_branch), state.head_sha(pull)
    files = refs.merged_files(state, base, head) if base else None
    if base is None or files is None or pull.state != "open":
        raise ApiError(405, "Pull Request is not mergeable")
    author = Signature(user.login, user.email, state.clock.tick())
    parents = (base, head) if method == "merge" else (base,)
    made = state.store.put_commit(
        state.store.put_files(files), parents, message, author, verified=True
    )
    refs.mark_merged(state, pull, made.sha)
    pull.merged_by = user
    refs.move(state, repo, BRANCHES + pull.base_branch, made.sha)
    return made.sha


def _check_comment(body: str) -> None:
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field", "body can't be blank")
    check_length("IssueComment", body)


def _check_event(pull: PullRequest, user: User, event: str | None, body: str) -> None:
    if event in ("APPROVE", "REQUEST_CHANGES") and user is pull.user:
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise ApiError(
            422, "Unprocessable Entity", [f"Review Can not {verb} your own pull request"]
        )
    if event in ("COMMENT", "REQUEST_CHANGES") and not body:
        raise ApiError(422, "Unprocessable Entity", ["Review body can't be blank"])
