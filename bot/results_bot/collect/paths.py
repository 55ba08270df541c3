"""Which paths may hold artifacts, from names alone; nothing is opened or listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from results_bot.collect.extracted import Artifact
from results_bot.collect.file import Listed
from results_bot.collect.readers import is_claimed
from results_bot.globs import elsewhere, enterable_of, literal_prefix, local, matches, place
from results_bot.model import Problem

DEFAULT_FOLDERS = (
    "experiments", "runs", "results", "outputs", "output", "multirun", "mlruns", "lightning_logs",
    "tb_logs", "logs", "wandb", "sacred", "work_dirs", "dvclive", "nnUNet_results", ".benchmarks",
    ".aim", "swanlog",
)  # fmt: skip
"""Where training jobs commonly write; searched without a configuration."""
DATABASES = ("*.db", "*.sqlite", "*.sqlite3")
"""Names of trackers' databases, which usually lie at the top of the repository."""
TOP_FILES = (
    "all_results.json", "eval_results.json", "test_results.json", "train_results.json",
    "trainer_state.json", "metrics.json", "results.json", "scores.json", "leaderboard.json",
    "results.csv", "metrics.csv", "leaderboard.csv", "progress.csv", "results.tsv",
)  # fmt: skip
"""Names of results at the top of a repository of one run or one table."""

_NEVER = frozenset(
    ".git node_modules .venv venv __pycache__ .tox .mypy_cache .pytest_cache "
    ".ipynb_checkpoints site-packages .neptune __MACOSX .trash fixtures testdata".split()
)
_DROPPINGS = ("._", ".#", "~$")
"""How names begin that macOS, editors and office programs leave beside files."""
_SHALLOW = ".aim"
"""A store that cannot be read: its own files are reported, the folders below it are not searched.
"""
_Item = TypeVar("_Item", bound=Listed | Problem | Artifact)


def select(paths: Iterable[str], patterns: Sequence[str]) -> Iterator[str]:
    """Yield those of `paths` that the walk would find; for lists from git, archives, storages."""
    enters, first = enterable_by(patterns), starts(patterns)
    for path in paths:
        folder = path.rpartition("/")[0]
        names = folder.split("/")
        entered = _NEVER.isdisjoint(names) and (not folder or enters(folder))
        reached = any(is_below(path, start) for start in first)
        if entered and reached and is_artifact(path, patterns):
            yield path


def is_artifact(path: str, patterns: Sequence[str]) -> bool:
    """Return True if a reader claims the file at `path`.

    A file at the top of the repository is the project's own unless a pattern names it.
    """
    if path.rpartition("/")[2].startswith(_DROPPINGS):
        return False
    return is_claimed(path) and ("/" in path or any(matches(pattern, path) for pattern in patterns))


def enterable_by(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return a predicate of folders: artifacts may lie in or below them."""
    fits = enterable_of(tuple(patterns))

    def enters(folder: str) -> bool:
        above, _, name = folder.rpartition("/")
        if name in _NEVER or (_SHALLOW in above and _SHALLOW in above.split("/")):
            return False
        return fits(folder) is not None

    return enters


def starts(patterns: Sequence[str]) -> list[str]:
    """Return where to start from, none below another: folders here, then addresses."""
    here = _outermost({literal_prefix(pattern) for pattern in local(patterns)})
    return [*here, *_outermost({place(pattern).rstrip("/") for pattern in elsewhere(patterns)})]


def path_of(item: Listed | Problem | Artifact) -> str:
    """Return the path of an item of a listing, or of what was read of it."""
    return item.file if isinstance(item, Problem) else item.path


def below(root: Path, target: Path) -> str:
    """Return the path of `target` below `root`, with `/`; "" for the root itself."""
    path = target.relative_to(root).as_posix()
    return "" if path == "." else path


def in_walk_order(items: Iterable[_Item], patterns: Sequence[str]) -> list[_Item]:
    """Return `items`, from whatever machine, in the order in which one walk would find them."""
    first = starts(patterns)

    def key(item: _Item) -> tuple[int, list[str]]:
        name = path_of(item)
        at = next((at for at, start in enumerate(first) if is_below(name, start)), len(first))
        return at, name.split("/")

    return sorted(items, key=key)


def is_below(path: str, folder: str) -> bool:
    """Return True if `path` is `folder` or lies in it; `""` is the repository."""
    if not folder:
        return "://" not in path
    return path == folder or path.startswith(f"{folder}/")


def _outermost(prefixes: set[str]) -> list[str]:
    return [
        prefix
        for prefix in sorted(prefixes)
        if not any(other != prefix and is_below(prefix, other) for other in prefixes)
    ]
