"""Runs were measured on another test set, so that their values do not compare."""

from __future__ import annotations

from collections.abc import Iterator

from results_bot.judge.evidence.strongest import same_test_set
from results_bot.judge.rule import Case, RuleResult, grouped, listed
from results_bot.judge.significance import rows_of
from results_bot.model import ChangeKind, Severity
from results_bot.page.facts.identity import sample_count

ID = "test-set-changed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "The number of test samples, or the samples themselves, differ from before: the new values "
    "measure something else and are not judged. A warning where a run's count differs from that "
    "of most runs in its section, unless its settings or its name show another data set."
)
TIP = "Measure again on the same samples, or give the runs their own section."


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result for the runs of a section that changed alike, and one for odd ones."""
    changed: dict[tuple[str, str, str], dict[str, None]] = {}
    for change in case.changes:
        pair = rows_of(change, case.base, case.head)
        if change.kind is not ChangeKind.VALUE_CHANGED or pair is None or change.metric is None:
            continue
        if not same_test_set(*pair, case.base, case.head, change.metric.key):
            known = (sample_count(row.run, change.metric.key) for row in pair)
            was, now = ("unknown" if count is None else f"{count:,}" for count in known)
            changed.setdefault((change.section, was, now), {})[change.run] = None
    for (section_id, was, now), names in changed.items():
        what = f"{was} {_samples(was)} before, {now} now" if was != now else "other samples"
        verb = "was" if len(names) == 1 else "were"
        message = f"{listed([*names])} {verb} measured on another test set: {what}"
        yield RuleResult(section_id, message, (*names,), None, was, now)
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


def _samples(counts: str) -> str:
    return "sample" if counts == "1" else "samples"
