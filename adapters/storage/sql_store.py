"""`SqlStore`: the port `gateway.store.Store` on a relational database. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from adapters.storage import claiming, endpoints, migrate, reading, writing
from adapters.storage.engine import Database
from adapters.storage.payloads import DatabasePayloads, PayloadStore, known, octets_of
from adapters.storage.segment_audit import Audit, Problem, audit
from adapters.storage.tables import cursor, store_meta
from gateway.breaker import Breaker
from gateway.delivery import DeliveryState
from gateway.errors import GatewayError
from gateway.outbox import OutboxEntry
from gateway.ration import Ration
from gateway.source import Refusal, RowMark
from gateway.store import (
    EVERY,
    Admission,
    Among,
    Backlog,
    Changes,
    EndpointState,
    EvidenceRow,
    HistoryEvent,
    Known,
    Quarantined,
    QuarantineKind,
    StoredReceipt,
    Switch,
)


class SqlStore:
    """May be used from several threads, and beside other processes on the same database."""

    def __init__(self, database: Database, payloads: PayloadStore | None = None) -> None:
        self._database, self._payloads = database, payloads or DatabasePayloads()

    @classmethod
    def open(cls, url: str, payloads: PayloadStore | None = None) -> SqlStore:
        """Open a database that `migrate.upgrade` has made; ``payloads`` is where new octets go, by default its rows.
        Raises `GatewayError`: ``store.schema`` where it is not of this program's version, ``store.unavailable``."""
        current, head = migrate.status(url)
        database = Database(url)
        if current != head:
            detail = f"version {current or 'none'}, this program needs {head}"
            raise GatewayError("store.schema", where=database.where, detail=detail)
        return cls(database, payloads)

    def close(self) -> None:
        """Give up every connection."""
        self._database.close()
        self._payloads.close()

    @property
    def epoch(self) -> str:
        """Thirty-two hex digits that tell this store from every other one."""
        query = select(store_meta.c.value).where(store_meta.c.name == "epoch")
        epoch: str = self._database.read(lambda c: c.execute(query).scalar_one())
        return epoch

    def commit(self, changes: Changes) -> frozenset[str]:
        kept = self._payloads.keep(changes.payloads, self._known_payloads)
        return self._database.write(lambda c: writing.commit(c, changes, kept))

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
        ration: Ration | None = None,
    ) -> list[OutboxEntry]:
        return self._database.write(
            lambda c: claiming.claim(
                c,
                destination=destination,
                owner=owner,
                now=now,
                due_by=due_by,
                lease=lease,
                limit=limit,
                max_bytes=max_bytes,
                ration=ration,
            )
        )

    def breaker(self, destination: str) -> Breaker:
        return self._database.read(lambda c: endpoints.breaker(c, destination))

    def turn_breaker(self, destination: str, change: Callable[[Breaker], Breaker]) -> tuple[Breaker, Breaker]:
        return self._database.write(lambda c: endpoints.turn_breaker(c, destination, change))

    def endpoints(self) -> list[EndpointState]:
        return self._database.read(endpoints.endpoints)

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

    def switch(self) -> Switch | None:
        return self._database.read(reading.last_switch)

    def backlog(self, *, now: datetime, ages: Sequence[timedelta]) -> list[Backlog]:
        return self._database.read(lambda c: reading.backlog(c, now, ages))

    def counts(self) -> dict[str, int]:
        return self._database.read(reading.counts)

    def audit_payloads(self, report: Callable[[Problem], None]) -> Audit:
        """See `segment_audit.audit`."""
        return self._database.read(lambda c: audit(c, self._payloads.folder, report))

    def _known_payloads(self, digests: Iterable[str]) -> set[str]:
        return self._database.read(lambda c: known(c, digests))
