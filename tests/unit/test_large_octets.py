"""Octets in any number of pieces are the same octets."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from gateway.notice.large_octets import LARGE, Octets, contains, joined, pieces_of
from gateway.notice.notice import sha256
from tests.apart import Apart

PARTS = st.lists(
    st.binary(max_size=12) | st.lists(st.binary(min_size=1, max_size=6), max_size=4).map(Apart), max_size=6
)


@given(parts=PARTS, large=st.integers(1, 40))
def test_joined_octets_are_those_of_their_parts_whenever_they_are_read(parts: list[Octets], large: int) -> None:
    whole = b"".join(map(bytes, parts))
    with patch("gateway.notice.large_octets.LARGE", large):
        made = joined(parts)
        assert isinstance(made, bytes) == (len(whole) <= large)
        for _ in range(2):
            pieces = list(pieces_of(made))
            assert b"".join(pieces) == bytes(made) == whole
            assert len(made) == len(whole)
            assert sha256(made) == sha256(whole)
            longest = max((len(piece) for part in parts for piece in pieces_of(part)), default=0)
            assert all(len(piece) <= max(large, longest) for piece in pieces)


@given(parts=PARTS, wanted=st.binary(min_size=1, max_size=4), data=st.data())
def test_octets_contain_what_their_parts_together_do(parts: list[Octets], wanted: bytes, data: st.DataObject) -> None:
    whole = b"".join(map(bytes, parts))
    if whole and data.draw(st.booleans()):
        start = data.draw(st.integers(0, len(whole) - 1))
        wanted = whole[start : start + len(wanted)]
    assert contains(Apart([piece for part in parts for piece in pieces_of(part)]), wanted) == (wanted in whole)


def test_octets_in_memory_that_are_large_are_not_copied() -> None:
    large = bytes(LARGE + 1)
    assert list(pieces_of(joined([b"<a>", b"<b>", large, b"</b>", b"</a>"]))) == [b"<a><b>", large, b"</b></a>"]
    assert any(piece is large for piece in pieces_of(joined([b"<a>", large])))
