"""The check run of one commit, from its start to its end: whatever happens, it is completed."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from results_bot.commands.ci_context import Context
from results_bot.errors import BotError, GitHubError
from results_bot.github.checks import Annotation, CheckRun, Conclusion, Output
from results_bot.report import check_md
from results_bot.report.check_md import CheckOutput
from results_bot.report.comment_md import substance
from results_bot.report.review import Provenance

_STARTED = Output("Comparing results", "The artifacts are being read and judged.")


class OpenCheck:
    """A check on one commit.

    Where an earlier run completed one there, that one stands until there is something else to say:
    a repeated run that finds nothing new writes nothing.
    """

    def __init__(self, context: Context, sha: str) -> None:
        self.sha = sha
        self._context = context
        self._there: CheckRun | None = None
        self._run: CheckRun | None = None

    @property
    def open(self) -> bool:
        """Tell whether it is still in progress."""
        return self._run is not None and self._run.status != "completed"

    def look(self) -> None:
        """See what an earlier run said."""
        found = self._context.hub.checks.of(self.sha, self._context.check_name)
        latest = next(iter(found), None)
        self._there = latest if latest and latest.status == "completed" else None

    def start(self) -> None:
        """Show that work is going on."""
        self.look()
        if self._there is None:
            self._begin()

    def complete(self, output: CheckOutput) -> None:
        """Say what came out, unless the commit's check says so already."""
        if self._run is None and _says(self._there, output):
            return
        self._end(Conclusion(output.conclusion.value), _output(output))

    def cancel(self, why: str) -> None:
        """End without a verdict, if it was begun."""
        if self.open:
            self._end(Conclusion.CANCELLED, Output("Not judged", why))

    def fail(self, reason: str) -> None:
        """End with what went wrong."""
        provenance = provenance_of(self._context, "", self.sha)
        self.complete(check_md.broken(provenance, reason))

    def _begin(self) -> CheckRun:
        context = self._context
        external = f"{context.run.id}-{context.run.attempt}-{context.project}"
        self._run = context.hub.checks.start(
            context.check_name, self.sha, external, _STARTED, context.run.url
        )
        return self._run

    def _end(self, conclusion: Conclusion, output: Output) -> None:
        run = self._run or self._begin()
        self._run = self._context.hub.checks.complete(run, conclusion, output)


@contextmanager
def checked(context: Context, sha: str) -> Iterator[OpenCheck]:
    """Start a check on `sha`, and complete it also where the block fails."""
    check = OpenCheck(context, sha)
    check.start()
    try:
        yield check
    except KeyboardInterrupt:
        check.cancel("The job was cancelled.")
        raise
    except Exception as error:
        _failed(context, check, error)
        raise
    if check.open:
        check.cancel("There was nothing to judge.")


@contextmanager
def watched(context: Context, sha: str) -> Iterator[OpenCheck]:
    """Give the check on `sha`, which is not begun before there is something to say.

    So that a comment which changes nothing writes nothing; a failure is said all the same.
    """
    check = OpenCheck(context, sha)
    check.look()
    try:
        yield check
    except Exception as error:
        _failed(context, check, error)
        raise


def concluded(context: Context, sha: str) -> str:
    """Return how a commit's newest completed check ended; empty where there is none."""
    found = context.hub.checks.of(sha, context.check_name)
    return next((one.conclusion or "" for one in found if one.status == "completed"), "")


def reason(error: Exception) -> str:
    """Return what an error says to people who were not there."""
    if isinstance(error, BotError):
        return str(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    return f"This is a bug in results-bot: {type(error).__name__}: {error} ({place})"


def provenance_of(
    context: Context, base: str, head: str, artifacts: int | None = None, page: str = ""
) -> Provenance:
    """Return what reports say about where their figures come from."""
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
    )


def _failed(context: Context, check: OpenCheck, error: Exception) -> None:
    try:
        check.fail(reason(error))
    except GitHubError as second:
        # The first error is the one to report.
        context.say(f"The check run could not be completed: {second}")


def _says(there: CheckRun | None, output: CheckOutput) -> bool:
    return (
        there is not None
        and there.conclusion == output.conclusion
        and there.title == output.title
        and substance(there.summary) == substance(output.summary)
    )


def _output(output: CheckOutput) -> Output:
    found = [
        Annotation(one.path, one.line, one.level, one.message, one.title)
        for one in output.annotations
    ]
    return Output(output.title, output.summary, output.text, found)
