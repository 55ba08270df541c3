"""What W&B's two homes of a run have in common: summary and configuration as documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import structs

from results_bot.collect.flatten import MAX_NAME, leaves
from results_bot.hostile import printable
from results_bot.metric_names import direction
from results_bot.model import Direction, Kind, Reading, Scalar
from results_bot.patterns import later

LOG = "W&B"
FOLDER = later(r"(?P<root>(?:.+/)?(?:offline-)?run-\d{8}_\d{6}-(?P<id>[^/]+))/")
"""A run's folder; a resumed run has several, with one id."""

_BEST = {"min": Direction.LOWER, "max": Direction.HIGHER}


def identity(run_id: str) -> str:
    """Return what makes the folders of a resumed run one run."""
    return f"wandb {run_id}"


def summary(
    document: Mapping[str, Any], file: str
) -> tuple[tuple[Reading, ...], tuple[tuple[str, str], ...]]:
    """Return the readings of a run's summary: the last value of all that was logged.

    `define_metric(summary="min")` puts a dict there: `{"loss": {"min": 0.1}}`.
    """
    plain = {key: value for key, value in document.items() if not key.startswith("_")}
    media = [key for key, value in plain.items() if isinstance(value, Mapping) and "_type" in value]
    aside = tuple((printable(key)[:MAX_NAME], "is media, not a number") for key in media)
    numbers = {key: value for key, value in plain.items() if key not in set(media)}
    if not numbers:
        return (), aside
    flat = leaves(numbers, file, "summary")
    return tuple(_reading(reading) for reading in flat.readings), (*flat.left_out, *aside)


def config(document: Mapping[str, Any], file: str) -> Mapping[str, Scalar]:
    """Return the settings of a run's `config.yaml`, where each is under `value`."""
    plain = {
        key: value["value"] if isinstance(value, Mapping) and "value" in value else value
        for key, value in document.items()
        if key not in ("_wandb", "wandb_version")
    }
    return leaves(plain, file, "config").params if plain else {}


def _reading(reading: Reading) -> Reading:
    name, _, how = reading.name.rpartition(".")
    if name and how in _BEST and direction(name) is _BEST[how]:
        return structs.replace(reading, name=f"best_{name}", kind=Kind.BEST)
    if name and how == "last":
        return structs.replace(reading, name=name, kind=Kind.LAST)
    return structs.replace(reading, kind=Kind.LAST)


def nest(flat: Iterable[tuple[tuple[str, ...], Any]]) -> dict[str, Any]:
    """Return a document of keys and values; a key of several parts goes down as many dicts."""
    out: dict[str, Any] = {}
    for path, value in flat:
        inner = out
        for part in path[:-1]:
            found = inner.get(part)
            if not isinstance(found, dict):
                found = inner[part] = {}
            inner = found
        inner[path[-1]] = value
    return out
