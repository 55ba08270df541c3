"""Commits that the checkout lacks, read through GitHub's API as far as that is sensible."""

from __future__ import annotations

from functools import lru_cache

from results_bot.errors import NotFoundError, RepositoryError
from results_bot.github.contents import Contents

MOST_BLOBS = 400
"""Files read one by one; beyond, a deeper checkout is the better way."""
_LINK = "120000"


class ApiObjects:
    """Trees and blobs by their hashes, each asked for once."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._blobs: dict[str, bytes] = {}
        self._asked = 0
        self.tree = lru_cache(maxsize=8)(self._tree)

    def blob(self, sha: str) -> bytes:
        """Return a blob's content. Raises RepositoryError where too many would be needed."""
        if sha not in self._blobs:
            self._asked += 1
            if self._asked > MOST_BLOBS:
                raise RepositoryError(
                    f"more than {MOST_BLOBS} files are missing in this checkout; "
                    "give actions/checkout `fetch-depth: 0`"
                )
            self._blobs[sha] = self._contents.blob(sha)
        return self._blobs[sha]

    def _tree(self, commit: str) -> list[tuple[str, str, int]]:
        try:
            entries = self._contents.tree(commit)
        except NotFoundError:
            raise RepositoryError(f"commit {commit[:12]} is neither here nor on GitHub") from None
        return [(one.path, one.sha, one.size) for one in entries if one.mode != _LINK]
