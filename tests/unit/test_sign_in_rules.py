"""Rules of sign-in that need no store: waits after failures, and passwords that are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.people.lockout import ACCOUNT, PEER, Failures, LockRule, locked_until
from gateway.people.password_policy import assert_good, is_common, normal_form
from gateway.runtime.clock import CLOCKS_DIFFER
from gateway.runtime.errors import GatewayError

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 5), (8, 10), (9, 15), (10, 15), (1_000, 15)],
)
def test_waits_of_an_account_grow_to_an_end(failures: int, minutes: int) -> None:
    until = ACCOUNT.locked_until(Failures(count=failures, last_at=NOW), NOW)
    assert until == (NOW + minutes * MINUTE if minutes else None)
    assert ACCOUNT.locked_until(Failures(count=failures, last_at=NOW), NOW + minutes * MINUTE) is None


@pytest.mark.parametrize("rule", [ACCOUNT, PEER])
def test_failures_are_forgotten_after_longer_than_the_longest_wait(rule: LockRule) -> None:
    assert rule.forgotten_after > max(rule.waits)
    many = Failures(count=1_000, last_at=NOW)
    assert rule.locked_until(many, NOW + rule.forgotten_after) is None
    assert rule.after(many, NOW + rule.forgotten_after).count == 1
    assert rule.after(many, NOW + rule.forgotten_after - MINUTE).count == 1_001


@pytest.mark.parametrize("rule", [ACCOUNT, PEER])
def test_a_failure_in_the_future_begins_no_wait_and_counts_on(rule: LockRule) -> None:
    later = NOW + timedelta(days=30)
    ahead = Failures(count=rule.free + 1, last_at=later)
    assert rule.locked_until(ahead, NOW) is None
    assert rule.locked_until(ahead, later) == later + rule.waits[1]
    after = rule.after(ahead, NOW)
    assert (after.count, after.last_at, after.latest) == (rule.free + 2, NOW, later)
    assert rule.locked_until(after, NOW) == NOW + rule.waits[2]
    assert rule.locked_until(after, later) == later + rule.waits[2], "a clock that is still ahead gains nothing"
    assert rule.after(after, NOW + rule.forgotten_after).count == 1, "it is forgotten by the clock that is right"


@pytest.mark.parametrize("ahead", [timedelta(), CLOCKS_DIFFER])
def test_clocks_that_differ_as_they_may_make_no_future(ahead: timedelta) -> None:
    assert ACCOUNT.locked_until(Failures(count=5, last_at=NOW + ahead), NOW) == NOW + ahead + MINUTE
    assert ACCOUNT.locked_until(Failures(count=5, last_at=NOW + CLOCKS_DIFFER + MINUTE), NOW) is None


def test_the_longest_wait_of_several_subjects_holds() -> None:
    failures = {"account:a": Failures(count=5, last_at=NOW), "peer:p": Failures(count=32, last_at=NOW)}
    subjects = {"account:a": ACCOUNT, "peer:p": PEER}
    assert locked_until(subjects, failures, NOW) == NOW + 15 * MINUTE
    assert locked_until({"account:b": ACCOUNT}, failures, NOW) is None


@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "qwertyuiop12",
        "qwerty123456",
        "poiuytrewq09",
        "1qaz2wsx3edc",
        "passwordpassword",
        "Password1234!",
        "P@ssw0rd12345",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "zahra1zahra1",
        "iloveyou1234",
        "administrator",
        "shahrdari1403",
        "Iran@Tehran1403",
        "تهران۱۲۳۴۵۶۷۸",
        "شهرداری-تهران-۱۴۰۵",
        "ضصثقفغعهخحجچ",
        "کمیسیون‌دادگاه",
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    with pytest.raises(GatewayError) as refusal:
        assert_good(normal_form(password), "zahra.ahmadi")
    assert refusal.value.code == "people.password-common"
    assert password not in str(refusal.value)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "صبح زود چای دارچین", "Xk7-mmQ2-vv9r", "کوه بلند دریای آرام", "bahar-dar-kucheh"],
)
def test_good_passwords_are_taken_without_rules_of_composition(password: str) -> None:
    assert not is_common(normal_form(password))
    assert_good(normal_form(password), "zahra.ahmadi")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Xk7-mmQ2-vv", "people.password-length"),
        ("Xk7-mmQ2" * 40, "people.password-length"),
        ("zahra.ahmadi", "people.password-login"),
        ("Zahra.Ahmadi7Xk-m", "people.password-login"),
    ],
)
def test_length_and_login_are_looked_at(password: str, code: str) -> None:
    with pytest.raises(GatewayError) as refusal:
        assert_good(normal_form(password), "zahra.ahmadi")
    assert refusal.value.code == code


def test_a_password_may_hold_the_login_beside_enough_else() -> None:
    assert_good("ali crosses nine bridges", "ali")


def test_keyboards_of_one_person_type_one_password() -> None:
    assert normal_form("كيك ١٢٣") == normal_form("کیک ۱۲۳") == "کیک 123"
    assert normal_form("Åb") == normal_form("A\u030ab")
    assert normal_form("a\udcff") == "a?"


def test_the_longest_password_is_judged_in_little_work() -> None:
    assert not is_common(("Xk7-mmQ2-vv9r" * 20)[:255] + "z")
