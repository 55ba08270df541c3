"""`docs/rules.md`: an explanation of every rule, from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from results_bot.escape import markdown
from results_bot.judge.rule import Rule
from results_bot.judge.rules import BUILT_IN, own_settings

_INTRO = """\
# Rules

The rules by which results-bot judges a change, and a page as it stands. `results-bot explain \
RULE` prints the same text in a terminal.

A finding is a **failure**, a **warning** or a **notice**. A failure needs a reviewer's \
[approval](approvals.md); until then `results-bot diff` exits with 1. A finding that existed \
before the change, in runs that the change does not touch, is shown as an older finding and \
never blocks.

A change counts as better or worse only if it exceeds the metric's tolerance and the evidence does \
not attribute it to noise; [verdicts.md](verdicts.md) shows how often that is right.
"""
_SETTINGS = """\
## Changing a rule

In `results-bot.toml`, or under `[tool.results-bot.rules]` in `pyproject.toml`:

```toml
[rules]
{example} = "failure"  # or "warning", "notice": all findings of the rule
{other} = false  # switched off
```

A pull request that weakens a rule gets a `tolerance-loosened` finding.

## Rules of your own

A rule is a module or an object with `ID`, `SEVERITY`, `EXPLANATION`, `TIP` and `findings(case)`, \
which yields `RuleResult` values; the first line of its docstring is its summary. The built-in \
rules, one short file each in `results_bot/judge/rules/`, are examples. Register yours as an entry \
point:

```toml
[project.entry-points."results_bot.rules"]
too-slow = "our_rules.too_slow"
```

`results-bot explain too-slow` and `[rules]` then treat it like any other. A takeaway of your own \
has an `ID` and `sentences(view)`, and its group is `results_bot.takeaways`.
"""


def render(rules: Sequence[Rule] = BUILT_IN) -> str:
    """Return the page: a table of all rules, then a section each."""
    example, other = rules[0].ID, rules[-1].ID
    settings = _SETTINGS.replace("{example}", example).replace("{other}", other)
    parts = [_INTRO, _table(rules), settings, *(_section(one) for one in rules)]
    return "\n".join(parts)


def summary(one: Rule) -> str:
    """Return the rule in one sentence: the first line of its docstring."""
    return (one.__doc__ or "").strip().partition("\n")[0]


def _table(rules: Iterable[Rule]) -> str:
    rows = [
        f"| [`{one.ID}`](#{one.ID}) | {one.SEVERITY} | {_prose(summary(one))} |" for one in rules
    ]
    return "\n".join(["| Rule | By default | Looks for |", "|---|---|---|", *rows, ""])


def _section(one: Rule) -> str:
    todo = f"\n**What to do:** {_prose(one.TIP)}\n" if one.TIP else ""
    own = own_settings(one)
    settings = f"\n```toml\n{own}\n```\n" if own else ""
    return (
        f"## `{one.ID}`\n\n{_prose(summary(one))} By default a {one.SEVERITY}.\n\n"
        f"{_prose(one.EXPLANATION)}\n{todo}{settings}"
    )


def _prose(text: str) -> str:
    """Return our own text as Markdown; code spans are kept."""
    pieces = text.split("`")
    text = "`".join(piece if place % 2 else markdown(piece) for place, piece in enumerate(pieces))
    return text.replace("&#32;", " ")
