"""One artifact as readers see it: a path, its size, and its content on demand."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from hashlib import sha1
from typing import Any, TypeVar

import msgspec
import orjson

Shape = TypeVar("Shape")
_LFS = b"version https://git-lfs.github.com/spec/"
IN_LFS = "is in Git LFS and not here; `git lfs pull` fetches it"


class UnreadableError(Exception):
    """The file cannot be used; the message is the reason, without the path."""


class UnsupportedError(UnreadableError):
    """The file is sound and of a format that is not read; the message names an alternative."""


class Listed(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A file that was found, not yet read."""

    path: str
    """Below the repository, with `/`."""
    size: int
    """In bytes; -1 where only reading shows it, as in git's index."""
    read: Callable[[], bytes]
    version: str = ""
    """Changes when the content does: size, times and inode, git's hash, or a storage's tag."""
    touched: int = 0
    """When it was last written or changed, in nanoseconds; 0 for what never changes."""


def blob_hash(data: bytes) -> str:
    """Return git's hash of a file's content."""
    return sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


class File:
    """One artifact's content, decoded and parsed at most once."""

    def __init__(self, listed: Listed, max_size: int) -> None:
        self.path = listed.path
        self.folder, _, self.name = listed.path.rpartition("/")
        stem, _, suffix = self.name.rpartition(".")
        self.stem, self.suffix = (stem, suffix.lower()) if stem else (self.name, "")
        self._listed = listed
        self._max_size = max_size
        self.remarks: list[str] = []
        self.left_out: list[tuple[str, str]] = []
        self.logs: list[tuple[Sequence[Any], Mapping[str, Any]]] = []
        """The readings that `steps` made of the file's logs, each with the series behind them."""

    def leave_out(self, name: str, why: str) -> None:
        """Note a name that is not taken as a metric; `inspect` shows it."""
        self.left_out.append((name, why))

    def remark(self, text: str) -> None:
        """Note what a person should know of this file although it was read."""
        if text not in self.remarks:
            self.remarks.append(text)

    @property
    def size(self) -> int:
        """The size in bytes; `data` refuses an empty file, which some formats have."""
        listed = self._listed
        return listed.size if listed.size >= 0 else len(listed.read())

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file; UnreadableError if it is too large, empty or gone."""
        listed, most = self._listed, self._max_size
        if listed.size > most:
            raise UnreadableError(self._too_large(listed.size))
        try:
            data = listed.read()
        except OSError as error:
            raise UnreadableError(f"cannot be read ({error.strerror or error})") from None
        if len(data) > most:
            raise UnreadableError(self._too_large(len(data)))
        if not data or data.isspace():
            raise UnreadableError("is empty")
        if data.startswith(_LFS):
            raise UnreadableError(IN_LFS)
        return data

    def _too_large(self, size: int) -> str:
        cap = self._max_size / 1e6
        return f"is {size / 1e6:,.1f} MB, over the cap of {cap:,.1f} MB (max-file-size-mb)"

    @cached_property
    def text(self) -> str:
        """The decoded text; UnreadableError if git left both sides of a conflict in it."""
        text = self.decoded
        start = 0 if text.startswith("<<<<<<< ") else text.find("\n<<<<<<< ")
        if start >= 0 and text.find("\n>>>>>>> ", start) > 0:
            raise UnreadableError("has conflict markers of git; resolve them")
        return text

    @cached_property
    def decoded(self) -> str:
        """The text as it is; a byte-order mark chooses UTF-8, UTF-16 or UTF-32."""
        encoding = _encoding(self.data)
        try:
            text = self.data.decode(encoding)
        except UnicodeDecodeError as error:
            known = encoding.removesuffix("-sig").upper()
            is_text = b"\0" not in self.data[:4096]
            reason = f"is not {known} (byte {error.start})" if is_text else "is binary, not text"
            raise UnreadableError(reason) from None
        if "\0" in text:
            raise UnreadableError("is binary, not text")
        return text

    reader = ""
    """The title of the reader that recognised the file."""
    is_document = False
    """A reader asked for `json`, and it is one document: doubled keys are worth a remark."""

    @cached_property
    def json(self) -> Any:
        """The JSON document, or the objects of JSON lines; NaN and Infinity are accepted."""
        if self.suffix in ("jsonl", "ndjson"):
            return self._lines()
        with suppress(orjson.JSONDecodeError):
            document = orjson.loads(self.data)
            self.is_document = True
            return document
        # It may be in another encoding, hold what only Python's module takes, or be JSON lines.
        text = self.text.lstrip("\ufeff")
        first, _, rest = text.partition("\n")
        if first.strip()[:1] == "{" and first.strip()[-1:] == "}" and rest.lstrip()[:1] == "{":
            return self._lines()
        self.is_document = True
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise UnreadableError(_not_json(error)) from None
        except ValueError:
            raise UnreadableError("holds a number of thousands of digits") from None
        except RecursionError:
            raise UnreadableError("is nested too deeply") from None

    def _lines(self) -> list[dict[str, Any]]:
        lines = [line for line in self.text.lstrip("\ufeff").split("\n") if line.strip()]
        found: list[Any] = []
        for number, line in enumerate(lines, 1):
            try:
                found.append(orjson.loads(line))
                continue
            except orjson.JSONDecodeError:
                pass  # It may hold NaN, or more than one object.
            try:
                objects = [*_objects(line.strip())]
            except (ValueError, RecursionError):
                if number < len(lines) or not found:
                    raise UnreadableError(f"line {number} is not valid JSON") from None
                self.remark("the last line was not written to its end and is left out")
                break
            if len(objects) > 1:
                self.remark(f"line {number} holds {len(objects)} objects; each was read")
            found += objects
        return [record for record in found if isinstance(record, dict)]

    def json_as(self, kind: type[Shape]) -> Shape | None:
        """Return the JSON document as `kind`; None where it has another shape."""
        try:
            return msgspec.convert(self.json, kind)
        except msgspec.ValidationError:
            return None

    def doubled_keys(self) -> tuple[str, ...]:
        """Return the keys that an object of the JSON document has twice; the last one counted."""
        if len(_KEY.findall(self.data)) == _entries(self.json):
            return ()
        doubled: dict[str, None] = {}

        def look(pairs: list[tuple[str, Any]]) -> None:
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    doubled[key] = None
                seen.add(key)

        try:
            json.loads(self.text.lstrip("\ufeff"), object_pairs_hook=look)
        except (ValueError, RecursionError, UnreadableError):
            return ()
        return tuple(doubled)


def _objects(line: str) -> Iterator[Any]:
    """Yield the JSON values of one line; NaN and Infinity literals are accepted."""
    end = 0
    while end < len(line):
        value, end = json.JSONDecoder().raw_decode(line, end)
        yield value
        end += len(line[end:]) - len(line[end:].lstrip(" ,"))


_KEY = re.compile(rb'"\s*:')


def _entries(document: Any) -> int:
    """Return the number of entries in all objects of `document`."""
    if isinstance(document, list):
        return sum(map(_entries, document))
    if isinstance(document, dict):
        return len(document) + sum(map(_entries, document.values()))
    return 0


def _not_json(error: json.JSONDecodeError) -> str:
    if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated"):
        return f"is cut off in line {error.lineno}: it was not written to its end"
    return f"is not valid JSON (line {error.lineno}, column {error.colno}: {error.msg})"


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data[1:2] == b"\0" and data[3:4] == b"\0" and data[0:1].isascii() and data[2:3].isascii():
        return "utf-16-le"
    return "utf-8-sig"
