"""The evidence record, version 1. Its form is final: later versions may be added beside it, never instead of it.

A record is a header of one line of JSON (keys sorted, no white space, ASCII), stored and hashed as the very octets
that stand in the archive. Its leaf hash is that of RFC 9162 section 2.1.1, SHA-256 over 0x00 and the header. The
payload stands apart: the header holds its SHA-256. Thirty-two random octets keep a leaf hash from being guessed.
The place in the tree is given later, by one sequencer. `schemas/evidence/README.md` tells a stranger how to check it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.clock import timestamp

VERSION = 1


class EvidenceKind(StrEnum):
    """What the payload is."""

    SEALED_NOTICE = "SEALED_NOTICE"
    MESSAGE_SENT = "MESSAGE_SENT"
    MESSAGE_RECEIVED = "MESSAGE_RECEIVED"
    RECEIPT = "RECEIPT"
    PERSON_ACT = "PERSON_ACT"
    MAPPING_ACTIVATED = "MAPPING_ACTIVATED"
    RECOVERY_BEGUN = "RECOVERY_BEGUN"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """``header`` is final; ``id`` is derived from what is recorded, so that recording it twice records it once."""

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
) -> EvidenceRecord:
    """Return a new record with fresh salt.

    ``notice`` is the reference that it concerns, or None where it concerns several (a transport message). ``context``
    holds further facts by name (mapping, operation, message id); never a person's data.
    """
    header = {
        "v": VERSION,
        "id": id,
        "kind": kind.value,
        "notice": notice,
        "origin": origin,
        "destination": destination,
        "event_time": timestamp(event_time),
        "recorded_at": timestamp(recorded_at),
        "payload_digest": payload_digest,
        "context": dict(context or {}),
        "salt": secrets.token_hex(32),
    }
    octets = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return EvidenceRecord(
        id=id, kind=kind, notice=notice, payload_digest=payload_digest, recorded_at=recorded_at, header=octets
    )
