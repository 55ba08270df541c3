"""Artifacts under addresses such as `s3://bucket/runs/*`; the only module that imports fsspec.

No message quotes what a storage library says: it may hold keys or signed addresses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import structs

from results_bot.collect.file import Listed
from results_bot.collect.paths import in_walk_order, is_below, select, starts
from results_bot.errors import ConfigError
from results_bot.globs import elsewhere, scheme
from results_bot.model import Problem

_BATCH_FILES, _BATCH_BYTES = 256, 64_000_000
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
        fs = self.filesystem()
        fs.invalidate_cache()
        files: dict[str, Listed] = {}
        problems: list[Problem] = []
        for start in self.starts():
            at = str(fs._strip_protocol(start)).rstrip("/")
            try:
                entries = [*fs.find(at, detail=True).values()]
            except (FileNotFoundError, NotADirectoryError):
                entries = []
            except Exception as error:  # Each storage has errors of its own.
                problems.append(Problem(start, f"cannot be listed: {_reason(error)}"))
                continue
            if not entries:
                problems.append(Problem(start, "there is nothing here; is the address right?"))
            for entry in entries:
                rest = str(entry["name"]).removeprefix(at).strip("/")
                path = f"{start}/{rest}" if rest else start
                size = entry.get("size")
                # Some servers give no size.
                size = int(size) if isinstance(size, int | float) else 1
                files[path] = Listed(path, size, _unread, self._version(fs, entry, size))
        items: list[Listed | Problem] = [*problems]
        items += [files[path] for path in select(files, self.patterns)]
        if len(items) > most:
            reason = (
                f"holds more than {most:,} files (max-remote-files); nothing of it was read: "
                "give a narrower pattern, or raise the cap"
            )
            return [Problem(start, reason) for start in self.starts()]
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

    def _version(self, fs: Any, entry: Mapping[str, Any], size: int) -> str:
        tag = next((str(entry[name]) for name in _VERSIONS if entry.get(name)), "")
        # With other options, the same address is another place.
        place = sha256(repr(sorted(fs.storage_options.items())).encode()).hexdigest()[:16]
        return f"{size}-{tag}-{place}" if tag else ""


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
