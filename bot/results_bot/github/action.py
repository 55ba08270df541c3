"""What the GitHub Action runs: from the event to an activity, then outputs and job summary."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from results_bot.console import Outcome
from results_bot.errors import BotError, ConfigError, ExitCode, GitHubError
from results_bot.escape import log_line, printable
from results_bot.github import checks, default_branch, fork, merge_queue, pull_request
from results_bot.github.client import NONSENSE, Client
from results_bot.github.connection import Clock
from results_bot.github.context import Context, FailOn, Inputs, Result, skipped
from results_bot.github.event import (
    Activity,
    CollectOnly,
    CountApprovals,
    JudgePull,
    JudgeQueue,
    Nothing,
    PublishRun,
    Refresh,
    RunInfo,
    decide,
)
from results_bot.report import comment
from results_bot.report.job_summary import LIMIT
from results_bot.report.review import Conclusion

_ACTIVITIES: Mapping[type, Callable[[Context, Any], Result]] = {
    Nothing: lambda _, activity: skipped(activity.reason),
    JudgePull: pull_request.run,
    CollectOnly: fork.collect,
    PublishRun: fork.publish,
    CountApprovals: pull_request.count_approvals,
    JudgeQueue: merge_queue.run,
    Refresh: default_branch.run,
}


def run(
    environment: Mapping[str, str],
    folder: Path,
    now: datetime,
    say: Callable[[str], None],
    *,
    clock: Clock = time,
) -> Outcome:
    """Carry out what the event asks for. `clock` is for tests."""
    inputs, info = Inputs.read(environment), RunInfo.read(environment)
    token = (environment.get("RESULTS_BOT_TOKEN") or environment.get("GITHUB_TOKEN", "")).strip()
    if not token:
        raise ConfigError("no token for GitHub: set GITHUB_TOKEN, or the action's input token")
    if not re.fullmatch(r"[!-~]+", token):
        raise ConfigError("the token for GitHub holds spaces, line ends or other odd characters")
    api_url = environment.get("GITHUB_API_URL") or "https://api.github.com"
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[\w./-]*)?", api_url):
        raise ConfigError("GITHUB_API_URL must be an address such as https://api.github.com")

    def masked(text: str) -> str:
        return text.replace(token, "***")

    def line(text: str) -> None:
        say(log_line(masked(text)))

    client = Client(token, api_url, info.repository, clock, line if inputs.dry_run else None)
    context = Context(
        client,
        inputs,
        info,
        now,
        line,
        folder,
        environment.get("RESULTS_BOT_CONFIG") or None,
        environment.get("RESULTS_BOT_PAGE") or None,
    )
    try:
        activity = _activity(environment, info)
        result = _ACTIVITIES[type(activity)](context, activity)
    except Exception as error:
        reason = checks.reason(error)
        summary = comment.broken(checks.provenance(context, "", ""), reason)
        broken = Result(reason, Conclusion.FAILURE, summary=summary)
        _hand_over(environment, broken, masked)
        if isinstance(error, NONSENSE):
            raise GitHubError(reason) from None
        raise
    finally:
        client.close()
    line(result.log)
    for command in result.commands:
        say(masked(command))
    _hand_over(environment, result, masked)
    bad = result.conclusion in (Conclusion.FAILURE, Conclusion.ACTION_REQUIRED)
    fails = {
        FailOn.NEVER: False,
        FailOn.FAILURE: bad,
        FailOn.WARNING: bad or result.warnings > 0,
    }[inputs.fail_on]
    return Outcome(ExitCode.CHANGED if fails else ExitCode.OK)


def _activity(environment: Mapping[str, str], info: RunInfo) -> Activity:
    name = environment.get("GITHUB_EVENT_NAME", "")
    path = environment.get("GITHUB_EVENT_PATH", "")
    try:
        payload = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"GITHUB_EVENT_PATH: the event cannot be read ({type(error).__name__})"
        ) from None
    return decide(name, payload, info)


def _hand_over(
    environment: Mapping[str, str], result: Result, masked: Callable[[str], str]
) -> None:
    """Write the step's outputs and the job summary to the runner's files."""
    outputs = {
        "verdict": str(result.conclusion or Conclusion.NEUTRAL),
        "digest": result.digest,
        "changed": "true" if result.changed else "false",
        "regressions": str(result.waiting),
        "comment-url": result.comment_url,
        "upload": result.upload,
    }
    text = ""
    for name, value in outputs.items():
        # No value can end its own block, nor begin another output.
        end = f"end-{secrets.token_hex(16)}"
        text += f"{name}<<{end}\n{masked(printable(value))}\n{end}\n"
    _append(environment.get("GITHUB_OUTPUT", ""), text)
    path = environment.get("GITHUB_STEP_SUMMARY", "")
    written = Path(path).stat().st_size if path and Path(path).exists() else 0
    summary = masked(result.summary.encode("utf-8", "replace").decode())
    # GitHub drops a summary that is too long as a whole.
    if written + len(summary.encode()) <= LIMIT:
        _append(path, summary)


def _append(path: str, text: str) -> None:
    try:
        if path:
            with Path(path).open("a", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise BotError(f"{path}: cannot be written ({error.strerror})") from None
