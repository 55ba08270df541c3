"""Which readers declined a JSON object: of all objects of one form only the first is shown to them.

The generic reader takes most files, and comes last.
"""

from __future__ import annotations

from bot.collect.built_in import built_in
from bot.collect.files import File
from bot.collect.found import Reader
from bot.collect.outline import Form
from bot.collect.registry import Claimants

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
_MOST = 2_048

Key = tuple[str, Form]
_known: dict[Key, int] = {}


def key(file: File, asked: Claimants) -> Key | None:
    """Return what is alike in all files that the same readers decline; None where that is unknown.

    An object that orjson reads is not several lines of JSON, which some readers look for.
    """
    if not asked.by_name or file.suffix != "json" or file.outline is None:
        return None
    form, _ = file.outline
    return None if form.has_lists else (file.name, form)


def count(alike: Key) -> int:
    """Return how many of the readers declined such a file before."""
    return _known.get(alike, 0)


def note(alike: Key, readers: tuple[Reader, ...]) -> None:
    """Remember that `readers`, the first that were asked, declined such a file."""
    name, _ = alike
    if all(one in _BY_FORM or (one, name) in _BY_FORM_NAMED for one in readers):
        if len(_known) == _MOST:
            _known.clear()
        _known[alike] = len(readers)
