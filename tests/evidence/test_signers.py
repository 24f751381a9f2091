"""An evidence file is judged by the pins that an archive is judged by (`tests/archive/test_signers.py`)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.storage.sql_store import SqlStore
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.notice.delivery_state import DeliveryEvent
from gateway.runtime.verdict import Verdict
from tests.archive.recorder import AT_ONCE
from tests.databases import sqlite_file

from .notice_recorder import NoticeRecorder


@pytest.fixture
def own(pki: Path, tmp_path: Path) -> Iterator[NoticeRecorder]:
    """A recorder with a PKI of its own, in which certificates may be put in another's place."""
    shutil.copytree(pki, tmp_path / "pki")
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        yield NoticeRecorder(tmp_path / "pki", store, tmp_path / "archive", now=datetime.now(UTC))


def sign_receipts_with(own: NoticeRecorder, side: str, name: str) -> None:
    for kind in ("key", "crt"):
        shutil.copy(own.pki / side / f"{name}.{kind}.pem", own.pki / "judiciary" / f"receipts.{kind}.pem")


def exported(own: NoticeRecorder) -> Path:
    own.activate()
    own.send([own.admit(1)], "urn:uuid:0000-one")
    own.hear(1, DeliveryEvent.CONTENT_CONSIGNMENT)
    own.archive(AT_ONCE)
    own.export(own.folder.parent / "notice.asice", 1)
    return own.folder.parent / "notice.asice"


def reported(audit: EvidenceAudit, check: EvidenceCheck, verdict: Verdict) -> str:
    assert audit.verdict_of(check) is verdict, audit.findings
    [found] = {each.reason for each in audit.findings if each.check is check}
    return found


def test_a_receipt_by_a_transport_key_fails_in_an_evidence_file(own: NoticeRecorder) -> None:
    sign_receipts_with(own, "judiciary", "transport")
    file = exported(own)
    said = reported(verify_file(file, own.trust), EvidenceCheck.RECEIPTS, Verdict.FAILED)
    assert "is none of those that receipts-court.pem pins" in said
    (own.trust / "receipts-court.pem").unlink()
    said = reported(verify_file(file, own.trust), EvidenceCheck.RECEIPTS, Verdict.FAILED)
    assert "a transport key is no receipt key" in said


def test_without_pins_seal_and_receipts_of_an_evidence_file_are_indeterminate(own: NoticeRecorder) -> None:
    file = exported(own)
    assert verify_file(file, own.trust).verdict_of(EvidenceCheck.RECEIPTS) is Verdict.PASSED
    for name in ("receipts-court.pem", "seals-article-100.pem"):
        (own.trust / name).unlink()
    audit = verify_file(file, own.trust)
    said = reported(audit, EvidenceCheck.RECEIPTS, Verdict.INDETERMINATE)
    assert "your trust folder has no receipts-court.pem" in said
    assert "Judiciary Receipt Seal" in said
    assert "serial" in said
    assert "no seals-article-100.pem" in reported(audit, EvidenceCheck.SEAL, Verdict.INDETERMINATE)
    # What a signature says is not told as proven while nobody vouches for its signer.
    assert not any("ContentConsignment" in fact.en for fact in audit.facts)


def test_a_seal_of_another_body_fails_in_an_evidence_file(own: NoticeRecorder) -> None:
    for kind in ("key", "crt"):
        side = own.pki / "municipality"
        shutil.copy(side / f"seal-article-77.{kind}.pem", side / f"seal-article-100.{kind}.pem")
    said = reported(verify_file(exported(own), own.trust), EvidenceCheck.SEAL, Verdict.FAILED)
    assert "is none of those that seals-article-100.pem pins" in said
