"""Words and signs that every report uses: counts, differences, outcomes, evidence.

Plain text; each report escapes it for its own medium. Nothing else in the project puts a count of
changes or the strength of evidence into words, so that no two reports can disagree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import isnan

from results_bot.model import (
    NOISE_UNKNOWN,
    Change,
    ChangeKind,
    Evidence,
    EvidenceKind,
    Finding,
    Metric,
    Problem,
    Row,
    Value,
    Verdict,
)
from results_bot.numbers import p_text, plural
from results_bot.page import cells
from results_bot.page.takeaways.view import joined
from results_bot.report.colours import WORD

NBSP = "\u00a0"
"""The character and not the entity, which would take six times the room."""
MOST_OF_ALL = 10
"""Runs from which the direction of all is worth a line."""
MOST_PUT_BACK = 3
_UNITS = {
    EvidenceKind.PAIRED: "pairs",
    EvidenceKind.SEEDS: "seeds",
    EvidenceKind.COUNTS: "samples",
}
_FIGURE = re.compile(r"p (?:<|&lt;|=) (?=\d)| ?± (?=\d)|(?<=\d) (?=(?:pp|%)(?!\w))|\(n = (?=\d)")


def unbroken_figures(text: str, blank: str = NBSP) -> str:
    """Replace the blanks at which no line may break: `p < 0.001`, `0.5 ± 0.1`, `+0.5 pp`."""
    return _FIGURE.sub(lambda found: found[0].replace(" ", blank), text)


def shared_count(rows: Iterable[Row]) -> int | None:
    """Return the number of seeds behind each folded value; None where they differ."""
    counts = {value.n for row in rows for value in row.values.values() if value.n}
    return counts.pop() if len(counts) == 1 else None


def text(value: Value | None) -> str:
    """Return the text of a cell, or the sign for a missing value."""
    return cells.MISSING if value is None else value.text


def difference(change: Change) -> str:
    """Return after minus before with its sign, in points where the page shows percentages.

    Empty where either side is missing or NaN.
    """
    delta = change.difference
    if delta is None or isnan(delta) or change.metric is None:
        return ""
    step = cells.signed(delta, change.metric.format)
    return f"{step} (finite seeds)" if change.of_finite_seeds else step


def previous_name(change: Change) -> str:
    """Return the old name of a renamed run, with its section where that differs too."""
    if change.was is None:
        return ""
    section, run = change.was
    return run if section == change.section else f"{section}/{run}"


def previous(change: Change) -> str:
    """Return `was old-name` of a renamed run, or what became of the seeds of a row."""
    if change.kind is ChangeKind.SEEDS_CHANGED:
        return f"{text(change.after)}, {text(change.before)} before"
    was = previous_name(change)
    word = "the only seed left of" if change.kind is ChangeKind.SEED_LEFT else "was"
    return f"{word} {was}" if was else ""


def reason(change: Change, verdict: Verdict) -> str:
    """Return why a changed or lost value counts neither as better nor as worse, or nothing."""
    return verdict.unflagged.get(change.cell, "")


def outcome(change: Change, verdict: Verdict) -> str:
    """Return `worse`, `better`, `lost`, `new`, or why a changed value counts as neither."""
    if why := reason(change, verdict):
        return why
    if change.kind is ChangeKind.METRIC_LOST:
        return "lost"
    if change.kind is ChangeKind.VALUE_ADDED:
        return "new"
    return "" if change.better is None else WORD[change.better]


def better(change: Change, verdict: Verdict) -> bool | None:
    """Return whether a value got better, or None where it counts as neither."""
    if reason(change, verdict):
        return None
    return False if change.kind is ChangeKind.METRIC_LOST else change.better


def counted(verdict: Verdict) -> str:
    """Return the changes in one line: `2 runs added, 1 value worse, 1 run removed`."""
    kinds = Counter(change.kind for change in verdict.changes)
    values = [one for one in verdict.changes if one.kind is ChangeKind.VALUE_CHANGED]
    # What is within noise in the finite seeds only is not counted as that.
    explained = [
        (why, one.better)
        for one in values
        if (why := reason(one, verdict)) and not one.of_finite_seeds
    ]
    incomparable = sum(why.startswith("other ") for why, _ in explained)
    unknown = Counter(way for why, way in explained if why == NOISE_UNKNOWN)
    ways = Counter(
        better(one, verdict) for one in values if one.of_finite_seeds or not reason(one, verdict)
    )
    quiet = len(explained) - incomparable - unknown.total()
    counts = (
        (ways[False], "value worse", "values worse"),
        (ways[True], "value better", "values better"),
        (ways[None], "value changed", "values changed"),
        (quiet, "value within tolerance or noise", "values within tolerance or noise"),
        (unknown[False], "value worse (noise unknown)", "values worse (noise unknown)"),
        (unknown[True], "value better (noise unknown)", "values better (noise unknown)"),
        (incomparable, "value that does not compare", "values that do not compare"),
        (kinds[ChangeKind.RUN_ADDED], "run added", "runs added"),
        (kinds[ChangeKind.RUN_REMOVED], "run removed", "runs removed"),
        (kinds[ChangeKind.RUN_RENAMED], "run renamed", "runs renamed"),
        (kinds[ChangeKind.SEED_LEFT], "row with one seed left", "rows with one seed left"),
        (
            kinds[ChangeKind.SEEDS_CHANGED],
            "row of more or fewer trainings",
            "rows of more or fewer trainings",
        ),
        (kinds[ChangeKind.METRIC_LOST], "value lost", "values lost"),
        (kinds[ChangeKind.VALUE_ADDED], "value added", "values added"),
        (kinds[ChangeKind.RUN_UNFINISHED], "run unfinished", "runs unfinished"),
    )
    parts = [plural(number, one, many) for number, one, many in counts if number]
    return ", ".join(parts) or "no value changed"


def direction_of_all(verdict: Verdict) -> str:
    """Return which way most runs moved, where at least ten and half of all values changed.

    A sign test in which each run has one vote, since the metrics of a run move together.
    """
    votes: Counter[tuple[str, str]] = Counter()
    changed = [one for one in verdict.changes if one.kind is ChangeKind.VALUE_CHANGED]
    for one in changed:
        if one.better is not None and not reason(one, verdict).startswith("other "):
            votes[one.place] += 1 if one.better else -1
    worse, better = (sum(sign * vote > 0 for vote in votes.values()) for sign in (-1, 1))
    if worse + better < MOST_OF_ALL or 2 * len(changed) < verdict.compared:
        return ""
    from scipy.special import bdtr

    from results_bot.judge.significance import ALPHA

    p = min(1.0, 2 * float(bdtr(min(worse, better), worse + better, 0.5)))
    way = "no direction" if p > ALPHA else "mostly worse" if worse > better else "mostly better"
    runs = f"{len(votes):,} runs were measured again: {worse:,} worse in most of their metrics"
    return f"{runs}, {better:,} better; {way} (sign test, {p_text(p)})"


def counted_sentence(verdict: Verdict) -> str:
    """Return `counted` as a sentence, after one on the direction of all."""
    whole, line = direction_of_all(verdict), counted(verdict)
    return f"{whole}{'. ' if whole else ''}{line[:1].upper()}{line[1:]}."


def put_back(changes: Sequence[Change]) -> str:
    """Return a sentence on values that the page alone had; empty without any."""
    named = [
        f"{change.run} {change.metric.title} {text(change.before)} to {text(change.after)}"
        for change in changes
        if change.metric
    ]
    were = plural(len(named), "value was", "values were")
    some = joined(named, MOST_PUT_BACK)
    return f"{were} edited on the page only, and put back: {some}." if named else ""


def counted_problems(problems: Sequence[Problem]) -> str:
    """Return `1 job left no results, 2 files could not be read`."""
    count = Counter(problem.kind for problem in problems)
    missing = "is" if count["artifact"] == 1 else "are"
    parts = (
        count["job"] and f"{plural(count['job'], 'job')} left no results",
        count["artifact"] and f"{plural(count['artifact'], 'artifact')} {missing} missing",
        count["file"] and f"{plural(count['file'], 'file')} could not be read",
    )
    return ", ".join(part for part in parts if part)


def _over(found: Evidence) -> str:
    """Return ` over 10,000 samples a side`, ` over 80 pairs` or `, 3 vs 5 seeds`."""
    unit = found.unit or _UNITS.get(found.kind, "")
    if found.sides is None:
        return f" over {found.n:,} {unit}" if found.n else ""
    before, after = found.sides
    if before == after and found.kind is EvidenceKind.COUNTS:
        return f" over {before:,} {unit} a side"
    return f", {before:,} vs {after:,} {unit}"


def evidence(finding: Finding, metric: Metric | None) -> str:
    """Return `Student's t-test, 3 vs 3 seeds: 95 % interval -5.1 pp to -3.4 pp, p < 0.001`.

    Empty without evidence. The p-value is adjusted for the comparisons of the report.
    """
    found = finding.evidence
    if found is None:
        return ""
    if found.kind is EvidenceKind.TOLERANCE:
        folded = any("±" in (text or "") for text in (finding.before, finding.after))
        sides = "" if folded else "one run on each side: "
        by = "its size, noise is unknown" if found.test == "size alone" else "the tolerance only"
        return f"{sides}judged by {by}"
    spec = metric.format if metric else ".4g"
    parts = []
    if found.interval is not None:
        low, high = (cells.signed(bound, spec) for bound in found.interval)
        against = " against their mean" * (found.kind is EvidenceKind.HISTORY)
        parts.append(f"95 % interval{against} {low} to {high}")
    if found.p_value is not None:
        parts.append(p_text(found.p_value, found.adjusted_p))
    if found.kind is EvidenceKind.PAIRED:
        parts.append("another training may differ")
    spread = "" if found.spread is None else cells.size(found.spread, spec)
    if found.kind is EvidenceKind.HISTORY:
        start = f"{found.n:,} earlier values on the base branch spread by {spread}"
    elif found.kind is EvidenceKind.SIBLINGS:
        start = f"seeds of other rows spread by {spread}"
    else:
        start = f"{found.test}{_over(found)}"
    return f"{start}: {', '.join(parts)}"
