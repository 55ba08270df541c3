"""What every command is given, and the options that several commands share."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from results_bot.console import Outcome, Progress, Screen

if TYPE_CHECKING:
    from results_bot.workspace import Workspace


@dataclass
class Invocation:
    """One call of the program: the options before the name of the command, and the terminal."""

    config_path: str | None = None
    page: str | None = None
    folder: str = "."
    color: str = "auto"
    exit_zero: bool = False
    say: Callable[[str], None] = lambda _: None
    """Prints a line while the command goes on."""
    progress: Progress = field(default_factory=Progress)

    def workspace(self, parts: tuple[str, ...] = (), head: str | None = None) -> Workspace:
        """Open the workspace; the progress of the command shows on a terminal until it ends."""
        from results_bot.workspace import Workspace

        if parts and head is not None:
            raise click.UsageError("--from stands for HEAD; give one of them")
        self.progress.close()
        found = Workspace.find(Path(self.folder), self.config_path, self.page, self.progress)
        return found.with_parts(parts) if parts else found

    @property
    def screen(self) -> Screen:
        """The width of the terminal, and whether it takes colour."""
        wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        colour = self.color == "always" or (self.color == "auto" and wanted)
        return Screen(colour, max(60, shutil.get_terminal_size().columns))

    @property
    def now(self) -> datetime:
        """The time; SOURCE_DATE_EPOCH sets it, for reproducible builds."""
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        return datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)


base_argument = click.argument("base", required=False)
json_option = click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
parts_option = click.option(
    "--from",
    "parts",
    metavar="PARTS",
    multiple=True,
    help="Parts collected on other machines: a folder or a file. May be repeated.",
)
exit_zero_option = click.option(
    "--exit-zero",
    is_flag=True,
    expose_value=False,
    callback=lambda context, _, value: setattr(context.obj, "exit_zero", value),
    help="Exit with 0 instead of 1, for scripts under `set -e`.",
)


def comparison(command: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Add what the commands that compare a base with a head have in common."""
    for add in (
        exit_zero_option,
        parts_option,
        click.option(
            "--approved", metavar="FILE", help="File of approval commands, one a line, to apply."
        ),
        click.argument("head", required=False),
        base_argument,
    ):
        command = add(command)
    return command
