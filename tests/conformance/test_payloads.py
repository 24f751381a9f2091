"""Octets are durable before a row names them, every store can read them, and a fault names its place."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from gateway.archive.segment import MAX_ENTRY_BYTES
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import LARGE, pieces_of
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Payload

from .conftest import Place
from .kept_documents import keep, plain


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "payloads"


def test_a_place_can_be_tried_and_left(place: Place, payloads: PayloadStore) -> None:
    store = place.open(payloads)
    assert payloads.check()
    keep(store, b"before")
    store.close()
    keep(store, b"after")
    assert store.evidence.payload(sha256(b"before")) + store.evidence.payload(sha256(b"after")) == b"beforeafter"
    store.close()


def test_a_transaction_that_failed_is_committed_later(place: Place, payloads: PayloadStore) -> None:
    store = place.open(payloads)

    def fail(_: Connection) -> None:
        raise GatewayError("store.unavailable")

    event.listen(Engine, "commit", fail)
    with pytest.raises(GatewayError):
        keep(store, b"document")
    event.remove(Engine, "commit", fail)
    with pytest.raises(GatewayError, match=r"store\.payload-missing"):
        store.evidence.payload(sha256(b"document"))
    keep(store, b"document")
    assert store.evidence.payload(sha256(b"document")) == b"document"
    store.close()


def test_many_threads_keep_and_read_at_once(place: Place, payloads: PayloadStore) -> None:
    store = place.open(payloads)
    documents = [[random.Random(100 * n + m).randbytes(20_000) for m in range(80)] for n in range(6)]
    found: list[bool] = []

    def work(own: list[bytes]) -> None:
        for batch in (own[:40], own[40:]):
            keep(store, *batch)
            found.append(store.evidence.payloads([sha256(o) for o in batch]) == {sha256(o): o for o in batch})

    threads = [threading.Thread(target=work, args=(own,)) for own in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 12
    everything = [octets for own in documents for octets in own]
    assert store.evidence.payloads([sha256(o) for o in everything]) == {sha256(o): o for o in everything}
    store.close()


def test_a_store_reads_what_was_kept_elsewhere(place: Place, folder: Path) -> None:
    seal, message = b"<seal/>", b"<m><seal/></m>"
    frame = Payload(
        digest=sha256(message), octets=Frame(pieces=(b"<m>", b"</m>"), seals=(sha256(seal),)).dump(), framed=True
    )
    kinds = (SegmentPayloads(folder), DatabasePayloads(folder))
    for number, (first, then) in enumerate([kinds, kinds[::-1]]):
        for kept, payloads in ((plain(seal), first), (frame, then)):
            store = place.open(payloads)
            store.commit(Changes(payloads=[kept, plain(f"{number}".encode())]))
            store.close()
        store = place.open(first)
        assert store.evidence.payload(sha256(message)) == message
        store.close()


def test_large_octets_are_read_in_pieces_any_number_of_times(place: Place, payloads: PayloadStore) -> None:
    seal, small = random.Random(1).randbytes(3 * LARGE + 1), b"small"
    message = b"<m>" + seal + b"</m>"
    frame = Frame(pieces=(b"<m>", b"</m>"), seals=(sha256(seal),))
    store = place.open(payloads)
    keep(store, seal, small)
    store.commit(Changes(payloads=[Payload(digest=sha256(message), octets=frame.dump(), framed=True)]))
    found = store.evidence.streamed([sha256(each) for each in (seal, small, message)])
    for octets, each in zip((seal, small, message), found.values(), strict=True):
        for _ in range(2):
            assert b"".join(pieces_of(each)) == bytes(each) == octets
        assert len(each) == len(octets)
    pieces = [len(piece) for piece in pieces_of(found[sha256(seal)])]
    assert pieces == [LARGE] * 3 + [1]
    store.close()


def test_a_payload_that_no_segment_of_the_archive_can_hold_is_not_committed(
    place: Place, payloads: PayloadStore
) -> None:
    store = place.open(payloads)
    keep(store, largest := bytes(MAX_ENTRY_BYTES))
    larger = largest + b"x"
    with pytest.raises(ValueError, match=f"{sha256(larger)} has {MAX_ENTRY_BYTES + 1} octets"):
        keep(store, b"beside", larger)
    for octets in (b"beside", larger):
        with pytest.raises(GatewayError, match=r"store\.payload-missing"):
            store.evidence.payload(sha256(octets))
    assert len(store.evidence.payload(sha256(largest))) == MAX_ENTRY_BYTES
    store.close()
