"""The options of all commands, and what a command is called with because of them.

What is asked most often is called from here without click, whose import takes as long as reading
a hundred runs: `refresh`, and the git hook. `arguments` calls the same functions.
"""

from __future__ import annotations

import os
import sys

from results_bot.commands.outcome import colour_is_wanted

TYPE_CHECKING = False
"""What type checkers take for true, as typing's, whose import takes longer than `recall`."""

if TYPE_CHECKING:
    from datetime import datetime

    from results_bot.commands.outcome import Outcome
    from results_bot.progress import Progress
    from results_bot.report.terminal import Screen
    from results_bot.workspace import Workspace


class Options:
    """What is given before the command's name, and what it is where it is not given."""

    config_path: str | None = None
    page: str | None = None
    folder = "."
    color = "auto"

    def __init__(self, **given: str | None) -> None:
        vars(self).update(given)
        self._progress: Progress | None = None

    def workspace(self, parts: tuple[str, ...] = ()) -> Workspace:
        """Open the workspace; how far the command is shows on a terminal until `close`."""
        from pathlib import Path

        from results_bot.progress import Progress
        from results_bot.workspace import Workspace

        self.close()
        self._progress = Progress(_draw if sys.stderr.isatty() else None)
        found = Workspace.find(Path(self.folder), self.config_path, self.page, self._progress)
        return found.with_parts(parts) if parts else found

    def screen(self) -> Screen:
        """Return how text is to be drawn."""
        from results_bot.report.terminal import Screen

        return Screen(self.in_colour, max(60, _columns()))

    @property
    def in_colour(self) -> bool:
        """Tell whether text is drawn in colour."""
        return self.color == "always" or (self.color == "auto" and colour_is_wanted())

    def close(self) -> None:
        """Take away the line that shows how far the command is."""
        if self._progress is not None:
            self._progress.close()


def refresh(
    options: Options, *, check: bool = False, as_json: bool = False, parts: tuple[str, ...] = ()
) -> Outcome:
    """Call `refresh`."""
    _begin(options)
    from results_bot.commands import refresh as command

    workspace, screen = options.workspace(parts), options.screen()
    return command.run(workspace, screen, now(), check=check, as_json=as_json)


def hook(options: Options, *, stage: bool = True, merge: bool = False) -> Outcome:
    """Call `hook`."""
    _begin(options)
    from results_bot.commands import hook as command

    workspace, screen = options.workspace(), options.screen()
    return command.run(workspace, screen, now(), stage=stage, merge=merge)


def now() -> datetime:
    """Return the time; SOURCE_DATE_EPOCH sets it, for reproducible builds."""
    from datetime import UTC, datetime

    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)


def _begin(options: Options) -> None:
    """Make the imports light that are to come, and let git look for the repository meanwhile."""
    from results_bot.lean import put_off

    put_off()
    from pathlib import Path

    from results_bot import git_command

    git_command.begin(Path(options.folder), *git_command.WHERE)


def _draw(line: str) -> None:
    import click

    click.echo(line, nl=False, err=True)


def _columns() -> int:
    """Return the terminal's width, as `shutil` tells it, which imports what unpacks archives."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (AttributeError, ValueError, OSError):
        return 80
