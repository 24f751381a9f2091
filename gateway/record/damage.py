"""Damage as evidence: the payloads that were unreadable when their records were archived.

One octet lost by a disk must not keep every later record out of the archive. So a segment is written without the
payload, and a record names the payload and the reason.
The payload of a `EvidenceKind.PAYLOAD_DAMAGED` is one object of JSON: ``at``, and ``payloads`` with ``digest`` and
``found`` (``changed`` or ``not there``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.notice.notice import DIGEST, sha256
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError

MARK: Final = b'"kind":"PAYLOAD_DAMAGED"'
"""Part of the header of such a record, for a search before parsing."""

CHANGED: Final = "changed"
NOT_THERE: Final = "not there"


def is_damage(error: GatewayError) -> bool:
    """Return True if an error of reading is the damage of one payload.

    A missing file is not: it holds many payloads, and may only be out of reach.
    """
    return error.code == "store.payload-missing" and not error.detail.startswith(f"{NOT_THERE}: ")


class NotADamage(Exception):
    """The octets are not the payload of a record of damage."""

    literal_name = "NotADamage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Damaged payload, and its state when ``found``."""

    digest: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageReport:
    """Report of payloads found damaged at one time."""

    at: datetime
    payloads: Sequence[Damage]

    @property
    def octets(self) -> bytes:
        payloads = [{"digest": each.digest, "found": each.found} for each in self.payloads]
        return json.dumps({"at": timestamp(self.at), "payloads": payloads}, sort_keys=True, indent=0).encode() + b"\n"

    @classmethod
    def of(cls, octets: bytes) -> DamageReport:
        """Parse the payload of a record of damage. Raises `NotADamage`."""
        try:
            told = json.loads(octets)
            found = cls(
                at=parse_timestamp(told["at"]),
                payloads=[Damage(digest=each["digest"], found=each["found"]) for each in told["payloads"]],
            )
            right = found.octets == octets and all(
                DIGEST.fullmatch(each.digest) and each.found in (CHANGED, NOT_THERE) for each in found.payloads
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotADamage("not the payload of such a record") from error
        if not right:
            raise NotADamage("written in another form")
        return found

    def record(self, origin: str) -> EvidenceRecord:
        """Build the record, with `octets` as its payload."""
        digest = sha256(self.octets)
        return evidence_record(
            id=f"damage:{digest}",
            kind=EvidenceKind.PAYLOAD_DAMAGED,
            notice=None,
            origin=origin,
            destination=origin,
            event_time=self.at,
            recorded_at=self.at,
            payload_digest=digest,
            context={"payloads": str(len(self.payloads))},
        )
