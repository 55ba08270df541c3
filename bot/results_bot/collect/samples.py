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
_KEYS = ("id", "index", "sample", "example", "key", "file", "filename", "path", "uid")
_NOT_A_CLASS = frozenset("probs prob probabilities logits scores id index".split())
MOST_KEPT = 16
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


class Packed:
    """A run's predictions in a tenth of the memory, until they are needed."""

    def __init__(self, samples: Samples, like: Packed | None = None) -> None:
        """Pack `samples`; where it has the keys of `like`, both share them."""
        import numpy as np

        self._predicted, self._target = _coded(samples.predicted), _coded(samples.target)
        self._keys, self._values = samples.keys, samples.values
        known = like._keys if like else None
        if known is not None and samples.keys is not None and np.array_equal(known, samples.keys):
            self._keys = known

    def samples(self) -> Samples:
        """Return what was packed."""
        predicted, target = (classes[codes] for classes, codes in (self._predicted, self._target))
        return Samples(predicted, target, self._keys, self._values)


def read_once(read: Callable[[Run], Samples | None]) -> Callable[[Run], Samples | None]:
    """Return a reader of predictions that keeps those of the last runs it was asked for."""
    runs: dict[str, Run] = {}
    last: Packed | None = None

    @lru_cache(maxsize=MOST_KEPT)
    def by_path(path: str) -> Packed | None:
        nonlocal last
        found = read(runs[path])
        if found is None:
            return None
        last = Packed(found, last)
        return last

    def samples(run: Run) -> Samples | None:
        runs[run.path] = run
        packed = by_path(run.path)
        return None if packed is None else packed.samples()

    return samples


def _coded(labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the classes, and for each sample the number of its class."""
    import numpy as np
    import pandas as pd

    codes, classes = pd.factorize(labels, use_na_sentinel=False)
    return classes, codes.astype(np.min_scalar_type(len(classes)))


def samples_within(data: bytes, max_size: int) -> Samples | None:
    """Return the predictions in a CSV file of at most `max_size` bytes; None of a larger one."""
    return read_samples(data) if len(data) <= max_size else None


def read_samples(data: bytes, delimiter: str = ",") -> Samples | None:
    """Return the predictions in a CSV file; None where it does not hold any after all."""
    import pandas as pd

    try:
        header = list(pd.read_csv(io.BytesIO(data), sep=delimiter, nrows=0).columns)
        predicted, target = _column(header, _PREDICTED), _column(header, _TARGET)
        if predicted is None or target is None:
            return None
        wanted = [predicted, target, *_value_columns(header), *_key_columns(header)]
        table = pd.read_csv(
            io.BytesIO(data),
            sep=delimiter,
            usecols=list(dict.fromkeys(wanted)),
            dtype={predicted: str, target: str},
            keep_default_na=False,
            na_values=dict.fromkeys(_value_columns(header), _NO_NUMBER),
        )
    except (ValueError, pd.errors.ParserError, UnicodeDecodeError):
        return None
    return _samples(table, predicted, target, header) if len(table) else None


def _samples(table: pd.DataFrame, predicted: str, target: str, header: list[str]) -> Samples:
    values = {
        name: table[name].to_numpy(dtype="float64")
        for name in _value_columns(header)
        if table[name].dtype.kind in "fiu"
    }
    keys = next(
        (_hashed(table[name]) for name in _key_columns(header) if table[name].is_unique),
        None,
    )
    return Samples(_labels(table[predicted]), _labels(table[target]), keys, values)


def _labels(column: pd.Series[Any]) -> NDArray[Any]:
    """Return the classes as objects, each class one object however often it comes."""
    import pandas as pd

    codes, classes = pd.factorize(column.to_numpy(dtype=object))
    return classes[codes]


def _hashed(column: pd.Series[Any]) -> NDArray[np.uint64]:
    """Return 64 bits a sample instead of a text: two of a million collide once in 10**7 files."""
    import pandas as pd

    texts = column.astype(str).to_numpy(dtype=object)
    return pd.util.hash_array(texts, categorize=False)


def _column(header: list[str], wanted: tuple[str, ...]) -> str | None:
    """Return the column that names a class: `target_class` before `target_probs`."""
    fitting = [
        name
        for name in header
        if set(wanted).intersection(tokens(name)) and not _NOT_A_CLASS.intersection(tokens(name))
    ]
    classes = [name for name in fitting if {"class", "label"}.intersection(tokens(name))]
    return next(iter([*classes, *fitting]), None)


def _value_columns(header: list[str]) -> list[str]:
    return [name for name in header if role(name) is Role.METRIC]


def _key_columns(header: list[str]) -> list[str]:
    return [name for name in header if tokens(name) and tokens(name)[-1] in _KEYS]
