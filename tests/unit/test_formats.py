"""Receipts of an earlier format are read by the profile of that time; words are never looked up in an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from gateway.judiciary.courier import RawReceipt
from gateway.notice.profile_version import SpokenProfile
from gateway.receipts.receipt_formats import FormatsInTurn, NamedJudge
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Facts, Judgement, Rejection, SignerFacts

NOW = datetime(2026, 2, 3, 8, tzinfo=UTC)
SIGNER = SignerFacts(thumbprint="sha256:1", subject="court", not_before=NOW, not_after=NOW)
RECEIPT = RawReceipt(octets=b"<slip/>")


@dataclass
class Judge:
    """Believes, or refuses by a code; counts how often it was asked."""

    code: str | None = None
    asked: int = 0

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        self.asked += 1
        if self.code is not None:
            raise Rejection(self.code) if self.code.startswith("verify.") else GatewayError(self.code)
        facts = Facts(
            covered={"Receipt": receipt.octets}, claims={}, signer=SIGNER, signed_at=now, expires_at=None, replay_key=""
        )
        return Judgement(facts=facts, passed=["issued by court"])

    def read(self, octets: bytes) -> Mapping[str, str]:
        return {"Octets": octets.decode()}


def named(judge: Judge, version: str) -> NamedJudge:
    return NamedJudge(judge, SpokenProfile(name="sana", version=version, digest="sha256:1"))


def read_by(present: Judge, *earlier: Judge) -> str | None:
    before = [named(judge, str(len(earlier) - place)) for place, judge in enumerate(earlier)]
    found = FormatsInTurn(named(present, "9"), lambda: before).judge(RECEIPT, NOW).profile
    return found and found.version


def test_what_the_present_profile_reads_is_read_by_it_alone() -> None:
    earlier = Judge()
    assert read_by(Judge(), earlier) == "9"
    assert earlier.asked == 0


@pytest.mark.parametrize("code", ["verify.shape", "verify.schema"])
def test_another_form_is_read_by_the_last_before_that_knows_it(code: str) -> None:
    oldest = Judge()
    assert read_by(Judge(code), Judge(code), Judge(), oldest) == "2"
    assert oldest.asked == 0


@pytest.mark.parametrize("code", ["mapped.unknown-value", "verify.signature", "verify.unknown-certificate"])
def test_what_is_refused_for_any_other_reason_is_refused(code: str) -> None:
    earlier = Judge()
    with pytest.raises(GatewayError) as refusal:
        read_by(Judge(code), earlier)
    assert (refusal.value.code, earlier.asked) == (code, 0)


def test_where_nobody_knows_the_form_the_present_one_says_why() -> None:
    with pytest.raises(GatewayError) as refusal:
        read_by(Judge("verify.shape"), Judge("verify.schema"), Judge("mapped.unknown-value"))
    assert refusal.value.code == "verify.shape"
