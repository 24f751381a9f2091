"""Judge of receipts as documents: by the judiciary's certificates, at their signing time, any number of times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.receipt_fields import usual_claims
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, local, parse
from gateway.judiciary.courier import RawReceipt
from gateway.notice.delivery_state import DeliveryEvent
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import UNASKED, Revocations
from gateway.trust.trust_policy import AllOf, Covers, IssuedBy, Judgement, Rejection, SignedInPast


@dataclass(frozen=True, slots=True)
class SignedReceiptJudge:
    """Judge (`gateway.receipts.receipt_batch.ReceiptJudge`) of receipts in our published format; ``issuers`` are
    thumbprints.
    """

    verifier: DocumentVerifier
    issuers: frozenset[str]
    skew: timedelta
    revocations: Revocations = UNASKED

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        facts = self.verifier.examine(receipt.octets)
        if facts.claims["Event"] == DeliveryEvent.LEGAL_SERVICE:
            # The published format defines three events: only a bound profile says which word means service by law.
            raise GatewayError(
                "receipt.unknown-event", where=facts.claims["Reference"], detail=DeliveryEvent.LEGAL_SERVICE
            )
        policies = IssuedBy(self.issuers), Covers("Receipt"), SignedInPast(now, self.skew)
        passed = AllOf(*policies, self.revocations.at_signing()).check(facts)
        return Judgement(facts=facts, passed=passed)

    def read(self, octets: bytes) -> Mapping[str, str]:
        if (claims := usual_claims(octets)) is not None:
            return claims
        root = parse(octets, DOCUMENT_LIMITS)
        if root.tag != f"{{{RECEIPT}}}Receipt":
            raise Rejection("verify.shape", where=local(root), detail="another document element")
        return {local(child): child.text or "" for child in root if len(child) == 0}
