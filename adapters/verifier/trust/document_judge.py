"""Verification of signed documents in an archive or an evidence file, at the time of signing.

Only the auditor's anchors and the permitted signers count (`signers`). Names in the auditor's trust folder, never the
archive, assign anchors to sides.
Certificates of the municipality's authority seal notices and sign requests; those of the judiciary's sign responses and
receipts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from cryptography import x509

from adapters.crypto.keys.certificate import Certificate
from adapters.crypto.keys.names import NOTICE, RECEIPT
from adapters.crypto.keys.partner import is_authority, partner_of
from adapters.crypto.message.any_message import AnyMessageVerifier
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.strict_xml import load_schema
from adapters.shipped.resources import NOTICE_SCHEMA, RECEIPT_SCHEMA, SCHEMAS
from adapters.verifier.trust.carried_receipt import (
    CarriedReceipts,
    FindMessage,
    assert_signed,
    assert_states,
    is_carried,
    nowhere,
)
from adapters.verifier.trust.foreign_receipt import SKEW, ForeignReceipts, assert_names, is_foreign
from adapters.verifier.trust.pins import Use
from adapters.verifier.trust.signers import SignerRules
from adapters.verifier.trust.trust_folder import JUDICIARY, MUNICIPALITY, Trust
from gateway.audit.audit import CannotTell
from gateway.receipts.status_receipt import is_status
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.trust.trust_policy import AllOf, Covers, Facts, Rejection, SignedInPast

_OURS: Final = ("municipality-", "transport", "seal-", "archive-signing", "client-certificate")
"""Prefixes of the names of certificates that an archive keeps as the municipality's own."""
_MESSAGES: Final = "judiciary-messages-"
_OF_ONE_NOTICE: Final = (EvidenceKind.SEALED_NOTICE, EvidenceKind.RECEIPT)


class SignatureJudge:
    """Implementation of `gateway.audit.segment_audit.RecordJudge`.

    ``certificates`` are those beside the records, by their names there. With those ``beside`` them they help to build
    chains; a certificate that leads to an anchor of either side is known. ``find`` returns the messages that carried
    receipts without a signature of their own.
    """

    def __init__(
        self,
        certificates: Mapping[str, Sequence[x509.Certificate]],
        trust: Trust,
        beside: Sequence[x509.Certificate] = (),
        find: FindMessage = nowhere,
    ) -> None:
        pins = self._pins = trust.pins
        pinned = [each for use in Use for each in pins.certificates(use)]
        pool = [*(each for found in certificates.values() for each in found), *pinned, *beside]
        self.municipality = partner_of("municipality", pool, trust.municipality)
        self.judiciary = partner_of("judiciary", pool, trust.judiciary)
        self.partners = self.municipality, self.judiciary
        filed = {name: [own for own in found if not is_authority(own)] for name, found in certificates.items()}
        self.rules = SignerRules(
            pins,
            ours=[
                *trust.archive,
                *(own for name, found in filed.items() if name.startswith(_OURS) for own in found),
            ],
            messages=[own for name, found in filed.items() if name.startswith(_MESSAGES) for own in found],
        )
        notices, receipts = load_schema(NOTICE_SCHEMA, SCHEMAS), load_schema(RECEIPT_SCHEMA, SCHEMAS)
        self._notices = DocumentVerifier(self.municipality, f"{{{NOTICE}}}Notice", notices)
        self._receipts = DocumentVerifier(self.judiciary, f"{{{RECEIPT}}}Receipt", receipts)
        self._foreign_receipts = ForeignReceipts(self.judiciary)
        self._sent, self._received = AnyMessageVerifier(self.municipality), AnyMessageVerifier(self.judiciary)
        self._carried = CarriedReceipts(self._received, find)
        self._known = {each.thumbprint: each.subject for each in map(Certificate.of, pool)}

    def judge(self, header: Header, octets: bytes) -> Facts | None:
        facts = self.examine(header, octets)
        if facts is not None:
            assert_all(
                facts,
                partial(self.assert_names, header, octets),
                partial(assert_event, header, octets),
                partial(self.assert_signer, header),
            )
        return facts

    def examine(self, header: Header, octets: bytes) -> Facts | None:
        """Verify a signature without judging its signer; return None if no signature is expected.

        Raises `Rejection`, and `CannotTell` for what nobody signed.
        """
        try:
            return self._examined(header, octets)
        except Rejection as refusal:
            if refusal.code == "verify.unknown-certificate" and refusal.detail in self._known:
                raise self._of_no_anchor(header, refusal.detail) from refusal
            raise

    def _of_no_anchor(self, header: Header, thumbprint: str) -> Rejection:
        """Return the refusal of a signer whose certificate is here, and leads to no anchor of his side."""
        ours = header.kind in (EvidenceKind.SEALED_NOTICE, EvidenceKind.MESSAGE_SENT)
        side, files = ("municipality", MUNICIPALITY) if ours else ("judiciary", JUDICIARY)
        detail = f"it leads to no anchor for the {side} in your trust folder ({files}); {thumbprint}"
        return Rejection("verify.unknown-certificate", where=self._known[thumbprint], detail=detail)

    def _examined(self, header: Header, octets: bytes) -> Facts | None:
        by = parse_timestamp(header.recorded_at)
        match header.kind:
            case EvidenceKind.SEALED_NOTICE:
                return _judged(self._notices.examine(octets), "Notice", by)
            case EvidenceKind.RECEIPT if is_carried(header):
                return self._carried.examine(header, octets)
            case EvidenceKind.RECEIPT if is_foreign(octets):
                return self._foreign_receipts.examine(octets, by, self._receipt_signers(header.origin))
            case EvidenceKind.RECEIPT:
                return _judged(self._receipts.examine(octets), "Receipt", by)
            case EvidenceKind.MESSAGE_SENT:
                assert_signed(header)
                return _judged(self._sent.examine(octets, by), "Body", by)
            case EvidenceKind.MESSAGE_RECEIVED if "refused" not in header.context:
                assert_signed(header)
                return _judged(self._received.examine(octets, by), "Body", by)
            case _:
                # Not signed, or refused on arrival.
                return None

    def _receipt_signers(self, origin: str) -> list[str]:
        """Return thumbprints of the certificates that the auditor pinned for receipts of this destination."""
        return [Certificate.of(each).thumbprint for each in self._pins.certificates(Use.RECEIPTS, origin)]

    def assert_names(self, header: Header, octets: bytes, facts: Facts) -> None:
        """Raise `Rejection` ``verify.about`` or `CannotTell` for a notice or receipt that names another notice."""
        if header.kind is EvidenceKind.RECEIPT and is_carried(header) and is_status(octets):
            assert_states(header, octets, facts)
        elif header.kind is EvidenceKind.RECEIPT and is_foreign(octets):
            assert_names(header, facts)
        elif header.kind in _OF_ONE_NOTICE and facts.claims.get("Reference") != header.notice:
            raise Rejection("verify.about", where=header.id, detail="another notice than the record says")

    def assert_signer(self, header: Header, facts: Facts) -> None:
        """Raise `Rejection` ``verify.signer`` or `CannotTell` for a signer who may not sign this."""
        match header.kind:
            case EvidenceKind.SEALED_NOTICE:
                self.rules.assert_seal(self.municipality, facts)
            case EvidenceKind.RECEIPT if is_carried(header):
                self.rules.assert_carrier(self.judiciary, header, facts)
            case EvidenceKind.RECEIPT:
                self.rules.assert_receipt(self.judiciary, header, facts)
            case EvidenceKind.MESSAGE_SENT:
                self.rules.assert_sent(self.municipality, facts)
            case _:
                self.rules.assert_received(self.judiciary, header, facts)


def assert_event(header: Header, octets: bytes, facts: Facts) -> None:
    """Raise `Rejection` ``verify.about`` for a receipt in our form of another event or moment than its record says.

    Of any other the event is not read here.
    """
    if header.kind is not EvidenceKind.RECEIPT or (is_carried(header) and is_status(octets)) or is_foreign(octets):
        return
    said = facts.claims.get("Event")
    if said is None or said != header.context.get("event"):
        raise Rejection("verify.about", where=header.id, detail="another Event than the record says")
    if _moment(facts.claims["EventTime"]) != header.event_time:
        raise Rejection("verify.about", where=header.id, detail="another moment than the record says")


def _moment(written: str) -> str:
    try:
        return timestamp(parse_timestamp(written))
    except ValueError as error:
        raise Rejection("verify.schema", where="EventTime", detail=str(error)) from error


def assert_all(facts: Facts, *rules: Callable[[Facts], None]) -> None:
    """Apply every rule. Raises the first `Rejection`, or else all doubts as `CannotTell`: a doubt hides no fault."""
    doubts: list[CannotTell] = []
    for rule in rules:
        try:
            rule(facts)
        except CannotTell as doubt:
            doubts.append(doubt)
    if doubts:
        raise CannotTell("; ".join(doubt.reason for doubt in doubts), facts)


def _judged(facts: Facts, part: str, by: datetime) -> Facts:
    AllOf(Covers(part), SignedInPast(by, SKEW)).check(facts)
    return facts
