"""The one door to Parquet: a part is what one machine collected, as a file that travels.

A part may come from anywhere: it is held to its format, to caps and to paths inside the repository.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from results_bot import __version__
from results_bot.collect.extracted import Artifact, State
from results_bot.collect.portable import Row, is_inside, pieces_of, text_of
from results_bot.collect.readers import reader_names
from results_bot.errors import BotError, ConfigError
from results_bot.hostile import printable

SUFFIX = ".parquet"
FORMAT = 1
"""Raised when the columns or their meaning change."""

_KEY = b"results-bot"
_TEXTS = ("path", "state", "reason", "digest", "said")
_SAMPLES = "samples"
_GROUP_ROWS, _GROUP_BYTES = 10_000, 32_000_000
_MOST_ROWS, _MOST_BYTES = 5_000_000, 4_000_000_000
"""Of one part: files, and bytes unpacked."""


class DamagedError(Exception):
    """The file is no whole part; the message says why, without the path."""


def write(path: Path, rows: Iterable[Row]) -> list[Artifact]:
    """Write a part at once, and return what it holds, without the pieces.

    Raises ConfigError without pyarrow, BotError where the file cannot be written.
    """
    pq = _parquet()
    written: list[Artifact] = []
    new: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".results-bot-")
        os.close(descriptor)
        new = Path(name)
        schema = _schema(__version__, reader_names())
        with pq.ParquetWriter(name, schema, compression="zstd", use_dictionary=False) as writer:
            for group in _groups(rows):
                writer.write_table(_table(group, schema))
                written += (
                    Artifact(row.artifact.path, row.artifact.state, row.artifact.reason)
                    for row in group
                )
        new.chmod(0o644)
        new.replace(path)
    except OSError as error:
        raise BotError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        if new is not None:
            new.unlink(missing_ok=True)
    return written


class Part:
    """One file of another machine's, checked when it is opened."""

    def __init__(self, path: Path, name: str) -> None:
        """Read everything but the evidence.

        Raises DamagedError; ConfigError without pyarrow; BotError where another version wrote it.
        """
        self.name = name = printable(name)
        pq = _parquet()
        try:
            self._file: Any = pq.ParquetFile(path)
        except FileNotFoundError:
            raise BotError(f"{name}: there is nothing here") from None
        except Exception as error:  # Any bytes may be in it, and pyarrow has many errors.
            raise DamagedError("is damaged, or was not written by `results-bot collect`") from error
        self._check_head()
        self.rows: dict[str, Row] = {}
        self._groups: dict[str, int] = {}
        try:
            self._read_rows()
        except ValueError as error:
            raise DamagedError(f"is damaged: {_short(error)}") from None
        except Exception as error:
            raise DamagedError("is damaged: it cannot be unpacked") from error
        self._group = lru_cache(maxsize=1)(self._unpack)

    def samples(self, path: str) -> bytes:
        """Return the file of predictions at `path`. Raises OSError."""
        if path not in self._groups:
            raise OSError(0, "is not in the part")
        return self._group(self._groups[path]).get(path, b"")

    def _check_head(self) -> None:
        meta = self._file.metadata
        if meta.num_rows > _MOST_ROWS or _unpacked(meta) > _MOST_BYTES:
            raise DamagedError("holds more than a part may")
        said = (self._file.schema_arrow.metadata or {}).get(_KEY, b"")
        try:
            head = json.loads(said)
            form, version, readers = head["format"], head["version"], head["readers"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise DamagedError("was not written by `results-bot collect`") from None
        if form != FORMAT or version != __version__:
            written = printable(str(version))[:40]
            raise BotError(
                f"{self.name}: was written by results-bot {written}, and this is {__version__}; "
                "use one version in all jobs"
            )
        if readers != reader_names():
            raise BotError(
                f"{self.name}: was written with other readers of third parties; "
                "install the same ones in all jobs"
            )
        if self._file.schema_arrow.remove_metadata() != _schema("", []).remove_metadata():
            raise DamagedError("has other columns than a part has")

    def _read_rows(self) -> None:
        size = 0
        for number in range(self._file.num_row_groups):
            batches = self._file.iter_batches(2_000, row_groups=[number], columns=list(_TEXTS))
            for batch in batches:
                size += batch.nbytes
                if size > _MOST_BYTES:
                    raise ValueError("it unpacks to more than a part may hold")
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    row = _row(*values)
                    if row.artifact.path in self.rows:
                        raise ValueError("it has one file twice")
                    self.rows[row.artifact.path] = row
                    self._groups[row.artifact.path] = number

    def _unpack(self, number: int) -> dict[str, bytes]:
        table = self._file.read_row_group(number, columns=["path", _SAMPLES])
        pairs = zip(*(column.to_pylist() for column in table.columns), strict=True)
        return {_path_of(path): data for path, data in pairs if data is not None}


def find(places: Sequence[str]) -> list[Path]:
    """Return the parts at or below `places`, in one order. Raises BotError where there is none."""
    found: dict[Path, None] = {}
    for place in places:
        path = Path(place)
        if not path.exists():
            raise BotError(f"{place}: there is nothing here")
        below = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        found |= dict.fromkeys(one for one in below if one.is_file())
    if not found:
        raise BotError(
            f"{', '.join(places)}: holds no {SUFFIX} file; "
            "`results-bot collect --out part.parquet` writes one"
        )
    return list(found)


def _parquet() -> Any:
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise ConfigError("parts need pyarrow: pip install 'results-bot[parquet]'") from None
    return pq


def _schema(version: str, readers: list[str]) -> Any:
    import pyarrow as pa

    head = {"format": FORMAT, "version": version, "readers": readers}
    fields = [pa.field(name, pa.string(), nullable=False) for name in _TEXTS]
    fields.append(pa.field(_SAMPLES, pa.binary()))
    return pa.schema(fields, metadata={_KEY: json.dumps(head).encode()})


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    size = 0
    for row in rows:
        group.append(row)
        size += len(row.samples or b"")
        if len(group) == _GROUP_ROWS or size > _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _table(rows: Sequence[Row], schema: Any) -> Any:
    import pyarrow as pa

    columns = [
        [_path_text(row.artifact.path) for row in rows],
        [str(row.artifact.state) for row in rows],
        [row.artifact.reason for row in rows],
        [row.digest for row in rows],
        [text_of(row.artifact.pieces) for row in rows],
        [row.samples for row in rows],
    ]
    return pa.table(columns, schema=schema)


def _row(path: str, state: str, reason: str, digest: str, said: str) -> Row:
    name = _path_of(path)
    if not is_inside(name):
        raise ValueError("it names a file outside of the repository")
    return Row(Artifact(name, State(state), printable(reason), pieces_of(said)), digest)


def _path_text(path: str) -> str:
    """Return a path as Unicode; names of files may be any bytes."""
    odd = path.startswith('"') or any("\ud800" <= letter <= "\udfff" for letter in path)
    return json.dumps(path) if odd else path


def _path_of(text: str) -> str:
    if not text.startswith('"'):
        return text
    path = json.loads(text)
    if not isinstance(path, str):
        raise ValueError("it has a name that is none")
    return path


def _unpacked(meta: Any) -> int:
    groups = (meta.row_group(number) for number in islice(range(meta.num_row_groups), 100_000))
    return sum(group.total_byte_size for group in groups)


def _short(error: ValueError) -> str:
    return printable(str(error))[:120]
