"""`SqlStore`: the port `gateway.store.Store` on a relational database. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from adapters.storage import claiming, migrate, reading, recoveries, writing
from adapters.storage.engine import Database
from adapters.storage.payloads import DatabasePayloads, PayloadStore, known, octets_of
from adapters.storage.segment_audit import Audit, Problem, audit
from adapters.storage.tables import cursor
from adapters.storage.witness import Witness
from gateway.delivery import DeliveryState
from gateway.errors import GatewayError
from gateway.evidence import EvidenceKind
from gateway.memory import Forgetting, Memory, Recovery, compare
from gateway.outbox import OutboxEntry
from gateway.source import Refusal, RowMark
from gateway.store import (
    EVERY,
    Admission,
    Among,
    Backlog,
    Changes,
    EvidenceRow,
    HistoryEvent,
    Known,
    Quarantined,
    QuarantineKind,
    StoredReceipt,
    Switch,
)


class SqlStore:
    """May be used from several threads, and beside other processes on the same database. With a witness, nothing is
    given out to be sent, and no message is recorded, by a store that has forgotten what this machine remembers."""

    def __init__(
        self, database: Database, payloads: PayloadStore | None = None, witness: Witness | None = None
    ) -> None:
        self._database, self._payloads, self._witness = database, payloads or DatabasePayloads(), witness

    @classmethod
    def open(cls, url: str, payloads: PayloadStore | None = None, witness: Witness | None = None) -> SqlStore:
        """Open a database that `migrate.upgrade` has made; ``payloads`` is where new octets go, by default its rows.
        Raises `GatewayError`: ``store.schema`` where it is not of this program's version, ``store.unavailable``."""
        current, head = migrate.status(url)
        database = Database(url)
        if current != head:
            detail = f"version {current or 'none'}, this program needs {head}"
            raise GatewayError("store.schema", where=database.where, detail=detail)
        return cls(database, payloads, witness)

    def close(self) -> None:
        """Give up every connection."""
        self._database.close()
        self._payloads.close()

    @property
    def epoch(self) -> str:
        return self._database.read(recoveries.epoch)

    def commit(self, changes: Changes) -> frozenset[str]:
        kept = self._payloads.keep(changes.payloads, self._known_payloads)
        # The next thing that happens to it is that it goes out.
        messages = [record.id for record in changes.evidence if record.kind is EvidenceKind.MESSAGE_SENT]
        if self._witness is None or not messages:
            return self._database.write(lambda c: writing.commit(c, changes, kept))

        def work(connection: Connection) -> tuple[str, frozenset[str]]:
            self._assert_remembers(connection)
            return recoveries.epoch(connection), writing.commit(connection, changes, kept)

        epoch, stale = self._database.write(work)
        self._witness.note(epoch, messages)
        return stale

    def claim(
        self,
        *,
        destination: str,
        owner: str,
        now: datetime,
        due_by: datetime,
        lease: timedelta,
        limit: int,
        max_bytes: int,
    ) -> list[OutboxEntry]:
        def work(connection: Connection) -> list[OutboxEntry]:
            self._assert_remembers(connection)
            return claiming.claim(
                connection,
                destination=destination,
                owner=owner,
                now=now,
                due_by=due_by,
                lease=lease,
                limit=limit,
                max_bytes=max_bytes,
            )

        return self._database.write(work)

    def mark_written(self, written: Sequence[OutboxEntry]) -> None:
        self._database.write(lambda c: writing.mark_written(c, written))

    def mark_refusals_written(self, refusals: Sequence[Refusal]) -> None:
        self._database.write(lambda c: writing.mark_refusals_written(c, refusals))

    def cursor(self, name: str) -> str | None:
        return self._database.read(lambda c: c.scalar(select(cursor.c.value).where(cursor.c.name == name)))

    def unseen(self, marks: Sequence[RowMark]) -> list[RowMark]:
        return self._database.read(lambda c: reading.unseen(c, marks))

    def known(self, references: Sequence[str]) -> dict[str, Known]:
        return self._database.read(lambda c: reading.known(c, references))

    def known_rows(self, source: str, row_keys: Sequence[str]) -> dict[str, list[Known]]:
        return self._database.read(lambda c: reading.known_rows(c, source, row_keys))

    def entries(self, references: Sequence[str]) -> dict[str, OutboxEntry]:
        return self._database.read(lambda c: reading.entries(c, references))

    def expired(self, *, now: datetime, limit: int) -> list[OutboxEntry]:
        return self._database.read(lambda c: reading.expired(c, now, limit))

    def overdue(self, *, waiting_before: datetime, limit: int) -> list[OutboxEntry]:
        return self._database.read(lambda c: reading.overdue(c, waiting_before, limit))

    def doubtful(self, *, destination: str, now: datetime, limit: int) -> list[OutboxEntry]:
        return self._database.read(lambda c: reading.doubtful(c, destination, now, limit))

    def unwritten(self, source: str, limit: int) -> list[OutboxEntry]:
        return self._database.read(lambda c: reading.unwritten(c, source, limit))

    def refused_rows(self, source: str, codes: Sequence[str], limit: int, after: str | None) -> list[str]:
        return self._database.read(lambda c: reading.refused_rows(c, source, codes, limit, after))

    def unwritten_refusals(self, source: str, limit: int) -> list[Refusal]:
        return self._database.read(lambda c: reading.unwritten_refusals(c, source, limit))

    def receipt_digests(self, ids: Sequence[str]) -> dict[str, str]:
        return self._database.read(lambda c: reading.receipt_digests(c, ids))

    def unapplied_receipts(self, limit: int) -> list[StoredReceipt]:
        return self._database.read(lambda c: reading.unapplied_receipts(c, limit))

    def payload(self, digest: str) -> bytes:
        return self.payloads([digest])[digest]

    def payloads(self, digests: Sequence[str]) -> dict[str, bytes]:
        return self._database.read(lambda c: octets_of(c, digests, self._payloads.folder))

    def quarantined(self, digest: str) -> list[Quarantined]:
        return self._database.read(lambda c: reading.quarantined(c, digest))

    def quarantine(self, *, code: str | None, limit: int, after: tuple[str, str] | None) -> list[Quarantined]:
        return self._database.read(lambda c: reading.quarantine_page(c, code, limit, after))

    def quarantine_size(self, kind: QuarantineKind) -> int:
        return self._database.read(lambda c: reading.quarantine_size(c, kind))

    def oldest(self) -> dict[str, datetime]:
        return self._database.read(reading.oldest)

    def history(self, reference: str) -> list[HistoryEvent]:
        return self._database.read(lambda c: reading.history(c, reference))

    def evidence(self, reference: str) -> list[EvidenceRow]:
        return self._database.read(lambda c: reading.evidence_of(c, reference))

    def admission(self, reference: str) -> Admission | None:
        return self._database.read(lambda c: reading.admission(c, reference))

    def record(self, id: str) -> EvidenceRow | None:
        return self._database.read(lambda c: reading.record(c, id))

    def find(
        self, *, state: DeliveryState | None, limit: int, after: str | None, among: Among = EVERY
    ) -> list[Admission]:
        return self._database.read(lambda c: reading.find(c, state, limit, after, among))

    def known_by_now(self, limit: int) -> list[Quarantined]:
        return self._database.read(lambda c: reading.known_by_now(c, limit))

    def recoveries(self) -> list[Recovery]:
        return self._database.read(recoveries.recoveries)

    def unasked(self, limit: int) -> list[OutboxEntry]:
        return self._database.read(lambda c: recoveries.unasked(c, limit))

    def forgetting(self) -> Forgetting | None:
        if self._witness is None:
            return None
        memory = self._witness.recall()
        found, newest = self._database.read(lambda c: (_forgetting(c, memory), recoveries.newest(c)))
        if found is None:
            self._witness.note_seldom(memory, newest)
        return found

    def switch(self) -> Switch | None:
        return self._database.read(reading.last_switch)

    def backlog(self, *, now: datetime, ages: Sequence[timedelta]) -> list[Backlog]:
        return self._database.read(lambda c: reading.backlog(c, now, ages))

    def counts(self) -> dict[str, int]:
        return self._database.read(reading.counts)

    def audit_payloads(self, report: Callable[[Problem], None]) -> Audit:
        """See `segment_audit.audit`."""
        return self._database.read(lambda c: audit(c, self._payloads.folder, report))

    def _assert_remembers(self, connection: Connection) -> None:
        """Raise `GatewayError` ``recovery.needed`` where this store has forgotten something."""
        if self._witness is not None and (found := _forgetting(connection, self._witness.recall())):
            raise GatewayError("recovery.needed", where=self._database.where, detail=found.cause)

    def _known_payloads(self, digests: Iterable[str]) -> set[str]:
        return self._database.read(lambda c: known(c, digests))


def _forgetting(connection: Connection, memory: Memory | None) -> Forgetting | None:
    if memory is None:
        return None
    there = recoveries.there(connection, memory.records)
    return compare(memory, recoveries.epoch(connection), there, recoveries.recoveries(connection))
