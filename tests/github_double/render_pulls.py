"""Issues, pull requests, comments and reviews as JSON."""

from __future__ import annotations

from typing import Any

from tests.github_double import git_history, refs, render_repos
from tests.github_double.call import Web
from tests.github_double.issues import Comment, Issue, PullRequest, Review
from tests.github_double.state import Repository, State

Json = dict[str, Any]
REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")


def issue(web: Web, repo: Repository, one: Issue) -> Json:
    """Show an issue, or a pull request the way the issues' part of the API sees it."""
    url = f"{web.repo(repo)}/issues/{one.number}"
    kind = "pull" if isinstance(one, PullRequest) else "issues"
    page = f"{web.html(repo)}/{kind}/{one.number}"
    shown = _common(web, one) | {
        "url": url,
        "html_url": page,
        "repository_url": web.repo(repo),
        "labels_url": f"{url}/labels{{/name}}",
        "comments": sum(comment.issue is one for comment in repo.comments.values()),
    }
    if isinstance(one, PullRequest):
        pull_url = f"{web.repo(repo)}/pulls/{one.number}"
        addresses = {"html_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
        shown["pull_request"] = addresses | {"url": pull_url, "merged_at": one.merged_at}
        shown["draft"] = one.draft
    return shown


def pull(web: Web, state: State, repo: Repository, one: PullRequest) -> Json:
    """Show a pull request as lists do."""
    url, page = f"{web.repo(repo)}/pulls/{one.number}", f"{web.html(repo)}/pull/{one.number}"
    issue_url = f"{web.repo(repo)}/issues/{one.number}"
    links = {
        "self": url,
        "html": page,
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{web.repo(repo)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{web.repo(repo)}/statuses/{state.head_sha(one)}",
    }
    return _common(web, one) | {
        "url": url,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue_url,
        "comments_url": links["comments"],
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "statuses_url": links["statuses"],
        "draft": one.draft,
        "merged_at": one.merged_at,
        "merge_commit_sha": _merge_commit(state, repo, one),
        "head": _end(web, one.head_repo, one.head_branch, state.head_sha(one), one),
        "base": _end(web, repo, one.base_branch, one.base_sha, one),
        "_links": {name: {"href": address} for name, address in links.items()},
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
    }


def whole_pull(web: Web, state: State, repo: Repository, one: PullRequest) -> Json:
    """Show a pull request by itself, with its counts and whether it can be merged."""
    store, head = state.store, state.head_sha(one)
    base = repo.branch(one.base_branch) or one.base_sha
    shared = git_history.merge_base(store, base, head)
    before = store.commit_files(shared) if shared else {}
    changes = git_history.diff(before, store.commit_files(head))
    patches = [git_history.patch(store, change) for change in changes]
    is_open = one.state == "open"
    mergeable = refs.merge_preview(state, repo, one) is not None if is_open else None
    words = {True: "clean", False: "dirty", None: "unknown"}
    return pull(web, state, repo, one) | {
        "merged": one.merged_at is not None,
        "merged_by": render_repos.user(web, one.merged_by) if one.merged_by else None,
        "mergeable": mergeable,
        "mergeable_state": words[mergeable],
        "rebaseable": mergeable,
        "comments": sum(comment.issue is one for comment in repo.comments.values()),
        "commits": len(git_history.between(store, base, head)),
        "additions": sum(patch.additions for patch in patches),
        "deletions": sum(patch.deletions for patch in patches),
        "changed_files": len(changes),
    }


def comment(web: Web, repo: Repository, one: Comment) -> Json:
    """Show a comment."""
    url = f"{web.repo(repo)}/issues/comments/{one.id}"
    kind = "pull" if isinstance(one.issue, PullRequest) else "issues"
    page = f"{web.html(repo)}/{kind}/{one.issue.number}#issuecomment-{one.id}"
    app = render_repos.app(web, one.app_id, one.user) if one.app_id else None
    return {
        "id": one.id,
        "node_id": f"IC_{one.id}",
        "url": url,
        "html_url": page,
        "issue_url": f"{web.repo(repo)}/issues/{one.issue.number}",
        "body": one.body,
        "user": render_repos.user(web, one.user),
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "author_association": one.association,
        "performed_via_github_app": app,
        "minimized": {"reason": one.minimized} if one.minimized else None,
        "reactions": {"url": f"{url}/reactions", "total_count": 0} | dict.fromkeys(REACTIONS, 0),
    }


def review(web: Web, repo: Repository, pull_: PullRequest, one: Review) -> Json:
    """Show a review."""
    page = f"{web.html(repo)}/pull/{pull_.number}#pullrequestreview-{one.id}"
    pull_url = f"{web.repo(repo)}/pulls/{pull_.number}"
    shown = {
        "id": one.id,
        "node_id": f"PRR_{one.id}",
        "user": render_repos.user(web, one.user),
        "body": one.body,
        "state": one.state,
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": one.association,
        "_links": {"html": {"href": page}, "pull_request": {"href": pull_url}},
        "commit_id": one.commit_id,
    }
    return shown | ({"submitted_at": one.submitted_at} if one.submitted_at else {})


def brief(web: Web, state: State, repo: Repository, one: PullRequest) -> Json:
    """Show a pull request as check runs and workflow runs do."""

    def end(home: Repository, ref: str, sha: str) -> Json:
        place = {"id": home.id, "url": web.repo(home), "name": home.name}
        return {"ref": ref, "sha": sha, "repo": place}

    return {
        "id": one.id,
        "number": one.number,
        "url": f"{web.repo(repo)}/pulls/{one.number}",
        "head": end(one.head_repo or repo, one.head_branch, state.head_sha(one)),
        "base": end(repo, one.base_branch, one.base_sha),
    }


def brief_list(web: Web, state: State, repo: Repository, head: str) -> list[Json]:
    """Show the open pull requests of a head; those from forks are left out, as GitHub does."""
    pulls = [one for one in repo.pulls if one.state == "open" and one.head_repo is repo]
    return [brief(web, state, repo, one) for one in pulls if state.head_sha(one) == head]


def _common(web: Web, one: Issue) -> Json:
    return {
        "id": one.id,
        "node_id": f"{'PR' if isinstance(one, PullRequest) else 'I'}_{one.id}",
        "number": one.number,
        "state": one.state,
        "title": one.title,
        "body": one.body,
        "user": render_repos.user(web, one.user),
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "closed_at": one.closed_at,
        "author_association": one.association,
    }


def _merge_commit(state: State, repo: Repository, one: PullRequest) -> str | None:
    if one.merge_commit is not None:
        return one.merge_commit
    if one.state != "open":
        return None
    preview = refs.merge_preview(state, repo, one)
    return preview.sha if preview else None


def _end(web: Web, home: Repository | None, branch: str, sha: str, one: PullRequest) -> Json:
    owner = home.owner if home else one.head_owner
    return {
        "label": f"{owner.login if owner else 'unknown'}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": render_repos.user(web, owner) if owner else None,
        "repo": render_repos.repository(web, home) if home else None,
    }
