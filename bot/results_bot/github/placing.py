"""Which artifacts count, and where their files lie in the repository."""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

from results_bot.errors import ConfigError
from results_bot.github.archives import ArchiveError, Caps, check_path

_FIELD = re.compile(r"\{([^{}]*)\}")


class Placing(msgspec.Struct, frozen=True, dict=True):
    """A pattern of artifacts' names and the folder that their files belong in.

    `upload-artifact` strips the folders that all its files share: a job that uploads `runs/a/`
    leaves `metrics.json`. The prefix puts them back; in it `{name}` stands for the artifact's
    name and `{match}` for what the pattern's wildcards matched. With `metrics-*` and
    `runs/{match}`, the file `metrics.json` of `metrics-a` is `runs/a/metrics.json`.
    """

    pattern: str = "*"
    """`*` for any text, `?` for one character."""
    prefix: str = ""

    def __post_init__(self) -> None:
        wrong = [name for name in _FIELD.findall(self.prefix) if name not in ("name", "match")]
        if wrong or "{" in _FIELD.sub("", self.prefix) or "}" in _FIELD.sub("", self.prefix):
            raise ConfigError("the artifacts' prefix knows {name} and {match}, no other braces")
        try:
            check_path(_FIELD.sub("x", self.prefix).strip("/") or "x", Caps())
        except ArchiveError:
            raise ConfigError(
                "the artifacts' prefix must be a folder below the repository"
            ) from None

    @property
    def by_name(self) -> bool:
        """Tell whether the folder depends on the artifact's name."""
        return _FIELD.search(self.prefix) is not None

    def matches(self, name: str) -> bool:
        """Tell whether an artifact of this name counts."""
        return self._wildcards.fullmatch(name) is not None

    def folder(self, name: str) -> str:
        """Return the folder for an artifact's files, empty for the repository's own.

        Raises ArchiveError where the name makes no folder, as hostile ones do not.
        """
        found = self._wildcards.fullmatch(name)
        match = "-".join(filter(None, found.groups())) if found else name
        known = {"name": name, "match": match or name}
        if self.by_name and "/" in name:
            raise ArchiveError("has a name that makes no folder")
        placed = _FIELD.sub(lambda field: known[field[1]], self.prefix).strip("/")
        if placed:
            check_path(placed, Caps())
        return placed

    @cached_property
    def _wildcards(self) -> re.Pattern[str]:
        parts = re.split(r"([*?])", self.pattern)
        kinds = {"*": "(.*)", "?": "(.)"}
        return re.compile("".join(kinds.get(one, re.escape(one)) for one in parts), re.DOTALL)
