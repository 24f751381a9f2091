"""A certificate of service: its record, the text of its code, and what a changed one comes to."""

from __future__ import annotations

from contextlib import suppress

import pytest

from adapters.crypto.keys.note import NoteSigner
from gateway.certificate.certificate_text import PREFIX, PrintedCertificate, base45, from_base45
from gateway.certificate.service_certificate import Deadline, NotACertificate, ServiceCertificate, record_of
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, Header
from tests.certificate.samples import AT, KEY, PERSON, STRANGER, certificate, printed


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


@pytest.mark.parametrize(("hashes", "most"), [(10, 950), (20, 1280), (24, 1410), (30, 1610)])
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


def test_a_changed_octet_changes_no_content() -> None:
    """Nearly every change is refused. A few may compress the same content in another way: then nothing is changed."""
    made = printed(certificate(), 4)
    octets = from_base45(made.text.removeprefix(PREFIX))
    believed = []
    for at in range(len(octets)):
        changed = bytearray(octets)
        changed[at] ^= 1
        with suppress(NotACertificate):
            found = PrintedCertificate.of(PREFIX + base45(bytes(changed)))
            found.opened(KEY.verifier)
            believed.append(found)
    assert all(each == made for each in believed)
    assert len(believed) <= 3
    for cut in range(0, len(octets), 7):
        with pytest.raises(NotACertificate):
            PrintedCertificate.of(PREFIX + base45(octets[:cut]))
    with pytest.raises(NotACertificate):
        PrintedCertificate.of(PREFIX + base45(octets + b"\0"))


def test_another_log_is_not_believed() -> None:
    with pytest.raises(NotACertificate, match="has not signed it"):
        PrintedCertificate.of(printed(certificate(), signer=STRANGER).text).opened(KEY.verifier)
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
