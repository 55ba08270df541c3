"""Nested documents to flat numbers: which leaves are metrics, which settings, which neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isnan
from typing import Any

from bot.collect.files import UnreadableError
from bot.hostile import printable
from bot.metric_names import Role, canonical, role, split_of, tokens
from bot.model import Reading, Scalar

MAX_LEAVES = 20_000
"""More numbers than any results file holds; a million keys are data, not metrics."""
MAX_DEPTH = 32
MAX_NAME = 200
_MOST_KNOWN = 500
"""Names of one file that are worth remembering: another file with as many is hardly like it."""

_NONFINITE = {"nan", "inf", "-inf", "+inf", "infinity", "-infinity"}
_CONFIGURATION = frozenset(
    "config configs configuration params hparams hyperparameters hyperparams args arguments "
    "settings options opt overrides conf cfg hydra sweep hyp".split()
)
_METADATA = frozenset("metadata meta info manifest environment env".split())


@dataclass
class Leaves:
    """The leaves of one document, sorted by role."""

    readings: list[Reading] = field(default_factory=list)
    params: dict[str, Scalar] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def is_configuration(stem: str) -> bool:
    """Tell by a file's name whether it holds settings rather than results."""
    words = tokens(stem)
    return bool(_CONFIGURATION.intersection(words)) and "results" not in words


def is_metadata(stem: str) -> bool:
    """Tell by a file's name whether it describes a run: settings and some results together."""
    return bool(_METADATA.intersection(tokens(stem)))


def number(value: object) -> float | None:
    """Return a finite or non-finite float for a number or its string; None for anything else."""
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


def leaves(document: Mapping[str, Any], file: str, stem: str) -> Leaves:
    """Sort every leaf of `document` into readings, settings and what is left out."""
    out = Leaves()
    settings, metadata = is_configuration(stem), is_metadata(stem)
    names: list[str] = []
    values: list[Any] = []
    _flatten(document, "", 1, names, values, [len(document)])
    roles = _known_roles if len(names) <= _MOST_KNOWN else _known_roles.__wrapped__
    told = roles(tuple(names), settings, metadata, _split(document, stem))
    for name, (purpose, metric), value in zip(names, told, values, strict=True):
        if metric and type(value) is float:
            out.readings.append(Reading(metric, value, file))
        elif name != "split" or not isinstance(value, str):
            # `split` names what the file is about, and is in the metrics' names already.
            _sort(out, name, value, purpose, settings, metric, file)
    return out


def _sort(
    out: Leaves, name: str, value: object, purpose: Role, settings: bool, metric: str, file: str
) -> None:
    """Put one leaf where it belongs."""
    value_number = number(value)
    if isinstance(value, list):
        if not settings:
            out.left_out.append((name, "is a list"))
    elif value_number is None or purpose is Role.PARAMETER:
        if purpose is Role.PARAMETER:
            out.params[name] = scalar(value)
        elif purpose is Role.METRIC or not isinstance(value, str):
            out.left_out.append((name, f"is {_kind(value)}"))
    elif not metric:
        out.params[name] = scalar(value)
    elif isinstance(value, str) and purpose is not Role.METRIC:
        out.left_out.append((name, "is text"))
    else:
        out.readings.append(Reading(metric, value_number, file))


@lru_cache(maxsize=1_024)
def _known_roles(
    names: tuple[str, ...], settings: bool, metadata: bool, split: str | None
) -> list[tuple[Role, str]]:
    """Return what each name is for, and the metric that a number under it is; "" where it is none.

    The files of many runs have the same names, which are looked at only once.
    """
    told: list[tuple[Role, str]] = []
    for name in names:
        purpose = Role.PARAMETER if settings else role(name)
        setting = purpose is Role.PARAMETER or (metadata and purpose is Role.UNKNOWN)
        told.append((purpose, "" if setting else canonical(name, split)))
    return told


def _flatten(
    document: Mapping[str, Any],
    prefix: str,
    depth: int,
    names: list[str],
    values: list[Any],
    count: list[int],
) -> None:
    """Add dotted names and leaves, depth and number bounded, in the document's order."""
    if count[0] > MAX_LEAVES:
        raise UnreadableError(f"holds more than {MAX_LEAVES:,} entries: data, not metrics")
    for key, value in document.items():
        name = prefix + _part(key)
        if isinstance(value, dict) and value:
            if depth >= MAX_DEPTH:
                raise UnreadableError(f"is nested more than {MAX_DEPTH} levels deep")
            count[0] += len(value)
            inner = f"{name}." if name else ""
            _flatten(value, inner, depth + 1, names, values, count)
        elif name:
            names.append(name)
            values.append(value)


@lru_cache(maxsize=65_536, typed=True)
def _part(key: object) -> str:
    return printable(str(key))[:MAX_NAME]


def _split(document: Mapping[str, Any], stem: str) -> str | None:
    named = document.get("split")
    if isinstance(named, str):
        return split_of(named)
    return split_of(stem)


def _number_in(text: str) -> float | None:
    if text.lower() in _NONFINITE:
        return float(text)
    if not text or text[-1:].isalpha() or "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def scalar(value: object) -> Scalar:
    """Return a setting's value, text made harmless."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return printable(str(value))[:MAX_NAME]


def setting(text: str) -> Scalar:
    """Return a setting that was kept as text: a number, unless its digits are a name (`007`)."""
    value = number(text)
    if value is None or isnan(value) or not text.strip():
        return scalar(text)
    if text.isdecimal() or text.removeprefix("-").isdecimal():
        return int(value) if text == f"{value:.0f}" else scalar(text)
    return value


def _kind(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, str):
        return f"text, not a number: {printable(value)[:20]}"
    return "a yes or no" if isinstance(value, bool) else f"a {type(value).__name__}"
