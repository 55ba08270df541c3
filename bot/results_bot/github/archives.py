"""Reads zip archives from strangers in memory: members that are plain files, or a refusal.

One odd member makes the whole archive untrustworthy: no part of it is used. Archives inside
archives stay closed. Content is unpacked only when it is read.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from functools import partial

import msgspec

from results_bot.collect.file import Listed
from results_bot.escape import printable

_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")
_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, IndexError,
    NotImplementedError, OSError, OverflowError, RuntimeError, ValueError,
)  # fmt: skip
"""The exceptions of `zipfile`, which depend on the byte that is wrong."""


class ArchiveError(Exception):
    """The archive must not be used; the message gives the reason, without its name."""


class Caps(msgspec.Struct, frozen=True):
    """The limits on archives, in bytes and counts."""

    archive: int = 512_000_000
    """Bytes of one archive."""
    members: int = 100_000
    unpacked: int = 2_000_000_000
    """Bytes of all members of one archive; no more than one of them is unpacked at a time."""
    member: int = 512_000_000
    ratio: int = 200
    """Unpacked to packed bytes, of members over `ratio_from` bytes."""
    ratio_from: int = 10_000_000
    depth: int = 24
    """Folders above a member."""
    name: int = 1024
    """Bytes of a member's path."""
    together: int = 2_000_000_000
    """Bytes of all archives of one run; they stay in memory."""


def listed(data: bytes, caps: Caps) -> list[Listed]:
    """Return the files of an archive, to be read on demand. Raises ArchiveError.

    The caller holds to the cap on the archive itself.
    """
    # Each entry begins with these bytes. The count that the archive states may be false, and
    # `zipfile` makes an object of every entry before it can be asked.
    if data.count(_ENTRY) > caps.members:
        raise ArchiveError(f"holds more than {caps.members:,} members")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise ArchiveError(f"is no zip archive that can be read ({_words(error)})") from None
    members = archive.infolist()
    seen: set[str] = set()
    for one in members:
        _check(one, caps)
        # Two names that differ in case are one file on some machines and two on others.
        name = unicodedata.normalize("NFC", one.filename.rstrip("/")).casefold()
        if name in seen:
            raise ArchiveError(f"holds a file twice ({printable(one.filename)[:100]})")
        seen.add(name)
    if sum(one.file_size for one in members) > caps.unpacked:
        raise ArchiveError(f"unpacks to more than {caps.unpacked:,} bytes")
    return [
        Listed(
            one.filename,
            one.file_size,
            partial(_read, archive, one),
            f"{one.file_size}-{one.CRC:08x}",
        )
        for one in members
        if not one.is_dir()
    ]


def check_path(path: str, caps: Caps) -> None:
    """Refuse a path that is not plainly below a folder. Raises ArchiveError."""
    shown = printable(path)[:100]
    parts = path.split("/")
    if _ODD.search(path) or any("\ud800" <= character <= "\udfff" for character in path):
        raise ArchiveError(f"names a file with odd characters ({shown})")
    if path.startswith("/") or _DRIVE.match(path):
        raise ArchiveError(f"names a file by an absolute path ({shown})")
    if ".." in parts:
        raise ArchiveError(f"names a file outside of itself ({shown})")
    if "" in parts or "." in parts:
        raise ArchiveError(f"names a file by no plain path ({shown})")
    if len(path.encode()) > caps.name or len(parts) > caps.depth + 1:
        raise ArchiveError(f"names a file by a path that is too long or too deep ({shown})")


def _check(one: zipfile.ZipInfo, caps: Caps) -> None:
    # `filename` is already cut at a NUL.
    check_path(one.orig_filename.removesuffix("/"), caps)
    shown = printable(one.filename)[:100]
    kind = stat.S_IFMT(one.external_attr >> 16)
    if kind not in (0, stat.S_IFDIR if one.is_dir() else stat.S_IFREG):
        raise ArchiveError(f"holds a link or something else that is no file ({shown})")
    if one.flag_bits & _ENCRYPTED:
        raise ArchiveError(f"holds an encrypted file ({shown})")
    if one.compress_type not in _METHODS:
        raise ArchiveError(f"holds a file packed by an unusual method ({shown})")
    if one.file_size > caps.member:
        raise ArchiveError(f"holds a file of {one.file_size:,} bytes ({shown})")
    packed = max(one.compress_size, 1)
    if one.file_size > caps.ratio_from and one.file_size > packed * caps.ratio:
        raise ArchiveError(f"holds a file packed to 1/{one.file_size // packed:,} ({shown})")


def _read(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    """Unpack a member: no more bytes than stated, and with the checksum that is stated."""
    try:
        # `ZipFile.read` would inflate a gigabyte at once, whatever size the member states.
        with archive.open(one) as member:
            data = member.read(one.file_size + 1)
    except _BROKEN as error:
        raise OSError(f"its archive is damaged ({_words(error)})") from None
    if len(data) != one.file_size:
        raise OSError("its archive is damaged (its size is not the stated one)")
    return data


def _words(error: Exception) -> str:
    return printable(str(error))[:100] or type(error).__name__
