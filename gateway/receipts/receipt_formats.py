"""Receipt formats: receipts outlive the profile of their notice, so earlier formats remain readable.

A receipt is read by the profile in force. Only if its form differs is it read by earlier profiles, the latest first. A
word unknown to the profile in force is never looked up in an earlier one.
The same certificates judge all of them. The evidence names the profile that read the receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from gateway.judiciary.courier import RawReceipt
from gateway.notice.profile_version import SpokenProfile
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Judgement

OTHER_FORM: Final = frozenset({"verify.shape", "verify.schema", "mapped.seal-missing"})
"""Codes for a document of another format than expected, or of a time without seals."""


@dataclass(frozen=True, slots=True)
class NamedJudge:
    """Receipt judge that names its profile (`gateway.receipts.receipt_batch.ReceiptJudge`)."""

    judges: ReceiptJudge
    profile: SpokenProfile

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        return replace(self.judges.judge(receipt, now), profile=self.profile)

    def read(self, octets: bytes) -> Mapping[str, str]:
        return self.judges.read(octets)


@dataclass(frozen=True, slots=True)
class FormatsInTurn:
    """Receipt judge over several formats (`gateway.receipts.receipt_batch.ReceiptJudge`).

    ``earlier`` makes the judges of earlier formats on first use.
    """

    present: ReceiptJudge
    earlier: Callable[[], Iterable[ReceiptJudge]] = field(repr=False)

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        """Verify by the first format that fits; raise the present format's error if none accepts it."""
        try:
            return self.present.judge(receipt, now)
        except GatewayError as refusal:
            if refusal.code not in OTHER_FORM:
                raise
            for judge in self.earlier():
                try:
                    return replace(judge.judge(receipt, now), is_earlier=True)
                except GatewayError:
                    continue
            raise

    def read(self, octets: bytes) -> Mapping[str, str]:
        """Read by the first format that fits; raise the present format's error if none can."""
        try:
            return self.present.read(octets)
        except GatewayError:
            for judge in self.earlier():
                try:
                    return judge.read(octets)
                except GatewayError:
                    continue
            raise
