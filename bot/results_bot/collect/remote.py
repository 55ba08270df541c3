"""Artifacts under addresses such as `s3://bucket/runs/*`; the only module that imports fsspec.

No message quotes a storage library, whose errors may hold keys or signed addresses.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from msgspec import structs

from results_bot.collect.file import Listed
from results_bot.collect.paths import in_walk_order, is_below, path_of, select, starts
from results_bot.errors import ConfigError
from results_bot.globs import elsewhere, scheme
from results_bot.model import Problem

_VERSIONS = ("ETag", "etag", "md5Hash", "contentHash", "generation", "version_id")
"""What storages call that which changes with the content. A time alone is not precise enough."""
_STORES = frozenset("s3 s3a gs gcs az abfs abfss adl oss hf".split())
"""Stores of objects, whose hosts the environment knows and no address can name."""
SCHEMES = "RESULTS_BOT_SCHEMES"
"""The variable that allows further schemes, separated by spaces."""


_REASONS = {
    "credential|invalidaccesskeyid|signature": "there are no credentials, or they are not valid",
    "permission|forbidden": "access is denied",
    "filenotfound|nosuch": "it is gone",
    "timeout": "it does not answer in time",
    "connect|clientoserror": "it cannot be reached",
    "typeerror": "its configuration is wrong",
    "gaierror": "its host is not known",
    "ssl": "its certificate is not trusted",
}
"""What a failure means, by words in the names of the errors behind it; the first that fits."""
Item = TypeVar("Item", bound=Listed | Problem)


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
        both = ((start, one) for start in starts(self.patterns) for one in self.only or [start])
        near = (max(two, key=len) for two in both if is_below(*two) or is_below(*two[::-1]))
        return list(dict.fromkeys(near))

    def listing(self, most: int) -> list[Listed | Problem]:
        """List the artifacts in the order of the walk, none of them opened.

        More than `most` files are a problem, and then none is listed.
        """
        fs = self.filesystem()
        fs.invalidate_cache()
        # With other options, the same address is another place.
        place = sha256(repr(sorted(fs.storage_options.items())).encode()).hexdigest()[:16]
        files: dict[str, Listed] = {}
        items: list[Listed | Problem] = []
        for start in self.starts():
            at = str(fs._strip_protocol(start)).rstrip("/")
            try:
                entries = [*fs.find(at, detail=True).values()]
            except (FileNotFoundError, NotADirectoryError):
                entries = []
            except Exception as error:  # Each storage has errors of its own.
                items.append(Problem(start, f"cannot be listed: {_reason(error)}"))
                continue
            if not entries:
                items.append(Problem(start, "there is nothing here; is the address right?"))
            for entry in entries:
                rest = str(entry["name"]).removeprefix(at).strip("/")
                path = f"{start}/{rest}" if rest else start
                size = int(entry.get("size") or 1)  # Some servers give no size.
                tag = next((str(entry[name]) for name in _VERSIONS if entry.get(name)), "")
                version = f"{size}-{tag}-{place}" if tag else ""
                files[path] = Listed(path, size, partial(self.read, path), version)
        items += [files[path] for path in select(files, self.patterns)]
        if len(items) > most:
            reason = (
                f"holds more than {most:,} files (max-remote-files); nothing of it was read: "
                "give a narrower pattern, or raise the cap"
            )
            return [Problem(start, reason) for start in self.starts()]
        return in_walk_order(items, self.patterns)

    def fetched(
        self, listed: Iterable[Listed | Problem], known: Callable[[Listed], bool] = lambda _: False
    ) -> Iterator[Listed | Problem]:
        """Yield `listed` in their order, with the content of those that are not `known`.

        A file over the cap is not fetched: whoever reads it refuses it by its size.
        """
        for some in batches(listed, 256, 64_000_000):
            files = (one for one in some if isinstance(one, Listed) and one.size <= self.max_size)
            wanted = [one.path for one in files if not known(one)]
            contents = dict(zip(wanted, self._contents(wanted), strict=True))
            for one in some:
                content = contents.get(path_of(one))
                if content is None or isinstance(one, Problem):
                    yield one
                else:
                    # A failure is no content, and not to be kept for this version.
                    version = "" if isinstance(content, OSError) else one.version
                    yield structs.replace(one, read=partial(_given, content), version=version)

    def read(self, path: str) -> bytes:
        """Return the content of one file. Raises OSError with a reason fit to be shown."""
        return _given(self._contents([path])[0])

    def _contents(self, paths: Sequence[str]) -> list[bytes | OSError]:
        """Return the content of each file, at most one byte over the cap, or why it has none."""
        fs = self.filesystem()
        names = [fs._strip_protocol(path) for path in paths]
        try:
            found = fs.cat_ranges(names, 0, self.max_size + 1, on_error="return") if names else []
        except Exception as error:  # Each storage has errors of its own.
            found = [error] * len(names)
        return [
            OSError(0, _reason(one)) if isinstance(one, BaseException) else bytes(one)
            for one in found
        ]

    def filesystem(self) -> Any:
        """Return fsspec's file system. Raises ConfigError where a package is missing."""
        try:
            import fsspec

            return fsspec.filesystem(self.scheme)
        except ImportError as error:
            needed = "more packages: pip install 'results-bot[remote]'"
            if self.scheme not in ("s3", "s3a") and not isinstance(error, ModuleNotFoundError):
                needed = f"one more package (fsspec: {error.msg})"
            raise ConfigError(f"{self.scheme}:// needs {needed}") from None
        except (ValueError, TypeError):
            known = self.scheme in fsspec.available_protocols()
            what = "its configuration is wrong" if known else "there is no such scheme"
            raise ConfigError(f"{self.scheme}://: {what} (fsspec)") from None


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


def batches(items: Iterable[Item], most: int, most_bytes: int) -> Iterator[list[Item]]:
    """Yield neighbours together, at most so many files and bytes; a larger file comes alone."""
    some: list[Item] = []
    total = 0
    for one in items:
        size = one.size if isinstance(one, Listed) else 0
        if some and (len(some) == most or total + size > most_bytes):
            yield some
            some, total = [], 0
        some.append(one)
        total += size
    if some:
        yield some


def _given(content: bytes | OSError) -> bytes:
    if isinstance(content, OSError):
        raise content
    return content


def _reason(error: BaseException) -> str:
    """Return why a storage failed, from the types of the error and of its causes."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    kinds = " ".join(kind.__name__ for one in seen for kind in type(one).__mro__[:-2]).lower()
    found = (reason for word, reason in _REASONS.items() if re.search(word, kinds))
    return next(found, f"its storage refused ({type(error).__name__})")
