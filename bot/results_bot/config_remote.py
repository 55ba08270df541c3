"""What the configuration says of other machines: addresses in patterns, options, the cluster.

An address is checked as text; nothing is looked up. No message repeats an address that may hold a
password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from results_bot.errors import ConfigError

Options = Mapping[str, str | int | float | bool]
"""What fsspec's file system of one scheme is opened with."""

SCHEDULER = "DASK_SCHEDULER_ADDRESS"
"""Dask's own variable; it stands in where the configuration names no scheduler."""

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/@]*:[^/@]*@", re.IGNORECASE)
_SCHEDULER = re.compile(r"(?:tcp|tls|ws|wss|ucx|inproc)://[^\s/@]+(?:/\S*)?")
_SECRET = re.compile(
    r"secret|token|password|passphrase|passwd|credential|connection_string|(^|_)key($|_(?!file))"
    r"|^user$|^username$",
    re.IGNORECASE,
)


def scheme(pattern: str) -> str:
    """Return the scheme of an address, such as `s3`; empty for a path of the repository."""
    found = _ADDRESS.match(pattern) if "://" in pattern else None
    return found[1].lower() if found else ""


def local(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns that lie in the repository."""
    return tuple(pattern for pattern in patterns if not scheme(pattern))


def elsewhere(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns that are addresses."""
    return tuple(pattern for pattern in patterns if scheme(pattern))


def check_address(pattern: str, where: str) -> None:
    """Refuse an address that cannot be listed or should not be written down."""
    kind = scheme(pattern)
    rest = pattern.partition("://")[2]
    if _PASSWORD.match(pattern) or ("@" in rest.partition("/")[0] and kind in ("s3", "s3a")):
        raise ConfigError(
            f"{where}: an address holds a password; credentials come from the environment, "
            "never from this file"
        )
    if "::" in pattern:
        raise ConfigError(f"{where}: {pattern!r} chains addresses; give one, such as s3://bucket/*")
    if pattern.partition("://")[0] != kind:
        raise ConfigError(f"{where}: {pattern!r}: write the scheme in lower case: {kind}://")
    first = rest.lstrip("/").partition("/")[0]
    if not first or re.search(r"[*?]", first):
        raise ConfigError(
            f"{where}: {pattern!r}: the first part must be a name, as in {kind}://bucket/runs/*"
        )


def check_options(remote: Mapping[str, Options], where: str) -> None:
    """Refuse options by which a secret would get into a committed file."""
    for kind, options in remote.items():
        if not re.fullmatch(r"[a-z][a-z0-9+.-]*", kind):
            raise ConfigError(f"{where}.{kind}: expected a scheme, such as s3")
        for name, value in options.items():
            if _SECRET.search(name) or (isinstance(value, str) and _PASSWORD.match(value)):
                raise ConfigError(
                    f"{where}.{kind}.{name}: credentials come from the environment, never from "
                    "this file"
                )


def check_scheduler(scheduler: str, where: str) -> None:
    """Refuse what is no address of a scheduler."""
    if scheduler and not _SCHEDULER.fullmatch(scheduler):
        raise ConfigError(
            f"{where}: expected the scheduler's address, such as tcp://10.0.0.5:8786; "
            f"without it {SCHEDULER} is taken"
        )
