"""A run left no final metrics, or stopped long before its siblings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.judge.case import Case
from bot.judge.hit import Hit
from bot.judge.phrases import listed
from bot.metric_names import tokens
from bot.model import ChangeKind, Section, Severity
from bot.summary.siblings import Member

ID = "run-unfinished"
SEVERITY = Severity.WARNING
EXPLANATION = (
    "Artifacts of a run are here, its final metrics are not: it crashed, was stopped, or still "
    "runs. A failure where the base page had its metrics. Also a notice of a finished run with "
    "fewer than half the epochs that most runs of its section agree in; where runs stop early on "
    "their own, none do."
)
TIP = "Let it finish, or delete what it left."
FEWEST = 4
SHORT = 0.5


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit for all runs without final metrics, and one for each that stopped early."""
    unfinished = [
        (change.section, change.run)
        for change in case.changes
        if change.kind is ChangeKind.RUN_UNFINISHED and change.run is not None
    ]
    for place in unfinished:
        if case.base.member(*place) is not None:
            message = f"{place[1]} had final metrics and has none now"
            yield Hit(place[0], message, place[1:], severity=Severity.FAILURE)
    new = tuple(place for place in unfinished if case.base.member(*place) is None)
    if new:
        runs = tuple(run for _, run in new)
        count = "1 run has" if len(runs) == 1 else f"{len(runs)} runs have"
        section_id = new[0][0] if len({section for section, _ in new}) == 1 else ""
        yield Hit(section_id, f"{count} no final metrics: {listed(runs)}", runs, where=new)
    for section in case.head.summary.sections:
        yield from _short(case, section)


def _short(case: Case, section: Section) -> Iterator[Hit]:
    key = next((m.key for m in section.metrics if tokens(m.key)[-1:] == ("epochs",)), None)
    members = [m for m in case.head.of(section) if key and _epochs(m, key)]
    if key is None or len(members) < FEWEST:
        return
    usual, times = Counter(_epochs(member, key) for member in members).most_common(1)[0]
    if times * 2 <= len(members):
        return
    for member in members:
        if _epochs(member, key) < SHORT * usual:
            count = f"{_epochs(member, key):g}"
            yield Hit(
                section.id,
                f"{member.name} has {count} epochs where most of its section have {usual:g}",
                (member.name,),
                key,
                None,
                count,
                severity=Severity.NOTICE,
                state=True,
            )


def _epochs(member: Member, key: str) -> float:
    return member.number(key) or 0.0
