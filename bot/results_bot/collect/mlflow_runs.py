"""What MLflow's two stores have in common: how a run is called and how it ended."""

from __future__ import annotations

from results_bot.collect.flatten import MAX_NAME
from results_bot.hostile import printable
from results_bot.model import Status

# https://github.com/mlflow/mlflow/blob/master/mlflow/protos/service.proto, enum RunStatus; the
# file store keeps the number, the database the name.
_STATUS = {
    "1": Status.UNFINISHED, "RUNNING": Status.UNFINISHED,
    "2": Status.UNFINISHED, "SCHEDULED": Status.UNFINISHED,
    "3": Status.FINISHED, "FINISHED": Status.FINISHED,
    "4": Status.FAILED, "FAILED": Status.FAILED,
    "5": Status.FAILED, "KILLED": Status.FAILED,
}  # fmt: skip


def status(value: object, lifecycle_stage: object) -> Status | None:
    """Return how a run ended; deleted runs stay in the store, whatever they came to."""
    if lifecycle_stage == "deleted":
        return Status.DELETED
    return _STATUS.get(str(value))


def name(value: object) -> str | None:
    """Return a run's or an experiment's name for display, None where there is none."""
    shown = printable(value).strip()[:MAX_NAME] if isinstance(value, str) else ""
    return shown or None


def folder(above: str, experiment: object, run: object = None) -> str:
    """Return the folder where the file store, or a database's artifacts, have a run."""
    parts = [above, "mlruns", _part(experiment), _part(run) if run is not None else ""]
    return "/".join(part for part in parts if part)


def _part(value: object) -> str:
    return printable(str(value))[:MAX_NAME].replace("/", "_").lstrip(".") or "_"
