"""How much a value moves from training to training: by the page's history, by sibling rows.

A row's earlier values come from the versions of the page on the base branch, so that a pull request
never feeds its own noise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise
from math import inf, sqrt
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from results_bot.errors import PageError
from results_bot.judge.change_points import change_points
from results_bot.judge.evidence.independent import (
    HUGE,
    Moments,
    mirrored,
    moments,
    one_against_several,
)
from results_bot.judge.moves import FEWEST as FEWEST_CELLS
from results_bot.judge.progress import p_of_trend, steps
from results_bot.metric_names import is_cost, is_fraction
from results_bot.model import (
    SETTING_PREFIX,
    Direction,
    Evidence,
    EvidenceKind,
    Metric,
    Value,
)
from results_bot.page import cells
from results_bot.page.document import OWN, parse_page
from results_bot.page.markdown import TableText, parse
from results_bot.page.replicates import defines_experiment
from results_bot.page.section import Place, Section

FEWEST = 4
"""Earlier values from which their spread is used."""
MOST = 40
"""More values add nothing."""
CERTAIN = 0.00001
"""p-value of steps to the better. One odd value taken for a step makes the next a false alarm."""
LIKELY = 0.015
"""p-value of progress without clear steps: from five values on, each better than the one before."""
CHANGED = 0.01
"""p-value of a change point. A page has many series, and at 5 % many would be split for nothing."""
ENOUGH = 8
"""Degrees of freedom from which older levels are left out."""
CAUTION = 2
"""p-values of sibling rows, and of fewer than 8 earlier values, are multiplied by it: so few are
often closer together than their noise, which shows in reports of many values."""
NEAR = 4
"""Spreads from the bound of a metric within which its noise leans away from the bound."""
POINTS = 0.1
"""Change of a fraction that exceeds noise, where nothing is known about it."""
_TEST_SET = "Samples"
"""Last word of the columns that count the samples of a test set."""

Levels = tuple[tuple[float, ...], ...]
"""Values of one row and metric, the oldest first, split where their level changed."""


class Spread(NamedTuple):
    """A standard deviation from training to training, and its degrees of freedom."""

    std: float
    freedom: int


class PastPage(msgspec.Struct, frozen=True):
    """The rows of one version of the page."""

    titles: Mapping[str, tuple[str, ...]]
    """Of each section's columns."""
    rows: Mapping[Place, tuple[str, ...]]
    """The cells of each row, without its name."""
    approved: bool = False
    """The commit carries an approval of what got worse in it."""

    def cells(self, place: Place) -> dict[str, str]:
        """Return a row's cells by the titles of their columns."""
        return dict(zip(self.titles[place[0]], self.rows[place], strict=False))


def past_pages(versions: Iterable[tuple[str, bool]]) -> Iterable[PastPage]:
    """Yield the rows of versions of the page, given as text and whether drops were approved.

    A version whose markers are broken is left out. A table that did not change is parsed once.
    """
    known: dict[str, TableText] = {}
    for text, approved in versions:
        try:
            blocks = parse_page(text).blocks
        except PageError:
            continue
        contents = {key: one.content for key, one in blocks.items() if key not in OWN}
        known = {one: known.get(one) or parse(one) for one in contents.values()}
        tables = {key: known[one] for key, one in contents.items()}
        rows = {(key, row[0]): row[1:] for key, one in tables.items() for row in one.rows}
        yield PastPage({key: one.header[1:] for key, one in tables.items()}, rows, approved)


class _Trail:
    """One row on its way back through the versions of the page."""

    def __init__(self, place: Place, section: Section) -> None:
        self.place, self.section = place, section
        self.metrics = [one for one in section.metrics if not one.is_setting]
        settings = (one for one in section.metrics if one.is_setting)
        self.settings = {one.title: one.key.removeprefix(SETTING_PREFIX) for one in settings}
        self.row: dict[str, str] = {}
        """The cells in the version seen last, by the titles of their columns."""
        self.levels: dict[str, list[list[float]]] = {one.key: [[]] for one in self.metrics}
        """By metric, the newest value first; split where their level changed."""

    def follow(self, page: PastPage, newer: PastPage | None) -> bool:
        """Take the values of one version more; False where the row ends or is of another recipe."""
        place = self.place if self.place in page.rows else self._renamed(page, newer)
        if place is None:
            return False
        row, after = page.cells(place), self.row
        for title in row.keys() & after.keys():
            texts = row[title], after[title]
            # The date of a training, or its best epoch, stands there as a setting but is no input.
            is_input = title in self.settings and all(
                defines_experiment(self.settings[title], text) for text in texts
            )
            if texts[0] != texts[1] and (is_input or title.endswith(_TEST_SET)):
                return False
        self.place, self.row = place, row
        pairs = [(one, _value(one, row), _value(one, after)) for one in self.metrics]
        # One training may be timed many times.
        tests = [one for one in pairs if not is_cost(one[0].key)] or pairs
        if after and not any(old and new and not cells.same(old, new) for _, old, new in tests):
            return True  # It was not measured again.
        for metric, old, new in pairs:
            levels = self.levels[metric.key]
            if old is None or old.n or sum(map(len, levels)) >= MOST:
                continue
            number = old.number or 0.0
            step = (new.number or 0.0) - number if new else None
            if newer and newer.approved and metric.better(step) is False:
                levels.append([])
            levels[-1].append(number)
        return True

    def _renamed(self, page: PastPage, newer: PastPage | None) -> Place | None:
        """Return where one row alone left with this row's very cells."""
        row = newer.rows[self.place] if newer else ()
        if newer is None or len(row) < FEWEST_CELLS:
            return None
        found = [one for one, cells in page.rows.items() if cells == row and one not in newer.rows]
        return found[0] if len(found) == 1 else None


def earlier_values(
    pages: Iterable[PastPage], wanted: Mapping[Place, Section]
) -> dict[tuple[str, str, str], Levels]:
    """Return the earlier values of rows, by section, run and metric, with `pages` newest first.

    A row counts as measured again where any of its numbers changed. It is followed back through
    renames, to where its test set or an input that the page shows was another. `wanted` maps
    rows to their sections as the newest page has them.
    """
    trails = {place: _Trail(place, section) for place, section in wanted.items()}
    going, newer = dict(trails), None
    for page in pages:
        going = {place: trail for place, trail in going.items() if trail.follow(page, newer)}
        newer = page
        if not going:
            break
    return {
        (*place, one.key): _levels([levels[::-1] for levels in trail.levels[one.key][::-1]], one)
        for place, trail in trails.items()
        for one in trail.metrics
        if trail.levels[one.key][0]
    }


def _value(metric: Metric, row: Mapping[str, str]) -> Value | None:
    """Return a cell with a number that can be squared; None where there is none."""
    value = cells.parse(row.get(metric.title, cells.MISSING), metric.format)
    return value if value.number is not None and abs(value.number) < HUGE else None


def _levels(approved: Sequence[Sequence[float]], metric: Metric) -> Levels:
    """Split the parts between approved drops at their change points too.

    Progress is no noise either: it would excuse its own loss.
    """
    *older, newest = approved
    levels = [level for values in older for level in _at_changes(values)]
    last = _at_progress(newest, metric)
    if not last:
        last = _at_changes(newest)
        if len(last) > 1:
            last[-1:] = _at_progress(last[-1], metric) or last[-1:]
    return (*levels, *last)


def _at_changes(values: Sequence[float]) -> list[tuple[float, ...]]:
    return _split(values, [one.at for one in change_points(values) if one.p_value <= CHANGED])


def _at_progress(values: Sequence[float], metric: Metric) -> list[tuple[float, ...]]:
    """Split values where they certainly got better by steps.

    Of values that likely got better bit by bit, one level: what they are around their end. Nothing
    where they did neither.
    """
    if metric.direction is Direction.UNKNOWN:
        return []
    rising = values if metric.direction is Direction.HIGHER else [-one for one in values]
    found = steps(rising)
    if min(found.p_value, p_of_trend(rising)) > LIKELY:
        return []
    # Differences of differences hardly see a smooth curve. Those of noise spread sqrt(6) times as
    # wide as it, and the level is known from one value: its error doubles the variance.
    triples = zip(values, values[1:], values[2:], strict=False)
    bends = [(first - 2 * second + third) / sqrt(3) for first, second, third in triples]
    bend = moments(bends)
    if found.p_value <= CERTAIN and found.std <= bend.std:
        return _split(values, found.starts)
    return [tuple(values[-1] + one - bend.mean for one in bends)]


def _split(values: Sequence[float], starts: Sequence[int]) -> list[tuple[float, ...]]:
    return [tuple(values[start:end]) for start, end in pairwise([0, *starts, len(values)])]


def spread_within(levels: Levels) -> Spread | None:
    """Return the spread of the newest levels that have enough values; None if none have.

    It is at least the smallest step between two values, since a share of few samples moves in
    steps.
    """
    scatter, freedom = 0.0, 0
    for level in reversed(levels):
        one = moments(level)
        scatter, freedom = scatter + one.std**2 * (one.n - 1), freedom + one.n - 1
        if freedom >= ENOUGH:
            break
    if freedom < FEWEST - 1 or not scatter > 0:
        return None
    values = sorted({value for level in levels for value in level})
    step = min((high - low for low, high in pairwise(values)), default=0.0)
    return Spread(max(sqrt(scatter / freedom), step), freedom)


def spreads_of_seeds(section: Section) -> dict[str, Spread]:
    """Return the largest spread of the seeds of a section's rows, by metric, where known.

    Rows differ in their noise, so that a pooled spread would raise false alarms on the wider ones.
    The degrees of freedom are those of all rows.
    """
    sums: dict[str, tuple[float, int]] = {}
    for row in section.rows:
        for key, value in row.values.items():
            if value.std is not None and value.n and 0 <= value.std < HUGE:
                largest, freedom = sums.get(key, (0.0, 0))
                sums[key] = max(largest, value.std), freedom + value.n - 1
    return {key: Spread(*one) for key, one in sums.items() if one[0] and one[1] >= FEWEST - 1}


def is_huge(before: float, after: float, metric: Metric) -> bool:
    """Return True if a change exceeds the noise of trainings, whatever they are of.

    A fraction moved by more than 10 points, or anything else doubled, halved, or got worse through
    0 from more than 0.1: smaller values may just vary around 0, as an R2 does. Among 12 kinds of
    real trainings nothing smaller holds: the log loss of one varied by 27 % (docs/verdicts.md).
    """
    if is_fraction(metric.key):
        whole = 100.0 if 1 < max(before, after) <= 100 else 1.0
        return abs(after - before) > POINTS * whole
    if before * after > 0:
        small, large = sorted(map(abs, (before, after)))
        return large > 2 * small
    return abs(before) > POINTS and metric.better(after - before) is False


def history(before: float, after: float, levels: Levels, metric: Metric) -> Evidence | None:
    """Test whether a new value is one more of a row's earlier values, of which `before` is one.

    A change towards their mean is no evidence of anything: its p-value is 1.
    """
    spread = spread_within(levels)
    if spread is None:
        return None
    newest = moments(levels[-1])
    scale = _scale(newest.mean, spread.std, [after, *chain(*levels)], metric)
    new, scaled = scale.on(after), tuple(tuple(map(scale.on, one)) for one in levels)
    even = spread_within(scaled) or spread
    caution = CAUTION if spread.freedom < ENOUGH - 1 else 1
    several = moments(scaled[-1])._replace(std=even.std)
    found = mirrored(one_against_several(new, several, even.freedom, caution))
    if found is None or found.interval is None:
        return None
    low, high = (after - scale.off(new - end) for end in found.interval)
    return replace(
        found,
        kind=EvidenceKind.HISTORY,
        p_value=found.p_value if (after - newest.mean) * (after - before) > 0 else 1.0,
        interval=(low, high),
        n=sum(map(len, levels)),
        sides=None,
        spread=spread.std,
    )


class _Scale(NamedTuple):
    """Where the noise of a metric is even: near a bound, the roots of the distances to it.

    An AUROC of 0.998 can fall by more than it can rise. Both functions are increasing.
    """

    bound: float | None = None
    side: int = 1
    """1 above the bound, -1 below it."""

    def on(self, value: float) -> float:
        """Return a value on this scale."""
        return value if self.bound is None else self.side * sqrt(abs(value - self.bound))

    def off(self, scaled: float) -> float:
        """Return the value that is `scaled` on this scale."""
        if self.bound is None:
            return scaled
        return self.bound + self.side * max(0.0, self.side * scaled) ** 2


def _scale(mean: float, spread: float, values: Sequence[float], metric: Metric) -> _Scale:
    """Return the scale of values of a metric; their own unless all lie inside a bound near it."""
    least, most = 0.0, 100.0 if max(values) > 1 else 1.0
    if is_fraction(metric.key):
        bounds = [_Scale(least), _Scale(most, -1)]
        inside = least <= min(values) and max(values) <= most
    else:
        bounds = [_Scale(least)] if metric.direction is Direction.LOWER else []
        inside = least <= min(values)
    near = [(abs(mean - one.bound), one) for one in bounds if one.bound is not None]
    distance, found = min(near, default=(inf, _Scale()))
    return found if inside and distance < NEAR * spread else _Scale()


def siblings(before: float, after: float, spread: Spread | None) -> Evidence | None:
    """Compare two single trainings by the spread of the seeds of sibling rows."""
    if spread is None:
        return None
    found = one_against_several(before, Moments(after, spread.std, 1), spread.freedom, CAUTION)
    kind, test, n = EvidenceKind.SIBLINGS, "Student's t-test", spread.freedom
    return found and replace(found, kind=kind, test=test, n=n, sides=None)
