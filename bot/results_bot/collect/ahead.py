"""Evidence that is far away, read in bunches: who asks for one file soon asks for the next.

Takeaways and rules ask for the predictions of one run after another. One request each, one after
the other, would cost a round trip a run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Content = bytes | OSError

_MOST_FILES, _MOST_BYTES = 16, 32_000_000
"""Of one bunch; a single file may be larger."""


class Ahead:
    """Files in the order in which they will likely be asked for; few are kept."""

    def __init__(self, fetch: Callable[[Sequence[str]], Sequence[Content]]) -> None:
        """`fetch` reads many files at the same time."""
        self._fetch = fetch
        self._sizes: dict[str, int] = {}
        self._paths: list[str] = []
        self._at: dict[str, int] = {}
        self._here: dict[str, Content] = {}
        self._asked = 0

    def note(self, path: str, size: int) -> None:
        """Tell of a file that may be asked for, after the ones before."""
        self._at[path] = len(self._paths)
        self._paths.append(path)
        self._sizes[path] = size

    def read(self, path: str) -> bytes:
        """Return a file's content. Raises OSError."""
        if path not in self._here:
            self._asked += 1
            wanted = self._bunch(path)
            self._here = dict(zip(wanted, self._fetch(wanted), strict=True))
        content = self._here[path]
        if isinstance(content, OSError):
            raise content
        return content

    def _bunch(self, path: str) -> list[str]:
        """Return `path` and its successors: the more, the more often somebody asked."""
        start = self._at.get(path)
        if start is None:
            return [path]
        wanted, size = [path], self._sizes[path]
        for after in self._paths[start + 1 : start + min(_MOST_FILES, 2**self._asked // 2)]:
            size += self._sizes[after]
            if size > _MOST_BYTES:
                break
            wanted.append(after)
        return wanted
