"""Who is a member of which directory role.

A deleted user's memberships stay in the database and are not shown; a restore shows them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.partner_center.user_store import User, user_from_row

if TYPE_CHECKING:
    from emulator.kernel.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS role_members (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    visible_at REAL NOT NULL,
    FOREIGN KEY (customer_id, user_id) REFERENCES users (customer_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX IF NOT EXISTS role_members_once ON role_members (customer_id, role_id, user_id);
CREATE INDEX IF NOT EXISTS role_members_in_order ON role_members (customer_id, role_id, seq);
CREATE INDEX IF NOT EXISTS roles_of_user ON role_members (customer_id, user_id);
"""


class RoleStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, customer_id: str, role_id: str, user_id: str, visible_at: float = 0.0) -> bool:
        """False: the user was a member already."""
        cursor = self._store.execute(
            "INSERT OR IGNORE INTO role_members (customer_id, role_id, user_id, visible_at) VALUES (?, ?, ?, ?)",
            (customer_id, role_id, user_id, visible_at),
        )
        return cursor.rowcount > 0

    def remove(self, customer_id: str, role_id: str, user_id: str) -> bool:
        """False: the user was no member."""
        cursor = self._store.execute(
            "DELETE FROM role_members WHERE customer_id = ? AND role_id = ? AND user_id = ?",
            (customer_id, role_id, user_id),
        )
        return cursor.rowcount > 0

    def remove_user(self, customer_id: str, user_id: str) -> None:
        self._store.execute("DELETE FROM role_members WHERE customer_id = ? AND user_id = ?", (customer_id, user_id))

    def of_user(self, customer_id: str, user_id: str, now: float = float("inf")) -> list[str]:
        """Ids of roles, in the order in which the user got them. now: without what readers do not see yet."""
        rows = self._store.execute(
            "SELECT role_id FROM role_members WHERE customer_id = ? AND user_id = ? AND visible_at <= ? ORDER BY seq",
            (customer_id, user_id, now),
        )
        return [row["role_id"] for row in rows]

    def of_customer(self, customer_id: str) -> dict[str, list[str]]:
        """User id -> ids of roles, for the control port."""
        found: dict[str, list[str]] = {}
        for row in self._store.execute(
            "SELECT user_id, role_id FROM role_members WHERE customer_id = ? ORDER BY seq", (customer_id,)
        ):
            found.setdefault(row["user_id"], []).append(row["role_id"])
        return found

    def page(
        self, customer_id: str, role_id: str, *, now: float, position: int | None, backwards: bool, limit: int
    ) -> list[tuple[int, User]]:
        """(position, member) in the order of the listing: active users that readers can see."""
        comparison, order = ("<", "DESC") if backwards else (">", "ASC")
        rows = self._store.execute(
            "SELECT role_members.seq AS place, users.* FROM role_members JOIN users ON users.customer_id = "
            "role_members.customer_id AND users.id = user_id WHERE role_members.customer_id = ? AND role_id = ? AND "
            "deleted_at IS NULL AND role_members.visible_at <= ? AND users.visible_at <= ? AND role_members.seq "
            f"{comparison} ? ORDER BY role_members.seq {order} LIMIT ?",
            (customer_id, role_id, now, now, position if position is not None else 0, limit),
        ).fetchall()
        found = [(row["place"], user_from_row(row)) for row in rows]
        return found[::-1] if backwards else found
