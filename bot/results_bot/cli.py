"""The command line: arguments to a command, its outcome to the terminal and an exit code.

The only module that prints a result and the only one that ends the process.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from results_bot import __version__
from results_bot.commands.invocation import Invocation
from results_bot.console import Outcome, Progress
from results_bot.errors import BotError, ExitCode
from results_bot.escape import log_line

_EPILOG = (
    "Exit codes: 0 done, nothing to do; 1 done, and the page was rewritten, is stale, or values "
    "got worse (--exit-zero makes it 0); 2 wrong use or configuration; 3 a bug; 4 done, but some "
    "artifacts could not be read; 5 GitHub refused or could not be reached; 130 interrupted."
)
_COMMANDS = {
    "approve": "diff",
    "ci": "ci",
    "collect": "collect",
    "demo": "demo",
    "diff": "diff",
    "explain": "explain",
    "export": "export",
    "forget": "edit_rows",
    "history": "history",
    "hook": "hook",
    "init": "init",
    "inspect": "inspect_path",
    "merge-driver": "merge_driver",
    "move": "edit_rows",
    "noise": "noise",
    "refresh": "refresh",
    "rename": "edit_rows",
    "report": "report",
    "serve": "serve",
}
"""The module of each command in `commands/`; the function there has the command's name."""


class _Commands(click.Group):
    """Imports the module of a command when it is called, as click's documentation has it."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None where there is none of this name."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"results_bot.commands.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="results-bot")
@click.option("--config", "config_path", metavar="FILE", help="Configuration file to use.")
@click.option("--page", metavar="FILE", help="Results page, if it is not RESULTS.md.")
@click.option("-C", "folder", metavar="DIR", default=".", help="Work as if started in DIR.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> None:
    """Keep the results page of a machine-learning repository up to date."""
    progress = Progress(seen=sys.stderr.isatty())
    context.obj = Invocation(**options, say=partial(click.echo, err=True), progress=progress)
    context.call_on_close(progress.close)


@cli.result_callback()
@click.pass_obj
def show(call: Invocation, /, outcome: Outcome, **_: Any) -> int:
    """Print what a command returned, and return the exit code."""
    call.progress.close()
    if outcome.notes:
        print(outcome.notes.rstrip("\n"), file=sys.stderr)
    if outcome.document is not None:
        print(json.dumps(outcome.document, indent=2, ensure_ascii=False))
    elif outcome.text:
        print(outcome.text.rstrip("\n"))
    sys.stdout.flush()
    return 0 if call.exit_zero and outcome.code == ExitCode.CHANGED else outcome.code


def main() -> None:
    """Run the command line and end the process with a documented exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal whose encoding has no dash gets an escape instead of a crash.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli(standalone_mode=False) or 0
    except BrokenPipeError:
        # The reader closed the pipe; keep Python from complaining when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = ExitCode.USAGE
    except BotError as error:
        code = _fail(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        code = _fail("interrupted", ExitCode.INTERRUPTED)
    except Exception as error:
        code = _fail(_bug(error), ExitCode.BUG)
    sys.exit(int(code))


def _fail(message: str, code: int) -> int:
    """Print a message, which may quote a configuration or a file that somebody else wrote."""
    lines = map(log_line, f"results-bot: {message}".split("\n"))
    print("\n".join(lines), file=sys.stderr)
    return code


def _bug(error: Exception) -> str:
    import traceback

    if os.environ.get("RESULTS_BOT_DEBUG"):
        traceback.print_exception(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    return (
        f"this is a bug: {type(error).__name__}: {error} ({place}); "
        "set RESULTS_BOT_DEBUG=1 to see the traceback, and include it in your report"
    )
