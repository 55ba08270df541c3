"""Which paths may hold artifacts, from names alone; nothing is opened or listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from results_bot.collect.readers import is_claimed
from results_bot.globs import enterable_of, matches

_NEVER = frozenset(
    ".git node_modules .venv venv __pycache__ .tox .mypy_cache .pytest_cache "
    ".ipynb_checkpoints site-packages .neptune".split()
)
_SHALLOW = ".aim"
"""A store that cannot be read: that it is there is worth a word, what is below it is not."""

DEFAULT_FOLDERS = (
    "experiments", "runs", "results", "outputs", "output", "multirun", "mlruns", "lightning_logs",
    "tb_logs", "logs", "wandb", "sacred", "work_dirs", "dvclive", "nnUNet_results", ".benchmarks",
    ".aim",
)  # fmt: skip
"""Where training jobs commonly write; all that are there are taken without configuration."""

DATABASES = ("*.db", "*.sqlite", "*.sqlite3")
"""Names of trackers' databases, which lie at the top of the repository as a rule."""


def tracked(paths: Iterable[str], patterns: Sequence[str]) -> Iterator[str]:
    """Yield those of `paths` that the walk would have found: the same choice, from a list."""
    for path in paths:
        folder, _, name = path.rpartition("/")
        above = folder.split("/")
        entered = _NEVER.isdisjoint(above) and _SHALLOW not in above[:-1]
        if entered and wanted(patterns, path, name) and allowed(folder, patterns):
            yield path


def wanted(patterns: Sequence[str], path: str, name: str) -> bool:  # noqa: ARG001 - see walk
    """Return True if the file at `path` is for a reader.

    What lies at the top of the repository is the project's own, where no pattern names it.
    """
    named = "/" in path or any(matches(pattern, path) for pattern in patterns)
    return named and is_claimed(path)


def allowed(folder: str, patterns: Sequence[str]) -> bool:
    """Tell whether artifacts may lie in `folder` or below it."""
    return not folder or enterable_of(tuple(patterns))(folder) is not None


def enters(path: str, name: str) -> bool:
    """Tell whether the folder at `path`, whose last part is `name`, is looked into at all."""
    # Few paths are worth taking apart.
    is_below_one = _SHALLOW in path and _SHALLOW in path.split("/")[:-1]
    return name not in _NEVER and not is_below_one


def gate(patterns: Sequence[str]) -> Callable[[str, str], bool]:
    """Return what tells both of a folder's path below the root and its last part."""
    fits = enterable_of(tuple(patterns))
    return lambda path, name: enters(path, name) and fits(path) is not None
