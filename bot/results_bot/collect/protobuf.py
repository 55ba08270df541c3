"""Decode the protocol buffers wire format: the fields of one message, as event logs need them.

Nested messages stay bytes until their fields are asked for, so no input can cause recursion.
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SIZES = {1: 8, 5: 4}
"""The bytes of a value of each fixed size."""


class WireError(ValueError):
    """The bytes are not a valid message."""


def fields(data: int | bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield field numbers and values: an int for a varint, bytes for all else.

    Yields nothing for a varint, which is no message.
    """
    if not isinstance(data, bytes):
        return
    position, end = 0, len(data)
    while position < end:
        key, position = _varint(data, position)
        kind = key & 7
        value: int | bytes
        if kind == 0:
            value, position = _varint(data, position)
        else:
            size = _SIZES.get(kind, -1)
            if kind == 2:
                size, position = _varint(data, position)
            if size < 0 or position + size > end:
                raise WireError("a field is cut off or of an unknown kind")
            value = data[position : position + size]
            position += size
        yield key >> 3, value


def message(data: int | bytes) -> dict[int, int | bytes]:
    """Return the last value of each field of a message."""
    return dict(fields(data))


def nested(data: int | bytes, wanted: int) -> Iterator[bytes]:
    """Yield every value of the message field number `wanted`."""
    for number, value in fields(data):
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


def real(value: int | bytes) -> float:
    """Return the value of a `float` or a `double` field."""
    if not isinstance(value, bytes) or len(value) not in (4, 8):
        raise WireError("a number has the wrong size")
    return float(struct.unpack("<f" if len(value) == 4 else "<d", value)[0])


def shortest(value: float) -> float:
    """Return the shortest decimal that gives the same single-precision number: 0.9296296.

    What is no single-precision number stays as it is.
    """
    import numpy as np

    with np.errstate(over="ignore"):
        single = np.float32(value)
    return float(str(single)) if float(single) == value else value


def _varint(data: bytes, position: int) -> tuple[int, int]:
    if position < len(data) and data[position] < 0x80:  # Most have one byte.
        return data[position], position + 1
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
