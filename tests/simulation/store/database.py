"""The simulated database: tables of values, transactions, advisory locks, snapshots. Several gateways share one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Any, TypeVar

from gateway.archive.witnessing import WitnessState
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.judiciary.call_durations import CallDurations
from gateway.judiciary.session_token import StoredToken
from gateway.mail.alarm import Alarm
from gateway.mail.mail import Mail
from gateway.merkle.fork import Fork
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.envelope import SigningCertificate
from gateway.notice.outbox import OutboxEntry
from gateway.notice.recipient_index import IndexEntry
from gateway.people.people_change import AccountLink
from gateway.people.person import Person
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About, LegalHold
from gateway.record.version_subject import Subject
from gateway.retention.offload import VerifiedSegment
from gateway.store.inbox import Envelope, RowStatus
from gateway.store.outage import EndpointOutage, RunInterval
from gateway.store.proof_reach import Override
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import (
    Admission,
    AuthorityState,
    EndpointState,
    HistoryEvent,
    Process,
    Quarantined,
    StoredReceipt,
    Switch,
)
from gateway.store.version import Activation, MappingStep, MappingVersion
from gateway.trust.revocation_refresh import KeptList

from .rows import KeptDamage, KeptDeletion, KeptPayload, KeptRecord, KeptRefusal, KeptRow, SourceNumbers
from .table import Journal, Table

T = TypeVar("T")

_S = DeliveryState

FIRST_EPOCH = "0123456789abcdef" * 2


class NotSimulated(Exception):
    """A port, or a part of a commit, that no pass of the simulation uses (`left_out`)."""


class BrokenConstraint(Exception):
    """A row names another one that is not there: a defect of the program, as SQLAlchemy's ``IntegrityError`` is."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that the database held at one moment. Locks are no part of it."""

    tables: Mapping[str, dict[Any, Any]]


class SimulatedDatabase:
    """``epoch`` are 32 hex digits that distinguish this store from others. ``clock`` is the database server's own
    clock; None for a database without a server."""

    where = "simulated"

    def __init__(self, epoch: str = FIRST_EPOCH, clock: Callable[[], datetime] | None = None) -> None:
        self.clock = clock
        self.alone = RLock()
        """Held for one transaction. Only the tests that use threads ever wait for it."""
        self.locks: dict[str, object] = {}
        """Advisory locks that are held, with their holders."""
        self.journal = Journal()
        self._open = False

        # Notices.
        self.notice: Table[str, Admission] = self._table()
        self.outbox: Table[str, OutboxEntry] = self._table(
            state=lambda e: e.state,
            queued=lambda e: e.destination if e.state is _S.QUEUED else None,
            in_doubt=lambda e: e.destination if e.state is _S.IN_DOUBT and e.due_at is not None else None,
            pending=lambda e: e.destination if e.state is _S.PENDING else None,
            polled=lambda e: e.destination if _is_polled(e) else None,
            unmoved=lambda e: True if e.seq == 0 else None,
            unwritten=lambda e: e.source if e.written_seq < e.seq and e.state is not _S.SENDING else None,
            row=lambda e: (e.source, e.row_key),
        )
        self.history: Table[str, tuple[HistoryEvent, ...]] = self._table()
        self.recipient: Table[tuple[str, str], IndexEntry] = self._table(
            key=lambda e: e.key_id, hash=lambda e: (e.key_id, e.keyed_hash)
        )
        # Evidence.
        self.evidence: Table[str, KeptRecord] = self._table(
            position=lambda r: r.position,
            notice=lambda r: r.notice,
            payload=lambda r: r.payload_digest,
            unplaced=lambda r: True if r.leaf_index is None else None,
            leaf=lambda r: r.leaf_index,
            configuration=lambda r: True if r.kind is EvidenceKind.CONFIGURATION_CHANGED else None,
        )
        self.message_notice: Table[tuple[str, str], tuple[str, str]] = self._table(
            message=lambda pair: pair[0], reference=lambda pair: pair[1]
        )
        self.payload: Table[str, KeptPayload] = self._table()
        self.certificate: Table[str, SigningCertificate] = self._table()
        self.deletion: Table[str, KeptDeletion] = self._table(waiting=lambda d: True if d.done_at is None else None)
        self.hold: Table[tuple[About, str], LegalHold] = self._table()
        self.damage: Table[str, KeptDamage] = self._table()
        self.segment: Table[int, VerifiedSegment] = self._table()
        # The tree.
        self.tile: Table[tuple[int, int], bytes] = self._table()
        self.checkpoint: Table[int, StoredCheckpoint] = self._table()
        self.witness: Table[str, WitnessState] = self._table()
        self.fork: Table[tuple[int, bytes], Fork] = self._table()
        # Rows of sources.
        self.seen: Table[tuple[str, str], str] = self._table()
        self.cursor: Table[str, str] = self._table()
        self.refusal: Table[tuple[str, str], KeptRefusal] = self._table(
            source=lambda r: r.refusal.source, unwritten=lambda r: None if r.written else r.refusal.source
        )
        self.inbox: Table[str, SourceNumbers] = self._table()
        self.pushed: Table[tuple[str, str], KeptRow] = self._table(source=lambda r: r.source)
        self.told: Table[tuple[str, str], RowStatus] = self._table()
        self.message: Table[str, tuple[str, Envelope]] = self._table(source=lambda m: m[0])
        # Receipts and rejected input.
        self.receipt: Table[str, StoredReceipt] = self._table(
            unapplied=lambda r: True if r.applied_at is None else None,
            waiting=lambda r: r.reference if r.applied_at is None else None,
        )
        self.quarantine: Table[tuple[str, str], Quarantined] = self._table(
            digest=lambda q: q.payload_digest,
            notice=lambda q: q.notice,
            open=lambda q: True if q.ended_at is None else None,
            waiting=lambda q: q.notice if q.ended_at is None else None,
        )
        # Endpoints, versions, recovery, acts of people.
        self.endpoint: Table[str, EndpointState] = self._table()
        self.outage: Table[tuple[str, datetime], EndpointOutage] = self._table()
        self.version: Table[tuple[str, int], MappingVersion] = self._table()
        self.version_step: Table[tuple[str, int, int], MappingStep] = self._table()
        self.activation: Table[tuple[Subject, str, int], Activation] = self._table(
            about=lambda a: (a.subject, a.source)
        )
        self.recovery: Table[str, Recovery] = self._table()
        self.switch: Table[str, Switch] = self._table()
        self.override: Table[str, Override] = self._table()
        # Processes, mail and persons.
        self.process: Table[str, Process] = self._table()
        self.run: Table[tuple[str, datetime], RunInterval] = self._table()
        self.authority: Table[str, AuthorityState] = self._table()
        self.calls: Table[tuple[Any, ...], CallDurations] = self._table()
        self.token: Table[str, StoredToken] = self._table()
        self.revocation_list: Table[str, KeptList] = self._table()
        self.alarm: Table[tuple[str, str, datetime], Alarm] = self._table(
            open=lambda a: (a.name, a.code) if a.over_at is None else None
        )
        self.mail: Table[str, Mail] = self._table(due=lambda m: True if m.due_at is not None else None)
        self.person: Table[str, Person] = self._table(login=lambda p: p.login)
        self.account: Table[str, AccountLink] = self._table()
        # Numbers and the epoch.
        self.meta: Table[str, Any] = self._table()
        self.meta.put("epoch", epoch)
        self.journal.forget()

    @property
    def epoch(self) -> str:
        epoch: str = self.meta.rows["epoch"]
        return epoch

    @property
    def placed(self) -> int:
        """Number of records with a place in the tree."""
        placed: int = self.meta.rows.get("placed", 0)
        return placed

    def next_position(self) -> int:
        """Return the next number in the order of arrival of evidence."""
        position: int = self.meta.rows.get("position", 0) + 1
        self.meta.put("position", position)
        return position

    def transaction(self, work: Callable[[], T]) -> T:
        """Return the result of ``work``. All that it writes stays, or nothing if it raises."""
        assert not self._open, "a transaction within a transaction"
        self._open = True
        try:
            done = work()
        except BaseException:
            self.journal.undo()
            raise
        finally:
            self._open = False
        self.journal.forget()
        return done

    def snapshot(self) -> Snapshot:
        """Return the whole database, as a backup does. Rows never change, so they are not copied."""
        return Snapshot({name: table.copy() for name, table in self._tables().items()})

    def restore(self, snapshot: Snapshot) -> None:
        """Make the database as it was; whoever held a lock has lost it with its connection."""
        for name, table in self._tables().items():
            table.replace(snapshot.tables[name])
        self.locks.clear()

    def need(self, table: Table[Any, Any], key: Hashable | None) -> None:
        """Raise `BrokenConstraint` if a row that another one names is not there."""
        if key is not None and key not in table:
            raise BrokenConstraint(key)

    def _table(self, **indexes: Callable[[Any], Hashable | None]) -> Table[Any, Any]:
        return Table(self.journal, **indexes)

    def _tables(self) -> dict[str, Table[Any, Any]]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Table)}


def _is_polled(entry: OutboxEntry) -> bool:
    """Return True if a notice may still get receipts."""
    match entry.state:
        case _S.SUBMITTED | _S.IN_DOUBT | _S.DELIVERED:
            return True
        case _S.VIEWED:
            return entry.delivered_at is None
        case _S.WITHDRAWN | _S.DEAD_LETTER | _S.QUEUED:
            return entry.attempts > 0
        case _:
            return False
