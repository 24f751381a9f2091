"""Policies: what is believed of a valid signature."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.trust.trust_policy import (
    About,
    AllOf,
    Answers,
    Covers,
    Facts,
    Fresh,
    IssuedBy,
    Rejection,
    SignedInPast,
    SignerFacts,
)

NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FACTS = Facts(
    covered={"Body": b"<b/>", "Timestamp": b"<t/>"},
    claims={"Reference": "EB-1", "SealDigest": "sha256:aa", "RelatesTo": "urn:1", "Action": "urn:a"},
    signer=SignerFacts(thumbprint="sha256:11", subject="CN=court", not_before=NOW - DAY, not_after=NOW + DAY),
    signed_at=NOW,
    expires_at=NOW + timedelta(minutes=5),
    replay_key="k",
)


def code(policy: object, facts: Facts = FACTS) -> str:
    with pytest.raises(Rejection) as refusal:
        policy.check(facts)  # type: ignore[attr-defined]
    return refusal.value.code


def test_what_was_checked_can_be_printed() -> None:
    passed = AllOf(IssuedBy(frozenset({"sha256:11"})), Covers("Body"), Fresh(NOW)).check(FACTS)
    assert passed == ["issued by CN=court", "covers Body", "fresh", "certificate valid now"]


def test_an_empty_all_of_believes_nothing() -> None:
    assert code(AllOf()) == "verify.coverage"


def test_covering_nothing_is_no_coverage() -> None:
    assert code(Covers()) == "verify.coverage"


def test_a_part_that_is_not_signed_is_missed() -> None:
    assert code(Covers("Body", "To")) == "verify.coverage"


def test_a_stranger_is_not_believed() -> None:
    assert code(IssuedBy(frozenset({"sha256:22"}))) == "verify.unknown-certificate"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW + timedelta(minutes=7), "verify.stale"),
        (NOW - timedelta(minutes=2), "verify.not-yet"),
        (NOW + 10 * DAY, "verify.stale"),
    ],
)
def test_a_message_is_believed_only_while_fresh(now: datetime, expected: str) -> None:
    assert code(Fresh(now), replace(FACTS, expires_at=NOW + 20 * DAY)) == expected


def test_a_message_is_not_believed_after_it_expires() -> None:
    assert (
        code(Fresh(NOW + timedelta(minutes=3)), replace(FACTS, expires_at=NOW + timedelta(minutes=1)))
        == "verify.expired"
    )


def test_a_message_without_an_end_is_not_believed() -> None:
    assert code(Fresh(NOW), replace(FACTS, expires_at=None)) == "verify.expired"


def test_a_message_under_an_expired_certificate_is_not_believed() -> None:
    old = replace(FACTS.signer, not_after=NOW - timedelta(hours=1))
    assert code(Fresh(NOW), replace(FACTS, signer=old)) == "verify.certificate-validity"


def test_a_document_is_judged_at_its_signing_time() -> None:
    assert SignedInPast(NOW + 3650 * DAY).check(FACTS)
    assert code(SignedInPast(NOW - DAY)) == "verify.signing-time"
    assert code(SignedInPast(NOW + 9 * DAY), replace(FACTS, signed_at=NOW + 2 * DAY)) == "verify.certificate-validity"


def test_a_receipt_is_about_one_notice_and_one_seal() -> None:
    assert About("EB-1", "sha256:aa").check(FACTS)
    assert code(About("EB-2", "sha256:aa")) == "verify.about"
    assert code(About("EB-1", "sha256:bb")) == "verify.about"


def test_an_answer_belongs_to_one_request() -> None:
    assert Answers(message_id="urn:1", action="urn:a").check(FACTS)
    assert code(Answers(message_id="urn:2", action="urn:a")) == "verify.relates-to"
    assert code(Answers(message_id="urn:1", action="urn:b")) == "verify.relates-to"
