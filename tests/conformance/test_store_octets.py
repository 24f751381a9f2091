"""Exact octets: what was signed or received comes back bit by bit, or not at all; evidence as it was hashed."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from adapters.storage.payloads.payloads import PayloadStore
from adapters.storage.sql_store import SqlStore
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.store import Store
from gateway.store.stored import Changes, EvidenceRow, Payload

from .builders import admit, entry, evidence, seal
from .conftest import Place


@pytest.fixture
def store(place: Place, payloads: PayloadStore) -> Iterator[SqlStore]:
    """A store of each kind over each place for octets."""
    opened = place.open(payloads)
    yield opened
    opened.close()


def plain(octets: bytes) -> Payload:
    return Payload(digest=sha256(octets), octets=octets)


def framed(message: bytes, frame: Frame) -> Payload:
    return Payload(digest=sha256(message), octets=frame.dump(), framed=True)


@pytest.mark.parametrize(
    "octets", [b"", b"\x00\xff\x00", b"<a>\r\n\t</a>", "ابلاغ\u200cنامه".encode(), b"\xff\xfe", bytes(range(256))]
)
@pytest.mark.exhaustive(draw=["place"])
def test_octets_come_back_bit_by_bit(store: Store, octets: bytes) -> None:
    store.commit(Changes(payloads=[plain(octets)]))
    assert store.evidence.payload(sha256(octets)) == octets


def test_the_largest_document_fits(store: Store) -> None:
    octets = random.Random(7).randbytes(7 * 1024 * 1024)
    store.commit(Changes(payloads=[plain(octets)]))
    assert store.evidence.payload(sha256(octets)) == octets


def test_the_same_octets_are_kept_once(store: Store) -> None:
    store.commit(Changes(payloads=[plain(b"a"), plain(b"a"), plain(b"b")]))
    store.commit(Changes(payloads=[plain(b"a")]))
    assert store.evidence.payloads([sha256(b"b"), sha256(b"a"), sha256(b"b")]) == {
        sha256(b"a"): b"a",
        sha256(b"b"): b"b",
    }
    assert store.evidence.payloads([]) == {}


def test_a_message_is_filled_with_the_seals_that_it_carried(store: Store) -> None:
    seals = [seal(n, size=1000) for n in range(50)]
    frame = Frame(
        pieces=("<پیام>".encode(), *[b"\n"] * 49, b"</m>"),
        seals=tuple(sha256(octets) for octets in seals),
    )
    message = b"<" + "پیام>".encode() + b"\n".join(seals) + b"</m>"
    store.commit(Changes(payloads=[plain(octets) for octets in seals]))
    store.commit(Changes(payloads=[framed(message, frame)]))
    assert store.evidence.payload(sha256(message)) == message
    assert store.evidence.payloads([sha256(message), sha256(seals[3])]) == {
        sha256(message): message,
        sha256(seals[3]): seals[3],
    }


def test_the_size_of_a_payload_is_told_with_those_of_its_seals(store: Store) -> None:
    seals = [plain(b"s" * size) for size in (1000, 2000)]
    frame = Frame(pieces=(b"<", b"|", b"|", b">"), seals=(*(each.digest for each in seals), sha256(b"nowhere")))
    message = Payload(digest=sha256(b"m"), octets=frame.dump(), framed=True)
    broken = Payload(digest=sha256(b"broken"), octets=b"[1]", framed=True)
    store.commit(Changes(payloads=[*seals, message, broken]))
    asked = [message.digest, seals[0].digest, broken.digest, sha256(b"nowhere")]
    assert store.log.sizes(asked) == {
        message.digest: {message.digest: len(frame.dump()), seals[0].digest: 1000, seals[1].digest: 2000},
        seals[0].digest: {seals[0].digest: 1000},
        broken.digest: {broken.digest: 3},
    }
    assert store.log.sizes([]) == {}


def test_a_message_without_seals_and_one_with_the_same_seal_twice(store: Store) -> None:
    twice = Frame(pieces=(b"<", b"|", b">"), seals=(sha256(b"s"), sha256(b"s")))
    payloads = [plain(b"s"), framed(b"<s|s>", twice), framed(b"<ask/>", Frame(pieces=(b"<ask/>",), seals=()))]
    store.commit(Changes(payloads=payloads))
    assert store.evidence.payload(sha256(b"<s|s>")) == b"<s|s>"
    assert store.evidence.payload(sha256(b"<ask/>")) == b"<ask/>"


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        (None, "not there"),
        (Payload(digest=sha256(b"m"), octets=b"changed"), "changed"),
        (framed(b"m", Frame(pieces=(b"n",), seals=())), "changed"),
        (framed(b"m", Frame(pieces=(b"n",), seals=(sha256(b"s"),))), "changed"),
        (framed(b"m", Frame(pieces=(b"m", b""), seals=(sha256(b"nowhere"),))), "not there"),
        (Payload(digest=sha256(b"m"), octets=b"\xff{", framed=True), "changed"),
        (Payload(digest=sha256(b"m"), octets=b"[1]", framed=True), "changed"),
        (Payload(digest=sha256(b"m"), octets=b'{"pieces": [1], "seals": []}', framed=True), "changed"),
    ],
)
@pytest.mark.exhaustive(draw=["place"])
def test_octets_that_are_missing_or_changed_are_never_given_out(
    store: Store, payload: Payload | None, detail: str
) -> None:
    store.commit(Changes(payloads=[plain(b"s"), *([payload] if payload else [])]))
    with pytest.raises(GatewayError) as error:
        store.evidence.payload(sha256(b"m"))
    assert (error.value.code, error.value.detail.partition(":")[0]) == ("store.payload-missing", detail)
    with pytest.raises(GatewayError, match=r"store\.payload-missing"):
        store.evidence.payloads([sha256(b"s"), sha256(b"m")])


def test_a_header_comes_back_as_it_was_hashed(store: Store) -> None:
    [present] = admit(store, entry(1))
    record = evidence("act:1", kind=EvidenceKind.PERSON_ACT, notice=present.reference)
    store.commit(Changes(evidence=[record]))
    assert store.evidence.of_notice(present.reference)[-1] == EvidenceRow(
        id="act:1",
        kind="PERSON_ACT",
        notice=present.reference,
        header=record.header,
        payload_digest=record.payload_digest,
    )


def test_recording_twice_keeps_the_first_record(store: Store) -> None:
    [present] = admit(store, entry(1))
    first, again = (evidence("act:1", notice=present.reference) for _ in range(2))
    assert first.header != again.header  # each has salt of its own
    store.commit(Changes(evidence=[first]))
    store.commit(Changes(evidence=[again, first]))
    assert [row.header for row in store.evidence.of_notice(present.reference)[1:]] == [first.header]


def test_messages_are_evidence_of_each_notice_that_they_carried(store: Store) -> None:
    first, second = admit(store, entry(1), entry(2))
    sent = evidence("sent:m1", kind=EvidenceKind.MESSAGE_SENT)
    answer = evidence("answer:m1", kind=EvidenceKind.MESSAGE_RECEIVED)
    asked = evidence("sent:m2", kind=EvidenceKind.MESSAGE_SENT)
    both = (first.reference, second.reference)
    store.commit(Changes(evidence=[sent], message_notices={"sent:m1": both}))
    own = evidence("act:1", notice=first.reference)
    store.commit(Changes(evidence=[own, answer], message_notices={"answer:m1": both}))
    changes = Changes(evidence=[asked], message_notices={"sent:m2": (second.reference,)})
    store.commit(changes)
    store.commit(changes)

    seal_1, seal_2 = (f"seal:{reference}" for reference in both)
    assert [row.id for row in store.evidence.of_notice(first.reference)] == [seal_1, "sent:m1", "act:1", "answer:m1"]
    assert [row.id for row in store.evidence.of_notice(second.reference)] == [seal_2, "sent:m1", "answer:m1", "sent:m2"]
