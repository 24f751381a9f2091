"""Identifiers decide the behaviour of the sandbox's recipients, the same each time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.sandbox.judiciary.behaviour import REFUSALS, Conduct, conduct_of, refusal_of, waits_of

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("digits", "conduct"),
    [
        ("01234", Conduct.VIEWS_SOON),
        ("56", Conduct.VIEWS_LATE),
        ("7", Conduct.NEVER_VIEWS),
        ("8", Conduct.NO_ACCOUNT),
        ("9", Conduct.REFUSED),
    ],
)
def test_the_fourth_digit_of_a_synthetic_identifier_tells(digits: str, conduct: Conduct) -> None:
    for digit in digits:
        for length in (10, 11, 12):
            assert conduct_of(f"999{digit}".ljust(length, "0")) is conduct


def test_anybody_else_views_soon() -> None:
    assert conduct_of("0012345679") is Conduct.VIEWS_SOON
    assert conduct_of("9989000000") is Conduct.VIEWS_SOON


def test_each_refusal_can_be_reached() -> None:
    assert [refusal_of(f"9999{digit}00000") for digit in (0, 1, 2, 9)] == list(REFUSALS)


def test_who_could_not_read_a_paper_views_the_corrected_one() -> None:
    assert conduct_of("9999900000") is Conduct.REFUSED
    assert conduct_of("9999900000", corrects=True) is Conduct.VIEWS_SOON
    assert conduct_of("9999000000", corrects=True) is Conduct.REFUSED


@pytest.mark.parametrize("number", range(20))
def test_waits_lie_in_their_span_and_belong_to_the_reference(number: int) -> None:
    reference = f"EB-{number}"
    soon, late = waits_of(Conduct.VIEWS_SOON, reference), waits_of(Conduct.VIEWS_LATE, reference)
    assert 0.1 * DAY <= soon.arrival == late.arrival <= 0.3 * DAY
    assert soon.viewing is not None
    assert late.viewing is not None
    assert 0.5 * DAY <= soon.viewing <= 1.5 * DAY
    assert 5 * DAY <= late.viewing <= 8 * DAY
    assert waits_of(Conduct.NEVER_VIEWS, reference).viewing is None
    assert waits_of(Conduct.VIEWS_SOON, reference) == soon
    assert waits_of(Conduct.VIEWS_SOON, f"{reference}-other") != soon
