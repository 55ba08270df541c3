"""A git repository: revisions, files of commits, the index, history, notes.

The index is read with git's own commands: under `git commit -a` and `git commit PATH` GitPython's
`repo.index` reads the old one. Nothing here writes to the work tree.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, cast

import msgspec
from msgspec.structs import replace

from results_bot.collect.file import Listed, blob_hash
from results_bot.errors import RepositoryError
from results_bot.escape import printable
from results_bot.git_command import elsewhere, run

if TYPE_CHECKING:
    import git

NOTES = "refs/notes/results-bot"
"""Where the bot notes who approved what a commit brought in."""
APPROVED_BY = "Metrics-approved-by"
"""The trailer that names who approved, in those notes or in a commit's message."""


class Version(msgspec.Struct, frozen=True):
    """One commit that changed a file."""

    commit: str
    date: str
    """ISO 8601."""
    message: str
    notes: str = ""
    """What was added later, in `refs/notes/results-bot`."""
    blob: str = ""
    """Its content; zeros where the commit deleted it."""

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

    def __init__(self, repo: git.Repo, remote: RemoteObjects | None = None) -> None:
        self._repo = repo
        self._remote = remote
        self.root = Path(cast("str", repo.working_tree_dir)).resolve()
        self.git_dir = Path(os.path.realpath(repo.git_dir))
        self._reader: git.Git.AutoInterrupt | None = None

    @classmethod
    def find(cls, folder: Path) -> GitRepo | None:
        """Return the repository that `folder` lies in, or None. Raises RepositoryError."""
        import git  # Only after `git_command`, which lets it load where git is not installed.

        try:
            repo = git.Repo(folder, search_parent_directories=True)
        except git.InvalidGitRepositoryError:
            if "GIT_DIR" not in os.environ:
                return None
            repo = git.Repo()
        if repo.bare:
            raise RepositoryError("this repository is bare; results-bot needs a work tree")
        found = cls(repo)
        found._git("rev-parse", "--git-dir")  # Git may refuse it: no git, or another user's folder.
        return found

    def with_remote(self, remote: RemoteObjects) -> GitRepo:
        """Return the same repository, which asks `remote` for objects that are not here.

        Nothing is fetched into it: what comes from elsewhere stays data in memory.
        """
        return GitRepo(self._repo, remote)

    def close(self) -> None:
        """End the process that reads objects; the next read would start another."""
        if self._reader is not None:
            self._reader.communicate()
            self._reader = None

    @cached_property
    def head(self) -> str | None:
        """The commit that HEAD named when it was first asked for; None before the first commit."""
        return self._revision("HEAD")

    def commit(self, revision: str) -> str:
        """Return the full hash of a revision. Raises RepositoryError where there is none."""
        found = self._revision(revision)
        if found is None:
            raise RepositoryError(f"{revision!r} is no commit in this repository")
        return found

    def text_at(self, revision: str, path: str) -> str | None:
        """Return a file's text at a commit, or None where it was not there."""
        if "\n" not in path and self._has(f"{revision}^{{commit}}"):
            data = self._content(f"{revision}:{path}")
        else:
            at = (one for one in self.tree(revision, [path]) if one.path == path)
            data = next((one.read() for one in at), None)
        return None if data is None else data.decode("utf-8", "replace")

    def tree(self, revision: str, paths: Iterable[str] = ()) -> Iterator[Listed]:
        """Yield the files at a commit, below `paths` where given, those of submodules too."""
        paths = list(paths)
        if self._remote is not None and not self._has(revision):
            for path, sha, size in self._remote.tree(revision):
                if not paths or any(_is_below(path, one) for one in paths):
                    yield self._blob(path, sha, size)
            return
        wanted = dict.fromkeys(map(self.tracked_as, paths))
        out = self._git("ls-tree", "-r", "-l", "-z", "--full-tree", revision, "--", *wanted)
        for entry in filter(None, out.split("\0")):
            meta, _, path = entry.partition("\t")
            _, kind, sha, size_text = meta.split()
            if kind == "blob":
                yield self._blob(path, sha, int(size_text) if size_text.isdigit() else 0)
            elif kind == "commit":
                yield from self._in_submodule(path, sha, paths)

    def top_names(self, revision: str) -> list[str]:
        """Return the names of the files and folders at the top of a commit."""
        if self._remote is not None and not self._has(revision):
            return list({path.partition("/")[0] for path, _, _ in self._remote.tree(revision)})
        return self._git("ls-tree", "-z", "--name-only", "--full-tree", revision).split("\0")[:-1]

    def tree_paths(self, revision: str, paths: Iterable[str] = ()) -> list[str]:
        """Return the paths of the files at a commit, below `paths`; submodules are among them."""
        listed = ("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision, "--", *paths)
        return self._git(*listed).split("\0")[:-1]

    def changed(self, before: str, paths: Iterable[str], *, staged: bool) -> set[str]:
        """Return the files below `paths` that the work tree or the index has otherwise."""
        where = ["--cached"] if staged else []
        compared = ("diff", *where, "--name-only", "--no-renames", "-z", before)
        return set(self._git(*compared, "--", *_top(paths)).split("\0")[:-1])

    def deleted(self, before: str, after: str, paths: Iterable[str]) -> list[str]:
        """Return the files at one commit, below `paths`, that another does not have as files."""
        compared = ("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=DT", before, after)
        out = self._git(*compared, "--", *_top(paths)).split("\0")
        return [path for meta, path in zip(out[::2], out[1::2], strict=False) if meta[1:3] != "16"]

    def staged(self, paths: Iterable[str] = ()) -> Iterator[Listed]:
        """Yield the files in the index, below `paths` where given."""
        paths = list(paths)
        wanted = dict.fromkeys(map(self.tracked_as, paths))
        out = self._git("ls-files", "-s", "-z", "--", *_top(wanted))
        for entry in filter(None, out.split("\0")):
            meta, _, path = entry.partition("\t")
            mode, sha, stage = meta.split()
            if stage == "0" and mode.startswith("100"):
                yield self._blob(path, sha, -1)
            elif stage == "0" and mode == "160000":
                yield from self._in_submodule(path, sha, paths)

    def tracked(self, names: Iterable[str]) -> list[str]:
        """Return the paths of the tracked files of these names in any folder below the top."""
        anywhere = [f":(top,glob)*/**/{name}" for name in names]
        return self._git("ls-files", "-z", "--", *anywhere).split("\0")[:-1]

    def to_be_committed(self) -> list[str]:
        """Return the paths that the next commit adds, changes or deletes."""
        out = self._git("diff", "--cached", "--name-only", "--no-renames", "-z")
        return [path for path in out.split("\0") if path]

    def ignored(self, paths: Iterable[str]) -> set[str]:
        """Return the files of the work tree that git ignores, below `paths`."""
        out = self._git("ls-files", "-o", "-i", "--exclude-standard", "-z", "--", *_top(paths))
        return set(filter(None, out.split("\0")))

    def sparse(self, paths: Iterable[str]) -> set[str]:
        """Return the tracked files that a sparse checkout leaves out, below `paths`."""
        out = self._git("ls-files", "-t", "-z", "--", *_top(paths))
        return {line[2:] for line in out.split("\0") if line.startswith("S ")}

    def last_change(self, path: str, revision: str = "HEAD") -> str | None:
        """Return the last commit up to a revision that changed a file, or None."""
        return self._git("log", "-1", "--format=%H", revision, "--", *_top([path])).strip() or None

    def versions(self, path: str, revision: str = "HEAD") -> Iterator[Version]:
        """Yield the first-parent commits that changed a file, the newest first.

        Moves of the file are followed. Nothing is yielded for a revision that was not fetched.
        """
        if not self._has(f"{revision}^{{commit}}"):
            return
        out = self._git(
            "log", "--first-parent", "-m", "--follow", "--raw", "--no-abbrev", "-z",
            f"--notes={NOTES}", "--format=%x1e%H%x1f%cI%x1f%B%x1f%N%x1f",
            revision, "--", *_top([path])
        )  # fmt: skip
        for entry in out.split("\x1e")[1:]:
            commit, date, rest = entry.split("\x1f", 2)
            message, notes, raw = rest.rsplit("\x1f", 2)
            # A line such as `:100644 100644 OLD NEW R100`, then paths.
            blob = raw.strip("\0\n").split()[3]
            yield Version(commit, date, message.strip("\n"), notes, blob)

    def text_of(self, version: Version) -> str | None:
        """Return a file's text at one of its versions, or None where it was deleted."""
        data = self._content(version.blob) if version.blob.strip("0") else None
        return None if data is None else data.decode("utf-8", "replace")

    @property
    def is_shallow(self) -> bool:
        """Whether older commits were not fetched."""
        return (Path(self._repo.common_dir) / "shallow").exists()

    def changed_at(self, revision: str, path: str) -> int:
        """Return when a file or folder was last changed up to a commit; 0 where it never was."""
        out = self._git("log", "-1", "--format=%ct", revision, "--", *_top([path]))
        return int(out.strip() or 0)

    def waiting_heads(self) -> Iterator[str]:
        """Yield the commits that a merge, cherry-pick or rebase in progress takes in."""
        for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD"):
            if (self.git_dir / name).is_file():
                yield name

    def holding(self, path: str, text: str) -> Iterator[str]:
        """Yield commits that brought `text` into a file or took it out, on any branch."""
        blob = blob_hash(text.encode("utf-8", "surrogateescape"))
        if self._has(blob):
            found = ("log", "--all", "-20", "--format=%H", f"--find-object={blob}")
            yield from self._git(*found, "--", *_top([path])).split()

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two revisions, or None."""
        return run(self._repo.git, "merge-base", one, other)[1].strip() or None

    def default_branch(self) -> str | None:
        """Return the branch that work starts from: the remote's HEAD, a usual or the only one."""
        remote = run(self._repo.git, "rev-parse", "--abbrev-ref", "origin/HEAD")[1].strip()
        usual = ("main", "master", "trunk")
        names = (remote, *(f"origin/{name}" for name in usual), *usual)
        found = next((name for name in names if name and self._revision(name)), None)
        if found is None:
            refs = ("refs/heads", "refs/remotes")
            branches = self._git("for-each-ref", "--format=%(refname:short)", *refs).split()
            found = branches[0] if len(branches) == 1 else None
        return found

    def stage(self, path: str, content: bytes | None) -> None:
        """Put `content` into the index as the new version of `path`; None takes the file out.

        Also where git prepares `git commit PATH`: it gives the hook a temporary index, and would
        go on afterwards with the other one, in which the old page would undo this one.
        """
        if content is None:
            self._git("update-index", "--force-remove", "--", path)
            return
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            sha = self._git("hash-object", "-w", "--stdin", given=file).strip()
        given = os.environ.get("GIT_INDEX_FILE")
        indexes = [self.root / given if given else self.git_dir / "index"]
        prepared = self.git_dir / "index.lock"
        if indexes[0].name.startswith("next-index-") and prepared.exists():
            indexes.append(prepared)
        for index in indexes:
            known = self._git("ls-files", "-s", "-z", "--", *_top([path]), index=index)
            mode = known[:6] if known.startswith("100") else "100644"
            self._git("update-index", "--add", "--cacheinfo", f"{mode},{sha},{path}", index=index)

    def set_option(self, name: str, value: str) -> None:
        """Set an option in this repository's own git configuration."""
        self._git("config", "--local", name, value)

    def hooks_folder(self) -> Path:
        """Return the folder from which git runs this repository's hooks."""
        return self.root / self._git("rev-parse", "--git-path", "hooks").strip()

    def _git(
        self, *arguments: str, index: Path | None = None, given: IO[bytes] | None = None
    ) -> str:
        """Return what git prints. Raises RepositoryError with its reason where it fails."""
        code, out, error = run(self._repo.git, *arguments, index=index, given=given)
        if code:
            raise RepositoryError(f"git {arguments[0]} failed: {error.strip()}")
        return out

    def _revision(self, name: str) -> str | None:
        wanted = ("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        code, out, _ = run(self._repo.git, "rev-parse", *wanted)
        return None if code else out.split()[-1]

    def _has(self, name: str) -> bool:
        return self._object(name) is not None

    def _content(self, name: str) -> bytes | None:
        """Return the content of the object called `name`, None for a folder or nothing."""
        found = self._object(name)
        return None if found is None or found[0] == b"tree" else found[1]

    def _object(self, name: str) -> tuple[bytes, bytes] | None:
        """Return kind and content of an object; one process of git answers for all of them.

        GitPython's own reader of `cat-file --batch` knows SHA-1 only, and no odd file names.
        """
        for _ in range(2):
            if self._reader is None:
                self._reader = self._repo.git.execute(
                    ["git", "cat-file", "--batch"], as_process=True, istream=subprocess.PIPE
                )
            asked, answer = cast("IO[bytes]", self._reader.stdin), self._reader.stdout
            with suppress(BrokenPipeError):
                asked.write(name.encode("utf-8", "surrogateescape") + b"\n")
                asked.flush()
            header = answer.readline()
            if header:
                found = header.split()
                if len(found) != 3 or not found[2].isdigit():
                    return None  # `NAME missing`, whatever the name holds.
                return found[1], answer.read(int(found[2]) + 1)[:-1]
            self._reader = None  # It died: try once more.
        self._git("cat-file", "-e", name)
        raise RepositoryError("git cat-file ended without an answer")

    @cached_property
    def _submodules(self) -> dict[str, GitRepo]:
        """The submodules that are checked out, by their paths."""
        if not (self.root / ".gitmodules").is_file():
            return {}
        with elsewhere():
            return {
                str(module.path): GitRepo(module.module())
                for module in self._repo.submodules
                if module.module_exists()
            }

    def tracked_as(self, path: str) -> str:
        """Return the path that git knows `path` by: the submodule, for a path in one."""
        return next((one for one in self._submodules if _is_below(path, one)), path)

    def _in_submodule(self, path: str, sha: str, paths: Sequence[str]) -> Iterator[Listed]:
        """Yield the files of a submodule's commit as files of this repository."""
        module = self._submodules.get(path)
        if module is None:
            return
        with elsewhere():
            found = [*module.tree(sha)] if module._has(sha) else []
        for one in found:
            name = f"{path}/{one.path}"
            if not paths or any(_is_below(name, wanted) for wanted in paths):
                yield replace(one, path=name)

    def _blob(self, path: str, sha: str, size: int) -> Listed:
        return Listed(path, size, partial(self._read, sha), version=sha)

    def _read(self, sha: str) -> bytes:
        found = self._content(sha)
        if found is None and self._remote is not None:
            return self._remote.blob(sha)  # Of a commit that was not fetched.
        if found is None:
            raise ValueError(f"{sha} is not in this repository")
        return found


def _is_below(path: str, folder: str) -> bool:
    return folder in (".", path) or path.startswith(f"{folder}/")


def _top(paths: Iterable[str]) -> list[str]:
    # `literal` keeps a folder called `a*` from being a pattern; and `.` from being the top.
    return [f":(top,literal){'' if path == '.' else path}" for path in paths]
