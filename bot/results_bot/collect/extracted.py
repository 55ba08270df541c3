"""What a reader returns: the numbers, settings and remarks of one file, not yet put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from results_bot.collect.file import File
from results_bot.model import Reading, Scalar, Status


class Extracted(msgspec.Struct, frozen=True, gc=False):
    """What one file says about one run."""

    readings: tuple[Reading, ...] = ()
    params: Mapping[str, Scalar] = {}
    predictions: bool = False
    """The file has one line a sample, predicted and target."""
    status: Status | None = None
    """Where the file itself says how the run ended."""
    root: str | None = None
    """The run's folder, where it is not the file's own: as if the file lay there."""
    member: str | None = None
    """Which of several runs in one file this is."""
    name: str | None = None
    """A better display name than the folder's."""
    identity: str = ""
    """The tool's own id of the run. What is known of one id in several places is one run."""
    log: str = ""
    """The log of which the file is one piece; the later piece, by path, has the last word."""
    title: str = ""
    """Nothing is said of a run: the folder `root` holds runs and this is what people call it."""
    order: tuple[float, ...] | None = None
    """Of a run's files that tell the same thing again (checkpoints, repeated evaluations), the
    greatest is the latest: its values count, and nobody need hear of the others."""
    started: bool | None = None
    """True: the file alone shows that a job was started. False: it says nothing of any run, such
    as a plot or a pipeline. None: it is for the files of the other runs to show."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Numbers that were seen and not taken, each with the reason."""


class State(StrEnum):
    """What became of a file."""

    READ = "read"
    UNREADABLE = "unreadable"
    """It could not be used; that it is there shows that there was a run."""
    UNSUPPORTED = "unsupported"
    """Sound, and of a format that is not read."""
    NOT_LISTED = "not listed"
    """A link, or a folder or address that cannot be looked into."""


class Artifact(msgspec.Struct, frozen=True, gc=False):
    """One file and what it says, read by whichever machine; put together they are runs."""

    path: str
    state: State = State.READ
    reason: str = ""
    """Why it was not read, fit to be shown."""
    pieces: tuple[Extracted, ...] = ()


class Reader(Protocol):
    """One format. Every module in `readers/` has these names."""

    TITLE: str
    """The format's name for people."""
    WHERE: str
    """One line: the layout or content by which a file of the format is known."""
    TRAPS: tuple[str, ...]
    """What the format holds in store for a reader and how this one deals with it; for the docs."""

    def claims(self, path: str) -> bool:
        """Tell from the path alone whether `read` is worth trying. Called for every path."""
        ...

    def read(self, file: File) -> Sequence[Extracted] | None:
        """Return what the file holds; None where it is not of this format after all.

        Raises UnreadableError where it is of this format and damaged.
        """
        ...
