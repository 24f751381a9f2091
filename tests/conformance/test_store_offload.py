"""Records leave a store, or stay because somebody needs them; on each database, wherever payloads are kept."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.storage.payloads.payloads import PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import SENDABLE
from gateway.operations.operator_action import OperatorAction
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About
from gateway.retention.legal_hold import lift_legal_hold, place_legal_hold
from gateway.retention.offload import Offloaded, VerifiedSegment
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import PushedRow, Taking
from gateway.store.stored import Changes, Payload, Switch

from .builders import NOW, admission, at, ending, entry, evidence, quarantined, receipt, reference, seal
from .conftest import Place


@dataclass
class Segments:
    """An archive in memory: everything that was ever placed."""

    places: dict[int, bytes] = field(default_factory=dict)
    held: dict[str, Payload] = field(default_factory=dict)

    def headers(self, places: Sequence[int]) -> Mapping[int, bytes]:
        return {place: self.places[place] for place in places}

    def payloads(self, places: Mapping[str, Sequence[int]]) -> Mapping[str, Payload]:
        return {digest: self.held[digest] for digest in places if digest in self.held}

    def take(self, store: SqlStore) -> None:
        """Place all that has come, and keep it as a segment would."""
        store.log.place(1000)
        leaves = store.log.leaves(0, 1000)
        self.places |= {leaf.index: leaf.header for leaf in leaves}
        self.held |= store.log.stored([leaf.payload_digest for leaf in leaves])


@pytest.fixture
def archive() -> Segments:
    return Segments()


@pytest.fixture
def store(place: Place, payloads: PayloadStore, archive: Segments) -> Iterator[SqlStore]:
    opened = place.open(payloads, archived=archive)
    yield opened
    opened.close()


def admit(store: SqlStore, number: int, state: DeliveryState = DeliveryState.SUBMITTED) -> None:
    present = entry(number, state=state)
    record = evidence(
        f"seal:{present.reference}",
        kind=EvidenceKind.SEALED_NOTICE,
        notice=present.reference,
        payload=seal(number),
    )
    octets = Payload(digest=present.seal_digest, octets=seal(number))
    store.commit(Changes(admissions=[admission(present)], evidence=[record], payloads=[octets]))


def leave(store: SqlStore, archive: Segments) -> Offloaded:
    archive.take(store)
    headers = [archive.places[place] for place in sorted(archive.places)]
    return store.retention.offload(0, headers, set(archive.held), len(headers))


def test_what_left_is_found_in_the_archive_and_its_repeat_is_known(store: SqlStore, archive: Segments) -> None:
    for number in range(5):
        admit(store, number)
    before = [store.evidence.of_notice(reference(number)) for number in range(5)]
    digests = [entry(number).seal_digest for number in range(5)]
    assert leave(store, archive) == Offloaded(records=5, payloads=5, in_use=0)
    assert [store.evidence.of_notice(reference(number)) for number in range(5)] == before
    assert store.evidence.payloads(digests) == {entry(n).seal_digest: seal(n) for n in range(5)}
    assert leave(store, archive) == Offloaded(records=0, payloads=0, in_use=0)
    admit(store, 3)
    assert store.log.place(9) == 0
    archive.held.clear()
    with pytest.raises(GatewayError) as refused:
        store.evidence.payload(digests[0])
    assert refused.value.code == "store.payload-missing"


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.exhaustive(draw=["place"])
def test_a_notice_that_may_yet_be_sent_stays(store: SqlStore, archive: Segments, state: DeliveryState) -> None:
    admit(store, 1, state)
    stays = state in SENDABLE
    assert leave(store, archive) == Offloaded(records=not stays, payloads=not stays, in_use=stays)


def test_a_message_stays_as_long_as_one_of_its_notices_may_be_sent(store: SqlStore, archive: Segments) -> None:
    admit(store, 1, DeliveryState.SUBMITTED)
    admit(store, 2, DeliveryState.IN_DOUBT)
    sent = evidence("sent:1", kind=EvidenceKind.MESSAGE_SENT, payload=b"<message/>")
    store.commit(
        Changes(
            evidence=[sent],
            payloads=[Payload(digest=sent.payload_digest, octets=b"<message/>")],
            message_notices={"sent:1": [reference(1), reference(2)]},
        )
    )
    assert leave(store, archive) == Offloaded(records=1, payloads=1, in_use=2)


def test_a_receipt_that_waits_stays_until_it_is_applied(store: SqlStore, archive: Segments) -> None:
    admit(store, 1)
    octets = b"receipt 1"
    came = receipt(1, entry(1))
    record = evidence(came.evidence_id, notice=reference(1), payload=octets)
    paper = Payload(digest=came.payload_digest, octets=octets)
    store.commit(Changes(receipts=[came], evidence=[record], payloads=[paper]))
    assert leave(store, archive).records == 0, "neither it nor its notice"
    store.commit(Changes(applied=[came.receipt_id]))
    assert leave(store, archive) == Offloaded(records=2, payloads=2, in_use=0)


def test_what_is_in_quarantine_stays_until_a_person_has_ended_it(store: SqlStore, archive: Segments) -> None:
    item = quarantined()
    record = evidence("act:1", kind=EvidenceKind.MESSAGE_RECEIVED, payload=b"<forged/>")
    octets = Payload(digest=item.payload_digest, octets=b"<forged/>")
    store.commit(Changes(quarantine=[item], evidence=[record], payloads=[octets]))
    assert leave(store, archive) == Offloaded(records=0, payloads=0, in_use=1)
    store.commit(Changes(endings=[ending(item)]))
    assert leave(store, archive) == Offloaded(records=1, payloads=1, in_use=0)
    store.commit(Changes(quarantine=[replace(item, received_at=at(hours=2))], payloads=[octets]))
    assert store.evidence.payload(item.payload_digest) == b"<forged/>"


def test_the_last_use_of_the_switch_stays_until_the_next_one(store: SqlStore, archive: Segments) -> None:
    for n, stopped in enumerate((True, False)):
        id, words = f"act:{n}", b"act %d" % n
        used = Switch(stopped=stopped, since=at(minutes=n), evidence_id=id)
        record = evidence(id, kind=EvidenceKind.PERSON_ACT, payload=words)
        octets = Payload(digest=record.payload_digest, octets=words)
        store.commit(Changes(switch=used, evidence=[record], payloads=[octets]))
        assert leave(store, archive) == Offloaded(records=n, payloads=n, in_use=1)
        namings = store.retention.namings([record.payload_digest], len(archive.places))
        assert [naming.kept for naming in namings[record.payload_digest]] == [True]


def test_a_payload_that_another_record_names_stays_with_it(store: SqlStore, archive: Segments) -> None:
    admit(store, 1)
    second = evidence("act:1", kind=EvidenceKind.PERSON_ACT, payload=seal(1))
    archive.take(store)
    store.commit(Changes(evidence=[second]))
    headers = [archive.places[0]]
    assert store.retention.offload(0, headers, set(archive.held), 1).in_use == 1
    archive.take(store)
    assert store.retention.offload(0, headers, set(archive.held), 2) == Offloaded(records=1, payloads=0, in_use=0)
    assert leave(store, archive) == Offloaded(records=1, payloads=1, in_use=0)


def test_nothing_leaves_that_the_segment_has_not_got(store: SqlStore, archive: Segments) -> None:
    admit(store, 1)
    admit(store, 2)
    archive.take(store)
    archive.held.popitem()
    with pytest.raises(GatewayError) as refused:
        store.retention.offload(0, [archive.places[0], archive.places[1]], set(archive.held), 2)
    assert refused.value.code == "archive.segment-changed"
    with pytest.raises(GatewayError) as refused:
        store.retention.offload(0, [archive.places[1], archive.places[0]], set(archive.held), 2)
    assert refused.value.code == "archive.differs"
    with pytest.raises(GatewayError) as refused:
        store.retention.offload(0, [*archive.places.values(), b"{}"], set(archive.held), 3)
    assert refused.value.code == "archive.differs"
    assert len(store.evidence.payloads([entry(1).seal_digest, entry(2).seal_digest])) == 2


def test_what_is_known_of_a_segment(store: SqlStore) -> None:
    first = VerifiedSegment(first=0, end=8, digest="sha256:a")
    store.retention.adopt(first)
    store.retention.adopt(replace(first, digest="sha256:b"))
    store.retention.looked(0, NOW, emptied=False)
    store.retention.rewriting(0, "sha256:c")
    looked = replace(first, looked_at=NOW)
    assert store.retention.segments() == [replace(looked, next_digest="sha256:c")]
    store.retention.rewrote(0, "sha256:c")
    assert store.retention.segments() == [replace(looked, digest="sha256:c")]


def test_a_file_of_payloads_goes_when_no_row_names_it_and_nobody_writes_it(
    place: Place, tmp_path: Path, archive: Segments
) -> None:
    folder = tmp_path / "payloads"
    with_files = place.open(SegmentPayloads(folder), archived=archive)
    other = place.open(SegmentPayloads(folder), archived=archive)
    admit(with_files, 1)
    admit(other, 2, DeliveryState.QUEUED)
    leave(with_files, archive)
    old = (NOW - timedelta(days=2)).timestamp()
    for path in folder.iterdir():
        os.utime(path, (old, old))
    assert with_files.retention.free(NOW) == 0, "its process may append to it"
    with_files.close()
    assert other.retention.free(NOW - timedelta(days=1, hours=1)) == 0, "it is too new"
    assert other.retention.free(NOW) == 1
    assert other.evidence.payload(entry(2).seal_digest) == seal(2)
    other.close()
    assert len(list(folder.iterdir())) == 1


def act(name: str, minutes: int = 0) -> OperatorAction:
    return OperatorAction(name=name, account="clerk", reason="a court asked for it", at=at(minutes=minutes))


def test_a_hold_is_on_record_and_stands_once(store: SqlStore) -> None:
    admit(store, 1)
    held = place_legal_hold(store, act("archive.hold"), About.CASE, "1404-100-1", "city")
    place_legal_hold(store, act("archive.hold", 5), About.CASE, "1404-100-1", "city")
    assert store.retention.holds() == [held]
    record = store.evidence.record(held.evidence_id)
    assert record is not None
    assert b"1404-100-1" not in record.header, "what a case is called stands in the payload alone"
    assert b"1404-100-1" in store.evidence.payload(record.payload_digest)
    lift_legal_hold(store, act("archive.unhold", 9), store.retention.holds(), About.CASE, "1404-100-1", "city")
    assert store.retention.holds() == []
    with pytest.raises(GatewayError) as refused:
        lift_legal_hold(store, act("archive.unhold", 9), store.retention.holds(), About.CASE, "1404-100-1", "city")
    assert refused.value.code == "retention.not-held"
    with pytest.raises(GatewayError) as refused:
        place_legal_hold(store, act("archive.hold"), About.NOTICE, reference(9), "city")
    assert refused.value.code == "retention.unknown"


@pytest.mark.parametrize(("about", "subject"), [(About.NOTICE, reference(1)), (About.CASE, "1404-100-1")])
def test_what_is_held_is_kept_with_the_messages_that_carried_it(store: SqlStore, about: About, subject: str) -> None:
    admit(store, 1)
    sent = evidence("sent:1", kind=EvidenceKind.MESSAGE_SENT, payload=b"<message/>")
    other = evidence("sent:2", kind=EvidenceKind.MESSAGE_SENT, payload=b"<other/>")
    store.commit(Changes(evidence=[sent, other], message_notices={"sent:1": [reference(1)]}))
    store.log.place(9)
    digests = [entry(1).seal_digest, sent.payload_digest, other.payload_digest]

    def kept() -> list[bool]:
        found = store.retention.namings(digests, 3)
        return [naming.kept for digest in digests for naming in found[digest]]

    assert kept() == [False, False, False]
    place_legal_hold(store, act("archive.hold"), about, subject, "city")
    store.log.place(9)
    found = store.retention.namings(digests, 4)
    assert [found[digest][0].kept for digest in digests] == [True, True, False]
    assert found[digests[0]][0].notice_kind == "ruling"
    assert store.retention.candidates(0, 4, 2).digests == digests[:2]


def test_what_is_held_by_now_is_not_deleted_and_leaves_with_no_segment_that_lacks_it(
    store: SqlStore, archive: Segments
) -> None:
    admit(store, 1)
    admit(store, 2)
    digests = [entry(number).seal_digest for number in (1, 2)]
    record = evidence("deletion:1", kind=EvidenceKind.PAYLOAD_DELETED, payload=b"{}")
    deletion = Deletion(rule="seals", payload_days=1, at=NOW, digests=digests)
    octets = Payload(digest=record.payload_digest, octets=b"{}")
    store.commit(Changes(evidence=[record], payloads=[octets], deletions=[(record.id, deletion)]))
    place_legal_hold(store, act("archive.hold"), About.NOTICE, reference(1), "city")
    archive.take(store)
    assert store.retention.forget(digests, len(archive.places), at(hours=1)) == 1
    assert store.retention.waiting() == 1
    for digest in digests:
        del archive.held[digest]
    headers = [archive.places[place] for place in sorted(archive.places)]
    assert store.retention.offload(0, headers, set(archive.held), len(headers)).in_use == 1
    assert store.evidence.payload(digests[0]) == seal(1)
    with pytest.raises(GatewayError) as refused:
        store.evidence.payload(digests[1])
    assert refused.value.code == "retention.deleted"


def delete_from_segments(store: SqlStore, archive: Segments, *digests: str) -> None:
    """Record a deletion and take the payloads out of the segments; the database has not been told of it."""
    record = evidence("deletion:1", kind=EvidenceKind.PAYLOAD_DELETED, payload=b"{}")
    deletion = Deletion(rule="seals", payload_days=1, at=NOW, digests=sorted(digests))
    octets = Payload(digest=record.payload_digest, octets=b"{}")
    store.commit(Changes(evidence=[record], payloads=[octets], deletions=[(record.id, deletion)]))
    archive.take(store)
    for digest in digests:
        del archive.held[digest]


@pytest.mark.parametrize("has_left", [True, False])
def test_octets_that_come_again_before_a_purge_is_complete_are_stored_again(
    store: SqlStore, archive: Segments, has_left: bool
) -> None:
    admit(store, 1)
    digest = entry(1).seal_digest
    if has_left:
        leave(store, archive)
    else:
        archive.take(store)
    delete_from_segments(store, archive, digest)
    again = evidence("act:1", kind=EvidenceKind.PERSON_ACT, payload=seal(1))
    store.commit(Changes(evidence=[again], payloads=[Payload(digest=digest, octets=seal(1))]))
    assert store.evidence.payload(digest) == seal(1)
    assert store.retention.forget([digest], len(archive.places), at(hours=1)) == 0, "a record in no segment names it"
    assert store.retention.waiting() == 1
    assert store.evidence.payload(digest) == seal(1)
    assert leave(store, archive) == Offloaded(records=1 + 1 + (not has_left), payloads=2, in_use=0)
    assert store.evidence.payload(digest) == seal(1), "it is in the segment of the later record"


def test_a_document_that_is_pushed_before_a_purge_is_complete_is_stored_again(
    store: SqlStore, archive: Segments
) -> None:
    admit(store, 1)
    leave(store, archive)
    delete_from_segments(store, archive, entry(1).seal_digest)
    row = PushedRow(key="1", version=1, fields={"document": seal(1)})
    [pushed] = store.inbox.push("desk", [row], origin="test", now=NOW)
    assert pushed.taking is Taking.STORED
    [found] = store.inbox.rows("desk", ["1"])
    assert found.fields == {"document": seal(1)}


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        (EvidenceKind.MESSAGE_SENT, EvidenceKind.SEALED_NOTICE),
        (EvidenceKind.MESSAGE_RECEIVED, EvidenceKind.RECEIPT),
    ],
)
def test_a_held_message_is_kept_with_all_that_it_is_made_of(
    store: SqlStore, whole: EvidenceKind, part: EvidenceKind
) -> None:
    for number in (1, 2, 3):
        admit(store, number)
    message = evidence("message:1", kind=whole, payload=b"the frame")
    parts = [evidence(f"part:{n}", kind=part, notice=reference(n), payload=b"part %d" % n) for n in (1, 2, 3)]
    notices = {message.id: [reference(1), reference(2)]}
    store.commit(Changes(evidence=[message, *parts], message_notices=notices))
    place_legal_hold(store, act("archive.hold"), About.NOTICE, reference(1), "city")
    store.log.place(9)
    digests = [each.payload_digest for each in (message, *parts)]
    found = store.retention.namings(digests, store.log.size())
    assert [found[digest][0].kept for digest in digests] == [True, True, True, False]
