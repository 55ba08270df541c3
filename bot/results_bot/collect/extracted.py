"""What a reader returns: the metrics, settings and remarks of one file, not yet a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from results_bot.collect.file import File
from results_bot.model import Reading, Scalar, Status


class Extracted(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What one file holds of one run."""

    readings: tuple[Reading, ...] = ()
    params: Mapping[str, Scalar] = {}
    predictions: bool = False
    """The file has one line per sample, with prediction and target."""
    status: Status | None = None
    """How the run ended, if the file states it."""
    root: str | None = None
    """The run's folder, if it is not the file's own: the file counts as if it lay there."""
    member: str | None = None
    """Which of several runs in one file this is."""
    name: str | None = None
    """A better display name than the folder's."""
    is_entry: bool = False
    """The member is an outer key of the file: where sibling files have the same ones, they are
    columns of one run each."""
    identity: str = ""
    """The tool's own id of the run. Files with one id, wherever they lie, are one run."""
    log: str = ""
    """The log of which the file is one piece; the later piece, by path, counts."""
    title: str = ""
    """The title of the folder `root`, which holds runs; the extract is of no run itself."""
    order: tuple[float, ...] | None = None
    """The place among files that repeat each other (checkpoints, repeated evaluations): the values
    of the greatest count, and the others are not mentioned."""
    started: bool | None = None
    """True: the file alone shows that a job was started. False: the file is of no run, such as a
    plot or a pipeline, or it is a row of a table without numbers. None: it shows a run if finished
    runs have files of that name."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Names that were not taken as metrics, each with the reason."""
    remarks: tuple[str, ...] = ()
    """What a person should know of the file although it was read."""


class FileState(StrEnum):
    """What became of a file."""

    READ = "read"
    UNREADABLE = "unreadable"
    """It could not be used, but it shows that there was a run."""
    UNSUPPORTED = "unsupported"
    """It is sound, and of a format that is not read."""
    NOT_LISTED = "not listed"
    """It is a link, or a folder or address that cannot be listed."""


class Artifact(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One file and what it holds, read by whichever machine; files are grouped into runs."""

    path: str
    state: FileState = FileState.READ
    reason: str = ""
    """Why it was not read; safe to show."""
    pieces: tuple[Extracted, ...] = ()
    reader: str = ""
    """The title of the reader that recognised it."""


def ending(*endings: str) -> Callable[[str], bool]:
    """Return `claims` of a reader that wants all files with one of these endings."""
    return lambda path: path.endswith(endings)


def called(*names: str) -> Callable[[str], bool]:
    """Return `claims` of a reader that wants all files of one of these names."""
    return lambda path: path.rpartition("/")[2] in names


class Reader(Protocol):
    """One format. Every module in `readers/` has these names."""

    TITLE: str
    """The format's name for people, its heading in `docs/formats.md`."""

    def claims(self, path: str, /) -> bool:
        """Return True if `read` is worth trying, from the path alone. Called for every path."""
        ...

    def read(self, file: File) -> Sequence[Extracted] | None:
        """Return what the file holds; None if it is not of this format after all.

        Raises UnreadableError if it is of this format and damaged.
        """
        ...
