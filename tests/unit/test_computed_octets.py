"""Octets that are converted in pieces are those that are converted together, whatever the pieces are."""

from __future__ import annotations

import base64
import json
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crypto.schema.strict_json import dump, dump_in_pieces
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import (
    Base64Octets,
    DecodedOctets,
    LargeOctets,
    LargeValue,
    Octets,
    PartOctets,
    joined,
    pieces_of,
    sha256_of,
    short_pieces,
)
from gateway.notice.notice import sha256
from tests.apart import Apart

OCTETS = st.binary(max_size=40) | st.lists(st.binary(max_size=9), max_size=6).map(Apart)
STEP = st.integers(1, 20)


def same(made: LargeOctets, plain: bytes) -> None:
    for _ in range(2):
        assert b"".join(made) == bytes(made) == plain
    assert len(made) == len(plain)
    assert sha256_of(made).hex() == sha256(plain).removeprefix("sha256:")


@given(octets=OCTETS, step=STEP)
def test_base64_in_pieces_is_base64_and_is_read_back(octets: Octets, step: int) -> None:
    plain = base64.b64encode(bytes(octets))
    url = base64.urlsafe_b64encode(bytes(octets)).rstrip(b"=")
    with patch("gateway.notice.large_octets._STEP", step):
        same(Base64Octets(octets), plain)
        same(Base64Octets(octets, is_url=True), url)
        same(Base64Octets(Base64Octets(octets), is_url=True), base64.urlsafe_b64encode(plain).rstrip(b"="))
        same(DecodedOctets(Base64Octets(octets), plain.count(b"=")), bytes(octets))


@given(octets=OCTETS, data=st.data())
def test_a_part_is_a_slice(octets: Octets, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(octets)))
    end = data.draw(st.integers(start, len(octets)))
    same(PartOctets(octets, start, end), bytes(octets)[start:end])


class Broken(Apart):
    """Octets whose end cannot be read."""

    def __iter__(self) -> Any:
        yield from self.pieces[:-1]
        raise OSError("cut off")


def test_a_part_before_an_end_that_cannot_be_read_is_no_part() -> None:
    """The end is where stored octets compare themselves with their digest."""
    with pytest.raises(OSError, match="cut off"):
        bytes(PartOctets(Broken([b"abc", b"def"]), 0, 2))


@given(octets=OCTETS, large=st.integers(1, 9))
def test_short_pieces_are_the_octets(octets: Octets, large: int) -> None:
    with patch("gateway.notice.large_octets.LARGE", large):
        pieces = list(short_pieces(octets))
    assert b"".join(pieces) == bytes(octets)
    assert all(len(piece) <= large for piece in pieces)


TEXTS = st.text(max_size=6)
ASCII = st.text(st.characters(codec="ascii", exclude_characters='"\\\x7f', min_codepoint=32), max_size=30)
JSON = st.recursive(
    TEXTS
    | st.integers()
    | st.booleans()
    | st.none()
    | ASCII.map(lambda text: LargeValue(Apart([text.encode()]), True)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def plainly(value: Any) -> Any:
    if isinstance(value, LargeValue):
        return value.whole
    if isinstance(value, list):
        return [plainly(each) for each in value]
    return {name: plainly(each) for name, each in value.items()} if isinstance(value, dict) else value


@given(value=JSON, large=st.integers(0, 40))
def test_json_with_large_texts_is_the_json_of_all_texts(value: Any, large: int) -> None:
    with patch("gateway.notice.large_octets.LARGE", large):
        made = dump_in_pieces(value)
        assert b"".join(pieces_of(made)) == dump(plainly(value))


def test_octets_are_no_value_of_json() -> None:
    with pytest.raises(TypeError):
        dump_in_pieces({"a": LargeValue(Apart([b"a"]))})


@given(
    pieces=st.lists(
        st.lists(TEXTS.map(str.encode) | OCTETS.map(Base64Octets), min_size=1, max_size=4), min_size=1, max_size=4
    ),
    large=st.integers(0, 40),
)
def test_a_frame_is_stored_as_it_is_dumped(pieces: list[list[Octets]], large: int) -> None:
    with patch("gateway.notice.large_octets.LARGE", large):
        seals = tuple(sha256(bytes([number])) for number in range(len(pieces) - 1))
        frame = Frame(pieces=tuple(map(joined, pieces)), seals=seals)
        stored = frame.stored()
        assert b"".join(pieces_of(stored)) == frame.dump()
        assert json.loads(bytes(stored))["seals"] == list(seals)
