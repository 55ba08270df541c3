"""What became of a JSON object: of all objects of one form only the first is shown to all readers.

The generic reader takes most files, and comes last; how it reads a form is remembered too.
"""

from __future__ import annotations

from results_bot.collect.built_in import built_in
from results_bot.collect.files import File
from results_bot.collect.flatten import Layout
from results_bot.collect.found import Reader
from results_bot.collect.outline import Form
from results_bot.collect.registry import Claimants

_BY_FORM: frozenset[Reader] = frozenset(
    map(
        built_in,
        "classification_report detection_log dvclive google_benchmark hf_trainer json_lines "
        "keras_history lm_eval nnunet pytest_benchmark spacy_meta".split(),
    )
)
"""Readers whose `read` returns None for a JSON object, or does not, by nothing but its form and
the file's name: by no text, number or boolean, nothing in a list, and no folder but those by which
they claim."""
_BY_FORM_NAMED: frozenset[tuple[Reader, str]] = frozenset({(built_in("sacred"), "metrics.json")})
"""The same of those that do so for files of one name."""
_GENERIC = built_in("json_metrics")
_MOST = 2_048

Key = tuple[str, Form]
Known = tuple[int, Layout | None]
"""How many of the readers declined such a file, and how the next one reads all of them, if known.
"""
_UNKNOWN: Known = (0, None)
_known: dict[Key, Known] = {}


def key(file: File, asked: Claimants) -> Key | None:
    """Return what is alike in all files that the same readers decline; None where that is unknown.

    An object that orjson reads is not several lines of JSON, which some readers look for.
    """
    if not asked.by_name or file.suffix != "json":
        return None
    seen = file.outline()
    return None if seen is None or seen[0].has_lists else (file.name, seen[0])


def known(alike: Key | None) -> Known:
    """Return what is known of such files."""
    return _UNKNOWN if alike is None else _known.get(alike, _UNKNOWN)


def note(alike: Key, stem: str, declined: tuple[Reader, ...], by: Reader) -> None:
    """Remember that `declined`, the first that were asked, declined such a file, not `by`."""
    name, form = alike
    if all(one in _BY_FORM or (one, name) in _BY_FORM_NAMED for one in declined):
        if len(_known) == _MOST:
            _known.clear()
        layout = None
        if by is _GENERIC:
            from results_bot.collect.readers import json_metrics

            layout = json_metrics.layout(form, stem)
        _known[alike] = len(declined), layout
