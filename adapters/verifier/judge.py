"""Verifies what others signed, as it stands in an archive: by anchors that the auditor has, at the time of signing.

Which anchor vouches for whom is told by names in the auditor's trust folder, never by the archive: what the
municipality's authority certified seals notices and signs requests, what the judiciary's did signs answers and
receipts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509

from adapters.crypto.any_message import AnyMessageVerifier
from adapters.crypto.document import DocumentVerifier
from adapters.crypto.names import NOTICE, RECEIPT
from adapters.crypto.partner import Partner, partner_of
from adapters.crypto.xml import load_schema
from adapters.resources import NOTICE_SCHEMA, RECEIPT_SCHEMA, SCHEMAS
from adapters.verifier.foreign_receipt import SKEW, ForeignReceipts, assert_names, is_foreign
from gateway.clock import parse_timestamp
from gateway.evidence import EvidenceKind, Header
from gateway.trust import AllOf, Covers, Facts, Rejection, SignedInPast


class SignatureJudge:
    """`gateway.segment_audit.RecordJudge` with the members of each side."""

    def __init__(self, municipality: Partner, judiciary: Partner) -> None:
        self.partners = municipality, judiciary
        self._notices = DocumentVerifier(municipality, f"{{{NOTICE}}}Notice", load_schema(NOTICE_SCHEMA, SCHEMAS))
        self._receipts = DocumentVerifier(judiciary, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
        self._foreign_receipts = ForeignReceipts(judiciary)
        self._sent, self._received = AnyMessageVerifier(municipality), AnyMessageVerifier(judiciary)

    @classmethod
    def of(
        cls,
        certificates: Iterable[x509.Certificate],
        municipality: Sequence[x509.Certificate],
        judiciary: Sequence[x509.Certificate],
    ) -> SignatureJudge:
        """Return the judge for whoever of ``certificates`` leads to an anchor of either side."""
        pool = list(certificates)
        return cls(partner_of("municipality", pool, municipality), partner_of("judiciary", pool, judiciary))

    def judge(self, header: Header, octets: bytes) -> Facts | None:
        at = parse_timestamp(header.recorded_at)
        match header.kind:
            case EvidenceKind.SEALED_NOTICE:
                return _about(header, _judged(self._notices.examine(octets), "Notice", at))
            case EvidenceKind.RECEIPT:
                return self._judge_receipt(header, octets, at)
            case EvidenceKind.MESSAGE_SENT:
                return _judged(self._sent.examine(octets), "Body", at)
            case EvidenceKind.MESSAGE_RECEIVED if "refused" not in header.context:
                return _judged(self._received.examine(octets), "Body", at)
            case _:
                # Not signed, or not believed when it came.
                return None

    def _judge_receipt(self, header: Header, octets: bytes, at: datetime) -> Facts:
        if not is_foreign(octets):
            return _about(header, _judged(self._receipts.examine(octets), "Receipt", at))
        facts = self._foreign_receipts.examine(octets, at)
        assert_names(header, facts)
        return facts


def _judged(facts: Facts, part: str, at: datetime) -> Facts:
    AllOf(Covers(part), SignedInPast(at, SKEW)).check(facts)
    return facts


def _about(header: Header, facts: Facts) -> Facts:
    if facts.claims.get("Reference") != header.notice:
        raise Rejection("verify.about", where=header.id, detail="another notice than the record says")
    return facts
