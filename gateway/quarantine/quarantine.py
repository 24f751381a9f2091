"""Store rejected input in quarantine and continue; its limits depend on the possible senders.

A receipt comes inside a verified response. Every refused one is kept: a person may find that it was right (a
certificate that was not registered yet), and then its deadline runs.
A response that failed verification may be anybody's, and so may a pushed message. Of each kind the first `MOST` are
kept, each up to `MAX_BYTES`, until a person ends some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from gateway.judiciary.courier import Answer, NotBelieved
from gateway.notice.notice import sha256
from gateway.record.evidence_record import CARRIED_BY, EvidenceKind, EvidenceRecord, evidence_record
from gateway.record.masking import masks
from gateway.runtime.errors import GatewayError
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.store import Store
from gateway.store.stored import Changes, Payload, Quarantined, QuarantineKind

MOST: Final = {QuarantineKind.ANSWER: 250, QuarantineKind.MESSAGE: 100}
"""Maximum number of items of a kind in quarantine; receipts have no limit."""

MAX_BROUGHT: Final = 100
"""Number of rejected responses in quarantine at which no further pushed message is kept."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""Maximum size of an item in octets. The largest configurable page of receipts (500) has about half of that."""

RELEASED, DISMISSED = "released", "dismissed"
"""Ends that a person gives an item."""

KNOWN: Final = "known"
"""End of a receipt that was judged again by itself, and accepted. Any other end is the code under which it now stands.
"""

_ACTED_ON: Final = "verify.replay"
"""Code of a repeated message: it was accepted before, and its sender missed the response."""

_IN_CLEAR: Final = "verify.password-in-clear"
"""Code of a message with a password in clear: quarantine never deletes, so it must not be stored."""

T = TypeVar("T")


def set_aside(
    octets: bytes, kind: QuarantineKind, origin: str, error: GatewayError, now: datetime
) -> tuple[Quarantined, Payload]:
    """Build an item and its payload."""
    payload = Payload(digest=sha256(octets), octets=octets)
    return quarantined(payload.digest, kind, origin, error, now), payload


def quarantined(digest: str, kind: QuarantineKind, origin: str, error: GatewayError, now: datetime) -> Quarantined:
    """Build an item whose octets are stored already."""
    return Quarantined(
        payload_digest=digest, kind=kind, origin=origin, code=error.code, detail=str(error), received_at=now
    )


def refused(
    octets: bytes,
    error: GatewayError,
    *,
    origin: str,
    destination: str,
    now: datetime,
    carried_by: str | None = None,
    masked: Sequence[str] = (),
) -> EvidenceRecord:
    """Return the record of a rejected receipt, or of a rejected response that no notice waits for.

    The same octets, refused for the same reason, are one record, however often they come. ``carried_by`` is the id of
    the record of the message on which a receipt without a signature rests. ``masked`` are the places of secrets that
    were taken out.
    """
    digest = sha256(octets)
    return evidence_record(
        id=refusal_id(digest, error.code),
        kind=EvidenceKind.MESSAGE_RECEIVED,
        notice=None,
        origin=origin,
        destination=destination,
        event_time=now,
        recorded_at=now,
        payload_digest=digest,
        context={"refused": error.code, **({CARRIED_BY: carried_by} if carried_by else {}), **masks(masked)},
    )


def refusal_id(digest: str, code: str) -> str:
    """Return the id of the record that these octets were refused for this reason."""
    return f"refused:{digest}:{code}"


def is_full(store: QuarantineStore, kind: QuarantineKind) -> bool:
    return kind in MOST and store.size(kind) >= MOST[kind]


def no_room(
    store: QuarantineStore,
    octets: bytes,
    error: GatewayError | None,
    kind: QuarantineKind = QuarantineKind.ANSWER,
    most: int | None = None,
) -> GatewayError | None:
    """Return the reason for not keeping a rejected response or message; None if it is kept.

    ``most`` limits the number of its kind; the default is that of `MOST`.
    """
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
    """Store a rejected response from ``origin`` to us, with its evidence; return the reason if it is not kept."""
    return _keep(store, refusal.octets, QuarantineKind.ANSWER, refusal, origin, destination, now)


def keep_brought(
    store: Store, octets: bytes, error: GatewayError, origin: str, destination: str, now: datetime
) -> GatewayError | None:
    """Store a rejected message that the judiciary pushed, as `keep` does a response.

    Anybody can send such messages, so they leave room for responses.
    """
    if error.code == _ACTED_ON:
        return None
    return _keep(store, octets, QuarantineKind.ANSWER, error, origin, destination, now, MAX_BROUGHT)


def keep_message(
    store: Store, octets: bytes, refusal: GatewayError, source: str, destination: str, now: datetime
) -> GatewayError | None:
    """Store a rejected message that was pushed to a ``source``, as `keep`."""
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
    masked = error.masked if isinstance(error, NotBelieved) else ()
    record = refused(octets, error, origin=origin, destination=destination, now=now, masked=masked)
    store.commit(Changes(quarantine=[item], payloads=[payload], evidence=[record]))
    return None


def bounded(store: Store, answer: Answer[T]) -> tuple[Answer[T], GatewayError | None]:
    """Return the response, without its octets if they were rejected and do not fit, and the reason."""
    if (
        answer.raw is None
        or answer.refused is None
        or (reason := no_room(store.quarantine, answer.raw, answer.refused)) is None
    ):
        return answer, None
    return replace(answer, raw=None, refused=None), reason
