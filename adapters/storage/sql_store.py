"""`SqlStore`: the port `gateway.store.store.Store` on a relational database. Each method is one transaction."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from threading import Lock
from typing import TypeVar

from sqlalchemy import Connection, select

from adapters.storage import reading, tallies, writing
from adapters.storage.engine import migrate
from adapters.storage.engine.engine import TIMEOUT, Database
from adapters.storage.engine.pages import Pages, check_pages
from adapters.storage.evidence_log import SqlEvidenceLog
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.outbox import claiming, endpoints, new_seals, polling, quarantined, recoveries, refusals, versions
from adapters.storage.outbox.inbox import SqlInbox
from adapters.storage.outbox.recipient_index import SqlRecipientIndex
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore, gone, known, octets_of
from adapters.storage.payloads.segment_file_audit import Audit, Problem, audit
from adapters.storage.processes import SqlProcesses
from adapters.storage.records import proof
from adapters.storage.records.certificates import SqlCertificates
from adapters.storage.records.offload import SqlRetention
from adapters.storage.records.revocation_lists import SqlRevocationLists
from adapters.storage.schema.tables import cursor, store_meta
from gateway.archive.offloaded import Archived, NoArchive
from gateway.notice.delivery import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import Refusal, RowMark
from gateway.record.deletion import Deleted
from gateway.record.derived import ProvenStep
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.rate_limit import RateLimit
from gateway.store.proof_reach import ProofReach
from gateway.store.store_fingerprint import Forgetting, Recovery, StoreFingerprint, compare
from gateway.store.stored import (
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
    StandingRefusal,
    StoredReceipt,
    Switch,
)
from gateway.store.version import Activation, MappingStep, MappingVersion
from gateway.store.version_subject import Subject

T = TypeVar("T")

TRY_AGAIN_SECONDS = 5.0
"""How long a trial write that failed is believed."""

_TRIAL = "trial:"
_TRIAL_DIGITS = 512 * 1024
"""Of octets, so twice as many characters: more than a batch's message and its answer take."""


class SqlStore:
    """May be used from several threads, and beside other processes on the same database. With a memory file, nothing is
    given out to be sent, and no message is recorded, by a store that has forgotten what this machine remembers."""

    def __init__(
        self,
        database: Database,
        payloads: PayloadStore | None = None,
        memory_file: FingerprintFile | None = None,
        archived: Archived | None = None,
    ) -> None:
        self._database, self._payloads, self._memory_file = database, payloads or DatabasePayloads(), memory_file
        self._archived = archived or NoArchive()
        self._trouble: GatewayError | None = None
        self._trial, self._tried_at = Lock(), float("-inf")

    @classmethod
    def open(
        cls,
        url: str,
        payloads: PayloadStore | None = None,
        memory_file: FingerprintFile | None = None,
        *,
        timeout: float = TIMEOUT,
        archived: Archived | None = None,
    ) -> SqlStore:
        """Open a database that `migrate.upgrade` has made; ``payloads`` is where new octets go, by default its rows;
        ``timeout`` is how many seconds a server's answer is waited for; ``archived`` gives what has left it.

        Raises `GatewayError`: ``store.schema`` where it is not of this program's version, ``store.unavailable``.
        """
        current, head = migrate.status(url)
        database = Database(url, timeout=timeout)
        if current != head:
            detail = f"version {current or 'none'}, this program needs {head}"
            raise GatewayError("store.schema", where=database.where, detail=detail)
        return cls(database, payloads, memory_file, archived)

    def close(self) -> None:
        """Give up every connection."""
        self._database.close()
        self._payloads.close()

    @property
    def epoch(self) -> str:
        return self._database.read(recoveries.epoch)

    @property
    def log(self) -> SqlEvidenceLog:
        """The log of the evidence that is committed here."""
        return SqlEvidenceLog(self._database, self._payloads.folder, self._archived)

    @property
    def retention(self) -> SqlRetention:
        """What leaves the database, is held, and is deleted."""
        return SqlRetention(self._database, self._payloads.folder)

    @property
    def inbox(self) -> SqlInbox:
        """The rows that are pushed here."""
        return SqlInbox(self._database, self._payloads, self._noted)

    @property
    def lists(self) -> SqlRevocationLists:
        """The revocation lists that are kept here."""
        return SqlRevocationLists(self._database)

    @property
    def recipients(self) -> SqlRecipientIndex:
        """By what notices are found by their recipients."""
        return SqlRecipientIndex(self._database)

    @property
    def processes(self) -> SqlProcesses:
        """Processes that run passes, and time authorities that gave no answer."""
        return SqlProcesses(self._database)

    @property
    def certificates(self) -> SqlCertificates:
        """The certificates that signed what is kept here."""
        return SqlCertificates(self._database)

    def now(self) -> datetime | None:
        return self._database.now()

    @property
    def trouble(self) -> GatewayError | None:
        return self._trouble

    def assert_writable(self) -> None:
        if self._trouble is None:
            return
        with self._trial:
            # Others may have tried, or written, while this one waited.
            if self._trouble is not None and time.monotonic() - self._tried_at >= TRY_AGAIN_SECONDS:
                try:
                    self._try()
                finally:
                    self._tried_at = time.monotonic()
        if self._trouble is not None:
            raise self._trouble

    def commit(self, changes: Changes) -> frozenset[str]:
        # The next thing that happens to a message is that it goes out.
        messages = [record.id for record in changes.evidence if record.kind is EvidenceKind.MESSAGE_SENT]

        def write() -> frozenset[str]:
            kept = self._payloads.keep(changes.payloads, self._known_payloads)
            if self._memory_file is None or not messages:
                return self._database.write(lambda c: writing.commit(c, changes, kept))

            def work(connection: Connection) -> tuple[str, frozenset[str]]:
                self._assert_remembers(connection)
                return recoveries.epoch(connection), writing.commit(connection, changes, kept)

            epoch, stale = self._database.write(work)
            self._memory_file.note(epoch, messages)
            return stale

        return self._noted(write)

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
        rate_limit: RateLimit | None = None,
        body: str | None = None,
        without_bodies: frozenset[str] = frozenset(),
    ) -> list[OutboxEntry]:
        tries = count()

        def work(connection: Connection) -> list[OutboxEntry]:
            self._assert_remembers(connection)
            if next(tries) and (
                before := claiming.claimed(connection, destination=destination, owner=owner, lease_until=now + lease)
            ):
                return before
            return claiming.claim(
                connection,
                destination=destination,
                owner=owner,
                now=now,
                due_by=due_by,
                lease=lease,
                limit=limit,
                max_bytes=max_bytes,
                rate_limit=rate_limit,
                body=body,
                without_bodies=without_bodies,
            )

        return self._write(work)

    def breaker(self, destination: str) -> CircuitBreaker:
        return self._database.read(lambda c: endpoints.breaker(c, destination))

    def update_breaker(
        self, destination: str, change: Callable[[CircuitBreaker], CircuitBreaker]
    ) -> tuple[CircuitBreaker, CircuitBreaker]:
        return self._database.write(lambda c: endpoints.update_breaker(c, destination, change))

    def take_from_rate_limit(self, destination: str, rate_limit: RateLimit, wanted: int, now: datetime) -> int:
        return self._database.write(lambda c: endpoints.take(c, destination, rate_limit, wanted, now))

    def endpoints(self) -> list[EndpointState]:
        return self._database.read(endpoints.endpoints)

    def mark_written(self, written: Sequence[OutboxEntry]) -> None:
        self._write(lambda c: writing.mark_written(c, written))

    def mark_refusals_written(self, refusals: Sequence[Refusal]) -> None:
        self._write(lambda c: writing.mark_refusals_written(c, refusals))

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

    def unwritten(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[OutboxEntry]:
        return self._database.read(lambda c: reading.unwritten(c, source, limit, after))

    def refused_rows(self, source: str, codes: Sequence[str], limit: int, after: str | None) -> list[str]:
        return self._database.read(lambda c: refusals.row_keys(c, source, codes, limit, after))

    def refused(
        self, *, source: str | None, code: str | None, limit: int, after: tuple[str, str] | None
    ) -> list[StandingRefusal]:
        return self._database.read(lambda c: refusals.page(c, source, code, limit, after))

    def unwritten_refusals(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[Refusal]:
        return self._database.read(lambda c: refusals.unwritten(c, source, limit, after))

    def refusals(self, source: str, row_keys: Sequence[str]) -> dict[str, StandingRefusal]:
        return self._database.read(lambda c: refusals.of_rows(c, source, row_keys))

    def pollable(
        self, *, destination: str, doubtful: bool, since: datetime, after: str, limit: int
    ) -> list[OutboxEntry]:
        return self._database.read(lambda c: polling.pollable(c, destination, doubtful, since, after, limit))

    def receipt_digests(self, ids: Sequence[str]) -> dict[str, str]:
        return self._database.read(lambda c: reading.receipt_digests(c, ids))

    def first_claims(self, references: Sequence[str]) -> dict[str, datetime]:
        return self._database.read(lambda c: reading.first_claims(c, references))

    def proven_steps(self, references: Sequence[str]) -> dict[str, list[ProvenStep]]:
        return self._database.read(lambda c: reading.proven_steps(c, references, self._archived))

    def unapplied_receipts(self, limit: int, after: tuple[datetime, str] | None = None) -> list[StoredReceipt]:
        return self._database.read(lambda c: reading.unapplied_receipts(c, limit, after))

    def payload(self, digest: str) -> bytes:
        return self.payloads([digest])[digest]

    def payloads(self, digests: Sequence[str]) -> dict[str, bytes]:
        return self._database.read(lambda c: octets_of(c, digests, self._payloads.folder, self._archived))

    def deleted(self, digests: Sequence[str]) -> dict[str, Deleted]:
        return self._database.read(lambda c: gone(c, digests))

    def quarantined(self, digest: str) -> list[Quarantined]:
        return self._database.read(lambda c: quarantined.found(c, digest))

    def quarantine(self, *, code: str | None, limit: int, after: tuple[str, str] | None) -> list[Quarantined]:
        return self._database.read(lambda c: quarantined.page(c, code, limit, after))

    def quarantine_size(self, kind: QuarantineKind) -> int:
        return self._database.read(lambda c: quarantined.size(c, kind))

    def oldest(self) -> dict[str, datetime]:
        return self._database.read(tallies.oldest)

    def proof(self) -> ProofReach:
        return self._database.read(proof.proof)

    def history(self, reference: str) -> list[HistoryEvent]:
        return self._database.read(lambda c: reading.history(c, reference))

    def evidence(self, reference: str) -> list[EvidenceRow]:
        return self._database.read(lambda c: reading.evidence_of(c, reference, self._archived))

    def admission(self, reference: str) -> Admission | None:
        return self._database.read(lambda c: reading.admission(c, reference))

    def is_recorded(self, kind: EvidenceKind, payload_digest: str) -> bool:
        return self._database.read(lambda c: reading.is_recorded(c, kind, payload_digest))

    def configurations(self) -> list[EvidenceRow]:
        return self._database.read(lambda c: reading.configurations(c, self._archived))

    def record(self, id: str) -> EvidenceRow | None:
        return self._database.read(lambda c: reading.record(c, id, self._archived))

    def find(
        self, *, state: DeliveryState | None, limit: int, after: str | None, among: Among = EVERY
    ) -> list[Admission]:
        return self._database.read(lambda c: reading.find(c, state, limit, after, among))

    def admitted(
        self,
        *,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        after: tuple[datetime, str] | None,
        source: str | None = None,
    ) -> list[Admission]:
        return self._database.read(lambda c: reading.admitted(c, since, until, limit, after, source))

    def sealed_ahead(self, *, since: datetime, limit: int, after: tuple[datetime, str] | None) -> list[Admission]:
        return self._database.read(lambda c: new_seals.sealed_ahead(c, since, limit, after))

    def bodies(self, references: Sequence[str]) -> dict[str, str]:
        return self._database.read(lambda c: reading.bodies(c, references))

    def kinds(self, references: Sequence[str]) -> dict[str, str]:
        return self._database.read(lambda c: reading.kinds(c, references))

    def unwritten_since(self, references: Sequence[str]) -> dict[str, datetime]:
        return self._database.read(lambda c: reading.unwritten_since(c, references))

    def heard(self, references: Sequence[str], since: datetime) -> set[str]:
        return self._database.read(lambda c: reading.heard(c, references, since, self._archived))

    def known_by_now(self, limit: int) -> list[Quarantined]:
        return self._database.read(lambda c: quarantined.known_by_now(c, limit))

    def recoveries(self) -> list[Recovery]:
        return self._database.read(recoveries.recoveries)

    def unasked(self, limit: int) -> list[OutboxEntry]:
        return self._database.read(lambda c: recoveries.unasked(c, limit))

    def forgetting(self) -> Forgetting | None:
        if self._memory_file is None:
            return None
        fingerprint = self._memory_file.recall()
        found, newest = self._database.read(lambda c: (_forgetting(c, fingerprint), recoveries.newest(c)))
        if found is None:
            self._memory_file.note_seldom(fingerprint, newest)
        return found

    def mapping_versions(self, name: str | None = None) -> list[MappingVersion]:
        return self._database.read(lambda c: versions.versions(c, name))

    def mapping_version(self, name: str, number: int) -> MappingVersion | None:
        return self._database.read(lambda c: versions.version(c, name, number))

    def mapping_history(self, name: str, number: int) -> list[MappingStep]:
        return self._database.read(lambda c: versions.history(c, name, number))

    def activations(self, source: str, subject: Subject = Subject.ROWS) -> list[Activation]:
        return self._database.read(lambda c: versions.activations(c, source, subject))

    def switch(self) -> Switch | None:
        return self._database.read(reading.last_switch)

    def backlog(self, *, now: datetime, ages: Sequence[timedelta]) -> list[Backlog]:
        return self._database.read(lambda c: tallies.backlog(c, now, ages))

    def queued_by_code(self) -> dict[str, int]:
        return self._database.read(tallies.queued_by_code)

    def counts(self) -> dict[str, int]:
        return self._database.read(tallies.counts)

    def audit_payloads(self, report: Callable[[Problem], None]) -> Audit:
        """See `segment_audit.audit`."""
        return self._database.read(lambda c: audit(c, self._payloads.folder, report))

    def check_pages(self) -> Pages:
        """See `pages.check_pages`."""
        return self._database.read(check_pages)

    def references(self, after: str, limit: int) -> list[str]:
        """Return the references behind ``after`` that a notice or its present has, in their order."""
        return self._database.read(lambda c: reading.references(c, after, limit))

    def _assert_remembers(self, connection: Connection) -> None:
        """Raise `GatewayError` ``recovery.needed`` where this store has forgotten something."""
        if self._memory_file is not None and (found := _forgetting(connection, self._memory_file.recall())):
            raise GatewayError("recovery.needed", where=self._database.where, detail=found.cause)

    def _known_payloads(self, digests: Iterable[str]) -> set[str]:
        return self._database.read(lambda c: known(c, digests))

    def _write(self, work: Callable[[Connection], T]) -> T:
        return self._noted(lambda: self._database.write(work))

    def _noted(self, write: Callable[[], T]) -> T:
        """What ``write`` returns; whether it could be done is the store's `trouble`, or its end."""
        try:
            done = write()
        except GatewayError as error:
            # What else can be said of a store is no trouble of its own: that it was restored, for one.
            if error.scope is ErrorScope.SYSTEM:
                self._trouble = error
            raise
        self._trouble = None
        return done

    def _try(self) -> None:
        """Write as much as a batch would, wherever a batch would, and take away what this or an earlier trial left."""
        row = {"name": f"{_TRIAL}{secrets.token_hex(8)}", "value": secrets.token_hex(_TRIAL_DIGITS)}

        def write() -> None:
            self._payloads.check()
            self._database.write(lambda c: c.execute(store_meta.insert(), row))
            self._database.write(lambda c: c.execute(store_meta.delete().where(store_meta.c.name.startswith(_TRIAL))))

        with suppress(GatewayError):  # it is the trouble
            self._noted(write)


def _forgetting(connection: Connection, fingerprint: StoreFingerprint | None) -> Forgetting | None:
    if fingerprint is None:
        return None
    there = recoveries.there(connection, fingerprint.records)
    return compare(fingerprint, recoveries.epoch(connection), there, recoveries.recoveries(connection))
