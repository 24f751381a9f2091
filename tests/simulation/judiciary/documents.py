"""Sealed notices and receipts: the sealer of the bodies, and the judge of the judiciary's receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from gateway.judiciary.courier import RawReceipt
from gateway.notice.envelope import SealedNotice
from gateway.notice.notice import Notice
from gateway.notice.profile_version import SpokenProfile
from gateway.trust.trust_policy import AllOf, Covers, IssuedBy, Judgement, Rejection, SignedInPast

from .signed import RECEIPTS, SEAL, facts_of, opened, signed, thumbprint, written

_CLAIMS: Final = ("ReceiptId", "Reference", "TrackingNumber", "SealDigest", "Event", "EventTime")


@dataclass(frozen=True, slots=True)
class SimulatedSealer:
    """`gateway.notice.envelope.Sealer` with one key for all bodies."""

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        told = {
            "Reference": notice.reference,
            "Content": notice.content_digest,
            "Name": notice.recipient.name,
            "IssuedOn": notice.issued_on.isoformat(),
        }
        return SealedNotice(reference=notice.reference, octets=_sealed(told, at), sealed_at=at)

    def seal_anew(self, octets: bytes, at: datetime) -> SealedNotice:
        told = notice_of(octets)
        return SealedNotice(reference=told["Reference"], octets=_sealed(told, at), sealed_at=at)


def _sealed(told: Mapping[str, str], at: datetime) -> bytes:
    return signed(SEAL, {**told, "at": written(at)})


def notice_of(octets: bytes) -> Mapping[str, str]:
    """Return the fields of a sealed notice. Raises `Rejection` if its body did not seal these octets."""
    key, told, _ = opened(octets)
    if key != SEAL:
        raise Rejection("verify.unknown-certificate", detail=key)
    return told


def issue_day(octets: bytes) -> date:
    """Return the day on which the paper of a sealed notice was issued. Raises `Rejection` as `notice_of`."""
    return date.fromisoformat(notice_of(octets)["IssuedOn"])


@dataclass(frozen=True, slots=True)
class SimulatedReceiptJudge:
    """`gateway.receipts.receipt_batch.ReceiptJudge` by the product's policies."""

    skew: timedelta
    profile: SpokenProfile | None = None

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        facts = facts_of(receipt.octets, "Receipt")
        policies = IssuedBy(frozenset({thumbprint(RECEIPTS)})), Covers("Receipt"), SignedInPast(now, self.skew)
        return Judgement(facts=facts, passed=AllOf(*policies).check(facts), profile=self.profile)

    def read(self, octets: bytes) -> Mapping[str, str]:
        _, told, _ = opened(octets)
        return {name: told[name] for name in _CLAIMS}
