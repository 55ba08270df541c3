"""Flatten nested documents: each leaf is a metric, a setting, or left out with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import isnan
from typing import Any

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import UnreadableError
from results_bot.hostile import printable
from results_bot.metric_names import Role, canonical, role, split_of, tokens
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
_METADATA = frozenset("metadata meta info manifest environment env".split())


def is_configuration(stem: str) -> bool:
    """Return True if a file's name says that it holds settings rather than results."""
    words = tokens(stem)
    return bool(_CONFIGURATION.intersection(words)) and "results" not in words


def is_metadata(stem: str) -> bool:
    """Return True if a file's name says that it describes a run: settings and some results."""
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


def leaves(document: Mapping[str, Any], file: str, stem: str) -> Extracted:
    """Sort every leaf of `document` into metrics, settings and what is left out."""
    split = _split(document, stem)
    settings, metadata = is_configuration(stem), is_metadata(stem)
    readings: list[Reading] = []
    params: dict[str, Scalar] = {}
    left_out: list[tuple[str, str]] = []
    for name, value in _flatten(document):
        if name == "split" and isinstance(value, str):
            continue  # It names what the file is about, and is in the metrics' names already.
        purpose, metric = _purpose(name, settings, metadata, split)
        found = number(value)
        if isinstance(value, list):
            if not settings:
                left_out.append((name, "is a list"))
        elif found is None or purpose is Role.PARAMETER:
            if purpose is Role.PARAMETER:
                params[name] = scalar(value)
            elif purpose is Role.METRIC or not isinstance(value, str):
                left_out.append((name, f"is {_kind(value)}"))
        elif not metric:
            params[name] = scalar(value)
        elif isinstance(value, str) and purpose is not Role.METRIC:
            left_out.append((name, "is text"))
        else:
            readings.append(Reading(metric, found, file))
    return Extracted(tuple(readings), params, left_out=tuple(left_out))


@lru_cache(maxsize=65_536)
def _purpose(name: str, settings: bool, metadata: bool, split: str | None) -> tuple[Role, str]:
    """Return the role of a name, and the metric that a number under it is; "" for a setting."""
    purpose = Role.PARAMETER if settings else role(name)
    setting = purpose is Role.PARAMETER or (metadata and purpose is Role.UNKNOWN)
    return purpose, "" if setting else canonical(name, split)


def _flatten(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield dotted names and leaves in the document's order; depth and number are bounded."""
    count = len(document)
    pending = [("", iter(document.items()))]
    while pending:
        if count > MAX_LEAVES:
            raise UnreadableError(f"holds more than {MAX_LEAVES:,} entries: data, not metrics")
        prefix, entries = pending[-1]
        for key, value in entries:
            name = prefix + label(key)
            if isinstance(value, dict) and value:
                if len(pending) >= MAX_DEPTH:
                    raise UnreadableError(f"is nested more than {MAX_DEPTH} levels deep")
                count += len(value)
                pending.append((f"{name}." if name else "", iter(value.items())))
                break
            if name:
                yield name, value
        else:
            pending.pop()


@lru_cache(maxsize=65_536, typed=True)
def label(text: object) -> str:
    """Return a name or a short text of an artifact, safe to be shown and of limited length."""
    return printable(str(text))[:MAX_NAME]


def _split(document: Mapping[str, Any], stem: str) -> str | None:
    named = document.get("split")
    return split_of(named if isinstance(named, str) else stem)


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


def setting(text: str) -> Scalar:
    """Parse a setting kept as text: a number, unless its digits are a name (`007`)."""
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
