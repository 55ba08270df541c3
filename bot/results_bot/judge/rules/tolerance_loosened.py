"""The configuration lets more pass than it did, in the very change that is judged by it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import isfinite

from results_bot.config import PAGES, Config, SectionTable
from results_bot.judge.case import Case
from results_bot.judge.hit import Hit
from results_bot.judge.phrases import RANK, listed
from results_bot.judge.severity import severity_of
from results_bot.metric_names import Role, number_format, role
from results_bot.model import Direction, Metric, Severity, Tolerance

ID = "tolerance-loosened"
SEVERITY = Severity.FAILURE
EXPLANATION = (
    "A tolerance was raised, a direction turned round or taken away, a rule switched off or "
    "lowered (this one included), a metric shown with fewer digits or read from elsewhere, runs no "
    "longer read, or another page kept, in the same change. That may be right, and somebody else "
    "should say so."
)
TIP = "Approve it, or take it to a change of its own."
WATCHES_CONFIG = True


def findings(case: Case) -> Iterator[Hit]:
    """Yield one hit for each thing that was loosened in one way, and one for each rule."""
    if case.base_config is None:
        return
    loosened: dict[tuple[str, str, str], list[tuple[str, Metric]]] = {}
    examples: dict[tuple[str, str, str], str] = {}
    for section in case.head.summary.sections:
        new_table, old_table = (
            _table(config.sections, section.id) for config in (case.config, case.base_config)
        )
        for key in (metric.key for metric in section.metrics):
            old, new = case.base_config.metric(key, old_table), case.config.metric(key, new_table)
            numbers = _numbers(case, section.id, key)
            found = [*_loosened(old, new, numbers)]
            if _is_shown(case, section.id, key):
                found += [(what, "") for what in _hidden(old, new, numbers)]
            for what, example in found:
                loosened.setdefault(what, []).append((section.id, new))
                examples.setdefault(what, example)
    for said, places in loosened.items():
        yield _hit(*said, places, examples[said])
    yield from _reading(case.base_config, case.config)
    yield from _rules(case.base_config, case.config, case.defaults)


def _numbers(case: Case, section_id: str, key: str) -> set[float]:
    """Return how great the values of a metric are on either side."""
    sections = (side.summary.section(section_id) for side in (case.base, case.head))
    values = (row.values.get(key) for section in sections if section for row in section.rows)
    numbers = (abs(value.number) for value in values if value and value.number is not None)
    return {number for number in numbers if isfinite(number)}


def _loosened(
    old: Metric, new: Metric, numbers: Collection[float]
) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Yield what was loosened, what it was and what it is, and an example where it needs one.

    Only of metrics that were judged; `numbers` are how great their values are.
    """
    if old.direction is Direction.UNKNOWN or role(old.key) is Role.COUNT:
        return
    if new.direction is not old.direction:
        yield ("Direction", str(old.direction), str(new.direction)), ""
    was, now = old.tolerance, new.tolerance
    words = ("Tolerance", _said(was), _said(now))
    if now.relative >= was.relative and now.absolute >= was.absolute:
        if now != was:
            yield words, ""
    elif now.relative > was.relative or now.absolute > was.absolute:
        # One floor went up and one down: the values tell which of them counts.
        looser = [one for one in numbers if _passes(now, one) > _passes(was, one)]
        if looser:
            at = min(looser)
            yield words, f"; at {at:.4g}, from {_passes(was, at):.4g} to {_passes(now, at):.4g}"


def _passes(tolerance: Tolerance, value: float) -> float:
    """Return the greatest difference from `value` that counts as none."""
    return max(tolerance.absolute, tolerance.relative * value)


def _is_shown(case: Case, section_id: str, key: str) -> bool:
    """Tell whether the base page had the metric, so that there is something to hide."""
    section = case.base.summary.section(section_id)
    return section is not None and section.metric(key) is not None


def _hidden(old: Metric, new: Metric, numbers: Collection[float]) -> Iterator[tuple[str, str, str]]:
    """Yield what keeps a change of the metric from being seen on the page.

    Where no format was set, the values, whose magnitudes are `numbers`, chose it.
    """
    if set(old.sources) - set(new.sources):
        yield "Sources", listed(old.sources), listed(new.sources) or "none"
    before = old.format or number_format(old.key, list(numbers))
    if new.format and _digits(new.format) < _digits(before):
        yield "Format", old.format or "chosen by the values", new.format


def _digits(format_: str) -> int:
    """Return the decimals that a format shows of a share."""
    found = re.search(r"\.(\d+)", format_)
    return (int(found[1]) if found else 0) + 2 * format_.endswith("%")


def _reading(old: Config, new: Config) -> Iterator[Hit]:
    """Yield one hit for another page, and one a section for runs that are no longer read."""
    same = (old.page, "") if old.page in PAGES else (old.page,)
    if old.page and new.page not in same:
        was, now = (config.page or PAGES[0] for config in (old, new))
        yield Hit("", f"Page changed from {was} to {now}", (), None, was, now)
    read = {pattern for table in new.sections for pattern in table.runs}
    for table in old.sections:
        if lost := [pattern for pattern in table.runs if pattern not in read]:
            message = f"Section {table.id} no longer reads {listed(lost)}"
            now = ", ".join(sorted(read)) or "the usual folders"
            yield Hit(table.id, message, (), None, ", ".join(table.runs), now)


def _hit(what: str, was: str, now: str, places: Sequence[tuple[str, Metric]], example: str) -> Hit:
    sections = dict.fromkeys(section_id for section_id, _ in places)
    titles = {metric.key: metric.title for _, metric in places}
    verb = "raised" if what == "Tolerance" else "changed"
    return Hit(
        next(iter(sections)) if len(sections) == 1 else "",
        f"{what} of {listed(list(titles.values()))} {verb} from {was} to {now}{example}",
        (),
        # An approval is bound to what was loosened, not only to how far.
        ", ".join(titles),
        was,
        now,
    )


def _rules(old: Config, new: Config, defaults: Mapping[str, Severity]) -> Iterator[Hit]:
    for rule in dict.fromkeys([*old.rules, *new.rules]):
        default = defaults.get(rule, Severity.WARNING)
        before, after = severity_of(rule, default, old), severity_of(rule, default, new)
        if _rank(after) < _rank(before):
            message = (
                f"Rule {rule} lowered from {before} to {after}"
                if after
                else (f"Rule {rule} switched off; it was {before}")
            )
            yield Hit("", message, (), None, f"{rule} = {before}", f"{rule} = {after or 'off'}")


def _rank(severity: Severity | None) -> int:
    return 0 if severity is None else RANK[severity]


def _said(tolerance: Tolerance) -> str:
    """Return `1%`, `0.001`, or `1% and 0.001` where both floors must be passed."""
    relative = f"{tolerance.relative * 100:g}%" if tolerance.relative else ""
    absolute = f"{tolerance.absolute:g}" if tolerance.absolute else ""
    return " and ".join(filter(None, (relative, absolute))) or "0%"


def _table(tables: Sequence[SectionTable], section_id: str) -> SectionTable | None:
    """Return the table that a section was made from: its own, or the one it is a folder of."""
    fitting = [
        table for table in tables if section_id == table.id or section_id.startswith(f"{table.id}/")
    ]
    return max(fitting, key=lambda table: len(table.id), default=None)
