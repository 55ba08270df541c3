"""A run has no final metrics, or stopped long before its siblings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from results_bot.judge.rule import Case, RuleResult, listed
from results_bot.metric_names import tokens
from results_bot.model import ChangeKind, Severity
from results_bot.page.section import Section

ID = "run-unfinished"
SEVERITY = Severity.NOTICE
EXPLANATION = (
    "The run has artifacts but no final metrics: it crashed, was stopped, is still running, or its "
    "metrics file was overwritten. A failure if the base page had its metrics. Finished runs with "
    "fewer than half the epochs that most runs of their section agree on are a notice; sections in "
    "which runs stop early on their own have no such number."
)
TIP = "Restore its metrics, let it finish, or delete its artifacts."
FEWEST = 4
SHORT = 0.5


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for all runs without final metrics, and one for each that stopped early."""
    unfinished = [one.place for one in case.changes if one.kind is ChangeKind.RUN_UNFINISHED]
    known = {
        (section.id, name): section.runs.get(name)
        for section in case.base.sections
        for row in section.rows
        for name in (row.run, *row.seeds)
    }
    for place in unfinished:
        if place in known:
            readings = run.readings.values() if (run := known[place]) else ()
            files = listed([*dict.fromkeys(one.file for one in readings)])
            where = f" in {files}" if files else ""
            message = f"{place[1]} had final metrics{where} and has none now"
            yield RuleResult(place[0], message, place[1:], severity=Severity.FAILURE)
    new = tuple(place for place in unfinished if place not in known)
    if new:
        runs = tuple(run for _, run in new)
        count = "1 run has" if len(runs) == 1 else f"{len(runs)} runs have"
        section_id = new[0][0] if len({section for section, _ in new}) == 1 else ""
        yield RuleResult(section_id, f"{count} no final metrics: {listed(runs)}", runs, where=new)
    for section in case.head.sections:
        yield from _short(section)


def _short(section: Section) -> Iterator[RuleResult]:
    key = next((m.key for m in section.metrics if tokens(m.key)[-1:] == ("epochs",)), None)
    epochs = section.numbers(key) if key else {}
    known = Counter(number for number in epochs.values() if number)
    if known.total() < FEWEST:
        return
    usual, times = known.most_common(1)[0]
    if times * 2 <= known.total() or not any(number < SHORT * usual for number in known):
        return
    for name, number in epochs.items():
        if number and number < SHORT * usual:
            yield RuleResult(
                section.id,
                f"{name} has {number:g} epochs where most of its section have {usual:g}",
                (name,),
                key,
                None,
                f"{number:g}",
                state=True,
            )
