"""Issue a certificate of service, and find its place in the log.

A certificate is issued for a purpose, which is on record like any opening of a notice: both records are written
together, before anything is shown. It can be printed once a signed checkpoint covers its record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.covered_place import covered_place
from gateway.certificate.recipient_check import RecipientCheck
from gateway.certificate.service_certificate import Deadline, ServiceCertificate, record_of, salt_of
from gateway.evidence.evidence_log import EvidenceLog
from gateway.merkle.tiles import Tiles
from gateway.merkle.tree import inclusion_path
from gateway.notice.legal_effect import ServiceDate
from gateway.operations.notice_access import Access, assert_purpose
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.errors import GatewayError
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.store import Store
from gateway.store.stored import Admission, Changes, Payload

ISSUED: Final = "issued"
"""Outcome of the act."""


def certificate_of(
    admission: Admission,
    identifier: str,
    origin: str,
    now: datetime,
    service: ServiceDate | None,
    deadline: Deadline | None,
) -> ServiceCertificate:
    """Return the certificate of a notice as it stands now, served by the rules of its arrival.

    ``deadline`` is None unless a confirmed rule gives one. ``identifier`` is the recipient's, from the sealed notice.
    """
    entry = admission.entry
    return ServiceCertificate(
        origin=origin,
        notice=entry.reference,
        seal=entry.seal_digest,
        body=admission.body,
        kind=admission.kind,
        issued_at=now,
        delivered_at=entry.delivered_at,
        viewed_at=entry.viewed_at,
        legal_service_at=entry.legal_service_at,
        service=service,
        recipient=RecipientCheck.new(admission.recipient_name, identifier, admission.case_number),
        deadline=deadline,
    )


def issue(store: Store, certificate: ServiceCertificate, act: OperatorAction) -> str:
    """Record a certificate, and for what it is issued: the reason of the act. Return the id of its record.

    Raises `GatewayError` ``act.purpose``, ``store.*``.
    """
    assert_purpose(act.reason, certificate.notice)
    record = record_of(certificate)
    opening, words = act.record(
        certificate.notice,
        origin=certificate.origin,
        outcome=ISSUED,
        notice=certificate.notice,
        id=f"act:{Access.CERTIFICATE}:{certificate.id}",
        certificate=certificate.id,
    )
    payload = Payload(digest=record.payload_digest, octets=certificate.octets)
    store.commit(Changes(evidence=[record, opening], payloads=[payload, words]))
    return record.id


def proven(evidence: EvidenceStore, log: EvidenceLog, id: str) -> PrintedCertificate:
    """Return an issued certificate with its proof, by the id of its record: under the first checkpoint that covers it.

    Raises `GatewayError` ``certificate.unknown``, ``evidence.not-archived`` if no checkpoint covers it yet,
    ``store.*``.
    """
    row = evidence.record(id)
    if row is None:
        raise GatewayError("certificate.unknown", where=id)
    certificate = ServiceCertificate.of(evidence.payload(row.payload_digest))
    place = covered_place(log, id, certificate.notice)
    return PrintedCertificate(
        certificate=certificate,
        salt=salt_of(row.header),
        index=place.index,
        size=place.signed.size,
        path=tuple(inclusion_path(place.index, place.signed.size, Tiles(place.signed.size, log.tile).node)),
        log=place.signed.origin,
        key_id=place.own.key_id,
        signature=place.own.signature,
    )
