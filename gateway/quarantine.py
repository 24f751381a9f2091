"""What is not believed is kept raw and stops nothing else; how much of it is kept depends on who could have sent it.

A receipt comes inside an answer that was believed: every one that is refused is kept, since a person may find that it
was right (a certificate that was not registered yet), and then its days run. An answer that is not believed may be
anybody's: of those the first `MAX_ANSWERS` are kept, each up to `MAX_ANSWER_BYTES`, until a person ends some.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from gateway.courier import Answer, NotBelieved
from gateway.errors import GatewayError
from gateway.evidence import EvidenceKind, EvidenceRecord, evidence_record
from gateway.notice import sha256
from gateway.store import Store
from gateway.stored import Changes, Payload, Quarantined, QuarantineKind

MAX_ANSWERS = 250
"""Answers that stand in quarantine at a time."""

MAX_BROUGHT = 100
"""So many stand there at a time when no further message is kept that came by itself."""

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Octets of one of them. The largest page of receipts that may be configured (500) has about half of that."""

T = TypeVar("T")


def set_aside(
    octets: bytes, kind: QuarantineKind, origin: str, error: GatewayError, now: datetime
) -> tuple[Quarantined, Payload]:
    """Return the item and its octets."""
    payload = Payload(digest=sha256(octets), octets=octets)
    return quarantined(payload.digest, kind, origin, error, now), payload


def quarantined(digest: str, kind: QuarantineKind, origin: str, error: GatewayError, now: datetime) -> Quarantined:
    """Return an item whose octets are stored already."""
    return Quarantined(
        payload_digest=digest, kind=kind, origin=origin, code=error.code, detail=str(error), received_at=now
    )


def refused(octets: bytes, error: GatewayError, *, origin: str, destination: str, now: datetime) -> EvidenceRecord:
    """The record of something that came and is not believed, a receipt or an answer that no notice waits for. The same
    octets, refused for the same reason, are one record, however often they come."""
    digest = sha256(octets)
    return evidence_record(
        id=f"refused:{digest}:{error.code}",
        kind=EvidenceKind.MESSAGE_RECEIVED,
        notice=None,
        origin=origin,
        destination=destination,
        event_time=now,
        recorded_at=now,
        payload_digest=digest,
        context={"refused": error.code},
    )


def no_room(store: Store, octets: bytes, most: int = MAX_ANSWERS) -> GatewayError | None:
    """Return why the octets of an answer are not kept, or None where they are."""
    what = f"{sha256(octets)}, {len(octets)} bytes"
    if len(octets) > MAX_ANSWER_BYTES:
        return GatewayError("quarantine.too-large", detail=what)
    if store.quarantine_size(QuarantineKind.ANSWER) >= most:
        return GatewayError("quarantine.full", where=f"{most} answers", detail=what)
    return None


def keep(store: Store, refusal: NotBelieved, origin: str, destination: str, now: datetime) -> GatewayError | None:
    """Keep an answer that is not believed, from ``origin`` to us, with its evidence; return why it is not kept, or None
    where it is."""
    return _keep(store, refusal.octets, refusal, origin, destination, now, MAX_ANSWERS)


def keep_brought(
    store: Store, octets: bytes, error: GatewayError, origin: str, destination: str, now: datetime
) -> GatewayError | None:
    """Keep a message that came by itself and is not believed, as `keep` does an answer; anybody can send some, so they
    leave room for answers."""
    return _keep(store, octets, error, origin, destination, now, MAX_BROUGHT)


def _keep(
    store: Store, octets: bytes, error: GatewayError, origin: str, destination: str, now: datetime, most: int
) -> GatewayError | None:
    if reason := no_room(store, octets, most):
        return reason
    item, payload = set_aside(octets, QuarantineKind.ANSWER, origin, error, now)
    record = refused(octets, error, origin=origin, destination=destination, now=now)
    store.commit(Changes(quarantine=[item], payloads=[payload], evidence=[record]))
    return None


def bounded(store: Store, answer: Answer[T]) -> tuple[Answer[T], GatewayError | None]:
    """Return the answer, without its octets where it is not believed and there is no room for it, and why."""
    if answer.raw is None or answer.refused is None or (reason := no_room(store, answer.raw)) is None:
        return answer, None
    return replace(answer, raw=None, refused=None), reason
