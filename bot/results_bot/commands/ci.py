"""`ci`: the command that the GitHub Action runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import click

from results_bot.commands.invocation import Invocation
from results_bot.console import Outcome
from results_bot.github import action


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be sent; send nothing.")
@click.pass_obj
def ci(call: Invocation, dry_run: bool) -> Outcome:
    """Run for a GitHub event (called by the GitHub Action)."""
    # A job that is cancelled still completes its check.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = {
        "RESULTS_BOT_CONFIG": call.config_path,
        "RESULTS_BOT_PAGE": call.page,
        "RESULTS_BOT_DRY_RUN": "true" if dry_run else None,
    }
    environment = dict(os.environ) | {name: value for name, value in given.items() if value}
    return action.run(environment, Path(call.folder), call.now, click.echo)
