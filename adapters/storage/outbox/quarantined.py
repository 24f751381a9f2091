"""Quarantine: answers and receipts that were refused and are kept as they came."""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, or_, select, tuple_

from adapters.storage.schema.tables import outbox, quarantine
from gateway.notice.delivery import DeliveryState
from gateway.receipts.receipt_batch import EARLY
from gateway.store.stored import Quarantined, QuarantineKind


def found(connection: Connection, digest: str) -> list[Quarantined]:
    query = select(quarantine).where(quarantine.c.payload_digest == digest).order_by(quarantine.c.code)
    return [Quarantined(**row._mapping) for row in connection.execute(query)]


def page(connection: Connection, code: str | None, limit: int, after: tuple[str, str] | None) -> list[Quarantined]:
    query = select(quarantine).where(quarantine.c.ended_at.is_(None))
    if code is not None:
        query = query.where(quarantine.c.code == code)
    if after is not None:
        query = query.where(tuple_(quarantine.c.payload_digest, quarantine.c.code) > after)
    query = query.order_by(quarantine.c.payload_digest, quarantine.c.code).limit(limit)
    return [Quarantined(**row._mapping) for row in connection.execute(query)]


def size(connection: Connection, kind: QuarantineKind | None = None) -> int:
    query = select(func.count()).select_from(quarantine).where(quarantine.c.ended_at.is_(None))
    return connection.scalar(query if kind is None else query.where(quarantine.c.kind == kind)) or 0


def known_by_now(connection: Connection, limit: int) -> list[Quarantined]:
    query = select(quarantine).join(outbox, outbox.c.reference == quarantine.c.notice)
    # A receipt that came before it could be judged waits for the notice's number, any other for the notice alone. Once
    # a person has decided, or the answer that would tell it is lost, no number is waited for.
    decided = outbox.c.state.in_((DeliveryState.SUBMITTED, DeliveryState.WITHDRAWN))
    unanswered = and_(outbox.c.attempts > 0, outbox.c.state != DeliveryState.SENDING)
    known = or_(quarantine.c.code != EARLY, outbox.c.tracking_number.is_not(None), decided, unanswered)
    query = query.where(quarantine.c.ended_at.is_(None), quarantine.c.notice.is_not(None), known)
    rows = connection.execute(query.order_by(quarantine.c.notice, quarantine.c.payload_digest).limit(limit))
    return [Quarantined(**row._mapping) for row in rows]
