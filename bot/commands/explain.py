"""`explain`: what a rule looks for, and how to change it."""

from __future__ import annotations

from bot.commands.outcome import Outcome
from bot.judge.registry import Rule, rule, rules


def run(rule_id: str | None) -> Outcome:
    """Explain one rule, or list them all."""
    if rule_id is None:
        width = max(len(one.ID) for one in rules())
        lines = [f"{one.ID:<{width}}  {one.SEVERITY:<8} {first_line(one)}" for one in rules()]
        return Outcome(text="\n".join(lines))
    one = rule(rule_id)
    tip = f"\n\nWhat to do: {one.TIP}" if one.TIP else ""
    text = f"{one.ID} ({one.SEVERITY})\n\n{one.EXPLANATION}{tip}\n\n{_settings(one)}"
    return Outcome(text=text)


def first_line(one: Rule) -> str:
    """Return the rule in one sentence: the first of its module's or class's description."""
    return (one.__doc__ or "").strip().partition("\n")[0]


def _settings(one: Rule) -> str:
    return (
        "To change it, in results-bot.toml (or under [tool.results-bot.rules]):\n\n"
        f'  [rules]\n  {one.ID} = "notice"  # or "warning", "failure"; false switches it off'
    )
