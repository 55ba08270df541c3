"""Archives from strangers: which are read, and why the others are refused."""

from __future__ import annotations

import io
import stat
import tracemalloc
import zipfile

import pytest
from results_bot.github.archives import ArchiveError, Caps, check_path, listed

CAPS = Caps(members=3, unpacked=100, member=60, ratio=10, ratio_from=50, depth=2, name=20)
LINK, PIPE = stat.S_IFLNK << 16, stat.S_IFIFO << 16
FILE, FOLDER = stat.S_IFREG << 16, stat.S_IFDIR << 16


def packed(*names: str, data: bytes = b"{}", **declared: int) -> bytes:
    """Return an archive of files that hold `data`; its directory declares other values for them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", declared.get("compress_type", zipfile.ZIP_STORED)) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), data, archive.compression)
        for one in archive.infolist():
            for field, value in declared.items():
                setattr(one, field, value)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        packed(),
        packed("a", "b", "c"),
        packed("a/b/c", "a/b/d/"),
        packed("a", external_attr=FILE),
        packed("a/", external_attr=FOLDER),
        packed("a", compress_type=zipfile.ZIP_DEFLATED),
        packed("a", data=b"x" * 60),
        packed("a", "b", data=b"x" * 50),
        packed("a", file_size=60, compress_size=6),
        packed("a", file_size=50, compress_size=0),
        packed("é" * 10),
    ],
)
def test_accepted(data: bytes) -> None:
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert [one.path for one in listed(data, CAPS)] == [one for one in names if one[-1] != "/"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is no zip archive that can be read"),
        (b"PK\x03\x04 nothing", "is no zip archive that can be read (File is not a zip file)"),
        (packed("a")[:-30], "is no zip archive that can be read"),
        (packed("a", "b", "c", "d"), "holds more than 3 members"),
        (packed("a", external_attr=LINK), "holds a link or something else that is no file (a)"),
        (packed("a\u202e", external_attr=PIPE), "is no file (a\ufffd)"),
        (packed("a", external_attr=FOLDER), "holds a link"),
        (packed("a/", external_attr=FILE), "holds a link"),
        (packed("a", flag_bits=0x1), "holds an encrypted file (a)"),
        (packed("a", flag_bits=0x40), "holds an encrypted file"),
        (packed("a", flag_bits=0x2000), "holds an encrypted file"),
        (packed("a", compress_type=zipfile.ZIP_BZIP2), "packed by an unusual method (a)"),
        (packed("a", compress_type=zipfile.ZIP_LZMA), "packed by an unusual method"),
        (packed("a", data=b"x" * 61), "holds a file of 61 bytes (a)"),
        (packed("a", file_size=60, compress_size=5), "holds a file packed to 1/12 (a)"),
        (packed("a", file_size=51, compress_size=0), "holds a file packed to 1/51"),
        (packed("a", "b", data=b"x" * 51), "unpacks to more than 100 bytes"),
        (packed("a", "A"), "holds a file twice (A)"),
        (packed("\u00e9", "e\u0301"), "holds a file twice"),
        (packed("a", "a/"), "holds a file twice"),
        (packed("../a"), "names a file outside of itself (../a)"),
        (packed("a//"), "names a file by no plain path"),
        (packed("aXb").replace(b"aXb", b"a\0b"), "names a file with odd characters (a\u2400b)"),
    ],
)
def test_refused(data: bytes, why: str) -> None:
    with pytest.raises(ArchiveError) as refused:
        listed(data, CAPS)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/a", "an absolute path (/a)"),
        ("C:a", "an absolute path"),
        ("c:/a", "an absolute path"),
        ("..", "outside of itself"),
        ("a/../b", "outside of itself"),
        ("", "no plain path"),
        ("a//b", "no plain path"),
        ("./a", "no plain path"),
        ("a\\b", "odd characters (a\\b)"),
        ("a\nb", "odd characters (a\u240ab)"),
        ("a\x7f", "odd characters"),
        ("\ud800", "odd characters"),
        ("a\udfffb", "odd characters"),
        ("a/b/c/d", "too long or too deep"),
        ("a" * 21, "too long or too deep"),
        ("é" * 11, "too long or too deep"),
    ],
)
def test_paths(path: str, why: str) -> None:
    check_path("a.b/..c/d: e", CAPS)
    with pytest.raises(ArchiveError) as refused:
        check_path(path, CAPS)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (packed("a", CRC=7), "its archive is damaged (Bad CRC-32 for file 'a')"),
        (packed("a", file_size=9), "its archive is damaged (its size is not the stated one)"),
        (packed("a", file_size=999, compress_size=999), "its archive is damaged (EOFError)"),
    ],
)
def test_damaged(data: bytes, why: str) -> None:
    (one,) = listed(data, Caps())
    with pytest.raises(OSError, match="damaged") as damage:
        one.read()
    assert str(damage.value) == why


def test_never_unpacks_more_than_is_stated() -> None:
    data = packed("a", data=bytes(20_000_000), compress_type=zipfile.ZIP_DEFLATED, file_size=10)
    (one,) = listed(data, CAPS)
    tracemalloc.start()
    try:
        with pytest.raises(OSError, match="damaged"):
            one.read()
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
