"""Evidence record, version 1. Its form is final: later versions may be added beside it, never instead of it.

A record is a header of one line of JSON (keys sorted, no white space, ASCII); store, hash and archive use the same
octets. Its leaf hash is that of RFC 9162 section 2.1.1, SHA-256 over 0x00 and the header.
The payload is separate: the header holds its SHA-256. Thirty-two random octets prevent a guess of the leaf hash. One
sequencer assigns the place in the tree later. `schemas/evidence/README.md` explains the check by third parties.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from json.encoder import encode_basestring_ascii as _quoted

from gateway.notice.notice import DIGEST
from gateway.runtime.clock import parse_recorded, timestamp
from gateway.runtime.randomness import random_hex

VERSION = 1

INSTEAD_OF = "instead_of"
"""Key in the context of a seal's record: the id of the record of the replaced seal (`gateway.intake.resealing`)."""

UNSIGNED = "unsigned"
"""Key in the context of a message of ours that nobody signed; the value says what it relies on."""

CARRIED_BY = "carried_by"
"""Key in the context of a receipt without a signature of its own: the id of the record of the message it came in."""


class EvidenceKind(StrEnum):
    """Kind of a record's payload."""

    SEALED_NOTICE = "SEALED_NOTICE"
    MESSAGE_SENT = "MESSAGE_SENT"
    MESSAGE_RECEIVED = "MESSAGE_RECEIVED"
    RECEIPT = "RECEIPT"
    PERSON_ACT = "PERSON_ACT"
    MAPPING_ACTIVATED = "MAPPING_ACTIVATED"
    PROFILE_ACTIVATED = "PROFILE_ACTIVATED"
    RECOVERY_BEGUN = "RECOVERY_BEGUN"
    CONFIGURATION_CHANGED = "CONFIGURATION_CHANGED"
    PAYLOAD_DELETED = "PAYLOAD_DELETED"
    HISTORY_SET_ASIDE = "HISTORY_SET_ASIDE"
    PAYLOAD_DAMAGED = "PAYLOAD_DAMAGED"
    SERVICE_CERTIFICATE = "SERVICE_CERTIFICATE"
    RULES_ACTIVATED = "RULES_ACTIVATED"
    CALENDAR_ACTIVATED = "CALENDAR_ACTIVATED"
    DEADLINES_MOVED = "DEADLINES_MOVED"
    OUTAGE_CERTIFICATE = "OUTAGE_CERTIFICATE"
    ASSET_LOOKUP = "ASSET_LOOKUP"
    COURTESY_MESSAGE = "COURTESY_MESSAGE"
    COURTESY_OUTCOME = "COURTESY_OUTCOME"


class NotARecord(Exception):
    """The octets are no record's header; the text gives the reason in a few words."""

    literal_name = "NotARecord"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Header as read back: it has the form of a record, and nothing else is verified.

    Times are texts of one width, which sort.
    """

    id: str
    kind: EvidenceKind
    notice: str | None
    origin: str
    destination: str
    event_time: str
    recorded_at: str
    payload_digest: str
    context: Mapping[str, str]

    @classmethod
    def of(cls, octets: bytes) -> Header:
        """Parse a header. Raises `NotARecord` for every other form than that of `evidence_record`.

        A time outside the years of `parse_recorded` is no time of a record.
        """
        try:
            told = json.loads(octets)
            version, salt = told.pop("v"), told.pop("salt")
            told["kind"] = EvidenceKind(told["kind"])
            header = cls(**told)
            for time in (header.event_time, header.recorded_at):
                parse_recorded(time)
            f"{header.id}{header.notice}".encode()  # half of a pair stands in no store, and no reader could write it
            right = (
                version == VERSION
                and _octets(salt=salt, **told) == octets
                and DIGEST.fullmatch(header.payload_digest) is not None
                and _SALT.fullmatch(salt) is not None
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotARecord("not the header of a record") from error
        if not right:
            raise NotARecord("a header of another form")
        return header

    @classmethod
    def read(cls, octets: bytes) -> Header | None:
        """Parse a header as `of` does; return None if it cannot be read."""
        try:
            return cls.of(octets)
        except NotARecord:
            return None


_SALT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """Evidence record; ``header`` is final.

    ``id`` is derived from the content, so that a repeated recording makes one record.
    """

    id: str
    kind: EvidenceKind
    notice: str | None
    payload_digest: str
    recorded_at: datetime
    header: bytes

    @property
    def leaf_hash(self) -> bytes:
        return hashlib.sha256(b"\x00" + self.header).digest()


def evidence_record(
    *,
    id: str,
    kind: EvidenceKind,
    notice: str | None,
    origin: str,
    destination: str,
    event_time: datetime,
    recorded_at: datetime,
    payload_digest: str,
    context: Mapping[str, str] | None = None,
    salt: str | None = None,
) -> EvidenceRecord:
    """Return a new record with fresh salt; with a ``salt``, a record again that had it.

    ``notice`` is the reference that it concerns, or None if it concerns several (a transport message). ``context``
    holds further facts by name (mapping, operation, message id); never a person's data.
    """
    header = _octets(
        id=id,
        kind=kind,
        notice=notice,
        origin=origin,
        destination=destination,
        event_time=timestamp(event_time),
        recorded_at=timestamp(recorded_at),
        payload_digest=payload_digest,
        context=context or {},
        salt=salt or random_hex(32),
    )
    return EvidenceRecord(
        id=id, kind=kind, notice=notice, payload_digest=payload_digest, recorded_at=recorded_at, header=header
    )


def states(header: bytes, *, notice: str, payload_digest: str, event_time: str) -> bool:
    """Return True if a record's header states these facts. It is not parsed, and its form is not verified.

    A ``"`` within a text is escaped. So these octets are the header's own keys, which stand behind all of the context.
    """
    facts = header[header.rfind(b'","event_time":"') :]
    return (
        facts.startswith(f'","event_time":{_quoted(event_time)},"id":"'.encode())
        and f'","notice":{_quoted(notice)},"origin":"'.encode() in facts
        and f'","payload_digest":{_quoted(payload_digest)},"recorded_at":"'.encode() in facts
    )


def _octets(
    *,
    id: str,
    kind: EvidenceKind,
    notice: str | None,
    origin: str,
    destination: str,
    event_time: str,
    recorded_at: str,
    payload_digest: str,
    context: Mapping[str, str],
    salt: str,
) -> bytes:
    """Return the octets of a record. Raises ``TypeError`` for a value that is no text."""
    further = ",".join([f"{_quoted(name)}:{_quoted(text)}" for name, text in sorted(context.items())])
    return (
        f'{{"context":{{{further}}},"destination":{_quoted(destination)},"event_time":{_quoted(event_time)}'
        f',"id":{_quoted(id)},"kind":{_quoted(kind._value_)},"notice":{"null" if notice is None else _quoted(notice)}'
        f',"origin":{_quoted(origin)},"payload_digest":{_quoted(payload_digest)}'
        f',"recorded_at":{_quoted(recorded_at)},"salt":{_quoted(salt)},"v":{VERSION}}}'
    ).encode("ascii")
