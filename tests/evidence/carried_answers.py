"""Answers that carry receipts without a signature of their own, and the verdicts on their records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from lxml import etree

from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from adapters.judiciary.mapped.receipts.carried_receipt_judge import ElementReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from adapters.judiciary.mapped.receipts.receipt_forms import ReceiptsOfAnswer
from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.audit import AuditReport
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.judiciary.courier import Carrier
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.model.list_part import ListPart
from gateway.mapping.model.schema import Group, Leaf
from gateway.receipts.acceptance import Delivery, accept
from gateway.receipts.receipt_application import apply_receipts
from gateway.receipts.receipt_batch import ReceiptBatch, ReceiptJudge
from gateway.runtime.clock import timestamp
from gateway.runtime.pass_report import PassReport
from gateway.trust.trust_policy import BY_CONNECTION
from tests.archive.recorder import AT_ONCE, reference
from tests.unit.crypto.samples import ACTION, LIFETIME, TO

from .notice_recorder import NoticeRecorder

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
    parts: Sequence[ListPart] = (),
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
    accept(batch, [Delivery(receipts=form.receipts(inside, parts, None, str), carrier=carrier)], judge, own.now)
    own.now += timedelta(seconds=1)
    apply_receipts(own.store, lambda: own.now, timedelta(minutes=1), PassReport("receipts"))
    own.now += timedelta(seconds=1)
    return batch


def sent(own: NoticeRecorder, *numbers: int) -> None:
    for number in numbers:
        own.send([own.admit(number)], f"urn:uuid:0000-{number}")


def status(own: NoticeRecorder, number: int, event: str = "ContentConsignment") -> list[ListPart]:
    stated = {"reference": reference(number), "tracking_number": f"T{number}", "event": event}
    return [ListPart(source={}, beside={}, number=0, values={**stated, "event_time": own.now}, problems=())]


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
