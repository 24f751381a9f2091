"""Answers of the asset register about parcels, as evidence: one record for the parcels that were asked about together.

The record of a notice's seal says what was found about its parcel, when, and by which of these records.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import timestamp

VERSION: Final = 1

FINDING: Final = "asset_register"
"""Key in the context of a seal's record: a `ParcelFinding`."""

FOUND_AT: Final = "asset_register_at"
"""Key in that context: the time of the answer, or of the end of waiting for one."""

LOOKUP: Final = "asset_lookup"
"""Key in that context: the id of the record of the lookup."""


class ParcelFinding(StrEnum):
    """Finding about a parcel. The values stand in evidence and never change."""

    MUNICIPAL = "municipal"
    OTHER = "not-municipal"
    UNLISTED = "not-listed"
    """The register does not know the parcel."""
    SILENT = "no-answer"
    """There was no usable answer, so nothing is known."""
    NO_CODE = "no-renovation-code"
    """Not looked up: the case has no renovation code of seven parts."""
    NOT_CONFIGURED = "not-configured"
    """Not looked up: no register is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelAnswer:
    """Answer about one parcel (its renovation code).

    ``as_of`` is the time for which the register itself states its answer, as it came. ``error`` is the code of what
    was wrong, if there was no usable answer.
    """

    parcel: str
    finding: ParcelFinding
    asked_at: datetime
    answered_at: datetime
    as_of: str | None = None
    error: str | None = None

    @property
    def told(self) -> dict[str, str | None]:
        return {
            "parcel": self.parcel,
            "finding": self.finding.value,
            "asked_at": timestamp(self.asked_at),
            "answered_at": timestamp(self.answered_at),
            "as_of": self.as_of,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetLookup:
    """Answers about the parcels that were asked about together, for rows of ``source``.

    ``register`` is the register's address. Parcels stand in the payload alone: with other data they lead to a person.
    """

    register: str
    source: str
    answers: Sequence[ParcelAnswer]

    @property
    def octets(self) -> bytes:
        """Return the payload."""
        told = {
            "v": VERSION,
            "register": self.register,
            "source": self.source,
            "answers": [each.told for each in self.answers],
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")

    @property
    def id(self) -> str:
        """Return the id of its record."""
        return f"asset-lookup:{sha256(self.octets).removeprefix('sha256:')}"

    def record(self, origin: str, recorded_at: datetime) -> EvidenceRecord:
        """Return its record. ``origin`` is the name of the register's side, as of a source."""
        findings = [each.finding for each in self.answers]
        counts = {each.value: str(findings.count(each)) for each in dict.fromkeys(findings)}
        return evidence_record(
            id=self.id,
            kind=EvidenceKind.ASSET_LOOKUP,
            notice=None,
            origin=origin,
            destination=self.source,
            event_time=max(each.answered_at for each in self.answers),
            recorded_at=recorded_at,
            payload_digest=sha256(self.octets),
            context={"register": self.register, **counts},
        )


def finding_of(context: Mapping[str, str]) -> ParcelFinding | None:
    """Return the finding that a seal's record tells; None for one that tells none, or one of a later version."""
    told = context.get(FINDING)
    return ParcelFinding(told) if told in set(ParcelFinding) else None
