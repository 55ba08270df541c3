"""TensorBoard's event files, read without TensorFlow: scalars and hyperparameters, nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import structs

from results_bot.collect import step_log, wire
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.flatten import MAX_LEAVES, MAX_NAME, scalar
from results_bot.collect.tfrecord import records
from results_bot.hostile import printable
from results_bot.metric_vocabulary import SPLITS
from results_bot.model import Reading, Scalar, Status

TITLE = "TensorBoard"
WHERE = "`events.out.tfevents.*` in the run's folder, or in its `train/`, `validation/`, `eval/`"
TRAPS: tuple[str, ...] = (
    "numbers are single precision; the shortest number that gives the same bits is taken",
    "both encodings, `simple_value` and `tensor`",
    "several event files of one run: the later has the last word, steps may overlap",
    "a restarted job's steps replace those it repeats",
    "`add_hparams` folders named by time belong to the run above, where there is one only",
    "`add_scalars` folders, one a series, are metrics of the run above",
    "a last record that is cut off is passed over; damage before it is an error",
    "Lightning's `hp_metric` of -1 means that there is none",
)

_HPARAMS = "_hparams_/session_start_info"
_HPARAMS_END = "_hparams_/session_end_info"
_NOT_A_RUN = (".profile-empty", ".tmp")


class Log(msgspec.Struct):
    """What one event file says so far."""

    series: dict[str, list[tuple[int | None, float]]] = {}
    doubles: set[str] = set()
    """Tags whose numbers are double precision."""
    plugins: dict[str, str] = {}
    params: dict[str, Scalar] = {}
    status: Status | None = None


def claims(path: str) -> bool:
    """Take event files."""
    return ".tfevents." in path.rpartition("/")[2] and not path.endswith(_NOT_A_RUN)


def read(file: File) -> list[Extracted] | None:
    """Return last and best of every scalar, and the hyperparameters."""
    log = Log()
    try:
        for record in records(file.data):
            _event(record, log)
    except wire.WireError as error:
        raise UnreadableError(f"is no TensorBoard event file: {error}") from None
    root, split, inner = _place(file.folder, log)
    readings, left_out = step_log.of_series(
        {inner or _without_prefix(tag): points for tag, points in log.series.items()},
        file.path,
        split,
    )
    return [
        Extracted(
            tuple(_single(reading, log) for reading in readings),
            log.params,
            status=log.status,
            root=root,
            log=TITLE,
            left_out=(*left_out, *_not_scalars(log)),
        )
    ]


def _event(record: bytes, log: Log) -> None:
    """Add one Event: step is field 2, summary field 5.

    https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto
    """
    step = 0
    summary = b""
    for number, value in wire.fields(record):
        if number == 2 and isinstance(value, int):
            step = wire.signed(value)
        elif number == 5 and isinstance(value, bytes):
            summary = value
    for number, value in wire.fields(summary):
        if number == 1 and isinstance(value, bytes):
            _summary_value(value, step, log)


def _summary_value(data: bytes, step: int, log: Log) -> None:
    """Add one Summary.Value: tag 1, simple_value 2, tensor 8, metadata 9."""
    tag, number = "", None
    double = False
    for field_number, value in wire.fields(data):
        if field_number == 1:
            tag = wire.text(value)
        elif field_number == 2:
            number = wire.single(value)
        elif field_number == 8 and isinstance(value, bytes):
            number, double = _tensor(value)
        elif field_number == 9 and isinstance(value, bytes):
            _metadata(value, tag, log)
    plugin = log.plugins.setdefault(tag, "scalars" if number is not None else "no scalar")
    if len(log.plugins) > MAX_LEAVES:
        raise UnreadableError(f"holds more than {MAX_LEAVES:,} tags: data, not metrics")
    if number is None or plugin != "scalars" or (tag == "hp_metric" and number == -1):
        return
    if double:
        log.doubles.add(tag)
    series = log.series.setdefault(tag, [])
    while series and (series[-1][0] or 0) > step:
        series.pop()  # The job was restarted from an earlier step.
    series.append((step, number))


def _tensor(data: bytes) -> tuple[float | None, bool]:
    """Return the number of a TensorProto that holds just one float, and whether it is a double.

    tensor_content 4, float_val 5, double_val 6; both lists may be packed, which for one number
    looks as if it were not. dtype (1) is 1 for float and 2 for double.
    """
    kind = 0
    number: float | None = None
    for field_number, value in wire.fields(data):
        if field_number == 1 and isinstance(value, int):
            kind = value
        elif field_number in (4, 5, 6) and isinstance(value, bytes):
            size = {1: 4, 2: 8}.get(kind)
            if number is not None or len(value) != size:
                return None, False
            number = wire.single(value) if kind == 1 else wire.double(value)
    return number, kind == 2


def _metadata(data: bytes, tag: str, log: Log) -> None:
    """Remember the tag's plug-in: metadata comes with the first event of a tag only."""
    for plugin in wire.nested(data, 1):
        name, content = "", b""
        for number, value in wire.fields(plugin):
            if number == 1:
                name = wire.text(value)
            elif number == 2 and isinstance(value, bytes):
                content = value
        if name:
            log.plugins.setdefault(tag, name[:MAX_NAME])
        if name == "hparams":
            _hparams(tag, content, log)


def _hparams(tag: str, content: bytes, log: Log) -> None:
    """Take the settings of session_start_info (3), and a failure in session_end_info (4).

    https://github.com/tensorflow/tensorboard/blob/master/tensorboard/plugins/hparams/plugin_data.proto
    """
    if tag == _HPARAMS:
        for start in wire.nested(content, 3):
            for entry in wire.nested(start, 1):
                _add_hparam(dict(wire.fields(entry)), log)
    elif tag == _HPARAMS_END:
        for end in wire.nested(content, 4):
            if dict(wire.fields(end)).get(1) == 2:
                log.status = Status.FAILED


def _add_hparam(entry: dict[int, int | bytes], log: Log) -> None:
    """Add one entry of a map: key 1, value 2."""
    value = entry.get(2, b"")
    if len(log.params) < MAX_LEAVES and isinstance(value, bytes):
        log.params[printable(wire.text(entry.get(1, b"")))[:MAX_NAME]] = _hparam(value)


def _hparam(data: bytes) -> Scalar:
    """Return a google.protobuf.Value: null 1, number 2, text 3, yes or no 4."""
    for number, value in wire.fields(data):
        if number == 2:
            return wire.double(value)
        if number == 3:
            return scalar(wire.text(value))
        if number == 4:
            return bool(value)
    return None


def _place(folder: str, log: Log) -> tuple[str | None, str | None, str | None]:
    """Return run folder, split and the one metric's name, where the folder is a part of a run."""
    above, _, last = folder.rpartition("/")
    if not above:
        return None, None, None
    if len(log.series) == 1:
        [tag] = log.series
        run, series = _of_scalars(folder, tag)
        if run:
            return run, None, f"{tag}/{series}"
    if last.lower() in SPLITS:
        return above, last.lower(), None
    return None, None, None


def _of_scalars(folder: str, tag: str) -> tuple[str, str]:
    """Return the run and the series where `add_scalars(tag, ...)` made `folder`.

    PyTorch names it `TAG_SERIES`, tensorboardX `TAG/SERIES`.
    """
    above, _, last = folder.rpartition("/")
    series = last.removeprefix(tag.replace("/", "_").replace(" ", "_") + "_")
    if series not in ("", last):
        return above, series
    run = above.removesuffix(f"/{tag}")
    return (run, last) if run != above else ("", "")


def _without_prefix(tag: str) -> str:
    return tag.removeprefix("hparam/")


def _single(reading: Reading, log: Log) -> Reading:
    return reading if log.doubles else structs.replace(reading, value=wire.shortest(reading.value))


def _not_scalars(log: Log) -> Iterator[tuple[str, str]]:
    for tag, plugin in log.plugins.items():
        if tag not in log.series and not tag.startswith("_hparams_/"):
            yield printable(tag)[:MAX_NAME], f"is no scalar but {printable(plugin)}"
