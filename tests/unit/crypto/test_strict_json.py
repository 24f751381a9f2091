"""JSON that nobody has signed yet is measured in one reading, however it is written."""

from __future__ import annotations

import pytest

from adapters.crypto.schema.strict_json import JsonLimits, parse_object
from gateway.trust.trust_policy import Rejection

LIMITS = JsonLimits(max_bytes=2**20, max_depth=8, max_tokens=100)


@pytest.mark.parametrize("inside", [b'\\"', b"\\\\", b"x", b'\\"x'])
def test_a_text_without_an_end_is_refused_at_once(inside: bytes) -> None:
    # Read once for each quote in it, a megabyte would take hours.
    octets = b'{"' + inside * (2**20 // len(inside) - 4)
    with pytest.raises(Rejection) as refusal:
        parse_object(octets, LIMITS)
    assert (refusal.value.code, refusal.value.detail) == ("verify.json", "a text without an end, octet 1")


def test_quotes_and_backslashes_inside_a_text_are_its_own() -> None:
    assert parse_object(rb'{"a\"b": "\\", "c": "[{:,"}', LIMITS) == {'a"b': "\\", "c": "[{:,"}
