"""Arguments to a command: what can be given on the command line, and what it is called with."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from results_bot import __version__
from results_bot.errors import ExitCode
from results_bot.options import Options, now
from results_bot.options import hook as call_hook
from results_bot.options import refresh as call_refresh

if TYPE_CHECKING:
    from results_bot.commands.outcome import Outcome
    from results_bot.workspace import Workspace

_EPILOG = (
    "Exit codes: 0 done, nothing to do; 1 the page was rewritten or is stale, or values got worse; "
    "2 wrong use or configuration; 3 a bug; 4 done, but some artifacts could not be read; "
    "5 GitHub refused or could not be reached; 130 interrupted."
)

_base = click.argument("base", required=False)
_head = click.argument("head", required=False)
_json = click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
_approved = click.option(
    "--approved", metavar="FILE", help="Approval commands, one a line, that count here."
)
_parts = click.option(
    "--from",
    "parts",
    metavar="PARTS",
    multiple=True,
    help="Parts that other machines collected: a folder, or one file. May be repeated.",
)


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="results-bot")
@click.option("--config", "config_path", metavar="FILE", help="Configuration file to use.")
@click.option("--page", metavar="FILE", help="Results page, where it is not RESULTS.md.")
@click.option(
    "-C", "folder", metavar="DIR", default=Options.folder, help="Work as if started in DIR."
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default=Options.color,
    show_default=True,
)
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> None:
    """Keep the results page of a machine-learning repository true."""
    context.obj = Options(**options)
    context.call_on_close(context.obj.close)


@cli.command()
@click.option("--hook/--no-hook", default=None, help="Install the git hook, or do not ask.")
@click.option("--merge-driver", is_flag=True, help="Let git merge the page by row and cell.")
@click.pass_obj
def init(options: Options, hook: bool | None, merge_driver: bool) -> Outcome:
    """Write a configuration, take over an existing page, offer the hook."""
    from results_bot.commands import init as command

    workspace = options.workspace()
    if hook is None:
        hook = (
            sys.stdin.isatty()
            and workspace.repo is not None
            and not command.hook_installed(workspace)
            and click.confirm("Install the git hook that refreshes the page on commit?", True)
        )
    return command.run(workspace, options.screen(), hook=hook, merge_driver=merge_driver)


@cli.command()
@click.option("--check", is_flag=True, help="Write nothing; show what would change.")
@_json
@_parts
@click.pass_obj
def refresh(options: Options, check: bool, as_json: bool, parts: tuple[str, ...]) -> Outcome:
    """Regenerate the page's tables; exit 1 where it was not true."""
    return call_refresh(options, check=check, as_json=as_json, parts=parts)


@cli.command()
@_base
@_head
@click.option(
    "--format", "output", type=click.Choice(["terminal", "md", "json"]), default="terminal"
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--all", "known", is_flag=True, help="Also show what was found before this change.")
@_approved
@_parts
@click.pass_obj
def diff(
    options: Options,
    base: str | None,
    head: str | None,
    output: str,
    as_json: bool,
    known: bool,
    approved: str | None,
    parts: tuple[str, ...],
) -> Outcome:
    """Compare the summary at two commits; without HEAD, the artifacts that are here.

    BASE is where this branch left the default branch, where it is not given.
    """
    from results_bot.commands import diff as command

    _parts_are_head(parts, head)
    wanted = "json" if as_json else output
    workspace, screen = options.workspace(parts), options.screen()
    return command.run(workspace, screen, now(), base, head, wanted, known=known, approved=approved)


@cli.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--out", metavar="FILE", required=True, help="The part to write, a .parquet file.")
@_json
@click.pass_obj
def collect(options: Options, paths: tuple[str, ...], out: str, as_json: bool) -> Outcome:
    """Read the artifacts of this machine into a file, for `refresh --from` on another.

    PATH, folders or addresses, tells which of them; without it all that the sections allow.
    """
    from results_bot.commands import collect as command

    return command.run(options.workspace(), options.screen(), out, paths, as_json=as_json)


@cli.command()
@_base
@_head
@click.option("--html", "file", metavar="FILE", required=True, help="Where to write the page.")
@_approved
@_parts
@click.pass_obj
def report(
    options: Options,
    base: str | None,
    head: str | None,
    file: str,
    approved: str | None,
    parts: tuple[str, ...],
) -> Outcome:
    """Write the comparison as one page to look at; BASE and HEAD as in `diff`."""
    from results_bot.commands import report as command

    _parts_are_head(parts, head)
    workspace = options.workspace(parts)
    return command.run(workspace, now(), file, base, head, approved=approved)


@cli.command()
@_base
@click.option("--port", default=8347, show_default=True, type=click.IntRange(0, 65535))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--public", is_flag=True, help="Allow a HOST that other machines can reach.")
@click.pass_obj
def serve(options: Options, base: str | None, port: int, host: str, public: bool) -> Outcome:
    """Show the report in a browser and keep it fresh while training jobs write."""
    from results_bot.commands import serve as command

    def find() -> Workspace:
        return options.workspace()

    return command.run(find, now, base, host, port, public=public, say=_say)


@cli.command()
@_base
@click.pass_obj
def approve(options: Options, base: str | None) -> Outcome:
    """Print the command that accepts what waits for approval now."""
    from results_bot.commands import approve as command

    return command.run(options.workspace(), now(), base)


@cli.command()
@click.argument("metric")
@click.option("--run", "name", metavar="RUN", help="One run, where not the best of each section.")
@click.option("--limit", default=20, show_default=True, help="Versions of the page to show.")
@_json
@click.pass_obj
def history(options: Options, metric: str, name: str | None, limit: int, as_json: bool) -> Outcome:
    """Show a metric over the versions of the page, and who approved a drop."""
    from results_bot.commands import history as command

    workspace, screen = options.workspace(), options.screen()
    return command.run(workspace, screen, metric, name, limit, as_json=as_json)


@cli.command()
@click.option("--dry-run", is_flag=True, help="Print all that would be sent; send nothing.")
@click.pass_obj
def ci(options: Options, dry_run: bool) -> Outcome:
    """Do what an event on GitHub asks for (called by the GitHub Action)."""
    import signal

    from results_bot.commands import ci as command

    # A job that is cancelled still completes its check.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = {
        "RESULTS_BOT_CONFIG": options.config_path,
        "RESULTS_BOT_PAGE": options.page,
        "RESULTS_BOT_DRY_RUN": "true" if dry_run else None,
    }
    environment = dict(os.environ) | {name: value for name, value in given.items() if value}
    return command.run(environment, Path(options.folder), now(), click.echo)


@cli.command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> Outcome:
    """Tell what a rule looks for and how to change it; without RULE list them all."""
    from results_bot.commands import explain as command

    return command.run(rule)


@cli.command()
@click.argument("path", default=".")
@_json
@click.pass_obj
def inspect(options: Options, path: str, as_json: bool) -> Outcome:
    """Tell what is found in a file or folder, what is taken and what is left, and why."""
    from results_bot.commands import inspect_path as command

    return command.run(options.workspace(), path, as_json=as_json)


@cli.command()
@click.option("--stage/--no-stage", default=True, help="Make the page part of the commit.")
@click.option("--merge", is_flag=True, help="Called before a merge commit: stop it for the page.")
@click.pass_obj
def hook(options: Options, stage: bool, merge: bool) -> Outcome:
    """Refresh the page from what is staged (called by the git hook)."""
    return call_hook(options, stage=stage, merge=merge)


@cli.command()
@click.argument("places", metavar="SECTION[/RUN]...", nargs=-1, required=True)
@click.pass_obj
def forget(options: Options, places: tuple[str, ...]) -> Outcome:
    """Take rows, or whole sections, off the page whose artifacts are gone for good."""
    from results_bot.commands import rows as command

    return command.forget(options.workspace(), places)


@cli.command()
@click.argument("place", metavar="SECTION[/RUN]")
@click.argument("name")
@click.pass_obj
def rename(options: Options, place: str, name: str) -> Outcome:
    """Give a run another name, on the page and where its artifacts are; or a section another id."""
    from results_bot.commands import rows as command

    return command.rename(options.workspace(), now(), place, name)


@cli.command()
@click.argument("place", metavar="SECTION[/RUN]")
@click.argument("section")
@click.pass_obj
def move(options: Options, place: str, section: str) -> Outcome:
    """Move a row, or all rows of a section, to another section of the page."""
    from results_bot.commands import rows as command

    return command.move(options.workspace(), place, section)


@cli.command("merge-driver")
@click.argument("base", type=click.Path(exists=True))
@click.argument("ours", type=click.Path(exists=True))
@click.argument("theirs", type=click.Path(exists=True))
@click.argument("path", required=False, default="")
@click.argument("label", required=False, default="")
@click.pass_obj
def merge_driver(
    options: Options, base: str, ours: str, theirs: str, path: str, label: str
) -> Outcome:
    """Merge three versions of the page (called by git); the result replaces OURS."""
    from results_bot.commands import merge_driver as command

    return command.run(options.workspace(), base, ours, theirs, path, label)


@cli.command()
@click.option("--keep", metavar="DIR", help="Build the example here and keep it.")
@click.pass_obj
def demo(options: Options, keep: str | None) -> Outcome:
    """Show it all on a small example repository; needs no network."""
    from results_bot.commands import demo as command

    return command.run(options.screen(), now(), keep)


def run() -> Outcome | int | None:
    """Do what the arguments say; return what came out, or an exit code that click chose."""
    try:
        done: Outcome | int | None = cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except click.Abort:
        raise KeyboardInterrupt from None
    return done


def _say(line: str) -> None:
    click.echo(line, err=True)


def _parts_are_head(parts: tuple[str, ...], head: str | None) -> None:
    if parts and head is not None:
        raise click.UsageError("--from is what HEAD is compared as; give one of them")
