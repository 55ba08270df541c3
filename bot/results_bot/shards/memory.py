"""What came of a shard in an earlier refresh; believed where nothing that it depends on changed."""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from pathlib import Path

from results_bot import sealed


class Remembered:
    """The memory of one shard; it may vanish or be damaged at any time."""

    survey: bytes = b""
    """What lay in the shard; empty where nothing is remembered."""
    done: bytes = b""
    blocks: bytes = b""
    """A digest of what the page said of its sections."""
    files: bytes = b""
    """A digest of the paths of all artifacts."""

    def __init__(self, file: Path, stamp: bytes) -> None:
        """Open the memory. `stamp` tells all else that the shard's sections depend on."""
        self._file, self._stamp = file, stamp
        payload = sealed.read(file)
        if payload is None:
            return
        try:
            known = marshal.loads(payload)  # noqa: S302 - sealed, and our own
            own, *values = known
            if own == stamp:
                self.survey, self.done, self.blocks, self.files = values
        except (ValueError, TypeError, EOFError):
            pass  # Another version's.

    @property
    def digest(self) -> bytes:
        """What the survey is known by."""
        return sealed.digest(self.survey)

    def keep(self, survey: bytes, done: bytes, blocks: bytes, files: bytes) -> None:
        """Put down what came of the shard, where it is anything new."""
        new = (survey, done, blocks, files)
        if new != (self.survey, self.done, self.blocks, self.files):
            sealed.write(self._file, marshal.dumps((self._stamp, *new)))


def file_of(folder: Path, name: str) -> Path:
    """Return where what came of a shard is remembered."""
    return folder / f"cache-shard-{name}"


def records_of(folder: Path, name: str) -> Path:
    """Return where it is remembered what the shard's artifacts said."""
    return folder / f"cache-files-{name}"


def clear(folder: Path, names: Iterable[str]) -> None:
    """Take away what is remembered of shards that are not one of these any more."""
    known = {path for name in names for path in (file_of(folder, name), records_of(folder, name))}
    for kind in ("shard", "files"):
        for path in folder.glob(f"cache-{kind}-*"):
            if path not in known:
                path.unlink(missing_ok=True)
