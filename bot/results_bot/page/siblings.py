"""The rows of one section beside each other: their numbers column by column."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, chain, compress
from math import isfinite, nan
from typing import overload

import msgspec

from results_bot.metric_names import split_of, tokens
from results_bot.model import Direction, Metric, Run, Section
from results_bot.numbers import are_finite
from results_bot.page import cells, rows
from results_bot.page.cells import MISSING
from results_bot.page.readings import Readings
from results_bot.page.table_md import TableText
from results_bot.page.tables import text_of
from results_bot.table import Row

_SAME = {"valid": "val", "validation": "val", "dev": "val"}


class Siblings:
    """One section with the runs behind its rows; rules ask for the same columns again and again."""

    def __init__(
        self,
        section: Section,
        runs: Mapping[tuple[str, str], Run],
        shown: TableText | None = None,
    ) -> None:
        """Keep the section, those of all `runs` that are its own, and what its block shows."""
        self.section = section
        self._shown = shown
        self._behind = runs
        self._formats = {metric.key: metric.format for metric in reversed(section.metrics)}
        self._numbers: dict[str, list[float | None]] = {}
        self._compared: dict[str, Compared] = {}
        self._made: dict[int, Member] = {}

    @cached_property
    def runs(self) -> Sequence[Run | None]:
        """The run behind each row, None where its artifacts are not here."""
        behind, section_id = self._behind, self.section.id
        return [behind.get((section_id, name)) if behind else None for name in self.names]

    @cached_property
    def names(self) -> Sequence[str]:
        """The names of the rows."""
        return rows.names(self.section.rows)

    @cached_property
    def members(self) -> Members:
        """The rows in their order."""
        return Members([(self, range(len(self.section.rows)))])

    def member_at(self, at: int) -> Member:
        """Return the row at a place, from 0; it is one and the same each time."""
        member = self._made.get(at)
        if member is None:
            member = self._made[at] = Member(self, at)
        return member

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: at for at, name in enumerate(self.names)}

    @cached_property
    def are_all_here(self) -> bool:
        """Tell whether there is a run behind every row."""
        return None not in self.runs

    @cached_property
    def have_predictions(self) -> bool:
        """Tell whether any run left predictions."""
        return any(run.predictions for run in self.runs if run)

    def member(self, name: str) -> Member | None:
        """Return the row of this name, or None."""
        at = self._places.get(name)
        return None if at is None else self.member_at(at)

    @cached_property
    def _texts(self) -> dict[str, Sequence[str | None]]:
        """What the cells show, by column."""
        lines = (self._shown or text_of(self.section)).rows
        columns = zip(*lines, strict=True)
        next(columns, None)  # The names.
        keys = [metric.key for metric in self.section.metrics]
        return {
            key: [None if text == MISSING else text for text in column]
            if MISSING in column
            else column
            for key, column in zip(keys, columns, strict=bool(lines))
        }

    def texts(self, key: str) -> Sequence[str | None]:
        """Return what the cell of each row shows in a column; None where it has none."""
        if key not in self._texts:
            self._texts[key] = rows.texts(self.section.rows, key)
        return self._texts[key]

    def numbers(self, key: str) -> list[float | None]:
        """Return a number for each row: as the page shows it, else the reading of a run."""
        column = self._numbers.get(key)
        if column is None:
            texts = self.texts(key)
            shown = [text for text in texts if text is not None]
            column = cells.numbers(shown, self._formats.get(key, ""))
            if len(shown) < len(texts):
                left = iter(column)
                column = [
                    _reading(run, key) if text is None else next(left)
                    for text, run in zip(texts, self.runs, strict=True)
                ]
            self._numbers[key] = column
        return column

    def compared(self, key: str) -> Compared:
        """Return the rows that have an ordinary number in a column."""
        found = self._compared.get(key)
        if found is None:
            found = _finite(self.members, self.numbers(key), self.texts(key))
            self._compared[key] = found
        return found

    def commonest(self, key: str) -> tuple[int, int]:
        """Return how many rows show the commonest text of a column, and how many show a number."""
        texts, numbers = self.texts(key), self.numbers(key)
        if are_finite(numbers):
            shown = len(texts) - texts.count(None)  # The usual case, told all at once.
        else:
            both = zip(texts, (one is not None and isfinite(one) for one in numbers), strict=True)
            shown = sum(finite for text, finite in both if text is not None)
        count = Counter(texts)
        count.pop(None, None)
        return max(count.values(), default=0), shown

    def is_finite(self, key: str) -> bool:
        """Tell whether every row has one."""
        return len(self.compared(key).members) == len(self.section.rows)

    @cached_property
    def readings(self) -> Readings:
        """What the runs tell that are here, column by column in the order of the rows."""
        return Readings([run for run in self.runs if run])

    @cached_property
    def _counts(self) -> list[Counts]:
        counting = {_counting(kind) for kind in self.readings.shapes}
        if len(counting) != 1 or not self.are_all_here:
            return [_counts_of(run) for run in self.runs]
        names = counting.pop()
        if not names:
            return [_by_split((), ())] * len(self.runs)
        lines = [*zip(*[self.readings.numbers(name) for name in names], strict=True)]
        known = {values: _by_split(names, values) for values in set(lines)}
        if len(known) == 1:
            return [*known.values()] * len(lines)
        return [known[values] for values in lines]

    @cached_property
    def sample_counts(self) -> list[int | None]:
        """The number of test samples of each row, as the artifacts say."""
        return [counts.tested for counts in self._counts]

    def samples_in(self, split: str | None, places: Iterable[int]) -> int | None:
        """Return a split's number of samples, where it is one and the same in all of some rows."""
        if self._same_counts is not None:
            return self._same_counts.samples_in(split)
        found = {self._counts[at].samples_in(split) for at in places}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def _same_counts(self) -> Counts | None:
        """The counts that all rows have; None where they differ."""
        every = set(self._counts)
        return every.pop() if len(every) == 1 else None

    @cached_property
    def usual_count(self) -> int | None:
        """The sample count that more than half of those known are; None where there is none."""
        counts = Counter(self.sample_counts)
        counts.pop(None, None)
        usual, times = max(counts.items(), key=lambda item: item[1], default=(None, 0))
        return usual if times * 2 > counts.total() else None


class Member:
    """One row with the section it stands in and the run behind it, where that is here."""

    __slots__ = ("_siblings", "at")

    def __init__(self, siblings: Siblings, at: int) -> None:
        """Know the row that stands `at` this place of its section, from 0."""
        self._siblings, self.at = siblings, at

    def is_of(self, siblings: Siblings) -> bool:
        """Tell whether it is a row of this section."""
        return self._siblings is siblings

    @property
    def section(self) -> Section:
        """The section that it stands in."""
        return self._siblings.section

    @property
    def row(self) -> Row:
        """The row itself."""
        return self._siblings.section.rows[self.at]

    @property
    def run(self) -> Run | None:
        """The run behind it, where its artifacts are here."""
        return self._siblings.runs[self.at]

    @property
    def name(self) -> str:
        """The run's name as shown."""
        return self._siblings.names[self.at]

    def text(self, key: str) -> str | None:
        """Return what its cell shows in a column; None where it has none."""
        return self._siblings.texts(key)[self.at]

    def number(self, key: str) -> float | None:
        """Return a column's value as the page shows it, else a reading of a run that is here.

        Rounded on purpose: what is said of a page must follow from the page, and must not change
        on a machine that lacks the artifacts.
        """
        return self._siblings.numbers(key)[self.at]

    @property
    def sample_count(self) -> int | None:
        """The number of test samples, as the artifacts say."""
        return self._counts.tested

    def samples_in(self, split: str | None) -> int | None:
        """Return the number of samples of a data split; of one that is not named, the test's."""
        return self._counts.samples_in(split)

    @property
    def _counts(self) -> Counts:
        return _counts_of(self.run)


class Members(Sequence[Member]):
    """Rows of one or several sections in a row; who looks at few of them makes few of them."""

    def __init__(self, parts: Sequence[tuple[Siblings, Sequence[int]]]) -> None:
        """Take from each section the rows at some places, from 0."""
        self.parts = parts
        self._ends = list(accumulate(len(places) for _, places in parts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, at: int) -> Member: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Member]: ...

    def __getitem__(self, at: int | slice) -> Member | Sequence[Member]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        place = range(len(self))[at]
        part = bisect_right(self._ends, place)
        siblings, places = self.parts[part]
        return siblings.member_at(places[place - self._ends[part] + len(places)])

    def __iter__(self) -> Iterator[Member]:
        for siblings, places in self.parts:
            yield from map(siblings.member_at, places)

    def __contains__(self, member: object) -> bool:
        return isinstance(member, Member) and any(
            member.is_of(siblings) and member.at in places for siblings, places in self.parts
        )

    def where(self, kept: Sequence[bool]) -> Members:
        """Return the rows of a single section for which something holds."""
        return Members([(one, list(compress(places, kept))) for one, places in self.parts])


class Compared(msgspec.Struct, frozen=True):
    """Runs whose values of one metric compare with each other, with these values."""

    members: Members
    numbers: Sequence[float]
    texts: Sequence[str | None]
    """As the table shows them; None where only the artifacts have a value."""

    def costs(self, metric: Metric) -> Sequence[float]:
        """Return for each value a number that is smaller for better ones."""
        if metric.direction is Direction.HIGHER:
            return [-number for number in self.numbers]
        return self.numbers

    def best(self, metric: Metric) -> Member | None:
        """Return the run with the best value; of equals the one that stands first in the page."""
        if not self.members:
            return None
        least = max if metric.direction is Direction.HIGHER else min
        return self.members[self.numbers.index(least(self.numbers))]

    def without(self, places: frozenset[int]) -> Compared:
        """Return the same without the rows at some places of the section."""
        if not places:
            return self
        kept = [at not in places for _, own in self.members.parts for at in own]
        numbers, texts = (list(compress(column, kept)) for column in (self.numbers, self.texts))
        return Compared(self.members.where(kept), numbers, texts)  # type: ignore[arg-type]


def _finite(
    members: Members, numbers: Sequence[float | None], texts: Sequence[str | None]
) -> Compared:
    """Return the runs whose values are ordinary numbers."""
    known = [nan if number is None else number for number in numbers]
    found = Compared(members, known, texts)
    # One that is not finite makes the sum so; a sum may overflow without any.
    if isfinite(sum(known)):
        return found
    return found.without(frozenset(at for at, one in enumerate(known) if not isfinite(one)))


def joined(parts: Sequence[Compared]) -> Compared:
    """Return the runs of several sections in a row."""
    if len(parts) == 1:
        return parts[0]
    return Compared(
        Members([one for part in parts for one in part.members.parts]),
        [*chain.from_iterable([part.numbers for part in parts])],
        [*chain.from_iterable([part.texts for part in parts])],
    )


class Counts(msgspec.Struct, frozen=True, eq=False):
    """How many samples a run was measured on; runs of a test set share one."""

    by_split: Mapping[str | None, int]
    tested: int | None
    """Those of the test split, else of the first that is named."""

    def samples_in(self, split: str | None) -> int | None:
        """Return the number of samples of a data split; of one that is not named, the test's."""
        if split is None:
            return self.tested
        return self.by_split.get(_SAME.get(split, split), self.by_split.get(None))


def _counts_of(run: Run | None) -> Counts:
    """Return the sample counts of a run."""
    names = _counting(tuple(run.readings)) if run else ()
    return _by_split(names, tuple([run.readings[name].value for name in names]) if run else ())


@lru_cache(maxsize=1_024)
def _counting(kind: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of a run's readings that count samples."""
    says = (("num", "samples"), ("n", "samples"))
    return tuple(name for name in kind if tokens(name)[-2:] in says)


@lru_cache(maxsize=1_024)
def _by_split(names: tuple[str, ...], values: tuple[float, ...]) -> Counts:
    """Return the counts by split, the first of each."""
    out: dict[str | None, int] = {}
    for name, value in zip(names, values, strict=True):
        split = split_of(name)
        if 1 <= value < float("inf"):
            out.setdefault(_SAME.get(split or "", split), int(value))
    return Counts(out, out["test"] if "test" in out else next(iter(out.values()), None))


def _reading(run: Run | None, key: str) -> float | None:
    found = run.readings.get(key) if run else None
    return None if found is None else found.value
