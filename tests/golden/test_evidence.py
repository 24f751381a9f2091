"""Records and their payloads: old octets are still read, and today's writers write the same."""

from __future__ import annotations

import json

import pytest

from adapters.crypto.keys.note import NoteVerifier
from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.outage_certificate import OutageCertificate
from gateway.certificate.service_certificate import ServiceCertificate
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.record.damage import DamageReport
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.record.set_aside import SettingAside
from tests.golden import outage_certificates, service_certificates
from tests.golden.keeping import FILES, golden_octets
from tests.golden.octets import AT, DIGEST, OCTETS, REFERENCE, SEAL, damage_report, note_signer, setting_aside

RECORDS = sorted(path.name.removesuffix(".header.json") for path in (FILES / "evidence").glob("*.header.json"))


def payload(name: str) -> bytes:
    return golden_octets(f"evidence/{name}.payload")


@pytest.mark.parametrize("name", [name for name in OCTETS if name.startswith("evidence/")])
def test_a_record_is_written_as_it_always_was(name: str) -> None:
    assert OCTETS[name]() == golden_octets(name)


@pytest.mark.parametrize("name", RECORDS)
def test_a_golden_header_is_read_and_names_its_payload(name: str) -> None:
    octets = golden_octets(f"evidence/{name}.header.json")
    header, reported = Header.of(octets), json.loads(octets)
    assert header.kind.value == name.partition(".")[0]
    assert header.event_time <= header.recorded_at
    for fact in ("id", "notice", "origin", "destination", "event_time", "recorded_at", "payload_digest", "context"):
        assert getattr(header, fact) == reported[fact]
    kept = payload(name)
    if name in ("MESSAGE_SENT", "MESSAGE_RECEIVED.receipts"):
        frame = Frame.load(kept)
        assert frame.seals == (DIGEST,)
        kept = frame.fill({DIGEST: SEAL}.__getitem__)
    assert sha256(kept) == header.payload_digest


def test_each_kind_has_a_golden_record() -> None:
    assert {name.partition(".")[0] for name in RECORDS} >= {kind.value for kind in EvidenceKind}


def test_a_golden_deletion_is_read() -> None:
    deletion = Deletion.of(payload("PAYLOAD_DELETED"))
    assert (deletion.rule, deletion.payload_days, deletion.at, deletion.digests) == ("papers", 3650, AT, (DIGEST,))


def test_a_golden_certificate_is_read() -> None:
    assert ServiceCertificate.of(payload("SERVICE_CERTIFICATE")) == service_certificates.certificate()


def test_a_golden_certificate_of_outages_is_read() -> None:
    assert OutageCertificate.of(payload("OUTAGE_CERTIFICATE")) == outage_certificates.certificate()


def test_a_golden_code_of_a_certificate_verifies() -> None:
    """Its payload is compressed, and another zlib may write other octets: the text is read, and not written again."""
    found = PrintedCertificate.of(golden_octets("certificate/code.txt").decode())
    assert found == service_certificates.printed(note_signer())
    assert found.header == golden_octets("evidence/SERVICE_CERTIFICATE.header.json")
    assert found.opened(NoteVerifier.of(golden_octets("archive/archive.vkey").decode())).size == 8


def test_a_golden_damage_is_read() -> None:
    assert DamageReport.of(payload("PAYLOAD_DAMAGED")) == damage_report()


def test_a_golden_setting_aside_is_read() -> None:
    assert SettingAside.of(payload("HISTORY_SET_ASIDE")) == setting_aside()


def test_a_golden_act_says_who_did_what_and_why() -> None:
    act = json.loads(payload("PERSON_ACT"))
    assert (act["act"], act["subject"], act["account"], act["reason"]) == (
        "queue.hold",
        REFERENCE,
        "1000 clerk",
        "تا رأی دیوان",
    )
