"""Dry runs: print each write in full and answer it as if GitHub had done it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

NOT_MADE = "0" * 40
"""Stands for a commit that a dry run did not make."""


def answer(
    verb: str, path: str, body: Any, say: Callable[[str], None]
) -> tuple[int, dict[str, Any], str]:
    """Print a write and return a plausible answer: status, headers and JSON text."""
    if isinstance(body, dict) and "query" in body:
        name = re.findall(r"(\w+)\(input:", body["query"])[0]
        say(f"Would send GraphQL {name}")
        shown, data = body["variables"]["input"], {name: {"commit": {"oid": NOT_MADE}}}
        answered: dict[str, Any] = {"data": data}
    else:
        say(f"Would send {verb} {path}")
        given = body or {}
        same = {name: given[name] for name in ("name", "head_sha", "title", "body", "ref", "status")
                if name in given}  # fmt: skip
        moved = {"object": {"sha": given["sha"]}} if "sha" in given else {}
        shown = given
        answered = {"id": 0, "number": 0, "sha": NOT_MADE, "url": path, "html_url": ""}
        answered |= same | moved
    # Each line is set off, so that none of them can be a command to the runner.
    for line in _lines(shown, ""):
        say(f"  | {line}")
    return 200, {}, json.dumps(answered)


def _lines(value: Any, name: str) -> Iterator[str]:
    """Yield `a.b: value` for everything in a request's body, long texts line by line."""
    if isinstance(value, dict):
        packed = value.get("encoding") == "base64"
        for key, inner in value.items():
            coded = key == "contents" or (key == "content" and packed)
            shown = base64.b64decode(inner).decode("utf-8", "replace") if coded else inner
            yield from _lines(shown, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _lines(inner, f"{name}.{at}")
    elif isinstance(value, str) and "\n" in value:
        yield f"{name}:"
        yield from value.splitlines()
    else:
        yield f"{name}: {value}"
