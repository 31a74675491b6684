"""Audit records: one for each write that succeeded, written in the transaction of the write."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.kernel.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time REAL NOT NULL,
    customer_id TEXT NOT NULL,
    company_key TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_by_time ON audit (time);
"""


@dataclass(frozen=True)
class AuditRecord:
    """`record` holds the rest: what only the answer needs."""

    time: float
    """Seconds since 1970."""
    customer_id: str
    company_name: str
    resource_type: str
    record: dict[str, Any] = field(default_factory=dict)


class AuditStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, entry: AuditRecord) -> None:
        self._store.execute(
            "INSERT INTO audit (time, customer_id, company_key, resource_type, record) VALUES (?, ?, ?, ?, ?)",
            (
                entry.time,
                entry.customer_id,
                entry.company_name.lower(),
                entry.resource_type,
                json.dumps({**entry.record, "customerName": entry.company_name}, ensure_ascii=False),
            ),
        )

    def page(
        self,
        start: float,
        end: float,
        where: str,
        parameters: tuple[Any, ...],
        position: int | None,
        backwards: bool,
        limit: int,
    ) -> list[tuple[int, AuditRecord]]:
        """(position, record), newest first. where: SQL made by filters.py, "" for none; end is exclusive."""
        conditions, values = ["time >= ?", "time < ?"], [start, end, *parameters]
        if where:
            conditions.append(where)
        if position is not None:
            conditions.append("seq > ?" if backwards else "seq < ?")
            values.append(position)
        order = "ASC" if backwards else "DESC"
        rows = self._store.execute(
            f"SELECT * FROM audit WHERE {' AND '.join(conditions)} ORDER BY seq {order} LIMIT ?", (*values, limit)
        ).fetchall()
        found = []
        for row in rows:
            record = json.loads(row["record"])
            found.append(
                (
                    row["seq"],
                    AuditRecord(
                        row["time"], row["customer_id"], record.pop("customerName"), row["resource_type"], record
                    ),
                )
            )
        return found[::-1] if backwards else found
