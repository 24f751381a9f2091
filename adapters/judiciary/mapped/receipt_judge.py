"""Judges receipts of a contract's own format: their signature is of our form, what they say is read by a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.contracts.xml_tree import tree_of
from adapters.crypto.document import DocumentVerifier
from adapters.crypto.xml import DOCUMENT_LIMITS, parse
from gateway.clock import timestamp
from gateway.courier import RawReceipt
from gateway.errors import GatewayError
from gateway.mapping.program import Program
from gateway.revocation import UNASKED, Revocations
from gateway.trust import AllOf, Covers, Facts, IssuedBy, Judgement, SignedInPast


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedReceiptJudge:
    """`gateway.receipts.ReceiptJudge`. ``root`` is the local name of the document element, ``issuers`` thumbprints."""

    verifier: DocumentVerifier
    root: str
    program: Program
    issuers: frozenset[str]
    skew: timedelta
    revocations: Revocations = UNASKED

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        facts = self.verifier.examine(receipt.octets)
        policies = IssuedBy(self.issuers), Covers(self.root), SignedInPast(now, self.skew)
        passed = AllOf(*policies, self.revocations.at_signing()).check(facts)
        return Judgement(facts=replace(facts, claims=self._claims(facts)), passed=passed)

    def _claims(self, facts: Facts) -> Mapping[str, str]:
        """Return what the covered octets say, in the words of our own receipts. Raises `GatewayError` ``mapped.*``."""
        made = self.program.run(tree_of(parse(facts.covered[self.root], DOCUMENT_LIMITS)))
        if made.problems:
            first = made.problems[0]
            raise GatewayError(first.code, where=first.field, detail=f"mapping {self.program.name}")
        found = made.values
        for name in ("tracking_number", "seal_digest"):
            # Without these two nobody could say which of two notices under one reference the receipt is about.
            if not found.get(name):
                raise GatewayError("mapped.field-missing", where=name, detail=f"mapping {self.program.name}")
        return {
            "ReceiptId": found["receipt_id"],
            "Reference": found["reference"],
            "TrackingNumber": found["tracking_number"],
            "SealDigest": found["seal_digest"],
            "Event": found["event"],
            "EventTime": timestamp(found["event_time"]),
        }
