"""Words that several rules say in the same way; plain text, made safe by the reports."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from results_bot.judge.comparisons import Comparison
from results_bot.judge.hit import Hit
from results_bot.model import Metric, Severity
from results_bot.page import cells
from results_bot.page.material import Place
from results_bot.table import Value

Fact = TypeVar("Fact")
MOST = 6
RANK = {Severity.NOTICE: 1, Severity.WARNING: 2, Severity.FAILURE: 3}
"""How loud a severity is."""


def moved(one: Comparison, word: str) -> Hit:
    """Return the hit of a value that got better or worse."""
    change = one.change
    before, after = change.before or Value(""), change.after or Value("")
    return Hit(
        change.section,
        f"{one.metric.title} of {change.run} is {word}: {change_of(before, after, one.metric)}",
        (change.run or "",),
        one.metric.key,
        before.text,
        after.text,
        one.evidence,
    )


def change_of(before: Value, after: Value, metric: Metric) -> str:
    """Return `0.3365 to 0.3918 (+0.0553)`."""
    delta = ""
    if before.number is not None and after.number is not None:
        delta = f" ({cells.signed(after.number - before.number, metric.format)})"
    return f"{before.text} to {after.text}{delta}"


def listed(names: Sequence[str]) -> str:
    """Return names in a row; of many the first, and how many more."""
    if len(names) > MOST:
        return f"{', '.join(names[: MOST - 1])} and {len(names) - MOST + 1} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def grouped(found: Iterable[Fact], key: Callable[[Fact], Hashable]) -> list[list[Fact]]:
    """Return what shares a key put together, in the order in which the keys come."""
    groups: dict[Hashable, list[Fact]] = {}
    for fact in found:
        groups.setdefault(key(fact), []).append(fact)
    return list(groups.values())


def section_of(places: Iterable[Place]) -> str:
    """Return the section that all runs stand in; nothing where there are several."""
    ids = {section_id for section_id, _ in places}
    return ids.pop() if len(ids) == 1 else ""
