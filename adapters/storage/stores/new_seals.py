"""Seals that replace those whose signing time was ahead: the notices that may get one, and the rows that change."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, exists, select, update

from adapters.storage.schema.row_conversion import in_state
from adapters.storage.schema.tables import event, evidence, notice, outbox, receipt, recovery
from adapters.storage.search import search_index
from gateway.notice.delivery_state import DeliveryState
from gateway.store.stored import NewSeal


def write(connection: Connection, seals: Sequence[NewSeal]) -> frozenset[str]:
    """Replace each earlier seal by the new one; return the references of stale ones. A seal that is stored already is a
    repeat and not stale."""
    stale: set[str] = set()
    # The same order in every process, so that no two of them wait for each other's rows (deadlock).
    for seal in sorted(seals, key=lambda seal: seal.reference):
        this = outbox.c.reference == seal.reference
        replaced = update(outbox).where(
            this,
            outbox.c.seal_digest == seal.instead_of,
            outbox.c.admitted_at > seal.at,
            in_state(DeliveryState.QUEUED),
            *never_sent(),
        )
        values = {
            "seal_digest": seal.digest,
            "size": seal.size,
            **dict.fromkeys(("admitted_at", "state_since", "waiting_since", "due_at"), seal.at),
        }
        if connection.execute(replaced.values(values)).rowcount:
            named = update(notice).where(notice.c.reference == seal.reference)
            connection.execute(named.values(evidence_id=seal.evidence_id))
            admitted = update(event).where(event.c.reference == seal.reference, event.c.seq == 0)
            times = {"occurred_at": seal.at, "learned_at": seal.at}
            connection.execute(admitted.values(evidence_id=seal.evidence_id, **times))
            search_index.admitted_anew(connection, seal.reference, seal.at)
        elif connection.scalar(select(outbox.c.seal_digest).where(this)) != seal.digest:
            stale.add(seal.reference)
    return frozenset(stale)


def never_sent() -> list[ColumnElement[bool]]:
    """Return conditions under which a notice of ``outbox`` cannot have been sent with its present seal.

    A receipt that waits to be applied proves that it was sent. A restored store may have forgotten that it was sent. So
    a notice that was here before a recovery ended gets no other seal, and no notice gets one while a recovery is on.
    The order of records decides this, since the time of admission is wrong.
    """
    sealed, ended = evidence.alias(), evidence.alias()
    here_before = exists().where(
        notice.c.reference == outbox.c.reference,
        sealed.c.id == notice.c.evidence_id,
        ended.c.id == recovery.c.ended_by,
        sealed.c.position < ended.c.position,
    )
    return [
        outbox.c.seq == 0,
        ~exists().where(receipt.c.reference == outbox.c.reference, receipt.c.applied_at.is_(None)),
        ~exists().where(recovery.c.ended_at.is_(None)),
        ~here_before.correlate(outbox),
    ]
