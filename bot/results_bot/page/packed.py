"""A column of texts in one: told from end to end it is taken up in no time, by those who ask."""

from __future__ import annotations

from collections.abc import Sequence

_BETWEEN, _NOTHING = "\n", "\0"
"""What no cell of a table holds; a column that has them all the same is kept as it is."""

Packed = str | list[str | None]


def packed(texts: Sequence[str | None]) -> Packed:
    """Return a column as one text where that can be told apart again."""
    joined = _BETWEEN.join([_NOTHING if text is None else text for text in texts])
    apart = joined.count(_BETWEEN) == len(texts) - 1
    return joined if apart and joined.count(_NOTHING) == texts.count(None) else [*texts]


def unpacked(column: Packed) -> Sequence[str | None]:
    """Return the texts again."""
    if not isinstance(column, str):
        return column
    texts: list[str | None] = [*column.split(_BETWEEN)]
    if _NOTHING in column:
        return [None if text == _NOTHING else text for text in texts]
    return texts
