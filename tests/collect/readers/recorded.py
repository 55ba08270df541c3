"""Helpers: copy recorded runs of the real libraries, collect them, and read single files."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterable
from pathlib import Path

from results_bot.collect.discover import walk
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, Listed
from results_bot.collect.readers import read, read_all
from results_bot.collect.runs import group
from results_bot.model import Collection, Problem, Run

DATA = Path(__file__).parent / "data"
CAP = 64_000_000


def put(fixture: str, folder: Path) -> Path:
    """Copy a recorded fixture, its databases unpacked; return where."""
    shutil.copytree(DATA / fixture, folder, dirs_exist_ok=True, symlinks=True)
    for packed in [*folder.rglob("*.gz")]:
        packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()
    return folder


def gathered(root: Path, base: str = "") -> Collection:
    """Collect all there is below `root`; `base` is the folder that holds the runs."""
    return collect(walk(root, [f"{base}/**" if base else "**"]), base)


def collect(listed: Iterable[Listed | Problem], base: str = "") -> Collection:
    """Read listed files and group them into runs."""
    return group(read_all(listed, CAP), [base])


def by_name(collection: Collection) -> dict[str, Run]:
    runs = {run.name: run for run in collection.runs}
    assert len(runs) == len(collection.runs), "two runs of one name"
    return runs


def values(run: Run) -> dict[str, float]:
    return {name: reading.value for name, reading in run.readings.items()}


def file_of(path: str, data: bytes | str) -> File:
    content = data.encode() if isinstance(data, str) else data
    return File(Listed(path, len(content), lambda: content), CAP)


def read_bytes(path: str, data: bytes | str) -> list[Extracted]:
    """Read one file as `collect` would. Raises UnreadableError."""
    return read(file_of(path, data))


def field(number: int, data: bytes) -> bytes:
    """Encode a field of bytes in the wire format of protocol buffers."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
