"""`docs/commands.md`: every command's help, from the command line itself."""

from __future__ import annotations

import click
from results_bot.cli import cli

_HEAD = """\
# Commands

The help of every command, as `results-bot COMMAND --help` prints it. Options before the command \
apply to all of them.

This page is generated from the code by `make docs`.
"""


def render() -> str:
    """Return the page."""
    context = click.Context(cli, info_name="results-bot", terminal_width=80)
    parts = [_HEAD, "## results-bot\n", _block(cli.get_help(context))]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name) or cli
        inner = click.Context(command, info_name=name, parent=context, terminal_width=80)
        parts += [f"## {name}\n", _block(command.get_help(inner))]
    return "\n".join(parts)


def _block(text: str) -> str:
    return f"```text\n{text}\n```\n"
