"""Parts put together: each file once, whatever order they come in.

The same file in several parts is one. Where its content differs, the copy that is as committed
yields to one that a job wrote; where two jobs wrote different ones, neither is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from results_bot.collect.choice import tracked
from results_bot.collect.extracted import Artifact, State
from results_bot.collect.parts import DamagedError, Part, find
from results_bot.collect.portable import Row


class Joined:
    """What several machines collected, as if one had."""

    def __init__(
        self,
        parts: Sequence[Part],
        damaged: Sequence[Artifact],
        committed: Callable[[], Mapping[str, str]],
    ) -> None:
        """Put `parts` together; `committed` tells git's hash of each file at HEAD."""
        held: dict[str, list[tuple[Part, Row]]] = {}
        for part in sorted(parts, key=lambda one: one.name):
            for path, row in part.rows.items():
                held.setdefault(path, []).append((part, row))
        self._from: dict[str, Part] = {}
        self._rows: dict[str, Artifact] = {}
        self._damaged = damaged
        self.count = len(parts)
        known: Mapping[str, str] | None = None
        for path, copies in held.items():
            distinct = _distinct(copies)
            if len(distinct) > 1:
                known = committed() if known is None else known
                distinct = [one for one in distinct if one[1].digest != known.get(path)]
            self._take(path, distinct)

    @classmethod
    def open(cls, places: Sequence[str], committed: Callable[[], Mapping[str, str]]) -> Joined:
        """Open the parts at or below `places`; one that is damaged is named, the rest go on.

        Raises BotError where there is none, or where another version wrote one.
        """
        parts: list[Part] = []
        damaged: list[Artifact] = []
        for path in find(places):
            try:
                parts.append(Part(path, str(path)))
            except DamagedError as error:
                damaged.append(Artifact(str(path), State.NOT_LISTED, str(error)))
        return cls(parts, damaged, committed)

    def __contains__(self, path: object) -> bool:
        return path in self._rows

    @property
    def paths(self) -> set[str]:
        """The paths of all files."""
        return set(self._rows)

    def artifacts(self, patterns: Sequence[str]) -> list[Artifact]:
        """Return the files that `patterns` allow, in no order; a remark where that is not all."""
        wanted = set(tracked(self._rows, patterns))
        taken = [
            one
            for path, one in self._rows.items()
            if path in wanted or one.state is State.NOT_LISTED
        ]
        lost = len(self._rows) - len(taken)
        if lost:
            what = "1 file lies" if lost == 1 else f"{lost:,} files lie"
            reason = f"{what} where no section looks; were they collected by another configuration?"
            taken.append(Artifact("parts", State.UNSUPPORTED, reason))
        return [*taken, *self._damaged]

    def read(self, path: str) -> bytes:
        """Return the content of a file of predictions. Raises OSError."""
        if path not in self._from:
            raise OSError(0, "is not in one part")
        return self._from[path].samples(path)

    def _take(self, path: str, distinct: Sequence[tuple[Part, Row]]) -> None:
        if len(distinct) == 1:
            self._from[path], row = distinct[0]
            self._rows[path] = row.artifact
            return
        names = " and ".join(part.name for part, _ in distinct[:2])
        more = f" and {len(distinct) - 2} more" if len(distinct) > 2 else ""
        reason = f"differs between {names}{more}; none is taken: let one job write it"
        self._rows[path] = Artifact(path, State.UNREADABLE, reason)


def _distinct(copies: Sequence[tuple[Part, Row]]) -> list[tuple[Part, Row]]:
    """Return one copy of each content; one that was read counts before one that was not found."""
    listed = [one for one in copies if one[1].artifact.state is not State.NOT_LISTED]
    if not listed:
        return [min(copies, key=lambda one: one[1].artifact.reason)]
    by_content = {(row.digest, repr(row.artifact)): (part, row) for part, row in reversed(listed)}
    return list(reversed(by_content.values()))
