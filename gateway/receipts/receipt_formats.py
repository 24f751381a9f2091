"""Receipts outlive the profile under which their notice was sent: earlier formats are read as long as they may come.

A receipt is read by the profile in force. Only where it has another form than that one's is it read by those that were
in force before, the last of them first; a word that the present one does not know is never looked up in an earlier one.
All of them are judged by the same certificates. Which profile read it stands in its evidence.
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
"""Codes that say that a document is of another format than the one that was expected, or of a time without seals."""


@dataclass(frozen=True, slots=True)
class NamedJudge:
    """`gateway.receipts.receipt_batch.ReceiptJudge` that says by what it reads."""

    judges: ReceiptJudge
    profile: SpokenProfile

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        return replace(self.judges.judge(receipt, now), profile=self.profile)

    def read(self, octets: bytes) -> Mapping[str, str]:
        return self.judges.read(octets)


@dataclass(frozen=True, slots=True)
class FormatsInTurn:
    """`gateway.receipts.receipt_batch.ReceiptJudge`. ``earlier`` makes the judges of earlier formats when they are
    first needed."""

    present: ReceiptJudge
    earlier: Callable[[], Iterable[ReceiptJudge]] = field(repr=False)

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        """Raises as the present format's judge does, where no earlier one believes it."""
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
        """Raises as the present format's judge does, where no earlier one can read it."""
        try:
            return self.present.read(octets)
        except GatewayError:
            for judge in self.earlier():
                try:
                    return judge.read(octets)
                except GatewayError:
                    continue
            raise
