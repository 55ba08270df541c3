"""Parts: what one machine collected, as a Parquet file that another puts together with others.

A part is a DataFrame with a row for each file. It may come from anywhere, so it is held to its
format, to caps on what it unpacks to, and to paths inside the repository. This is the only module
that imports pyarrow.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from results_bot import __version__
from results_bot.collect.cache import replacing
from results_bot.collect.extracted import Artifact, Extracted, FileState
from results_bot.collect.file import Listed
from results_bot.collect.paths import select
from results_bot.collect.read import read_one
from results_bot.collect.readers import reader_names
from results_bot.errors import BotError, ConfigError
from results_bot.escape import printable
from results_bot.model import Problem

SUFFIX = ".parquet"
FORMAT = 2
"""Raised when the columns or their meaning change."""

_KEY = "results-bot"
_TEXTS = ("path", "state", "reason", "digest", "extracted")
_SAMPLES = "samples"
_GROUP_ROWS = 500
_BATCH_ROWS = 256
_MOST_ROWS, _MOST_BYTES = 5_000_000, 4_000_000_000
"""Files of one part, and the bytes that it unpacks to."""
_MOST_RATIO, _SMALL = 200, 64_000_000
"""A part above this size unpacked may not be so many times as large as the file."""
_LONGEST_PATH = 4096


class DamagedError(Exception):
    """The file is no whole part; the message says why, without the path."""


class PartRow(msgspec.Struct, frozen=True):
    """One file with what judging will ask for."""

    artifact: Artifact
    digest: str = ""
    """Git's hash of the content; of a file that was not opened, its size."""
    samples: bytes | None = None
    """The content of a prediction file."""


def rows(
    listed: Iterable[Listed | Problem], max_size: int, progress: Callable[[], None]
) -> Iterator[PartRow]:
    """Read every file once, and keep what the other machine cannot read again."""
    for item in listed:
        progress()
        if isinstance(item, Problem):
            yield PartRow(read_one(item, max_size))
            continue
        content: list[bytes] = []

        def read(item: Listed = item, content: list[bytes] = content) -> bytes:
            content.append(item.read())
            return content[-1]

        artifact = read_one(structs.replace(item, read=read), max_size)
        if not content:
            yield PartRow(artifact, f"{item.size} bytes")
            continue
        data = content[-1]
        digest = sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()
        has_samples = any(piece.predictions for piece in artifact.pieces)
        yield PartRow(artifact, digest, data if has_samples else None)


def write(path: Path, rows: Iterable[PartRow]) -> list[Artifact]:
    """Write a part at once, and return what it holds, without the extracted values.

    Raises ConfigError without pyarrow, BotError where the file cannot be written.
    """
    _parquet()
    import pandas as pd

    written: list[Artifact] = []
    records: list[dict[str, str | bytes | None]] = []
    for row in rows:
        file = row.artifact
        written.append(Artifact(file.path, file.state, file.reason))
        texts = (_path_text(file.path), str(file.state), file.reason, row.digest)
        values = dict(zip(_TEXTS, (*texts, text_of(file.pieces)), strict=True))
        records.append({**values, _SAMPLES: row.samples})
    frame = pd.DataFrame(records, columns=[*_TEXTS, _SAMPLES])
    frame = frame.astype({**dict.fromkeys(_TEXTS, "str"), _SAMPLES: object})
    frame.attrs = {_KEY: {"format": FORMAT, "version": __version__, "readers": reader_names()}}
    try:
        with replacing(path, 0o644) as new:
            frame.to_parquet(new, index=False, compression="zstd", row_group_size=_GROUP_ROWS)
    except OSError as error:
        raise BotError(f"{path}: cannot be written ({error.strerror or error})") from None
    return written


class Part:
    """One part, checked when it is opened; prediction files are read when they are asked for."""

    def __init__(self, path: Path, name: str) -> None:
        """Read everything but the prediction files.

        Raises DamagedError; ConfigError without pyarrow; BotError where another version wrote it.
        """
        self.name = name = printable(name)
        self._path = path
        pq = _parquet()
        try:
            size = path.stat().st_size
            file: Any = pq.ParquetFile(path, read_dictionary=list(_TEXTS))
        except FileNotFoundError:
            raise BotError(f"{name}: there is nothing here") from None
        except Exception as error:  # Any bytes may be in it, and pyarrow has many errors.
            raise DamagedError("is damaged, or was not written by `results-bot collect`") from error
        self._check_head(file)
        try:
            self.rows = _rows(file, max(_SMALL, min(_MOST_BYTES, _MOST_RATIO * size)))
        except ValueError as error:
            raise DamagedError(f"is damaged: {printable(str(error))[:120]}") from None
        except Exception as error:
            raise DamagedError("is damaged: it cannot be unpacked") from error

    def samples(self, path: str) -> bytes:
        """Return the prediction file at `path`. Raises OSError."""
        if path not in self.rows:
            raise OSError(0, "is not in the part")
        import pandas as pd

        wanted = [("path", "==", _path_text(path))]
        frame = pd.read_parquet(self._path, columns=["path", _SAMPLES], filters=wanted)
        found = frame[_SAMPLES].iloc[0] if len(frame) else None
        return found if isinstance(found, bytes) else b""

    def _check_head(self, file: Any) -> None:
        try:
            attributes = json.loads((file.schema_arrow.metadata or {}).get(b"PANDAS_ATTRS", b""))
            head = attributes[_KEY]
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
        if file.schema_arrow.names != [*_TEXTS, _SAMPLES]:
            raise DamagedError("has other columns than a part has")


class Parts:
    """Several parts put together: each file once, whatever order they come in.

    The same file in several parts counts once. Where its content differs, the copy that is as
    committed yields to one that a job wrote; where two jobs wrote different ones, neither counts.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        damaged: Sequence[Artifact],
        committed: Callable[[], Mapping[str, str]],
    ) -> None:
        """Put `parts` together; `committed` returns git's hash of each file at HEAD."""
        copies: dict[str, list[tuple[Part, PartRow]]] = {}
        for part in sorted(parts, key=lambda one: one.name):
            for path, row in part.rows.items():
                copies.setdefault(path, []).append((part, row))
        self._damaged = damaged
        self._artifacts: dict[str, Artifact] = {}
        self._from: dict[str, Part] = {}
        hashes: Mapping[str, str] | None = None
        for path, those in copies.items():
            distinct = _distinct(those)
            if len(distinct) > 1:
                hashes = committed() if hashes is None else hashes
                distinct = [one for one in distinct if one[1].digest != hashes.get(path)]
            if len(distinct) == 1:
                self._from[path], row = distinct[0]
                self._artifacts[path] = row.artifact
                continue
            names = " and ".join(part.name for part, _ in distinct[:2])
            more = f" and {len(distinct) - 2} more" if len(distinct) > 2 else ""
            reason = f"differs between {names}{more}; none is taken: let one job write it"
            self._artifacts[path] = Artifact(path, FileState.UNREADABLE, reason)

    @classmethod
    def open(cls, places: Sequence[str], committed: Callable[[], Mapping[str, str]]) -> Parts:
        """Open the parts at or below `places`; a damaged one is reported, and the others count.

        Raises BotError where there is none, or where another version wrote one.
        """
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
        parts: list[Part] = []
        damaged: list[Artifact] = []
        for path in found:
            try:
                parts.append(Part(path, str(path)))
            except DamagedError as error:
                damaged.append(Artifact(str(path), FileState.NOT_LISTED, str(error)))
        return cls(parts, damaged, committed)

    def __contains__(self, path: object) -> bool:
        return path in self._artifacts

    @property
    def paths(self) -> set[str]:
        """The paths of all files."""
        return set(self._artifacts)

    def artifacts(self, patterns: Sequence[str]) -> list[Artifact]:
        """Return the files that `patterns` allow, in no order; a remark counts the others."""
        wanted = set(select(self._artifacts, patterns))
        taken = [
            one
            for path, one in self._artifacts.items()
            if path in wanted or one.state is FileState.NOT_LISTED
        ]
        lost = len(self._artifacts) - len(taken)
        if lost:
            what = "1 file lies" if lost == 1 else f"{lost:,} files lie"
            reason = f"{what} where no section looks; were they collected by another configuration?"
            taken.append(Artifact("parts", FileState.UNSUPPORTED, reason))
        return [*taken, *self._damaged]

    def read(self, path: str) -> bytes:
        """Return the content of a prediction file. Raises OSError."""
        if path not in self._from:
            raise OSError(0, "is not in one part")
        return self._from[path].samples(path)


def text_of(pieces: Sequence[Extracted]) -> str:
    """Return ASCII JSON from which `pieces_of` makes the same again, with NaN and Infinity."""
    return json.dumps(msgspec.to_builtins(pieces), separators=(",", ":"))


def pieces_of(text: str) -> tuple[Extracted, ...]:
    """Return what `text_of` wrote. Raises ValueError where it is anything else."""
    try:
        pieces = msgspec.convert(json.loads(text), tuple[Extracted, ...])
    except (ValueError, RecursionError, TypeError) as error:  # ValidationError is a ValueError.
        raise ValueError("holds what no reader extracts") from error
    if any(piece.root is not None and not _is_inside(piece.root or "a") for piece in pieces):
        raise ValueError("names a folder outside of the repository")
    return pieces


def _parquet() -> Any:
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise ConfigError("parts need pyarrow: pip install 'results-bot[parquet]'") from None
    return pq


def _rows(file: Any, most: int) -> dict[str, PartRow]:
    """Return all rows by path. Raises ValueError, also if they unpack to more than `most` bytes."""
    from pyarrow import compute

    too_large = "it unpacks to more than a part may hold"
    meta = file.metadata
    size = sum(meta.row_group(number).total_byte_size for number in range(meta.num_row_groups))
    if meta.num_rows > _MOST_ROWS or size > most:
        raise ValueError(too_large)
    out: dict[str, PartRow] = {}
    size = 0
    # The metadata may lie, and a text that is repeated takes next to no room in the file: a batch
    # is small, and measured before its texts are made.
    for batch in file.iter_batches(_BATCH_ROWS, columns=list(_TEXTS)):
        for column in batch.columns:
            lengths = compute.binary_length(column.dictionary)
            size += compute.sum(lengths.take(column.indices)).as_py() or 0
        if size > most:
            raise ValueError(too_large)
        columns = (column.to_pylist() for column in batch.columns)
        for path, state, reason, digest, extracted in zip(*columns, strict=True):
            name = _path_of(path)
            if not _is_inside(name):
                raise ValueError("names a file outside of the repository")
            if name in out:
                raise ValueError("has one file twice")
            pieces = pieces_of(extracted)
            artifact = Artifact(name, FileState(state), printable(reason), pieces)
            out[name] = PartRow(artifact, str(digest))
    return out


def _distinct(copies: Sequence[tuple[Part, PartRow]]) -> list[tuple[Part, PartRow]]:
    """Return one copy of each content; a file that was read counts before one not found."""
    listed = [one for one in copies if one[1].artifact.state is not FileState.NOT_LISTED]
    if not listed:
        return [min(copies, key=lambda one: one[1].artifact.reason)]
    by_content = {(row.digest, repr(row.artifact)): (part, row) for part, row in reversed(listed)}
    return [*reversed(by_content.values())]


def _is_inside(path: str) -> bool:
    """Return True if a path of another machine's stays in the repository, or is an address."""
    return 0 < len(path) <= _LONGEST_PATH and ".." not in path.split("/") and path[0] != "/"


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
