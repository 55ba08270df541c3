"""Lightning's CSVLogger: one row an event, most cells blank; settings in `hparams.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from results_bot.collect import delimited, step_log
from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import leaves, number
from results_bot.collect.readers import yaml_metrics
from results_bot.metric_names import Role, role, split_of
from results_bot.model import Kind, Reading

TITLE = "Lightning CSVLogger"
WHERE = "`version_N/metrics.csv` with the columns `epoch` and `step`; `version_N/hparams.yaml`"
TRAPS: tuple[str, ...] = (
    "blank cells are passed over: each metric's last and best value is its own",
    "of `NAME_step` and `NAME_epoch` the latter is taken, as `NAME`",
    "`test_*` is in a row of its own: it is final, and its epoch is none of training",
    "a version that logged no metrics is listed as unfinished",
)


def claims(path: str) -> bool:
    """Take `metrics.csv`, and the settings beside it."""
    folder, _, name = path.rpartition("/")
    return name == "metrics.csv" or (name == "hparams.yaml" and _is_version(folder))


def read(file: File) -> list[Extracted] | None:
    """Return last, best and test values; None for another `metrics.csv`."""
    if file.name == "hparams.yaml":
        settings = yaml_metrics.load(file.text)
        flat = leaves(settings if isinstance(settings, dict) else {}, file.path, file.stem)
        return [Extracted(params=flat.params, started=True)]
    header = delimited.header(file)
    if not {"epoch", "step"} <= set(header):
        return None
    table = delimited.table(file)
    left_out = {delimited.CUT[0]: delimited.CUT[1]} if table.cut else {}
    names = _names(header, left_out)
    rows = [_row(record, names) for record in table.records]
    trained = [row for row in rows if not _is_test(row)]
    tested = [row for row in rows if _is_test(row)]
    count = [one for one in step_log.readings(trained, file.path) if one.name == "total_epochs"]
    readings = [one for one in step_log.readings(rows, file.path) if one.name != "total_epochs"]
    readings = [_final(one, len(tested)) for one in readings]
    return [Extracted((*readings, *count), left_out=tuple(left_out.items()))]


def _is_version(folder: str) -> bool:
    return folder.rpartition("/")[2].startswith("version_")


def _names(header: Sequence[str], left_out: dict[str, str]) -> dict[str, str]:
    """Return the columns to take, each with its metric's name."""
    names: dict[str, str] = {}
    known = set(header)
    for column in header:
        stem, _, suffix = column.rpartition("_")
        if column.startswith("lr-"):
            left_out[column] = "is a setting"
        elif suffix == "step" and f"{stem}_epoch" in known:
            left_out[column] = f"is of one step; {stem}_epoch is taken"
        elif suffix in ("step", "epoch") and role(stem) is Role.METRIC:
            names[column] = stem
        else:
            names[column] = column
    return names


def _row(record: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {names[column]: cell for column, cell in record.items() if column in names and cell}


def _is_test(row: Mapping[str, str]) -> bool:
    metrics = [name for name in row if name not in ("epoch", "step")]
    return bool(metrics) and all(split_of(name) == "test" for name in metrics)


def _final(reading: Reading, test_rows: int) -> Reading:
    """Return a test value as final where the test ran once, after the training."""
    once = test_rows == 1 and split_of(reading.name) == "test" and number(reading.value) is not None
    once = once and reading.kind is Kind.LAST
    return structs.replace(reading, kind=Kind.FINAL) if once else reading
