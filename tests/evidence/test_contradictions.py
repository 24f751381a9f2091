"""Signed receipts of a file against what its timeline says of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_answer import answers
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.notice.delivery_state import DeliveryEvent
from gateway.record.evidence_record import EvidenceKind, evidence_record
from gateway.runtime.verdict import Verdict
from gateway.store.stored import Changes
from tests.archive.recorder import AT_ONCE, plain, reference

from .notice_recorder import NoticeRecorder


def file_with_another_arrival(own: NoticeRecorder, later: timedelta) -> EvidenceAudit:
    """The judiciary signed two receipts of arrival; the second one is recorded, and was not applied."""
    own.send([own.admit(1)], "urn:uuid:0000-one")
    happened = own.now - timedelta(seconds=1)
    own.hear(1, DeliveryEvent.CONTENT_CONSIGNMENT)
    own.now += timedelta(days=2)
    receipt = own.receipt(1, DeliveryEvent.CONTENT_CONSIGNMENT, happened + later)
    record = evidence_record(
        id="receipt:second",
        kind=EvidenceKind.RECEIPT,
        notice=reference(1),
        origin="court",
        destination="town",
        event_time=happened + later,
        recorded_at=own.now,
        payload_digest=plain(receipt.octets).digest,
        context={"event": DeliveryEvent.CONTENT_CONSIGNMENT.value, "passed": "about this notice"},
    )
    own.keep(Changes(evidence=[record], payloads=[plain(receipt.octets)]))
    own.archive(AT_ONCE)
    own.export(own.folder.parent / "notice.asice", 1)
    return verify_file(own.folder.parent / "notice.asice", own.trust)


@pytest.mark.parametrize(
    ("later", "verdict"), [(timedelta(days=1), Verdict.INDETERMINATE), (timedelta(), Verdict.PASSED)]
)
def test_a_receipt_of_another_day_than_the_timeline_tells_leaves_the_date_open(
    own: NoticeRecorder, later: timedelta, verdict: Verdict
) -> None:
    audit = file_with_another_arrival(own, later)
    assert audit.verdicts[EvidenceCheck.RECEIPTS] is Verdict.PASSED
    assert audit.verdicts[EvidenceCheck.TIMELINE] is verdict, audit.findings
    [answer] = answers(audit)
    assert answer.verdict is Verdict.INDETERMINATE, "nobody has revocation lists"
    assert (EvidenceCheck.TIMELINE in answer.doubts) is (verdict is Verdict.INDETERMINATE)
