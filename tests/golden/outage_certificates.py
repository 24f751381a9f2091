"""Write, from fixed input, the octets of a certificate of outages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gateway.certificate.outage_certificate import OutageCertificate
from gateway.record.evidence_record import EvidenceRecord
from gateway.store.outage import EndpointOutage, Outages, ServiceGap
from gateway.store.payload import Payload
from tests.golden.service_certificates import AT, SALT

_HOUR = timedelta(hours=1)


def certificate() -> OutageCertificate:
    """A certificate of a day on which the gateway did not run twice, and the judiciary did not answer once."""
    begin, end = AT - 24 * _HOUR, AT
    return OutageCertificate(
        origin="eblagh.city.example",
        destination="court",
        issued_at=AT,
        outages=Outages(
            begin=begin,
            end=end,
            measured_since=begin - _HOUR,
            gaps=(
                ServiceGap(since=begin + _HOUR, until=begin + 2 * _HOUR, restored=True),
                ServiceGap(since=end - _HOUR, until=None),
            ),
            endpoints=(
                EndpointOutage(
                    destination="court",
                    since=begin + 3 * _HOUR,
                    failed_at=begin + 4 * _HOUR,
                    failures=9,
                    code="courier.no-answer",
                    over_at=begin + 5 * _HOUR,
                ),
            ),
        ),
    )


def records() -> Iterator[tuple[str, tuple[EvidenceRecord, Payload]]]:
    """Yield its record and its payload, by the golden file's name."""
    made = certificate()
    record = made.record(SALT)
    yield "OUTAGE_CERTIFICATE", (record, Payload(digest=record.payload_digest, octets=made.octets))
