"""Commands in comments: `/approve-metrics DIGEST [SECTION/RUN] [reason]`, `/revoke-metrics`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import StrEnum

import msgspec

MOST = 20
"""Commands that one comment can hold; what is beyond is not read."""
LONGEST_REASON = 200
_COMMAND = re.compile(r"/(approve-metrics|revoke-metrics)(?:[ \t]+(.*))?")
_FENCE = re.compile(r"(`{3,}|~{3,})")


class Verb(StrEnum):
    """What is asked for."""

    APPROVE = "approve"
    REVOKE = "revoke"


class Command(msgspec.Struct, frozen=True):
    """One command as written."""

    verb: Verb
    text: str
    digest: str = ""
    place: str = ""
    """SECTION/RUN, where only one is meant; empty for all."""
    reason: str = ""
    unknown_place: str = ""
    """What looks like SECTION/RUN and is none that waits: a typing error must not approve all."""


def commands(body: str, places: Collection[str]) -> list[Command]:
    """Return the commands in `body`: at the start of a line, not quoted, not in a code block."""
    found = [command for line in _lines(body) if (command := _command(line, places))]
    return found[:MOST]


def mentions_command(body: str) -> bool:
    """Tell whether it is worth reading all comments of the pull request again."""
    return bool(commands(body, ()))


def _lines(body: str) -> Iterator[str]:
    fence = ""
    for line in body.replace("\r\n", "\n").split("\n"):
        found = _FENCE.match(line.lstrip(" "))
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence):
            fence = ""
        elif not fence and not line.startswith(("    ", "\t")):
            yield line.strip()


def _command(line: str, places: Collection[str]) -> Command | None:
    found = _COMMAND.fullmatch(line)
    if found is None:
        return None
    rest = (found[2] or "").strip()
    if found[1] == "revoke-metrics":
        return Command(Verb.REVOKE, line, reason=rest[:LONGEST_REASON])
    digest, _, rest = rest.partition(" ")
    rest = rest.strip()
    place = next((one for one in sorted(places, key=len, reverse=True) if _begins(rest, one)), "")
    reason = rest.removeprefix(place).strip(" \t-:,")[:LONGEST_REASON]
    first = rest.partition(" ")[0]
    unknown = first if not place and "/" in first else ""
    return Command(Verb.APPROVE, line, digest, place, reason, unknown)


def _begins(rest: str, place: str) -> bool:
    """Tell whether `rest` begins with the whole words of `place`."""
    return bool(place) and (rest == place or rest.startswith(f"{place} "))
