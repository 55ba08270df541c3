"""LevelDB's log framing, as W&B writes it: 32 KiB blocks of records, cut in pieces where needed.

https://github.com/google/leveldb/blob/main/doc/log_format.md; W&B takes CRC-32 as in zip for the
checksum, unmasked, and puts seven bytes of its own before the first record.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from results_bot.collect.file import UnreadableError

MAGIC = b":W&B\xe1\xbe"
_BLOCK = 32_768
_HEADER = struct.Struct("<IHB")
_NONE, _FULL, _FIRST, _MIDDLE, _LAST = range(5)


def records(data: bytes) -> Iterator[bytes]:
    """Yield the records; what a job that was stopped left half written at the end is passed over.

    Raises UnreadableError where a checksum or the order of pieces is wrong with more to come.
    """
    pieces: list[bytes] = []
    for kind, piece in _pieces(data):
        if (kind in (_MIDDLE, _LAST)) != bool(pieces):
            raise UnreadableError("is damaged: the pieces of a record are out of order")
        if kind == _FULL:
            yield piece
            continue
        pieces.append(piece)
        if kind == _LAST:
            yield b"".join(pieces)
            pieces = []


def _pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    position, end = len(MAGIC) + 1, len(data)
    while position + _HEADER.size <= end:
        left = _BLOCK - position % _BLOCK
        if left < _HEADER.size:
            position += left
            continue
        crc, size, kind = _HEADER.unpack_from(data, position)
        start = position + _HEADER.size
        if kind == _NONE and not crc and not size:
            position += left  # Space that was reserved and never written.
            continue
        position = start + size
        if position > end:
            return
        piece = data[start:position]
        if kind > _LAST or zlib.crc32(data[start - 1 : position]) != crc:
            if position == end:
                return
            raise UnreadableError(f"is damaged at byte {start:,}: wrong checksum")
        yield kind, piece
