"""How much text a place on GitHub still takes. What does not fit is counted, not cut in the middle.

Sizes add up: the measure of two texts in a row is the sum of both.
"""

from __future__ import annotations

from collections.abc import Callable


def utf16(text: str) -> int:
    """Return the length as JavaScript and C# count it, which is never less than Python's."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8(text: str) -> int:
    """Return the length in bytes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


class Room:
    """Counts down what is left."""

    def __init__(self, limit: int, measure: Callable[[str], int]) -> None:
        self.left = limit
        self.measure = measure

    def fits(self, text: str) -> bool:
        """Tell whether `text` fits, without taking the room."""
        return self.measure(text) <= self.left

    def take(self, text: str) -> bool:
        """Take the room for `text`; tell whether there was enough."""
        size = self.measure(text)
        if size > self.left:
            return False
        self.left -= size
        return True

    def part(self, limit: int) -> Room:
        """Return a room within this one; what is used of it is not taken from this one."""
        return Room(min(limit, self.left), self.measure)
