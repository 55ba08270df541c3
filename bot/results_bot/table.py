"""The table of a section: pandas DataFrames for those who compute, rows for those who read.

Imports nothing of the project, so that the vocabulary in `model` can hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from math import isnan, nan
from typing import TYPE_CHECKING, overload

import msgspec

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class Value(msgspec.Struct, frozen=True, gc=False):
    """One cell: what the page shows and the number behind it."""

    text: str
    number: float | None = None
    """None where the cell holds no number."""
    std: float | None = None
    n: int | None = None
    """Number of replicates folded into this value."""
    exact: bool = False
    """The number is an artifact's own; otherwise it is the page's, rounded."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One run in a table."""

    run: str
    values: Mapping[str, Value] = {}
    """By metric key."""
    path: str | None = None
    """The folder of the artifacts; None where only the page remembers the run."""
    replicates: tuple[Row, ...] = ()
    """The runs of the single seeds, where this row is their mean."""


class Table(Sequence[Row]):
    """The cells of a section as DataFrames of one shape: a row a run, a column a metric.

    The index holds the names of the runs as the page shows them, in its order; the columns are the
    keys of the metrics and settings. All frames share both.

    - `numbers` (float64): at full precision where `exact`, otherwise rounded as on the page.
    - `texts` (object): what the page shows.
    - `exact` (bool): the number is an artifact's own.
    - `std`, `n` (float64): spread and count of folded seeds; None where no row is folded.

    A missing value and a NaN value are kept apart here and nowhere else: `numbers` is NaN for both.
    A missing cell is None in `texts`. A NaN that was measured has a text and is True in `measured`;
    a text without a number, such as a setting, is False there.

    As a sequence, a table holds `Row` values, which are made on first use.
    """

    def __init__(
        self,
        frames: Sequence[pd.DataFrame],
        paths: Sequence[str | None],
        replicates: Mapping[str, Table] | None = None,
    ) -> None:
        """Keep `texts`, `numbers`, `measured`, `exact` and, if a row is folded, `std` and `n`."""
        self._frames = tuple(frames)
        self.texts, self.numbers, self.measured, self.exact = self._frames[:4]
        self.std: pd.DataFrame | None = self._frames[4] if len(self._frames) > 4 else None
        self.n: pd.DataFrame | None = self._frames[5] if len(self._frames) > 4 else None
        self.paths = tuple(paths)
        """The folder of each row's artifacts; None where only the page remembers the run."""
        self.replicates = dict(replicates or {})
        """The runs of the single seeds, by the name of the row that they are folded into."""

    @classmethod
    def build(
        cls,
        names: Iterable[str],
        keys: Iterable[str],
        cells: Iterable[np.ndarray],
        paths: Sequence[str | None],
        replicates: Mapping[str, Table] | None = None,
    ) -> Table:
        """Return a table from arrays in the order of the frames; NaN throughout is no spread."""
        import numpy as np
        import pandas as pd

        # Of dtype object, as the texts: no name is taken for a missing one.
        index, columns = pd.Index([*names], dtype=object), pd.Index([*keys], dtype=object)
        texts, numbers, measured, exact, *spread = cells
        if spread and np.isnan(spread).all():
            spread = []
        frames = [pd.DataFrame(texts, index, columns, dtype=object)]
        frames += [pd.DataFrame(one, index, columns) for one in (numbers, measured, exact, *spread)]
        return cls(frames, paths, replicates)

    @classmethod
    def of(cls, rows: Iterable[Row], keys: Iterable[str] = ()) -> Table:
        """Return rows as a table, with the columns `keys` and what else the rows hold."""
        import numpy as np

        rows = tuple(rows)
        held = (key for row in rows for key in row.values)
        place = {key: at for at, key in enumerate(dict.fromkeys(chain(keys, held)))}
        shape = len(rows), len(place)
        numbers, std, n = (np.full(shape, nan) for _ in range(3))
        texts = np.full(shape, None, dtype=object)
        measured, exact = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        for line, row in enumerate(rows):
            for key, value in row.values.items():
                at = line, place[key]
                texts[at], exact[at] = value.text, value.exact
                numbers[at], std[at], n[at] = value.number, value.std, value.n
                measured[at] = value.number is not None
        return cls.build(
            [row.run for row in rows],
            place,
            (texts, numbers, measured, exact, std, n),
            [row.path for row in rows],
            {row.run: cls.of(row.replicates, place) for row in rows if row.replicates},
        )

    @property
    def names(self) -> list[str]:
        """The names of the runs as shown, row by row."""
        names: list[str] = self.texts.index.tolist()
        return names

    def take(self, places: list[int]) -> Table:
        """Return the rows at these places, in this order."""
        frames = [frame.iloc[places] for frame in self._frames]
        paths = [self.paths[at] for at in places]
        kept = {name: self.replicates[name] for name in frames[0].index if name in self.replicates}
        return Table(frames, paths, kept)

    def concat(self, other: Table) -> Table:
        """Return the rows of both, these first; the columns are the same."""
        import pandas as pd

        one, two = self._frames, other._frames
        one += tuple(self.numbers * nan for _ in range(len(two) - len(one)))
        two += tuple(other.numbers * nan for _ in range(len(one) - len(two)))
        # Of dtype object, which pandas' own guess would not be.
        index = pd.Index([*self.names, *other.names], dtype=object)
        frames = [pd.concat(both).set_axis(index) for both in zip(one, two, strict=True)]
        return Table(frames, self.paths + other.paths, {**self.replicates, **other.replicates})

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows as values."""
        keys = self.texts.columns.tolist()
        lines = zip(*[frame.to_numpy().tolist() for frame in self._frames], strict=True)
        out = []
        for name, path, columns in zip(self.names, self.paths, lines, strict=True):
            values: dict[str, Value] = {}
            for key, text, number, measured, exact, *spread in zip(keys, *columns, strict=True):
                if text is not None:
                    std, n = (None if isnan(one) else one for one in spread or (nan, nan))
                    count = None if n is None else int(n)
                    values[key] = Value(text, number if measured else None, std, count, exact)
            seeds = self.replicates.get(name)
            out.append(Row(name, values, path, () if seeds is None else seeds.rows))
        return tuple(out)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        return self.rows[at]

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __eq__(self, other: object) -> bool:
        """Compare cell by cell; a NaN equals a NaN."""
        if not isinstance(other, Table):
            return NotImplemented if not isinstance(other, tuple) else self.rows == other
        return self is other or (
            self.paths == other.paths
            and self.replicates == other.replicates
            and len(self._frames) == len(other._frames)
            and all(one.equals(two) for one, two in zip(self._frames, other._frames, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]
