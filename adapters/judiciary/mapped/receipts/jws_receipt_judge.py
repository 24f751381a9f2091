"""Judge of receipts that are JWS: pinned certificates sign them, and a mapping reads their payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.crypto.message.jws import decode
from adapters.crypto.message.jws_document import MAX_BYTES, PAYLOAD, PAYLOAD_LIMITS, JwsDocumentVerifier, is_jws
from adapters.crypto.schema.message_schema import MessageSchema
from adapters.crypto.schema.strict_json import parse_object
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from gateway.judiciary.courier import RawReceipt
from gateway.trust.revocation_status import UNASKED, Revocations
from gateway.trust.trust_policy import AllOf, Covers, IssuedBy, Judgement, Rejection, SignedInPast


@dataclass(frozen=True, slots=True, kw_only=True)
class JwsReceiptJudge:
    """Judge (`gateway.receipts.receipt_batch.ReceiptJudge`) of JWS receipts.

    ``payload`` names the definition of the payload in ``schema``. ``issuers`` are thumbprints.
    """

    verifier: JwsDocumentVerifier
    schema: MessageSchema = field(repr=False)
    payload: str
    claims: ReceiptClaims
    issuers: frozenset[str]
    skew: timedelta
    revocations: Revocations = UNASKED

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        _assert_form(receipt.octets)
        facts = self.verifier.examine(receipt.octets, self.issuers)
        policies = IssuedBy(self.issuers), Covers(PAYLOAD), SignedInPast(now, self.skew)
        passed = AllOf(*policies, self.revocations.at_signing()).check(facts)
        return Judgement(facts=replace(facts, claims=self._claims(facts.covered[PAYLOAD])), passed=passed)

    def read(self, octets: bytes) -> Mapping[str, str]:
        _assert_form(octets)
        parts = octets.split(b".", 3)
        if len(parts) != 3 or len(octets) > MAX_BYTES:
            raise Rejection("verify.jws-form", detail=f"{len(parts)} parts")
        return self._claims(decode(parts[1], "payload"))

    def _claims(self, payload: bytes) -> Mapping[str, str]:
        said = parse_object(payload, PAYLOAD_LIMITS)
        self.schema.assert_fits(self.payload, said)
        return self.claims.of(said)


def _assert_form(octets: bytes) -> None:
    if not is_jws(octets):
        raise Rejection("verify.shape", detail="no JWS")
