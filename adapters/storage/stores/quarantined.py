"""Quarantine: answers and receipts that were refused and are kept as they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, or_, select, tuple_, update

from adapters.storage.engine.dialects import insert
from adapters.storage.engine.engine import Database
from adapters.storage.schema.row_conversion import entry_of, in_state, rows_of, values_of
from adapters.storage.schema.tables import outbox, quarantine
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.store.stored import Ending, Quarantined, QuarantineKind
from gateway.store.waiting_receipt import EARLY, SIGNED, WAITING

_NAMED: Final = quarantine.c.ended_at.is_(None), quarantine.c.notice.is_not(None)
_BELIEVED: Final = *_NAMED, quarantine.c.code.in_(SIGNED)
RECEIPT_WAITS: Final = exists().where(quarantine.c.notice == outbox.c.reference, *_BELIEVED)
"""Condition on ``outbox``: a believed receipt in quarantine names the notice, so it may have been sent."""

_NAMED_IN_QUEUE: Final = (
    select(outbox)
    .where(in_state(DeliveryState.QUEUED), outbox.c.reference.in_(select(quarantine.c.notice).where(*_BELIEVED)))
    .limit(bindparam("most"))
)

# A receipt that came too early to be judged waits for the tracking number, any other for the notice alone. No number is
# awaited once a person has decided, or is to decide on a notice that nobody can ask about; or once the answer that
# carries it is lost.
_DECIDED: Final = or_(
    outbox.c.state.in_((DeliveryState.SUBMITTED, DeliveryState.WITHDRAWN)),
    and_(outbox.c.state == DeliveryState.IN_DOUBT, outbox.c.due_at.is_(None), outbox.c.absences == 0),
)
_UNANSWERED: Final = and_(outbox.c.attempts > 0, outbox.c.state != DeliveryState.SENDING)
_KNOWN_BY_NOW: Final = (
    select(quarantine)
    .join(outbox, outbox.c.reference == quarantine.c.notice)
    .where(
        *_NAMED,
        quarantine.c.code.in_(WAITING),
        or_(quarantine.c.code != EARLY, outbox.c.tracking_number.is_not(None), _DECIDED, _UNANSWERED),
    )
    .order_by(quarantine.c.notice, quarantine.c.payload_digest)
    .limit(bindparam("most"))
)

_NAMING: Final = (
    update(quarantine)
    .where(
        quarantine.c.payload_digest == bindparam("of"),
        quarantine.c.code == bindparam("refused_as"),
        quarantine.c.notice.is_(None),
    )
    .values(notice=bindparam("named"))
)

COUNT_OPEN = select(func.count()).select_from(quarantine).where(quarantine.c.ended_at.is_(None))


class SqlQuarantineStore:
    """Implement `gateway.store.ports.quarantine_store.QuarantineStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def items(self, digest: str) -> list[Quarantined]:
        return self._items(select(quarantine).where(quarantine.c.payload_digest == digest).order_by(quarantine.c.code))

    def about(self, references: Sequence[str]) -> list[Quarantined]:
        rows = self._database.read(lambda c: rows_of(c, select(quarantine), quarantine.c.notice, references))
        found = (Quarantined(**row._mapping) for row in rows)
        return sorted(found, key=lambda item: (item.payload_digest, item.code))

    def page(self, *, code: str | None, limit: int, after: tuple[str, str] | None) -> list[Quarantined]:
        query = select(quarantine).where(quarantine.c.ended_at.is_(None))
        if code is not None:
            query = query.where(quarantine.c.code == code)
        if after is not None:
            query = query.where(tuple_(quarantine.c.payload_digest, quarantine.c.code) > after)
        return self._items(query.order_by(quarantine.c.payload_digest, quarantine.c.code).limit(limit))

    def size(self, kind: QuarantineKind) -> int:
        return self._database.read(lambda c: c.scalar(COUNT_OPEN.where(quarantine.c.kind == kind))) or 0

    def known_by_now(self, limit: int) -> list[Quarantined]:
        return self._items(_KNOWN_BY_NOW, most=limit)

    def named_in_queue(self, limit: int) -> list[OutboxEntry]:
        return self._database.read(lambda c: [entry_of(row) for row in c.execute(_NAMED_IN_QUEUE, {"most": limit})])

    def _items(self, query: Select[Any], **given: int) -> list[Quarantined]:
        return self._database.read(lambda c: [Quarantined(**row._mapping) for row in c.execute(query, given)])


def end(connection: Connection, endings: Sequence[Ending]) -> None:
    if endings:
        query = update(quarantine).where(
            quarantine.c.payload_digest == bindparam("of"),
            quarantine.c.code == bindparam("refused_as"),
            or_(quarantine.c.ended_at.is_(None), quarantine.c.ended_at < bindparam("before")),
        )
        rows = [
            {
                "of": ending.payload_digest,
                "refused_as": ending.code,
                "before": ending.ended_at,
                "ended_at": ending.ended_at,
                "ended_as": ending.ended_as,
                "ended_by": ending.ended_by,
            }
            for ending in endings
        ]
        connection.execute(query, rows)


def write(connection: Connection, items: Sequence[Quarantined]) -> None:
    """Write new items, open again ended ones that came once more, and name the notice of those that name none.

    The same time of receipt means a repeated commit, which opens nothing. No other time is compared: the clock of the
    process that ended an item may be ahead.
    """
    if items:
        statement = insert(connection, quarantine)
        new = statement.excluded
        opening = statement.on_conflict_do_update(
            index_elements=[quarantine.c.payload_digest, quarantine.c.code],
            set_={c.name: new[c.name] for c in quarantine.c if not c.primary_key},
            where=quarantine.c.ended_at.is_not(None) & (quarantine.c.received_at != new.received_at),
        )
        connection.execute(opening, [values_of(item, quarantine) for item in items])
        named = [
            {"of": item.payload_digest, "refused_as": item.code, "named": item.notice} for item in items if item.notice
        ]
        if named:
            connection.execute(_NAMING, named)
