"""Exchange of a message and its answer: their records, and the transitions that a verified answer causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, assert_never

from gateway.judiciary.courier import (
    OF_MAPPING,
    UNCLEAR,
    Accepted,
    Answer,
    Carrier,
    Message,
    NoAccount,
    Rejected,
    Unknown,
)
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.notice.outbox import HELD, OutboxEntry, Transition, advance, held_code
from gateway.notice.profile_version import told_of
from gateway.quarantine.quarantine import quarantined
from gateway.record.derived import LITERAL, holds
from gateway.record.evidence_record import UNSIGNED, EvidenceKind, EvidenceRecord, evidence_record
from gateway.record.masking import masks
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Mark, Payload, QuarantineKind

_BEGINNING: Final = 64


def sent(message: Message, origin: str, destination: str, claimed: Sequence[OutboxEntry] = ()) -> Changes:
    """Return the changes to commit before a message is sent; it submits the ``claimed`` notices.

    The commit of a submission writes nothing if one of them is claimed no more, and raises ``recovery.begun`` if a
    recovery forgot one.
    """
    record = _record(
        "sent",
        EvidenceKind.MESSAGE_SENT,
        message,
        origin,
        destination,
        message.digest,
        message.created_at,
        message.created_at,
        {
            **({} if message.signed else {UNSIGNED: "it relies on its connection alone"}),
            **masks(message.masked),
        },
    )
    return Changes(
        evidence=[record],
        payloads=[Payload(digest=message.digest, octets=message.frame.stored(), framed=True)],
        message_notices={record.id: message.references},
        submits=claimed,
    )


def answered(
    message: Message, answer: Answer[object], steps: Sequence[Transition], origin: str, destination: str
) -> Changes:
    """Return the changes to commit after the answer to a message, or after none.

    Transitions that hold a notice for a person also mark it. Any response is evidence, whoever sent it. Its record
    names the checks that it ``passed``, or the code for which it was ``refused``; then its octets are in quarantine.
    For a ``fault`` the record has the judiciary's code. The event time of a verified answer is by the judiciary's
    clock; the time of receipt is by ours.
    """
    marks = [Mark(reference=step.after.reference, held=True) for step in steps if _holds(step)]
    if answer.raw is None:
        return Changes(steps=steps, marks=marks)
    digest, now, refused = sha256(answer.raw), answer.received_at, answer.refused
    judged = {"refused": refused.code} if refused else {"passed": "; ".join(answer.passed)}
    numbers = [each.tracking_number for each in answer.by_reference.values() if isinstance(each, Accepted)]
    if numbers and all(holds(answer.raw, number) for number in numbers):
        judged[LITERAL] = "as they stand in it"
    judged |= {"fault": answer.fault} if answer.fault else {}
    judged |= masks(answer.masked)
    happened = answer.signed_at or now
    record = _record(
        "answer", EvidenceKind.MESSAGE_RECEIVED, message, destination, origin, digest, happened, now, judged
    )
    return Changes(
        steps=steps,
        marks=marks,
        evidence=[record],
        payloads=[Payload(digest=digest, octets=answer.raw)],
        message_notices={record.id: message.references},
        quarantine=[quarantined(digest, QuarantineKind.ANSWER, destination, refused, now)] if refused else [],
    )


def together(parts: Sequence[Changes]) -> Changes:
    """Return several results of `sent` or `answered` as one commit."""
    return Changes(
        steps=[step for part in parts for step in part.steps],
        marks=[mark for part in parts for mark in part.marks],
        evidence=[record for part in parts for record in part.evidence],
        payloads=[payload for part in parts for payload in part.payloads],
        message_notices={id: references for part in parts for id, references in part.message_notices.items()},
        submits=[entry for part in parts for entry in part.submits],
        quarantine=[item for part in parts for item in part.quarantine],
        cursors={name: value for part in parts for name, value in part.cursors.items()},
    )


def told_errors(answer: Answer[object], destination: str) -> list[GatewayError]:
    """Return the errors that a believed answer tells a person: its fault's words, or words that nobody explained.

    Each is told once. The notices of unexplained words are asked about; a person completes the mapping's tables.
    """
    if answer.fault is not None and answer.words:
        code = answer.failure.code if answer.failure else "courier.fault"
        return [GatewayError(code, where=destination, detail=f"{answer.fault}: {answer.words}")]
    if answer.raw is None or answer.refused is not None or answer.fault is not None:
        return []
    unknown = {
        (each.code, each.detail): None
        for each in answer.by_reference.values()
        if isinstance(each, Unknown) and (each.code == UNCLEAR or each.code.startswith(OF_MAPPING))
    }
    return [GatewayError(code, where=destination, detail=detail) for code, detail in unknown]


def _holds(step: Transition) -> bool:
    """Return True unless the notice was held for this code before: then the mark stands, or a person removed it."""
    holds = step.after.state is DeliveryState.QUEUED and step.after.code in HELD
    return holds and step.after.code != held_code(step.before)


def carried(
    carrier: Carrier, receipts: Sequence[bytes], *, origin: str, destination: str, now: datetime
) -> tuple[EvidenceRecord, Payload]:
    """Return the record of a verified message that carried receipts.

    If its sender writes canonical XML, each receipt stands in it octet for octet, and is not stored twice.
    """
    digest, frame = sha256(carrier.raw), _frame_of(carrier.raw, receipts)
    octets = carrier.raw if frame is None else frame.dump()
    payload = Payload(digest=digest, octets=octets, framed=frame is not None)
    record = evidence_record(
        id=carrier.record_id,
        kind=EvidenceKind.MESSAGE_RECEIVED,
        notice=None,
        origin=origin,
        destination=destination,
        event_time=carrier.signed_at or now,
        recorded_at=now,
        payload_digest=digest,
        context={
            "message": carrier.message,
            "operation": carrier.operation.value,
            "passed": "; ".join(carrier.passed),
            **masks(carrier.masked),
            **told_of(carrier.profile),
        },
    )
    return record, payload


def _frame_of(raw: bytes, receipts: Sequence[bytes]) -> Frame | None:
    """Return the frame of the response around its receipts; None if they do not stand in it literally."""
    if not all(receipts):
        return None  # one without octets stands everywhere
    pieces, end = list[bytes](), 0
    for receipt in receipts:
        # The first octets are found much faster than all, and mostly stand at the receipt's place.
        start = raw.find(receipt[:_BEGINNING], end)
        if start >= 0 and not raw.startswith(receipt, start):
            start = raw.find(receipt, start)
        if start < 0:
            return None
        pieces.append(raw[end:start])
        end = start + len(receipt)
    try:
        raw.decode()  # a frame is text
    except UnicodeDecodeError:
        return None
    return Frame(pieces=(*pieces, raw[end:]), seals=tuple(sha256(receipt) for receipt in receipts))


def proof_of(message: Message, answer: Answer[object]) -> str | None:
    """Return the id of the evidence that `answered` writes."""
    return None if answer.raw is None else f"answer:{message.id}"


def settled(
    entry: OutboxEntry, outcome: Accepted | Rejected | NoAccount, *, message: Message, proof: str | None, now: datetime
) -> Transition:
    """Return the transition for a final outcome, from a submission or an inquiry."""
    facts: dict[str, Any]
    match outcome:
        case Accepted(tracking_number=tracking):
            event, facts = (
                DeliveryEvent.SUBMISSION_ACCEPTANCE,
                {"tracking_number": tracking, "code": None, "reason": None},
            )
        case Rejected(code=code, text=text):
            event, facts = DeliveryEvent.SUBMISSION_REJECTION, {"code": code, "reason": text}
        case NoAccount():
            event, facts = DeliveryEvent.ACCOUNT_ABSENCE, {"code": "NO_ACCOUNT", "reason": None}
        case _:
            assert_never(outcome)
    return advance(entry, event, now=now, evidence_id=proof, message_id=message.id, **facts)


def _record(
    prefix: str,
    kind: EvidenceKind,
    message: Message,
    origin: str,
    destination: str,
    digest: str,
    happened_at: datetime,
    recorded_at: datetime,
    judged: Mapping[str, str] | None = None,
) -> EvidenceRecord:
    return evidence_record(
        id=f"{prefix}:{message.id}",
        kind=kind,
        notice=None,
        origin=origin,
        destination=destination,
        event_time=happened_at,
        recorded_at=recorded_at,
        payload_digest=digest,
        context={
            "message": message.id,
            "operation": message.operation.value,
            **told_of(message.profile),
            **(judged or {}),
        },
    )
