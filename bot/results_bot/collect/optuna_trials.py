"""An Optuna trial as a run, the same from the database and from `trials_dataframe`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File
from results_bot.collect.flatten import MAX_NAME, number, scalar
from results_bot.hostile import printable
from results_bot.metric_names import Role, canonical, role
from results_bot.model import Direction, Reading, Scalar, Status

_STATUS = {
    "COMPLETE": Status.FINISHED, "PRUNED": Status.PRUNED, "FAIL": Status.FAILED,
    "RUNNING": Status.UNFINISHED,
}  # fmt: skip


class Trial(msgspec.Struct, frozen=True):
    """What either form says of a trial."""

    study: str
    number: str
    state: str
    started: str
    values: Mapping[str, object]
    """By objective."""
    directions: Mapping[str, Direction] = {}
    params: Mapping[str, Scalar] = {}
    attributes: Mapping[str, object] = {}
    """What the user set; a number may well be a metric."""
    left_out: tuple[tuple[str, str], ...] = ()


def objective(names: Sequence[str], index: int, count: int) -> str:
    """Return what an objective is called: as the study names it, else `value`, `value_1`."""
    if index < len(names):
        return names[index]
    return "value" if count <= 1 else f"value_{index}"


def found(trial: Trial, file: File) -> Extracted | None:
    """Return the trial as a run; None for one that is no run, as it only waits for its turn."""
    if trial.state not in _STATUS:
        return None
    readings = [
        Reading(
            canonical(printable(name)[:MAX_NAME]),
            value,
            file.path,
            direction=trial.directions.get(name, Direction.UNKNOWN),
        )
        for name, written in trial.values.items()
        if (value := number(written)) is not None
    ]
    params = {printable(name)[:MAX_NAME]: value for name, value in trial.params.items()}
    for key, attribute in trial.attributes.items():
        name, value = printable(key)[:MAX_NAME], number(attribute)
        if value is not None and role(name) is not Role.PARAMETER:
            readings.append(Reading(canonical(name), value, file.path))
        elif attribute is not None and not isinstance(attribute, list | dict):
            params.setdefault(name, scalar(attribute))
    shown = printable(trial.study)[:MAX_NAME].replace("/", "_")
    return Extracted(
        tuple(readings),
        params,
        status=_STATUS[trial.state],
        member=f"{shown}/trial_{printable(trial.number)[:MAX_NAME].replace('/', '_')}",
        # A trial begins at some microsecond, in the database and in the table alike.
        identity=f"optuna {trial.number} {trial.started}" if trial.started else "",
        left_out=trial.left_out,
    )
