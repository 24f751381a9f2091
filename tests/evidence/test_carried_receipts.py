"""Receipts without a signature of their own, judged offline by the answer that carried them."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path

from adapters.crypto.message.soap_signing import sign_message
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from adapters.evidence.verify_page import commands_of
from adapters.judiciary.mapped.receipts.carried_receipt_judge import StatusReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_forms import ElementReceipts, StatusReceipts
from adapters.verifier.archive.auditor import segments
from adapters.verifier.evidence.evidence_page import report_page
from adapters.verifier.trust.carried_receipt import READ_FROM_SIGNED
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.archive.segment import range_of
from gateway.audit.audit import CONNECTION_ONLY
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_answer import answers
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.judiciary.courier import Carrier
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.legal_effect import Effect, day_in_words
from gateway.overview.notice_words import DETAILS, EVENTS
from gateway.receipts.acceptance import Delivery, accept
from gateway.receipts.receipt_batch import ReceiptBatch
from gateway.runtime.clock import TEHRAN, timestamp
from gateway.runtime.verdict import Verdict
from gateway.trust.trust_policy import BY_CONNECTION
from tests.archive.recorder import AT_ONCE, Authority, reference
from tests.stranger import needs_xmlsec1

from .carried_answers import ROOT, answer, archived, carry, element_judge, exported, reasons, sent, status, wrong
from .notice_recorder import NoticeRecorder
from .test_strangers import Stranger


def test_an_element_is_proven_by_the_answer_that_holds_it(own: NoticeRecorder) -> None:
    sent(own, 1)
    batch = carry(own, answer(own, [1]), ElementReceipts(ROOT), element_judge())
    assert not batch.quarantine
    assert own.store.notices.entries([reference(1)])[reference(1)].state is DeliveryState.DELIVERED
    report = archived(own)
    assert report.verdicts[Check.SIGNATURE] is Verdict.PASSED, report.findings
    audit = exported(own)
    assert audit.verdict_of(EvidenceCheck.MESSAGES) is Verdict.PASSED, audit.findings
    assert audit.verdict_of(EvidenceCheck.RECEIPTS) is Verdict.INDETERMINATE
    [reason] = reasons(audit, EvidenceCheck.RECEIPTS)
    assert "names this notice and this seal; what happened, and when, is the gateway's reading" in reason


def test_an_element_has_the_same_octets_in_every_answer(own: NoticeRecorder) -> None:
    sent(own, 1)
    body, again = answer(own, [1]), answer(own, [1], prefix="other")
    again.text = "\n  "
    form = ElementReceipts(ROOT)
    first, second = (form.receipts(each, (), None, str) for each in (body, again))
    assert [each.octets for each in first] == [each.octets.replace(b"other", b"n") for each in second]
    assert carry(own, body, form, element_judge()).receipts
    repeated = carry(own, answer(own, [1]), form, element_judge(), id="urn:uuid:0000-again")
    assert len(own.store.receipts.digests([repeated.receipts[0].receipt_id])) == 1


@needs_xmlsec1
def test_the_commands_of_the_page_show_the_record_of_its_answer(own: NoticeRecorder, tmp_path: Path) -> None:
    sent(own, 1)
    carry(own, answer(own, [1]), ElementReceipts(ROOT), element_judge())
    exported(own)
    file = own.folder.parent / "notice.asice"
    with zipfile.ZipFile(file) as held:
        steps = commands_of(held.read("VERIFY.en.txt"))
    assert sum("CARRIER=" in step for step in steps) == 1
    assert Stranger(own, file, tmp_path / "unpacked").run(steps) == 0


def test_one_bad_element_stops_no_other(own: NoticeRecorder) -> None:
    sent(own, 1, 2)
    body = answer(own, [1, 2])
    body[0].find("Event").text = "nobody explained it"  # type: ignore[union-attr]
    batch = carry(own, body, ElementReceipts(ROOT), element_judge())
    assert [item.code for item in batch.quarantine] == ["mapped.unknown-value"]
    assert [each.reference for each in batch.receipts] == [reference(2)]


def test_an_element_that_its_answer_does_not_hold_is_not_believed(own: NoticeRecorder) -> None:
    sent(own, 1)

    class Invented(ElementReceipts):
        def receipts(self, answer, parts, asked, place):  # type: ignore[no-untyped-def]
            answer[0].find("At").text = timestamp(own.now)
            return super().receipts(answer, parts, asked, place)

    carry(own, answer(own, [1]), Invented(ROOT), element_judge())
    report = archived(own)
    assert report.verdicts[Check.SIGNATURE] is Verdict.FAILED
    assert "not in the message that carried it" in wrong(report)
    audit = exported(own)
    assert audit.verdict_of(EvidenceCheck.RECEIPTS) is Verdict.FAILED


def test_an_answer_whose_body_alone_is_signed_proves_its_elements(own: NoticeRecorder) -> None:
    sent(own, 1)
    body = answer(own, [1])
    raw = sign_message(body, None, own.judiciary_signer("transport"), own.now, None, body_alone=True).wire
    inside = parse(raw, DOCUMENT_LIMITS)[1][0]
    own.now += timedelta(seconds=1)
    carrier = Carrier(message="urn:uuid:0000-bare", raw=raw, passed=["fresh"])
    batch = ReceiptBatch(own.store, "court", "town")
    found = ElementReceipts(ROOT).receipts(inside, (), None, str)
    accept(batch, [Delivery(receipts=found, carrier=carrier)], element_judge(), own.now)
    own.now += timedelta(seconds=1)
    assert not batch.quarantine
    report = archived(own)
    assert report.verdicts[Check.SIGNATURE] is Verdict.PASSED, report.findings


def test_an_answer_that_names_others_is_in_the_archive_alone(own: NoticeRecorder) -> None:
    sent(own, 1, 2)
    carry(own, answer(own, [1, 2]), ElementReceipts(ROOT), element_judge())
    assert archived(own).verdicts[Check.SIGNATURE] is Verdict.PASSED
    [reason] = reasons(exported(own), EvidenceCheck.RECEIPTS)
    assert "the digest alone is here, since it also carried receipts of others: the archive has it" in reason


def test_the_answer_may_stand_in_the_next_segment(own: NoticeRecorder) -> None:
    sent(own, 1, 2)
    own.archive(AT_ONCE)
    carry(own, answer(own, [1, 2]), ElementReceipts(ROOT), element_judge())
    own.store.log.place(1)

    class Placed:
        """A log in which no more records get a place now."""

        def __getattr__(self, name: str) -> object:
            return getattr(own.store.log, name)

        def place(self, batch: int) -> int:
            return 0

    at_once = Rhythm(every=timedelta(), records=1)
    policy = ArchivePolicy(checkpoints=at_once, segments=at_once)
    archive(Placed(), own.notes, own.zips, own.clock, policy, authority=Authority(own.pki, own.clock))  # type: ignore[arg-type]
    report = archived(own)
    ends = [range_of(path.name) for path in segments(own.folder)]
    assert ends[1] is not None
    assert ends[1][1] - ends[1][0] == 1, "the first receipt alone"
    assert report.verdicts[Check.SIGNATURE] is Verdict.PASSED, report.findings


def test_whoever_signed_the_answer_must_be_pinned_for_receipts(own: NoticeRecorder) -> None:
    sent(own, 1)
    carry(own, answer(own, [1]), ElementReceipts(ROOT), element_judge())
    (own.trust / "receipts-court+answers.pem").unlink()
    report = archived(own)
    assert report.verdicts[Check.SIGNATURE] is Verdict.FAILED
    assert "none of those that receipts-court.pem pins" in wrong(report)
    (own.trust / "receipts-court.pem").unlink()
    assert archived(own).verdicts[Check.SIGNATURE] is Verdict.INDETERMINATE


def test_a_status_of_a_signed_answer_is_the_gateways_reading(own: NoticeRecorder) -> None:
    sent(own, 1)
    body = answer(own, [1])
    batch = carry(own, body, StatusReceipts(), StatusReceiptJudge(), status(own, 1))
    assert not batch.quarantine
    assert archived(own).verdicts[Check.SIGNATURE] is Verdict.PASSED, "the answer names the notice"
    audit = exported(own)
    assert audit.verdict_of(EvidenceCheck.RECEIPTS) is Verdict.INDETERMINATE
    assert reasons(audit, EvidenceCheck.RECEIPTS) == {READ_FROM_SIGNED}


def test_service_by_law_is_told_with_its_day(own: NoticeRecorder) -> None:
    sent(own, 1)
    body = answer(own, [1])
    carry(own, body, StatusReceipts(), StatusReceiptJudge(), status(own, 1, "LegalService"))
    assert own.store.notices.entries([reference(1)])[reference(1)].state is DeliveryState.DELIVERED
    audit = exported(own)
    assert audit.verdict_of(EvidenceCheck.TIMELINE) is Verdict.PASSED, reasons(audit, EvidenceCheck.TIMELINE)
    [told] = answers(audit)
    assert told.service is not None
    assert told.service.effect is Effect.LEGAL
    day = day_in_words(own.now.astimezone(TEHRAN).date())
    assert f"legal service (a receipt of {day.en} states service by law" in told.said.en
    assert f"رسید مورخ {day.fa} ابلاغ قانونی را اعلام می‌کند" in told.said.fa
    with zipfile.ZipFile(own.folder.parent / "notice.asice") as file:
        assert EVENTS["LegalService"].fa in file.read("timeline.fa.html").decode()


def test_what_the_connection_alone_brought_is_never_passed(own: NoticeRecorder) -> None:
    sent(own, 1)
    carry(own, answer(own, [1]), StatusReceipts(), StatusReceiptJudge(), status(own, 1), signed=False)
    assert own.store.notices.entries([reference(1)])[reference(1)].state is DeliveryState.DELIVERED
    report = archived(own)
    assert report.verdicts[Check.SIGNATURE] is Verdict.INDETERMINATE
    assert {each.reason for each in report.findings if each.check is Check.SIGNATURE} == {CONNECTION_ONLY.en}
    audit = exported(own)
    for check in (EvidenceCheck.RECEIPTS, EvidenceCheck.MESSAGES):
        assert audit.verdict_of(check) is Verdict.INDETERMINATE
        assert CONNECTION_ONLY.en in reasons(audit, check)
    assert CONNECTION_ONLY.fa in report_page(audit, []).decode()
    with zipfile.ZipFile(own.folder.parent / "notice.asice") as file:
        page = file.read("timeline.fa.html").decode()
    assert page.count(DETAILS[BY_CONNECTION].fa) == 2, "of the receipt, and of the answer"


def test_a_status_of_another_event_than_its_record_says_is_refused(own: NoticeRecorder) -> None:
    sent(own, 1)

    class Other(StatusReceiptJudge):
        def read(self, octets):  # type: ignore[no-untyped-def]
            return {**super().read(octets), "Event": "ContentHandover"}

    carry(own, answer(own, [1]), StatusReceipts(), Other(), status(own, 1))
    assert archived(own).verdicts[Check.SIGNATURE] is Verdict.FAILED
