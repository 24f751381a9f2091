"""`SqlStore`: the port `gateway.store.store.Store` on a relational database. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from sqlalchemy import Connection, select

from adapters.storage import reading, tallies, writing
from adapters.storage.engine import migrate
from adapters.storage.engine.engine import TIMEOUT, Database
from adapters.storage.engine.pages import Pages, check_pages
from adapters.storage.evidence_log import SqlEvidenceLog
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.outbox import claiming, new_seals, polling, recoveries
from adapters.storage.outbox.endpoints import SqlEndpointStore
from adapters.storage.outbox.inbox import SqlInbox
from adapters.storage.outbox.quarantined import SqlQuarantineStore
from adapters.storage.outbox.recipient_index import SqlRecipientIndex
from adapters.storage.outbox.recoveries import SqlRecoveryStore
from adapters.storage.outbox.refusals import SqlRefusalStore
from adapters.storage.outbox.versions import SqlVersionStore
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore, gone, known, octets_of
from adapters.storage.payloads.segment_file_audit import Audit, Problem, audit
from adapters.storage.processes import SqlProcesses
from adapters.storage.records import proof
from adapters.storage.records.certificates import SqlCertificates
from adapters.storage.records.offload import SqlRetention
from adapters.storage.records.revocation_lists import SqlRevocationLists
from adapters.storage.schema.tables import cursor
from adapters.storage.writability import Writability
from gateway.archive.offloaded import Archived, NoArchive
from gateway.notice.delivery import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import RowMark
from gateway.record.deletion import Deleted
from gateway.record.derived import ProvenStep
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.runtime.rate_limit import RateLimit
from gateway.store.proof_reach import ProofReach
from gateway.store.stored import (
    EVERY,
    Admission,
    Among,
    Backlog,
    Changes,
    EvidenceRow,
    HistoryEvent,
    Known,
    StoredReceipt,
    Switch,
)

T = TypeVar("T")


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
        self._writability = Writability(database, self._payloads)
        self.endpoints = SqlEndpointStore(database)
        self.quarantine = SqlQuarantineStore(database)
        self.recovery = SqlRecoveryStore(database, memory_file)
        self.refusals = SqlRefusalStore(database, self._writability)
        self.versions = SqlVersionStore(database)

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
        return SqlInbox(self._database, self._payloads, self._writability.noted)

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
        return self._writability.trouble

    def assert_writable(self) -> None:
        self._writability.assert_writable()

    def commit(self, changes: Changes) -> frozenset[str]:
        # The next thing that happens to a message is that it goes out.
        messages = [record.id for record in changes.evidence if record.kind is EvidenceKind.MESSAGE_SENT]

        def write() -> frozenset[str]:
            kept = self._payloads.keep(changes.payloads, self._known_payloads)
            if self._memory_file is None or not messages:
                return self._database.write(lambda c: writing.commit(c, changes, kept))

            def work(connection: Connection) -> tuple[str, frozenset[str]]:
                self.recovery.assert_remembers(connection)
                return recoveries.epoch(connection), writing.commit(connection, changes, kept)

            epoch, stale = self._database.write(work)
            self._memory_file.note(epoch, messages)
            return stale

        return self._writability.noted(write)

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
            self.recovery.assert_remembers(connection)
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

        return self._writability.write(work)

    def mark_written(self, written: Sequence[OutboxEntry]) -> None:
        self._writability.write(lambda c: writing.mark_written(c, written))

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

    def _known_payloads(self, digests: Iterable[str]) -> set[str]:
        return self._database.read(lambda c: known(c, digests))
