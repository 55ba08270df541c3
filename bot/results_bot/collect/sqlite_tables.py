"""A SQLite file's tables, read from memory; the file is a stranger's and may only answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from results_bot.collect.file import File, UnreadableError
from results_bot.hostile import printable

if TYPE_CHECKING:
    from sqlite3 import Connection

SUFFIXES = (".db", ".sqlite", ".sqlite3")
MAGIC = b"SQLite format 3\0"
MAX_ROWS = 2_000_000
_MAX_TEXT = 1_000_000
_STEPS = 50_000
_MAX_STEPS = 20_000
"""Together a thousand million instructions of SQLite's machine: some ten seconds' work."""


class Tables:
    """The plain tables of an open database, with their columns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._left = MAX_ROWS
        self.columns: dict[str, frozenset[str]] = {
            name: frozenset(column for (column,) in self._columns(name))
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
            ).fetchmany(1_000)
        }

    def has(self, table: str, *columns: str) -> bool:
        """Tell whether there is a table with these columns."""
        return self.columns.get(table, frozenset()).issuperset(columns) and table in self.columns

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of one of our own queries. Raises UnreadableError past the cap."""
        for row in self._connection.execute(query):
            self._left -= 1
            if self._left < 0:
                raise UnreadableError(f"has more than {MAX_ROWS:,} rows: data, not metrics")
            yield row

    def _columns(self, table: str) -> Sequence[tuple[str]]:
        query = "SELECT name FROM pragma_table_info(?)"
        return self._connection.execute(query, (table,)).fetchmany(1_000)


@contextmanager
def tables(file: File) -> Iterator[Tables | None]:
    """Open the database in `file`; None where it is not SQLite at all.

    Raises UnreadableError where it is damaged, also for what is read inside the `with`.
    """
    if not file.data.startswith(MAGIC):
        yield None
        return
    import sqlite3

    if not hasattr(sqlite3.Connection, "deserialize"):
        raise UnreadableError("is SQLite, which this Python cannot open from memory")
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(_without_wal(file.data))
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            _restrict(connection)
            opened = Tables(connection)
            connection.set_authorizer(_only_reading)
            yield opened
    except UnicodeError:  # SQLite quotes the file in its message, and Python decodes that.
        raise UnreadableError("is not a sound SQLite database") from None
    except (sqlite3.Error, OverflowError) as error:
        reason = printable(str(error))[:200]
        raise UnreadableError(f"is not a sound SQLite database ({reason})") from None


def has_wal(file: File) -> bool:
    """Tell whether the newest rows may lie in a `-wal` file beside this one, which is not read."""
    return file.data[18:20] == b"\2\2"


def _without_wal(data: bytes) -> bytes:
    """Return the database marked as one without a write-ahead log, which memory cannot have.

    https://www.sqlite.org/fileformat2.html#file_format_version_numbers
    """
    return data[:18] + b"\1\1" + data[20:] if data[18:20] == b"\2\2" else data


def _restrict(connection: Connection) -> None:
    """Take every means from the file: its schema may hold expressions, and sizes are its word."""
    from sqlite3 import SQLITE_LIMIT_LENGTH

    steps = iter(range(_MAX_STEPS))
    connection.set_progress_handler(lambda: next(steps, None) is None, _STEPS)
    connection.setlimit(SQLITE_LIMIT_LENGTH, _MAX_TEXT)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _only_reading(action: int, *_names: str | None) -> int:
    """Allow no function either: a computed column of a stranger's schema may call any."""
    from sqlite3 import SQLITE_DENY, SQLITE_OK, SQLITE_READ, SQLITE_SELECT

    return SQLITE_OK if action in (SQLITE_SELECT, SQLITE_READ) else SQLITE_DENY
