"""A certificate of service: its record, the text of its code, and what a changed one comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.keys.note import NoteSigner
from gateway.certificate.certificate_text import PREFIX, PrintedCertificate, base45, from_base45
from gateway.certificate.recipient_check import RecipientCheck
from gateway.certificate.service_certificate import (
    Deadline,
    NotACertificate,
    ServiceCertificate,
    record_of,
    salt_of,
)
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.merkle.tree import leaf_hash, root_from_inclusion
from gateway.notice.legal_effect import service
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, Header

AT = datetime(2026, 2, 3, 8, 30, 15, 123456, tzinfo=UTC)
LOG = "eblagh.city.example/archive"
KEY = NoteSigner(name=LOG, key=Ed25519PrivateKey.from_private_bytes(b"certificate-key-vouches-for-none"))
PERSON = ("مهران رضایی", "0012345679", "140412345678901234")
CHECK = RecipientCheck.new(*PERSON)


def certificate(**changes: object) -> ServiceCertificate:
    arrived, viewed = AT - timedelta(days=3), AT - timedelta(days=2)
    made = ServiceCertificate(
        origin="eblagh.city.example",
        notice="EB-" + "A" * 32,
        seal=sha256(b"seal"),
        body="article-100",
        kind="ruling",
        issued_at=AT,
        delivered_at=arrived,
        viewed_at=viewed,
        legal_service_at=None,
        service=service(arrived, viewed),
        recipient=CHECK,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def printed(
    made: ServiceCertificate, hashes: int = 20, signer: NoteSigner = KEY, index: int | None = None
) -> PrintedCertificate:
    """Return a certificate in a full tree of 2 ** ``hashes`` records, whose other hashes are made up."""
    size = 1 << hashes
    index = size // 3 if index is None else index
    path: Sequence[bytes] = [leaf_hash(bytes([level])) for level in range(hashes)]
    record = record_of(made)
    root = root_from_inclusion(record.leaf_hash, index, size, path)
    assert root is not None
    [own] = SignedNote.of(signer.sign(size, root)).signatures
    return PrintedCertificate(
        certificate=made,
        salt=salt_of(record.header),
        index=index,
        size=size,
        path=tuple(path),
        log=signer.name,
        key_id=own.key_id,
        signature=own.signature,
    )


def test_the_record_has_neither_name_nor_number_of_the_person() -> None:
    made = certificate()
    record = record_of(made)
    header = Header.of(record.header)
    assert (header.kind, header.id, header.context) == (EvidenceKind.SERVICE_CERTIFICATE, made.id, {})
    assert header.payload_digest == sha256(made.octets)
    for secret in PERSON:
        assert secret not in made.octets.decode()
        assert secret not in repr(made)


def test_a_payload_is_read_back_and_has_one_form() -> None:
    deadline = Deadline(last_day="1404-11-25", rule="article-100/primary 3", calendar="1404-2")
    for made in (certificate(), certificate(service=None, delivered_at=None), certificate(deadline=deadline)):
        assert ServiceCertificate.of(made.octets) == made
        with pytest.raises(NotACertificate):
            ServiceCertificate.of(made.octets.replace(b":", b": ", 1))
    with pytest.raises(NotACertificate):
        ServiceCertificate.of(certificate(body="two\nlines").octets)


def test_the_recipient_is_compared_as_people_write() -> None:
    check = certificate().recipient
    assert check.fits(*PERSON)
    assert check.fits("مهران  رضایي", "۰۰۱۲۳۴۵۶۷۹", "۱۴۰۴۱۲۳۴۵۶۷۸۹۰۱۲۳۴")
    assert not check.fits("مهران رضایی", "0012345678", PERSON[2])
    assert not check.fits("مهرداد رضایی", PERSON[1], PERSON[2])


def test_the_text_of_the_code_verifies() -> None:
    made = printed(certificate())
    found = PrintedCertificate.of(made.text)
    assert found == made
    assert found.opened(KEY.verifier) == Checkpoint.of(SignedNote.of(found.note).text)
    assert found.opened(KEY.verifier).size == 1 << 20


@pytest.mark.parametrize(("hashes", "most"), [(10, 1000), (20, 1300), (24, 1430), (30, 1620)])
def test_the_code_is_small(hashes: int, most: int) -> None:
    deadline = Deadline(last_day="1404-11-25", rule="article-100/primary/2026-01-01/3", calendar="tehran/1404-2")
    made = certificate(deadline=deadline, legal_service_at=AT, body="commission-article-100-appeal")
    text = printed(made, hashes).text
    # An alphanumeric code holds two characters in eleven bits.
    assert len(text) * 5.5 / 8 <= most


def test_base45_is_that_of_the_rfc() -> None:
    for octets, text in ((b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581")):
        assert base45(octets) == text
        assert from_base45(text) == octets
    for wrong in ("GGW", "A", "ab1", ":::"):
        with pytest.raises(NotACertificate):
            from_base45(wrong)


def test_every_changed_octet_is_noticed() -> None:
    made = printed(certificate(), 4)
    octets = from_base45(made.text.removeprefix(PREFIX))
    for at in range(len(octets)):
        changed = bytearray(octets)
        changed[at] ^= 1
        with pytest.raises(NotACertificate):
            PrintedCertificate.of(PREFIX + base45(bytes(changed))).opened(KEY.verifier)
    for cut in range(0, len(octets), 7):
        with pytest.raises(NotACertificate):
            PrintedCertificate.of(PREFIX + base45(octets[:cut]))
    with pytest.raises(NotACertificate):
        PrintedCertificate.of(PREFIX + base45(octets + b"\0"))


def test_another_log_is_not_believed() -> None:
    stranger = NoteSigner(name=LOG, key=Ed25519PrivateKey.from_private_bytes(b"another-key-of-the-same-name----"))
    with pytest.raises(NotACertificate, match="has not signed it"):
        PrintedCertificate.of(printed(certificate(), signer=stranger).text).opened(KEY.verifier)
    other = NoteSigner(name="other.example/archive", key=KEY.key)
    with pytest.raises(NotACertificate):
        PrintedCertificate.of(printed(certificate(), signer=other).text).opened(KEY.verifier)


def test_a_tree_of_one_record_has_no_hashes() -> None:
    made = printed(certificate(), 0)
    assert PrintedCertificate.of(made.text).opened(KEY.verifier).size == 1


def test_a_leaf_is_that_of_the_record() -> None:
    made = printed(certificate())
    assert Header.of(made.header).id == made.certificate.id
    assert made.certificate.issued_at == AT
