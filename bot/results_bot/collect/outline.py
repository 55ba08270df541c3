"""What documents of many runs have in common: their keys and the types of their values.

Two documents of one form are the same but for the values of their leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

MOST = 500
"""Values of a document that are worth remembering: another with as many is hardly like it."""


class Form:
    """The form of a document, the same object for all documents of that form."""

    def __init__(self, keys: tuple[Any, ...], kinds: tuple[type, ...]) -> None:
        """Take a document's parts one level after the other.

        `keys` has for each dict how many keys it has, and these; `kinds` the type of each value,
        that of a dict as well, whose own keys come later.
        """
        self.kinds = kinds
        self.has_lists = list in kinds
        self.is_json = _OF_JSON.issuperset(kinds) and _all_text(keys, len(kinds))
        self._keys = keys
        self._kinds = [*kinds]
        self._below = [*_below(keys, kinds)]

    def values(self, document: Mapping[str, Any]) -> list[Any] | None:
        """Return the values of a document whose own keys are this form's; None if it is another."""
        values = [*document.values()]
        for place, keys in self._below:
            inner = values[place]
            if type(inner) is not dict or [*inner] != keys:
                return None
            values += inner.values()
        return values if [*map(type, values)] == self._kinds else None

    def places(self) -> dict[Any, Any]:
        """Return a document of this form with each leaf's place among `kinds` as its value."""
        rest = iter(self._keys)
        top: dict[Any, Any] = {}
        pending, place = [top], 0
        for inner in pending:  # Which grows meanwhile.
            for _ in range(next(rest)):
                value: Any = {} if self.kinds[place] is dict else place
                inner[next(rest)] = value
                if self.kinds[place] is dict:
                    pending.append(value)
                place += 1
        return top


Outline = tuple[Form, list[Any]]
"""A document taken apart: its form, and its values in the form's order."""
_OF_JSON = frozenset({int, float, str, bool, type(None), list, dict})


def outline(document: Mapping[str, Any]) -> Outline | None:
    """Return the outline of `document`; None where it is too large to be worth it."""
    own = tuple(document)
    form = _latest.get(own)
    if form is not None:  # To see that a document is of a form takes half as long as to find it.
        values = form.values(document)
        if values is not None:
            return form, values
    found = _taken_apart(document)
    if found is not None:
        if len(_latest) == _MOST_FORMS:
            _latest.clear()
        _latest[own] = found[0]
    return found


_latest: dict[tuple[Any, ...], Form] = {}
"""The form of the latest document that has these keys."""


def _taken_apart(document: Mapping[str, Any]) -> Outline | None:
    keys: list[Any] = [len(document), *document]
    values = [*document.values()]
    for value in values:  # Which grows meanwhile.
        if type(value) is dict:
            if len(values) > MOST:
                return None
            keys.append(len(value))
            keys += value
            values += value.values()
    if len(values) > MOST:
        return None
    return _form(tuple(keys), tuple(map(type, values))), values


_MOST_FORMS = 1_024
_form = lru_cache(maxsize=_MOST_FORMS)(Form)


def _below(keys: tuple[Any, ...], kinds: tuple[type, ...]) -> Iterator[tuple[int, list[Any]]]:
    """Yield the place and the keys of each dict but the outermost, one level after the other."""
    at = 1 + keys[0]
    for place, kind in enumerate(kinds):
        if kind is dict:
            end = at + 1 + keys[at]
            yield place, [*keys[at + 1 : end]]
            at = end


def _all_text(keys: tuple[Any, ...], values: int) -> bool:
    """Tell whether all keys are text, not the numbers, dates and the like of YAML.

    Of two documents with equal keys, such as 1 and True, this tells both from one of JSON.
    """
    return sum(type(key) is str for key in keys) == values
