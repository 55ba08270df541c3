"""spaCy's `meta.json`: the scores of a trained pipeline."""

from __future__ import annotations

from results_bot.collect.extracted import Extracted, called
from results_bot.collect.file import File
from results_bot.collect.flatten import inner, label, number
from results_bot.model import Reading

TITLE = "spaCy"

_MODELS = ("model-best", "model-last")
_LETTERS = {"f": "f1", "p": "precision", "r": "recall"}

claims = called("meta.json")


def read(file: File) -> list[Extracted] | None:
    """Return the scores, then the losses; None for another `meta.json`."""
    performance = inner(file.json, "performance")
    if "spacy_version" not in inner(file.json) or not performance:
        return None
    readings: list[Reading] = []
    left_out: list[tuple[str, str]] = []
    for key, cell in performance.items():
        name, value = label(key), number(cell)
        stem, _, last = name.rpartition("_")
        if value is not None and last == "loss":
            readings.append(Reading(f"train_{name}", value, file.path))
        elif value is not None:
            shown = f"{stem}_{_LETTERS[last]}" if stem and last in _LETTERS else name
            readings.append(Reading(shown, value, file.path))
        elif isinstance(cell, dict):
            left_out.append((name, "is by label"))
    parent, _, folder = file.folder.rpartition("/")
    readings.sort(key=lambda reading: reading.name.endswith("_loss"))
    return [
        Extracted(
            tuple(readings),
            root=parent if folder in _MODELS else None,
            order=(float(folder != "model-last"),),
            left_out=tuple(left_out),
        )
    ]
