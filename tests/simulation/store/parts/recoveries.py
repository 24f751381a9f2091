"""Recoveries: the notices that a restored store may have forgotten, and this machine's memory of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.runtime.clock import CLOCKS_DIFFER
from gateway.runtime.errors import GatewayError
from gateway.store.store_fingerprint import Forgetting, Recovery, StoreFingerprint, compare

from ..database import SimulatedDatabase
from ..session import Session, reading
from .steps import rewritten

_S = DeliveryState

REMEMBERED = 16
"""Number of records that are kept: enough for the last messages of several processes at once."""


class MachineMemory(Protocol):
    """A machine's memory of the store, as `adapters.storage.fingerprint_file.FingerprintFile` has it. Raises
    `GatewayError` ``recovery.*``."""

    def recall(self) -> StoreFingerprint | None: ...

    def note(self, epoch: str, records: Sequence[str]) -> None: ...

    def note_seldom(self, fingerprint: StoreFingerprint | None, newest: StoreFingerprint) -> None: ...


class Memory:
    """`MachineMemory` that processes of a machine share. It costs nothing to note, so it notes always."""

    def __init__(self) -> None:
        self.fingerprint: StoreFingerprint | None = None

    def recall(self) -> StoreFingerprint | None:
        return self.fingerprint

    def note(self, epoch: str, records: Sequence[str]) -> None:
        """Remember records that were seen in a store of this epoch. Records of an earlier epoch are dropped."""
        before = self.fingerprint
        known = before.records if before is not None and before.epoch == epoch else ()
        latest = tuple(dict.fromkeys([*known, *records]))[-REMEMBERED:]
        self.fingerprint = StoreFingerprint(epoch=epoch, records=latest)

    def note_seldom(self, fingerprint: StoreFingerprint | None, newest: StoreFingerprint) -> None:
        if fingerprint is None or newest.epoch != fingerprint.epoch or set(newest.records) - set(fingerprint.records):
            self.note(newest.epoch, newest.records)


class SimulatedRecoveries:
    """Implement `gateway.store.ports.recovery_store.RecoveryStore`. Without a memory nothing is remembered."""

    port = "recovery"

    def __init__(self, session: Session, memory: MachineMemory | None) -> None:
        self.session, self._memory, self._database = session, memory, session.database

    @property
    def epoch(self) -> str:
        return self.session.read("recovery.epoch", lambda: self._database.epoch)

    def forgetting(self) -> Forgetting | None:
        if self._memory is None:
            return None
        fingerprint = self._memory.recall()
        found, newest = self._compared(fingerprint)
        if found is None:
            self._memory.note_seldom(fingerprint, newest)
        return found

    @reading
    def all(self) -> list[Recovery]:
        return _all(self._database)

    @reading
    def latest(self, until: datetime) -> datetime | None:
        records = (record.recorded_at for record in self._database.evidence.rows.values())
        entries = self._database.outbox.rows.values()
        fates = (at for e in entries for at in (e.state_since, e.doubt_since, e.cleared_at) if at is not None)
        return max((at for at in (*records, *fates) if at <= until), default=None)

    @reading
    def unasked(self, limit: int) -> list[OutboxEntry]:
        found: list[OutboxEntry] = []
        for state in (_S.QUEUED, _S.PENDING, _S.IN_DOUBT):
            found += _unasked(self._database, state)
        return found[:limit]

    @reading
    def _compared(self, fingerprint: StoreFingerprint | None) -> tuple[Forgetting | None, StoreFingerprint]:
        last = self._database.evidence.keys("position", self._database.meta.rows.get("position"))
        newest = StoreFingerprint(epoch=self._database.epoch, records=tuple(last))
        return forgetting(self._database, fingerprint), newest


def forgetting(database: SimulatedDatabase, fingerprint: StoreFingerprint | None) -> Forgetting | None:
    if fingerprint is None:
        return None
    there = database.evidence.rows.keys() & fingerprint.records
    return compare(fingerprint, database.epoch, there, _all(database))


def assert_remembers(database: SimulatedDatabase, memory: MachineMemory | None) -> None:
    """Raise `GatewayError` ``recovery.needed`` if this store has forgotten something."""
    if memory is not None and (found := forgetting(database, memory.recall())):
        raise GatewayError("recovery.needed", where=database.where, detail=found.cause)


def forgotten(database: SimulatedDatabase, entry: OutboxEntry) -> bool:
    """Return True if a recovery forgot a notice: it waits for an inquiry first."""
    if not database.recovery:
        return False
    asked_from = _ASKED_FROM[entry.state](entry)
    return any(
        (recovery.ended_at is None or entry.admitted_at <= recovery.ended_at + CLOCKS_DIFFER)
        and (asked_from is None or asked_from < recovery.since)
        for recovery in database.recovery.values()
    )


def assert_none_forgotten(database: SimulatedDatabase, submits: Sequence[OutboxEntry]) -> None:
    """Raise `GatewayError` ``recovery.begun`` if a recovery began since one of these notices was claimed."""
    entries = [database.outbox.get(each.reference) for each in submits] if database.recovery else []
    if found := sorted(e.reference for e in entries if e and e.state is _S.SENDING and forgotten(database, e)):
        raise GatewayError("recovery.begun", where=found[0], detail=f"{len(found)} notices")


def count_unasked(database: SimulatedDatabase) -> int:
    """Count the notices that a recovery keeps from being sent, including those being sent when it began."""
    return sum(len(_unasked(database, state)) for state in _ASKED_FROM)


_ASKED_FROM: dict[DeliveryState, Callable[[OutboxEntry], datetime | None]] = {
    _S.QUEUED: lambda entry: entry.cleared_at,
    _S.SENDING: lambda entry: entry.cleared_at,
    _S.PENDING: lambda entry: max(entry.state_since, entry.doubt_since or entry.state_since),
    _S.IN_DOUBT: lambda entry: entry.doubt_since,
}


def _unasked(database: SimulatedDatabase, state: DeliveryState) -> list[OutboxEntry]:
    if not database.recovery:
        return []
    found = [entry for entry in database.outbox.find("state", state) if forgotten(database, entry)]
    return sorted(found, key=lambda entry: entry.reference)


def write(database: SimulatedDatabase, written: Recovery | None) -> frozenset[str]:
    """Begin a recovery, or end all that are on. Return its epoch if it is stale: another one began meanwhile."""
    if written is None:
        return frozenset()
    if written.ended_at is not None:
        database.need(database.evidence, written.ended_by)
        for recovery in list(database.recovery.values()):
            if recovery.ended_at is None and recovery.since <= written.since:
                ended = replace(recovery, ended_at=written.ended_at, ended_by=written.ended_by)
                database.recovery.put(recovery.epoch, ended)
        return frozenset()
    if database.epoch == written.replaced:
        database.need(database.evidence, written.evidence_id)
        database.meta.put("epoch", written.epoch)
        database.recovery.insert(written.epoch, written)
        for entry in list(database.outbox.rows.values()):
            if any(step.learned_at >= written.rewritten_from for step in database.history.rows[entry.reference]):
                database.outbox.put(entry.reference, rewritten(entry, written.since))
        for entry in list(database.outbox.rows.values()):
            known = {"doubt_since": entry.doubt_since, "cleared_at": entry.cleared_at}
            ahead = {name: None for name, at in known.items() if at is not None and at >= written.since}
            if ahead:
                database.outbox.put(entry.reference, replace(entry, **ahead))
        return frozenset()
    return frozenset() if written.epoch in database.recovery else frozenset({written.epoch})


def _all(database: SimulatedDatabase) -> list[Recovery]:
    return sorted(database.recovery.values(), key=lambda recovery: (recovery.since, recovery.epoch))
