"""Judge of receipts in a contract's own format: their signature is of our form, a mapping reads their contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lxml import etree

from adapters.contracts.xml_tree import tree_of
from adapters.crypto.keys.names import DS
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, local, parse
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import RawReceipt
from gateway.mapping.program.program import Program
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import UNASKED, Revocations
from gateway.trust.trust_policy import AllOf, Covers, IssuedBy, Judgement, Rejection, SignedInPast


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedReceiptJudge:
    """Judge (`gateway.receipts.acceptance.ReceiptJudge`) of mapped receipts.

    ``root`` is the local name of the document element, ``issuers`` are thumbprints. A judiciary that never received a
    ``seal`` cannot name its digest; then that claim is left out.
    """

    verifier: DocumentVerifier
    root: str
    program: Program
    issuers: frozenset[str]
    skew: timedelta
    revocations: Revocations = UNASKED
    seal: SealPlace = SealPlace.INSIDE

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        facts = self.verifier.examine(receipt.octets)
        policies = IssuedBy(self.issuers), Covers(self.root), SignedInPast(now, self.skew)
        passed = AllOf(*policies, self.revocations.at_signing()).check(facts)
        said = parse(facts.covered[self.root], DOCUMENT_LIMITS)
        return Judgement(facts=replace(facts, claims=self._claims(said)), passed=passed)

    def read(self, octets: bytes) -> Mapping[str, str]:
        root = parse(octets, DOCUMENT_LIMITS)
        if local(root) != self.root:
            raise Rejection("verify.shape", where=local(root), detail="another document element")
        for signature in root.findall(f"{{{DS}}}Signature"):
            root.remove(signature)
        return self._claims(root)

    def _claims(self, said: etree._Element) -> Mapping[str, str]:
        """Return the contents of a receipt without its signature, by the names of our own receipts.

        Raises `GatewayError` ``mapped.*``.
        """
        made = self.program.run(tree_of(said))
        if made.problems:
            first = made.problems[0]
            raise GatewayError(first.code, where=first.field, detail=f"mapping {self.program.name}")
        found = made.values
        # Without these, a receipt could be about either of two notices under one reference.
        needed = ["tracking_number"] if self.seal is SealPlace.NONE else ["tracking_number", "seal_digest"]
        for name in needed:
            if not found.get(name):
                code = "mapped.seal-missing" if name == "seal_digest" else "mapped.field-missing"
                raise GatewayError(code, where=name, detail=f"mapping {self.program.name}")
        claims = {
            "ReceiptId": found["receipt_id"],
            "Reference": found["reference"],
            "TrackingNumber": found["tracking_number"],
            "Event": found["event"],
            "EventTime": timestamp(found["event_time"]),
        }
        return claims | ({"SealDigest": found["seal_digest"]} if found.get("seal_digest") else {})
