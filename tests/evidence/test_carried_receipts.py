"""Receipts without a signature of their own, judged offline by the answer that carried them."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from adapters.evidence import words
from adapters.evidence.verify_page import commands_of
from adapters.judiciary.mapped.receipts.carried_receipt_judge import ElementReceiptJudge, StatusReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from adapters.judiciary.mapped.receipts.receipt_forms import ElementReceipts, ReceiptsOfAnswer, StatusReceipts
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive, segments
from adapters.verifier.evidence.evidence_page import report_page
from adapters.verifier.evidence.evidence_verification import verify_file
from adapters.verifier.trust.carried_receipt import READ_FROM_SIGNED
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.archive.segment import range_of
from gateway.audit.audit import CONNECTION_ONLY, SECRETS_REMOVED, SENT_UNSIGNED, AuditReport
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_answer import answers
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.judiciary.courier import Answer, Carrier, Message, Operation
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.model.schema import Group, Leaf
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.envelope import Frame
from gateway.notice.legal_effect import Effect, day_in_words
from gateway.receipts.acceptance import Delivery, accept
from gateway.receipts.receipt_application import apply_receipts
from gateway.receipts.receipt_batch import ReceiptBatch, ReceiptJudge
from gateway.runtime.clock import TEHRAN, timestamp
from gateway.runtime.pass_report import PassReport
from gateway.runtime.verdict import Verdict
from gateway.sending import exchange
from gateway.trust.trust_policy import BY_CONNECTION
from tests.archive.recorder import AT_ONCE, Authority, reference
from tests.databases import sqlite_file
from tests.stranger import needs_xmlsec1
from tests.unit.crypto.samples import ACTION, LIFETIME, TO

from .notice_recorder import NoticeRecorder
from .test_strangers import Stranger

NS = "urn:neda:messages:2"
ROOT = f"{{{NS}}}Receipt"
SCHEMA = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{NS}">
  <xs:element name="Receipt"><xs:complexType><xs:sequence>
    <xs:element name="Reference" type="xs:string"/><xs:element name="Number" type="xs:string"/>
    <xs:element name="Hash" type="xs:string"/><xs:element name="Event" type="xs:string"/>
    <xs:element name="At" type="xs:string"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
MAPPING = """
[mapping]
language = 1
name = "receipt"
kind = "receipt-to-event"
""" + "".join(
    f'[[field]]\ntarget = "{target}"\nfrom = "{source}"\n{steps}required = true\n'
    for target, source, steps in (
        ("reference", "Reference", ""),
        ("tracking_number", "Number", ""),
        ("seal_digest", "Hash", ""),
        ("event", "Event", 'do = [{ name = "lookup", table = "events" }]\n'),
        ("event_time", "At", 'do = ["time"]\n'),
    )
)
TABLE = '[tables.events]\nunknown = "refuse"\n[tables.events.entries]\n"arrived" = "ContentConsignment"\n'


def element_judge() -> ElementReceiptJudge:
    members = {name: Leaf() for name in ("Reference", "Number", "Hash", "Event", "At")}
    program = compile_mapping((MAPPING + TABLE).encode(), "receipt.toml", contract=Group(members=members))
    return ElementReceiptJudge(
        root=ROOT, schema=etree.XMLSchema(etree.fromstring(SCHEMA)), claims=ReceiptClaims(program=program)
    )


@pytest.fixture
def own(pki: Path, tmp_path: Path) -> Iterator[NoticeRecorder]:
    """A recorder with a trust folder of its own, which pins the certificate of messages for receipts, too."""
    shutil.copytree(pki, tmp_path / "pki")
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        recorder = NoticeRecorder(tmp_path / "pki", store, tmp_path / "archive", now=datetime.now(UTC))
        shutil.copy(recorder.pki / "judiciary/transport.crt.pem", recorder.trust / "receipts-court+answers.pem")
        recorder.activate()
        yield recorder


def answer(own: NoticeRecorder, numbers: Sequence[int], *, prefix: str = "n") -> etree._Element:
    """The answer that lists receipts of arrival as elements."""
    body = etree.Element("ListAnswer", nsmap={prefix: NS})
    for number in numbers:
        receipt = etree.SubElement(body, ROOT)
        reported = (reference(number), f"T{number}", own.entries[number].seal_digest, "arrived", timestamp(own.now))
        for name, text in zip(("Reference", "Number", "Hash", "Event", "At"), reported, strict=True):
            etree.SubElement(receipt, name).text = text
    return body


def carry(
    own: NoticeRecorder,
    body: etree._Element,
    form: ReceiptsOfAnswer,
    judge: ReceiptJudge,
    found: dict[str, object] | None = None,
    *,
    signed: bool = True,
    id: str = "urn:uuid:0000-receipts",
) -> ReceiptBatch:
    """Let an answer come, and its receipts be accepted and applied."""
    raw, passed = etree.tostring(body), ["complete", BY_CONNECTION]
    if signed:
        answering = Addressing(to=TO, action=f"{ACTION}Response", message_id=f"{id}-a", relates_to=id)
        raw, passed = (
            sign_message(body, answering, own.judiciary_signer("transport"), own.now, LIFETIME).wire,
            ["fresh"],
        )
        inside = parse(raw, DOCUMENT_LIMITS)[1][0]
    else:
        inside = parse(raw, DOCUMENT_LIMITS)
    own.now += timedelta(seconds=1)
    carrier = Carrier(message=id, raw=raw, passed=passed, signed_at=own.now if signed else None)
    batch = ReceiptBatch(own.store, "court", "town")
    accept(batch, Delivery(receipts=form.receipts(inside, found or {}, None), carrier=carrier), judge, own.now)
    own.now += timedelta(seconds=1)
    apply_receipts(own.store, lambda: own.now, timedelta(minutes=1), PassReport("receipts"))
    own.now += timedelta(seconds=1)
    return batch


def sent(own: NoticeRecorder, *numbers: int) -> None:
    for number in numbers:
        own.send([own.admit(number)], f"urn:uuid:0000-{number}")


def status(own: NoticeRecorder, number: int, event: str = "ContentConsignment") -> dict[str, object]:
    stated = {"reference": reference(number), "tracking_number": f"T{number}", "event": event}
    return {"receipts": [{**stated, "event_time": own.now}]}


def exported(own: NoticeRecorder, number: int = 1) -> EvidenceAudit:
    own.archive(AT_ONCE)
    own.export(own.folder.parent / "notice.asice", number)
    return verify_file(own.folder.parent / "notice.asice", own.trust)


def archived(own: NoticeRecorder) -> AuditReport:
    own.archive(AT_ONCE)
    return audit_archive(own.folder, own.trust, workers=1)


def wrong(report: AuditReport) -> str:
    [found] = {each.reason for each in report.findings if each.check is Check.SIGNATURE}
    return found


def reasons(audit: EvidenceAudit, check: EvidenceCheck) -> set[str]:
    return {each.reason for each in audit.findings if each.check is check}


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
    first, second = (form.receipts(each, {}, None) for each in (body, again))
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
        def receipts(self, answer, found, asked):  # type: ignore[no-untyped-def]
            answer[0].find("At").text = timestamp(own.now)
            return super().receipts(answer, found, asked)

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
    found = ElementReceipts(ROOT).receipts(inside, {}, None)
    accept(batch, Delivery(receipts=found, carrier=carrier), element_judge(), own.now)
    own.now += timedelta(seconds=1)
    assert not batch.quarantine
    report = archived(own)
    assert report.verdicts[Check.SIGNATURE] is Verdict.PASSED, report.findings


def test_a_request_that_nobody_signed_is_never_passed(own: NoticeRecorder) -> None:
    sent(own, 1)
    wire = b'{"reference": "' + reference(1).encode() + b'"}'
    message = Message(
        id="urn:uuid:0000-plain",
        operation=Operation.SUBMIT,
        references=(reference(1),),
        created_at=own.now,
        wire=wire,
        frame=Frame(pieces=(wire,), seals=()),
        signed=False,
    )
    own.keep(exchange.sent(message, "town", "court"))
    report = archived(own)
    assert wrong(report) == SENT_UNSIGNED.en
    assert report.verdicts[Check.SIGNATURE] is Verdict.INDETERMINATE
    audit = exported(own)
    assert SENT_UNSIGNED.en in reasons(audit, EvidenceCheck.MESSAGES)
    assert SENT_UNSIGNED.fa in report_page(audit, []).decode(), "it speaks of our request, and of no server"
    with zipfile.ZipFile(own.folder.parent / "notice.asice") as file:
        assert any(name.startswith("messages/") and name.endswith(".json") for name in file.namelist())


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_message_without_its_secrets_is_never_passed(own: NoticeRecorder, side: str) -> None:
    """Its signature is over what was sent; over what is stored, it says nothing."""
    sent(own, 1)
    addressing = Addressing(to=TO, action=ACTION, message_id="urn:uuid:0000-masked")
    signed = sign_message(answer(own, [1]), addressing, own.signer("transport"), own.now, LIFETIME)
    message = Message(
        id="urn:uuid:0000-masked",
        operation=Operation.SUBMIT,
        references=(reference(1),),
        created_at=own.now,
        wire=signed.wire,
        frame=signed.frame,
        masked=("Session.Token",) if side == "ours" else (),
    )
    own.keep(exchange.sent(message, "town", "court"))
    if side == "theirs":
        raw = answer_octets(own).replace(b"arrived", b"SECRET-REMOVED")
        reply: Answer[object] = Answer(
            raw=raw, received_at=own.now, by_reference={}, passed=["fresh"], masked=("octets 5 to 19",)
        )
        own.keep(exchange.answered(message, reply, [], "town", "court"))
    report = archived(own)
    assert wrong(report) == SECRETS_REMOVED.en
    assert report.verdicts[Check.SIGNATURE] is Verdict.INDETERMINATE
    assert {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED} == set()
    audit = exported(own)
    assert SECRETS_REMOVED.en in reasons(audit, EvidenceCheck.MESSAGES)
    assert SECRETS_REMOVED.fa in report_page(audit, []).decode()


def answer_octets(own: NoticeRecorder) -> bytes:
    answering = Addressing(to=TO, action=f"{ACTION}Response", message_id="urn:a", relates_to="urn:uuid:0000-masked")
    return sign_message(answer(own, [1]), answering, own.judiciary_signer("transport"), own.now, LIFETIME).wire


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
        assert words.EVENTS["LegalService"].fa in file.read("timeline.fa.html").decode()


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
    assert page.count(words.DETAILS[BY_CONNECTION].fa) == 2, "of the receipt, and of the answer"


def test_a_status_of_another_event_than_its_record_says_is_refused(own: NoticeRecorder) -> None:
    sent(own, 1)

    class Other(StatusReceiptJudge):
        def read(self, octets):  # type: ignore[no-untyped-def]
            return {**super().read(octets), "Event": "ContentHandover"}

    carry(own, answer(own, [1]), StatusReceipts(), Other(), status(own, 1))
    assert archived(own).verdicts[Check.SIGNATURE] is Verdict.FAILED
