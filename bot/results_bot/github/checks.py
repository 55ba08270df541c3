"""The check run of one commit, from its start to its end: whatever happens, it is completed."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from github.CheckRun import CheckRun
from github.CheckRunOutput import CheckRunOutput
from github.Commit import Commit

from results_bot.errors import BotError, GitHubError, UnclearError
from results_bot.github.client import NONSENSE
from results_bot.report import check as check_report
from results_bot.report.check import Annotation, CheckOutput
from results_bot.report.comment import substance
from results_bot.report.review import Conclusion, Provenance

if TYPE_CHECKING:
    from results_bot.github.context import Context

BATCH = 50
"""Annotations that GitHub takes in one request."""
_CANCELLED = "cancelled"
_SINCE = " since "
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Check:
    """The check run on one commit.

    Where an earlier run completed one there, that one stays until there is something else to
    report: a repeated run that finds nothing new writes nothing.
    """

    def __init__(self, context: Context, sha: str, *, new: bool) -> None:
        """`new` is for a commit that was made just now, which has no check of ours yet."""
        self.sha = sha
        self.since = ""
        """The commit that an unsettled branch is compared with, kept for later runs."""
        self._context = context
        self._run: CheckRun | None = None
        self._open = False
        found = [] if new else all_of(context, sha)
        self._there = found[0] if found and found[0].status == "completed" else None

    def start(self) -> None:
        """Show that work is going on, unless a completed check is there."""
        if self._there is None:
            output = {"title": "Comparing results", "summary": "Reading and judging the artifacts."}
            self._run = self._created({"status": "in_progress", "output": output})
            self._open = True

    def complete(self, output: CheckOutput) -> None:
        """Report the outcome, unless the commit's check shows it already."""
        if self._run is None and _shows(self._there, output):
            return
        shown: dict[str, Any] = {"title": output.title, "summary": output.summary}
        if output.text:
            shown["text"] = output.text
        self._end(output.conclusion.value, shown, output.annotations)

    def cancel(self, why: str) -> None:
        """End without a verdict, if it was started."""
        if self._open:
            self.refuse(why)

    def refuse(self, why: str) -> None:
        """End without a verdict, unless there is a completed check."""
        if self._there is None:
            self._end(_CANCELLED, {"title": "Not judged", "summary": why})

    def fail(self, reason: str) -> None:
        """End with an error."""
        self.complete(check_report.broken(provenance(self._context, "", self.sha), reason))

    @property
    def _external(self) -> str:
        """The id that distinguishes this run's check from those of other runs."""
        run = self._context.run
        return f"{run.id}-{run.attempt}"

    def _end(
        self, conclusion: str, output: dict[str, Any], annotations: Sequence[Annotation] = ()
    ) -> None:
        """Complete the check in as many requests as the annotations need.

        The first one already completes it, so that nothing that fails later leaves it open.
        """
        batches = [annotations[at : at + BATCH] for at in range(0, len(annotations), BATCH)] or [()]
        for batch in batches:
            body = {
                "status": "completed",
                "conclusion": conclusion,
                "output": output | ({"annotations": list(map(_json, batch))} if batch else {}),
            }
            if self.since:
                body["external_id"] = f"{self._external}{_SINCE}{self.since}"
            run = self._run
            self._run = self._edited(run, body, len(batch)) if run else self._created(body)
            self._open = False

    def _created(self, body: dict[str, Any]) -> CheckRun:
        context = self._context
        body = {"external_id": self._external, "details_url": context.run.url, **body}

        def create() -> CheckRun:
            made = context.client.repo.create_check_run(context.check_name, self.sha, **body)
            try:
                created = made.head_sha == self.sha and isinstance(made.id, int)
            except NONSENSE:
                created = False
            if not created:
                raise UnclearError("GitHub: POST check-runs: the answer is no check run")
            return made

        def look() -> CheckRun | None:
            known = self._there.id if self._there else 0
            mine = (
                one for one in all_of(context, self.sha) if one.external_id == body["external_id"]
            )
            return next((one for one in mine if one.id != known), None)

        return context.client.once(create, look)

    def _edited(self, run: CheckRun, body: dict[str, Any], added: int) -> CheckRun:
        context = self._context
        expected = _annotations(run) + added

        def edit() -> CheckRun:
            run.edit(**body)
            return run

        def look() -> CheckRun | None:
            # Annotations are added, not replaced: their number shows whether they arrived. An edit
            # without any is sent again.
            found = context.client.repo.get_check_run(run.id)
            return found if added and _annotations(found) >= expected else None

        return context.client.once(edit, look)


@contextmanager
def checked(
    context: Context, sha: str, *, start: bool = True, new: bool = False
) -> Iterator[Check]:
    """Give the check on `sha`, and complete it also where the block fails.

    Without `start`, nothing is shown before there is something to report, so that a comment which
    changes nothing writes nothing. `new` is for a commit that was made just now.
    """
    check = Check(context, sha, new=new)
    if start:
        check.start()
    try:
        yield check
    except KeyboardInterrupt:
        check.cancel("The job was cancelled.")
        raise
    except Exception as error:
        try:
            check.fail(reason(error))
        except GitHubError as second:
            # The first error is the one to report.
            context.say(f"The check run could not be completed: {second}")
        raise
    check.cancel("There was nothing to judge.")


def all_of(context: Context, sha: str) -> list[CheckRun]:
    """Return the checks of this page on a commit, of all apps, newest first."""
    commit = context.client.known(Commit, f"/commits/{sha}")
    found = commit.get_check_runs(context.check_name, filter="all")
    return sorted(found, key=lambda one: -one.id)


def conclusion_of(context: Context, sha: str) -> str:
    """Return the verdict of a commit's newest completed check; empty where there is none."""
    found = newest_verdict(context, sha)
    return found.conclusion if found else ""


def compared_since(found: CheckRun) -> str:
    """Return the commit that an unsettled commit's check compared with; empty for none."""
    recorded = (found.external_id or "").partition(_SINCE)[2]
    return recorded if _COMMIT.fullmatch(recorded) else ""


def newest_verdict(context: Context, sha: str) -> CheckRun | None:
    """Return a commit's newest check with a verdict, which a cancelled one has not."""
    return next((one for one in all_of(context, sha) if one.conclusion in set(Conclusion)), None)


def carry_over(context: Context, before: str, after: str) -> None:
    """Repeat the verdicts on other pages for a commit that changed our page alone.

    No run judges them again, and branch protection waits for every check on the newest commit.
    """
    repo = context.client.repo
    commit = context.client.known(Commit, f"/commits/{before}")
    found = sorted(commit.get_check_runs(filter="latest"), key=lambda one: one.id)
    latest = {one.name: one for one in found if one.name.startswith("results-bot")}
    for name, one in latest.items():
        if name != context.check_name and one.conclusion in set(Conclusion):
            shown: dict[str, Any] = {"title": one.output.title, "summary": one.output.summary}
            create = partial(
                repo.create_check_run,
                name,
                after,
                status="completed",
                conclusion=one.conclusion,
                details_url=one.details_url,
                output=shown,
            )
            # Where GitHub's answer is lost, a second one is as good.
            context.client.once(create, lambda: None)


def reason(error: Exception) -> str:
    """Return an error's message for people who did not see it happen."""
    if isinstance(error, BotError):
        return str(error)
    if isinstance(error, NONSENSE):
        return f"GitHub: no sensible answer ({type(error).__name__})"
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    return f"This is a bug in results-bot: {type(error).__name__}: {error} ({place})"


def provenance(
    context: Context, base: str, head: str, artifacts: int | None = None, page: str = ""
) -> Provenance:
    """Return where a report's figures come from."""
    url = context.run.repository_url
    return Provenance(
        context.project,
        base,
        head,
        artifacts,
        page or context.page or "RESULTS.md",
        url,
        f"{url}/blob/{head}/{page}" if page else "",
        context.run.url,
        context.run.id,
        context.run.attempt,
        report_url=context.inputs.report_url,
        bot_url=f"{context.run.server_url}/{context.run.action}" if context.run.action else "",
    )


def _shows(there: CheckRun | None, output: CheckOutput) -> bool:
    return (
        there is not None
        and there.conclusion == output.conclusion
        and there.output.title == output.title
        and substance(there.output.summary or "") == substance(output.summary)
    )


def _annotations(run: CheckRun) -> int:
    output: CheckRunOutput | None = run.output
    return (output.annotations_count if output else None) or 0


def _json(one: Annotation) -> dict[str, Any]:
    shown = {
        "path": one.path,
        "start_line": one.line,
        "end_line": one.line,
        "annotation_level": one.level.value,
        "message": one.message,
    }
    return shown | ({"title": one.title} if one.title else {})
