"""A reference is found however deep it stands in base64, and however its letters were written."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.evidence.reference_scan import mentioned

REFERENCE = "EB-" + "A2B3" * 8
PLAIN = f"<Reference>{REFERENCE}</Reference>".encode()


def url(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


WRITTEN = {
    "as it is": PLAIN,
    "in base64": b"<a>" + base64.b64encode(PLAIN) + b"</a>",
    "in base64 of many lines": b"<a>\n" + base64.encodebytes(PLAIN * 3) + b"</a>",
    "in a JWS": b".".join(
        [url(b'{"alg": "RS256"}'), url(json.dumps({"reference": REFERENCE}).encode()), url(b"s" * 64)]
    ),
    "in base64 in a JWS": url(b"{}") + b"." + url(json.dumps({"seal": base64.b64encode(PLAIN).decode()}).encode()),
    "with its letters escaped": json.dumps({"is": REFERENCE}).replace("EB", "\\u0045\\u0042").encode(),
    "in base64 with escaped slashes": json.dumps({"is": base64.b64encode(b"\xff?>" * 9 + PLAIN).decode()})
    .replace("/", "\\/")
    .encode(),
    "as a name": json.dumps({REFERENCE: 1}).encode(),
    "in an address": b"data:application/xml;base64," + base64.b64encode(PLAIN),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_reference_is_found(how: str) -> None:
    assert mentioned(WRITTEN[how]) == {REFERENCE}


@given(st.binary(max_size=200), st.binary(max_size=200), st.integers(0, 5))
def test_at_any_depth_behind_anything(before: bytes, behind: bytes, depth: int) -> None:
    octets = before + PLAIN + behind
    for _ in range(depth):
        octets = b'{"is": "' + url(octets) + b'"}'
    assert REFERENCE in mentioned(octets)


@given(st.binary(max_size=3000))
def test_nothing_ends_it(octets: bytes) -> None:
    assert mentioned(octets) == frozenset()


def test_what_is_nested_beyond_reason_is_looked_through_all_the_same() -> None:
    assert mentioned(b"[" * 100_000 + PLAIN) == {REFERENCE}


def test_content_that_doubles_the_work_with_each_level_is_given_up() -> None:
    """Base64 with a space in each level is read in two ways; a few kilobytes of it would take hours."""
    octets = PLAIN
    for _ in range(24):
        text = base64.b64encode(octets)
        octets = text[:-2] + b" " + text[-2:]
    assert mentioned(octets) is None
