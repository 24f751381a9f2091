"""Secrets in evidence: a mark in the place of each, wherever a service repeats it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus
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


TOKEN = "q1+Zk/0p=A'9<x&Yw\"3\\1 é😀"


def of_dotnet(text: str) -> str:
    """Return a text as .NET's JSON writes it: also ``+``, ``<``, ``>``, ``&`` and ``'`` by their numbers."""
    return re.sub("[+<>&'\"]", lambda one: f"\\u{ord(one[0]):04X}", text.replace("\\", "\\\\"))


def by_numbers(text: str, form: str) -> str:
    """Return a text for XML in which every character but letters and digits is a reference of this form."""
    return "".join(one if one.isascii() and one.isalnum() else f"&#{form.format(ord(one))};" for one in text)


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(TOKEN)[1:-1].replace("/", r"\/"),
        json.dumps(TOKEN, ensure_ascii=False)[1:-1].replace("/", r"\/"),
        of_dotnet(TOKEN),
        of_dotnet(TOKEN).replace("\\u002B", "\\u002b").replace("/", r"\u002f"),
        json.dumps(TOKEN)[1:-1].replace("\\ud83d\\ude00", "\\uD83D\\uDE00"),
        "".join(f"\\u{ord(one):04x}" for one in TOKEN[:-1]) + r"\ud83d\ude00",
        by_numbers(TOKEN, "{}"),
        by_numbers(TOKEN, "0{}"),
        by_numbers(TOKEN, "x{:x}"),
        by_numbers(TOKEN, "X00{:X}"),
        escape(TOKEN, {"+": "&#43;", "'": "&#39;", '"': "&#034;", "=": "&#x3D;", "é": "&#xe9;"}),
        escape(TOKEN, {"+": "&plus;", "/": "&sol;", "=": "&equals;", "'": "&apos;", '"': "&QUOT;", "é": "&eacute;"}),
        quote(TOKEN, safe="").replace("%2B", "%2b").replace("%C3", "%c3"),
        quote(TOKEN, safe="/="),
        quote_plus(TOKEN),
        escape(TOKEN).replace("/", r"\/"),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("="),
        quote(base64.b64encode(TOKEN.encode()).decode(), safe=""),
    ],
)
def test_a_secret_is_found_however_a_service_escapes_its_characters(written: str) -> None:
    secrets = Secrets()
    secrets.note(TOKEN)
    octets, places = secrets.masked(f"<a>{written}</a>".encode())
    assert (octets, places) == (f"<a>{MASK}</a>".encode(), ("octets 3 to 17",))
    assert secrets.masked_text(f"wrong: {written}.") == f"wrong: {MASK}."


@pytest.mark.parametrize("plain", [r"C:\\share\+x", "%2541+9&amp;", r"\u002B\/+/", "a  b++c//", "====////"])
@pytest.mark.parametrize("write", [str, escape, quote, of_dotnet], ids=lambda each: each.__name__)
def test_a_secret_that_looks_escaped_itself_is_found(plain: str, write: Callable[[str], str]) -> None:
    assert Secrets([plain.encode()]).masked(f"<{write(plain)}>".encode())[0] == f"<{MASK}>".encode()


def test_characters_that_two_rules_could_read_are_read_once() -> None:
    """Otherwise each of them would double the work: this test would not end."""
    one = Secrets([(r"\/" * 60 + "end").encode(), (b"\\" * 60) + b"end", b"&" * 60 + b"end", b"%" * 60 + b"end"])
    octets = (r"\\/" * 60).encode() + b"\\" * 400 + b"&amp;" * 100 + b"%25" * 100 + b"&#" + b"0" * 10_000
    assert one.masked(octets) == (octets, ())


def test_secrets_that_overlap_leave_no_part_of_either() -> None:
    octets, places = Secrets([b"abcdefgh", b"efghijklm", b"cdefghij"]).masked(b"<abcdefghijklm>&<efghijklm>")
    assert octets == f"<{MASK}>&<{MASK}>".encode()
    assert places == ("octets 1 to 15", "octets 18 to 32")


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
