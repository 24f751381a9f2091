"""Stored messages as text on a page: no identifier is read in them, however the message escapes or encodes it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from adapters.console.notices.message_text import MOST_SIGNS, shown_text
from gateway.notice.masked_identifiers import masked

pytestmark = pytest.mark.long

LATIN, PERSIAN, ARABIC = "0012345679", "۰۰۱۲۳۴۵۶۷۹", "٠٠١٢٣٤٥٦٧٩"
MASKED = "••••••••79"


def references(text: str, form: str) -> str:
    return "".join(form.format(ord(sign)) for sign in text)


ESCAPES: dict[str, Callable[[str], str]] = {
    "JSON": lambda text: references(text, "\\u{:04x}"),
    "JSON, capital letters": lambda text: references(text, "\\u{:04X}"),
    "JSON in JSON": lambda text: references(text, "\\\\u{:04x}"),
    "XML, hexadecimal": lambda text: references(text, "&#x{:x};"),
    "XML, hexadecimal with zeros": lambda text: references(text, "&#X{:06X};"),
    "XML, decimal": lambda text: references(text, "&#{};"),
    "XML in XML": lambda text: references(text, "&amp;#{};"),
    "address": lambda text: "".join(f"%{octet:02X}" for octet in text.encode()),
    "address, small letters": lambda text: "".join(f"%{octet:02x}" for octet in text.encode()),
    "address in an address": lambda text: "".join(f"%25{octet:02X}" for octet in text.encode()),
}


def text_of(octets: bytes | str) -> str:
    return shown_text(octets.encode() if isinstance(octets, str) else octets, ()).text


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
@pytest.mark.parametrize("identifier", [LATIN, PERSIAN, ARABIC])
def test_an_escaped_identifier_is_masked(escape: Callable[[str], str], identifier: str) -> None:
    around = f"before {escape(identifier)} after"
    assert text_of(around) == f"before {MASKED} after"
    half = f"{escape(identifier[:5])}{identifier[5:]}"
    assert MASKED.rstrip("79") in text_of(half)
    assert text_of(escape(identifier[:7])) == escape(identifier[:7])


def test_other_signs_stay_as_the_message_escapes_them() -> None:
    told = json.dumps({"reason": f"کد ملی {PERSIAN} در ۱۴۰۴/۱۱/۱۴"})
    assert text_of(told) == told.replace(json.dumps(PERSIAN)[1:-1], MASKED)
    assert text_of("\\u06441234567 \\u0641" * 3) == "\\u06441234567 \\u0641" * 3
    assert text_of(quote("برگه ۱۲۳۴۵۶۷")) == quote("برگه ۱۲۳۴۵۶۷")


@pytest.mark.parametrize("inner", [LATIN, PERSIAN, f'{{"nationalId":"{LATIN}"}}', json.dumps(PERSIAN)])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
@pytest.mark.parametrize("before", ["", "a", "ab/", "id"])
def test_short_base64_that_holds_an_identifier_is_left_out(
    inner: str, encode: Callable[[bytes], bytes], before: str
) -> None:
    for octets in (inner.encode(), ("سلام " * 8 + inner).encode(), encode(inner.encode())):
        encoded = encode(octets).decode().strip()
        for shown in (encoded, encoded.rstrip("=")):
            told = text_of(f'{{"payload":"{before}{shown}"}}')
            assert "[… " in told
            assert not any(line in told for line in shown.splitlines() if len(line) > 13)


def test_a_jws_within_a_message_shows_no_identifier() -> None:
    parts = (
        base64.urlsafe_b64encode(each).decode().rstrip("=")
        for each in (b'{"alg":"ES256"}', json.dumps({"id": PERSIAN}).encode(), b"\x00\xff" * 16)
    )
    header, payload, signature = parts
    assert text_of(f'{{"receipt":"{header}.{payload}.{signature}"}}').count("[… ") == 1


def test_names_digests_and_signatures_stay() -> None:
    signature = base64.b64encode(bytes(range(128, 192))).decode()
    told = f"SubmissionAcceptanceResponse sha256:{'ab' * 32} {signature} EB-20260203-ABCDEFGHIJKLMNOP"
    assert text_of(told) == told


def test_utf_16_is_read_as_such() -> None:
    assert text_of(f"<id>{LATIN}</id>".encode("utf-16")) == f"<id>{MASKED}</id>"


@pytest.mark.parametrize(
    "identifier", [LATIN, ESCAPES["XML in XML"](PERSIAN), base64.b64encode(LATIN.encode()).decode()]
)
def test_an_identifier_that_the_end_of_the_page_cuts_is_masked(identifier: str) -> None:
    for shown in range(1, len(identifier), len(identifier) // 10):
        told = shown_text(f"{'. ' * (MOST_SIGNS // 2)}{identifier}{' .' * 5_000}"[shown:].encode(), ())
        assert told.cut
        assert len(told.text) == MOST_SIGNS
        assert not set(told.text[-shown:]) - {"•", "7", "9", "[", "…", " ", "1", "6", "]", "."}


def test_a_text_that_masking_shortens_to_the_page_is_not_cut() -> None:
    told = shown_text(f"{'.' * (MOST_SIGNS - 20)}{ESCAPES['JSON'](PERSIAN)}".encode(), ())
    assert (told.cut, told.text[-12:]) == (False, f"..{MASKED}")


@pytest.mark.parametrize(
    "sign", ["\\", "%25", "&amp;", "&#x0", "A", "ab1 ", "9", "\\u06f0", f"{'A' * 70}\n", "1234567 "]
)
def test_many_signs_are_masked_without_a_step_for_each_pair(sign: str) -> None:
    """A quadratic expression would not end within the test run."""
    assert masked(sign * (2_000_000 // len(sign)))
