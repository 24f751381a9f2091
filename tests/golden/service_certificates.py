"""Write, from fixed input, the octets of a certificate of service: its record, and the text of its code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from adapters.crypto.keys.note import NoteSigner
from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.recipient_check import RecipientCheck
from gateway.certificate.service_certificate import Deadline, ServiceCertificate, record_of
from gateway.merkle.checkpoint import SignedNote
from gateway.merkle.tiles import Tiles
from gateway.merkle.tree import inclusion_path, leaf_hash
from gateway.notice.legal_effect import Effect, ServiceDate
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceRecord
from gateway.runtime.clock import parse_timestamp
from gateway.store.payload import Payload

AT: Final = parse_timestamp("2026-02-03T08:30:15.123456Z")
SALT: Final = bytes.fromhex("0123456789abcdef" * 4)
INDEX: Final = 3


def certificate() -> ServiceCertificate:
    """A certificate of actual service, with a deadline."""
    return ServiceCertificate(
        origin="eblagh.city.example",
        notice="EB-" + "A" * 32,
        seal=sha256("<seal>ابلاغ</seal>".encode()),
        body="article-100",
        kind="ruling",
        issued_at=AT,
        delivered_at=AT - timedelta(days=3),
        viewed_at=AT - timedelta(days=2),
        legal_service_at=None,
        service=ServiceDate(date="1404-11-11", effect=Effect.ACTUAL, rule="by-law-1395-article-13"),
        recipient=RecipientCheck(salt=SALT[:16], value=SALT[16:]),
        deadline=Deadline(last_day="1404-11-25", rule="article-100-primary 1", calendar="national 1404-1"),
    )


def records() -> Iterator[tuple[str, tuple[EvidenceRecord, Payload]]]:
    """Yield each record of a certificate, and its payload, by the golden file's name."""
    made = certificate()
    record = record_of(made, SALT)
    yield "SERVICE_CERTIFICATE", (record, Payload(digest=record.payload_digest, octets=made.octets))


def printed(signer: NoteSigner) -> PrintedCertificate:
    """Return the certificate in a tree of eight records."""
    made = certificate()
    leaves = [leaf_hash(f"record {number}".encode()) for number in range(8)]
    leaves[INDEX] = record_of(made, SALT).leaf_hash
    tree = Tiles(0, lambda _: b"")
    tree.append(leaves)
    [signature] = SignedNote.of(signer.sign(tree.size, tree.root())).signatures
    return PrintedCertificate(
        certificate=made,
        salt=SALT,
        index=INDEX,
        size=tree.size,
        path=tuple(inclusion_path(INDEX, tree.size, tree.node)),
        log=signer.name,
        key_id=signature.key_id,
        signature=signature.signature,
    )
