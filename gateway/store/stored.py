"""Values that a store holds, and the changes that one commit writes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.merkle.fork import Fork
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.envelope import SigningCertificate
from gateway.notice.outbox import OutboxEntry, Transition
from gateway.notice.recipient_index import IndexEntry
from gateway.notice.source_row import Refusal, RowMark
from gateway.people.people_change import PeopleChange
from gateway.record.damage import DamageReport
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceRecord
from gateway.record.retention_class import About, LegalHold
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.store.bulk_act import BulkChange
from gateway.store.courtesy_message import CourtesyMessage
from gateway.store.inbox import Envelope
from gateway.store.notice_claim import ClaimChange
from gateway.store.payload import Payload as Payload
from gateway.store.proof_reach import Override
from gateway.store.store_fingerprint import Recovery
from gateway.store.version import Activation, MappingStep, MappingVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """New notice: its first ``entry``, and the fields that lists and searches need."""

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
    """Seal that replaces one whose signing time was ahead (`gateway.intake.resealing`).

    ``instead_of`` is the digest of the replaced seal; ``evidence_id`` names the record of the new one. The notice
    counts as admitted ``at`` the time of the new seal.
    """

    reference: str
    instead_of: str
    digest: str
    size: int
    at: datetime
    evidence_id: str


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
    """Kind that the octets claim to be.

    A document may be judged again. An answer, or a message that a sender pushed, is judged once, while it is fresh.
    """

    RECEIPT = "receipt"
    ANSWER = "answer"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Rejected input, kept raw (``payload_digest``), with the ``code`` that refused it.

    ``origin`` is the sender of the input, not necessarily its author. ``notice`` is the reference that a receipt names;
    its code tells if that was verified (`gateway.store.waiting_receipt`). An item that a person ended has the time, the
    outcome (`gateway.quarantine.quarantine`), and the id of the evidence of that act.
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
    """End of one item of the quarantine, named by digest and code."""

    payload_digest: str
    code: str
    ended_at: datetime
    ended_as: str
    ended_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Change of a notice outside of its steps. None leaves a field unchanged.

    ``held`` keeps the notice from being sent, and no step undoes it. It is written only while the notice may yet be
    sent; ``held_by`` is the evidence id of the act of a person that holds it. ``due_at`` is written only in `QUEUED`,
    `PENDING` or `IN_DOUBT`. Otherwise the mark is stale.
    ``unwritten`` has the row status written once more, from that time on. ``before`` is the notice as an act saw it:
    the mark is stale if its field is another one by now; a release, if another act holds the notice.
    """

    reference: str
    held: bool | None = None
    held_by: str | None = None
    due_at: datetime | None = None
    unwritten: datetime | None = None
    before: OutboxEntry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """State of the stop-everything switch, the time of the last use, and the evidence of that act."""

    stopped: bool
    since: datetime
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Number of notices of one destination in one state, and of the ``held`` ones among them.

    ``oldest`` is the time at which the oldest of them entered the state. ``by_age`` counts them by their time in the
    state; it has one element more than the requested ages.
    """

    destination: str
    state: DeliveryState
    count: int
    held: int
    oldest: datetime
    by_age: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """State of an endpoint, shared by every process: its ``breaker``, and the end of the used-up rate limit."""

    breaker: CircuitBreaker
    taken_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Process that runs passes. ``owner`` is host/number; ``seen_at`` is the time of its last heartbeat,
    ``passed_at`` the end of its last pass."""

    owner: str
    began_at: datetime
    seen_at: datetime
    passed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityState:
    """Time authority that gave no time-stamp at the last request.

    ``failures`` counts the failures in a row since ``since``; ``code`` is that of the last one.
    """

    name: str
    failures: int
    since: datetime
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingChange:
    """Changes of mappings: new ``versions``, their ``steps`` in order, and decisions about sources.

    A version or a decision is stale if another one has its number. A step is stale if its version has moved on.
    """

    versions: Sequence[MappingVersion] = ()
    steps: Sequence[MappingStep] = ()
    activations: Sequence[Activation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that one transaction writes."""

    all_or_nothing: bool = False
    """If True and anything is stale, nothing at all is written."""
    confirmed: str | None = None
    """Id of the record of an act that a person confirmed. It is stale if it stands already with other octets."""

    # Evidence (`EvidenceStore`).
    evidence: Sequence[EvidenceRecord] = ()
    payloads: Sequence[Payload] = ()
    certificates: Sequence[SigningCertificate] = ()
    """Certificates that sealed these admissions. A stored certificate stays unchanged."""
    message_notices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Evidence id of a message, or of an export of a recipient's data → the references of the notices in it."""
    submits: Sequence[OutboxEntry] = ()
    """Notices that a message here submits, as they were claimed. If one of them is not under that claim any more, it is
    stale and nothing at all is written. Raises ``recovery.begun`` if a recovery began since their claim."""

    # Notices and their steps (`NoticeStore`, `OutboxStore`).
    admissions: Sequence[Admission] = ()
    """Stale if the store has the notice from another row, or with other content."""
    recipients: Sequence[IndexEntry] = ()
    """The keyed hashes of these notices' recipients."""
    new_seals: Sequence[NewSeal] = ()
    """Stale if the notice has moved on, or has another seal than the one to be replaced."""
    steps: Sequence[Transition] = ()
    marks: Sequence[Mark] = ()

    # Rows of case sources (`RowStore`, `RefusalStore`).
    seen: Sequence[RowMark] = ()
    """Rows that intake has processed, with any outcome. Intake does not process this version again.
    A stale admission's row is not marked: it is to be judged again."""
    cursors: Mapping[str, str] = field(default_factory=dict)
    refusals: Sequence[Refusal] = ()
    cleared_refusals: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """Row (source, key) → when its refusal ended. The row status of its notices must be written once more."""
    renamed: tuple[str, str] | None = None
    """Old and new name of a source. Everything stored under the old name moves to the new one. Evidence stays."""

    # Receipts (`ReceiptStore`) and rejected input (`QuarantineStore`).
    receipts: Sequence[StoredReceipt] = ()
    applied: Sequence[str] = ()
    """Ids of receipts whose event these steps apply. Receipts of a stale reference stay unapplied."""
    reopened: Sequence[str] = ()
    """Ids of receipts to be applied once more, receipts of this commit included."""
    quarantine: Sequence[Quarantined] = ()
    """An ended item is opened again if it is received after its end."""
    endings: Sequence[Ending] = ()
    """Written before ``quarantine``; of two endings of an item the later one stands."""
    opened: Mapping[str, Envelope] = field(default_factory=dict)
    """Sender → the signed message that carried these changes. If it was opened before, nothing is written."""

    # Endpoints, versions and recovery (`EndpointStore`, `VersionStore`, `RecoveryStore`).
    breaker_wakeups: Mapping[str, datetime] = field(default_factory=dict)
    """Destination → end of its circuit breaker's rest, written only if the rest would last longer."""
    mappings: MappingChange = MappingChange()
    """Stale parts are reported by their label, or their source."""
    recovery: Recovery | None = None
    """Recovery that begins; stale if the store's epoch is not the one that it replaces. Notices with a step since
    `Recovery.rewritten_from` are to be written back again. With an end, it ends every recovery that is on."""
    switch: Switch | None = None
    """Of two, the one that is committed later stands, whatever the clocks of their machines say."""
    switch_ends: str | None = None
    """Evidence id of the use that ``switch`` ends, empty for the first use. It is stale, reported as ``everything``, if
    another use stands; None: it ends any."""

    # People (`PeopleStore`).
    people: PeopleChange = field(default_factory=PeopleChange)
    """Stale parts are reported by the person's id, or the account's name."""

    # Claims of notices (`ClaimStore`).
    claims: Sequence[ClaimChange] = ()
    """Stale ones are reported by their reference."""
    # Bulk acts (`BulkActStore`).
    bulk: BulkChange = field(default_factory=BulkChange)
    """Stale parts are reported by the notice's reference, or the act's id."""
    # Courtesy messages (`CourtesyStore`).
    courtesy: Sequence[CourtesyMessage] = ()
    """Stale if another one stands, or if a new one's notice is not as `CourtesyStore.due` wants it."""

    # Retention and the archive.
    holds: Sequence[LegalHold] = ()
    """Legal holds. A subject that is already held stays unchanged."""
    released: Sequence[tuple[About, str]] = ()
    """Subjects that persons no longer hold."""
    deletions: Sequence[tuple[str, Deletion]] = ()
    """Evidence id → the deletion that it records. Of two deletions of one payload, the later one stands."""
    damages: Sequence[tuple[str, DamageReport]] = ()
    """Evidence id → the damage report that it records. Of two reports of one payload, the first one stays."""
    accepted_damages: Mapping[str, str] = field(default_factory=dict)
    """Digest of a damaged payload → evidence id of the act by which a person acknowledged it."""
    set_aside: Sequence[Fork] = ()
    """Forks with the act that sets them aside."""
    forgotten_segments: int | None = None
    """Place from which on the database forgets its segments."""
    override: Override | None = None
    """As ``switch``."""

    def seen_without(self, stale: Collection[str]) -> list[RowMark]:
        """Return the marks of rows without those of stale admissions, which are given by their references."""
        rows = {(each.entry.source, each.entry.row_key) for each in self.admissions if each.entry.reference in stale}
        return [mark for mark in self.seen if (mark.source, mark.key) not in rows]


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
    """Fields of an admitted notice that intake needs."""

    reference: str
    state: DeliveryState
    content_digest: str
    source: str
    row_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRefusal:
    """Standing refusal of a row.

    ``written`` is True if the case database shows it. The row has been refused since ``since``, for any reason.
    """

    refusal: Refusal
    written: bool
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalGroup:
    """Number of rows of one source that are refused for one reason in one field, the oldest since ``oldest``."""

    source: str
    code: str
    field: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A stored evidence record, as read back."""

    id: str
    kind: str
    notice: str | None
    header: bytes
    payload_digest: str
