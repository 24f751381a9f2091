"""Judge of receipts in a contract's own format: documents with an XML signature, whose contents a mapping reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from lxml import etree

from adapters.contracts.xml_tree import tree_of
from adapters.crypto.message.jws_document import is_jws
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from gateway.judiciary.courier import RawReceipt
from gateway.receipts.status_receipt import is_status
from gateway.trust.revocation_status import UNASKED, Revocations
from gateway.trust.trust_policy import AllOf, Covers, Facts, IssuedBy, Judgement, Rejection, SignedInPast


class ReceiptVerifier(Protocol):
    """Verifier of signed documents, in our form or within a policy."""

    def examine(self, octets: bytes, received_at: datetime | None = None) -> Facts: ...

    def content(self, octets: bytes) -> etree._Element: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedReceiptJudge:
    """Judge (`gateway.receipts.receipt_batch.ReceiptJudge`) of mapped receipts.

    ``root`` is the local name of the signed element, ``issuers`` are thumbprints.
    """

    verifier: ReceiptVerifier
    root: str
    claims: ReceiptClaims
    issuers: frozenset[str]
    skew: timedelta
    revocations: Revocations = UNASKED

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        if is_jws(receipt.octets) or is_status(receipt.octets):
            raise Rejection("verify.shape", detail="a receipt of another form")
        facts = self.verifier.examine(receipt.octets, now)
        policies = IssuedBy(self.issuers), Covers(self.root), SignedInPast(now, self.skew)
        passed = AllOf(*policies, self.revocations.at_signing()).check(facts)
        said = parse(facts.covered[self.root], DOCUMENT_LIMITS)
        return Judgement(facts=replace(facts, claims=self.claims.of(tree_of(said))), passed=passed)

    def read(self, octets: bytes) -> Mapping[str, str]:
        return self.claims.of(tree_of(self.verifier.content(octets)))
