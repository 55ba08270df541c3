"""Runs were measured on another test set, so that their values do not compare."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from results_bot.judge.evidence.strongest import same_test_set
from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.judge.significance import rows_of
from results_bot.model import ChangeKind, Metric, Severity
from results_bot.page.facts.identity import other_test, sample_count
from results_bot.page.section import Place, RunRow

ID = "test-set-changed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The number of test samples or the samples themselves differ from before, or the version or "
    "`num_fewshot` of a task of lm-evaluation-harness: the new values measure something else and "
    "are not judged. A warning where a run's count differs from that of most runs in its section, "
    "unless its settings or its name show another data set."
)
TIP = "Measure again on the same samples, or give the runs their own section."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for the runs of a section that changed alike, and one for odd ones."""
    changed: dict[Place, dict[tuple[str, str], list[str]]] = {}
    for change in case.changes:
        pair = rows_of(change, case.base, case.head)
        if change.kind is not ChangeKind.VALUE_CHANGED or pair is None or change.metric is None:
            continue
        if not same_test_set(*pair, case.base, case.head, change.metric):
            tests = other_test(pair[0].run, pair[1].run, change.metric)
            what = tests or _counts(*pair, change.metric)
            metrics = changed.setdefault(change.place, {}).setdefault(what, [])
            metrics.append(change.metric.spoken)
    for places in grouped(changed, lambda place: (place[0], *changed[place])).values():
        runs = tuple(run for _, run in places)
        parts = []
        for was, now in (known := changed[places[0]]):
            titles = dict.fromkeys(chain(*(changed[place][was, now] for place in places)))
            differs = f"{was} before, {now} now" if was != now else "other samples"
            parts.append(f"{listed([*titles])} ({differs})")
        verb = "was" if len(runs) == 1 else "were"
        message = f"{listed(runs)} {verb} measured on another test set: {listed(parts)}"
        before, after = (", ".join(what[side] for what in known) for side in (0, 1))
        yield RuleResult(places[0][0], message, runs, None, before, after)
    for section_id, here in grouped(case.facts.other_test_sets, lambda fact: fact.section).items():
        runs = tuple(fact.run for fact in here)
        counts = " or ".join(f"{count:,}" for count in sorted({fact.samples for fact in here}))
        yield RuleResult(
            section_id,
            f"{listed(runs)}: measured on {counts} {_samples(counts)}, "
            f"the rest on {here[0].usual:,}; they do not compare",
            runs,
            severity=Severity.WARNING,
            state=True,
        )


def _counts(before: RunRow, after: RunRow, metric: Metric) -> tuple[str, str]:
    """Return how many samples a metric was measured on before and now."""
    known = (sample_count(row.run, metric.key) for row in (before, after))
    was, now = ("unknown" if count is None else f"{count:,}" for count in known)
    return (f"{was} {_samples(was)}", now) if was != now else (was, now)


def _samples(counts: str) -> str:
    return "sample" if counts == "1" else "samples"
