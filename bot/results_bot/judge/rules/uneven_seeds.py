"""A row has fewer or other seeds than before, or some of its seeds failed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from results_bot.judge.rule import Case, RuleResult, listed
from results_bot.judge.seeds import far_seed, grown_spread
from results_bot.model import Metric, Row, Severity
from results_bot.numbers import plural
from results_bot.page import cells
from results_bot.page.replicates import unit
from results_bot.page.section import RunRow

ID = "uneven-seeds"
SEVERITY = Severity.NOTICE
EXPLANATION = (
    "A row is the mean of fewer seeds than before (a warning where the others are gone, and not "
    "unfinished), or of others in place of some while the rest are unchanged: a choice of seeds "
    "makes any mean better. Or one of at least three seeds is far worse than all others: at least "
    "ten times as far from the next as the others of any row of the section spread on either side, "
    "and still farther where they are few. Where several failed, their spread shows it: at least "
    "three seeds on either side spread wider than before (F test, p at most 0.001) and than those "
    "of any row did, and their mean got worse by more than its tolerance (1 % unless you set one). "
    "The mean and its spread then show a failure, and no noise: the row is judged by the spread of "
    "its other seeds, or of those before."
)
TIP = "Run missing seeds again, and look at the logs of those that are far off."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a row for seeds that left, and one for seeds that failed."""
    for section in case.head.sections:
        sides = [one for one in (case.base.section(section.id), section) if one]
        here = {name for row in section.rows for name in (row.run, *row.seeds)}
        here |= dict(section.unfinished).keys()
        for row in section.rows:
            before = case.base.row(section.id, row.run)
            replicates = [*row.replicates, *(before.row.replicates if before else ())]
            what = unit(one.run for one in replicates)
            if before:
                yield from _left(section.id, before.row, row, here, what)
            off: dict[str, str] = {}
            for metric in section.judged:
                if found := far_seed(row, metric, sides):
                    seed, value = found
                    off.setdefault(seed, f"{metric.title} {cells.number(value, metric.format)}")
            if off:
                which = listed([f"{seed} ({value})" for seed, value in off.items()])
                message = f"{row.run}: far worse than its other {what}s: {which}"
                yield RuleResult(
                    section.id, message, (row.run,), severity=Severity.WARNING, state=True
                )
            elif wider := _wider(before, case.head.row(section.id, row.run), section.judged):
                message = f"{row.run}: its {what}s spread wider than before: {listed(wider)}"
                yield RuleResult(section.id, message, (row.run,), severity=Severity.WARNING)


def _left(
    section: str, before: Row, after: Row, here: Collection[str], what: str
) -> Iterator[RuleResult]:
    """Yield what became of seeds that are no longer in a row; `here` are the section's runs."""
    now, was = _seeds(after), _seeds(before)
    old, new = ({one.run: one for one in row.replicates} for row in (before, after))
    gone = [name for name in old if name not in here]
    verb = "is" if len(gone) == 1 else "are"
    if 0 < now < was:
        message = f"{after.run} has {plural(now, what)} now, {was} before"
        if gone:
            message += f"; {listed(gone)} {verb} gone"
        severity = Severity.WARNING if gone else None
        yield RuleResult(section, message, (after.run,), severity=severity)
        return
    came = [name for name in new if name not in old]
    stayed = [_same(old[name], new[name]) for name in old if name in new]
    is_renamed = all(any(_same(old[one], new[other]) for other in came) for one in gone)
    if came and stayed and all(stayed) and not is_renamed:
        message = (
            f"{after.run}: {listed(gone)} {verb} gone, and {listed(came)} came in place; "
            f"its other {what}s are unchanged"
        )
        yield RuleResult(section, message, (after.run,), severity=Severity.WARNING)


def _same(before: Row, after: Row) -> bool:
    shared = before.values.keys() & after.values.keys()
    return all(cells.same(before.values[key], after.values[key]) for key in shared)


def _wider(before: RunRow | None, after: RunRow | None, metrics: Iterable[Metric]) -> Sequence[str]:
    """Return how far the seeds of a row spread in each metric whose spread shows a failure."""
    spreads = {
        metric: found
        for metric in metrics
        if before and after and (found := grown_spread(before, after, metric))
    }
    return [
        f"{one.title} by {cells.size(now, one.format)} ({cells.size(was, one.format)} before)"
        for one, (was, now) in spreads.items()
    ]


def _seeds(row: Row) -> int:
    """Return how many trainings a row stands for."""
    return max([1, len(row.replicates), *(value.n or 0 for value in row.values.values())])
