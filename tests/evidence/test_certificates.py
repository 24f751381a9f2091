"""Certificates of service in the archive: an auditor reads them, and an evidence file is made without them."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.certificate.issuing import certificate_of, issue, proven
from gateway.notice.delivery_state import DeliveryEvent
from gateway.operations.operator_action import NOT_AUTHENTICATED, OperatorAction
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from tests.archive.recorder import AT_ONCE, reference

from .notice_recorder import NoticeRecorder

PURPOSE = "درج در پرونده"


@pytest.fixture
def served(own: NoticeRecorder) -> NoticeRecorder:
    own.send([own.admit(1)], "urn:uuid:0000-one")
    own.hear(1, DeliveryEvent.CONTENT_CONSIGNMENT)
    own.archive(AT_ONCE)
    return own


def certified(recorder: NoticeRecorder, purpose: str = PURPOSE) -> str:
    admission = recorder.store.notices.admission(reference(1))
    assert admission is not None
    made = certificate_of(admission, "0012345679", "city", recorder.now, admission.entry.service, None)
    act = OperatorAction(
        name="certificate.issue",
        account="1000 clerk",
        reason=purpose,
        at=recorder.now,
        authentication=NOT_AUTHENTICATED,
    )
    return issue(recorder.store, made, act)


def test_a_certificate_is_proven_once_a_checkpoint_covers_it(served: NoticeRecorder) -> None:
    id = certified(served)
    with pytest.raises(GatewayError) as refused:
        proven(served.store.evidence, served.store.log, id)
    assert refused.value.code == "evidence.not-archived"
    served.archive(AT_ONCE)
    made = proven(served.store.evidence, served.store.log, id)
    assert made.opened(served.notes.verifier).size == made.size
    certified(served, "a later one")
    served.archive(AT_ONCE)
    assert proven(served.store.evidence, served.store.log, id) == made, "the first checkpoint stays the proof"


def test_an_issue_that_is_repeated_is_one_certificate(served: NoticeRecorder) -> None:
    """A lost answer to a commit may be a commit."""
    assert certified(served) == certified(served)
    kinds = [row.kind for row in served.store.evidence.of_notice(reference(1))]
    assert kinds.count(EvidenceKind.SERVICE_CERTIFICATE) == 1


@pytest.mark.parametrize("purpose", ["", " \n", "x" * 501])
def test_nothing_is_certified_without_a_purpose(served: NoticeRecorder, purpose: str) -> None:
    before = len(served.store.evidence.of_notice(reference(1)))
    with pytest.raises(GatewayError) as refused:
        certified(served, purpose)
    assert refused.value.code == "act.purpose"
    assert len(served.store.evidence.of_notice(reference(1))) == before


def test_an_auditor_reads_the_archive_that_has_it(served: NoticeRecorder) -> None:
    certified(served)
    served.archive(AT_ONCE)
    report = audit_archive(served.folder, served.trust, workers=1)
    assert Verdict.FAILED not in report.verdicts.values(), report.findings
    assert report.kinds[EvidenceKind.SERVICE_CERTIFICATE] == 1


def test_an_evidence_file_is_made_without_it(served: NoticeRecorder, tmp_path: Path) -> None:
    """It is in no checkpoint yet, and must not keep a court waiting for the file."""
    certified(served)
    served.export(tmp_path / "notice.asice", 1)
    with ZipFile(tmp_path / "notice.asice") as file:
        told = b"".join(file.read(each) for each in file.namelist() if each.endswith(".json"))
    assert b"SERVICE_CERTIFICATE" not in told
    assert verify_file(tmp_path / "notice.asice", served.trust).verdict is not Verdict.FAILED
