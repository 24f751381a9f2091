"""What others signed in an evidence file, judged at its time, by the anchors of the side that must have signed it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from cryptography import x509

from adapters.crypto.any_message import AnyMessageVerifier
from adapters.crypto.certificate import Certificate
from adapters.crypto.document import DocumentVerifier
from adapters.crypto.names import NOTICE, RECEIPT
from adapters.crypto.partner import partner_of
from adapters.crypto.xml import load_schema
from adapters.resources import NOTICE_SCHEMA, RECEIPT_SCHEMA, SCHEMAS
from adapters.verifier.evidence_container import EvidenceContainer
from adapters.verifier.evidence_trust import EvidenceTrust
from adapters.verifier.foreign_receipt import SKEW, ForeignReceipts, assert_names, doubt_of, is_foreign
from gateway.audit import CannotTell
from gateway.clock import parse_timestamp, timestamp
from gateway.delivery import DeliveryEvent
from gateway.errors import GatewayError
from gateway.evidence import EvidenceKind, Header
from gateway.evidence_audit import EvidenceAudit
from gateway.evidence_file import IndexedRecord
from gateway.evidence_recipe import EvidenceCheck
from gateway.trust import AllOf, Covers, Facts, Rejection, SignedInPast

_FORGOTTEN: Final = "the seal that was sent is forgotten"
"""What stands in a receipt's record where the gateway took in a notice anew after it had lost its store."""


_EVENTS: Final = {
    DeliveryEvent.CONTENT_CONSIGNMENT.value: "وصول به حساب کاربری (ابلاغ)",
    DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE.value: "ناکامی در تحویل",
    DeliveryEvent.CONTENT_HANDOVER.value: "رؤیت",
}
_CHECK_OF: Final = {
    EvidenceKind.SEALED_NOTICE: EvidenceCheck.SEAL,
    EvidenceKind.RECEIPT: EvidenceCheck.RECEIPTS,
    EvidenceKind.MESSAGE_SENT: EvidenceCheck.MESSAGES,
    EvidenceKind.MESSAGE_RECEIVED: EvidenceCheck.MESSAGES,
}


class Documents:
    """Judges what others signed, at its time, by the anchors of the side that must have signed it."""

    def __init__(
        self,
        audit: EvidenceAudit,
        container: EvidenceContainer,
        trust: EvidenceTrust,
        pool: list[x509.Certificate],
    ) -> None:
        self._audit, self._container = audit, container
        municipality = partner_of("municipality", pool, trust.sides.municipality)
        judiciary = partner_of("judiciary", pool, trust.sides.judiciary)
        self._notices = DocumentVerifier(municipality, f"{{{NOTICE}}}Notice", load_schema(NOTICE_SCHEMA, SCHEMAS))
        self._receipts = DocumentVerifier(judiciary, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
        self._foreign_receipts = ForeignReceipts(judiciary)
        self._sent, self._received = AnyMessageVerifier(municipality), AnyMessageVerifier(judiciary)
        self._by_thumbprint = {Certificate.of(each).thumbprint: each for each in pool}
        self._seals = {
            header.notice: header.payload_digest
            for header in audit.headers.values()
            if header.kind is EvidenceKind.SEALED_NOTICE
        }

    def certificate(self, facts: Facts) -> list[x509.Certificate]:
        found = self._by_thumbprint.get(facts.signer.thumbprint)
        return [] if found is None else [found]

    def judge(self, record: IndexedRecord, header: Header) -> Iterator[Facts]:
        """Judge a record's payload; what it says, if it is believed, is given on."""
        assert record.file is not None
        octets = self._container.read(record.file)
        examine = {
            EvidenceKind.SEALED_NOTICE: partial(self._notice, octets, header),
            EvidenceKind.RECEIPT: partial(self._receipt, octets, header),
            EvidenceKind.MESSAGE_SENT: partial(self._message, self._sent, octets, header),
            EvidenceKind.MESSAGE_RECEIVED: partial(self._message, self._received, octets, header),
        }.get(header.kind)
        if examine is None:
            return
        check = _CHECK_OF[header.kind]
        try:
            facts = examine()
        except _LostSeal:
            self._audit.doubt(check, record.file, "names another seal, which the gateway says was lost with its store")
            return
        except CannotTell as doubt:
            self._audit.doubt(check, record.file, doubt.reason)
            yield doubt.facts
            return
        except GatewayError as problem:
            self._audit.add(check, record.file, f"{problem.code} {problem.detail}".strip())
            return
        self._audit.passed[check] += 1
        yield facts

    def _notice(self, octets: bytes, header: Header) -> Facts:
        facts = _judged(self._notices.examine(octets), "Notice", header)
        _assert_about(facts, "Reference", header.notice)
        self._audit.tell(
            "{notice} was sealed at {when} by {whose}",
            "مهر {notice} در {when}: {whose}",
            notice=str(header.notice),
            when=timestamp(facts.signed_at),
            whose=facts.signer.subject,
        )
        return facts

    def _foreign_receipt(self, octets: bytes, header: Header) -> Facts:
        facts = self._foreign_receipts.examine(octets, parse_timestamp(header.recorded_at))
        assert_names(header, facts)
        self._audit.tell(
            "a receipt that names {notice} was signed at {when} by {whose}",
            "رسیدی که {notice} را نام می‌برد در {when} امضا شده است: {whose}",
            notice=str(header.notice),
            when=timestamp(facts.signed_at),
            whose=facts.signer.subject,
        )
        raise CannotTell(doubt_of(header, facts, self._seals.get(header.notice)), facts)

    def _receipt(self, octets: bytes, header: Header) -> Facts:
        if is_foreign(octets):
            return self._foreign_receipt(octets, header)
        facts = _judged(self._receipts.examine(octets), "Receipt", header)
        _assert_about(facts, "Reference", header.notice)
        _assert_about(facts, "Event", header.context.get("event"))
        if _moment(facts.claims["EventTime"]) != header.event_time:
            raise Rejection("verify.about", detail="another moment than the record says")
        if facts.claims.get("SealDigest") != self._seals.get(header.notice):
            if _FORGOTTEN in header.context.get("passed", ""):
                raise _LostSeal
            raise Rejection("verify.about", detail="another seal's digest")
        event = facts.claims["Event"]
        self._audit.tell(
            f"{{notice}}: {event} at {{when}}, says {{whose}}",
            f"{_EVENTS[event]}، {{notice}}، در {{when}}، به گواهی {{whose}}"
            if event in _EVENTS
            else "{notice}: {when}",
            notice=str(header.notice),
            when=header.event_time,
            whose=facts.signer.subject,
        )
        return facts

    def _message(self, verifier: AnyMessageVerifier, octets: bytes, header: Header) -> Facts:
        return _judged(verifier.examine(octets), "Body", header)


class _LostSeal(Exception):
    """A receipt of what was sealed before the gateway lost its store."""


def _judged(facts: Facts, part: str, header: Header) -> Facts:
    AllOf(Covers(part), SignedInPast(parse_timestamp(header.recorded_at), SKEW)).check(facts)
    return facts


def _moment(written: str) -> str:
    try:
        return timestamp(parse_timestamp(written))
    except ValueError as error:
        raise Rejection("verify.schema", where="EventTime", detail=str(error)) from error


def _assert_about(facts: Facts, claim: str, said: str | None) -> None:
    if said is None or facts.claims.get(claim) != said:
        raise Rejection("verify.about", detail=f"another {claim} than the record says")
