"""What one process does for one shard: from its files to its sections, all that is for itself."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec

from results_bot import sealed
from results_bot.collect.collect import artifacts, put_together
from results_bot.collect.combine import told_in, told_in_finished
from results_bot.collect.discover import Seen, listed, look_below
from results_bot.collect.files import Listed
from results_bot.collect.found import Plain, State
from results_bot.collect.kept import Kept
from results_bot.collect.order import is_below
from results_bot.collect.survey import Survey, dumped, unchanged
from results_bot.config import Config, SectionTable
from results_bot.hostile import printable
from results_bot.model import Problem, Run, Status
from results_bot.page.made import MadeSection
from results_bot.page.plan import bases, patterns, plan
from results_bot.page.results_md import Page
from results_bot.page.stored import StoredSection, stored
from results_bot.shards.cut import Shard
from results_bot.shards.in_git import digest_of
from results_bot.shards.memory import Remembered, file_of, records_of

_NOBODY: frozenset[str] = frozenset()
_QUICK = 2_048
"""Bytes of JSON that are sooner read again, with a shard of which something changed, than kept."""


class Task(msgspec.Struct, frozen=True, dict=True):
    """All that is the same for every shard of a refresh."""

    root: Path
    sections: tuple[SectionTable, ...]
    config: Config
    page: Page
    folder: Path
    """Where memories are."""
    reading: bytes
    """The stamp of all that decides, besides its content, what an artifact says."""
    began: int
    """When the look at the artifacts began, by the clock that stamps files; 0 without one."""
    still_true: frozenset[bytes] = frozenset()
    """Digests of surveys that were found to be true since it began."""

    @cached_property
    def stamp(self) -> bytes:
        """Tells all that decides, besides the page, what comes of a shard."""
        look = repr((self.config, self.sections)).encode("utf-8", "surrogateescape")
        return self.reading + sealed.digest(look)


class Done(msgspec.Struct, array_like=True):
    """What came of one shard."""

    sections: list[StoredSection]
    problems: list[Problem]
    unsupported: list[Problem]
    remarks: list[Problem]
    identities: list[str]
    """What tools call the runs; known elsewhere too, they would be one run."""
    strays: bool
    """Something is said of what lies outside of the shard."""
    told: list[str]
    """Names of files that finished runs have, by which unfinished ones are known."""
    unfinished: list[list[str]]
    """The names of files that unfinished runs have."""
    newest: int
    """When any of the files was last touched, in nanoseconds."""
    trouble: bool
    """The look at the shard met what is no file, or was going away."""
    keeps: bool
    """The page keeps something of a run that is not here, or has no final numbers any more."""


class Result(NamedTuple):
    """The same as it travels."""

    done: bytes
    survey: bytes
    files: bytes
    """A digest of the paths of all artifacts, as `in_git.digest_of` makes it."""
    keeps: bool
    """As `Done` has it."""


def result(task: Task, shard: Shard) -> Result:
    """Return what comes of a shard: from memory where nothing of it changed.

    Raises UnicodeEncodeError where something in it can only be told within one process.
    """
    memory = Remembered(file_of(task.folder, shard.name), task.stamp)
    known: Done | None = None
    if memory.survey:
        survey: Survey = marshal.loads(memory.survey)  # noqa: S302 - sealed, and our own
        if memory.digest in task.still_true or unchanged(str(task.root), survey):
            known = msgspec.msgpack.decode(memory.done, type=Done)
            if memory.blocks == _blocks(task.page, known):
                return Result(memory.done, memory.survey, memory.files, known.keeps)
            seen = Seen(str(task.root), shard.folders, survey, {}, task.began)
    if known is None:
        seen = look_below(task.root, shard.folders, patterns(task.sections), task.began)
    made = _Made(task, shard, seen)
    done = _done(task, shard, made)
    data, files = msgspec.msgpack.encode(done), memory.files
    written = memory.survey
    if known is None:
        written, files = dumped(seen.survey), digest_of(sorted(one.path for one in made.files))
    if 0 < done.newest < task.began and not done.trouble:
        memory.keep(written, data, _blocks(task.page, done), files)
    return Result(data, written, files, done.keeps)


def made_again(task: Task, shard: Shard, survey: bytes) -> dict[str, MadeSection]:
    """Return the sections of a shard by id, all of them in memory."""
    before: Survey = marshal.loads(survey)  # noqa: S302 - our own
    seen = Seen(str(task.root), shard.folders, before, {}, task.began)
    return {one.section.id: one for one in _Made(task, shard, seen).sections}


class _Made:
    """A shard's runs and sections."""

    def __init__(self, task: Task, shard: Shard, seen: Seen) -> None:
        file = records_of(task.folder, shard.name)
        kept = Kept(file, task.reading, task.began, again=_QUICK) if task.began else None
        there = [*listed(seen)]
        self.files = [one for one in there if isinstance(one, Listed)]
        self.trouble = bool(seen.trouble)
        self.read = [*artifacts(there, task.config.max_file_size, kept=kept)]
        self.collection = put_together(
            self.read, bases(task.sections), patterns(task.sections), self._told
        )
        planned = plan(
            self.collection.runs,
            task.sections,
            (),
            fold_seeds=task.config.fold_seeds,
            titles=self.collection.titles,
        )
        self.sections = [
            MadeSection(one, task.config, task.page.content(one.id), _NOBODY)
            for one in planned
            if one.runs
        ]

    def _told(self, runs: Sequence[Run]) -> set[str]:
        waiting = {frozenset(told_in(run)) for run in runs if run.status is Status.UNFINISHED}
        self.unfinished = sorted(map(sorted, waiting))
        self.told = told_in_finished(runs)
        return self.told if waiting else set()


def _done(task: Task, shard: Shard, made: _Made) -> Done:
    collection = made.collection
    others = [one for one in made.read if not isinstance(one, Plain)]
    unsupported = [
        Problem(printable(one.path), one.reason) for one in others if one.state is State.UNSUPPORTED
    ]
    pieces = [piece for one in others for piece in one.pieces]
    roots = {piece.root for piece in pieces if piece.root is not None}
    sections = [stored(one, task.page.content(one.section.id)) for one in made.sections]
    keeps = any(_keeps(one) for one in made.sections)
    for one in made.sections:
        one.siblings.let_go()
    return Done(
        sections=sections,
        problems=[*collection.problems],
        unsupported=unsupported,
        remarks=[*collection.remarks[len(unsupported) :]],
        identities=sorted({piece.identity for piece in pieces if piece.identity}),
        strays=not _are_in(shard, [*roots, *(run.path for run in collection.runs)]),
        told=sorted(made.told),
        unfinished=made.unfinished,
        newest=max((one.touched for one in made.files), default=0),
        trouble=made.trouble,
        keeps=keeps,
    )


def _keeps(made: MadeSection) -> bool:
    finished = Status.FINISHED
    rows = all(run is not None and run.status is finished for run in made.siblings.runs)
    return not (rows and all(name in made.runs for name, _ in made.section.unfinished))


def _are_in(shard: Shard, paths: Iterable[str]) -> bool:
    """Tell whether all of these lie in the shard."""
    below = tuple(f"{folder}/" for folder in shard.folders)
    others = (path for path in paths if not path.startswith(below))
    return all(any(is_below(path, one) for one in shard.folders) for path in others)


def _blocks(page: Page, done: Done) -> bytes:
    """Return a digest of what the page says of a shard's sections."""
    said = [(one.frame.id, page.content(one.frame.id)) for one in done.sections]
    return sealed.digest(repr(said).encode("utf-8", "surrogateescape"))
