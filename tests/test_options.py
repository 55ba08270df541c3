"""What is called without click's help is called as click would call it."""

from __future__ import annotations

from functools import partial
from inspect import signature
from typing import Any

import click
import pytest
from results_bot.arguments import cli
from results_bot.cli import BY_HEART
from results_bot.options import Options


def taken_apart(*arguments: str) -> tuple[Options, str, dict[str, Any]]:
    """Return what click makes of arguments: the options, the command's name and its arguments."""
    with cli.make_context("results-bot", list(arguments)) as context:
        name, command, rest = cli.resolve_command(context, list(arguments))
        assert isinstance(command, click.Command)
        assert name
        given = Options(**context.params)
        return given, name, command.make_context(name, rest, parent=context).params


@pytest.mark.parametrize("arguments", BY_HEART, ids=" ".join)
def test_what_is_known_by_heart_is_what_the_command_line_says(arguments: tuple[str, ...]) -> None:
    options, name, said = taken_apart(*arguments)
    assert {**vars(Options), **vars(options)} == {**vars(Options), **vars(Options())}
    call = BY_HEART[arguments]
    function, given = (call.func, call.keywords) if isinstance(call, partial) else (call, {})
    known = signature(function).parameters.values()
    defaults = {one.name: one.default for one in known if one.default is not one.empty}
    assert function.__name__ == name
    assert {**defaults, **given} == said
