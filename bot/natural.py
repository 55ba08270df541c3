"""When names in the order of their characters are in the order in which people count."""

from __future__ import annotations

from collections.abc import Iterable

_DIGITS_ALIKE = str.maketrans("123456789", "0" * 9)


def spelled_alike(names: Iterable[str]) -> bool:
    """Tell whether names differ in ASCII digits alone, one for one: `run_07`, `run_12`.

    Such names need no key to be sorted by: numbers of one length count up as they spell.
    """
    return len({name.translate(_DIGITS_ALIKE) for name in names}) <= 1
