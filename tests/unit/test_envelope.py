"""Messages as frames around seals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.notice.envelope import Frame, interleave
from gateway.notice.notice import sha256


@given(st.lists(st.binary(max_size=50), max_size=6), st.data())
def test_a_frame_gives_back_the_message_that_it_was_cut_from(seals: list[bytes], data: st.DataObject) -> None:
    pieces = data.draw(st.lists(st.text(max_size=50), min_size=len(seals) + 1, max_size=len(seals) + 1))
    octets = [piece.encode() for piece in pieces]
    store = {sha256(seal): seal for seal in seals}
    frame = Frame(pieces=tuple(octets), seals=tuple(sha256(seal) for seal in seals))
    assert Frame.load(frame.dump()) == frame
    assert frame.fill(store.__getitem__) == interleave(octets, seals)


def test_interleaving_begins_and_ends_with_a_piece() -> None:
    assert interleave([b"<a>", b"</a><b>", b"</b>"], [b"1", b"2"]) == b"<a>1</a><b>2</b>"
