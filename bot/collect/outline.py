"""What documents of many runs have in common: their keys and the types of their values.

Two documents of one form are the same but for the values of their leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
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


_form = lru_cache(maxsize=1_024)(Form)


def _all_text(keys: tuple[Any, ...], values: int) -> bool:
    """Tell whether all keys are text, not the numbers, dates and the like of YAML.

    Of two documents with equal keys, such as 1 and True, this tells both from one of JSON.
    """
    return sum(type(key) is str for key in keys) == values
