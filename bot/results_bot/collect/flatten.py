"""Flatten nested documents: each leaf is a metric, a setting, or left out with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from math import isnan
from typing import Any

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnreadableError
from results_bot.collect.folders import is_generic_stem, without_replicate
from results_bot.escape import printable
from results_bot.metric_names import Role, canonical, role, split_of, stated_direction, tokens
from results_bot.model import Reading, Scalar

MAX_LEAVES = 20_000
"""More entries than any results file holds: a million keys are data, not metrics."""
MAX_DEPTH = 32
MAX_NAME = 200

_NONFINITE = {"nan", "inf", "-inf", "+inf", "infinity", "-infinity"}
_CONFIGURATION = frozenset(
    "config configs configuration params hparams hyperparameters hyperparams args arguments "
    "settings options opt overrides conf cfg hydra sweep hyp".split()
)
_SETTINGS_FOLDERS = frozenset("config configs conf hparams hyperparameters".split())
"""Folders whose files describe a run, whatever numbers they hold."""
_METADATA = frozenset("metadata meta info manifest environment env".split())
BASELINES = frozenset("baseline baselines".split())
_PUBLISHED = frozenset("published sota paper".split())
"""Words in the name of what others have measured."""


def is_configuration(stem: str) -> bool:
    """Return True if a file's name suggests settings rather than results."""
    words = tokens(stem)
    return bool(_CONFIGURATION.intersection(words)) and "results" not in words


def is_metadata(stem: str) -> bool:
    """Return True if a file's name suggests a description of a run: settings and some results."""
    return bool(_METADATA.intersection(tokens(stem)))


def number(value: object) -> float | None:
    """Return the float of a number or of a number in quotes; None for anything else."""
    if type(value) is float:
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    if isinstance(value, str):
        return _number_in(value.strip())
    return None


def measured(value: object) -> float | None:
    """Return the number that a metric's value is: also 0.922 of the text `92.2%`."""
    if isinstance(value, str) and value.strip().endswith("%"):
        share = number(value.strip()[:-1])
        return None if share is None else share / 100
    return number(value)


def readings(
    cells: Mapping[str, object], file: File, split: str | None = None
) -> tuple[Reading, ...]:
    """Return the numbers among named cells as readings, each by its canonical name."""
    return tuple(
        reading(name, value, file.path, split)
        for name, cell in cells.items()
        if name and (value := measured(cell)) is not None
    )


def reading(name: str, value: float, file: str, split: str | None = None) -> Reading:
    """Return a number by its canonical name, with the direction that an arrow states."""
    canonical_name = canonical(label(name.strip()), split)
    return Reading(canonical_name, value, file, direction=stated_direction(name))


def row(
    name: str,
    readings: Iterable[Reading],
    params: Mapping[str, Scalar] | None = None,
    **more: Any,
) -> Extracted:
    """Return one of several runs in a file; a model called `org/name` is not in a folder."""
    shown = label(name)
    member = shown.replace("/", ":") or None
    return Extracted(tuple(readings), params or {}, member=member, name=shown or None, **more)


def inner(document: object, *keys: str) -> dict[str, Any]:
    """Return the object under nested keys; an empty one where there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def leaves(document: Mapping[str, Any], file: str, stem: str) -> Extracted:
    """Sort every leaf of `document` into metrics, settings and what is left out."""
    folders = set(file.lower().split("/")[:-1])
    settings = is_configuration(stem) or not folders.isdisjoint(_SETTINGS_FOLDERS)
    about = (settings, is_metadata(stem), _split(document, stem))
    taken: list[Reading] = []
    params: dict[str, Scalar] = {}
    left_out: list[tuple[str, str]] = []
    for name, value in dotted(document):
        purpose, metric = _purpose(name, about)
        if not name or (name == "split" and isinstance(value, str)):
            continue  # The split is what the file is about, and is in the metrics' names already.
        found = measured(value) if purpose is Role.METRIC else number(value)
        if isinstance(value, list):
            if not about[0]:
                left_out.append((name, "is a list"))
        elif purpose is Role.PARAMETER or (found is not None and not metric):
            params[name] = scalar(value)
        elif found is None:
            if purpose is Role.METRIC or not isinstance(value, str):
                left_out.append((name, f"is {_kind(value)}"))
        elif isinstance(value, str) and purpose is not Role.METRIC:
            left_out.append((name, "is text"))
        else:
            taken.append(Reading(metric, found, file, direction=stated_direction(name)))
    return Extracted(tuple(taken), params, left_out=tuple(left_out))


@lru_cache(maxsize=65_536)
def _purpose(name: str, about: tuple[bool, bool, str | None]) -> tuple[Role, str]:
    """Return the role of a leaf and the metric that a number there is; "" for a setting.

    `about` is whether the file holds settings, whether it describes a run, and the split that it is
    about.
    """
    settings, metadata, split = about
    purpose = Role.PARAMETER if settings else role(name)
    setting = purpose is Role.PARAMETER or (metadata and purpose is Role.UNKNOWN)
    return purpose, "" if setting or not name else canonical(name, split)


def dotted(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the leaves in the document's order, each with its dotted name.

    Depth and number are bounded.
    """
    count = len(document)
    pending = [("", iter(document.items()))]
    while pending:
        if count > MAX_LEAVES:
            raise UnreadableError(f"holds more than {MAX_LEAVES:,} entries: data, not metrics")
        prefix, entries = pending[-1]
        for key, value in entries:
            name = prefix + label(key)
            if not isinstance(value, dict) or not value:
                yield name, value
                continue
            if str(key).lower() in BASELINES or _PUBLISHED.intersection(tokens(str(key))):
                continue  # Somebody else's results, not this run's.
            if len(pending) >= MAX_DEPTH:
                raise UnreadableError(f"is nested more than {MAX_DEPTH} levels deep")
            count += len(value)
            pending.append((f"{name}." if name else "", iter(value.items())))
            break
        else:
            pending.pop()


@lru_cache(maxsize=65_536, typed=True)
def label(text: object) -> str:
    """Return a name or a short text of an artifact, safe to be shown and of limited length."""
    return printable(str(text))[:MAX_NAME]


def _split(document: Mapping[str, Any], stem: str) -> str | None:
    named = document.get("split")
    return split_of(named) if isinstance(named, str) else split_of_file(stem)


def split_of_file(stem: str) -> str | None:
    """Return the split that a file's name says it is about.

    What is before the number of a replicate is an experiment's name: `A2_validation__rep1`.
    """
    experiment = without_replicate(stem)
    return split_of(stem) if experiment == stem or is_generic_stem(experiment) else None


def _number_in(text: str) -> float | None:
    if text[-1:].isalpha():
        return float(text) if text.lower() in _NONFINITE else None
    if not text or "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def scalar(value: object) -> Scalar:
    """Return a setting's value; text is escaped and cut."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return printable(str(value))[:MAX_NAME]


def timestamp(text: object) -> float:
    """Return the seconds of an ISO date; 0 where it is none."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def parsed(text: object) -> Any:
    """Return the JSON document in a text; None for anything else."""
    try:
        return json.loads(text) if isinstance(text, str | bytes) else None
    except (ValueError, RecursionError):
        return None


def setting(value: object) -> Scalar:
    """Return a setting; a number kept as text is parsed, unless its digits are a name (`007`)."""
    if not isinstance(value, str):
        return scalar(value)
    parsed = number(value)
    if parsed is None or isnan(parsed) or not value.strip():
        return scalar(value)
    if value.isdecimal() or value.removeprefix("-").isdecimal():
        return int(parsed) if value == f"{parsed:.0f}" else scalar(value)
    return parsed


def origin(date: object = None, commit: object = None) -> dict[str, Scalar]:
    """Return the settings `date` and `git_commit` of a run, as far as its tracker knows them.

    `date` is when the run started: a text in ISO 8601, or seconds since 1970 for the day in UTC.
    """
    found: dict[str, Scalar] = {}
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(date, int | float):
            date = datetime.fromtimestamp(date, UTC).isoformat()
        if isinstance(date, str):
            found["date"] = datetime.fromisoformat(date).date().isoformat()
    if isinstance(commit, str) and commit.strip():
        found["git_commit"] = label(commit.strip())
    return found


def _kind(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, str):
        return f"text, not a number: {printable(value)[:20]}"
    return "a yes or no" if isinstance(value, bool) else f"a {type(value).__name__}"
