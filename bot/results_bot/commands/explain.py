"""`explain`: what a rule looks for, and how to change it."""

from __future__ import annotations

from textwrap import fill, indent

import click

from results_bot.console import Outcome
from results_bot.judge import rules
from results_bot.judge.rule import Rule
from results_bot.model import Severity

WIDTH = 80


@click.command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> Outcome:
    """Explain a rule and how to change it; without RULE, list all rules."""
    if rule is None:
        every = rules.rules()
        width = max(len(one.ID) for one in every)
        starts = [(f"{one.ID:<{width}}  {one.SEVERITY:<8}", first_line(one)) for one in every]
        hang = " " * (width + 11)
        lines = [fill(text, WIDTH, initial_indent=f"{start} ", subsequent_indent=hang)
                 for start, text in starts]  # fmt: skip
        return Outcome(text="\n".join(lines))
    one = rules.rule(rule)
    parts = [f"{one.ID} (a {one.SEVERITY}, unless it is set to something else)"]
    parts += [fill(text, WIDTH) for text in (first_line(one), one.EXPLANATION)]
    parts += [fill(f"What to do: {one.TIP}", WIDTH)] if one.TIP else []
    parts += ["To change it, in results-bot.toml (in pyproject.toml: [tool.results-bot...]):"]
    if own := rules.own_settings(one):
        parts.append(indent(own, "  "))
    other = Severity.WARNING if one.SEVERITY is not Severity.WARNING else Severity.FAILURE
    rest = ", ".join(f'"{each}"' for each in Severity if each is not other)
    parts.append(f'  [rules]\n  {one.ID} = "{other}"  # or {rest}, or false: off')
    return Outcome(text="\n\n".join(parts))


def first_line(one: Rule) -> str:
    """Return the rule in one sentence: the first of its module's or class's description."""
    return (one.__doc__ or "").strip().partition("\n")[0]
