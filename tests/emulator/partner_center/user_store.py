"""Users of customers in the database, active and soft-deleted.

Listing goes by position in an index, not by OFFSET: a page costs the same at the start and at the end of 50,000 users,
and users that come and go between two pages neither repeat nor hide others.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.kernel.store import Store

RETENTION_SECONDS = 30 * 24 * 3600
"""A deleted user can be restored for 30 days (Partner Center developer docs: delete-user-accounts-for-a-customer)."""

_COLUMNS = (
    "customer_id",
    "id",
    "upn",
    "upn_key",
    "display_name",
    "display_key",
    "first_name",
    "last_name",
    "usage_location",
    "immutable_id",
    "phone_number",
    "password_hash",
    "force_change",
    "last_sync",
    "created",
    "visible_at",
    "hidden_reads",
    "deleted_at",
)

# Sort field -> SQL expression. The first two have an index, the others are sorted when asked for.
SORT_EXPRESSIONS = {
    "displayname": "display_key",
    "userprincipalname": "upn_key",
    "firstname": "coalesce(first_name, '') COLLATE NOCASE",
    "lastname": "coalesce(last_name, '') COLLATE NOCASE",
}


def upn_key(upn: str) -> str:
    """What two user principal names have in common when the directory takes them for the same."""
    return unicodedata.normalize("NFC", upn).lower()


@dataclass
class User:
    customer_id: str
    id: str
    upn: str
    display_name: str
    first_name: str | None = None
    last_name: str | None = None
    usage_location: str | None = None
    immutable_id: str | None = None
    phone_number: str | None = None
    password_hash: str | None = None
    force_change: bool = False
    last_sync: float | None = None
    """Last synchronisation from on premises; None for a cloud user."""
    created: float = 0.0
    visible_at: float = 0.0
    """Before this time reads do not find the user (read lag)."""
    hidden_reads: int = 0
    """So many reads by id still do not find the user."""
    deleted_at: float | None = None

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_synced(self) -> bool:
        return self.last_sync is not None

    def prefixed_upn(self) -> str:
        """The UPN with the object id's 32 hex digits in front, as the directory below keeps it for a deleted user."""
        return self.id.replace("-", "") + self.upn


@dataclass(frozen=True)
class Position:
    """Where a page begins or ends: the row's number, and its sort value when the listing is sorted."""

    seq: int
    key: str | None = None


class UserStore:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._next_purge: float | None = None

    # Writing

    def insert_many(self, users: list[User]) -> None:
        marks = ", ".join("?" * len(_COLUMNS))
        with self._store.transaction():
            self._store.connection.executemany(
                f"INSERT INTO users ({', '.join(_COLUMNS)}) VALUES ({marks})", [_values(user) for user in users]
            )
        self.forget_purge_time()

    def update(self, user: User) -> None:
        assignments = ", ".join(f"{name} = ?" for name in _COLUMNS)
        self._store.execute(
            f"UPDATE users SET {assignments} WHERE customer_id = ? AND id = ?",
            (*_values(user), user.customer_id, user.id),
        )
        self.forget_purge_time()

    def remove(self, customer_id: str, user_id: str | None = None) -> None:
        """Removes one user, or all users of a customer, for good. Only the control port does this."""
        sql = "DELETE FROM users WHERE customer_id = ?"
        self._store.execute(
            *((sql, (customer_id,)) if user_id is None else (sql + " AND id = ?", (customer_id, user_id)))
        )

    def count_read(self, user: User) -> None:
        self._store.execute(
            "UPDATE users SET hidden_reads = hidden_reads - 1 WHERE customer_id = ? AND id = ? AND hidden_reads > 0",
            (user.customer_id, user.id),
        )

    def purge(self, now: float) -> None:
        """Removes users whose 30 days are over. Called before every request, so it asks the database only when one is
        due."""
        if self._next_purge is None:
            row = self._store.execute("SELECT min(deleted_at) FROM users WHERE deleted_at IS NOT NULL").fetchone()
            self._next_purge = float("inf") if row[0] is None else row[0] + RETENTION_SECONDS
        if now >= self._next_purge:
            self._store.execute(
                "DELETE FROM users WHERE deleted_at IS NOT NULL AND deleted_at <= ?", (now - RETENTION_SECONDS,)
            )
            self._next_purge = None

    def forget_purge_time(self) -> None:
        self._next_purge = None

    # Reading

    def get(self, customer_id: str, user_id: str) -> User | None:
        row = self._store.execute(
            "SELECT * FROM users WHERE customer_id = ? AND id = ?", (customer_id, user_id)
        ).fetchone()
        return None if row is None else user_from_row(row)

    def active_by_upn(self, customer_id: str, upn: str) -> User | None:
        row = self._store.execute(
            "SELECT * FROM users WHERE customer_id = ? AND upn_key = ? AND deleted_at IS NULL",
            (customer_id, upn_key(upn)),
        ).fetchone()
        return None if row is None else user_from_row(row)

    def all(self, customer_id: str) -> list[User]:
        rows = self._store.execute("SELECT * FROM users WHERE customer_id = ? ORDER BY seq", (customer_id,))
        return [user_from_row(row) for row in rows]

    def page(
        self,
        customer_id: str,
        *,
        deleted: bool,
        now: float,
        limit: int,
        sort: str | None = None,
        descending: bool = False,
        position: Position | None = None,
        backwards: bool = False,
        where: str = "",
        parameters: tuple[Any, ...] = (),
    ) -> list[tuple[Position, User]]:
        """Up to `limit` users after (or before) a position, in listing order."""
        expression = SORT_EXPRESSIONS[sort] if sort else None
        upwards = descending == backwards
        comparison, order = (">", "ASC") if upwards else ("<", "DESC")
        conditions = [
            "customer_id = ?",
            "deleted_at IS NOT NULL" if deleted else "deleted_at IS NULL",
            "visible_at <= ?",
        ]
        values: list[Any] = [customer_id, now]
        if where:
            conditions.append(where)
            values.extend(parameters)
        if position is not None and expression is None:
            conditions.append(f"seq {comparison} ?")
            values.append(position.seq)
        elif position is not None:
            conditions.append(f"({expression}, seq) {comparison} (?, ?)")
            values.extend((position.key, position.seq))
        ordering = f"{expression} {order}, seq {order}" if expression else f"seq {order}"
        rows = self._store.execute(
            f"SELECT *, {expression or 'NULL'} AS sort_key FROM users WHERE {' AND '.join(conditions)} ORDER BY "
            f"{ordering} LIMIT ?",
            (*values, limit),
        ).fetchall()
        found = [(Position(row["seq"], row["sort_key"]), user_from_row(row)) for row in rows]
        return found[::-1] if backwards else found


def _values(user: User) -> tuple[Any, ...]:
    return (
        user.customer_id,
        user.id,
        user.upn,
        upn_key(user.upn),
        user.display_name,
        unicodedata.normalize("NFC", user.display_name).lower(),
        user.first_name,
        user.last_name,
        user.usage_location,
        user.immutable_id,
        user.phone_number,
        user.password_hash,
        int(user.force_change),
        user.last_sync,
        user.created,
        user.visible_at,
        user.hidden_reads,
        user.deleted_at,
    )


def user_from_row(row: sqlite3.Row) -> User:
    return User(
        customer_id=row["customer_id"],
        id=row["id"],
        upn=row["upn"],
        display_name=row["display_name"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        usage_location=row["usage_location"],
        immutable_id=row["immutable_id"],
        phone_number=row["phone_number"],
        password_hash=row["password_hash"],
        force_change=bool(row["force_change"]),
        last_sync=row["last_sync"],
        created=row["created"],
        visible_at=row["visible_at"],
        hidden_reads=row["hidden_reads"],
        deleted_at=row["deleted_at"],
    )
