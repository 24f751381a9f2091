"""Case of a notice: everything that decides its sentence and who must act, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from gateway.judiciary.courier import CREDENTIALS, OF_MAPPING
from gateway.judiciary.outcome_codes import TOO_LATE
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import HELD, HELD_AFTER_FAULTS, PERSON_DECIDES, SENDABLE, OutboxEntry
from gateway.overview.doubts.doubt_kind import DoubtKind, doubt_kind
from gateway.reconciliation.overdue import needs_a_person
from gateway.runtime.errors import CATALOGUE


class NoticeCase(StrEnum):
    """Case of a notice. Those of a doubt are `doubt-` and the kind (`gateway.overview.doubts.doubt_kind.DoubtKind`)."""

    QUEUED = "queued"
    QUEUED_LATER = "queued-later"
    """Its seal is of a time that has not come."""
    QUEUED_AGAIN = "queued-again"
    """It is proven, or a person decided, that it did not arrive."""
    QUEUED_RELEASED = "queued-released"
    """The gateway held it after faults, and a person released it."""
    NO_CONNECTION = "no-connection"
    CERTIFICATE_REFUSED = "certificate-refused"
    """The certificate of one side's connection is not accepted by the other."""
    LOGIN_REFUSED = "login-refused"
    BUSY = "busy"
    PUT_OFF = "put-off"
    """The judiciary put it off for a reason of its own."""
    NOT_SENT = "not-sent"
    """Something here kept it from being sent, and it is tried again."""
    SEAL_REFUSED = "seal-refused"
    TEXT_DAMAGED = "text-damaged"
    """Its stored text is missing, or was changed."""
    FORM_UNFIT = "form-unfit"
    """No message that the judiciary's contract allows can be made of it."""
    SETTING_WRONG = "setting-wrong"
    """A setting of the gateway keeps it from being sent."""
    HELD_FAULTS = "held-faults"
    HELD_REFUSED = "held-refused"
    HELD_BY_PERSON = "held-by-person"
    SENDING = "sending"
    PENDING = "pending"
    PENDING_LONG = "pending-long"
    """A code for a person stands beside its ticket."""
    DOUBT_ABSENT = "doubt-absent"
    DOUBT_UNANSWERED = "doubt-unanswered"
    DOUBT_UNASKABLE = "doubt-unaskable"
    DOUBT_PREDECESSOR = "doubt-predecessor"
    DOUBT_TICKET_LATE = "doubt-ticket-late"
    DOUBT_ASKED_AGAIN = "doubt-asked-again"
    DOUBT_NOT_KNOWN_ONCE = "doubt-not-known-once"
    DOUBT_RECOVERY = "doubt-recovery"
    DOUBT_RECEIPT = "doubt-receipt"
    DOUBT_TICKET_FAILED = "doubt-ticket-failed"
    DOUBT_NOT_UNDERSTOOD = "doubt-not-understood"
    DOUBT_NOT_BELIEVED = "doubt-not-believed"
    DOUBT_FAULT = "doubt-fault"
    DOUBT_NO_ANSWER = "doubt-no-answer"
    DEAD_LETTER = "dead-letter"
    SUBMITTED = "submitted"
    SUBMITTED_BY_DECISION = "submitted-by-decision"
    """A person decided so: no tracking number is known."""
    DELIVERED = "delivered"
    DELIVERED_BY_LAW = "delivered-by-law"
    """The judiciary states service by law, and no arrival is known."""
    DELIVERED_AND_BY_LAW = "delivered-and-by-law"
    VIEWED = "viewed"
    VIEWED_ALONE = "viewed-alone"
    """No arrival is known."""
    REJECTED = "rejected"
    REJECTED_WITHOUT_REASON = "rejected-without-reason"
    NO_ACCOUNT = "no-account"
    UNDELIVERABLE = "undeliverable"
    OTHER_CHANNEL = "other-channel"
    WITHDRAWN = "withdrawn"


_S = DeliveryState

_DEFERRED: Final[Mapping[str, NoticeCase]] = {
    "courier.not-connected": NoticeCase.NO_CONNECTION,
    "courier.server-untrusted": NoticeCase.CERTIFICATE_REFUSED,
    "courier.certificate-refused": NoticeCase.CERTIFICATE_REFUSED,
    "courier.token": NoticeCase.LOGIN_REFUSED,
    "courier.session": NoticeCase.LOGIN_REFUSED,
    CREDENTIALS: NoticeCase.LOGIN_REFUSED,
    "courier.busy": NoticeCase.BUSY,
    "busy": NoticeCase.BUSY,
}
"""Codes of an attempt that is repeated."""


def case_of(entry: OutboxEntry, now: datetime) -> NoticeCase:
    """Return the case of a notice at a time."""
    match entry.state:
        case _S.QUEUED:
            return _queued(entry, now)
        case _S.SENDING:
            return NoticeCase.SENDING
        case _S.PENDING:
            return NoticeCase.PENDING_LONG if entry.code in PERSON_DECIDES else NoticeCase.PENDING
        case _S.IN_DOUBT:
            return case_of_doubt(doubt_kind(entry))
        case _S.SUBMITTED:
            return NoticeCase.SUBMITTED if entry.tracking_number else NoticeCase.SUBMITTED_BY_DECISION
        case _S.DELIVERED:
            if entry.delivered_at is None:
                return NoticeCase.DELIVERED_BY_LAW
            return NoticeCase.DELIVERED if entry.legal_service_at is None else NoticeCase.DELIVERED_AND_BY_LAW
        case _S.VIEWED:
            return NoticeCase.VIEWED if entry.delivered_at else NoticeCase.VIEWED_ALONE
        case _S.REJECTED:
            return NoticeCase.REJECTED if entry.reason else NoticeCase.REJECTED_WITHOUT_REASON
        case _S.DEAD_LETTER:
            return NoticeCase.DEAD_LETTER
        case _S.NO_ACCOUNT:
            return NoticeCase.NO_ACCOUNT
        case _S.UNDELIVERABLE:
            return NoticeCase.UNDELIVERABLE
        case _S.OTHER_CHANNEL:
            return NoticeCase.OTHER_CHANNEL
        case _S.WITHDRAWN:
            return NoticeCase.WITHDRAWN
        case _ as never:
            assert_never(never)


def case_of_doubt(kind: DoubtKind) -> NoticeCase:
    return NoticeCase(f"doubt-{kind}")


def is_held_beside(entry: OutboxEntry) -> bool:
    """Return True if a person holds a notice whose case says something else."""
    return entry.held and entry.state in SENDABLE and entry.state is not _S.QUEUED


def _queued(entry: OutboxEntry, now: datetime) -> NoticeCase:
    code = entry.code or ""
    if code in HELD:
        if not entry.held:
            return NoticeCase.QUEUED_RELEASED
        return NoticeCase.HELD_FAULTS if code == HELD_AFTER_FAULTS else NoticeCase.HELD_REFUSED
    if entry.held:
        return NoticeCase.HELD_BY_PERSON
    if code.startswith("verify.") and code not in TOO_LATE:
        # Here it is the judiciary's judgement of our seal.
        return NoticeCase.SEAL_REFUSED
    if needs_a_person(code):
        return _blocked(code)
    if not code or code in TOO_LATE:
        if entry.cleared_at is not None:
            return NoticeCase.QUEUED_AGAIN
        return NoticeCase.QUEUED_LATER if entry.due_at is not None and entry.due_at > now else NoticeCase.QUEUED
    if code in CATALOGUE or code in ("lease-over", "call-over"):
        return _DEFERRED.get(code, NoticeCase.NOT_SENT)
    return _DEFERRED.get(code, NoticeCase.PUT_OFF)


def _blocked(code: str) -> NoticeCase:
    if code.startswith("store."):
        return NoticeCase.TEXT_DAMAGED
    if code.startswith((OF_MAPPING, "notice.")):
        return NoticeCase.FORM_UNFIT
    return NoticeCase.SETTING_WRONG
