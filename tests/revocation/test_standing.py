"""Judgement of a message now, and what profiles make of it. `test_cases.py` has documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from adapters.crypto.keys.revocation_list import read_list
from gateway.trust.revocation_status import (
    HOLD,
    NotRevokedNow,
    Requirement,
    Revocation,
    RevocationLists,
    Revocations,
    Standing,
)
from gateway.trust.trust_policy import Facts, Policy, Rejection, SignerFacts

from .authority import AUTHORITIES, DAY, ISSUING, NOW, ROOT, SERIAL, chain, listed, partner

CHAIN = chain()
SKEW = timedelta(seconds=60)
ISSUING_SERIAL = ISSUING.certificate.serial_number
STOLEN = {SERIAL: Revocation(at=NOW, reason="keyCompromise")}
STOLEN_EARLIER = {SERIAL: Revocation(at=NOW, reason="keyCompromise", invalid_from=NOW - DAY)}
HELD = {SERIAL: Revocation(at=NOW, reason=HOLD)}


def lists(*ders: bytes, of_root: Sequence[bytes] | None = None) -> RevocationLists:
    """These lists, and one of the root that is in force."""
    root = [listed(ROOT, this_update=NOW - 10 * DAY, next_update=NOW + 10 * DAY)] if of_root is None else of_root
    return RevocationLists(read_list(der, AUTHORITIES, "x") for der in (*ders, *root))


LATER = [listed(ROOT, this_update=NOW + 5 * DAY, next_update=NOW + 10 * DAY)]
"""The root's list that proves what was signed in these tests."""


BEFORE = NOW - timedelta(hours=1)
ON_TIME = listed(this_update=NOW)
OLD = listed(this_update=NOW - timedelta(hours=12))


def test_an_authority_that_was_revoked_signs_for_nobody() -> None:
    revoked = listed(ROOT, {ISSUING_SERIAL: Revocation(at=NOW - DAY, reason="cACompromise")})
    found = lists(ON_TIME, of_root=[revoked]).then(CHAIN, BEFORE)
    assert (found.standing, found.link and found.link.serial) == (Standing.REVOKED, ISSUING_SERIAL)
    assert lists(ON_TIME, of_root=[revoked]).now(CHAIN, NOW, SKEW).standing is Standing.REVOKED


MESSAGES = {
    "a list in force": ([ON_TIME], Standing.GOOD),
    "revoked": ([listed(revoked=STOLEN)], Standing.REVOKED),
    "on hold": ([listed(revoked=HELD)], Standing.REVOKED),
    "to be revoked tomorrow": ([listed(revoked={SERIAL: Revocation(at=NOW + DAY)})], Standing.REVOKED),
    "on hold no more": ([listed(revoked=HELD, this_update=NOW - DAY), ON_TIME], Standing.GOOD),
    "no list": ([], Standing.UNKNOWN),
    "a list that has ended": ([listed(this_update=NOW - 3 * DAY)], Standing.UNKNOWN),
    "a list that has ended, and says so": ([listed(revoked=STOLEN, this_update=NOW - 3 * DAY)], Standing.REVOKED),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_a_message_is_judged_now(case: str) -> None:
    ders, expected = MESSAGES[case]
    assert lists(*ders).now(CHAIN, NOW, SKEW).standing is expected


def facts(signed_at: datetime = NOW) -> Facts:
    [own] = partner().certificates
    signer = SignerFacts(
        thumbprint=own.thumbprint, subject=own.subject, not_before=own.not_before, not_after=own.not_after
    )
    return Facts(covered={}, claims={}, signer=signer, signed_at=signed_at, expires_at=None, replay_key="")


@pytest.mark.parametrize(
    ("ders", "require", "if_known"),
    [
        ([ON_TIME], "passed", "passed"),
        ([], "verify.revocation-unknown", "revocation not known"),
        ([listed(this_update=NOW - 3 * DAY)], "verify.revocation-unknown", "revocation not known"),
        ([listed(revoked=STOLEN)], "verify.revoked", "verify.revoked"),
    ],
    ids=["good", "no list", "a list that has ended", "revoked"],
)
def test_a_partners_profile_says_what_a_missing_list_means(ders: list[bytes], require: str, if_known: str) -> None:
    for requirement, expected in ((Requirement.REQUIRE, require), (Requirement.IF_KNOWN, if_known)):
        known = lists(*ders)
        now = NotRevokedNow(chains=partner(), lists=lambda known=known: known, requirement=requirement, now=NOW)
        asked = Revocations(chains=partner(), lists=lambda known=known: known, requirement=requirement)
        then = asked.at_signing()
        assert outcome(now, facts()) == outcome(then, facts()) == expected
    off = NotRevokedNow(chains=partner(), lists=lambda: lists(*ders), requirement=Requirement.OFF, now=NOW)
    assert off.check(facts()) == []


def outcome(policy: Policy, of: Facts) -> str:
    try:
        [passed] = policy.check(of)
    except Rejection as refused:
        return refused.code
    return "passed" if passed.startswith("certificate not revoked") else passed


def test_a_refusal_names_serial_and_time() -> None:
    found = lists(listed(revoked=STOLEN_EARLIER)).now(CHAIN, NOW, SKEW)
    assert found.told == (
        f"CN=end, serial {SERIAL:x}, revoked 2026-02-03T09:30:00.000000Z "
        "(keyCompromise since 2026-02-02T09:30:00.000000Z)"
    )


def test_what_covers_a_time_is_the_first_list_after_it() -> None:
    known = lists(OLD, ON_TIME, listed(this_update=NOW + DAY), of_root=LATER)
    digests = known.covering(CHAIN, BEFORE)
    assert [each.this_update for each in known.all() if each.digest in digests] == [NOW, NOW + 5 * DAY]
