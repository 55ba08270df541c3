"""The readers: one module per artifact format, and one line in the list below.

`READERS` is in the order in which they are asked. Of the readers that claim a path, the first whose
`read` recognises the content reads the file. Third parties add readers under the entry point group
`results_bot.readers`; these are asked before all others. No file can stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from importlib.metadata import entry_points

from msgspec import structs

from results_bot import __version__
from results_bot.collect.cache import Cache
from results_bot.collect.extracted import Artifact, Extracted, FileState, Reader
from results_bot.collect.file import File, Listed, UnreadableError, UnsupportedError
from results_bot.collect.flatten import label
from results_bot.collect.readers import (
    benchmarks,
    boosting,
    csv_metrics,
    detection,
    dvc,
    evaluations,
    hf_trainer,
    hydra,
    json_metrics,
    lightning,
    lm_eval,
    mlflow,
    nnunet,
    no_results,
    optuna,
    ray,
    sacred,
    scikit_learn,
    spacy,
    tensorboard,
    trackio,
    ultralytics,
    wandb,
    yaml_metrics,
)
from results_bot.escape import printable
from results_bot.model import Problem

READERS: list[Reader] = [
    # Recognised by their folders, names or first bytes.
    no_results, mlflow, wandb, tensorboard, optuna, trackio, boosting,
    # Recognised by names and content.
    detection, ray, sacred, hydra, dvc, lightning, ultralytics, hf_trainer, nnunet, spacy,
    lm_eval, evaluations, benchmarks, scikit_learn,
    # Generic: they read all that is left.
    json_metrics, yaml_metrics, csv_metrics,
]  # fmt: skip


_PLUG_INS = "results_bot.readers"


@cache
def plug_in_readers() -> tuple[Reader, ...]:
    """Return the readers that third parties have installed."""
    return tuple(point.load() for point in entry_points(group=_PLUG_INS))


@cache
def program() -> str:
    """Return the name of this version and of third parties' readers, without importing them."""
    names = sorted(f"{point.name} = {point.value}" for point in entry_points(group=_PLUG_INS))
    return " with ".join([f"results-bot {__version__}", *names])


def is_claimed(path: str) -> bool:
    """Return True if any reader claims the file at `path`."""
    # The generic readers, which are last, claim most files.
    return any(reader.claims(path) for reader in (*reversed(READERS), *plug_in_readers()))


def read_all(
    listed: Iterable[Listed | Problem],
    max_size: int,
    progress: Callable[[], None] = lambda: None,
    cache: Cache | None = None,
) -> Iterator[Artifact]:
    """Yield what each listed file holds; `progress` is called for each."""
    read = partial(read_one, max_size=max_size)
    plugged = plug_in_readers()
    for item in listed:
        progress()
        if isinstance(item, Problem) or cache is None:
            yield read(item)
        elif plugged and any(reader.claims(item.path) for reader in plugged):
            yield read(item)  # A third party's code may change without a new version.
        else:
            yield cache.ask(item, read)
    if cache is not None:
        cache.save()


def read_one(item: Listed | Problem, max_size: int) -> Artifact:
    """Return what one file holds, or why it cannot be used. Never raises."""
    if isinstance(item, Problem):
        return Artifact(item.file, FileState.NOT_LISTED, printable(item.reason))
    try:
        file = File(item, max_size)
        pieces = tuple(read(file))
        return Artifact(item.path, pieces=pieces, reader=file.reader)
    except UnsupportedError as error:
        return Artifact(item.path, FileState.UNSUPPORTED, printable(str(error)))
    except UnreadableError as error:
        return Artifact(item.path, FileState.UNREADABLE, printable(str(error)))
    except Exception as error:  # A bug in a reader, ours or a third party's.
        reason = f"stopped its reader, which is a bug: {type(error).__name__}: {error}"
        return Artifact(item.path, FileState.UNREADABLE, printable(reason))


def read(file: File) -> list[Extracted]:
    """Return what the first fitting reader extracts from `file`. Raises UnreadableError."""
    for reader in (*plug_in_readers(), *READERS):
        if not reader.claims(file.path) or (found := reader.read(file)) is None:
            continue
        file.reader = reader.TITLE
        for key in file.doubled_keys() if file.is_document else ():
            file.remark(f"`{label(key)}` is more than once in one object; the last one counts")
        if found and (file.remarks or file.left_out):
            left_out = (*found[0].left_out, *file.left_out)
            remarks = tuple(map(printable, file.remarks))
            return [structs.replace(found[0], left_out=left_out, remarks=remarks), *found[1:]]
        return [*found]
    return []
