"""The configuration lets more pass than it did, in the very change that is judged by it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.config import Config, SectionTable
from bot.judge.case import Case
from bot.judge.hit import Hit
from bot.model import Direction, Metric, Severity, Tolerance

ID = "tolerance-loosened"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "A tolerance was raised, a direction turned round or taken away, or a rule switched off or "
    "lowered, in the same change. That may be right, and somebody else should say so."
)
TIP = "Approve it, or take it to a change of its own."
_RANK = {Severity.NOTICE: 1, Severity.WARNING: 2, Severity.FAILURE: 3}


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit for each metric and section, and one for each rule."""
    if case.base_config is None:
        return
    tables = {table.id: table for table in case.config.sections}
    old_tables = {table.id: table for table in case.base_config.sections}
    for section in case.head.summary.sections:
        for metric in section.metrics:
            table = _table(tables, section.id)
            old = case.base_config.metric(metric.key, _table(old_tables, section.id))
            yield from _metric(section.id, old, case.config.metric(metric.key, table))
    yield from _rules(case.base_config, case.config)


def _metric(section_id: str, old: Metric, new: Metric) -> Iterator[Hit]:
    if new.direction is not old.direction and old.direction is not Direction.UNKNOWN:
        message = f"{new.title} was {old.direction} is better, now {new.direction}"
        yield Hit(section_id, message, (), new.key, str(old.direction), str(new.direction))
    was, now = old.tolerance, new.tolerance
    if now.relative > was.relative or now.absolute > was.absolute:
        message = f"Tolerance of {new.title} raised from {_said(was)} to {_said(now)}"
        yield Hit(section_id, message, (), new.key, _said(was), _said(now))


def _rules(old: Config, new: Config) -> Iterator[Hit]:
    for rule in dict.fromkeys([*old.rules, *new.rules]):
        before, after = _level(old, rule), _level(new, rule)
        if after < before:
            words = str(new.rules.get(rule, "its default"))
            yield Hit("", f"Rule {rule} lowered to {words}", (), rule, str(before), str(after))


def _level(config: Config, rule: str) -> int:
    """Return how loud a rule is: 0 off, 3 failure; by its default where nothing is set."""
    from bot.judge.registry import severity_of

    severity = severity_of(rule, config)
    return 0 if severity is None else _RANK[severity]


def _said(tolerance: Tolerance) -> str:
    return f"{tolerance.relative:.2%} and {tolerance.absolute:g}"


def _table(tables: dict[str, SectionTable], section_id: str) -> SectionTable | None:
    return tables.get(section_id) or tables.get(section_id.partition("/")[0])
