"""Receipts: verified, and applied to their notices once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, tuple_, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.schema.row_conversion import parts, values_of
from adapters.storage.schema.tables import receipt
from gateway.store.stored import Changes, StoredReceipt

_DIGESTS = KeyedQuery(select(receipt.c.receipt_id, receipt.c.payload_digest), receipt.c.receipt_id)

_PLACE = receipt.c.event_time, receipt.c.receipt_id
_UNAPPLIED = select(receipt).where(receipt.c.applied_at.is_(None)).order_by(*_PLACE).limit(bindparam("most"))


class SqlReceiptStore:
    """Implement `gateway.store.ports.receipt_store.ReceiptStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        found = self._database.read(lambda c: _DIGESTS.rows(c, ids))
        return {row.receipt_id: row.payload_digest for row in found}

    def unapplied(self, limit: int, after: tuple[datetime, str] | None = None) -> list[StoredReceipt]:
        query, most = _UNAPPLIED if after is None else _UNAPPLIED.where(tuple_(*_PLACE) > after), {"most": limit}
        return self._database.read(lambda c: [StoredReceipt(**row._mapping) for row in c.execute(query, most)])


def write(connection: Connection, changes: Changes, stale: frozenset[str]) -> None:
    """Write receipts, and mark applied ones with the time of the steps or else of their reception. A receipt whose
    notice moved on meanwhile is not applied, since its event would be lost."""
    insert_new(connection, receipt, [_receipt(stored, stale) for stored in changes.receipts])
    learned_at = max((step.learned_at for step in changes.steps), default=None)
    for part in parts(changes.applied):
        query = update(receipt).where(
            receipt.c.receipt_id.in_(part), receipt.c.applied_at.is_(None), receipt.c.reference.not_in(stale)
        )
        connection.execute(query.values(applied_at=learned_at or receipt.c.received_at))
    for part in parts(changes.reopened):
        connection.execute(update(receipt).where(receipt.c.receipt_id.in_(part)).values(applied_at=None))


def _receipt(stored: StoredReceipt, stale: frozenset[str]) -> dict[str, object]:
    others = {"applied_at": None} if stored.reference in stale else {}
    return values_of(stored, receipt, **others)
