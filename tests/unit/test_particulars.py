"""The particulars of a notice, as a page names them."""

from __future__ import annotations

import pytest

from gateway.evidence.particulars import Particulars

FIELDS = {"Recipient/Kind": "LEGAL", "Recipient/Identifier": "10100000000", "Paper/Kind": "own-kind"}


def rows(named: Particulars, gateway_says: str | None = None) -> dict[str, str]:
    return {label.en: value.en for label, value in named.rows(gateway_says)}


def test_what_is_not_known_has_no_row() -> None:
    assert rows(Particulars()) == {}
    assert rows(Particulars(fields=FIELDS)) == {"Legal entity ID": "10100000000", "Kind of notice": "own-kind"}


def test_a_tracking_number_that_no_receipt_tells_is_the_gateway_s_word() -> None:
    label = "Tracking number of the judiciary"
    assert rows(Particulars(), "T7")[label] == "T7 (the gateway's word: no receipt tells it)"
    assert rows(Particulars(tracking=["T1", "T2"]), "T7")[label] == "T1, T2"


@pytest.mark.parametrize(("number", "persian"), [("1404/12", "۱۴۰۴/۱۲"), ("A-12", "A-12")])
def test_numbers_have_the_digits_of_the_language(number: str, persian: str) -> None:
    [(_, value)] = Particulars(fields={"Case/Number": number}).rows()
    assert (value.fa, value.en) == (persian, number)


def test_they_are_never_shown_by_accident() -> None:
    assert "10100000000" not in repr(Particulars(fields=FIELDS))
