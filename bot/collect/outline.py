"""What documents of many runs have in common: keys and types at all depths, in one flat tuple each.

Two documents of one outline are the same but for the values of their leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

MOST = 500
"""Values of a document that are worth remembering: another with as many is hardly like it."""


class Outline(NamedTuple):
    """A document taken apart, one level after the other."""

    keys: tuple[Any, ...]
    """For each dict how many keys it has, and these."""
    kinds: tuple[type, ...]
    """The type of each value; that of a dict as well, whose own keys come later."""
    values: list[Any]


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
    return Outline(tuple(keys), tuple(map(type, values)), values)


def places(keys: tuple[Any, ...], kinds: tuple[type, ...]) -> dict[Any, Any]:
    """Return a document of this outline with each leaf's place among `values` as its value."""
    rest = iter(keys)
    top: dict[Any, Any] = {}
    pending, place = [top], 0
    for inner in pending:
        for _ in range(next(rest)):
            value: Any = {} if kinds[place] is dict else place
            inner[next(rest)] = value
            if kinds[place] is dict:
                pending.append(value)
            place += 1
    return top
