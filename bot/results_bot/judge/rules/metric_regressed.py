"""A value got worse, beyond noise and beyond its tolerance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from results_bot.judge.rule import Case, RuleResult
from results_bot.judge.significance import Comparison, Judgement, is_quality
from results_bot.metric_names import split_of
from results_bot.model import Metric, Severity, Value
from results_bot.numbers import plural
from results_bot.page import cells

ID = "metric-regressed"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "A run's value got significantly worse, by the strongest evidence available: replicate seeds, "
    "predictions on the same samples, the row's earlier values on the base branch (four or more), "
    "the number of samples, or the seeds of sibling rows. Over all values of a report the "
    "false-discovery rate is held at 5 % (Benjamini-Hochberg). A tolerance that you set must be "
    "exceeded as well. Where nothing is known about noise, your tolerance decides; without one, "
    "worse values make one warning for the whole page, and only a fraction that moved by 10 points "
    "or a value that doubled, halved or crossed 0 is a failure. Metrics of the training split are "
    "a notice and costs such as latency or memory a warning, unless you set a tolerance for the "
    "metric. `results-bot noise` shows what is known of each row and what would show more."
)
TIP = "Compare the run's settings and log with those of the former training."
UNKNOWN_TIP = "`results-bot noise` shows what would rule out chance."
SETTINGS = """\
[metrics.test_loss]
tolerance = { relative = 0.02, absolute = 0.001 }  # both must be exceeded"""


def findings(case: Case) -> Iterator[RuleResult]:
    """Yield one result a value, and one for all values of whose noise nothing is known."""
    for one in case.comparisons:
        if one.judgement is Judgement.REGRESSION:
            yield replace(moved(one, "worse"), severity=lowered(one.metric))
    unknown = [one for one in case.comparisons if one.judgement is Judgement.NOISE_UNKNOWN]
    yield from _noise_unknown([one for one in unknown if lowered(one.metric) is None], case)


def _noise_unknown(unknown: Sequence[Comparison], case: Case) -> Iterator[RuleResult]:
    """Yield one warning for the page if any of these values got worse."""
    worse = [one for one in unknown if one.change.better is False]
    if not worse:
        return
    # The largest change relative to the value is named.
    most = max(worse, key=_step)
    about = replace(moved(most, "worse"), severity=Severity.WARNING, tip=UNKNOWN_TIP)
    why = " (older versions of the page were not fetched)" if case.past_is_cut else ""
    if len(unknown) == 1:
        message = f"{about.message}; nothing is known about its noise{why}"
        yield replace(about, message=message, evidence=None)
        return
    count = plural(len(worse), "value is", "values are")
    better = f"{len(unknown) - len(worse):,}" if len(unknown) > len(worse) else "none"
    message = (
        f"{count} worse, {better} better; nothing is known about their noise{why}; "
        f"largest: {about.message}"
    )
    where = tuple(dict.fromkeys(one.change.place for one in worse))
    runs = tuple(dict.fromkeys(run for _, run in where))
    section = about.section if len({section for section, _ in where}) == 1 else ""
    yield RuleResult(
        section, message, runs, severity=Severity.WARNING, tip=UNKNOWN_TIP, where=where
    )


def _step(one: Comparison) -> float:
    before, after = one.change.numbers or (0.0, 0.0)
    return abs(after - before) / (abs(before) + 1e-12)


def lowered(metric: Metric) -> Severity | None:
    """Return the severity of metrics that say nothing of quality; None for all others."""
    if is_quality(metric):
        return None
    return Severity.NOTICE if split_of(metric.key) == "train" else Severity.WARNING


def moved(one: Comparison, word: str) -> RuleResult:
    """Return the result of a value that got better or worse."""
    change = one.change
    before, after = change.before or Value(""), change.after or Value("")
    return RuleResult(
        change.section,
        f"{one.metric.title} of {change.run} is {word}: {change_of(before, after, one.metric)}",
        (change.run,),
        one.metric.key,
        before.text,
        after.text,
        one.evidence,
    )


def change_of(before: Value, after: Value, metric: Metric) -> str:
    """Return `0.3365 to 0.3918 (+0.0553)`, or `91.4% ± 1.0% to 81.0% ± 1.2% (n = 3, -10.4 pp)`."""
    texts, parts = [before.text, after.text], []
    if before.n and before.n == after.n:
        texts = [text.removesuffix(f" (n = {before.n})") for text in texts]
        parts.append(f"n = {before.n}")
    if before.number is not None and after.number is not None:
        parts.append(cells.signed(after.number - before.number, metric.format))
    return " to ".join(texts) + (f" ({', '.join(parts)})" if parts else "")
