"""The list of readers, the project's own and third parties'; the first that claims a file reads it.

A third party adds a reader under the entry point group `results_bot.readers`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import msgspec

from results_bot import plug_ins
from results_bot.collect.built_in import BUILT_IN, GENERIC, NO_RESULTS
from results_bot.collect.extracted import Reader

_IN_FOLDERS = re.compile(
    r"/(?:\.aim/"  # aim
    r"|\d+/|mlruns/"  # mlflow_files
    r"|run-\d{8}_|offline-run-\d{8}_"  # wandb_summary
    r"|\.hydra/"  # hydra
    r"|plots/(?:metrics|sklearn)/"  # dvclive
    r"|version_"  # lightning_csv
    r"|checkpoint-)"  # hf_trainer
)
"""What built-in readers look for in the folders of a path, written `/PATH`.

Where there is none of it they claim by the last part alone, but for these names, of which nnunet
does not want all; a test holds the readers to that.
"""
_IN_SOME_FOLDERS = frozenset(NO_RESULTS)


@cache
def readers() -> tuple[Reader, ...]:
    """Return every reader, the most particular first; plug-ins before the project's own."""
    return (*(point.load() for point in plug_ins.points(plug_ins.READERS)), *BUILT_IN)


def reader_names() -> list[str]:
    """Return third parties' readers by name; nothing is loaded."""
    found = plug_ins.points(plug_ins.READERS)
    return sorted(f"{point.name} = {point.value}" for point in found)


class Claimants(msgspec.Struct, frozen=True):
    """The readers that claim a path, the most particular first."""

    readers: tuple[Reader, ...]
    by_name: bool
    """Only built-in readers do, and they do so for this name in any folder."""


def claimants(path: str, name: str | None = None) -> Claimants:
    """Return the readers that claim the file at `path`; `name` is its last part, where known."""
    name = name or path.rpartition("/")[2]
    if _IN_FOLDERS.search(f"/{path}") is not None or name in _IN_SOME_FOLDERS:
        return Claimants(tuple(reader for reader in readers() if reader.claims(path)), False)
    own, every = _by_name(name), readers()
    if len(every) > len(BUILT_IN):
        claiming = [reader for reader in every[: -len(BUILT_IN)] if reader.claims(path)]
        if claiming:
            return Claimants((*claiming, *own.readers), False)
    return own


def claimed(path: str, name: str | None = None) -> bool:
    """Tell whether any reader wants the file at `path`; `name` is its last part, where known."""
    # The generic readers take nearly all that is there, wherever it is.
    return _is_generic(name or path.rpartition("/")[2]) or bool(claimants(path).readers)


@lru_cache(maxsize=4_096)
def _by_name(name: str) -> Claimants:
    """Return the built-in readers that take a file of this name in any folder."""
    return Claimants(tuple(reader for reader in BUILT_IN if reader.claims(name)), True)


@lru_cache(maxsize=4_096)
def _is_generic(name: str) -> bool:
    """Tell whether a generic reader takes a file of this name, in any folder."""
    return any(reader.claims(name) for reader in GENERIC)
