"""Identifiers: what a check digit can tell of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.notice.identifiers import InvalidIdentifier, foreign_id, legal_entity_id, mobile, national_id, postal_code

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")

NINE_DIGITS = st.text("0123456789", min_size=9, max_size=9)


def refused(check: Callable[[str], str], text: str) -> str:
    with pytest.raises(InvalidIdentifier) as caught:
        check(text)
    return caught.value.code


def national_check_digit(nine: str) -> str:
    """The rule, worked out apart from the code under test."""
    remainder = sum(int(digit) * position for position, digit in zip(range(10, 1, -1), nine, strict=True)) % 11
    return str(remainder if remainder < 2 else 11 - remainder)


@pytest.mark.parametrize("known", ["0012345679", "1234567891", "0499370899", "0790419904"])
def test_known_national_ids_pass(known: str) -> None:
    assert national_id(known) == known


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("0684159415", "recipient.national-id"),
        ("0012345678", "recipient.national-id"),
        ("1111111111", "recipient.national-id-repeated"),
        ("00000000", "recipient.national-id-repeated"),
        *((text, "recipient.national-id-length") for text in ("", "123", "1234567", "00123456790", "001234567x")),
    ],
)
def test_wrong_national_ids_are_refused_each_for_its_reason(wrong: str, code: str) -> None:
    assert refused(national_id, wrong) == code


def test_eight_and_nine_digits_have_lost_their_zeros() -> None:
    assert national_id("12345679") == "0012345679"
    assert national_id("499370899") == "0499370899"


@pytest.mark.parametrize("script", [PERSIAN, ARABIC])
def test_persian_and_arabic_digits_are_digits(script: dict[int, int]) -> None:
    assert national_id("0012345679".translate(script)) == "0012345679"
    assert legal_entity_id("14007650912".translate(script)) == "14007650912"
    assert mobile("09123456789".translate(script)) == "+989123456789"


def test_digits_of_other_scripts_are_not() -> None:
    assert refused(national_id, "0012345679".translate(DEVANAGARI)) == "recipient.national-id-length"
    assert refused(foreign_id, "123456789012".translate(DEVANAGARI)) == "recipient.foreign-id"


@given(NINE_DIGITS)
def test_any_nine_digits_with_their_check_digit_pass(nine: str) -> None:
    whole = nine + national_check_digit(nine)
    assume(len(set(whole)) > 1)
    assert national_id(whole) == whole


@given(NINE_DIGITS, st.integers(1, 9))
def test_no_other_check_digit_passes(nine: str, off: int) -> None:
    wrong = (int(national_check_digit(nine)) + off) % 10
    assert refused(national_id, f"{nine}{wrong}") == "recipient.national-id"


@given(NINE_DIGITS, st.integers(0, 7))
def test_two_neighbours_that_were_swapped_are_noticed(nine: str, at: int) -> None:
    swapped = nine[:at] + nine[at + 1] + nine[at] + nine[at + 2 :]
    assume(national_check_digit(swapped) != national_check_digit(nine))
    assert refused(national_id, swapped + national_check_digit(nine)) == "recipient.national-id"


@pytest.mark.parametrize("known", ["14007650912", "10380284790", "10100302746"])
def test_known_legal_entities_pass(known: str) -> None:
    assert legal_entity_id(known) == known


def test_wrong_legal_entities_are_refused() -> None:
    assert refused(legal_entity_id, "14007650911") == "recipient.legal-id"
    for wrong in ("1400765091", "140076509120", ""):
        assert refused(legal_entity_id, wrong) == "recipient.legal-id-length"


@given(st.text("0123456789", min_size=10, max_size=10))
def test_ten_digits_have_exactly_one_legal_check_digit(ten: str) -> None:
    passed = [d for d in "0123456789" if _passes(legal_entity_id, ten + d)]
    assert len(passed) == 1


def test_foreign_nationals_have_twelve_digits() -> None:
    assert foreign_id(" 123456789012 ") == "123456789012"
    assert refused(foreign_id, "12345678901") == refused(foreign_id, "1234567890123") == "recipient.foreign-id"


def test_a_postal_code_may_be_written_with_a_hyphen() -> None:
    assert postal_code("۱۱۱۵۵-۱۲۳۴ ۵") == "1115512345"
    assert refused(postal_code, "11155-1234") == "recipient.postal-code"


@pytest.mark.parametrize("typed", ["09123456789", "+989123456789", "00989123456789", "989123456789", "0912 345 67-89"])
def test_a_mobile_number_has_one_stored_form(typed: str) -> None:
    assert mobile(typed) == "+989123456789"


@pytest.mark.parametrize("typed", ["9123456789", "02188888888", "0912345678", "091234567890", "+1 9123456789", ""])
def test_other_numbers_are_no_mobiles(typed: str) -> None:
    assert refused(mobile, typed) == "recipient.mobile"


@pytest.mark.parametrize("check", [national_id, legal_entity_id, foreign_id, postal_code, mobile])
@given(text=st.text())
def test_whatever_is_typed_is_returned_plain_or_refused(check: Callable[[str], str], text: str) -> None:
    try:
        plain = check(text)
    except InvalidIdentifier:
        return
    assert plain.isascii()
    assert plain.removeprefix("+").isdecimal()


def _passes(check: Callable[[str], str], text: str) -> bool:
    try:
        check(text)
    except InvalidIdentifier:
        return False
    return True
