"""JSON that nobody has signed yet is measured in one reading, however it is written."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from pathlib import Path

import pytest

from adapters.crypto.schema.strict_json import JsonLimits, parse, parse_file, parse_object
from gateway.runtime.errors import GatewayError
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


def test_numbers_are_exact_where_that_is_asked_for() -> None:
    octets = b'{"a": [0.5, 1e3, 12345678901234567890]}'
    assert parse(octets, LIMITS) == {"a": [0.5, 1000.0, 12345678901234567890]}
    with pytest.raises(Rejection):
        parse(octets, LIMITS, exact=True)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1.0E+400", "1" + "0" * 309, "-" + "9" * 4_000, "9" * 9_000])
def test_a_number_that_other_parsers_read_as_infinity_is_refused(number: str) -> None:
    with pytest.raises(Rejection) as refusal:
        parse(f'{{"a": [{number}]}}'.encode(), LIMITS)
    detail = "a number of too many digits" if number.strip("-").isdecimal() else "too large a number"
    assert (refusal.value.code, refusal.value.detail) == ("verify.json", detail)


@pytest.mark.parametrize("number", ["1.7976931348623157e308", "-1e308", "9" * 308, "1e-999", "0.00"])
def test_a_number_that_is_finite_everywhere_is_read(number: str) -> None:
    assert parse(number.encode(), LIMITS) == json.loads(number)


@pytest.mark.parametrize(
    ("octets", "detail"),
    [
        (b'{"a": 1, "a": 2}', "it is no JSON: one name twice"),
        (b'{"a": ', "it is no JSON: Expecting value, character 6"),
        (b"[" * 100_000, "it is no JSON: octet 200"),
        (b'{"a": "\xff"}', "it is no JSON: octet 7"),
        (rb'"\ud800"', "it is no JSON: half a surrogate pair"),
        (b"NaN", "it is no JSON: NaN"),
        (b"9" * 5_000, "it is no JSON: a number of too many digits"),
        (b" " * (4 * 2**20 + 1), "too large"),
        (None, "there is no such file or folder"),
    ],
)
def test_a_file_that_two_readers_could_read_differently_is_refused(
    octets: bytes | None, detail: str, tmp_path: Path
) -> None:
    path = tmp_path / "openapi.json"
    if octets is not None:
        path.write_bytes(octets)
    with pytest.raises(GatewayError) as refusal:
        parse_file(path, "here")
    assert (refusal.value.code, refusal.value.where, refusal.value.detail) == ("courier.contract", "here", detail)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_bytes(BOM_UTF8 + rb'{"a": "\ud83d\ude00"}')
    assert parse_file(path, "here") == {"a": "\U0001f600"}
