"""What is not believed is kept raw and stops nothing else; how much of it is kept depends on who could have sent it.

A receipt comes inside an answer that was believed: every one that is refused is kept, since a person may find that it
was right (a certificate that was not registered yet), and then its days run. An answer that is not believed may be
anybody's, and so may a message that somebody pushes: of each the first `MOST` are kept, each up to `MAX_BYTES`, until a
person ends some.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from gateway.judiciary.courier import Answer, NotBelieved
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.errors import GatewayError
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.store import Store
from gateway.store.stored import Changes, Payload, Quarantined, QuarantineKind

MOST: Final = {QuarantineKind.ANSWER: 250, QuarantineKind.MESSAGE: 100}
"""How many of a kind stand in quarantine at a time; of receipts, all."""

MAX_BROUGHT: Final = 100
"""So many answers stand there at a time when no further one is kept that came by itself."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""Octets of one of them. The largest page of receipts that may be configured (500) has about half of that."""

RELEASED, DISMISSED = "released", "dismissed"
"""The end that a person gave an item; or else the code that it stands under instead."""

_ACTED_ON: Final = "verify.replay"
"""A message that is refused for this alone was taken in: whoever had no answer sends it again."""

_IN_CLEAR: Final = "verify.password-in-clear"
"""What is refused for this holds somebody's password, and what is kept is kept for good."""

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


def is_full(store: QuarantineStore, kind: QuarantineKind) -> bool:
    return kind in MOST and store.size(kind) >= MOST[kind]


def no_room(
    store: QuarantineStore,
    octets: bytes,
    error: GatewayError | None,
    kind: QuarantineKind = QuarantineKind.ANSWER,
    most: int | None = None,
) -> GatewayError | None:
    """Return why the octets of an answer or a message that was refused for ``error`` are not kept, or None where they
    are; ``most`` of the kind may stand there, or as many as `MOST` says."""
    what = f"{sha256(octets)}, {len(octets)} bytes"
    if error is not None and error.code == _IN_CLEAR:
        return GatewayError("quarantine.password", detail=what)
    if len(octets) > MAX_BYTES:
        return GatewayError("quarantine.too-large", detail=what)
    limit = MOST.get(kind) if most is None else most
    if limit is not None and store.size(kind) >= limit:
        return GatewayError("quarantine.full", where=f"{limit} of kind {kind}", detail=what)
    return None


def keep(store: Store, refusal: NotBelieved, origin: str, destination: str, now: datetime) -> GatewayError | None:
    """Keep an answer that is not believed, from ``origin`` to us, with its evidence; return why it is not kept, or None
    where it is."""
    return _keep(store, refusal.octets, QuarantineKind.ANSWER, refusal, origin, destination, now)


def keep_brought(
    store: Store, octets: bytes, error: GatewayError, origin: str, destination: str, now: datetime
) -> GatewayError | None:
    """Keep a message that came by itself and is not believed, as `keep` does an answer; anybody can send some, so they
    leave room for answers."""
    if error.code == _ACTED_ON:
        return None
    return _keep(store, octets, QuarantineKind.ANSWER, error, origin, destination, now, MAX_BROUGHT)


def keep_message(
    store: Store, octets: bytes, refusal: GatewayError, source: str, destination: str, now: datetime
) -> GatewayError | None:
    """Keep a message that was pushed to a ``source`` and is refused, as `keep`."""
    if refusal.code == _ACTED_ON:
        return None
    return _keep(store, octets, QuarantineKind.MESSAGE, refusal, source, destination, now)


def _keep(
    store: Store,
    octets: bytes,
    kind: QuarantineKind,
    error: GatewayError,
    origin: str,
    destination: str,
    now: datetime,
    most: int | None = None,
) -> GatewayError | None:
    if reason := no_room(store.quarantine, octets, error, kind, most):
        return reason
    item, payload = set_aside(octets, kind, origin, error, now)
    record = refused(octets, error, origin=origin, destination=destination, now=now)
    store.commit(Changes(quarantine=[item], payloads=[payload], evidence=[record]))
    return None


def bounded(store: Store, answer: Answer[T]) -> tuple[Answer[T], GatewayError | None]:
    """Return the answer, without its octets where it is not believed and there is no room for it, and why."""
    if (
        answer.raw is None
        or answer.refused is None
        or (reason := no_room(store.quarantine, answer.raw, answer.refused)) is None
    ):
        return answer, None
    return replace(answer, raw=None, refused=None), reason
