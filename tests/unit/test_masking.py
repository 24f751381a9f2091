"""Secrets in evidence: a mark in the place of each, wherever a service repeats it."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest

from gateway.record.masking import MASK, SHORTEST, Secrets, masks

SECRET = 'open "&" <long> sésame'


@pytest.mark.parametrize(
    "written",
    [
        SECRET.encode(),
        escape(SECRET).encode(),
        escape(SECRET, {'"': "&quot;"}).encode(),
        json.dumps(SECRET)[1:-1].encode(),
        json.dumps(SECRET, ensure_ascii=False)[1:-1].encode(),
        quote(SECRET, safe="").encode(),
        base64.b64encode(SECRET.encode()),
    ],
)
def test_a_secret_is_found_in_each_form_and_its_place_is_that_of_the_mark(written: bytes) -> None:
    octets, places = Secrets([SECRET.encode()]).masked(b"<a>" + written + b"</a><b>" + written + b"</b>")
    assert octets == f"<a>{MASK}</a><b>{MASK}</b>".encode()
    assert places == ("octets 3 to 17", "octets 24 to 38")
    assert all(octets[int(one.split()[1]) : int(one.split()[3])] == MASK.encode() for one in places)
    assert masks(places) == {"masked": "octets 3 to 17; octets 24 to 38"}


def test_octets_without_secrets_stay_as_they_are() -> None:
    assert Secrets([SECRET.encode(), b"\xff" * SHORTEST]).masked(b"<a>open</a>") == (b"<a>open</a>", ())
    assert masks(()) == {}


def test_a_secret_so_short_that_it_may_stand_anywhere_is_not_searched_for() -> None:
    """Its marks in numbers that are known elsewhere would tell it."""
    assert Secrets([b"1234567"]).masked(b"<Number>12345678</Number>")[1] == ()


def test_the_last_tokens_are_secrets_too() -> None:
    secrets = Secrets()
    for number in range(100):
        secrets.note(f"token-{number:02}")
    assert secrets.masked(b"token-99 token-95") == (f"{MASK} {MASK}".encode(), ("octets 0 to 14", "octets 15 to 29"))
    assert secrets.masked_text("wrong: token-99") == f"wrong: {MASK}"


def test_a_record_names_the_first_places_and_how_many_more() -> None:
    told = masks([f"octets {n} to {n + 14}" for n in range(0, 500, 20)])["masked"]
    assert told.endswith("; 5 more")
    assert len(told) < 500
