"""Judge of receipts in a contract's own format: their signature is of our form, a mapping reads their contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.contracts.xml_tree import tree_of
from adapters.crypto.keys.names import DS
from adapters.crypto.message.jws_document import is_jws
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, local, parse
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from gateway.judiciary.courier import RawReceipt
from gateway.receipts.status_receipt import is_status
from gateway.trust.revocation_status import UNASKED, Revocations
from gateway.trust.trust_policy import AllOf, Covers, IssuedBy, Judgement, Rejection, SignedInPast


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedReceiptJudge:
    """Judge (`gateway.receipts.acceptance.ReceiptJudge`) of mapped receipts.

    ``root`` is the local name of the document element, ``issuers`` are thumbprints.
    """

    verifier: DocumentVerifier
    root: str
    claims: ReceiptClaims
    issuers: frozenset[str]
    skew: timedelta
    revocations: Revocations = UNASKED

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        if is_jws(receipt.octets) or is_status(receipt.octets):
            raise Rejection("verify.shape", detail="a receipt of another form")
        facts = self.verifier.examine(receipt.octets)
        policies = IssuedBy(self.issuers), Covers(self.root), SignedInPast(now, self.skew)
        passed = AllOf(*policies, self.revocations.at_signing()).check(facts)
        said = parse(facts.covered[self.root], DOCUMENT_LIMITS)
        return Judgement(facts=replace(facts, claims=self.claims.of(tree_of(said))), passed=passed)

    def read(self, octets: bytes) -> Mapping[str, str]:
        root = parse(octets, DOCUMENT_LIMITS)
        if local(root) != self.root:
            raise Rejection("verify.shape", where=local(root), detail="another document element")
        for signature in root.findall(f"{{{DS}}}Signature"):
            root.remove(signature)
        return self.claims.of(tree_of(root))
