"""What a reader returns: the numbers, settings and remarks of one file, not yet put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from itertools import repeat
from typing import ClassVar, Protocol

import msgspec

from results_bot.collect.files import File
from results_bot.model import Direction, Kind, Reading, Scalar, Status


class Found(msgspec.Struct, frozen=True, gc=False):
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


class Shape(msgspec.Struct, array_like=True, frozen=True, cache_hash=True, dict=True):
    """All that files of one layout have in common: names and kinds, and what was left out."""

    names: tuple[str, ...]
    """Of the readings."""
    params: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    kinds: tuple[tuple[Kind, int | None, Direction], ...] = ()
    """Kind, step and direction of each reading; none where all are plain final numbers."""

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where among the readings each name stands."""
        return {name: at for at, name in enumerate(self.names)}

    @cached_property
    def are_finals(self) -> bool:
        """Tell whether all readings are plain final numbers, each of a name of its own."""
        return not self.kinds and len(self.places) == len(self.names)

    def found(self, values: Sequence[float], params: Sequence[Scalar], path: str) -> Found:
        """Return what the file at `path` says, whose readings and settings have these values."""
        if self.kinds:
            readings = tuple(
                [
                    Reading(name, value, path, *kind)
                    for name, value, kind in zip(self.names, values, self.kinds, strict=True)
                ]
            )
        else:
            readings = tuple(map(Reading, self.names, values, repeat(path)))
        return Found(readings, self.settings(params), left_out=self.left_out)

    def settings(self, values: Sequence[Scalar]) -> dict[str, Scalar]:
        """Return settings of these values by name."""
        # To be strict takes as long again as all the rest.
        return dict(zip(self.params, values))  # noqa: B905


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
    pieces: tuple[Found, ...] = ()


class Plain(msgspec.Struct, frozen=True, gc=False):
    """What most artifacts say: numbers and settings of one run, its own, and nothing else."""

    path: str
    shape: Shape
    values: tuple[float, ...]
    params: tuple[Scalar, ...] = ()

    state: ClassVar[State] = State.READ
    reason: ClassVar[str] = ""

    def found(self) -> Found:
        """Return the same at length."""
        return self.shape.found(self.values, self.params, self.path)

    @property
    def pieces(self) -> tuple[Found, ...]:
        """What it says, as other artifacts have it."""
        return (self.found(),)

    def artifact(self) -> Artifact:
        """Return the same as others are."""
        return Artifact(self.path, pieces=self.pieces)


Said = Artifact | Plain
"""One file and what it says."""
Told = Sequence[Found] | Plain
"""What it says alone."""


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

    def read(self, file: File) -> Told | None:
        """Return what the file holds; None where it is not of this format after all.

        Raises UnreadableError where it is of this format and damaged.
        """
        ...
