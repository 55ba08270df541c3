"""The one door to git. Nothing here touches the work tree; writing is left to `workspace`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec

from results_bot import git_command
from results_bot.collect.file import Listed
from results_bot.errors import RepositoryError
from results_bot.git_objects import Objects
from results_bot.hostile import printable

GIT_ENVIRONMENT = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
)
"""What git tells its hooks; it must not reach a command on another repository."""
NOTES = "refs/notes/results-bot"
"""Where the bot notes who approved what a commit brought in."""


class Version(msgspec.Struct, frozen=True):
    """One commit that changed a file."""

    commit: str
    date: str
    """ISO 8601."""
    message: str
    notes: str = ""
    """What was added later, in `refs/notes/results-bot`."""

    @property
    def subject(self) -> str:
        """The first line of the message, made safe to show."""
        return printable(self.message.partition("\n")[0])

    def trailers(self, name: str) -> Iterator[str]:
        """Yield the values of a trailer, once each, from the message and from its notes.

        Anywhere in the message: when GitHub squashes commits, their trailers end up in its middle.
        """
        lines = [*self.message.split("\n"), *self.notes.split("\n")]
        start = f"{name.lower()}: "
        found = (line for line in lines if line.lower().startswith(start))
        yield from dict.fromkeys(printable(line.partition(": ")[2].strip()) for line in found)


class RemoteObjects(Protocol):
    """Where objects come from that were not fetched: commits of forks, of newer pushes."""

    def tree(self, commit: str) -> Iterable[tuple[str, str, int]]:
        """Return path, blob hash and size of every file of a commit."""
        ...

    def blob(self, sha: str) -> bytes:
        """Return the content of a blob."""
        ...


class GitRepo:
    """A repository with a work tree, as the current process (a hook, perhaps) sees it."""

    def __init__(
        self,
        root: Path,
        git_dir: Path,
        common_dir: Path,
        head: str | None,
        remote: RemoteObjects | None = None,
    ) -> None:
        self.root = root
        self.git_dir = git_dir
        self.head = head
        """The commit that HEAD named when the repository was opened; None before the first."""
        self._common_dir = common_dir
        self._remote = remote
        self._objects = Objects(root)
        self._texts: dict[tuple[str, str], str | None] = {}

    @classmethod
    def find(cls, folder: Path) -> GitRepo | None:
        """Return the repository that `folder` lies in, or None."""
        try:
            done = git_command.run(folder, *git_command.WHERE)
        except RepositoryError:
            if any((one / ".git").exists() for one in (folder, *folder.resolve().parents)):
                raise
            return None  # No git, and nothing to ask it.
        if done.returncode == 0:
            told = done.stdout.decode("utf-8", "surrogateescape").rstrip("\n").split("\n")
            root, git_dir, common_dir, *head = told
            return cls(Path(root), Path(git_dir), folder / common_dir, head[0] if head else None)
        said = git_command.reason(done)
        if "not a git repository" in said:
            return None
        if "must be run in a work tree" in said:
            raise RepositoryError("this repository is bare; results-bot needs a work tree")
        raise RepositoryError(said)

    def with_remote(self, remote: RemoteObjects) -> GitRepo:
        """Return the same repository, which asks `remote` for objects that are not here.

        Nothing is fetched into it: what comes from elsewhere stays data in memory.
        """
        return GitRepo(self.root, self.git_dir, self._common_dir, self.head, remote)

    def commit(self, revision: str) -> str:
        """Return the full hash of a revision. Raises RepositoryError where there is none."""
        wanted = ("--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        done = git_command.run(self.root, "rev-parse", *wanted)
        if done.returncode:
            raise RepositoryError(f"{revision!r} is no commit in this repository")
        return done.stdout.decode().splitlines()[-1]

    def has_commits(self) -> bool:
        """Tell whether HEAD names a commit now."""
        return self.head is not None or self._objects.has("HEAD")

    def text_at(self, revision: str, path: str) -> str | None:
        """Return a file's text at a commit, or None where it was not there."""
        if (revision, path) in self._texts:
            return self._texts[revision, path]
        found = self._objects.files(revision, [path]) if "\n" not in path else None
        if found is not None:
            data = found[0]
        else:
            at = (one for one in self.tree(revision, [path]) if one.path == path)
            data = next((one.read() for one in at), None)
        return None if data is None else data.decode("utf-8", "replace")

    def look_up(self, commit: str, paths: Iterable[str]) -> None:
        """Ask for several files of a commit, by its hash, at once: `text_at` has them at hand."""
        wanted = [path for path in paths if (commit, path) not in self._texts and "\n" not in path]
        for path, data in zip(wanted, self._objects.files(commit, wanted) or (), strict=False):
            text = None if data is None else data.decode("utf-8", "replace")
            self._texts[commit, path] = text

    def tree(self, revision: str, paths: Iterable[str] = ()) -> Iterator[Listed]:
        """Yield the files at a commit, below `paths` where given."""
        paths = list(paths)
        if self._remote is not None and not self._objects.has(revision):
            yield from self._remote_tree(self._remote, revision, paths)
            return
        out = self._git("ls-tree", "-r", "-l", "-z", "--full-tree", revision, "--", *paths)
        for entry in filter(None, out.split("\0")):
            meta, _, path = entry.partition("\t")
            _, kind, sha, size = meta.split()
            if kind == "blob":
                yield self._blob(path, sha, int(size) if size.isdigit() else 0)

    def top_names(self, revision: str) -> list[str]:
        """Return the names of the files and folders at the top of a commit."""
        if self._remote is not None and not self._objects.has(revision):
            return list({path.partition("/")[0] for path, _, _ in self._remote.tree(revision)})
        return self._git("ls-tree", "-z", "--name-only", "--full-tree", revision).split("\0")[:-1]

    def tree_paths(self, revision: str, paths: Iterable[str] = ()) -> list[str]:
        """Return the paths of the files at a commit, below `paths` where given.

        A submodule is among them; it is called like no artifact.
        """
        return self._git(*_paths_of(revision, paths)).split("\0")[:-1]

    def deleted(self, before: str, after: str, paths: Iterable[str]) -> list[str]:
        """Return the files at one commit, below `paths`, that another does not have as files.

        Folders that are the same in both are not even opened.
        """
        compared = ("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=DT", before, after)
        out = self._git(*compared, "--", *self._top(paths)).split("\0")
        return [path for meta, path in zip(out[::2], out[1::2], strict=False) if meta[1:3] != "16"]

    def staged(self, paths: Iterable[str] = ()) -> Iterator[Listed]:
        """Yield the files in the index, below `paths` where given.

        It asks git rather than GitPython's own index reader, which does not see the temporary
        index of `git commit PATH`.
        """
        out = self._git("ls-files", "-s", "-z", "--", *self._top(paths))
        for entry in filter(None, out.split("\0")):
            meta, _, path = entry.partition("\t")
            mode, sha, stage = meta.split()
            if stage == "0" and mode.startswith("100"):
                yield self._blob(path, sha, -1)

    def to_be_committed(self) -> list[str]:
        """Return the paths that the next commit adds, changes or deletes."""
        out = self._git("diff", "--cached", "--name-only", "--no-renames", "-z")
        return [path for path in out.split("\0") if path]

    def ignored(self, paths: Iterable[str]) -> set[str]:
        """Return the files of the work tree that git is told to ignore, below `paths`."""
        out = self._git("ls-files", "-o", "-i", "--exclude-standard", "-z", "--", *self._top(paths))
        return set(filter(None, out.split("\0")))

    def sparse(self, paths: Iterable[str]) -> set[str]:
        """Return the tracked files that a sparse checkout leaves out, below `paths`."""
        out = self._git("ls-files", "-t", "-z", "--", *self._top(paths))
        return {line[2:] for line in out.split("\0") if line.startswith("S ")}

    def last_change(self, path: str, revision: str = "HEAD") -> str | None:
        """Return the last commit up to a revision that changed a file, or None."""
        out = self._git(*self._last_change(path, revision))
        return out.strip() or None

    def begin(self, revision: str, paths: Iterable[str], file: str) -> None:
        """Let git begin with `tree_paths` below `paths` and the `last_change` of a file."""
        git_command.begin(self.root, *_paths_of(revision, paths))
        git_command.begin(self.root, *self._last_change(file, revision))

    def versions(self, path: str) -> Iterator[Version]:
        """Yield the commits of HEAD's first-parent line that changed a file, the newest first."""
        out = self._git(
            "log", "--first-parent", f"--notes={NOTES}",
            "--format=%H%x1f%cI%x1f%B%x1f%N%x1e", "--", *self._top([path])
        )  # fmt: skip
        for entry in filter(str.strip, out.split("\x1e")):
            commit, date, rest = entry.strip("\n").split("\x1f", 2)
            message, _, notes = rest.rpartition("\x1f")
            yield Version(commit, date, message, notes)

    def changed_at(self, revision: str, path: str) -> int:
        """Return when a file or folder was last changed up to a commit; 0 where it never was."""
        out = self._git("log", "-1", "--format=%ct", revision, "--", *self._top([path]))
        return int(out.strip() or 0)

    def waiting_heads(self) -> Iterator[str]:
        """Yield the commits that a merge, cherry-pick or rebase under way takes in."""
        for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD"):
            if (self.git_dir / name).is_file():
                yield name

    def holding(self, path: str, text: str) -> Iterator[str]:
        """Yield commits that brought `text` into a file or took it out, on any branch."""
        from hashlib import sha1

        data = text.encode("utf-8", "surrogateescape")
        blob = sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()
        if not self._objects.has(blob):
            return
        found = ("log", "--all", "-20", "--format=%H", f"--find-object={blob}")
        yield from self._git(*found, "--", *self._top([path])).split()

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two revisions, or None."""
        done = git_command.run(self.root, "merge-base", one, other)
        return done.stdout.decode().strip() or None

    def default_branch(self) -> str | None:
        """Return the branch that work starts from: the remote's HEAD, else main or master."""
        for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
            try:
                self.commit(name)
            except RepositoryError:
                continue
            return name
        return None

    def stage(self, path: str, content: bytes) -> None:
        """Put `content` into the index as the new version of `path`.

        Also where git prepares `git commit PATH`: it gives the hook a temporary index, and would
        go on afterwards with the other one, in which the old page would undo this one.
        """
        sha = self._objects.add(content)
        indexes = [self._index_file()]
        prepared = self.git_dir / "index.lock"
        if indexes[0].name.startswith("next-index-") and prepared.exists():
            indexes.append(prepared)
        for index in indexes:
            entry = f"{self._mode(path, index)},{sha},{path}"
            self._git("update-index", "--add", "--cacheinfo", entry, index=index)

    def unstage(self, path: str) -> None:
        """Take a file out of the index."""
        self._git("update-index", "--force-remove", "--", path)

    def set_option(self, name: str, value: str) -> None:
        """Set an option in this repository's own git configuration."""
        self._git("config", "--local", name, value)

    def hooks_folder(self) -> Path:
        """Return the folder from which git runs this repository's hooks."""
        return self.root / self._git("rev-parse", "--git-path", "hooks").strip()

    def private_file(self, name: str) -> Path:
        """Return a path inside the git folder, shared by all work trees."""
        return self._common_dir / name

    def _git(self, *arguments: str, index: Path | None = None) -> str:
        """Run git in the root with every output decoded; names of files may hold anything."""
        environment = {"GIT_INDEX_FILE": str(index)} if index else {}
        out = git_command.ask(self.root, *arguments, environment=environment)
        return out.decode("utf-8", "surrogateescape")

    def _index_file(self) -> Path:
        given = os.environ.get("GIT_INDEX_FILE")
        return (self.root / given) if given else self.git_dir / "index"

    def _mode(self, path: str, index: Path) -> str:
        out = self._git("ls-files", "-s", "-z", "--", *self._top([path]), index=index)
        return out[:6] if out.startswith("100") else "100644"

    def _blob(self, path: str, sha: str, size: int) -> Listed:
        return Listed(path, size, partial(self._read, sha), version=sha)

    def _read(self, sha: str) -> bytes:
        try:
            return self._objects.blob(sha)
        except ValueError:
            # Not fetched: a shallow checkout, or a commit from elsewhere.
            if self._remote is None:
                raise
            return self._remote.blob(sha)

    def _remote_tree(
        self, remote: RemoteObjects, commit: str, paths: Sequence[str]
    ) -> Iterator[Listed]:
        for path, sha, size in remote.tree(commit):
            wanted = not paths or any(
                one in (".", path) or path.startswith(f"{one}/") for one in paths
            )
            if wanted:
                yield self._blob(path, sha, size)

    def _last_change(self, path: str, revision: str) -> tuple[str, ...]:
        return ("log", "-1", "--format=%H", revision, "--", *self._top([path]))

    @staticmethod
    def _top(paths: Iterable[str]) -> list[str]:
        # `literal` keeps a folder called `a*` from being a pattern; and `.` from being the top.
        return [f":(top,literal){'' if path == '.' else path}" for path in paths]


def _paths_of(revision: str, paths: Iterable[str]) -> tuple[str, ...]:
    return ("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision, "--", *paths)


def merge_texts(base: str, ours: str, theirs: str) -> tuple[str, bool]:
    """Merge three texts as git merges files; the second value tells of conflict markers."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="results-bot-merge-") as folder:
        paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        labels = [part for name in ("ours", "base", "theirs") for part in ("-L", name)]
        done = git_command.run(Path(folder), "merge-file", "-p", *labels, *map(str, paths))
    if not 0 <= done.returncode <= 127:
        raise RepositoryError(f"git merge-file failed: {git_command.reason(done)}")
    return done.stdout.decode("utf-8", "surrogateescape"), done.returncode > 0


def merged_heads() -> list[str]:
    """Return the commits that `git merge` tells its drivers of."""
    return [name.removeprefix("GITHEAD_") for name in os.environ if name.startswith("GITHEAD_")]


@contextmanager
def elsewhere() -> Iterator[None]:
    """Hide what git told this process while it works on another repository."""
    hidden = {name: os.environ.pop(name) for name in GIT_ENVIRONMENT if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
