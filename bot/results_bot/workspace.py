"""The repository or folder that a command works in: its configuration and its page.

Artifacts come from `sources`, and git is behind `git`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from results_bot import config as configuration
from results_bot.collect.cache import replacing, user_folder
from results_bot.collect.discover import read_bytes
from results_bot.collect.paths import is_below
from results_bot.collect.readers import dvc, is_claimed
from results_bot.config import Config, SectionTable
from results_bot.console import Progress
from results_bot.errors import BotError, ConfigError, PageError, RepositoryError
from results_bot.escape import printable
from results_bot.git import GitRepo
from results_bot.globs import local
from results_bot.page.charts import folder
from results_bot.page.plan import default_sections, places
from results_bot.sources import Earlier, Sources

if TYPE_CHECKING:
    from results_bot.collect.parts import Parts


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
    staged: bool = False
    """The page and the artifacts are those in the index."""
    progress: Progress = msgspec.field(default_factory=Progress)
    page_is_given: bool = False
    """The page was named on the command line, which overrides every configuration."""
    parts: Parts | None = None
    """Artifacts collected on other machines; they win over the work tree."""
    earlier: list[Earlier] = msgspec.field(default_factory=list)
    """What commits held that were read before, whatever settings this is a copy for."""

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
        if config_path is None:
            config, file = _nearest(root, folder.resolve())
        else:
            path = (folder / config_path).resolve()
            inside = path.is_relative_to(root.resolve())
            file = path.relative_to(root.resolve()).as_posix() if inside else str(path)
            text = _text(path)
            if text is None:
                raise ConfigError(f"{config_path}: there is no such configuration file")
            config = configuration.parse(text, file)
        config = replace(config, page=_page(root, config, page))
        progress = progress or Progress()
        return cls(root, repo, config, file, progress=progress, page_is_given=bool(page))

    @property
    def all_pages(self) -> list[Workspace]:
        """This workspace, and those of other folders whose configuration is right."""
        return [self, *(one for one in self.others.values() if isinstance(one, Workspace))]

    @property
    def packages(self) -> list[str]:
        """The folders below this one's that have a configuration, and so a page, of their own."""
        own = configuration.folder_of(self.config_file or "")
        return [one for one in self.others if one and is_below(one, own)]

    @cached_property
    def others(self) -> dict[str, Workspace | ConfigError]:
        """The top and the folders with a configuration that git tracks, but for this workspace's.

        By folder: its workspace, or what is wrong with its configuration.
        """
        names = (configuration.FILE, configuration.PYPROJECT)
        is_usual = Path(self.config_file or names[0]).name in names
        found: dict[str, Workspace | ConfigError] = {}
        if self.repo is None or self.page_is_given or not is_usual:
            return found
        folders = (path.rpartition("/")[0] for path in self.configurations)
        for place in dict.fromkeys(["", *folders]):
            named = f"{place}/{configuration.FILE}" if place else None
            try:
                config, file = configuration.find(lambda name: _text(self.root / name), named)
            except ConfigError as error:
                found[place] = ConfigError(str(error))  # Without the frames, which hold the repo.
                continue
            if file != self.config_file and (file or named is None):
                config = replace(config, page=_page(self.root, config))
                found[place] = replace(self, config=config, config_file=file)
        return found

    @cached_property
    def configurations(self) -> list[str]:
        """The configurations in folders below the root that git tracks, right or wrong."""
        names = (configuration.FILE, configuration.PYPROJECT)
        return self.repo.tracked(names) if self.repo else []

    @property
    def page(self) -> str:
        """The page's path below the root."""
        return self.config.page

    @cached_property
    def sections(self) -> tuple[SectionTable, ...]:
        """The sections: configured, else one a folder."""
        if self.config.sections:
            return self.config.sections
        names = self.top_names
        text = self._text(dvc.PIPELINE) if dvc.PIPELINE in names else None
        pipeline = () if text is None else dvc.metrics_files(text)
        return default_sections(names, names, [path for path in pipeline if is_claimed(path)])

    @property
    def top_names(self) -> list[str]:
        """The names at the top of the work tree or of the commit."""
        return sorted(os.listdir(self.root) if self.tops is None else self.tops)  # noqa: PTH208

    @property
    def watched(self) -> tuple[str, ...]:
        """Folders and files whose change can change the page."""
        own = self.repo.tracked_as if self.repo else str
        folders = dict.fromkeys(map(own, local(places(self.sections))))
        files = (self.page, configuration.FILE, configuration.PYPROJECT)
        more = [] if self.config.sections else [dvc.PIPELINE]
        return tuple(dict.fromkeys((*folders, *files, *more, self.config_file or files[1])))

    def at(
        self, commit: str, config: Config | None = None, uploaded: Iterable[str] = ()
    ) -> Workspace:
        """Return the same with the settings and folders of a commit, whatever is checked out.

        `config` replaces the commit's own; `uploaded` are paths of files besides the commit's.
        Raises ConfigError; RepositoryError outside of a repository.
        """
        if self.repo is None:
            raise RepositoryError("this needs a git repository; check it out first")
        names = [*self.repo.top_names(commit), *(path.partition("/")[0] for path in uploaded)]
        tops = frozenset(names)
        if config is None:
            config = replace(self._config_at(commit), page=self.page_at(commit) or self.page)
        return replace(self, config=config, tops=tops, commit=commit)

    def charts(self) -> dict[str, bytes]:
        """Return the files in the folder of the page's charts, by path below the root."""
        charts, at, repo = folder(self.page), self.commit, self.repo
        if repo is not None and (at or self.staged):
            found = repo.tree(at, [charts]) if at else repo.staged([charts])
            return {file.path: file.read() for file in found}
        paths = sorted((self.root / charts).glob("*.svg"))
        return {f"{charts}/{path.name}": read_bytes(path) for path in paths if path.is_file()}

    def put(self, files: Mapping[str, bytes | None]) -> None:
        """Write each file atomically, or delete it where its content is None.

        Raises ConfigError for a path that leaves the repository, before anything is written.
        """
        paths = {path: _inside(self.root, path) for path in files}
        for path, data in files.items():
            if data is None:
                paths[path].unlink(missing_ok=True)
            else:
                write_atomically(paths[path], data)

    @cached_property
    def sources(self) -> Sources:
        """Where the artifacts come from."""
        config = replace(self.config, sections=self.sections)
        return Sources(
            self.root,
            self.repo,
            config,
            self.private,
            self.progress,
            self.parts,
            configuration.folder_of(self.config_file or ""),
            self.earlier,
        )

    def with_parts(self, places: Sequence[str]) -> Workspace:
        """Return the same with what other machines collected. Raises BotError."""
        from results_bot.collect.parts import Parts

        def committed() -> dict[str, str]:
            files = self.repo.tree("HEAD") if self.repo and self.repo.head else ()
            return {one.path: str(one.version) for one in files}

        return replace(self, parts=Parts(places, committed))

    def config_at(self, commit: str) -> Config:
        """Return the configuration of a commit. Raises ConfigError where it is wrong there."""
        return replace(self._config_at(commit), page=self.page)

    def page_at(self, commit: str) -> str:
        """Return the page that a commit's own configuration keeps; empty where it has none yet."""
        if self.page_is_given:
            return self.page
        page = self._config_at(commit).page
        pages = (page,) if page else configuration.PAGES
        return next((page for page in pages if self.text_at(commit, page) is not None), "")

    def _config_at(self, commit: str) -> Config:
        return configuration.find(partial(self.text_at, commit), self.config_file)[0]

    def text_at(self, commit: str, path: str) -> str | None:
        """Return a file's text at a commit; None where there is none."""
        return self.repo.text_at(commit, path) if self.repo else None

    def _text(self, path: str, error: type[BotError] = ConfigError) -> str | None:
        if self.commit is not None:
            return self.text_at(self.commit, path)
        return _text(self.root / path, path, error)

    def read_page(self) -> str | None:
        """Return the page's text; None where there is no page yet."""
        if self.commit or not self.staged or self.repo is None:
            return self._text(self.page, PageError)
        found = next(iter(self.repo.staged([self.page])), None)
        try:
            return None if found is None else found.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise PageError(f"{self.page}: is not UTF-8 (byte {error.start})") from None

    def write(self, path: str, text: str) -> None:
        """Replace a file atomically."""
        self.put({path: text.encode("utf-8")})

    @property
    def private(self) -> Path:
        """The folder of files that may be deleted at any time: in git's, else the user's cache."""
        if self.repo is None:
            return user_folder(self.root)
        return self.repo.git_dir / "results-bot"


def _nearest(root: Path, folder: Path) -> tuple[Config, str | None]:
    """Return the configuration of a folder or of the nearest one above it, and its file."""
    inside = folder.is_relative_to(root.resolve())
    parts = folder.relative_to(root.resolve()).parts if inside else ()
    for depth in range(len(parts), -1, -1):
        named = "/".join((*parts[:depth], configuration.FILE))
        found = configuration.find(lambda name: _text(root / name), named)
        if found[1] is not None:
            break
    return found


def _page(root: Path, config: Config, given: str | None = None) -> str:
    """Return the path of the page, which is written and staged where a link points."""
    there = (name for name in configuration.PAGES if (root / name).is_file())
    page = given or config.page or next(there, configuration.PAGES[0])
    at = _inside(root, page)
    at = at.resolve() if at.is_symlink() else at
    return at.relative_to(root).as_posix() if at.is_relative_to(root) else page


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a temporary file beside `path` and rename it; permissions stay."""
    try:
        target = path.resolve()
        if target.exists():
            mode = stat.S_IMODE(target.stat().st_mode)
        else:
            mask = os.umask(0)
            os.umask(mask)
            mode = 0o666 & ~mask
        with replacing(target, mode) as new, new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BotError(f"{path.name}: cannot be written ({error.strerror})") from None


def _inside(root: Path, path: str) -> Path:
    """Return a path below the root. Raises ConfigError where it or a link in it leads elsewhere."""
    if path != printable(path):
        raise ConfigError(f"{path}: holds a character that cannot be shown")
    target, root = (root / path).resolve(), root.resolve()
    if not target.is_relative_to(root):
        raise ConfigError(f"{path}: lies outside the repository")
    if any(part.lower() == ".git" for part in target.relative_to(root).parts):
        raise ConfigError(f"{path}: lies in git's own folder")
    if target.exists() and not target.is_file():
        raise ConfigError(f"{path}: is not a regular file")
    return root / path


def _text(path: Path, name: str = "", error: type[BotError] = ConfigError) -> str | None:
    """Return the text of a file; None where there is none. Raises `error`."""
    try:
        return read_bytes(path).decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as found:
        raise error(f"{name or path.name}: is not UTF-8 (byte {found.start})") from None
    except OSError as found:
        raise error(f"{name or path.name}: cannot be read ({found.strerror})") from None
