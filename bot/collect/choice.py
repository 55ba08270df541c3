"""Which paths may hold artifacts, from names alone; nothing is opened or listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.collect.registry import claimed
from bot.globs import enterable

_NEVER = frozenset(
    ".git node_modules .venv venv __pycache__ .tox .mypy_cache .pytest_cache "
    ".ipynb_checkpoints site-packages .neptune".split()
)
_SHALLOW = frozenset({".aim"})
"""Stores that cannot be read: that they are there is worth a word, what is below them is not."""

DEFAULT_FOLDERS = (
    "experiments", "runs", "results", "outputs", "multirun", "mlruns", "lightning_logs", "wandb",
)  # fmt: skip
"""Where training jobs commonly write; the first that is there is taken without configuration."""


def tracked(paths: Iterable[str], patterns: Sequence[str]) -> Iterator[str]:
    """Yield those of `paths` that the walk would have found: the same choice, from a list."""
    for path in paths:
        folder, _, _ = path.rpartition("/")
        above = folder.split("/")
        entered = _NEVER.isdisjoint(above) and _SHALLOW.isdisjoint(above[:-1])
        if entered and claimed(path) and allowed(folder, patterns):
            yield path


def allowed(folder: str, patterns: Sequence[str]) -> bool:
    """Tell whether artifacts may lie in `folder` or below it."""
    return any(enterable(pattern, folder) for pattern in patterns)


def enters(path: str, name: str) -> bool:
    """Tell whether the folder at `path`, whose last part is `name`, is looked into at all."""
    return name not in _NEVER and _SHALLOW.isdisjoint(path.split("/")[:-1])
