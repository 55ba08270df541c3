"""Artifacts under addresses such as `s3://bucket/runs/*`; the only module that imports fsspec.

No message quotes what a storage library says: it may hold keys or signed addresses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import structs

from results_bot.collect.file import Listed
from results_bot.collect.paths import enterable_by, in_walk_order, is_below, select, starts
from results_bot.errors import ConfigError
from results_bot.globs import elsewhere, scheme
from results_bot.model import Problem

_THREADS = 16
_BATCH_FILES, _BATCH_BYTES = 256, 64_000_000
_LEVELS, _WIDE = 4, 32
"""Folder levels to list one by one, and the folders in one level from which on each of those above
is listed with everything below it: a store of objects returns a thousand keys for one request."""
_AHEAD_FILES, _AHEAD_BYTES = 16, 32_000_000
_VERSIONS = ("ETag", "etag", "md5Hash", "contentHash", "generation", "version_id")
"""What storages call that which changes with the content. A time alone is not precise enough."""
_EXTRAS = ("s3", "s3a")
_STORES = frozenset("s3 s3a gs gcs az abfs abfss adl oss hf".split())
"""Stores of objects, whose hosts the environment knows and no address can name."""
SCHEMES = "RESULTS_BOT_SCHEMES"
"""The variable that allows further schemes, separated by spaces."""


class Remote(msgspec.Struct, frozen=True):
    """The addresses of one scheme; holds no connection, and can be sent to another machine."""

    scheme: str
    patterns: tuple[str, ...]
    max_size: int
    """Of one file, in bytes; nothing of a larger one is fetched."""
    only: tuple[str, ...] = ()
    """Addresses outside of which nothing is listed; empty: everywhere."""

    def starts(self) -> list[str]:
        """Return the addresses to begin with."""
        first = starts(self.patterns)
        if not self.only:
            return first
        whole = (start for start in first if any(is_below(start, one) for one in self.only))
        deeper = (one for start in first for one in self.only if is_below(one, start))
        return list(dict.fromkeys([*whole, *deeper]))

    def listing(self, most: int) -> list[Listed | Problem]:
        """List the artifacts in the order of the walk, none of them opened.

        More than `most` files are a problem, and then none is listed.
        """
        files: dict[str, Listed] = {}
        problems: list[Problem] = []
        level = self.starts()
        with ThreadPoolExecutor(_THREADS) as pool:
            for depth in range(_LEVELS + 1):
                found = [*pool.map(partial(self._listing, find=depth == _LEVELS), level)]
                below = [folder for _, folders, _ in found for folder in folders]
                if len(below) > _WIDE:
                    found = [*pool.map(partial(self._listing, find=True), level)]
                    below = []
                for more, _, trouble in found:
                    files |= more
                    problems += trouble
                if len(files) > most:
                    reason = (
                        f"holds more than {most:,} files (max-remote-files); nothing of it was "
                        "read: give a narrower pattern, or raise the cap"
                    )
                    return [Problem(start, reason) for start in self.starts()]
                level = below
        items: list[Listed | Problem] = [*problems, *files.values()]
        return in_walk_order(items, self.patterns, path_of)

    def fetched(
        self, listed: Iterable[Listed], needed: Callable[[Listed], bool] = lambda _: True
    ) -> Iterator[Listed]:
        """Yield `listed` in their order, with the content of those that are `needed`.

        A file over the cap is not fetched: whoever reads it refuses it by its size.
        """
        for some in batches(listed, _BATCH_FILES, _BATCH_BYTES):
            wanted = [one.path for one in some if one.size <= self.max_size and needed(one)]
            contents = dict(zip(wanted, self.contents(wanted), strict=True))
            for one in some:
                content = contents.get(one.path)
                if content is None:
                    yield structs.replace(one, read=partial(self.read, one.path))
                else:
                    # A failure is no content, and not to be kept for this version.
                    version = "" if isinstance(content, OSError) else one.version
                    yield structs.replace(one, read=partial(_given, content), version=version)

    def read(self, path: str) -> bytes:
        """Return the content of one file. Raises OSError with a reason fit to be shown."""
        return _given(self.contents([path])[0])

    def contents(self, paths: Sequence[str]) -> list[bytes | OSError]:
        """Return the content of each file, at most one byte over the cap, or why it has none."""
        if not paths:
            return []
        fs = self.filesystem()
        names = [fs._strip_protocol(path) for path in paths]
        try:
            found = fs.cat_ranges(names, 0, self.max_size + 1, on_error="return")
        except Exception as error:  # Each storage has errors of its own.
            found = [error] * len(names)
        return [
            bytes(one)
            if isinstance(one, bytes | bytearray | memoryview)
            else OSError(0, _reason(one) if isinstance(one, BaseException) else "is no file")
            for one in found
        ]

    def filesystem(self) -> Any:
        """Return fsspec's file system. Raises ConfigError where a package is missing."""
        try:
            import fsspec
        except ModuleNotFoundError:
            raise ConfigError(self._missing("")) from None
        try:
            return fsspec.filesystem(self.scheme)
        except ImportError as error:
            raise ConfigError(self._missing(str(error.msg))) from None
        except (ValueError, TypeError):
            known = self.scheme in fsspec.available_protocols()
            what = "its configuration is wrong" if known else "there is no such scheme"
            raise ConfigError(f"{self.scheme}://: {what} (fsspec)") from None

    def _missing(self, advice: str) -> str:
        if self.scheme in _EXTRAS or not advice:
            return f"{self.scheme}:// needs more packages: pip install 'results-bot[remote]'"
        return f"{self.scheme}:// needs one more package (fsspec: {advice})"

    def _listing(
        self, folder: str, *, find: bool
    ) -> tuple[dict[str, Listed], list[str], list[Problem]]:
        """Return files, folders to look into and problems; `find` lists all levels at once."""
        fs = self.filesystem()
        try:
            fs.invalidate_cache()
            at = str(fs._strip_protocol(folder)).rstrip("/")
            entries = [*fs.find(at, detail=True).values()] if find else fs.ls(at, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            # What was deleted while it was listed is no problem.
            wrong = folder in self.starts()
            reason = "there is nothing here; is the address right?"
            return {}, [], [Problem(folder, reason)] if wrong else []
        except Exception as error:  # Each storage has errors of its own.
            return {}, [], [Problem(folder, f"cannot be listed: {_reason(error)}")]
        enters = enterable_by(self.patterns)
        files: dict[str, Listed] = {}
        folders: list[str] = []
        for entry in entries:
            name = str(entry["name"])
            rest = name.removeprefix(at).strip("/") if is_below(name, at) else ""
            path = f"{folder}/{rest}" if rest else folder
            if entry.get("type") == "directory":
                if rest and enters(path):
                    folders.append(path)
            elif not name.endswith("/"):
                size = entry.get("size")
                # Some servers give no size.
                size = int(size) if isinstance(size, int | float) else 1
                files[path] = Listed(path, size, _unread, self._version(fs, entry, size))
        return {path: files[path] for path in select(files, self.patterns)}, folders, []

    def _version(self, fs: Any, entry: Mapping[str, Any], size: int) -> str:
        tag = next((str(entry[name]) for name in _VERSIONS if entry.get(name)), "")
        # With other options, the same address is another place.
        place = sha256(repr(sorted(fs.storage_options.items())).encode()).hexdigest()[:16]
        return f"{size}-{tag}-{place}" if tag else ""


class Ahead:
    """Reads prediction files in bunches: takeaways and rules ask for one run after another."""

    def __init__(self, fetch: Callable[[Sequence[str]], Sequence[bytes | OSError]]) -> None:
        """`fetch` reads many files at the same time."""
        self._fetch = fetch
        self._sizes: dict[str, int] = {}
        self._here: dict[str, bytes | OSError] = {}
        self._asked = 0

    def note(self, path: str, size: int) -> None:
        """Note a file that may be asked for after the ones noted before."""
        self._sizes[path] = size

    def read(self, path: str) -> bytes:
        """Return a file's content. Raises OSError."""
        if path not in self._here:
            self._asked += 1
            wanted = self._bunch(path)
            self._here = dict(zip(wanted, self._fetch(wanted), strict=True))
        return _given(self._here[path])

    def _bunch(self, path: str) -> list[str]:
        """Return `path` and the files after it: the more, the more often somebody asked."""
        if path not in self._sizes:
            return [path]
        paths = [*self._sizes]
        start = paths.index(path)
        wanted, size = [path], self._sizes[path]
        for after in paths[start + 1 : start + min(_AHEAD_FILES, 2**self._asked // 2)]:
            size += self._sizes[after]
            if size > _AHEAD_BYTES:
                break
            wanted.append(after)
        return wanted


def remotes(patterns: Sequence[str], max_size: int) -> list[Remote]:
    """Return one `Remote` for each scheme among `patterns`; none where there are no addresses.

    Raises ConfigError for a scheme that is not allowed: a configuration that somebody else wrote
    must neither read files beside the repository nor ask hosts of its choice.
    """
    allowed = {*_STORES, *os.environ.get(SCHEMES, "").split()}
    by_scheme: dict[str, list[str]] = {}
    for pattern in elsewhere(patterns):
        by_scheme.setdefault(scheme(pattern), []).append(pattern)
    for name in by_scheme.keys() - allowed:
        raise ConfigError(
            f"{name}:// is not allowed; to allow it on this machine, set {SCHEMES}={name}"
        )
    return [Remote(name, tuple(some), max_size) for name, some in by_scheme.items()]


def batches(items: Iterable[Listed], most: int, most_bytes: int) -> Iterator[list[Listed]]:
    """Yield neighbours together, at most so many files and bytes; a larger file comes alone."""
    some: list[Listed] = []
    size = 0
    for one in items:
        if some and (len(some) == most or size + one.size > most_bytes):
            yield some
            some, size = [], 0
        some.append(one)
        size += one.size
    if some:
        yield some


def path_of(item: Listed | Problem) -> str:
    """Return the path of an item of a listing."""
    return item.path if isinstance(item, Listed) else item.file


def _given(content: bytes | OSError) -> bytes:
    if isinstance(content, OSError):
        raise content
    return content


def _unread() -> bytes:
    raise OSError(0, "was not fetched")


_REASONS = (
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
    ("TypeError", "its configuration is wrong"),
    ("gaierror", "its host is not known"),
    ("SSL", "its certificate is not trusted"),
)


def _reason(error: BaseException) -> str:
    """Return why a storage failed, from the types of the error and of its causes."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    kinds = [kind.__name__ for one in seen for kind in type(one).__mro__[:-2]]
    for word, reason in _REASONS:
        if any(word.lower() in kind.lower() for kind in kinds):
            return reason
    return f"its storage refused ({type(error).__name__})"
