"""One transaction on the sandbox's ledger: its reads and writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from adapters.sandbox.judiciary.ledger_tables import DUE, FAULT, MESSAGE, RASID, RECEIPT, REFUSED, SUBMISSION
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.notice import sha256
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.trust.trust_policy import Rejection

MAX_REFUSED = 200
"""Most refused requests that are kept: anybody can make some."""

MAX_REFUSED_BYTES = 256 * 1024
"""Most octets of a refused request that are kept; of a larger one there is only the record."""


class Status(StrEnum):
    """A submission's status, as the contract names it."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    NO_ACCOUNT = "NO_ACCOUNT"


class Form(StrEnum):
    """Form of a submission's receipts, by its contract; each form is for its own sender alone."""

    RECEIPT = "receipt"
    """Receipts of eblagh-1 and eblagh-rest-1: schemas/receipt."""
    RASID = "rasid"
    """Receipts of eblagh-rpc-1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One notice that came once. Only an accepted one has a tracking number and times."""

    reference: str
    seal_digest: str
    status: Status
    code: str | None = None
    tracking: str | None = None
    arrives_at: datetime | None = None
    views_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueEvent:
    """Event of a notice without a receipt yet."""

    reference: str
    tracking: str
    seal_digest: str
    event: DeliveryEvent
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedReceipt:
    """A signed receipt."""

    receipt_id: str
    tracking: str
    event: DeliveryEvent
    octets: bytes = field(repr=False)
    issued_at: datetime


class Transaction:
    """The open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def knows(self, replay_key: str) -> bool:
        """Return True if this very message was acted on before."""
        return (
            self._connection.execute(select(MESSAGE.c.replay_key).filter_by(replay_key=replay_key)).first() is not None
        )

    def remember(self, replay_key: str, *, message_id: str, operation: str, received_at: datetime) -> None:
        """Record a message; raise `Rejection` ``verify.replay`` if it was acted on before."""
        row = {"message_id": message_id, "operation": operation, "received_at": timestamp(received_at)}
        recorded = sqlite_insert(MESSAGE).values(replay_key=replay_key, **row).on_conflict_do_nothing()
        if self._connection.execute(recorded).rowcount == 0:
            raise Rejection("verify.replay", where=message_id)

    def set_aside(self, octets: bytes, rejection: Rejection, *, received_at: datetime) -> None:
        """Keep a refused request, once for each reason, while there is room."""
        if (self._connection.scalar(select(func.count()).select_from(REFUSED)) or 0) >= MAX_REFUSED:
            return
        row = {
            "digest": sha256(octets),
            "code": rejection.code,
            "detail": str(rejection),
            "received_at": timestamp(received_at),
            "size": len(octets),
            "octets": octets if len(octets) <= MAX_REFUSED_BYTES else None,
        }
        self._connection.execute(sqlite_insert(REFUSED).values(row).on_conflict_do_nothing())

    def add_fault(self, fault: str, operation: str, *, at: datetime) -> None:
        """Record the fault of a call on demand."""
        self._connection.execute(insert(FAULT).values(at=timestamp(at), fault=fault, operation=operation))

    def add_submissions(
        self, submissions: Sequence[Submission], *, replay_key: str, received_at: datetime, form: Form = Form.RECEIPT
    ) -> None:
        """Record submissions of a message, and the coming events of the accepted ones."""
        self._connection.execute(insert(SUBMISSION), [_row(s, replay_key, received_at) for s in submissions])
        if form is Form.RASID and (tracked := [{"tracking": s.tracking} for s in submissions if s.tracking]):
            self._connection.execute(insert(RASID), tracked)
        if due := [row for s in submissions for row in _due_rows(s)]:
            self._connection.execute(insert(DUE), due)

    def first_by_reference(self, references: Sequence[str]) -> dict[str, Submission]:
        """Return the first submission of each of these references that ever came."""
        first = select(func.min(SUBMISSION.c.id)).where(SUBMISSION.c.reference.in_(references))
        return {s.reference: s for s in self._submissions(SUBMISSION.c.id.in_(first.group_by(SUBMISSION.c.reference)))}

    def by_tracking(self, numbers: Sequence[str]) -> dict[str, Submission]:
        return {s.tracking: s for s in self._submissions(SUBMISSION.c.tracking.in_(numbers)) if s.tracking}

    def due(self, now: datetime, limit: int, form: Form = Form.RECEIPT) -> list[DueEvent]:
        """Return up to ``limit`` events that have happened and have no receipt, oldest first."""
        rows = (
            select(SUBMISSION.c.reference, SUBMISSION.c.tracking, SUBMISSION.c.seal_digest, DUE.c.event, DUE.c.due_at)
            .join(SUBMISSION, SUBMISSION.c.tracking == DUE.c.tracking)
            .where(DUE.c.due_at <= timestamp(now), _of(form, DUE.c.tracking))
            .order_by(DUE.c.due_at, DUE.c.tracking)
            .limit(limit)
        )
        return [
            DueEvent(
                reference=row.reference,
                tracking=row.tracking,
                seal_digest=row.seal_digest,
                event=DeliveryEvent(row.event),
                happened_at=parse_timestamp(row.due_at),
            )
            for row in self._connection.execute(rows)
        ]

    def add_receipts(self, receipts: Sequence[IssuedReceipt]) -> None:
        """Record receipts; their events are due no more."""
        rows = [
            {
                "receipt_id": receipt.receipt_id,
                "tracking": receipt.tracking,
                "event": receipt.event.value,
                "octets": receipt.octets,
                "issued_at": timestamp(receipt.issued_at),
            }
            for receipt in receipts
        ]
        self._connection.execute(insert(RECEIPT), rows)
        told = [(receipt.tracking, receipt.event.value) for receipt in receipts]
        self._connection.execute(delete(DUE).where(tuple_(DUE.c.tracking, DUE.c.event).in_(told)))

    def receipts_after(self, cursor: int, limit: int, form: Form = Form.RECEIPT) -> list[tuple[int, str, bytes]]:
        """Return up to ``limit`` receipts after ``cursor``, oldest first: sequence number, id, octets."""
        return self._receipts(limit, RECEIPT.c.seq > cursor, _of(form, RECEIPT.c.tracking))

    def unconfirmed(self, limit: int, form: Form) -> list[tuple[int, str, bytes]]:
        """Return up to ``limit`` unconfirmed receipts, oldest first: sequence number, id, octets."""
        return self._receipts(limit, RECEIPT.c.confirmed_at.is_(None), _of(form, RECEIPT.c.tracking))

    def confirm(self, receipt_ids: Sequence[str], now: datetime) -> int:
        """Mark receipts as stored with the sender; return the number of these ids that exist. The first time counts."""
        these = RECEIPT.c.receipt_id.in_(receipt_ids)
        first_time = func.coalesce(RECEIPT.c.confirmed_at, timestamp(now))
        return self._connection.execute(update(RECEIPT).where(these).values(confirmed_at=first_time)).rowcount

    def _receipts(self, limit: int, *conditions: ColumnElement[bool]) -> list[tuple[int, str, bytes]]:
        columns = select(RECEIPT.c.seq, RECEIPT.c.receipt_id, RECEIPT.c.octets)
        rows = columns.where(*conditions).order_by(RECEIPT.c.seq).limit(limit)
        return [(row.seq, row.receipt_id, row.octets) for row in self._connection.execute(rows)]

    def _submissions(self, condition: ColumnElement[bool]) -> list[Submission]:
        return [
            Submission(
                reference=row.reference,
                seal_digest=row.seal_digest,
                status=Status(row.status),
                code=row.code,
                tracking=row.tracking,
                arrives_at=parse_timestamp(row.arrives_at) if row.arrives_at else None,
                views_at=parse_timestamp(row.views_at) if row.views_at else None,
            )
            for row in self._connection.execute(select(SUBMISSION).where(condition))
        ]


def _of(form: Form, tracking: ColumnElement[str]) -> ColumnElement[bool]:
    rasids = select(RASID.c.tracking)
    return tracking.in_(rasids) if form is Form.RASID else tracking.not_in(rasids)


def _row(submission: Submission, replay_key: str, received_at: datetime) -> dict[str, str | None]:
    return {
        "reference": submission.reference,
        "replay_key": replay_key,
        "received_at": timestamp(received_at),
        "status": submission.status.value,
        "code": submission.code,
        "seal_digest": submission.seal_digest,
        "tracking": submission.tracking,
        "arrives_at": timestamp(submission.arrives_at) if submission.arrives_at else None,
        "views_at": timestamp(submission.views_at) if submission.views_at else None,
    }


def _due_rows(submission: Submission) -> list[dict[str, str | None]]:
    events = [
        (DeliveryEvent.CONTENT_CONSIGNMENT, submission.arrives_at),
        (DeliveryEvent.CONTENT_HANDOVER, submission.views_at),
    ]
    return [
        {"tracking": submission.tracking, "event": event.value, "due_at": timestamp(moment)}
        for event, moment in events
        if moment is not None
    ]
