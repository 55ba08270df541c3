"""The command line: arguments to a command, its outcome to the terminal and an exit code.

The only module that prints a result and the only one that ends the process.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from results_bot import __version__
from results_bot.console import Outcome, Progress, Screen
from results_bot.errors import BotError, ExitCode
from results_bot.escape import log_line

if TYPE_CHECKING:
    from results_bot.workspace import Workspace

_EPILOG = (
    "Exit codes: 0 done, nothing to do; 1 done, and the page was rewritten, is stale, or values "
    "got worse (--exit-zero makes it 0); 2 wrong use or configuration; 3 a bug; 4 done, but some "
    "artifacts could not be read; 5 GitHub refused or could not be reached; 130 interrupted."
)


@dataclass
class Invocation:
    """One call of the program: the options before the name of the command."""

    config_path: str | None
    page: str | None
    folder: str
    color: str
    exit_zero: bool = False
    progress: Progress = field(default_factory=lambda: Progress(seen=sys.stderr.isatty()))

    def workspace(self, parts: tuple[str, ...] = ()) -> Workspace:
        """Open the workspace; the progress of the command shows on a terminal until it ends."""
        from results_bot.workspace import Workspace

        self.progress.close()
        found = Workspace.find(Path(self.folder), self.config_path, self.page, self.progress)
        return found.with_parts(parts) if parts else found

    def open(
        self, parts: tuple[str, ...] = (), head: str | None = None
    ) -> tuple[Workspace, Screen]:
        """Return the workspace, and how standard output is drawn."""
        if parts and head is not None:
            raise click.UsageError("--from stands for HEAD; give one of them")
        return self.workspace(parts), self.screen()

    def screen(self) -> Screen:
        """Return the width of the terminal, and whether it takes colour."""
        wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        colour = self.color == "always" or (self.color == "auto" and wanted)
        return Screen(colour, max(60, shutil.get_terminal_size().columns))


def now() -> datetime:
    """Return the time; SOURCE_DATE_EPOCH sets it, for reproducible builds."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)


_base = click.argument("base", required=False)
_head = click.argument("head", required=False)
_json = click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
_approved = click.option(
    "--approved", metavar="FILE", help="File of approval commands, one a line, to apply."
)
_parts = click.option(
    "--from",
    "parts",
    metavar="PARTS",
    multiple=True,
    help="Parts collected on other machines: a folder or a file. May be repeated.",
)


_exit_zero = click.option(
    "--exit-zero",
    is_flag=True,
    expose_value=False,
    callback=lambda context, _, value: setattr(context.obj, "exit_zero", value),
    help="Exit with 0 instead of 1, for scripts under `set -e`.",
)


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
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
    context.obj = Invocation(**options)
    context.call_on_close(context.obj.progress.close)


@cli.result_callback()
@click.pass_obj
def show(call: Invocation, /, outcome: Outcome, **_: Any) -> int:
    """Print what a command returned, and return the exit code."""
    call.progress.close()
    if outcome.notes:
        print(outcome.notes.rstrip("\n"), file=sys.stderr)
    if outcome.text:
        print(outcome.text.rstrip("\n"))
    sys.stdout.flush()
    return 0 if call.exit_zero and outcome.code == ExitCode.CHANGED else outcome.code


def _command(name: str | None = None) -> Callable[[Callable[..., Outcome]], click.Command]:
    """Return the decorator of a command whose first argument is the invocation."""
    return lambda function: cli.command(name)(click.pass_obj(function))


@_command()
@click.option("--hook/--no-hook", default=None, help="Install the git hook or not, unasked.")
@click.option("--merge-driver", is_flag=True, help="Set git up to merge the page row by row.")
def init(call: Invocation, hook: bool | None, merge_driver: bool) -> Outcome:
    """Write a configuration, adopt an existing page, offer the git hook."""
    from results_bot.commands import init as command

    workspace = call.workspace()
    if hook is None:
        hook = (
            sys.stdin.isatty()
            and workspace.repo is not None
            and not command.hook_installed(workspace)
            and click.confirm("Install the git hook that refreshes the page on commit?", True)
        )
    return command.run(workspace, call.screen(), hook=hook, merge_driver=merge_driver)


@_command()
@click.option("--check", is_flag=True, help="Write nothing; show what would change.")
@_json
@_parts
@_exit_zero
def refresh(call: Invocation, check: bool, as_json: bool, parts: tuple[str, ...]) -> Outcome:
    """Regenerate the tables of the page.

    The exit code is 1 if the page was out of date, so that a script can commit it.
    """
    from results_bot.commands import refresh as command

    return command.run(*call.open(parts), now(), check=check, as_json=as_json)


@_command()
@_base
@_head
@click.option(
    "--format", "output", type=click.Choice(["terminal", "md", "json"]), default="terminal"
)
@click.option("--json", "output", flag_value="json", help="The same as --format json.")
@click.option("--all", "everything", is_flag=True, help="Show everything, older findings too.")
@_approved
@_parts
@_exit_zero
def diff(call: Invocation, /, head: str | None, parts: tuple[str, ...], **options: Any) -> Outcome:
    """Judge the changes between the pages of two commits, or from BASE to the artifacts here.

    BASE defaults to the commit where this branch left the default branch.
    """
    from results_bot.commands import diff as command

    return command.run(*call.open(parts, head), now(), head=head, **options)


@_command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--out", metavar="FILE", required=True, help="The part to write, a .parquet file.")
@_json
def collect(call: Invocation, paths: tuple[str, ...], out: str, as_json: bool) -> Outcome:
    """Read the artifacts of this machine into a file, for `refresh --from` on another.

    PATH limits this to some folders or addresses; by default everything is read.
    """
    from results_bot.commands import collect as command

    return command.run(*call.open(), out, paths, as_json=as_json)


@_command()
@_base
@_head
@click.option("--html", "file", metavar="FILE", required=True, help="File to write.")
@_approved
@_parts
@_exit_zero
def report(
    call: Invocation, /, head: str | None, parts: tuple[str, ...], **options: Any
) -> Outcome:
    """Write the comparison as one HTML page; BASE and HEAD as in `diff`."""
    from results_bot.commands import report as command

    workspace, _ = call.open(parts, head)
    return command.run(workspace, now(), head=head, **options)


@_command()
@_base
@click.option("--port", default=8347, show_default=True, type=click.IntRange(0, 65535))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--public", is_flag=True, help="Allow a HOST that other machines can reach.")
def serve(call: Invocation, base: str | None, port: int, host: str, public: bool) -> Outcome:
    """Show the report in a browser and update it while training jobs write."""
    from results_bot.commands import serve as command

    return command.run(
        call.workspace, now, base, host, port, public=public, say=partial(click.echo, err=True)
    )


@_command()
@_base
def approve(call: Invocation, base: str | None) -> Outcome:
    """Print the command that approves the current findings."""
    from results_bot.commands import diff as command

    return command.approve(call.workspace(), now(), base)


@_command()
@click.argument("sections", metavar="[SECTION]...", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(["csv", "json", "latex", "parquet"]), required=True
)
@click.option("--out", metavar="FILE", help="File to write; by default it is printed.")
def export(call: Invocation, sections: tuple[str, ...], form: str, out: str | None) -> Outcome:
    """Write the tables for a paper, a notebook or another program."""
    from results_bot.commands import export as command

    return command.run(call.workspace(), now(), sections, form, out)


@_command()
@click.argument("metric")
@click.option("--run", "name", metavar="RUN", help="Follow this run, not the best.")
@click.option("--limit", default=20, show_default=True, help="Number of versions to show.")
@_json
def history(call: Invocation, metric: str, name: str | None, limit: int, as_json: bool) -> Outcome:
    """Show a metric over the versions of the page, and who approved a drop."""
    from results_bot.commands import history as command

    return command.run(*call.open(), metric, name, limit, as_json=as_json)


@_command()
@_json
def noise(call: Invocation, as_json: bool) -> Outcome:
    """Show how far each value moves by chance, as far as known, and what would show more."""
    from results_bot.commands import noise as command

    return command.run(call.workspace(), call.screen(), now(), as_json=as_json)


@_command()
@click.option("--dry-run", is_flag=True, help="Print what would be sent; send nothing.")
def ci(call: Invocation, dry_run: bool) -> Outcome:
    """Run for a GitHub event (called by the GitHub Action)."""
    import signal

    from results_bot.github import action as command

    # A job that is cancelled still completes its check.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = {
        "RESULTS_BOT_CONFIG": call.config_path,
        "RESULTS_BOT_PAGE": call.page,
        "RESULTS_BOT_DRY_RUN": "true" if dry_run else None,
    }
    environment = dict(os.environ) | {name: value for name, value in given.items() if value}
    return command.run(environment, Path(call.folder), now(), click.echo)


@cli.command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> Outcome:
    """Explain a rule and how to change it; without RULE, list all rules."""
    from results_bot.commands import explain as command

    return command.run(rule)


@_command()
@click.argument("path", default=".")
@_json
def inspect(call: Invocation, path: str, as_json: bool) -> Outcome:
    """Show what is read from a file, folder or address, and why something is skipped."""
    from results_bot.commands import inspect_path as command

    return command.run(call.workspace(), path, as_json=as_json)


@_command()
@click.option("--stage/--no-stage", default=True, help="Add the page to the commit.")
@click.option("--merge", is_flag=True, help="Before a merge commit: stop it if the page changed.")
def hook(call: Invocation, stage: bool, merge: bool) -> Outcome:
    """Refresh the page from what is staged (called by the git hook)."""
    from results_bot.commands import hook as command

    return command.run(*call.open(), now(), stage=stage, merge=merge)


@_command()
@click.argument("places", metavar="SECTION[/RUN]...", nargs=-1, required=True)
def forget(call: Invocation, places: tuple[str, ...]) -> Outcome:
    """Remove rows or sections whose artifacts no longer exist from the page."""
    from results_bot.commands import rows as command

    return command.forget(call.workspace(), places)


@_command()
@click.argument("place", metavar="SECTION[/RUN]")
@click.argument("name")
def rename(call: Invocation, place: str, name: str) -> Outcome:
    """Rename a run and the folder of its artifacts, or change the id of a section."""
    from results_bot.commands import rows as command

    return command.rename(call.workspace(), now(), place, name)


@_command()
@click.argument("place", metavar="SECTION[/RUN]")
@click.argument("section")
def move(call: Invocation, place: str, section: str) -> Outcome:
    """Move a row, or all rows of a section, to another section."""
    from results_bot.commands import rows as command

    return command.move(call.workspace(), place, section)


@_command("merge-driver")
@click.argument("base", type=click.Path(exists=True))
@click.argument("ours", type=click.Path(exists=True))
@click.argument("theirs", type=click.Path(exists=True))
@click.argument("path", required=False, default="")
@click.argument("label", required=False, default="")
def merge_driver(call: Invocation, /, **files: str) -> Outcome:
    """Merge three versions of the page (called by git); the result replaces OURS."""
    from results_bot.commands import merge_driver as command

    return command.run(call.workspace(), **files)


@_command()
@click.option("--keep", metavar="DIR", help="Build the example in DIR and keep it.")
def demo(call: Invocation, keep: str | None) -> Outcome:
    """Show everything on a small example repository, without network."""
    from results_bot.commands import demo as command

    return command.run(call.screen(), now(), keep)


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
