"""The table of a section: a pandas DataFrame to compute with, and rows to read.

Imports nothing of the project, so that the vocabulary in `model` can hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, overload

import msgspec

if TYPE_CHECKING:
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
    """The cells of a section as a DataFrame: a row a run, a column a metric or setting.

    The index holds the names of the runs as the page shows them, in its order; the columns are the
    keys of the metrics and settings. `texts`, `numbers`, `std` and `n` are frames of the same shape
    with one field of each cell.

    A missing value and a NaN value are kept apart here and nowhere else: a cell is a `Value`, also
    where it was measured as NaN, and a missing one is None. `numbers` is NaN for both.

    As a sequence, a table holds `Row` values, which are made on first use.
    """

    def __init__(
        self,
        cells: pd.DataFrame,
        paths: Sequence[str | None],
        replicates: Mapping[str, Table] | None = None,
    ) -> None:
        """Keep a frame of cells with what its rows have beside them."""
        self.cells = cells
        self.paths = tuple(paths)
        """The folder of each row's artifacts; None where only the page remembers the run."""
        self.replicates = dict(replicates or {})
        """The runs of the single seeds, by the name of the row that they are folded into."""

    @classmethod
    def of(cls, rows: Iterable[Row], keys: Iterable[str] = ()) -> Table:
        """Return rows as a table, with the columns `keys` and what else the rows hold."""
        import pandas as pd

        rows = tuple(rows)
        held = (key for row in rows for key in row.values)
        columns = [*dict.fromkeys(chain(keys, held))]
        cells = pd.DataFrame(
            [[row.values.get(key) for key in columns] for row in rows],
            # Of dtype object: no name is taken for a missing one.
            pd.Index([row.run for row in rows], dtype=object),
            pd.Index(columns, dtype=object),
            dtype=object,
        )
        replicates = {row.run: cls.of(row.replicates, columns) for row in rows if row.replicates}
        return cls(cells, [row.path for row in rows], replicates)

    @property
    def names(self) -> list[str]:
        """The names of the runs as shown, row by row."""
        names: list[str] = self.cells.index.tolist()
        return names

    @cached_property
    def texts(self) -> pd.DataFrame:
        """What the page shows; None for a missing cell."""
        return self._field("text", object)

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """The numbers, as float64: at full precision if exact, otherwise as on the page."""
        return self._field("number", float)

    @cached_property
    def std(self) -> pd.DataFrame:
        """The spread of folded seeds, as float64."""
        return self._field("std", float)

    @cached_property
    def n(self) -> pd.DataFrame:
        """The number of folded seeds, as float64."""
        return self._field("n", float)

    def _field(self, name: str, dtype: type) -> pd.DataFrame:
        import pandas as pd

        lines = self.cells.to_numpy().tolist()
        found = [[getattr(cell, name, None) for cell in line] for line in lines]
        return pd.DataFrame(found, self.cells.index, self.cells.columns, dtype=dtype)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows as values."""
        keys = self.cells.columns.tolist()
        lines = zip(self.names, self.paths, self.cells.to_numpy().tolist(), strict=True)
        return tuple(
            Row(
                name,
                {key: cell for key, cell in zip(keys, line, strict=True) if cell is not None},
                path,
                self.replicates[name].rows if name in self.replicates else (),
            )
            for name, path, line in lines
        )

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        return self.rows[at]

    def __len__(self) -> int:
        return len(self.cells)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented if not isinstance(other, tuple) else self.rows == other
        return self is other or self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]
