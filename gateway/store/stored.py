"""What a store holds and is told to write, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.merkle.fork import Fork
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.envelope import SigningCertificate
from gateway.notice.outbox import OutboxEntry, Transition
from gateway.notice.recipient_index import IndexEntry, KeyedHash
from gateway.notice.source_row import Refusal, RowMark
from gateway.record.damage import DamageReport
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceRecord
from gateway.record.retention_class import About, LegalHold
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.store.inbox import Envelope
from gateway.store.proof_reach import Override
from gateway.store.store_fingerprint import Recovery
from gateway.store.version import Activation, MappingStep, MappingVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A new notice: ``entry`` is its first present; the rest is what lists and searches need of it."""

    entry: OutboxEntry
    body: str
    district: str
    case_number: str
    paper_number: str
    kind: str
    revision: int
    predecessor: str | None
    recipient_name: str = field(repr=False)
    content_digest: str
    mapping: str
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeal:
    """A seal in the place of one whose signing time was ahead (`gateway.intake.resealing`). ``instead_of`` is the
    digest of that one, ``evidence_id`` names the record of the new one; the notice counts as admitted ``at`` its
    time."""

    reference: str
    instead_of: str
    digest: str
    size: int
    at: datetime
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Exact octets by digest. A ``framed`` payload is stored as a `Frame`, and ``digest`` is that of the octets it
    stands for."""

    digest: str
    octets: bytes = field(repr=False)
    framed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReceipt:
    """A verified receipt. ``applied_at`` is None until its event has been applied to the notice."""

    receipt_id: str
    reference: str
    tracking_number: str
    event: DeliveryEvent
    event_time: datetime
    received_at: datetime
    payload_digest: str
    evidence_id: str
    applied_at: datetime | None = None


class QuarantineKind(StrEnum):
    """What the octets claim to be. A document may be judged again; an answer, and a message that a sender pushed, is
    judged once, while it is fresh."""

    RECEIPT = "receipt"
    ANSWER = "answer"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Something that came and is not believed: kept raw (``payload_digest``), with the code that refused it.

    ``origin`` is the side that it was had from, which need not have made it; ``notice`` is the reference that a
    receipt waits for (``receipt.unknown-notice``, ``receipt.early``). An item that a person ended has a time,
    what came of it (`gateway.quarantine.quarantine`), and the id of the evidence of that act.
    """

    payload_digest: str
    kind: QuarantineKind
    origin: str
    code: str
    detail: str
    received_at: datetime
    notice: str | None = None
    ended_at: datetime | None = None
    ended_as: str | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """An item of the quarantine, by digest and code, that stands there no more."""

    payload_digest: str
    code: str
    ended_at: datetime
    ended_as: str
    ended_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a person changed of a notice that is no step of it: None leaves a field as it is.

    ``held`` keeps it from being sent, and no step undoes it. It is held only while it may yet be sent, and ``due_at``
    is written only while it is `QUEUED` or `IN_DOUBT`, or else the mark is stale. What is ``unwritten`` is written into
    its row once more.
    """

    reference: str
    held: bool | None = None
    due_at: datetime | None = None
    unwritten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Which notices are meant: those that agree in everything that is not None.

    ``recipient`` are the hashes of one identifier by every key. ``undecided`` are in doubt and wait for a person.
    ``admitted_before`` bounds the time of admission,
    ``before`` and ``since`` that from which they stand in their state, ``due_after`` that of the next attempt.
    """

    destination: str | None = None
    body: str | None = None
    district: str | None = None
    source: str | None = None
    case_number: str | None = None
    tracking_number: str | None = None
    recipient: Sequence[KeyedHash] | None = None
    code: str | None = None
    held: bool | None = None
    undecided: bool = False
    admitted_before: datetime | None = None
    before: datetime | None = None
    since: datetime | None = None
    due_after: datetime | None = None


EVERY = Among()


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Whether a person stopped everything, since when, and the evidence of that act."""

    stopped: bool
    since: datetime
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Notices of one destination that stand in one state: how many, how many of them are held, since when the oldest
    does, and ``by_age``: numbers by how long each has stood there, one more than the ages that were asked for."""

    destination: str
    state: DeliveryState
    count: int
    held: int
    oldest: datetime
    by_age: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """How an endpoint stands for every process: its ``breaker``, and until when its ration is taken."""

    breaker: CircuitBreaker
    taken_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that runs passes. ``owner`` is host/number; ``seen_at`` is when it last wrote that it lives,
    ``passed_at`` the end of its last pass."""

    owner: str
    began_at: datetime
    seen_at: datetime
    passed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityState:
    """A time authority that gave no time-stamp when it was asked last: ``failures`` in a row since ``since``, the last
    one for ``code``."""

    name: str
    failures: int
    since: datetime
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingChange:
    """What becomes of mappings: new ``versions``, ``steps`` of them in their order, and decisions about sources. A
    version or a decision whose number another one took is stale, and so is a step of a version that moved on."""

    versions: Sequence[MappingVersion] = ()
    steps: Sequence[MappingStep] = ()
    activations: Sequence[Activation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one transaction writes."""

    all_or_nothing: bool = False
    """Whether nothing at all is written where anything is stale."""

    # Evidence (`EvidenceStore`).
    evidence: Sequence[EvidenceRecord] = ()
    payloads: Sequence[Payload] = ()
    certificates: Sequence[SigningCertificate] = ()
    """Certificates that sealed these admissions. One that is kept already stays as it is."""
    message_notices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Evidence id of a message → the references that it carried."""

    # Notices and their steps (`NoticeStore`, `OutboxStore`).
    admissions: Sequence[Admission] = ()
    recipients: Sequence[IndexEntry] = ()
    """The keyed hashes of these notices' recipients."""
    new_seals: Sequence[NewSeal] = ()
    """Stale where the notice has moved on, or bears another seal than the one to be replaced."""
    steps: Sequence[Transition] = ()
    marks: Sequence[Mark] = ()

    # Rows of case sources (`RowStore`, `RefusalStore`).
    seen: Sequence[RowMark] = ()
    """Rows that were taken in, whatever came of them: in this version they are not taken in again."""
    cursors: Mapping[str, str] = field(default_factory=dict)
    refusals: Sequence[Refusal] = ()
    cleared_refusals: Sequence[tuple[str, str]] = ()
    """Rows (source, key) whose refusal no longer holds; their notices' presents must be written once more."""
    renamed: tuple[str, str] | None = None
    """A source's old name and its new one: all that is kept by the old name is kept by the new one. Evidence stays."""

    # Receipts (`ReceiptStore`) and rejected input (`QuarantineStore`).
    receipts: Sequence[StoredReceipt] = ()
    applied: Sequence[str] = ()
    """Ids of receipts whose event these steps apply; those of a stale reference stay unapplied."""
    reopened: Sequence[str] = ()
    """Ids of receipts that are to be applied once more, those of this commit among them."""
    quarantine: Sequence[Quarantined] = ()
    """What has been ended and comes again after that is open again."""
    endings: Sequence[Ending] = ()
    """Written before ``quarantine``; of two endings of an item the later one stands."""
    opened: Mapping[str, Envelope] = field(default_factory=dict)
    """Sender → the signed message of which all this came. Of one that was opened before nothing is written."""

    # Endpoints, versions and recovery (`EndpointStore`, `VersionStore`, `RecoveryStore`).
    breaker_wakeups: Mapping[str, datetime] = field(default_factory=dict)
    """Destination → when its rest ends, if it would last longer."""
    mappings: MappingChange = MappingChange()
    """What is stale is told by its label, or its source."""
    recovery: Recovery | None = None
    """One that begins; stale where the store's epoch is not the one that it replaces. With an end: ends every one that
    is on."""
    switch: Switch | None = None
    """Of two, the later one stands."""

    # Retention and the archive.
    holds: Sequence[LegalHold] = ()
    """A subject that is held already stays as it is."""
    released: Sequence[tuple[About, str]] = ()
    """What persons no longer hold."""
    deletions: Sequence[tuple[str, Deletion]] = ()
    """Evidence id of a deletion → what it names; of two deletions of one payload the later one stands."""
    damages: Sequence[tuple[str, DamageReport]] = ()
    """Evidence id of a report of damage → what it names; of two of one payload the first one stays."""
    accepted_damages: Mapping[str, str] = field(default_factory=dict)
    """Digest of a damaged payload → evidence id of the act by which a person took note of it."""
    set_aside: Sequence[Fork] = ()
    """Forks with the act that sets them aside."""
    forgotten_segments: int | None = None
    """Place from which on the database forgets its segments."""
    override: Override | None = None
    """Of two, the later one stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """One step of a notice's history."""

    seq: int
    event: DeliveryEvent
    state: DeliveryState
    occurred_at: datetime
    learned_at: datetime
    evidence_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What intake must know of a notice that is already here."""

    reference: str
    state: DeliveryState
    content_digest: str
    source: str
    row_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRefusal:
    """A row's refusal that stands, whether the case database was told, and since when the row has been refused, for
    whatever reason."""

    refusal: Refusal
    written: bool
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A stored evidence record, as read back."""

    id: str
    kind: str
    notice: str | None
    header: bytes
    payload_digest: str
