"""Messages as frames around seals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.notice.envelope import Frame, interleave
from gateway.notice.notice import sha256
from gateway.sending.exchange import _frame_of


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


_ALIKE = b"<receipt>" * 9
"""Beginning of all drawn receipts, which is longer than the octets by which one is looked for."""
_RECEIPTS = st.lists(st.binary(max_size=3).map(lambda end: _ALIKE[: 30 * len(end)] + end[:2]), max_size=4)


@given(_RECEIPTS, st.data())
def test_a_frame_is_cut_around_receipts_as_by_partition(receipts: list[bytes], data: st.DataObject) -> None:
    pieces = data.draw(st.lists(st.sampled_from((b"", b"<", _ALIKE, b"\xff")), min_size=1, max_size=5))
    parts = data.draw(st.lists(st.sampled_from(pieces + receipts), max_size=8))
    raw, rest, cut = b"".join(parts), b"".join(parts), list[bytes]()
    for receipt in receipts:
        piece, found, rest = rest.partition(receipt or b"none")
        cut += [piece] if found else []
    whole = len(cut) == len(receipts) and _is_text(raw)
    frame = Frame(pieces=(*cut, rest), seals=tuple(map(sha256, receipts))) if whole else None
    assert _frame_of(raw, receipts) == frame


def _is_text(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True
