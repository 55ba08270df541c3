"""The repository or folder that a command works in: settings, artifacts, page, private files.

All commands reach the file system through it, and git through `git`.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from results_bot import config as configuration
from results_bot.collect.cache import Cache, now, user_folder
from results_bot.collect.discover import Listing, may_exist, read_bytes, walk
from results_bot.collect.file import Listed
from results_bot.collect.paths import select
from results_bot.collect.read import read_all
from results_bot.collect.readers import dvc, is_claimed
from results_bot.collect.runs import group
from results_bot.collect.samples import Samples, samples_within
from results_bot.config import Config, SectionTable
from results_bot.config_remote import local
from results_bot.errors import BotError, ConfigError, PageError
from results_bot.git import GitRepo
from results_bot.model import Collection, Problem, Run
from results_bot.page.charts import folder
from results_bot.page.sections import bases, default_sections, gone, patterns, places, top_sections
from results_bot.progress import Progress
from results_bot.sources import Sources, committed

if TYPE_CHECKING:
    from results_bot.collect.parts import Parts

_READING = "Reading artifacts"
_LFS = b"version https://git-lfs.github.com/spec/"


class Workspace(msgspec.Struct, frozen=True, dict=True):
    """One repository, or a folder outside any."""

    root: Path
    repo: GitRepo | None
    config: Config
    config_file: str | None
    """Where the configuration came from, below the root; None where there is none."""
    tops: frozenset[str] | None = None
    """The names at the top of `commit`; None for those of the work tree."""
    commit: str | None = None
    """The commit whose settings these are; None for the work tree."""
    progress: Progress = msgspec.field(default_factory=Progress)
    page_is_given: bool = False
    """The page was named on the command line, which overrides every configuration."""
    parts: Parts | None = None
    """Artifacts collected on other machines; they win over the work tree."""

    @classmethod
    def find(
        cls,
        folder: Path,
        config_path: str | None = None,
        page: str | None = None,
        progress: Progress | None = None,
    ) -> Workspace:
        """Open the repository that `folder` lies in. Raises ConfigError."""
        if not folder.is_dir():
            raise BotError(f"{folder}: there is no such folder")
        repo = GitRepo.find(folder)
        root = repo.root if repo else folder.resolve()
        config, config_file = _configured(root, config_path)
        chosen = _inside(root, page or config.page or _existing_page(root))
        config = replace(config, page=chosen)
        progress = progress or Progress()
        return cls(root, repo, config, config_file, progress=progress, page_is_given=bool(page))

    @property
    def page(self) -> str:
        """The page's path below the root."""
        return self.config.page

    @cached_property
    def sections(self) -> tuple[SectionTable, ...]:
        """The sections: configured, else one a folder."""
        if self.config.sections:
            return self.config.sections
        if self.tops is not None:
            return default_sections(self.tops, self.tops, self._pipeline)
        there = list(os.scandir(self.root))
        folders = [entry.name for entry in there if entry.is_dir()]
        files = (entry.name for entry in there if entry.is_file())
        return default_sections(folders, files, self._pipeline)

    @property
    def _pipeline(self) -> tuple[str, ...]:
        """The metrics files that a DVC pipeline at the top names."""
        if self.commit is None:
            path = self.root / dvc.PIPELINE
            text = path.read_text("utf-8", "replace") if path.is_file() else None
        else:
            there = dvc.PIPELINE in (self.tops or ())
            repo = self.repo if there else None
            text = repo.text_at(self.commit, dvc.PIPELINE) if repo else None
        named = () if text is None else dvc.metrics_files(text)
        return tuple(path for path in named if is_claimed(path))

    def everywhere(self) -> Workspace:
        """Return the same with one section for each folder at the top that is not hidden."""
        entries = sorted(entry.name for entry in os.scandir(self.root) if entry.is_dir())
        return self.with_sections(top_sections(name for name in entries if name[0] != "."))

    def with_sections(self, sections: tuple[SectionTable, ...]) -> Workspace:
        """Return the same with other sections than the configuration has."""
        return replace(self, config=replace(self.config, sections=sections))

    @property
    def watched(self) -> tuple[str, ...]:
        """Folders and files whose change can change the page."""
        folders = dict.fromkeys(local(places(self.sections)))
        files = (self.page, configuration.FILE, configuration.PYPROJECT)
        return (*folders, *files, *([] if self.config.sections else [dvc.PIPELINE]))

    @property
    def settings_files(self) -> tuple[str, ...]:
        """The files besides the artifacts that the page depends on, there or not."""
        own = (self.page, configuration.FILE, configuration.PYPROJECT, dvc.PIPELINE)
        return own if self.config_file in (None, *own) else (*own, str(self.config_file))

    def at(
        self, commit: str, config: Config | None = None, uploaded: Iterable[str] = ()
    ) -> Workspace:
        """Return the same with the settings and folders of a commit, whatever is checked out.

        `config` replaces the commit's own; `uploaded` are paths of files besides the commit's.
        Raises ConfigError.
        """
        names = self.repo.top_names(commit) if self.repo else []
        tops = frozenset([*names, *(path.partition("/")[0] for path in uploaded)])
        if config is None:
            config = replace(self._config_at(commit), page=self.page_at(commit) or self.page)
        return replace(self, config=config, tops=tops, commit=commit)

    def charts(self) -> dict[str, bytes]:
        """Return the files in the folder of the page's charts, by path below the root."""
        base = self.root / folder(self.page)
        found = sorted(base.glob("*.svg")) if base.is_dir() else []
        return {f"{folder(self.page)}/{path.name}": path.read_bytes() for path in found}

    def staged_charts(self) -> dict[str, bytes]:
        """Return the same as they are staged."""
        if self.repo is None:
            return self.charts()
        return {file.path: file.read() for file in self.repo.staged([folder(self.page)])}

    def charts_at(self, commit: str) -> dict[str, bytes]:
        """Return the same as a commit has them."""
        if self.repo is None:
            return {}
        return {file.path: file.read() for file in self.repo.tree(commit, [folder(self.page)])}

    def put(self, files: Mapping[str, bytes | None]) -> None:
        """Write each file atomically, or delete it where its content is None."""
        for path, data in files.items():
            if data is None:
                (self.root / path).unlink(missing_ok=True)
            else:
                write_atomically(self.root / path, data)

    def look(self, *, always: bool = False) -> Listing:
        """List the artifacts in the work tree, without opening any.

        Where a cluster lists them the result is empty, unless `always` is set.
        """
        if not always and not self.sources.are_walked:
            return Listing()
        self.progress.phase("Looking for artifacts")
        began = now(self._private)
        return Listing(tuple(walk(self.root, local(patterns(self.sections)))), began)

    def collect(self, seen: Listing | None = None, *, staged: bool = False) -> Collection:
        """Read the artifacts in the work tree or, where `staged`, as they will be committed.

        `seen` is what `look` returned, if it was called before.
        """
        if staged:
            as_is: set[str] = set()
            return self._collected(self._staged(as_is), as_is)
        seen = seen or self.look()
        self.progress.phase(_READING, self._count(seen))
        read = self.sources.artifacts(seen, self.cache())
        return group(read, bases(self.sections), patterns(self.sections))

    def samples(self, run: Run) -> Samples | None:
        """Read a run's predictions where it was collected; None where they cannot be read."""
        return self._first_samples(run, self.sources.samples)

    @cached_property
    def sources(self) -> Sources:
        """Where artifacts come from: this work tree, addresses, a cluster, parts."""
        wanted = patterns(self.sections)
        return Sources(self.root, self.config, wanted, self.progress, self.parts)

    def with_parts(self, places: Sequence[str]) -> Workspace:
        """Return the same with what other machines collected. Raises BotError."""
        from results_bot.collect.parts import Parts

        repo = self.repo
        head = repo.tree if repo is not None and repo.has_commits() else None
        return replace(
            self, parts=Parts.open(places, committed(lambda: head("HEAD") if head else ()))
        )

    def collect_at(self, commit: str, folders: Sequence[str] | None = None) -> Collection:
        """Read the artifacts of a commit, below `folders` where given."""
        if self.repo is None:
            return Collection()
        listed = {one.path: one for one in self.repo.tree(commit, folders or self.folders)}
        found = [listed[path] for path in select(listed, patterns(self.sections))]
        self.progress.phase(f"{_READING} of {commit[:8]}", len(found))
        return self._collected(found)

    def samples_at(self, commit: str, run: Run) -> Samples | None:
        """Read a run's predictions at a commit."""
        if self.repo is None or not run.predictions:
            return None
        listed = {one.path: one for one in self.repo.tree(commit, run.predictions)}
        most = self.config.max_file_size
        return self._first_samples(run, lambda path: samples_within(listed[path].read(), most))

    def config_at(self, commit: str) -> Config:
        """Return the configuration of a commit. Raises ConfigError where it is wrong there."""
        return replace(self._config_at(commit), page=self.page)

    def page_at(self, commit: str) -> str:
        """Return the page that a commit's own configuration keeps; empty where it has none yet."""
        if self.page_is_given:
            return self.page
        config = self._config_at(commit)
        has = self.repo.text_at if self.repo else lambda *_: None
        pages = (config.page,) if config.page else configuration.PAGES
        return next((page for page in pages if has(commit, page) is not None), "")

    def _config_at(self, commit: str) -> Config:
        repo = self.repo
        if repo is None:
            return Config()
        return configuration.find(lambda name: repo.text_at(commit, name), self.config_file)[0]

    @staticmethod
    def _first_samples(run: Run, read: Callable[[str], Samples | None]) -> Samples | None:
        for path in run.predictions:
            try:
                found = read(path)
            except (OSError, KeyError):
                continue
            if found is not None:
                return found
        return None

    def gone(
        self, seen: Listing | None = None, *, staged: bool = False
    ) -> dict[str, frozenset[str]]:
        """Return the runs whose tracked artifacts were deleted since the page was last changed.

        `seen` is what `look` returned, if it was called before.
        """
        head = self.repo.head if self.repo else None
        if self.repo is None or head is None:
            return {}
        folders = self.folders
        before = set(self._tracked(self.repo, head))
        if staged:
            present = {file.path for file in self.repo.staged(folders)}
        else:
            present = set(seen.files()) if seen else set()
            present |= self.parts.paths if self.parts else set()
            present.update(path for path in before - present if may_exist(self.root, path))
            if not before <= present:
                present |= self.repo.sparse(folders)
        return {} if before <= present else gone(before, present, self.sections)

    def _tracked(self, repo: GitRepo, head: str) -> list[str]:
        """Return what git has under the folders that hold runs, or had when the page was true."""
        folders = self.folders
        paths = repo.tree_paths(head, folders)
        since = repo.last_change(self.page, head)
        return paths + (repo.deleted(since, head, folders) if since and since != head else [])

    def read_page(self) -> str | None:
        """Return the page's text, or None where there is no page yet."""
        path = self.root / self.page
        try:
            return self._decoded(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PageError(f"{self.page}: cannot be read ({error.strerror})") from None

    def staged_page(self) -> str | None:
        """Return the page's text as it is staged, or None."""
        if self.repo is None:
            return self.read_page()
        for file in self.repo.staged([self.page]):
            return self._decoded(file.read())
        return None

    def write(self, path: str, text: str) -> None:
        """Replace a file atomically."""
        write_atomically(self.root / path, text.encode("utf-8"))

    def _decoded(self, page: bytes) -> str:
        try:
            return page.decode("utf-8")
        except UnicodeDecodeError as error:
            raise PageError(f"{self.page}: is not UTF-8 (byte {error.start})") from None

    def _collected(
        self, found: Iterable[Listed | Problem], never: Container[str] = ()
    ) -> Collection:
        size, step = self.config.max_file_size, self.progress.step
        read = read_all(found, size, step, self.cache(), never=never)
        return group(read, bases(self.sections), patterns(self.sections))

    def _count(self, seen: Listing) -> int:
        return sum(1 for _ in seen.files()) if self.progress.seen else 0

    def private_file(self, name: str) -> Path:
        """Return the path of a private file that may be deleted at any time."""
        return self._private / name

    @property
    def _private(self) -> Path:
        """The folder of private files: in the git folder, else in the user's cache."""
        if self.repo is None:
            return user_folder(self.root)
        return self.repo.git_dir / "results-bot"

    def cache(self) -> Cache:
        """Open the cache of what files held."""
        return Cache(self._private / "cache", self.config.max_file_size)

    def _work_tree(self) -> Iterator[Listed | Problem]:
        return iter(self.look().items)

    def _staged(self, as_is: set[str]) -> Iterator[Listed | Problem]:
        """Yield tracked artifacts as staged, and ignored ones from the work tree.

        Files that are neither are not part of the commit, and so not of its page. `as_is` collects
        the paths that are read from the work tree, for which a hash proves nothing.
        """
        if self.repo is None:
            for item in self._work_tree():
                as_is.add(item.path if isinstance(item, Listed) else item.file)
                yield item
            return
        folders = self.folders
        staged = {file.path: file for file in self.repo.staged(folders)}
        self.progress.phase(_READING, len(staged))

        for path in select(staged, patterns(self.sections)):
            read = partial(self._read_staged, staged[path], as_is)
            yield replace(staged[path], read=read)
        ignored = self.repo.ignored(folders)
        for item in self._work_tree() if ignored else ():
            path = item.path if isinstance(item, Listed) else item.file
            if path in ignored:
                as_is.add(path)
                yield item

    def _read_staged(self, file: Listed, as_is: set[str]) -> bytes:
        data = file.read()
        if data.startswith(_LFS):
            as_is.add(file.path)
            # Git LFS keeps only a pointer in git; the content is in the work tree.
            return read_bytes(self.root / file.path)
        return data

    @property
    def folders(self) -> list[str]:
        """The folders and files below the root that hold artifacts; `.` for the root itself."""
        return [place or "." for place in local(places(self.sections))]


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a temporary file beside `path` and rename it; permissions stay."""
    new: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=".results-bot-", delete=False
        ) as file:
            new = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(mode)
        new.replace(target)
    except OSError as error:
        raise BotError(f"{path.name}: cannot be written ({error.strerror})") from None
    finally:
        if new is not None:
            new.unlink(missing_ok=True)  # Still there only if it could not be renamed.


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _inside(root: Path, page: str) -> str:
    """Return the page's path below the root. Raises ConfigError where it lies outside."""
    path = root / page
    if not path.resolve().is_relative_to(root.resolve()) or path.is_dir():
        what = "is a folder" if path.is_dir() else "lies outside the repository"
        raise ConfigError(f"{page}: the page {what}")
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else page


def _configured(root: Path, wanted: str | None) -> tuple[Config, str | None]:
    if wanted is None:
        return configuration.find(lambda name: _text(root / name))
    text = _text(root / wanted)
    if text is None:
        raise ConfigError(f"{wanted}: there is no such configuration file")
    return configuration.parse(text, wanted), wanted


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name}: cannot be read ({type(error).__name__})") from None


def _existing_page(root: Path) -> str:
    return next((page for page in configuration.PAGES if (root / page).is_file()), "RESULTS.md")
