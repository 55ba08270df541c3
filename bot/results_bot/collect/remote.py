"""The one door to fsspec: artifacts under an address, listed and read many at a time.

No message quotes what a storage library says: that may hold keys or signed addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import structs

from results_bot.collect.choice import allowed, enters, tracked
from results_bot.collect.file import Listed
from results_bot.collect.listing import Item, Level, batches, survey
from results_bot.collect.order import is_below, ordered, starts, within
from results_bot.config_remote import Options, elsewhere, scheme
from results_bot.errors import ConfigError
from results_bot.model import Problem

_THREADS = 16
_BATCH_FILES = 256
_BATCH_BYTES = 64_000_000
_ENOUGH, _WIDE = 4, 32
"""Folders to list side by side, and in one folder to list at once: each is a request."""
_VERSIONS = ("ETag", "etag", "md5Hash", "contentHash", "generation", "version_id")
"""What storages call that which changes with the content. A time alone does not tell enough."""
_EXTRAS = {"s3": "remote", "s3a": "remote"}


class Remote(msgspec.Struct, frozen=True):
    """The places of one scheme; holds no connection, and can be sent to another machine."""

    scheme: str
    patterns: tuple[str, ...]
    max_size: int
    """Of one file, in bytes; of a larger one nothing is fetched."""
    options: Options = {}
    only: tuple[str, ...] = ()
    """Addresses below which alone is looked; empty: everywhere."""

    def starts(self) -> list[str]:
        """Return the addresses to begin with."""
        return within(starts(self.patterns), self.only)

    def level(self, folder: str) -> Level:
        """List one folder; one of very many folders is to be listed at once with all of them."""
        found = self._listing(folder, lambda fs, at: {e["name"]: e for e in fs.ls(at, detail=True)})
        # A store of objects tells a thousand keys for one request, in however many folders.
        return found if len(found.folders) <= _WIDE else Level((), found.problems, (), (folder,))

    def below(self, folders: Sequence[str]) -> Level:
        """List folders with all that lies below them, each by as few requests as it takes."""
        found = [
            self._listing(one, lambda fs, at: dict(fs.find(at, detail=True))) for one in folders
        ]
        return Level(
            tuple(item for one in found for item in one.items),
            tuple(problem for one in found for problem in one.problems),
        )

    def opened(self, items: Sequence[Item]) -> Iterator[Listed]:
        """Return the files, fetched many at a time."""
        return self.fetched(Listed(one.path, one.size, _unread, one.version) for one in items)

    def fetched(
        self, listed: Iterable[Listed], needed: Callable[[Listed], bool] = lambda _: True
    ) -> Iterator[Listed]:
        """Yield `listed` in their order; those that are `needed` hold what they are read to.

        A file over the cap is not fetched; whoever reads it refuses it by its size.
        """
        for some in batches(listed, _BATCH_FILES, _BATCH_BYTES):
            wanted = [one for one in some if one.size <= self.max_size and needed(one)]
            read = dict(zip((one.path for one in wanted), self._contents(wanted), strict=True))
            for one in some:
                content = read.get(one.path)
                if content is None:
                    yield structs.replace(one, read=partial(self.read, one.path))
                else:
                    # A failure is no content: nobody may remember it as what this version says.
                    version = "" if isinstance(content, OSError) else one.version
                    yield structs.replace(one, read=partial(_given, content), version=version)

    def read(self, path: str) -> bytes:
        """Return the content of one file. Raises OSError with a reason fit to be shown."""
        return _given(self.contents([path])[0])

    def contents(self, paths: Sequence[str]) -> list[bytes | OSError]:
        """Return what each file holds, or why it cannot be read."""
        return self._contents([Listed(path, self.max_size, _unread) for path in paths])

    def filesystem(self) -> Any:
        """Return fsspec's file system. Raises ConfigError where a package is missing."""
        try:
            import fsspec
        except ModuleNotFoundError:
            raise ConfigError(self._missing("")) from None
        try:
            return fsspec.filesystem(self.scheme, **self.options)
        except ImportError as error:
            raise ConfigError(self._missing(str(error.msg))) from None
        except ValueError:
            known = self.scheme in fsspec.available_protocols()
            what = "wrong options under remote" if known else "fsspec knows no such scheme"
            raise ConfigError(f"{self.scheme}://: {what}") from None
        except TypeError:
            raise ConfigError(f"remote.{self.scheme}: an option is unknown or wrong") from None

    def _missing(self, advice: str) -> str:
        if self.scheme in _EXTRAS or not advice:
            return f"{self.scheme}:// needs more packages: pip install 'results-bot[remote]'"
        return f"{self.scheme}:// needs one more package (fsspec: {advice})"

    def _listing(self, folder: str, ask: Callable[[Any, str], Mapping[str, Any]]) -> Level:
        fs = self.filesystem()
        try:
            fs.invalidate_cache()
            at = fs._strip_protocol(folder)
            found = ask(fs, at)
        except (FileNotFoundError, NotADirectoryError):
            return Level(problems=self._nowhere(folder))
        except Exception as error:  # Each storage has errors of its own.
            return Level(problems=(Problem(folder, f"cannot be listed: {_reason(error)}"),))
        return self._sorted_out(folder, at, found.values())

    def _nowhere(self, folder: str) -> tuple[Problem, ...]:
        """Tell of a start that is not there; what was deleted while we looked is no problem."""
        if folder not in self.starts():
            return ()
        return (Problem(folder, "there is nothing here; is the address right?"),)

    def _sorted_out(self, folder: str, at: str, entries: Iterable[Mapping[str, Any]]) -> Level:
        items: dict[str, Item] = {}
        folders: list[str] = []
        base = str(at).rstrip("/")
        for entry in entries:
            name = str(entry["name"])
            rest = name.removeprefix(base).strip("/") if is_below(name, base) else ""
            path = f"{folder}/{rest}" if rest else folder
            if entry.get("type") == "directory":
                if rest and enters(path, path.rpartition("/")[2]) and allowed(path, self.patterns):
                    folders.append(path)
            elif not name.endswith("/"):
                items[path] = Item(path, _size(entry), _version(entry))
        chosen = (items[path] for path in tracked(items, self.patterns))
        return Level(tuple(chosen), (), tuple(folders))

    def _contents(self, listed: Sequence[Listed]) -> list[bytes | OSError]:
        """Return what each file holds, or why it cannot be read; one byte over the cap at most."""
        if not listed:
            return []
        fs = self.filesystem()
        full = [one for one in listed if one.size]
        names = [fs._strip_protocol(one.path) for one in full]
        try:
            got = fs.cat_ranges(names, 0, self.max_size + 1, on_error="return") if names else []
        except Exception as error:  # Each storage has errors of its own.
            got = [error] * len(names)
        read = {one.path: data for one, data in zip(full, got, strict=True)}
        return [_settled(read.get(one.path, b"")) for one in listed]


def look(remote: Remote, most: int) -> list[Listed | Problem]:
    """List everything, nothing opened; in the order of the walk."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as pool:

        def hands(work: Callable[[Any], Level], over: Sequence[Any]) -> Iterable[Level]:
            return pool.map(work, over)

        found = survey(remote, hands, _ENOUGH, most)
    listed = [Listed(one.path, one.size, _unread, one.version) for one in found.items]
    items: list[Listed | Problem] = [*found.problems, *listed]
    return ordered(items, remote.patterns, path_of)


def remotes(
    patterns: Sequence[str],
    options: Mapping[str, Options],
    max_size: int,
    only: Sequence[str] = (),
) -> list[Remote]:
    """Return one place for each scheme among `patterns`; none where there are no addresses."""
    by_scheme: dict[str, list[str]] = {}
    for pattern in elsewhere(patterns):
        by_scheme.setdefault(scheme(pattern), []).append(pattern)
    return [
        Remote(name, tuple(some), max_size, dict(options.get(name, {})), tuple(only))
        for name, some in by_scheme.items()
    ]


def path_of(item: Listed | Problem) -> str:
    """Return where an item of a listing is."""
    return item.path if isinstance(item, Listed) else item.file


def _size(entry: Mapping[str, Any]) -> int:
    size = entry.get("size")
    return int(size) if isinstance(size, int | float) else 1  # Some servers tell no size.


def _version(entry: Mapping[str, Any]) -> str:
    said = next((str(entry[name]) for name in _VERSIONS if entry.get(name)), "")
    return f"{_size(entry)}-{said}" if said else ""


def _settled(got: object) -> bytes | OSError:
    if isinstance(got, bytes | bytearray | memoryview):
        return bytes(got)
    return OSError(0, _reason(got) if isinstance(got, BaseException) else "is no file")


def _given(content: bytes | OSError) -> bytes:
    if isinstance(content, OSError):
        raise content
    return content


def _unread() -> bytes:
    raise OSError(0, "was not fetched")


_WORDS = (
    ("Credential", "there are no credentials, or they are not valid"),
    ("InvalidAccessKeyId", "there are no credentials, or they are not valid"),
    ("Signature", "there are no credentials, or they are not valid"),
    ("Permission", "access is denied"),
    ("Forbidden", "access is denied"),
    ("FileNotFound", "it is gone"),
    ("NoSuch", "it is gone"),
    ("Timeout", "it does not answer in time"),
    ("Connect", "it cannot be reached"),
    ("ClientOSError", "it cannot be reached"),
    ("TypeError", "an option under remote is unknown or wrong"),
    ("gaierror", "its host is not known"),
    ("SSL", "its certificate is not trusted"),
)


def _reason(error: BaseException) -> str:
    """Return why, from the kinds of the error and of what caused it."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    kinds = [kind.__name__ for one in seen for kind in type(one).__mro__[:-2]]
    for word, said in _WORDS:
        if any(word.lower() in kind.lower() for kind in kinds):
            return said
    return f"its storage says no ({type(error).__name__})"
