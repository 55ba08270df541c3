"""TFRecord framing: length, masked CRC of the length, data, masked CRC of the data.

https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache, lru_cache

from results_bot.collect.file import UnreadableError

_HEADER = struct.Struct("<QI")
_CRC = struct.Struct("<I")
_MASK = 0xFFFFFFFF

MAX_CHECKED = 65_536
"""Longer records hold images and graphs, not numbers; in Python their checksum takes seconds."""


def records(data: bytes) -> Iterator[bytes]:
    """Yield the records; what a job that was stopped left half written at the end is passed over.

    Raises UnreadableError where a checksum is wrong with more to come.
    """
    position, end = 0, len(data)
    while position + _HEADER.size <= end:
        size, length_crc = _HEADER.unpack_from(data, position)
        start = position + _HEADER.size
        if _crc_of_length(data[position : position + 8]) != length_crc:
            if position and not data[position:].strip(b"\0"):
                return  # A file system that had reserved the space and not yet got the data.
            raise UnreadableError(f"is damaged at byte {position:,}: wrong checksum of a length")
        if start + size + _CRC.size > end:
            return
        record = data[start : start + size]
        following = start + size + _CRC.size
        if size <= MAX_CHECKED and masked_crc(record) != _CRC.unpack_from(data, start + size)[0]:
            if following == end:
                return
            raise UnreadableError(f"is damaged at byte {start:,}: wrong checksum of a record")
        yield record
        position = following


def masked_crc(data: bytes) -> int:
    """Return CRC-32C (Castagnoli), rotated and shifted as TFRecord has it."""
    crc, table = _MASK, _table()
    pairs = len(data) // 2
    for pair in struct.unpack_from(f"<{pairs}H", data):
        crc = table[(crc ^ pair) & 0xFFFF] ^ crc >> 16
    if len(data) % 2:
        crc = _bytes()[(crc ^ data[-1]) & 0xFF] ^ crc >> 8
    crc ^= _MASK
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & _MASK


_crc_of_length = lru_cache(maxsize=4_096)(masked_crc)
"""Records of one tag are of one length, mostly."""


@cache
def _table() -> list[int]:
    """Return the remainders of all pairs of bytes: half the steps in a language of slow steps."""
    single = _bytes()
    return [
        single[single[low] & 0xFF ^ high] ^ single[low] >> 8
        for high in range(256)
        for low in range(256)
    ]


@cache
def _bytes() -> list[int]:
    table = []
    for index in range(256):
        value = index
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table
