"""SQLite: one connection, used from the loop's thread only, so that a handler's reads and writes are never
interleaved."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.kernel.service import Tables

SCHEMA_VERSION = 2
# Version 2 has more tables and changed none: a file of version 1 becomes one of version 2 when they are there.
_READABLE_VERSIONS = (1, 2)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """`path` is a file or ":memory:". Dates are stored as seconds since 1970. The stores of `tables` are attributes."""

    def __init__(self, path: str, tables: Sequence[Tables] = ()) -> None:
        self._tables = tuple(tables)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        if path != ":memory:":
            self.connection.execute("PRAGMA journal_mode=WAL")
            # The emulator may lose the last writes when the machine stops, not when the process does.
            self.connection.execute("PRAGMA synchronous=NORMAL")
        # Off by default in SQLite: licences and memberships go with their user.
        self.connection.execute("PRAGMA foreign_keys=ON")
        self.connection.executescript(_SCHEMA + "".join(each.schema for each in self._tables))
        self._depth = 0
        for each in self._tables:
            for name, make in each.stores.items():
                setattr(self, name, make(self))
        if self.get_meta("schema_version", SCHEMA_VERSION) not in _READABLE_VERSIONS:
            raise RuntimeError(f"{path} was written by another version of the emulator; take a new file")
        self.set_meta("schema_version", SCHEMA_VERSION)

    def __getattr__(self, name: str) -> Any:
        """For type checkers: stores of services are found without coming here."""
        raise AttributeError(f"no service has a store {name!r}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Nested use joins the outer transaction."""
        if self._depth:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        else:
            self.connection.execute("COMMIT")
        finally:
            self._depth = 0

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        return self.connection.execute(sql, parameters)

    def get_meta(self, name: str, default: Any = None) -> Any:
        row = self.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row["value"])

    def set_meta(self, name: str, value: Any) -> None:
        """Small JSON values that must survive a restart (the clock's offset, the partner, keys)."""
        text = json.dumps(value, ensure_ascii=False, default=str)
        self.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, text)
        )

    def clear(self) -> None:
        with self.transaction():
            for table in (*(name for each in self._tables for name in each.names), "meta"):
                self.execute(f"DELETE FROM {table}")
            self.set_meta("schema_version", SCHEMA_VERSION)

    def close(self) -> None:
        self.connection.close()
