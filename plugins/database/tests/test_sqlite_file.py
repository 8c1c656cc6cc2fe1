"""Preparing the file of the embedded database."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dify_database.backends.sqlite_engines import prepare_file


def test_the_file_is_made_with_a_log_beside_it(tmp_path):
    path = tmp_path / "dify.db"
    prepare_file(path, 1)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_where_no_log_can_be_kept_that_is_the_error_and_not_an_endless_wait():
    with pytest.raises(sqlite3.OperationalError, match="no write-ahead log"):
        prepare_file(Path(":memory:"), 0.05)  # like a shared file system: SQLite keeps another mode, and says no word


def test_a_file_that_is_held_is_waited_for_no_longer_than_told(tmp_path):
    path = tmp_path / "dify.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("CREATE TABLE t (x)")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            prepare_file(path, 0.05)
