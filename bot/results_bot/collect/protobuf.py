"""Decode the protocol buffers wire format: the fields of one message, as event logs need them.

Nested messages stay bytes until their fields are asked for, so no input can cause recursion.
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_DOUBLE = struct.Struct("<d")
_FLOAT = struct.Struct("<f")


class WireError(ValueError):
    """The bytes are not a valid message."""


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield field numbers and values: an int for a varint, bytes for all else."""
    position, end = 0, len(data)
    while position < end:
        key = data[position]
        position += 1
        if key > 0x7F:  # Nearly all keys have one byte, and a call costs more than the rest.
            key, position = _varint(data, position - 1)
        kind = key & 7
        value: int | bytes
        if kind == 0:
            value, position = _varint(data, position)
        else:
            if kind == 2 and position < end and data[position] < 0x80:
                size = data[position]
                position += 1
            elif kind == 2:
                size, position = _varint(data, position)
            else:
                size = {1: 8, 5: 4}.get(kind, -1)
            if size < 0 or position + size > end:
                raise WireError("a field is cut off or of an unknown kind")
            value = data[position : position + size]
            position += size
        yield key >> 3, value


def message(data: int | bytes) -> dict[int, int | bytes]:
    """Return the last value of each field of a message; nothing for what is no message."""
    return dict(fields(data)) if isinstance(data, bytes) else {}


def nested(data: int | bytes, wanted: int) -> Iterator[bytes]:
    """Yield every value of the message field number `wanted`."""
    for number, value in fields(data) if isinstance(data, bytes) else ():
        if number == wanted and isinstance(value, bytes):
            yield value


def text(value: int | bytes) -> str:
    """Return the value of a string field."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def signed(value: int | bytes) -> int:
    """Return the int64 that a varint encodes."""
    if isinstance(value, bytes):
        raise WireError("a number has the wrong kind")
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value


def double(value: int | bytes) -> float:
    """Return the value of a `double` field."""
    return _unpacked(_DOUBLE, value)


def single(value: int | bytes) -> float:
    """Return the value of a `float` field, widened to a double."""
    return _unpacked(_FLOAT, value)


def shortest(value: float) -> float:
    """Return the shortest decimal that gives this single-precision number: 0.9296296."""
    import numpy as np

    return float(str(np.float32(value)))


def _unpacked(form: struct.Struct, value: int | bytes) -> float:
    if not isinstance(value, bytes) or len(value) != form.size:
        raise WireError("a number has the wrong size")
    return float(form.unpack(value)[0])


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data) or shift > 63:
            raise WireError("a number is cut off or too long")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
