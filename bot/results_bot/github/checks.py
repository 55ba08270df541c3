"""Check runs: started, completed, and their annotations in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from results_bot.github.api import Api
from results_bot.github.fields import Fields
from results_bot.model import Severity

BATCH = 50
"""Annotations that GitHub takes in one request."""


class Conclusion(StrEnum):
    """How a check ends."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    ACTION_REQUIRED = "action_required"
    FAILURE = "failure"
    CANCELLED = "cancelled"


class Annotation(msgspec.Struct, frozen=True):
    """A remark on lines of a file."""

    path: str
    line: int
    severity: Severity
    message: str
    title: str = ""
    end_line: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as GitHub takes it."""
        shown = {
            "path": self.path,
            "start_line": self.line,
            "end_line": self.end_line or self.line,
            "annotation_level": self.severity.value,
            "message": self.message,
        }
        return shown | ({"title": self.title} if self.title else {})


@dataclass(frozen=True, slots=True)
class Output:
    """What a check shows; `summary` and `text` hold at most 65,535 bytes of Markdown each."""

    title: str
    summary: str
    text: str = ""
    annotations: Sequence[Annotation] = field(default=(), repr=False)

    def as_json(self, annotations: Sequence[Annotation] = ()) -> dict[str, Any]:
        """Return it as GitHub takes it, with some of its annotations."""
        shown: dict[str, Any] = {"title": self.title, "summary": self.summary}
        if self.text:
            shown["text"] = self.text
        if annotations:
            shown["annotations"] = [one.as_json() for one in annotations]
        return shown


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check on a commit."""

    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    external_id: str
    annotations: int
    app: str
    """The app that made it, such as `github-actions`; no other may change it."""
    url: str
    title: str = field(default="", repr=False)
    summary: str = field(default="", repr=False)


class Checks:
    """The check runs of one repository."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def of(self, sha: str, name: str) -> tuple[CheckRun, ...]:
        """Return the checks of a name on a commit, of all apps, newest first."""
        path = f"{self._api.root}/commits/{sha}/check-runs"
        found = self._api.pages(path, "check_runs", check_name=name, filter="all")
        return tuple(sorted((_check(one) for one in found), key=lambda one: -one.id))

    def start(
        self, name: str, sha: str, external_id: str, output: Output, details_url: str = ""
    ) -> CheckRun:
        """Start a check; `external_id` names the job's run, and tells this check from others."""
        body: dict[str, Any] = {
            "name": name,
            "head_sha": sha,
            "external_id": external_id,
            "status": "in_progress",
            "output": output.as_json(),
        }
        if details_url:
            body["details_url"] = details_url

        def look() -> CheckRun | None:
            mine = (one for one in self.of(sha, name) if one.external_id == external_id)
            return next(mine, None)

        path = f"{self._api.root}/check-runs"
        return self._api.once(lambda: _check(self._api.send("POST", path, body)), look)

    def complete(self, check: CheckRun, conclusion: Conclusion, output: Output) -> CheckRun:
        """Complete a check, or complete it anew, and add the output's annotations to it.

        The first request already completes it, so that nothing that fails later leaves it open.
        """
        batches = [
            output.annotations[start : start + BATCH]
            for start in range(0, max(len(output.annotations), 1), BATCH)
        ]
        for batch in batches:
            check = self._add(check, conclusion, output, batch)
        return check

    def _add(
        self, check: CheckRun, conclusion: Conclusion, output: Output, batch: Sequence[Annotation]
    ) -> CheckRun:
        path = f"{self._api.root}/check-runs/{check.id}"
        body = {
            "status": "completed",
            "conclusion": conclusion.value,
            "output": output.as_json(batch),
        }
        expected = check.annotations + len(batch)

        def look() -> CheckRun | None:
            # Annotations are added, not replaced: their number tells whether they arrived.
            found = _check(self._api.get(path))
            done = found.status == "completed" and found.conclusion == conclusion
            return found if done and batch and found.annotations >= expected else None

        return self._api.once(lambda: _check(self._api.send("PATCH", path, body)), look)


def _check(found: Fields) -> CheckRun:
    return CheckRun(
        id=found.number("id"),
        name=found.text("name"),
        head_sha=found.commit("head_sha"),
        status=found.text("status"),
        conclusion=found.text_or("conclusion") or None,
        external_id=found.text_or("external_id"),
        annotations=found.number_or("output.annotations_count"),
        app=found.text_or("app.slug"),
        url=found.text_or("html_url"),
        title=found.text_or("output.title"),
        summary=found.text_or("output.summary"),
    )
