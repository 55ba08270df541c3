"""Read the tables of an untrusted SQLite file from memory, with every dangerous feature off."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from results_bot.collect.file import File, UnreadableError
from results_bot.escape import printable

SUFFIXES = (".db", ".sqlite", ".sqlite3")
MAX_ROWS = 2_000_000
_COLUMNS = "SELECT name FROM pragma_table_info(?) LIMIT 1000"
_MAGIC = b"SQLite format 3\0"
_MAX_TEXT = 1_000_000
_STEPS = 50_000
_MAX_STEPS = 20_000
"""Together 10^9 instructions of SQLite's virtual machine: about ten seconds."""


class Database:
    """The plain tables of an open database, with their columns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._left = MAX_ROWS
        self.columns: dict[str, frozenset[str]] = {
            name: frozenset(column for (column,) in connection.execute(_COLUMNS, (name,)))
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
            ).fetchmany(1_000)
        }

    def has(self, table: str, *columns: str) -> bool:
        """Return True if the table exists and has these columns."""
        return table in self.columns and self.columns[table].issuperset(columns)

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of one of our own queries. Raises UnreadableError beyond MAX_ROWS."""
        for row in self._connection.execute(query):
            self._left -= 1
            if self._left < 0:
                raise UnreadableError(f"has more than {MAX_ROWS:,} rows: data, not metrics")
            yield row


@contextmanager
def open_database(file: File, tables: Mapping[str, str]) -> Iterator[Database | None]:
    """Open the database in `file`; None where it is not SQLite or lacks one of `tables`.

    `tables` are names with their columns, separated by spaces.

    Raises UnreadableError where it is damaged, also for what is read inside the `with`.
    """
    data = file.data
    if not data.startswith(_MAGIC):
        yield None
        return
    if not hasattr(sqlite3.Connection, "deserialize"):
        raise UnreadableError("is SQLite, which this Python cannot open from memory")
    if data[18:20] == b"\2\2":
        file.leave_out(file.name, "may have newer rows in a -wal file beside it, which is not read")
        # A database in memory cannot have a write-ahead log: mark the copy as one without.
        # https://www.sqlite.org/fileformat2.html#file_format_version_numbers
        data = data[:18] + b"\1\1" + data[20:]
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(data)
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            # The schema may contain expressions, and the sizes are whatever the file claims.
            steps = iter(range(_MAX_STEPS))
            connection.set_progress_handler(lambda: next(steps, None) is None, _STEPS)
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_TEXT)
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
                connection.execute(f"PRAGMA {pragma}")
            database = Database(connection)
            connection.set_authorizer(_only_reading)
            known = all(database.has(name, *columns.split()) for name, columns in tables.items())
            yield database if known else None
    except UnicodeError:  # SQLite quotes the file in its message, and Python decodes that.
        raise UnreadableError("is not a sound SQLite database") from None
    except (sqlite3.Error, OverflowError) as error:
        reason = printable(str(error))[:200]
        raise UnreadableError(f"is not a sound SQLite database ({reason})") from None


def _only_reading(action: int, *_names: str | None) -> int:
    """Deny functions too: a computed column of an untrusted schema may call any of them."""
    allowed = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
