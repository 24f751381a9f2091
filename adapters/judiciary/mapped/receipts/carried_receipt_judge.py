"""Judges of receipts without a signature of their own: the believed answer that carried them is their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from adapters.contracts.xml_tree import tree_of
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, canonical, conforms, local, parse
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import CarriedBy, RawReceipt
from gateway.receipts.status_receipt import StatusReceipt
from gateway.trust.trust_policy import (
    BY_CONNECTION,
    ELEMENT_OF_ANSWER,
    ELEMENT_OF_SIGNED,
    STATUS_OF_ANSWER,
    UNNAMED_SEAL,
    UNSEEN_SEAL,
    Judgement,
    Rejection,
    Statement,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementReceiptJudge:
    """Judge (`gateway.receipts.receipt_batch.ReceiptJudge`) of elements ``root`` (``{namespace}Name``) of an answer.

    Signer and time are those of the answer, which was judged when it came.
    """

    root: str
    schema: etree.XMLSchema = field(repr=False)
    claims: ReceiptClaims

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:  # noqa: ARG002 - the answer was judged in its time
        claims, carried = self.read(receipt.octets), _carrier(receipt)
        what = ELEMENT_OF_ANSWER if BY_CONNECTION in carried.passed else ELEMENT_OF_SIGNED
        return Judgement(
            facts=Statement(claims=claims, signed_at=carried.at),
            passed=[what, *carried.passed],
            carried_by=carried.record,
        )

    def read(self, octets: bytes) -> Mapping[str, str]:
        element = parse(octets, DOCUMENT_LIMITS)
        if element.tag != self.root:
            raise Rejection("verify.shape", where=local(element), detail="another element")
        conforms(self.schema, element)
        if canonical(element) != octets:
            raise Rejection("verify.not-canonical", where=local(element))
        return self.claims.of(tree_of(element) or {})


@dataclass(frozen=True, slots=True)
class StatusReceiptJudge:
    """Judge (`gateway.receipts.receipt_batch.ReceiptJudge`) of statuses; ``seal`` is where sealed notices travel."""

    seal: SealPlace = SealPlace.INSIDE

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:  # noqa: ARG002 - the answer was judged in its time
        claims, carried = self.read(receipt.octets), _carrier(receipt)
        return Judgement(
            facts=Statement(claims=claims, signed_at=carried.at),
            passed=[STATUS_OF_ANSWER, *carried.passed],
            unnamed=UNSEEN_SEAL if self.seal is SealPlace.NONE else UNNAMED_SEAL,
            carried_by=carried.record,
        )

    def read(self, octets: bytes) -> Mapping[str, str]:
        return StatusReceipt.of(octets).claims


def _carrier(receipt: RawReceipt) -> CarriedBy:
    if receipt.carried is None:
        raise Rejection("verify.unsigned", detail="no answer is on record that carried it")
    return receipt.carried
