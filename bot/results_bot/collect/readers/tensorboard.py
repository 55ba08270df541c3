"""TensorBoard's event files: scalars and hyperparameters, read without TensorFlow."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Mapping
from functools import cache

import msgspec
from msgspec.structs import replace

from results_bot.collect import protobuf, steps
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES, label, scalar
from results_bot.metric_words import SPLITS
from results_bot.model import Scalar, Status

TITLE = "TensorBoard"

_HPARAMS = "_hparams_/session_start_info"
_HPARAMS_END = "_hparams_/session_end_info"
_NOT_A_RUN = (".profile-empty", ".tmp")


class _EventLog(msgspec.Struct):
    """The state of a run as its event file is read."""

    series: dict[str, list[tuple[int | None, float]]] = {}
    plugins: dict[str, str] = {}
    params: dict[str, Scalar] = {}
    status: Status | None = None


def claims(path: str) -> bool:
    """Claim event files."""
    return ".tfevents." in path.rpartition("/")[2] and not path.endswith(_NOT_A_RUN)


def read(file: File) -> list[Extracted] | None:
    """Return the last and best values of every scalar, and the hyperparameters."""
    log = _EventLog()
    try:
        # An Event has its step in field 2, and a summary in field 5, whose values are field 1.
        # https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto
        for event in map(protobuf.message, _records(file.data)):
            for value in protobuf.nested(event.get(5, b""), 1):
                _add_value(protobuf.message(value), protobuf.signed(event.get(2, 0)), log)
    except protobuf.WireError as error:
        raise UnreadableError(f"is not a TensorBoard event file: {error}") from None
    root, split, name = _place(file.folder, log.series)
    readings = steps.of_series(
        {name or tag.removeprefix("hparam/"): points for tag, points in log.series.items()},
        file,
        split,
    )
    for tag, plugin in log.plugins.items():
        if tag not in log.series and not tag.startswith("_hparams_/"):
            file.leave_out(label(tag), f"is not a scalar but {plugin}")
    # Not point by point, which takes as long as all the rest.
    readings = tuple(replace(one, value=protobuf.shortest(one.value)) for one in readings)
    return [Extracted(readings, log.params, status=log.status, root=root, log=TITLE)]


def _add_value(value: Mapping[int, int | bytes], step: int, log: _EventLog) -> None:
    """Add one Summary.Value: tag 1, simple_value 2, tensor 8, metadata 9 of a tag's first event.

    Metadata has the plug-in in field 1: name 1, content 2.
    """
    tag = protobuf.text(value.get(1, b""))
    number = protobuf.real(value[2]) if 2 in value else _of_tensor(value.get(8, b""))
    plugin = protobuf.message(protobuf.message(value.get(9, b"")).get(1, b""))
    if kind := protobuf.text(plugin.get(1, b"")):
        log.plugins.setdefault(tag, label(kind))
        if kind == "hparams":
            _add_hparams(tag, plugin.get(2, b""), log)
    kind = log.plugins.setdefault(tag, "another kind of data" if number is None else "scalars")
    if len(log.plugins) > MAX_LEAVES:
        raise UnreadableError(f"holds more than {MAX_LEAVES:,} tags: data, not metrics")
    if number is None or kind != "scalars" or (tag == "hp_metric" and number == -1):
        return
    series = log.series.setdefault(tag, [])
    while series and (series[-1][0] or 0) > step:
        series.pop()  # The job was restarted from an earlier step.
    series.append((step, number))


def _of_tensor(data: int | bytes) -> float | None:
    """Return the number of a TensorProto that holds exactly one float.

    dtype 1 (float is 1, double is 2), tensor_content 4, float_val 5, double_val 6; a packed list of
    one number has the same bytes as one that is not packed.
    """
    kind = protobuf.message(data).get(1)
    size = 4 if kind == 1 else 8 if kind == 2 else 0
    contents = [value for number, value in protobuf.fields(data) if number in (4, 5, 6)]
    if len(contents) != 1 or not isinstance(contents[0], bytes) or len(contents[0]) != size:
        return None
    return protobuf.real(contents[0])


def _add_hparams(tag: str, content: int | bytes, log: _EventLog) -> None:
    """Add the settings of session_start_info (3), and a failure in session_end_info (4).

    https://github.com/tensorflow/tensorboard/blob/master/tensorboard/plugins/hparams/plugin_data.proto
    """
    if tag == _HPARAMS_END:
        ends = [protobuf.message(end).get(1) for end in protobuf.nested(content, 4)]
        log.status = Status.FAILED if 2 in ends else log.status
    for start in protobuf.nested(content, 3) if tag == _HPARAMS else ():
        for entry in map(protobuf.message, protobuf.nested(start, 1)):  # Of a map: key, value.
            # A google.protobuf.Value: null 1, number 2, string 3, boolean 4.
            value = protobuf.message(entry.get(2, b""))
            found: Scalar = None
            if 2 in value:
                found = protobuf.real(value[2])
            elif 3 in value:
                found = scalar(protobuf.text(value[3]))
            elif 4 in value:
                found = bool(value[4])
            if len(log.params) < MAX_LEAVES:
                log.params[label(protobuf.text(entry.get(1, b"")))] = found


def _place(folder: str, tags: Collection[str]) -> tuple[str | None, str | None, str | None]:
    """Return run folder, split and the only metric's name, where `folder` is part of a run.

    `add_scalars(tag, ...)` makes a folder for each series: PyTorch names it `TAG_SERIES`,
    tensorboardX `TAG/SERIES`.
    """
    above, _, last = folder.rpartition("/")
    if not above:
        return None, None, None
    for tag in tags if len(tags) == 1 else ():
        series = last.removeprefix(tag.replace("/", "_").replace(" ", "_") + "_")
        if series not in ("", last):
            return above, None, f"{tag}/{series}"
        if above.endswith(f"/{tag}"):
            return above.removesuffix(f"/{tag}"), None, f"{tag}/{last}"
    return (above, last.lower(), None) if last.lower() in SPLITS else (None, None, None)


# The framing is TFRecord: length, masked CRC of the length, data, masked CRC of the data.
# https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
_HEADER = struct.Struct("<QI")
_CRC = struct.Struct("<I")
_MASK = 0xFFFFFFFF
_MAX_CHECKED = 65_536
"""Longer records hold images and graphs, not numbers; in Python their checksum takes seconds."""


def _records(data: bytes) -> Iterator[bytes]:
    """Yield the records; one at the end that a stopped job left half-written is skipped.

    Raises UnreadableError where a checksum is wrong before the end.
    """
    position, end = 0, len(data)
    while position + _HEADER.size <= end:
        size, length_crc = _HEADER.unpack_from(data, position)
        start = position + _HEADER.size
        if masked_crc(data[position : position + 8]) != length_crc:
            if position and not data[position:].strip(b"\0"):
                return  # The file system had reserved the space and not yet got the data.
            raise UnreadableError(f"is damaged at byte {position:,}: wrong checksum of a length")
        following = start + size + _CRC.size
        if following > end:
            return
        record = data[start : start + size]
        if size <= _MAX_CHECKED and masked_crc(record) != _CRC.unpack_from(data, start + size)[0]:
            if following == end:
                return
            raise UnreadableError(f"is damaged at byte {start:,}: wrong checksum of a record")
        yield record
        position = following


def masked_crc(data: bytes) -> int:
    """Return CRC-32C (Castagnoli), rotated and shifted as in TFRecord."""
    crc, table = _MASK, _crc_table()
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= _MASK
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & _MASK


@cache
def _crc_table() -> list[int]:
    """Return the remainder of each byte."""
    table = list(range(256))
    for _ in range(8):
        table = [value >> 1 ^ (0x82F63B78 if value & 1 else 0) for value in table]
    return table
