"""`ci`: what the GitHub Action runs. From the event to an activity, its flow, and the outputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from results_bot.commands.ci_check import provenance_of, reason
from results_bot.commands.ci_context import Context, FailOn, Options, RunInfo
from results_bot.commands.ci_result import Result
from results_bot.commands.flows.registry import carry_out
from results_bot.commands.outcome import Outcome
from results_bot.commands.runner_files import write_outputs, write_summary
from results_bot.errors import ConfigError, ExitCode
from results_bot.github.access import Access
from results_bot.github.activity import Activity
from results_bot.github.event import Surroundings, decide
from results_bot.github.hub import connect
from results_bot.github.rehearsal import Rehearsal
from results_bot.github.retry import Clock, Patience
from results_bot.hostile import log_line
from results_bot.report import job_summary
from results_bot.report.conclusion import Conclusion


def run(
    environment: Mapping[str, str],
    folder: Path,
    now: datetime,
    say: Callable[[str], None],
    *,
    patience: Patience | None = None,
    clock: Clock | None = None,
) -> Outcome:
    """Carry out what the event asks for. `patience` and `clock` are for tests."""
    options = Options.read(environment)
    info = RunInfo.read(environment)
    access = _access(environment)

    def line(text: str) -> None:
        say(log_line(text.replace(access.token, "***")))

    rehearsal = Rehearsal(line) if options.dry_run else None
    hub = connect(access, info.repository, patience=patience, clock=clock, rehearsal=rehearsal)
    context = Context(
        hub,
        options,
        info,
        now,
        line,
        folder,
        environment.get("RESULTS_BOT_CONFIG") or None,
        environment.get("RESULTS_BOT_PAGE") or None,
    )
    try:
        result = carry_out(context, _activity(environment))
    except Exception as error:
        said = reason(error).replace(access.token, "***")
        broken = job_summary.broken(provenance_of(context, "", ""), said)
        _hand_over(environment, Result(said, Conclusion.FAILURE, summary=broken))
        raise
    finally:
        hub.close()
    line(result.said)
    for command in result.commands:
        say(command.replace(access.token, "***"))
    _hand_over(environment, result)
    return Outcome(_code(result, options.fail_on))


def _activity(environment: Mapping[str, str]) -> Activity:
    name = environment.get("GITHUB_EVENT_NAME", "")
    path = environment.get("GITHUB_EVENT_PATH", "")
    try:
        payload = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"GITHUB_EVENT_PATH: the event cannot be read ({type(error).__name__})"
        ) from None
    return decide(name, payload, Surroundings.from_environment(environment))


def _access(environment: Mapping[str, str]) -> Access:
    token = environment.get("RESULTS_BOT_TOKEN") or environment.get("GITHUB_TOKEN", "")
    return Access.from_environment({**environment, "GITHUB_TOKEN": token})


def _hand_over(environment: Mapping[str, str], result: Result) -> None:
    outputs = {
        "verdict": str(result.conclusion or Conclusion.NEUTRAL),
        "digest": result.digest,
        "changed": "true" if result.changed else "false",
        "regressions": str(result.waiting),
        "comment-url": result.comment_url,
        "upload": result.upload,
    }
    write_outputs(environment.get("GITHUB_OUTPUT", ""), outputs)
    if result.summary:
        write_summary(environment.get("GITHUB_STEP_SUMMARY", ""), result.summary)


def _code(result: Result, fail_on: FailOn) -> ExitCode:
    bad = result.conclusion in (Conclusion.FAILURE, Conclusion.ACTION_REQUIRED)
    fails = {
        FailOn.NEVER: False,
        FailOn.FAILURE: bad,
        FailOn.WARNING: bad or result.warnings > 0,
    }[fail_on]
    return ExitCode.CHANGED if fails else ExitCode.OK
