"""Recoveries: the notices that a restored store may have forgotten, and must not give out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, func, or_, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.engine.time_limits import no_time_limit
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.schema.people_tables import enrolment, login_session
from adapters.storage.schema.row_conversion import entry_of, in_state, values_of
from adapters.storage.schema.tables import event, evidence, outbox, recovery, store_meta
from adapters.storage.unwritten import rewritten
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.runtime.errors import GatewayError
from gateway.store.store_fingerprint import Forgetting, Recovery, StoreFingerprint, compare

_S = DeliveryState

_EPOCH = select(store_meta.c.value).where(store_meta.c.name == "epoch")
_HELD_EPOCH = _EPOCH.with_for_update(read=True)
_ALL = select(*(recovery.c[each.name] for each in fields(Recovery))).order_by(recovery.c.since, recovery.c.epoch)
_WRITTEN_IN_VAIN = (
    update(outbox)
    .where(outbox.c.reference.in_(select(event.c.reference).where(event.c.learned_at >= bindparam("from"))))
    .values(rewritten(bindparam("begun", type_=outbox.c.rewrite_since.type)))
)
_NEWEST = select(evidence.c.id).order_by(evidence.c.position.desc()).limit(1)
_RECORDS = KeyedQuery(select(evidence.c.id), evidence.c.id)


_LATEST: Final = [
    select(func.max(column, type_=column.type)).where(column <= bindparam("until", type_=column.type))
    for column in (evidence.c.recorded_at, outbox.c.state_since, outbox.c.doubt_since, outbox.c.cleared_at)
]
_DROP_WHAT_LIES_AHEAD: Final = [
    update(outbox).where(column >= bindparam("begun", type_=column.type)).values({column.name: None})
    for column in (outbox.c.doubt_since, outbox.c.cleared_at)
]


def _forgotten(*asked_from: ColumnElement[object]) -> ColumnElement[bool]:
    concerns = or_(recovery.c.covers_until.is_(None), outbox.c.admitted_at <= recovery.c.covers_until)
    return exists().where(concerns, *(or_(each.is_(None), each < recovery.c.since) for each in asked_from))


FORGOTTEN: Final = {
    _S.QUEUED: _forgotten(outbox.c.cleared_at),
    _S.SENDING: _forgotten(outbox.c.cleared_at),
    _S.PENDING: _forgotten(outbox.c.state_since, outbox.c.doubt_since),
    _S.IN_DOUBT: _forgotten(outbox.c.doubt_since),
}
"""`Recovery.forgot` as a condition on ``outbox``, by a notice's state: what it names waits for an inquiry first."""

_UNASKED_ENTRIES = [
    select(outbox).where(in_state(state), FORGOTTEN[state]).limit(bindparam("most"))
    for state in (_S.QUEUED, _S.PENDING, _S.IN_DOUBT)
]


_ANY: Final = select(recovery.c.epoch).limit(1)
_CLAIMED_BEFORE: Final = KeyedQuery(
    select(outbox.c.reference).where(in_state(_S.SENDING), FORGOTTEN[_S.SENDING]), outbox.c.reference
)


class SqlRecoveryStore:
    """Implement `gateway.store.ports.recovery_store.RecoveryStore`. Without a memory file nothing is remembered."""

    def __init__(self, database: Database, memory_file: FingerprintFile | None) -> None:
        self._database, self._memory_file = database, memory_file

    @property
    def epoch(self) -> str:
        return self._database.read(epoch)

    def forgetting(self) -> Forgetting | None:
        if self._memory_file is None:
            return None
        fingerprint = self._memory_file.recall()
        found, newest = self._database.read(lambda c: (_forgetting(c, fingerprint), _newest(c)))
        if found is None:
            self._memory_file.note_seldom(fingerprint, newest)
        return found

    def all(self) -> list[Recovery]:
        return self._database.read(_all)

    def latest(self, until: datetime) -> datetime | None:
        # It reads whole tables. A recovery that could not begin would keep every pass from its work.
        def read(connection: Connection) -> datetime | None:
            with no_time_limit(connection):
                found = [connection.scalar(query, {"until": until}) for query in _LATEST]
                return max(filter(None, found), default=None)

        return self._database.read(read)

    def unasked(self, limit: int) -> list[OutboxEntry]:
        def read(connection: Connection) -> list[OutboxEntry]:
            found: list[OutboxEntry] = []
            for query in _UNASKED_ENTRIES:
                found += [entry_of(row) for row in connection.execute(query, {"most": limit - len(found)})]
            return found

        return self._database.read(read)

    def assert_remembers(self, connection: Connection) -> None:
        """Raise `GatewayError` ``recovery.needed`` if this store has forgotten something."""
        if self._memory_file is not None and (found := _forgetting(connection, self._memory_file.recall())):
            raise GatewayError("recovery.needed", where=self._database.where, detail=found.cause)


def count_unasked(connection: Connection) -> int:
    """Count the notices that a recovery keeps from being sent, including those being sent when it began."""
    conditions = [and_(in_state(state), condition) for state, condition in FORGOTTEN.items()]
    return sum(
        connection.scalar(select(func.count()).select_from(outbox).where(condition)) or 0 for condition in conditions
    )


def assert_none_forgotten(connection: Connection, submits: Sequence[OutboxEntry]) -> None:
    """Raise `GatewayError` ``recovery.begun`` if a recovery began since one of these notices was claimed."""
    # Most stores never had a recovery.
    if not submits or connection.scalar(_ANY) is None:
        return
    if found := sorted(_CLAIMED_BEFORE.scalars(connection, [entry.reference for entry in submits])):
        raise GatewayError("recovery.begun", where=found[0], detail=f"{len(found)} notices")


def write(connection: Connection, written: Recovery | None) -> frozenset[str]:
    """Begin a recovery, or end all that are on. Return its epoch if it is stale: another one began meanwhile.

    With its beginning every session and every invitation of a person ends.
    """
    if written is None:
        return frozenset()
    if written.ended_at is not None:
        on = recovery.c.ended_at.is_(None), recovery.c.since <= written.since
        ended = {"ended_at": written.ended_at, "ended_by": written.ended_by, "covers_until": written.covers_until}
        connection.execute(update(recovery).where(*on).values(ended))
        return frozenset()
    known = update(store_meta).where(store_meta.c.name == "epoch", store_meta.c.value == written.replaced)
    if connection.execute(known.values(value=written.epoch)).rowcount:
        insert_new(connection, recovery, [values_of(written, recovery, covers_until=written.covers_until)])
        with no_time_limit(connection):
            connection.execute(_WRITTEN_IN_VAIN, {"from": written.rewritten_from, "begun": written.since})
            for query in _DROP_WHAT_LIES_AHEAD:
                connection.execute(query, {"begun": written.since})
        # A backup may hold sessions of people who have signed out, or have been deactivated, since; and invitations
        # whose one-time code was used, or replaced by another, since.
        connection.execute(delete(login_session))
        connection.execute(delete(enrolment))
        return frozenset()
    begun = connection.scalar(select(recovery.c.epoch).where(recovery.c.epoch == written.epoch))
    return frozenset() if begun else frozenset({written.epoch})


def epoch(connection: Connection) -> str:
    found: str = connection.execute(_EPOCH).scalar_one()
    return found


def held_epoch(connection: Connection) -> str:
    """Return the epoch; no recovery begins before the transaction ends."""
    found: str = connection.execute(_HELD_EPOCH).scalar_one()
    return found


def _all(connection: Connection) -> list[Recovery]:
    return [Recovery(**row._mapping) for row in connection.execute(_ALL)]


def _forgetting(connection: Connection, fingerprint: StoreFingerprint | None) -> Forgetting | None:
    if fingerprint is None:
        return None
    present = epoch(connection)
    # Recoveries explain another epoch, and nothing else.
    recoveries = [] if fingerprint.epoch == present else _all(connection)
    return compare(fingerprint, present, set(_RECORDS.scalars(connection, fingerprint.records)), recoveries)


def _newest(connection: Connection) -> StoreFingerprint:
    """Return the store's current epoch and its newest record."""
    last = connection.scalar(_NEWEST)
    return StoreFingerprint(epoch=epoch(connection), records=(last,) if last else ())
