"""Aim's store, which only Aim itself can read: reported once, with the command to export it."""

from __future__ import annotations

from results_bot.collect.extracted import Extracted
from results_bot.collect.file import File, UnsupportedError

TITLE = "Aim (not read)"
WHERE = "a folder `.aim/` with a `VERSION`"
EXPORT = (
    'aim storage reindex; python -c "import aim; '
    "aim.Repo.from_path('.').query_metrics('').dataframe().to_csv('aim.csv')\""
)
"""As tried with Aim 3.29: without the index the query finds no runs. It needs pandas."""
TRAPS: tuple[str, ...] = (
    "the numbers are in RocksDB, in Aim's own encoding",
    f"export them: `{EXPORT}`",
)


def claims(path: str) -> bool:
    """Claim everything in the store's folder, so that no other reader tries."""
    return path.startswith(".aim/") or "/.aim/" in path


def read(file: File) -> list[Extracted] | None:
    """Raise UnsupportedError once per store."""
    if file.path.endswith(".aim/VERSION"):
        raise UnsupportedError(f"an Aim store is here and cannot be read; export it: {EXPORT}")
    return [Extracted(started=False)]
