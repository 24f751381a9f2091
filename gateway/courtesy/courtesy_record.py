"""Records of courtesy messages: one before the call, one with its outcome. Neither has the number of the telephone.

The payload of each is one object of JSON: keys sorted, no white space, ASCII. That of a message has the text, and the
digest of the seal in whose notice the number stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.randomness import random_hex
from gateway.store.courtesy_message import CourtesyMessage
from gateway.store.payload import Payload


def message_record(
    entry: OutboxEntry, text: str, origin: str, service: str, at: datetime
) -> tuple[EvidenceRecord, Payload]:
    """Return the record of a message about a notice that is about to be handed over."""
    return _record(
        id=f"courtesy:{random_hex(16)}",
        kind=EvidenceKind.COURTESY_MESSAGE,
        notice=entry.reference,
        between=(origin, service),
        at=at,
        payload={"number_in": entry.seal_digest, "service": service, "text": text},
    )


def outcome_record(message: CourtesyMessage, origin: str, service: str, at: datetime) -> tuple[EvidenceRecord, Payload]:
    """Return the record of an outcome. Its id names both, so that another process makes no second one."""
    return _record(
        id=f"{message.evidence_id}:{message.outcome}",
        kind=EvidenceKind.COURTESY_OUTCOME,
        notice=message.reference,
        between=(origin, service),
        at=at,
        payload={
            "code": message.code,
            "message": message.evidence_id,
            "message_number": message.message_number,
            "outcome": message.outcome.value,
        },
        context={"courtesy": message.outcome.value},
    )


def _record(
    *,
    id: str,
    kind: EvidenceKind,
    notice: str,
    between: tuple[str, str],
    at: datetime,
    payload: Mapping[str, str | None],
    context: Mapping[str, str] | None = None,
) -> tuple[EvidenceRecord, Payload]:
    octets = json.dumps({"v": 1, **payload}, sort_keys=True, separators=(",", ":")).encode("ascii")
    record = evidence_record(
        id=id,
        kind=kind,
        notice=notice,
        origin=between[0],
        destination=between[1],
        event_time=at,
        recorded_at=at,
        payload_digest=sha256(octets),
        context=context,
    )
    return record, Payload(digest=record.payload_digest, octets=octets)
