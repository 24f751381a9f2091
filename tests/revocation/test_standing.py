"""What lists say of a certificate at a time. One engine: of a message now, of a document when it was signed."""

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

from .authority import AUTHORITIES, DAY, END, ISSUING, NOW, ROOT, SERIAL, chain, listed, partner

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


BEFORE, AFTER, MUCH_LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1), NOW + 2 * DAY
ON_TIME = listed(this_update=NOW)
OLD = listed(this_update=NOW - timedelta(hours=12))

SIGNED = {
    "a list that was issued later proves it": ([ON_TIME], BEFORE, Standing.GOOD),
    "a list of that very moment proves it": ([ON_TIME], NOW, Standing.GOOD),
    "an older list in force says what was known": ([OLD], BEFORE, Standing.NOT_KNOWN_THEN),
    "an older list proves nothing of later": ([OLD], MUCH_LATER, Standing.UNKNOWN),
    "no list": ([], BEFORE, Standing.UNKNOWN),
    "revoked before": ([listed(revoked=STOLEN)], AFTER, Standing.REVOKED),
    "revoked at that moment": ([listed(revoked=STOLEN)], NOW, Standing.REVOKED),
    "revoked after": ([listed(revoked=STOLEN)], BEFORE, Standing.GOOD),
    "revoked after, and stolen before": ([listed(revoked=STOLEN_EARLIER)], BEFORE, Standing.REVOKED),
    "revoked after, and stolen after it": ([listed(revoked=STOLEN_EARLIER)], NOW - 2 * DAY, Standing.GOOD),
    "revoked before, whatever another list says": (
        [listed(revoked=STOLEN), listed(this_update=NOW + DAY)],
        AFTER,
        Standing.REVOKED,
    ),
    "on hold": ([listed(revoked=HELD), listed(this_update=NOW + DAY)], AFTER, Standing.REVOKED),
    "on hold no more": (
        [listed(revoked=HELD), listed(this_update=NOW + DAY), listed(this_update=NOW + 3 * DAY)],
        MUCH_LATER,
        Standing.GOOD,
    ),
    "expired since, so no list would say": (
        [listed(this_update=END.certificate.not_valid_after_utc + DAY)],
        BEFORE,
        Standing.UNKNOWN,
    ),
}


@pytest.mark.parametrize("case", SIGNED)
def test_a_document_is_judged_at_its_signing_time(case: str) -> None:
    ders, at, expected = SIGNED[case]
    assert lists(*ders, of_root=LATER).then(CHAIN, at).standing is expected


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
