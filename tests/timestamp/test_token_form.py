"""A token is whole, DER, of the form of RFC 3161, and by one signer. Each refused one has one fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.asn1 import SetOf, encode_der
from cryptography.x509 import ObjectIdentifier

from adapters.timestamp import tsp
from adapters.timestamp.token_chain import MAX_CERTIFICATES

from .authorities import (
    good,
    holder,
    query,
    root,
    stamper,
    token,
)
from .forge import edited, edited_signer, read, resigned
from .judging import believed, refused

UNKNOWN = ObjectIdentifier("1.2.3.4")


def test_every_cut_is_told() -> None:
    whole = token()
    for length in range(len(whole)):
        assert refused(whole[:length]).code == "time.truncated", length


def test_nothing_stands_behind_it() -> None:
    assert refused(token() + b"\x00").code == "time.encoding"


def test_an_indefinite_length_is_no_der() -> None:
    whole = token()
    assert whole[1] == 0x82
    assert refused(b"\x30\x80" + whole[4:] + b"\x00\x00").code == "time.encoding"


def test_a_length_that_is_longer_than_needed_is_no_der() -> None:
    whole = token()
    assert refused(b"\x30\x83\x00" + whole[2:]).code == "time.encoding"


def test_an_octet_string_in_pieces_is_no_der() -> None:
    whole = token()
    info = read(whole).content.content
    plain = encode_der(info)
    pieces = tsp.tagged(0x24, encode_der(info[:10]) + encode_der(info[10:]))
    broken = _grown(whole, tsp.tagged(0xA0, plain), tsp.tagged(0xA0, pieces))
    assert refused(broken).code == "time.encoding"


def test_signed_attributes_that_are_not_sorted_are_no_der() -> None:
    whole = token()
    octets = tsp.signed_octets(read(whole).signers.as_list()[0].signed)
    parts = [encode_der(each) for each in read(whole).signers.as_list()[0].signed.as_list()]
    body = b"".join(parts)
    assert octets.endswith(body)
    assert refused(whole.replace(body, b"".join(reversed(parts)))).code == "time.encoding"


@pytest.mark.parametrize("octets", [b"\x30\x00", b"\x30\x80", b"\x05\x00", b"<html></html>", b"\xff" * 300])
def test_what_is_no_token(octets: bytes) -> None:
    assert refused(octets).code == "time.encoding"


def test_a_token_has_a_size() -> None:
    assert refused(tsp.tagged(0x30, bytes(tsp.MAX_OCTETS))).code == "time.encoding"


def test_a_token_has_a_size_even_where_all_of_it_is_right() -> None:
    def grow(octets: int) -> bytes:
        more = tsp.Attribute(oid=UNKNOWN, values=SetOf([tsp.element(encode_der(bytes(octets)))]))
        return edited_signer(token(), lambda signer: replace(signer, unsigned=[more]))

    assert believed(grow(tsp.MAX_OCTETS - 2000)), "what nobody signed does not matter"
    assert refused(grow(tsp.MAX_OCTETS)).code == "time.encoding"


def test_an_answer_is_no_token() -> None:
    assert refused(stamper(good()).answer(query())).code == "time.encoding"


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: replace(data, version=1),
        lambda data: replace(data, content=replace(data.content, oid=UNKNOWN)),
        lambda data: replace(data, digest_algorithms=SetOf([tsp.Algorithm(oid=tsp.SHA512)])),
        lambda data: replace(data, certificates=data.certificates * (MAX_CERTIFICATES + 1)),
        lambda data: replace(data, certificates=[*data.certificates, tsp.element(b"\x30\x00")]),
    ],
    ids=["version", "content type", "digest algorithms", "many certificates", "no certificate"],
)
def test_what_nobody_signed_must_fit_all_the_same(edit: Callable[[tsp.SignedData], tsp.SignedData]) -> None:
    assert refused(edited(token(), edit)).code == "time.encoding"


@pytest.mark.parametrize(
    "edit",
    [
        lambda info: replace(info, version=2),
        lambda info: replace(info, extensions=[tsp.Extension(oid=UNKNOWN, critical=True, value=b"")]),
        lambda info: replace(info, accuracy=tsp.Accuracy(seconds=-1)),
        lambda info: replace(info, accuracy=tsp.Accuracy(seconds=10**20)),
    ],
    ids=["version", "critical extension", "negative accuracy", "endless accuracy"],
)
def test_a_signed_content_that_cannot_be_judged(edit: Callable[[tsp.TokenInfo], tsp.TokenInfo]) -> None:
    assert refused(resigned(token(), good(), info=edit)).code == "time.encoding"


def test_an_extension_that_is_not_critical_does_not_matter() -> None:
    extension = tsp.Extension(oid=UNKNOWN, critical=False, value=b"")
    assert believed(resigned(token(), good(), info=lambda info: replace(info, extensions=[extension])))


def test_a_time_that_is_none() -> None:
    zone = resigned(
        token(), good(), octets=lambda octets: octets.replace(b"20260203093015.123Z", b"20260203093015+0330")
    )
    assert refused(zone).code == "time.encoding"


@pytest.mark.parametrize("number", [0, 2])
def test_one_signer_is_wanted(number: int) -> None:
    other = holder("Other", root())
    signers = [read(made).signers.as_list()[0] for made in (token(), token(other))]
    octets = edited(token(), lambda data: replace(data, signers=SetOf(signers[:number])))
    assert refused(octets).code == "time.signers"


def _grown(whole: bytes, old: bytes, new: bytes) -> bytes:
    """Replace an element, and correct the lengths of the four around it."""
    position = whole.index(old)
    changed = bytearray(whole.replace(old, new))
    offset = 0
    for _ in range(20):
        count = changed[offset + 1] & 0x7F if changed[offset + 1] & 0x80 else 0
        start = offset + 2 + count
        length = int.from_bytes(changed[offset + 2 : start], "big") if count else changed[offset + 1]
        if start > position:
            return bytes(changed)
        if start + length > position:
            grown = (length + len(new) - len(old)).to_bytes(max(count, 1), "big")
            changed[start - len(grown) : start] = grown
            offset = start
        else:
            offset = start + length
    raise AssertionError("not found")
