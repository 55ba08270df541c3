"""`dvc.yaml` at the top of a repository: the metrics files that a pipeline says it writes."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath
from typing import Any

from results_bot.collect.file import UnreadableError
from results_bot.collect.registry import claimed

FILE = "dvc.yaml"
MOST = 1_000
"""More metrics files than any pipeline names."""


def metrics_files(text: str) -> tuple[str, ...]:
    """Return the paths below the repository, in the pipeline's order; none where it is no pipeline.

    Metrics stand at the top or in a stage, each a path or a path with options. One that a template
    fills in is left out, and so is what lies outside of the repository.
    """
    from results_bot.collect.readers import yaml_metrics

    try:
        document = yaml_metrics.load(text)
    except UnreadableError:
        return ()
    if not isinstance(document, dict):
        return ()
    paths = dict.fromkeys(_below(where, path) for where, path in _named(document))
    return tuple(path for path in paths if path and claimed(path))[:MOST]


def _named(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield folder and path of each metrics file."""
    yield from (("", path) for path in _paths(document.get("metrics")))
    stages = document.get("stages")
    for stage in stages.values() if isinstance(stages, dict) else ():
        if isinstance(stage, dict):
            where = stage.get("wdir", "")
            yield from ((str(where), path) for path in _paths(stage.get("metrics")))


def _paths(entries: object) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            yield from (key for key in entry if isinstance(key, str))


def _below(folder: str, path: str) -> str:
    """Return the path below the repository; nothing where it is none, or may be a pattern."""
    whole = normpath(f"{folder}/{path}" if folder else path)
    odd = whole.startswith(("/", "..")) or any(sign in whole for sign in "$*?\\\n")
    return "" if odd else whole
