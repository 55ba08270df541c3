"""`--dry-run`: every write is told in full and none is sent; reads go through."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from results_bot.github.api import Api
from results_bot.github.checks import CheckRun, Checks, Conclusion, Output
from results_bot.github.comments import Comment, Comments, Posted, same_text
from results_bot.github.commits import Commits, HeadMoved
from results_bot.github.contents import TreeEntry
from results_bot.github.pulls import PullRequest, Pulls

NOT_MADE = "0" * 40
"""Stands for the commit that would have been made."""


class Rehearsal:
    """Tells what would be sent, a line at a time."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def tell(self, what: str, body: str = "") -> None:
        """Tell of one write; the text is set off so that no line of it can be a command."""
        self._say(f"Would {what}")
        for line in body.splitlines():
            self._say(f"  | {line}")


class RehearsedComments(Comments):
    """Comments that are only told of."""

    def __init__(self, api: Api, rehearsal: Rehearsal) -> None:
        super().__init__(api)
        self._rehearsal = rehearsal

    def put(
        self,
        number: int,
        marker: str,
        body: str,
        keep: Callable[[Comment], bool] = lambda _: False,
    ) -> Posted:
        """Tell what our comment would say."""
        found = self.sticky(number, marker)
        if not found:
            self._rehearsal.tell(f"comment on pull request #{number}:", body)
            return Posted(0, "", written=False)
        if not keep(found[0]) and not same_text(found[0].body, body):
            self.update(found[0].id, body)
        return Posted(found[0].id, found[0].url, written=False)

    def update(self, comment_id: int, body: str) -> None:
        """Tell what a comment would say."""
        self._rehearsal.tell(f"edit comment {comment_id}:", body)

    def delete(self, comment_id: int) -> None:
        """Tell that a comment would be deleted."""
        self._rehearsal.tell(f"delete comment {comment_id}")


class RehearsedChecks(Checks):
    """Check runs that are only told of."""

    def __init__(self, api: Api, rehearsal: Rehearsal) -> None:
        super().__init__(api)
        self._rehearsal = rehearsal

    def of(self, sha: str, name: str) -> tuple[CheckRun, ...]:
        """Return the checks of a commit, of which one that was not made has none."""
        return () if sha == NOT_MADE else super().of(sha, name)

    def start(
        self, name: str, sha: str, external_id: str, output: Output, details_url: str = ""
    ) -> CheckRun:
        """Tell that a check would be started."""
        self._rehearsal.tell(f"start check {name} on {sha}: {output.title}")
        return CheckRun(0, name, sha, "in_progress", None, external_id, 0, "", details_url)

    def complete(self, check: CheckRun, conclusion: Conclusion, output: Output) -> CheckRun:
        """Tell how a check would end, with every annotation."""
        self._rehearsal.tell(
            f"complete check {check.name} on {check.head_sha} as {conclusion}: {output.title}",
            f"{output.summary}\n{output.text}",
        )
        for one in output.annotations:
            self._rehearsal.tell(f"annotate: {json.dumps(one.as_json(), ensure_ascii=False)}")
        return replace(check, status="completed", conclusion=str(conclusion))


class RehearsedCommits(Commits):
    """Commits and branches that are only told of."""

    def __init__(self, api: Api, rehearsal: Rehearsal) -> None:
        super().__init__(api)
        self._rehearsal = rehearsal

    def commit_files(
        self,
        branch: str,
        expected: str,
        message: str,
        additions: Mapping[str, bytes],
        deletions: Sequence[str] = (),
    ) -> str | HeadMoved:
        """Tell what would be committed."""
        body = {**{path: data.decode("utf-8", "replace") for path, data in additions.items()}}
        self._rehearsal.tell(f"commit to {branch} on top of {expected}:", message)
        for path, text in body.items():
            self._rehearsal.tell(f"write {path}:", text)
        for path in deletions:
            self._rehearsal.tell(f"delete {path}")
        return NOT_MADE

    def create_branch(self, branch: str, sha: str) -> str:
        """Tell which branch would be made."""
        self._rehearsal.tell(f"create branch {branch} at {sha}")
        return sha

    def fast_forward(self, branch: str, sha: str) -> HeadMoved | None:
        """Tell where a branch would be moved."""
        self._rehearsal.tell(f"move branch {branch} to {sha}")
        return None

    def create_merge(
        self,
        tree_of: str,
        parents: Sequence[str],
        message: str,
        additions: Mapping[str, bytes],
        taken: Mapping[str, TreeEntry | None] | None = None,
    ) -> str:
        """Tell which commit would be made."""
        named = ", ".join(parents)
        self._rehearsal.tell(f"make a commit of the files of {tree_of} onto {named}:", message)
        for path, data in additions.items():
            self._rehearsal.tell(f"write {path}:", data.decode("utf-8", "replace"))
        for path, one in (taken or {}).items():
            self._rehearsal.tell(f"take {path}" if one else f"delete {path}")
        return NOT_MADE


class RehearsedPulls(Pulls):
    """Pull requests that are only told of."""

    def __init__(self, api: Api, rehearsal: Rehearsal) -> None:
        super().__init__(api)
        self._rehearsal = rehearsal

    def put(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Tell which pull request would be opened or brought up to date."""
        self._rehearsal.tell(f"open or update a pull request, {branch} into {base}: {title}", body)
        nobody: dict[str, Any] = {"author": "", "head_repository": None, "head_sha": NOT_MADE}
        return PullRequest(
            number=0,
            open=True,
            merged=False,
            draft=False,
            title=title,
            body=body,
            head_branch=branch,
            base_branch=base,
            default_branch=base,
            fork=False,
            url="",
            **nobody,
        )
