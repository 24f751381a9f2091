"""Write, from fixed input, the octets of a lookup in the asset register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gateway.record.evidence_record import EvidenceRecord
from gateway.record.parcel_answer import AssetLookup, ParcelAnswer, ParcelFinding
from gateway.store.payload import Payload
from tests.golden.service_certificates import AT

_ANSWERS = (
    ("1-2-3-4-5-6-7", ParcelFinding.MUNICIPAL, "2026-02-03T08:00:00Z", None),
    ("1-2-3-4-5-6-8", ParcelFinding.OTHER, None, None),
    ("1-2-3-4-5-6-9", ParcelFinding.UNLISTED, None, None),
    ("1-2-3-4-5-6-0", ParcelFinding.SILENT, None, "asset-register.unreachable"),
)


def lookup() -> AssetLookup:
    """A lookup of four parcels, with every answer that there is."""
    return AssetLookup(
        register="https://assets.city.example/api",
        source="cases",
        answers=[
            ParcelAnswer(
                parcel=parcel,
                finding=finding,
                asked_at=AT,
                answered_at=AT + timedelta(seconds=1),
                as_of=as_of,
                error=error,
            )
            for parcel, finding, as_of, error in _ANSWERS
        ],
    )


def records() -> Iterator[tuple[str, tuple[EvidenceRecord, Payload]]]:
    """Yield its record and its payload, by the golden file's name."""
    made = lookup()
    record = made.record("asset-register", AT + timedelta(seconds=2))
    yield "ASSET_LOOKUP", (record, Payload(digest=record.payload_digest, octets=made.octets))
