"""What the last `refresh` found true, so that the next one need only look whether it still is.

Remembered is every input of the page: stat data of the artifacts, the configuration, the page, the
commit, the program itself. `recall` compares them and imports nothing that the answer does not
need. An input touched after the command began may differ from what it read; such a state is not
remembered (git calls those entries racy).
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os.path import exists, isdir, isfile, join
from types import MappingProxyType

from results_bot import sealed
from results_bot.collect.survey import Stat, same, size_and_time, stat_of, still_true
from results_bot.commands.outcome import Outcome
from results_bot.git_head import git_folder, head
from results_bot.program import at_first

_ODD = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_REPLACE_REF_BASE",
)  # fmt: skip
"""Where one of these is set, git may mean another repository than the folders tell."""


class Told:
    """What was said of a page that is true, for people and as JSON."""

    def __init__(self, text: str, document: str, notes: str, notes_in_colour: str) -> None:
        self.text = text
        self.document = document
        self.notes = notes
        self.notes_in_colour = notes_in_colour


class Inputs:
    """What the answer depends on besides the artifacts; paths below the root.

    `files` are read whole: the page, first, and wherever a configuration could be. Of `kinds` it
    only counts whether it is a file, a folder or not there; of a pattern, what fits it at the top.
    `code` are modules of readers and takeaways that are not the project's own, absolute.
    """

    def __init__(
        self, files: tuple[str, ...], kinds: tuple[str, ...], code: tuple[str, ...] = ()
    ) -> None:
        self.files = files
        self.kinds = kinds
        self.code = code


class Memory:
    """The memory of one work tree, for one choice of options."""

    def __init__(self, root: str, git_dir: str | None, options: tuple[str | None, ...]) -> None:
        self.root = root
        self._git_dir = git_dir
        self._options = options
        self._folder = join(git_dir, "results-bot") if git_dir else sealed.user_folder(root)
        self._began: tuple[int, Inputs, bytes] | None = None
        self._page: bytes | None = None
        self._looked = 0
        self.still_true: frozenset[bytes] = frozenset()
        """Digests of surveys that would find the same now; `began` was before the look."""

    @classmethod
    def find(cls, folder: str | os.PathLike[str], *options: str | None) -> Memory | None:
        """Return the memory of the work tree that `folder` lies in; None where git is set oddly."""
        if any(name in os.environ for name in _ODD):
            return None
        start = os.path.realpath(folder)
        root = next((one for one in _upwards(start) if exists(join(one, ".git"))), None)
        if root is None:
            return cls(start, None, options)
        git_dir = git_folder(root)
        return cls(root, git_dir, options) if git_dir else None

    def recall(self, *, as_json: bool, colour: bool) -> Outcome | None:
        """Return what was said last time, where nothing that matters has changed since."""
        payload = sealed.read(self._file)
        if payload is None:
            return None
        try:
            stamp, inputs, told, lengths = marshal.loads(payload)  # noqa: S302 - sealed, and our own
            if stamp != self._stamp(Inputs(*inputs), at_first(inputs[2])):
                return None
            if not self._still_true(_parts(payload, lengths)):
                return None
            known = Told(*told)
        except (ValueError, TypeError, EOFError, AttributeError):
            return None  # Another version's.
        return Outcome(
            text=known.document if as_json else known.text,
            notes=known.notes_in_colour if colour else known.notes,
        )

    def _still_true(self, seen: Sequence[bytes]) -> bool:
        """Tell whether the artifacts are as they were, and note which of several surveys are."""
        if len(seen) == 1:
            return same(self.root, marshal.loads(seen[0]))  # noqa: S302 - sealed, and our own
        self._looked = sealed.now(self._folder)
        found = still_true(self.root, seen)
        self.still_true = frozenset(map(sealed.digest, found))
        return len(found) == len(seen)

    def begin(self, inputs: Inputs) -> None:
        """Note the time and the state; call it before anything but the configuration is read."""
        # What is known to be true may have been touched since the look at it.
        now = self._looked or sealed.now(self._folder)
        page = inputs.files[0]
        self._page = _content(join(self.root, page))
        stamp = self._stamp(inputs, at_first(inputs.code), {page: self._page})
        self._began = (now, inputs, stamp) if now and stamp else None

    def remember(
        self,
        seen: Sequence[bytes],
        newest: int,
        told: Told,
        written: tuple[str, bytes] | None = None,
    ) -> bool:
        """Keep what was said, where nothing was touched since `begin`. Tell whether it was kept.

        `seen` are surveys of the artifacts, the `newest` of which was touched at this time, in
        nanoseconds. `written` is the page where the command itself changed it, and what it wrote.
        """
        if self._began is None:
            return False
        now, inputs, stamp = self._began
        before: dict[str, bytes | None] = {}
        after: dict[str, bytes | None] = {}
        if written:
            # All but the page must be as it was; the page is what was written, or it is not true.
            page, text = written
            before, after = {page: self._page}, {page: sealed.digest(text)}
        others = (join(self.root, path) for path in inputs.files if path not in after)
        touched = [status for path in others if (status := _stat(path))]
        latest = max([newest, *(size_and_time(one)[1] for one in touched)])
        program = at_first(inputs.code)  # A change since then makes it another one for good.
        if latest >= now or stamp != self._stamp(inputs, program, before):
            return False
        if written:
            stamp = self._stamp(inputs, program, after) or b""
        document = (stamp, (*vars(inputs).values(),), (*vars(told).values(),), [*map(len, seen)])
        return sealed.write(self._file, b"".join([marshal.dumps(document), *seen]))

    @property
    def began(self) -> int:
        """When the first look at the artifacts was, in nanoseconds; 0 where nobody can tell."""
        return self._began[0] if self._began else 0

    @property
    def _file(self) -> str:
        return join(self._folder, "cache-page")

    def _stamp(
        self,
        inputs: Inputs,
        program: tuple[object, ...],
        contents: Mapping[str, bytes | None] = MappingProxyType({}),
    ) -> bytes | None:
        """Return a digest of everything but the artifacts; None where it cannot be told.

        `contents` are the digests of files whose content is known, and need not be read.
        """
        commit = head(self._git_dir) if self._git_dir else ""
        if commit is None:
            return None
        parts = (
            (self.root, self._options, commit),
            [
                contents[path] if path in contents else _content(join(self.root, path))
                for path in inputs.files
            ],
            _kinds(self.root, inputs.kinds, contents),
            program,
        )
        return sealed.digest(repr(parts).encode("utf-8", "surrogateescape"))


def _parts(payload: bytes, lengths: Sequence[int]) -> list[bytes]:
    """Return the last parts of a payload, which have these lengths."""
    at = len(payload) - sum(lengths)
    out: list[bytes] = []
    for length in lengths:
        out.append(payload[at : at + length])
        at += length
    return out


def _upwards(folder: str) -> Iterator[str]:
    yield folder
    while (above := os.path.dirname(folder)) != folder:
        folder = above
        yield folder


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb", buffering=0) as file:
            return sealed.digest(file.readall())
    except OSError:
        return None


def _stat(path: str) -> Stat | None:
    try:
        return stat_of(os.stat(path))
    except OSError:
        return None


def _kinds(root: str, names: Iterable[str], contents: Mapping[str, bytes | None]) -> list[object]:
    there = sorted(os.listdir(root)) if isdir(root) else []
    out: list[object] = []
    for name in names:
        if name in contents:
            out.append("" if contents[name] is None else "file")
        else:
            out.append(_fitting(there, name) if "*" in name else _kind(join(root, name)))
    return out


def _fitting(there: Iterable[str], pattern: str) -> list[str]:
    start, _, end = pattern.partition("*")
    return [name for name in there if name.startswith(start) and name.endswith(end)]


def _kind(path: str) -> str:
    return "folder" if isdir(path) else "file" if isfile(path) else ""
