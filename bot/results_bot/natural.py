"""When names in the order of their characters are in the order in which people count."""

from __future__ import annotations

from collections.abc import Iterable

_DIGITS_ALIKE = str.maketrans("123456789", "0" * 9)


def spelled_alike(names: Iterable[str]) -> bool:
    """Tell whether names differ in digits alone, one for one, as `run_07` and `run_12` do.

    Such names need no key to be sorted by: numbers of one length count up as they spell. Of names
    that are not ASCII it is not said.
    """
    names = list(names)
    if len(set(map(len, names))) > 1:
        return False
    # All at once: names of one length make up the same text only if each is the same.
    joined = "\n".join(names)
    alike = "\n".join(names[:1] * len(names))
    return joined.isascii() and joined.translate(_DIGITS_ALIKE) == alike.translate(_DIGITS_ALIKE)
