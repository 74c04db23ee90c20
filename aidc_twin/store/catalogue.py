"""The index of a store: an SQLite table that can always be made again from the runs' folders."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from aidc_twin.errors import EnvironmentFault
from aidc_twin.store.locks import turn
from aidc_twin.store.manifest import SCHEMA, newer

FILE = "catalogue.sqlite"
_TURN = ".catalogue.lock"
_BUSY_SECONDS = 60.0
_TABLE = "CREATE TABLE IF NOT EXISTS runs (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE)"
_INSERT = "INSERT INTO runs (id) SELECT :id WHERE NOT EXISTS (SELECT 1 FROM runs WHERE id = :id)"
"""Not `INSERT OR IGNORE`, which uses up a number also where it inserts nothing."""


class Catalogue:
    """Order of publication of the runs of one store.

    It holds nothing else, so that nothing in it can contradict a manifest.
    """

    def __init__(self, root: Path) -> None:
        self.path = root / FILE
        self._turn = root / _TURN

    def sequences(self) -> dict[str, int] | None:
        """Sequence number by run id; None if there is no sound catalogue.

        Raises
        ------
        EnvironmentFault
            If the catalogue is of a newer schema.
        """
        if not self.path.exists():
            return None
        try:
            with self._opened() as connection:
                return _all(connection)
        except sqlite3.Error as error:
            return {} if _is_busy(error) else None

    def enter(self, ids: Sequence[str]) -> dict[str, int] | None:
        """Add runs in this order unless they are there.

        Returns all sequence numbers; None if it cannot be written (damaged, read-only, full, busy for a minute), for
        the folders still tell everything.
        """
        try:
            with self._opened() as connection:
                _insert(connection, ids)
                return _all(connection)
        except sqlite3.Error:
            return None

    def rebuild(self, ids: Sequence[str]) -> dict[str, int] | None:
        """Replace a missing or damaged catalogue by one of these runs, in this order; None if it cannot be written.

        The price is the order in which runs begun within the same second were published.
        """
        try:
            with turn(self._turn):
                if not self._is_sound():  # another process may have been quicker
                    self._replace(ids)
        except (OSError, sqlite3.Error):
            return None
        return self.enter(ids)

    def _is_sound(self) -> bool:
        if not self.path.exists():
            return False
        try:
            with self._opened() as connection:
                _all(connection)
                return connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        except sqlite3.Error as error:
            return _is_busy(error)

    def _replace(self, ids: Iterable[str]) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.execute(_TABLE)
            _insert(connection, ids)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
            connection.execute("PRAGMA journal_mode = WAL")
        for ending in ("-wal", "-shm"):  # a journal left over would be replayed into the new file
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        os.replace(fresh, self.path)

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection, None, None]:
        with closing(sqlite3.connect(self._uri(), timeout=_BUSY_SECONDS, isolation_level=None, uri=True)) as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > SCHEMA:
                raise EnvironmentFault(newer(self.path, version))
            yield connection

    def _uri(self) -> str:
        """Never make an empty catalogue by opening it, nor WAL's journal files in a read-only folder."""
        mode = "rw" if os.access(self.path.parent, os.W_OK) else "ro&immutable=1"
        return f"{self.path.absolute().as_uri()}?mode={mode}"


def _all(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT id, sequence FROM runs").fetchall())


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _insert(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(_INSERT, [{"id": run_id} for run_id in ids])
    connection.execute("COMMIT")
