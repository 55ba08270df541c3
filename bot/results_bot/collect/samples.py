"""Prediction files: one line a sample, with prediction, target and per-sample metrics.

They are the evidence that separates a change from noise, and show a model that predicts one class.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from results_bot.metric_names import Role, role, tokens
from results_bot.model import Run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_PREDICTED = ("predicted", "prediction", "pred", "predictions", "preds", "hat", "output")
_TARGET = ("target", "label", "true", "truth", "actual", "gold", "labels", "expected")
_KEYS = frozenset("id index sample example key file filename path uid".split())
_NOT_A_CLASS = frozenset("probs prob probabilities logits scores id index".split())
MOST_KEPT = 4
"""Prediction files kept in memory at once."""
_NO_NUMBER = ["", "nan", "NaN", "NAN", "null", "None", "NA", "N/A"]
"""Only in columns of numbers: a class may well be called `None` or `NA`."""


class Samples(msgspec.Struct, frozen=True):
    """One run's predictions; all arrays have one entry a sample, in the file's order."""

    predicted: NDArray[Any]
    target: NDArray[Any]
    keys: NDArray[np.uint64] | None = None
    """Identity of each sample, hashed, if the file has a unique one."""
    values: dict[str, NDArray[np.float64]] = {}
    """Per-sample metrics by column: losses, divergences."""

    def __len__(self) -> int:
        return len(self.predicted)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each sample's prediction is its target."""
        import numpy as np

        return np.asarray(self.predicted == self.target, dtype=np.bool_)

    @property
    def single_class(self) -> str | None:
        """The class that is predicted for every sample; None if there are several."""
        first = self.predicted[0] if len(self) else None
        return str(first) if first is not None and bool((self.predicted == first).all()) else None

    def taken(self, order: NDArray[np.intp]) -> Samples:
        """Return the samples in another order."""
        return Samples(
            self.predicted[order],
            self.target[order],
            None if self.keys is None else self.keys[order],
            {name: column[order] for name, column in self.values.items()},
        )

    def shares(self) -> dict[str, float]:
        """Return how often each class is the target, as fractions."""
        import numpy as np

        labels, counts = np.unique(self.target, return_counts=True)
        return {
            str(label): int(count) / len(self) for label, count in zip(labels, counts, strict=True)
        }


def read_once(read: Callable[[Run], Samples | None]) -> Callable[[Run], Samples | None]:
    """Return a reader of predictions that keeps those of the last runs it was asked for."""
    runs: dict[str, Run] = {}

    @lru_cache(maxsize=MOST_KEPT)
    def by_path(path: str) -> Samples | None:
        return read(runs[path])

    def samples(run: Run) -> Samples | None:
        runs[run.path] = run
        return by_path(run.path)

    return samples


def samples_within(data: bytes, max_size: int) -> Samples | None:
    """Return the predictions in a CSV file of at most `max_size` bytes; None of a larger one."""
    return read_samples(data) if len(data) <= max_size else None


def read_samples(data: bytes) -> Samples | None:
    """Return the predictions in a CSV file; None where it does not hold any after all."""
    import pandas as pd

    try:
        header = list(pd.read_csv(io.BytesIO(data), nrows=0).columns)
        predicted, target = _column(header, _PREDICTED), _column(header, _TARGET)
        if predicted is None or target is None:
            return None
        measured = [name for name in header if role(name) is Role.METRIC]
        named = [name for name in header if not _KEYS.isdisjoint(tokens(name)[-1:])]
        table = pd.read_csv(
            io.BytesIO(data),
            usecols=list(dict.fromkeys([predicted, target, *measured, *named])),
            dtype={predicted: str, target: str},
            keep_default_na=False,
            na_values=dict.fromkeys(measured, _NO_NUMBER),
        )
    except (ValueError, pd.errors.ParserError, UnicodeDecodeError):
        return None
    if not len(table):
        return None
    key = next((table[name].astype(str) for name in named if table[name].is_unique), None)
    return Samples(
        _labels(table[predicted]),
        _labels(table[target]),
        # 64 bits a sample instead of a text: two of a million collide once in 10**7 files.
        None if key is None else pd.util.hash_array(key.to_numpy(object), categorize=False),
        {one: table[one].to_numpy("float64") for one in measured if table[one].dtype.kind in "fiu"},
    )


def _labels(column: pd.Series[Any]) -> NDArray[Any]:
    """Return the classes as objects, each class one object however often it comes."""
    import pandas as pd

    codes, classes = pd.factorize(column.to_numpy(dtype=object))
    return classes[codes]


def _column(header: list[str], wanted: tuple[str, ...]) -> str | None:
    """Return the column that names a class: `target_class` before `target_probs`."""
    fitting = [
        name
        for name in header
        if set(wanted).intersection(tokens(name)) and not _NOT_A_CLASS.intersection(tokens(name))
    ]
    classes = [name for name in fitting if {"class", "label"}.intersection(tokens(name))]
    return next(iter([*classes, *fitting]), None)
