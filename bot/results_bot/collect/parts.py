"""Parts: what one machine collected, as a Parquet file that another puts together with others.

A part is a DataFrame with a row for each file. It may come from anywhere, so it is held to its
format, to caps on what it unpacks to, and to paths inside the repository. This is the only module
that imports pyarrow.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, KeysView, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from results_bot.collect.cache import replacing
from results_bot.collect.extracted import Artifact, FileState
from results_bot.collect.file import Listed, blob_hash
from results_bot.collect.paths import select
from results_bot.collect.readers import program, read_one
from results_bot.errors import BotError, ConfigError
from results_bot.escape import printable
from results_bot.model import Problem

SUFFIX = ".parquet"
_TEXTS = ("artifact", "digest")
_SAMPLES = "samples"
_MOST_ROWS, _MOST_BYTES = 5_000_000, 1_000_000_000
"""Files of one part, and the bytes that it unpacks to."""


class DamagedError(Exception):
    """The file is not a complete part; the message is the reason, without the path."""


def write(
    path: Path, listed: Iterable[Listed | Problem], max_size: int, progress: Callable[[], None]
) -> list[Artifact]:
    """Read every file once, and write what the other machine cannot read again, all of it or none.

    Returns what the part holds, without the extracted values. Raises ConfigError without pyarrow,
    BotError where the file cannot be written.
    """
    _parquet()
    import pandas as pd

    written: list[Artifact] = []
    records: list[tuple[str, str, bytes | None]] = []
    for one in listed:
        progress()
        content, digest = None, ""
        if isinstance(one, Listed):
            read_once = cache(one.read)
            artifact = read_one(structs.replace(one, read=read_once), max_size)
            content = read_once() if read_once.cache_info().currsize else None
            digest = f"{one.size} bytes" if content is None else blob_hash(content)
        else:
            artifact = read_one(one, max_size)
        has_samples = any(piece.predictions for piece in artifact.pieces)
        # Python's own module writes NaN, Infinity and names of any bytes, all in ASCII.
        text = json.dumps(msgspec.to_builtins(artifact), separators=(",", ":"))
        records.append((text, digest, content if has_samples else None))
        written.append(structs.replace(artifact, pieces=()))
    frame = pd.DataFrame(records, columns=[*_TEXTS, _SAMPLES])
    frame = frame.astype({**dict.fromkeys(_TEXTS, "str"), _SAMPLES: object})
    frame.attrs = {"results-bot": program()}
    try:
        with replacing(path, 0o644) as new:
            frame.to_parquet(new, index=False, compression="zstd", row_group_size=500)
    except OSError as error:
        raise BotError(f"{path}: cannot be written ({error.strerror or error})") from None
    return written


def read(path: Path) -> dict[str, tuple[Artifact, str]]:
    """Return the files of a part by their paths, each with the digest of its content.

    It is git's hash or, of a file that was not read, its size.

    Raises DamagedError; ConfigError without pyarrow; BotError where another version wrote it.
    """
    pq = _parquet()
    try:
        file: Any = pq.ParquetFile(path, read_dictionary=list(_TEXTS))
        attributes = file.schema_arrow.metadata[b"PANDAS_ATTRS"]
        writer = msgspec.json.decode(attributes, type=dict[str, str])["results-bot"]
    except Exception as error:  # Any bytes may be in it, and pyarrow has many errors.
        raise DamagedError("is damaged, or was not written by `results-bot collect`") from error
    if writer != program():
        raise BotError(
            f"{printable(str(path))}: was written by {printable(writer)[:200]}, and this is "
            f"{program()}; use the same in all jobs"
        )
    try:
        return _rows(file)
    except DamagedError:
        raise
    except Exception as error:
        raise DamagedError("is damaged: it holds what no reader extracts") from error


def _rows(file: Any) -> dict[str, tuple[Artifact, str]]:
    """Return all rows by path. Raises DamagedError if they unpack to too much."""
    from pyarrow import compute

    too_large = DamagedError("is damaged: it unpacks to more than a part may hold")
    meta = file.metadata
    size = sum(meta.row_group(number).total_byte_size for number in range(meta.num_row_groups))
    if meta.num_rows > _MOST_ROWS or size > _MOST_BYTES:
        raise too_large
    out: dict[str, tuple[Artifact, str]] = {}
    size = 0
    # The metadata may lie, and a text that is repeated takes next to no room in the file: a batch
    # is small, and measured before its texts are made.
    for batch in file.iter_batches(256, columns=list(_TEXTS)):
        for column in batch.columns:
            lengths = compute.binary_length(column.dictionary)
            size += compute.sum(lengths.take(column.indices)).as_py() or 0
        if size > _MOST_BYTES:
            raise too_large
        for text, digest in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            artifact = msgspec.convert(json.loads(text), Artifact)
            paths = [artifact.path or "/", *(one.root for one in artifact.pieces if one.root)]
            if any(path[0] == "/" or ".." in path.split("/") for path in paths):
                raise ValueError("a path outside of the repository")
            artifact = structs.replace(artifact, reason=printable(artifact.reason))
            out[artifact.path] = artifact, str(digest)
    return out


class Parts:
    """Several parts put together: each file once, whatever order they come in.

    The same file in several parts counts once. Where its content differs, the copy that is as
    committed yields to one that a job wrote; where two jobs wrote different ones, neither counts.
    """

    def __init__(self, places: Sequence[str], committed: Callable[[], Mapping[str, str]]) -> None:
        """Open the parts at or below `places`; a damaged one is reported, and the others count.

        `committed` returns git's hash of each file at HEAD. Raises BotError where there is no part,
        or where another version wrote one.
        """
        self._damaged: list[Artifact] = []
        self._files: dict[str, tuple[Path, Artifact, str]] = {}
        copies: dict[str, dict[str, tuple[Path, Artifact, str]]] = {}
        for part in _files(places):
            try:
                found = read(part)
            except DamagedError as error:
                self._damaged.append(Artifact(str(part), FileState.NOT_LISTED, str(error)))
                continue
            for path, (artifact, digest) in found.items():
                copy = part, artifact, digest
                copies.setdefault(path, {}).setdefault(repr(copy[1:]), copy)
        hashes = cache(committed)
        for path, those in copies.items():
            every = [*those.values()]
            # A file that was read counts before one that was not found.
            distinct = [one for one in every if one[1].state is not FileState.NOT_LISTED]
            distinct = distinct or every[:1]
            if len(distinct) > 1:
                distinct = [one for one in distinct if one[2] != hashes().get(path)]
            if len(distinct) == 1:
                self._files[path] = distinct[0]
                continue
            names = " and ".join(printable(str(part)) for part, *_ in distinct[:2])
            more = f" and {len(distinct) - 2} more" if len(distinct) > 2 else ""
            reason = f"differs between {names}{more}; none is taken: let one job write it"
            self._files[path] = Path(), Artifact(path, FileState.UNREADABLE, reason), ""

    @property
    def paths(self) -> KeysView[str]:
        """The paths of all files."""
        return self._files.keys()

    def artifacts(self, patterns: Sequence[str]) -> list[Artifact]:
        """Return the files that `patterns` allow, in no order; a remark counts the others."""
        wanted = set(select(self._files, patterns))
        taken = [
            one
            for path, (_, one, _) in self._files.items()
            if path in wanted or one.state is FileState.NOT_LISTED
        ]
        if lost := len(self._files) - len(taken):
            what = "1 file lies" if lost == 1 else f"{lost:,} files lie"
            reason = f"{what} where no section looks; were they collected by another configuration?"
            taken.append(Artifact("parts", FileState.UNSUPPORTED, reason))
        return [*taken, *self._damaged]

    def read(self, path: str) -> bytes:
        """Return the content of a prediction file; nothing of a file that is no such file."""
        import pandas as pd

        part, artifact, digest = self._files[path]
        if artifact.state is FileState.UNREADABLE:
            return b""
        frame = pd.read_parquet(part, columns=[_SAMPLES], filters=[("digest", "==", digest)])
        found = frame[_SAMPLES].iloc[0] if len(frame) else None
        return found if isinstance(found, bytes) else b""


def _files(places: Sequence[str]) -> list[Path]:
    """Return the parts at or below `places`. Raises BotError where there is none."""
    found: set[Path] = set()
    for place in map(Path, places):
        if not place.exists():
            raise BotError(f"{place}: there is nothing here")
        found.update(place.rglob(f"*{SUFFIX}") if place.is_dir() else [place])
    if not (files := sorted(path for path in found if path.is_file())):
        raise BotError(
            f"{', '.join(places)}: holds no {SUFFIX} file; "
            "`results-bot collect --out part.parquet` writes one"
        )
    return files


def _parquet() -> Any:
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise ConfigError("parts need pyarrow: pip install 'results-bot[parquet]'") from None
    return pq
