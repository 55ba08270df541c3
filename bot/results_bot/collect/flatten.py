"""Nested documents to flat numbers: which leaves are metrics, which settings, which neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import isnan
from operator import itemgetter
from typing import Any

import msgspec

from results_bot.collect.files import UnreadableError
from results_bot.collect.found import Found, Plain, Shape
from results_bot.collect.outline import Form, Outline, outline
from results_bot.hostile import printable
from results_bot.metric_names import Role, canonical, role, split_of, tokens
from results_bot.model import Scalar

MAX_LEAVES = 20_000
"""More numbers than any results file holds; a million keys are data, not metrics."""
MAX_DEPTH = 32
MAX_NAME = 200

_NUMBERS = frozenset({int, float})
_SCALARS = frozenset({int, float, str, bool, type(None)})
_NONFINITE = {"nan", "inf", "-inf", "+inf", "infinity", "-infinity"}
_NEVER_FIRST = frozenset("abcdefghjklmopqrstuvwxyzABCDEFGHJKLMOPQRSTUVWXYZ/_")
"""What no number begins with, whether written in digits or as one of those words."""
_CONFIGURATION = frozenset(
    "config configs configuration params hparams hyperparameters hyperparams args arguments "
    "settings options opt overrides conf cfg hydra sweep hyp".split()
)
_METADATA = frozenset("metadata meta info manifest environment env".split())


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


def leaves(document: Mapping[str, Any], file: str, stem: str) -> Found:
    """Sort every leaf of `document` into readings, settings and what is left out."""
    return plain(document, file, stem).found()


def plain(document: Mapping[str, Any], file: str, stem: str, seen: Outline | None = None) -> Plain:
    """Do the same in short; `seen` is the document's outline, if known.

    The files of many runs have one outline: names are looked at only once.
    """
    seen = seen or outline(document)
    split = _split(document, stem)
    if seen is not None:
        form, values = seen
        layout = layout_of(form, stem, split)
        filled = layout.fill(values, file) if layout is not None else None
        if filled is not None:
            return filled
    return _sorted(document, file, stem, split)


def _sorted(document: Mapping[str, Any], file: str, stem: str, split: str | None) -> Plain:
    names: list[str] = []
    values: list[Any] = []
    _flatten(document, "", 1, names, values, [len(document)])
    settings, metadata = is_configuration(stem), is_metadata(stem)
    out = _Leaves()
    for name, value in zip(names, values, strict=True):
        purpose, metric = _purpose(name, settings, metadata, split)
        if name != "split" or not isinstance(value, str):
            # `split` names what the file is about, and is in the metrics' names already.
            _sort(out, name, value, purpose, settings, metric)
    shape = Shape(tuple(out.metrics), tuple(out.params), tuple(out.left_out))
    return Plain(file, shape, tuple(out.values), tuple(out.params.values()))


class _Leaves(msgspec.Struct):
    """The leaves of one document, sorted by role."""

    metrics: list[str] = []
    values: list[float] = []
    params: dict[str, Scalar] = {}
    left_out: list[tuple[str, str]] = []


def _sort(
    out: _Leaves, name: str, value: object, purpose: Role, settings: bool, metric: str
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
        out.metrics.append(metric)
        out.values.append(value_number)


class Layout(msgspec.Struct, frozen=True):
    """Where documents of one outline have their readings and settings, of whatever value."""

    shape: Shape
    values: Callable[[list[Any]], tuple[Any, ...]]
    params: Callable[[list[Any]], tuple[Any, ...]]
    has_texts: bool
    """Some setting is text, which is to be made harmless."""
    texts: tuple[int, ...]
    """The places of texts that are nothing unless they are numbers."""

    def fill(self, leaves: list[Any], file: str) -> Plain | None:
        """Return what a document with these leaves says; None where a text is a number."""
        for place in self.texts:
            text = leaves[place]
            if text[:1] not in _NEVER_FIRST and _number_in(text.strip()) is not None:
                return None
        picked = self.values(leaves)
        try:
            values = tuple(map(float, picked))
        except OverflowError:
            return None
        params = self.params(leaves)
        if self.has_texts:
            params = tuple(map(scalar, params))
        return Plain(file, self.shape, values, params)


@lru_cache(maxsize=1_024)
def layout_of(form: Form, stem: str, split: str | None) -> Layout | None:
    """Return the layout of documents of one form; None where more than types decides what is what.

    It is what `_sort` does with each leaf, as far as the type tells. A test holds the two together.
    """
    if not form.is_json:
        return None
    document, kinds = form.places(), form.kinds
    names: list[str] = []
    found: list[Any] = []
    _flatten(document, "", 1, names, found, [len(document)])
    settings, metadata = is_configuration(stem), is_metadata(stem)
    out = _Leaves()
    values: list[int] = []
    params: dict[str, int] = {}
    texts: list[int] = []
    for name, place in zip(names, found, strict=True):
        purpose, metric = _purpose(name, settings, metadata, split)
        kind = kinds[place] if type(place) is int else dict
        if name == "split" and kind is str:
            continue
        if kind in _NUMBERS and metric:
            out.metrics.append(metric)
            values.append(place)
        elif kind in _NUMBERS or (purpose is Role.PARAMETER and kind in _SCALARS):
            params[name] = place
        elif kind is str and purpose is not Role.METRIC:
            texts.append(place)
        elif kind is str or (kind is dict and purpose is Role.PARAMETER):
            return None
        else:
            _sort(out, name, kind(), purpose, settings, metric)
    shape = Shape(tuple(out.metrics), tuple(params), tuple(out.left_out))
    has_texts = any(kinds[place] is str for place in params.values())
    return Layout(shape, _picker(values), _picker([*params.values()]), has_texts, tuple(texts))


def _picker(places: list[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    """Return what takes the values at some places; `itemgetter` alone would not do for 0 or 1."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)


def _purpose(name: str, settings: bool, metadata: bool, split: str | None) -> tuple[Role, str]:
    """Return what a name is for, and the metric that a number under it is; "" where it is none."""
    purpose = Role.PARAMETER if settings else role(name)
    setting = purpose is Role.PARAMETER or (metadata and purpose is Role.UNKNOWN)
    return purpose, "" if setting else canonical(name, split)


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
