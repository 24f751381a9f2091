"""The port to the store. One verb writes: `Store.commit` takes everything that belongs together, in one transaction.

Committing the same changes twice does what committing them once does, since a lost answer to COMMIT may be a commit:
every row has an id that is derived from what it records, and a step is written only on the entry that it started from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from gateway.delivery import DeliveryEvent, DeliveryState
from gateway.errors import GatewayError
from gateway.evidence import EvidenceRecord
from gateway.outbox import OutboxEntry, Step
from gateway.source import Refusal, RowMark


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
    """What the octets claim to be. A document may be judged again; a message is judged once, while it is fresh."""

    RECEIPT = "receipt"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Something that came and is not believed: kept raw (``payload_digest``), with the code that refused it.

    ``origin`` is the side that it was had from, which need not have made it. An item that a person ended has a time,
    what came of it (`gateway.quarantine`), and the id of the evidence of that act.
    """

    payload_digest: str
    kind: QuarantineKind
    origin: str
    code: str
    detail: str
    received_at: datetime
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
    is written only while it is `QUEUED` or `IN_DOUBT`, or else the mark is stale.
    """

    reference: str
    held: bool | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Which notices are meant: those that agree in everything that is not None. ``undecided`` are those in doubt that
    the gateway asks about no more; ``before`` and ``since`` bound the time from which they stand in their state."""

    destination: str | None = None
    body: str | None = None
    district: str | None = None
    source: str | None = None
    case_number: str | None = None
    held: bool | None = None
    undecided: bool = False
    before: datetime | None = None
    since: datetime | None = None


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
class Changes:
    """What one transaction writes."""

    admissions: Sequence[Admission] = ()
    refusals: Sequence[Refusal] = ()
    steps: Sequence[Step] = ()
    evidence: Sequence[EvidenceRecord] = ()
    payloads: Sequence[Payload] = ()
    message_notices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Evidence id of a message → the references that it carried."""
    receipts: Sequence[StoredReceipt] = ()
    applied: Sequence[str] = ()
    """Ids of receipts whose event these steps apply; those of a stale reference stay unapplied."""
    reopened: Sequence[str] = ()
    """Ids of receipts that are to be applied once more, those of this commit among them."""
    quarantine: Sequence[Quarantined] = ()
    """What has been ended and comes again after that is open again."""
    endings: Sequence[Ending] = ()
    """Written before ``quarantine``; of two endings of an item the later one stands."""
    lifted: Sequence[tuple[str, str]] = ()
    """Rows (source, key) whose refusal no longer holds; their notices' presents must be written once more."""
    seen: Sequence[RowMark] = ()
    """Rows that were taken in, whatever came of them: in this version they are not taken in again."""
    cursors: Mapping[str, str] = field(default_factory=dict)
    marks: Sequence[Mark] = ()
    switch: Switch | None = None
    """Of two, the later one stands."""
    undivided: bool = False
    """Whether nothing at all is written where a step or a mark is stale."""


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
class EvidenceRow:
    """A stored evidence record, as read back."""

    id: str
    kind: str
    notice: str | None
    header: bytes
    payload_digest: str


class Store(Protocol):
    """Notices, outbox, evidence, receipts and cursors. Raises `gateway.errors.GatewayError` with ``store.*``."""

    def now(self) -> datetime | None:
        """What the store's own clock shows, aware, UTC; None where it has none but ours."""
        ...

    @property
    def trouble(self) -> GatewayError | None:
        """What ended the last write, if it failed. A COMMIT that was not confirmed has failed, too."""
        ...

    def assert_writable(self) -> None:
        """Raise the `trouble`, if a trial write fails as well. Asked before each batch: what cannot be recorded is not
        begun. Costs nothing where there is no trouble."""
        ...

    def commit(self, changes: Changes) -> frozenset[str]:
        """Write all of it or nothing. Return the references of steps and marks that were stale: another process had
        moved the notice on, so the step was not written (the evidence was, unless the changes are undivided)."""
        ...

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
        """Move unheld `QUEUED` notices that were due by ``due_by`` to `SENDING` under a lease, oldest due first.

        A notice with a receipt that waits to be applied is left alone: it has arrived. Returns at least one notice if
        any is due; no more than ``limit``, or (beyond the first) ``max_bytes`` of seals.
        """
        ...

    def cursor(self, name: str) -> str | None: ...

    def unseen(self, marks: Sequence[RowMark]) -> list[RowMark]:
        """Those of ``marks`` that no commit has named as seen in this very version, in their order."""
        ...

    def known(self, references: Sequence[str]) -> dict[str, Known]: ...

    def known_rows(self, source: str, row_keys: Sequence[str]) -> dict[str, list[Known]]:
        """The notices that rows have stood for, oldest first, by row key."""
        ...

    def entries(self, references: Sequence[str]) -> dict[str, OutboxEntry]: ...

    def expired(self, *, now: datetime, limit: int) -> list[OutboxEntry]:
        """Notices in `SENDING` whose lease is over."""
        ...

    def overdue(self, *, waiting_before: datetime, limit: int) -> list[OutboxEntry]:
        """Notices in `QUEUED` that have waited since before that time."""
        ...

    def doubtful(self, *, destination: str, now: datetime, limit: int) -> list[OutboxEntry]:
        """Notices in `IN_DOUBT` that are due to be asked about."""
        ...

    def receipt_digests(self, ids: Sequence[str]) -> dict[str, str]:
        """The payload digests of those receipts that are stored already, by id."""
        ...

    def unapplied_receipts(self, limit: int) -> list[StoredReceipt]:
        """Receipts whose event has not been applied, in the order of their event times."""
        ...

    def unwritten(self, source: str, limit: int) -> list[OutboxEntry]:
        """Notices whose present does not stand in the case database (``SENDING`` is passing and not written)."""
        ...

    def mark_written(self, written: Sequence[OutboxEntry]) -> None:
        """The case database shows these presents. Refusals of the same rows must be written once more: results and
        refusals share columns, and a clerk must see the refusal."""
        ...

    def refused_rows(self, source: str, codes: Sequence[str], limit: int, after: str | None) -> list[str]:
        """Keys of rows that are refused with one of these codes: a page in their order."""
        ...

    def unwritten_refusals(self, source: str, limit: int) -> list[Refusal]: ...

    def mark_refusals_written(self, refusals: Sequence[Refusal]) -> None: ...

    def payload(self, digest: str) -> bytes:
        """Exact octets by digest, a framed message filled. Raises ``store.payload-missing``."""
        ...

    def payloads(self, digests: Sequence[str]) -> dict[str, bytes]: ...

    def quarantined(self, digest: str) -> list[Quarantined]:
        """Every item of these octets by code, ended ones too."""
        ...

    def quarantine(self, *, code: str | None, limit: int, after: tuple[str, str] | None) -> list[Quarantined]:
        """A page of open items by digest and code, after such a pair."""
        ...

    def quarantine_size(self, kind: QuarantineKind) -> int:
        """How many open items there are of this kind."""
        ...

    def switch(self) -> Switch | None:
        """The last use of the stop-everything switch."""
        ...

    def backlog(self, *, now: datetime, ages: Sequence[timedelta]) -> list[Backlog]:
        """Notices by destination and state, final states left out; ``ages`` grow."""
        ...

    def oldest(self) -> dict[str, datetime]:
        """Since when the oldest of what shall not wait has waited, left out where nothing does: ``unwritten`` (a
        present that its row does not show), ``refusal`` (the same of a refusal), ``receipt`` (not applied),
        ``unplaced`` (evidence without a place in the tree)."""
        ...

    def history(self, reference: str) -> list[HistoryEvent]: ...

    def evidence(self, reference: str) -> list[EvidenceRow]:
        """Every record about a notice, those of the messages that carried it among them, oldest first."""
        ...

    def admission(self, reference: str) -> Admission | None:
        """The notice with its present ``entry``."""
        ...

    def record(self, id: str) -> EvidenceRow | None:
        """One record of the evidence."""
        ...

    def find(
        self, *, state: DeliveryState | None, limit: int, after: str | None, among: Among = EVERY
    ) -> list[Admission]:
        """A page of notices by reference, for lists."""
        ...

    def counts(self) -> dict[str, int]:
        """Return notices by state (key: the state), and:

        ``undecided`` (in doubt, and waiting for a person), ``admitted``, ``refused`` (rows whose present version is
        refused), ``collected`` (both of these), ``quarantined`` (open items), ``submitted`` (with a tracking number),
        ``delivered`` (with a time of arrival) and ``written`` (whose present stands in the case database, refusals
        among them).
        """
        ...
