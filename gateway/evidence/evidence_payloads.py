"""Selection of payloads for an evidence file; the others are present by their headers alone.

Nothing of another person is included. A message is included only whole, and only if it names no notice outside the
file.
A person's own words, and content that failed verification, are never included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from gateway.evidence.evidence_file import Withheld, media_type, message_name, notice_name, receipt_name
from gateway.evidence.reference_scan import mentioned
from gateway.record.damage import is_damage
from gateway.record.deletion import Deleted
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.errors import GatewayError
from gateway.store.ports.evidence_store import EvidenceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """File to write: its octets are read only then, so that a case's papers are never all in memory."""

    name: str
    digest: bytes
    read: Callable[[], bytes] = field(repr=False)

    @property
    def media_type(self) -> str:
        return media_type(self.name)


Absent = Withheld | Deleted
"""Reason for a missing file of a payload."""


def payloads_of(
    store: EvidenceStore,
    headers: Mapping[int, Header],
    ours: frozenset[str],
    carried: Mapping[str, frozenset[str]],
) -> dict[int, Entry | Absent]:
    """Return the file of each record's payload by its place, or the reason for its absence.

    ``ours`` are the references of the file's notices; ``carried`` are those of messages, by the id of a message's
    record.
    """
    gone = store.deleted(sorted({header.payload_digest for header in headers.values() if header.kind in _OWN}))
    return {
        place: gone[header.payload_digest]
        if header.kind in _OWN and header.payload_digest in gone
        else _payload(store, place, header, ours, carried.get(header.id, frozenset()))
        for place, header in headers.items()
    }


def _payload(
    store: EvidenceStore, place: int, header: Header, ours: frozenset[str], carried: frozenset[str]
) -> Entry | Absent:
    match header.kind:
        case EvidenceKind.SEALED_NOTICE:
            assert header.notice is not None
            return _stored(store, notice_name(header.notice), header)
        case EvidenceKind.RECEIPT:
            assert header.notice is not None
            return _stored(store, receipt_name(header.notice, place, store.payload(header.payload_digest)), header)
        case EvidenceKind.MESSAGE_RECEIVED if "refused" in header.context:
            return Withheld.REFUSED
        case (
            EvidenceKind.MESSAGE_SENT
            | EvidenceKind.MESSAGE_RECEIVED
            | EvidenceKind.COURTESY_MESSAGE
            | EvidenceKind.COURTESY_OUTCOME
        ):
            return _message(store, place, header, ours) if carried <= ours else Withheld.OTHERS
        case EvidenceKind.PERSON_ACT:
            return Withheld.WORDS
        case (
            EvidenceKind.MAPPING_ACTIVATED
            | EvidenceKind.PROFILE_ACTIVATED
            | EvidenceKind.RECOVERY_BEGUN
            | EvidenceKind.PAYLOAD_DELETED
            | EvidenceKind.HISTORY_SET_ASIDE
            | EvidenceKind.PAYLOAD_DAMAGED
            | EvidenceKind.SERVICE_CERTIFICATE
            | EvidenceKind.RULES_ACTIVATED
            | EvidenceKind.CALENDAR_ACTIVATED
            | EvidenceKind.DEADLINES_MOVED
            | EvidenceKind.OUTAGE_CERTIFICATE
            | EvidenceKind.ASSET_LOOKUP
        ):
            return Withheld.OTHERS
        case EvidenceKind.CONFIGURATION_CHANGED:
            return Withheld.CONFIGURATION
        case _:
            assert_never(header.kind)


def _message(store: EvidenceStore, place: int, header: Header, ours: frozenset[str]) -> Entry | Absent:
    """Select a message by its octets: a response may name other notices than the request."""
    try:
        octets = store.payload(header.payload_digest)
    except GatewayError as error:
        # The missing payload is the message itself, or a seal that it carried.
        gone = store.deleted([error.where]) if error.code == "retention.deleted" and error.where else {}
        if gone:
            return next(iter(gone.values()))
        if is_damage(error):
            return Withheld.DAMAGED
        raise
    named = mentioned(octets)
    if named is None or not named <= ours:
        return Withheld.OTHERS
    return _stored(store, message_name(place, octets), header)


_OWN = frozenset({EvidenceKind.SEALED_NOTICE, EvidenceKind.RECEIPT})
"""Kinds of signed records about one notice."""


def held(name: str, octets: bytes) -> Entry:
    """Return an entry of octets in memory."""
    return Entry(name=name, digest=hashlib.sha256(octets).digest(), read=lambda: octets)


def taken_from(entry: Entry, name: str, take: Callable[[bytes], bytes]) -> Entry:
    """Return an entry of the octets that ``take`` extracts from another entry, again when they are written.

    Raises `GatewayError` ``store.payload-missing`` if extraction fails.
    """

    def read() -> bytes:
        try:
            return take(entry.read())
        except ValueError as problem:
            raise GatewayError("store.payload-missing", where=entry.name, detail=str(problem)) from problem

    return Entry(name=name, digest=hashlib.sha256(read()).digest(), read=read)


def _stored(store: EvidenceStore, name: str, header: Header) -> Entry:
    digest = header.payload_digest
    return Entry(name=name, digest=bytes.fromhex(digest.removeprefix("sha256:")), read=lambda: store.payload(digest))
