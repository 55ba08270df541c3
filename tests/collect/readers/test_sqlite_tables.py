from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from results_bot.collect import sqlite_tables
from results_bot.collect.file import UnreadableError
from results_bot.collect.sqlite_tables import open_database

from tests.collect.readers.recorded import file_of


def _database(folder: Path, *statements: str) -> bytes:
    path = folder / "some.db"
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path.read_bytes()


def _asked(data: bytes, query: str) -> list[tuple[Any, ...]]:
    with open_database(file_of("some.db", data), {}) as opened:
        assert opened is not None
        return list(opened.rows(query))


def test_views_and_virtual_tables_are_no_tables(tmp_path: Path) -> None:
    data = _database(
        tmp_path,
        "CREATE TABLE plain (a, b)",
        "CREATE VIEW runs AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT x AS run_uuid FROM n",
        "CREATE VIRTUAL TABLE metrics USING fts5(value)",
    )
    with open_database(file_of("some.db", data), {}) as opened:
        assert opened is not None
        assert opened.has("plain", "a", "b")
        assert not opened.has("runs")
        assert not opened.has("metrics")


def test_a_computed_column_computes_nothing(tmp_path: Path) -> None:
    data = _database(
        tmp_path,
        "CREATE TABLE metrics (a, value AS (hex(zeroblob(100000000))))",
        "INSERT INTO metrics VALUES (1)",
    )
    with pytest.raises(UnreadableError, match="SQLite"):
        _asked(data, "SELECT value FROM metrics")


def test_work_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_tables, "_MAX_STEPS", 2)
    rows = ["INSERT INTO metrics VALUES (1)"] * 1_000
    data = _database(tmp_path, "CREATE TABLE metrics (a)", *rows)
    with pytest.raises(UnreadableError, match="interrupted"):
        _asked(data, "SELECT 1 FROM metrics x, metrics y")


def test_rows_have_a_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_tables, "MAX_ROWS", 3)
    rows = ["INSERT INTO metrics VALUES (1)"] * 4
    data = _database(tmp_path, "CREATE TABLE metrics (a)", *rows)
    with pytest.raises(UnreadableError, match="more than 3 rows"):
        _asked(data, "SELECT a FROM metrics")


def test_nothing_can_be_written_or_attached(tmp_path: Path) -> None:
    data = _database(tmp_path, "CREATE TABLE metrics (a)")
    for statement in ("INSERT INTO metrics VALUES (1)", "ATTACH 'other.db' AS other"):
        with pytest.raises(UnreadableError, match="SQLite"):
            _asked(data, statement)


def test_text_that_is_no_unicode_is_survived(tmp_path: Path) -> None:
    data = _database(
        tmp_path, "CREATE TABLE metrics (a)", "INSERT INTO metrics VALUES (CAST(x'ff41' AS TEXT))"
    )
    assert _asked(data, "SELECT a FROM metrics") == [("\ufffdA",)]


def test_another_file_is_no_database() -> None:
    with open_database(file_of("some.db", b"text"), {}) as opened:
        assert opened is None
