"""Takes typed values out of JSON that others wrote; one clear error where a value is amiss."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

from results_bot.errors import BotError, GitHubError

T = TypeVar("T")

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


class Fields:
    """A JSON object and what it is called in errors; paths are written `a.b.c`."""

    def __init__(self, data: Any, what: str, error: type[BotError] = GitHubError) -> None:
        self._data = data
        self._what = what
        self._error = error

    @property
    def is_list(self) -> bool:
        """Tell whether it is a list, where GitHub gives an object or a list."""
        return isinstance(self._data, list)

    def text(self, path: str) -> str:
        """Return a text, which may be empty."""
        return self._typed(path, str)

    def number(self, path: str) -> int:
        """Return a whole number."""
        return self._typed(path, int)

    def flag(self, path: str) -> bool:
        """Return true or false."""
        return self._typed(path, bool)

    def text_or(self, path: str, default: str = "") -> str:
        """Return a text, or `default` where there is none or null."""
        return default if self._at(path) is None else self.text(path)

    def number_or(self, path: str, default: int = 0) -> int:
        """Return a whole number, or `default` where there is none or null."""
        return default if self._at(path) is None else self.number(path)

    def flag_or(self, path: str, *, default: bool = False) -> bool:
        """Return true or false, or `default` where there is none or null."""
        return default if self._at(path) is None else self.flag(path)

    def has(self, path: str) -> bool:
        """Tell whether there is anything but null."""
        return self._at(path) is not None

    def big_number(self, path: str) -> int:
        """Return a whole number that GraphQL writes as a text, being too big for its `Int`."""
        found = self.text(path)
        if not re.fullmatch(r"[0-9]{1,19}", found):
            raise self.wrong(path, "is no whole number")
        return int(found)

    def commit(self, path: str) -> str:
        """Return a commit's whole hash."""
        found = self.text(path)
        if not _COMMIT.fullmatch(found):
            raise self.wrong(path, "is no commit's hash")
        return found

    def full_name(self, path: str) -> str:
        """Return a repository's OWNER/NAME."""
        found = self.text(path)
        if not _FULL_NAME.fullmatch(found):
            raise self.wrong(path, "is no repository's OWNER/NAME")
        return found

    def below(self, path: str) -> Fields:
        """Return the object at a path."""
        return Fields(self._typed(path, dict), f"{self._what}: `{path}`", self._error)

    def each(self, path: str = "") -> Iterator[Fields]:
        """Yield the objects of a list, which may itself be the whole of the data."""
        where = f"{self._what}: `{path}`" if path else self._what
        for one in self._typed(path, list):
            yield Fields(one, where, self._error)

    def wrong(self, path: str, fault: str) -> BotError:
        """Return the error to raise for a value that will not do."""
        return self._error(f"{self._what}: `{path}` {fault}" if path else f"{self._what} {fault}")

    def _at(self, path: str) -> Any:
        found = self._data
        for key in path.split(".") if path else ():
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def _typed(self, path: str, kind: type[T]) -> T:
        found = self._at(path)
        if found is None:
            raise self.wrong(path, "is missing")
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise self.wrong(path, f"is {type(found).__name__}, not {kind.__name__}")
        return found
