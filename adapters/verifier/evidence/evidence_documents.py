"""Judgement of signed documents in an evidence file, at their time, by the anchors of the required side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from cryptography import x509

from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.verifier.evidence.evidence_container import EvidenceContainer
from adapters.verifier.evidence.evidence_trust import EvidenceTrust
from adapters.verifier.trust.carried_receipt import READ_FROM_SIGNED, is_carried, nowhere
from adapters.verifier.trust.document_judge import SignatureJudge, assert_all, assert_event
from adapters.verifier.trust.foreign_receipt import doubt_of, is_foreign
from gateway.audit.audit import CannotTell
from gateway.audit.evidence_audit import EvidenceAudit, moment_words
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import IndexedRecord
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.notice import sha256
from gateway.receipts.status_receipt import is_status
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Facts, Rejection

_FORGOTTEN: Final = "the seal that was sent is forgotten"
"""Mark in a receipt's record if the gateway admitted a notice again after the loss of its store."""


_HERE_BY_DIGEST: Final = "the digest alone is here, since it also carried receipts of others: the archive has it"

_EVENTS: Final = {
    DeliveryEvent.CONTENT_CONSIGNMENT.value: "وصول به حساب کاربری (ابلاغ)",
    DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE.value: "ممکن نشدن تحویل به حساب کاربری مخاطب",
    DeliveryEvent.CONTENT_HANDOVER.value: "رؤیت",
    DeliveryEvent.LEGAL_SERVICE.value: "ابلاغ قانونی بدون رؤیت",
}
_CONTENT: Final = "/Content"
"""End of the paths of documents, ten megabytes that are not kept twice."""
_CHECK_OF: Final = {
    EvidenceKind.SEALED_NOTICE: EvidenceCheck.SEAL,
    EvidenceKind.RECEIPT: EvidenceCheck.RECEIPTS,
    EvidenceKind.MESSAGE_SENT: EvidenceCheck.MESSAGES,
    EvidenceKind.MESSAGE_RECEIVED: EvidenceCheck.MESSAGES,
}


class Documents:
    """Judge of signed documents, at their time.

    The anchors of the required side and the pins of permitted signers decide.
    """

    def __init__(
        self,
        audit: EvidenceAudit,
        container: EvidenceContainer,
        trust: EvidenceTrust,
        certificates: Mapping[str, Sequence[x509.Certificate]],
        beside: Sequence[x509.Certificate],
    ) -> None:
        self._audit, self._container = audit, container
        self._judge = SignatureJudge(certificates, trust.sides, beside, self._message)
        self._places = {header.id: place for place, header in audit.headers.items()}
        self._files = {record.index: record.file for record in (audit.index.records if audit.index else ())}
        self._seals = {
            header.notice: header.payload_digest
            for header in audit.headers.values()
            if header.kind is EvidenceKind.SEALED_NOTICE
        }

    def chain(self, facts: Facts) -> Sequence[x509.Certificate]:
        """Return the chain from the signer to its anchor."""
        found = (partner.members.get(facts.signer.thumbprint) for partner in self._judge.partners)
        return next((member.chain for member in found if member is not None), ())

    def judge(self, record: IndexedRecord, header: Header) -> Iterator[Facts]:
        """Judge a record's payload; yield its facts if it is accepted."""
        assert record.file is not None
        check = _CHECK_OF.get(header.kind)
        if check is None:
            return
        octets = self._container.read(record.file)
        try:
            facts = self._judge.examine(header, octets)
            if facts is None:
                return
            names, signer = (
                partial(self._judge.assert_names, header, octets),
                partial(self._judge.assert_signer, header),
            )
            if header.kind is EvidenceKind.RECEIPT and is_carried(header) and is_status(octets):
                assert_all(facts, names, signer)
                raise CannotTell(READ_FROM_SIGNED, facts)
            if header.kind is EvidenceKind.RECEIPT and is_foreign(octets):
                assert_all(facts, names, signer)
                self._tell_of_foreign(header, facts)
                raise CannotTell(doubt_of(header, facts, self._seals.get(header.notice)), facts)
            event, seal = partial(assert_event, header, octets), partial(self._assert_seal, header)
            assert_all(facts, names, event, seal, signer)
        except CannotTell as doubt:
            self._audit.doubt(check, record.file, doubt.reason)
            if doubt.facts is not None:
                self._keep(header, octets, doubt.facts)
                yield doubt.facts
            return
        except GatewayError as problem:
            self._audit.add(check, record.file, f"{problem.code} {problem.detail}".strip())
            return
        self._audit.passed[check] += 1
        if header.kind is EvidenceKind.RECEIPT:
            self._audit.proven.add(header.id)
        self._keep(header, octets, facts)
        self._tell(header, facts)
        yield facts

    def _message(self, id: str) -> tuple[Header, bytes]:
        """Return a message of this file by its record's id (`adapters.verifier.trust.carried_receipt.FindMessage`)."""
        place = self._places.get(id)
        file = None if place is None else self._files.get(place)
        if place is None or (file is None and id not in self._audit.withheld):
            return nowhere(id)
        if file is None or file not in self._container.names:
            raise CannotTell(f"it has no signature of its own, and of the message that carried it {_HERE_BY_DIGEST}")
        octets = self._container.read(file)
        if sha256(octets) != self._audit.headers[place].payload_digest:
            return nowhere(id)
        return self._audit.headers[place], octets

    def tell_conflicts(self) -> None:
        """Add conflicts of keys, which only all records together show."""
        for place, reason in self._judge.rules.uses.wrong_receipts():
            self._audit.add(EvidenceCheck.RECEIPTS, place, reason)
        for place, reason in self._judge.rules.uses.wrong_messages():
            self._audit.add(EvidenceCheck.MESSAGES, place, reason)

    def _assert_seal(self, header: Header, facts: Facts) -> None:
        """Raise `Rejection` or `CannotTell` for a receipt of another seal than that of its notice here."""
        if header.kind is not EvidenceKind.RECEIPT:
            return
        if facts.claims.get("SealDigest") != self._seals.get(header.notice):
            if _FORGOTTEN in header.context.get("passed", ""):
                raise CannotTell("names another seal, which the gateway says was lost with its store", facts)
            raise Rejection("verify.about", detail="another seal's digest")

    def _keep(self, header: Header, octets: bytes, facts: Facts) -> None:
        """Keep the identifying fields of a notice from a document with a permitted signer."""
        if header.notice is None:
            return
        if header.kind is EvidenceKind.SEALED_NOTICE:
            fields = sealed_fields(octets)
            self._audit.fields[header.notice] = {
                path: text for path, text in fields.items() if not path.endswith(_CONTENT)
            }
        elif header.kind is EvidenceKind.RECEIPT and (number := facts.claims.get("TrackingNumber")):
            known = self._audit.tracking.setdefault(header.notice, [])
            if number not in known:
                known.append(number)

    def _tell_of_foreign(self, header: Header, facts: Facts) -> None:
        self._audit.tell(
            "a receipt that names {notice} was signed at {when} by {whose}",
            "رسیدی که {notice} را نام می‌برد در {when} امضا شده است: {whose}",
            notice=str(header.notice),
            when=moment_words(facts.signed_at),
            whose=facts.signer.subject,
        )

    def _tell(self, header: Header, facts: Facts) -> None:
        match header.kind:
            case EvidenceKind.SEALED_NOTICE:
                self._audit.tell(
                    "{notice} was sealed at {when} by {whose}",
                    "مهر {notice} در {when}: {whose}",
                    notice=str(header.notice),
                    when=moment_words(facts.signed_at),
                    whose=facts.signer.subject,
                )
            case EvidenceKind.RECEIPT:
                event = facts.claims["Event"]
                self._audit.tell(
                    f"{{notice}}: {event} at {{when}}, says {{whose}}",
                    f"{_EVENTS[event]}، {{notice}}، در {{when}}، به گواهی {{whose}}"
                    if event in _EVENTS
                    else "{notice}: {when}",
                    notice=str(header.notice),
                    when=moment_words(parse_timestamp(header.event_time)),
                    whose=facts.signer.subject,
                )
            case _:
                pass
