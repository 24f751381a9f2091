"""Certificate of outages, version 1: the measured outages of the gateway and of the judiciary between two times.

The payload of a `EvidenceKind.OUTAGE_CERTIFICATE` is one object of JSON: keys sorted, no white space, ASCII. It is a
statement of the gateway about its own measurements (`gateway.store.outage`), fixed at the time of its record.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gateway.certificate.covered_place import covered_place
from gateway.certificate.issuing import ISSUED
from gateway.evidence.evidence_log import EvidenceLog
from gateway.notice.notice import sha256
from gateway.operations.notice_access import assert_purpose
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.outage import EndpointOutage, Outages, ServiceGap
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.store import Store
from gateway.store.stored import Changes, Payload

VERSION: Final = 1

MOST_OUTAGES: Final = 500
"""Most outages of one certificate, of both kinds together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageCertificate:
    """Outages as known at ``issued_at`` to the gateway ``origin``, about the endpoint ``destination``."""

    origin: str
    destination: str
    issued_at: datetime
    outages: Outages

    @property
    def id(self) -> str:
        """Return the id of its record."""
        return f"outages:{timestamp(self.outages.begin)}:{timestamp(self.outages.end)}:{timestamp(self.issued_at)}"

    @property
    def octets(self) -> bytes:
        """Return the payload."""
        told = {
            "v": VERSION,
            "origin": self.origin,
            "destination": self.destination,
            "issued_at": timestamp(self.issued_at),
            "begin": timestamp(self.outages.begin),
            "end": timestamp(self.outages.end),
            "measured_since": _time(self.outages.measured_since),
            "gaps": [_gap(each) for each in self.outages.gaps],
            "endpoints": [_endpoint(each) for each in self.outages.endpoints],
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")

    def record(self, salt: bytes | None = None) -> EvidenceRecord:
        """Return its record: with fresh salt, or with that of the record that it had."""
        return evidence_record(
            id=self.id,
            kind=EvidenceKind.OUTAGE_CERTIFICATE,
            notice=None,
            origin=self.origin,
            destination=self.origin,
            event_time=self.issued_at,
            recorded_at=self.issued_at,
            payload_digest=sha256(self.octets),
            salt=None if salt is None else salt.hex(),
        )

    @classmethod
    def of(cls, octets: bytes) -> OutageCertificate:
        """Parse a payload of our own store. Raises ``ValueError`` or ``KeyError`` for other octets."""
        told: dict[str, Any] = json.loads(octets)
        return cls(
            origin=told["origin"],
            destination=told["destination"],
            issued_at=parse_timestamp(told["issued_at"]),
            outages=Outages(
                begin=parse_timestamp(told["begin"]),
                end=parse_timestamp(told["end"]),
                measured_since=_read(told["measured_since"]),
                gaps=tuple(
                    ServiceGap(
                        since=parse_timestamp(each["since"]), until=_read(each["until"]), restored=each["restored"]
                    )
                    for each in told["gaps"]
                ),
                endpoints=tuple(
                    EndpointOutage(
                        destination=told["destination"],
                        since=parse_timestamp(each["since"]),
                        failed_at=parse_timestamp(each["failed_at"]),
                        failures=each["failures"],
                        code=each["code"],
                        over_at=_read(each["over_at"]),
                    )
                    for each in told["endpoints"]
                ),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOutages:
    """Certificate with its place: ``index`` of its record in the tree of ``size`` records of the log ``log``."""

    certificate: OutageCertificate
    digest: str
    index: int
    size: int
    log: str


def issue_outages(store: Store, certificate: OutageCertificate, act: OperatorAction) -> str:
    """Record a certificate, and for what it is issued: the reason of the act. Return the id of its record.

    Raises `GatewayError` ``act.purpose``, ``outages.too-many``, ``store.*``.
    """
    assert_purpose(act.reason, certificate.id)
    number = len(certificate.outages.gaps) + len(certificate.outages.endpoints)
    if number > MOST_OUTAGES:
        raise GatewayError("outages.too-many", detail=f"{number}, at most {MOST_OUTAGES}")
    record = certificate.record()
    told, words = act.record(
        certificate.id,
        origin=certificate.origin,
        outcome=ISSUED,
        id=f"act:{act.name}:{certificate.id}",
        certificate=certificate.id,
    )
    payload = Payload(digest=record.payload_digest, octets=certificate.octets)
    store.commit(Changes(evidence=[record, told], payloads=[payload, words]))
    return record.id


def placed(evidence: EvidenceStore, log: EvidenceLog, id: str) -> PlacedOutages:
    """Return an issued certificate with its place under the first checkpoint that covers it.

    Raises `GatewayError` ``certificate.unknown``, ``evidence.not-archived`` if no checkpoint covers it yet,
    ``store.*``.
    """
    row = evidence.record(id)
    if row is None:
        raise GatewayError("certificate.unknown", where=id)
    place = covered_place(log, id, id)
    return PlacedOutages(
        certificate=OutageCertificate.of(evidence.payload(row.payload_digest)),
        digest=row.payload_digest,
        index=place.index,
        size=place.signed.size,
        log=place.signed.origin,
    )


def _gap(each: ServiceGap) -> dict[str, Any]:
    return {"since": timestamp(each.since), "until": _time(each.until), "restored": each.restored}


def _endpoint(each: EndpointOutage) -> dict[str, Any]:
    return {
        "since": timestamp(each.since),
        "failed_at": timestamp(each.failed_at),
        "failures": each.failures,
        "code": each.code,
        "over_at": _time(each.over_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _read(text: str | None) -> datetime | None:
    return None if text is None else parse_timestamp(text)
