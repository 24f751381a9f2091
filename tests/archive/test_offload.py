"""Records leave the database: what is asked for is still found, and nothing goes that is not safe in a segment."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from adapters.archive.segment_records import SegmentReader
from adapters.archive.verified_zips import VerifiedZips
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive, segments
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.stored import Payload
from tests.archive.test_archiving import change
from tests.databases import sqlite_file

from .recorder import Recorder, plain, reference

MONTH = timedelta(days=30)
POLICY = OffloadPolicy(after=MONTH, batch=5)


@pytest.fixture
def recorder(pki: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A recorder that reads from its archive the records that left its store."""
    folder = tmp_path / "archive"
    archived = SegmentReader(folder)
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url, archived=archived)) as store:
        yield Recorder(pki, store, folder)


def leave(recorder: Recorder, policy: OffloadPolicy = POLICY, again: timedelta = timedelta()) -> PassReport:
    verified = VerifiedZips(recorder.folder, recorder.notes.verifier, recorder.store.retention)
    return offload_records(recorder.store.retention, verified, recorder.now, policy, look_again=again)


def rows(recorder: Recorder, query: str) -> int:
    engine = create_engine(f"sqlite:///{recorder.folder.parent / 'gateway.db'}")
    with engine.connect() as connection:
        found = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return int(found)


def served(recorder: Recorder) -> None:
    """Eight records a time, each time a segment."""
    for number in (0, 3, 6):
        recorder.serve(range(number, number + 3))
        recorder.archive()


def test_what_is_old_enough_leaves_and_is_still_found(recorder: Recorder) -> None:
    served(recorder)
    before = {
        number: (
            recorder.store.evidence.of_notice(reference(number)),
            recorder.store.evidence.record(f"seal:{reference(number)}"),
        )
        for number in range(9)
    }
    records = [recorder.store.evidence.record(f"sent:{number}") for number in (0, 3, 6)]
    digests = [row.payload_digest for row in [*records, *(r for pair in before.values() for r in pair[0])] if row]
    octets, leaves = recorder.store.evidence.payloads(digests), recorder.store.log.leaves(0, 1000)
    assert leave(recorder).idle, "nothing is old enough"
    recorder.now += MONTH
    assert leave(recorder).counts == {"left": 24, "payloads_left": 24, "segments_looked_at": 3}
    assert rows(recorder, "SELECT count(*) FROM payload") == 0
    assert rows(recorder, "SELECT sum(length(header)) FROM evidence") == 0
    assert recorder.store.log.leaves(0, 1000) == leaves
    assert recorder.store.evidence.payloads(digests) == octets, "messages are filled with seals of the archive"
    for number, known in before.items():
        assert (
            recorder.store.evidence.of_notice(reference(number)),
            recorder.store.evidence.record(f"seal:{reference(number)}"),
        ) == known
    assert leave(recorder).idle, "once is enough"
    assert audit_archive(recorder.folder, recorder.trust, workers=1).kinds["RECEIPT"] == 9


def test_what_comes_again_is_known_though_it_has_left(recorder: Recorder) -> None:
    served(recorder)
    recorder.now += MONTH
    leave(recorder)
    size = recorder.store.log.size()
    recorder.now -= MONTH
    recorder.record("act:1", EvidenceKind.PERSON_ACT, plain(b"new"))
    kept = recorder.store.evidence.record(f"seal:{reference(0)}")
    recorder.record(f"seal:{reference(0)}", EvidenceKind.SEALED_NOTICE, plain(b"another"), notice=reference(0))
    assert recorder.store.evidence.record(f"seal:{reference(0)}") == kept
    recorder.archive()
    assert recorder.store.log.size() == size + 1
    assert audit_archive(recorder.folder, recorder.trust, workers=1).records == size + 1


def test_large_octets_leave_with_their_pieces_and_are_still_found(recorder: Recorder) -> None:
    paper = plain(bytes(range(256)) * 2048)
    message = Frame(pieces=(b"<m>", b"</m>"), seals=(paper.digest,))
    filled = message.fill(lambda _: paper.octets)
    recorder.record("answer:1", EvidenceKind.MESSAGE_RECEIVED, paper, refused="verify.signature")
    framed = Payload(digest=sha256(filled), octets=message.dump(), framed=True)
    recorder.record("answer:2", EvidenceKind.MESSAGE_RECEIVED, framed, refused="verify.signature")
    recorder.archive()
    assert rows(recorder, "SELECT count(*) FROM payload_piece") == 2
    recorder.now += MONTH
    assert leave(recorder).counts["payloads_left"] == 2
    assert rows(recorder, "SELECT count(*) FROM payload_piece") == 0
    for _ in range(2):
        assert recorder.store.evidence.streamed([paper.digest]) == {paper.digest: paper.octets}
        assert recorder.store.evidence.payload(framed.digest) == filled
    assert audit_archive(recorder.folder, recorder.trust, workers=1).kinds["MESSAGE_RECEIVED"] == 2


def test_a_story_that_is_not_in_segments_as_far_as_it_has_come_stays(recorder: Recorder) -> None:
    seal = recorder.seal(0)
    recorder.archive()
    recorder.receive(seal)
    recorder.now += MONTH
    assert leave(recorder).counts == {"segments_looked_at": 1, "in_use": 1}
    recorder.archive()
    assert leave(recorder, again=timedelta(days=1)).counts == {"left": 1, "payloads_left": 1, "segments_looked_at": 1}
    assert leave(recorder, again=timedelta(days=1)).idle, "what stayed is looked at once a day"
    assert leave(recorder).counts == {"left": 1, "payloads_left": 1, "segments_looked_at": 1}


def test_a_payload_that_left_is_written_into_a_later_segment_that_needs_it(recorder: Recorder) -> None:
    paper = plain(b"came twice")
    recorder.record("answer:1", EvidenceKind.MESSAGE_RECEIVED, paper, refused="verify.signature")
    recorder.archive()
    recorder.now += MONTH
    leave(recorder)
    recorder.record("answer:2", EvidenceKind.MESSAGE_RECEIVED, paper, refused="verify.signature")
    change(recorder, "DELETE FROM payload")
    recorder.archive()
    assert recorder.store.evidence.payload(paper.digest) == paper.octets
    assert len(segments(recorder.folder)) == 2
    assert audit_archive(recorder.folder, recorder.trust, workers=1).kinds["MESSAGE_RECEIVED"] == 2


def spoiled(recorder: Recorder, number: int) -> None:
    path = segments(recorder.folder)[number]
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.write_bytes(bytes(octets))


def test_nothing_leaves_where_a_segment_was_changed(recorder: Recorder) -> None:
    served(recorder)
    recorder.now += MONTH
    spoiled(recorder, 0)
    report = leave(recorder)
    assert [error.code for error in report.errors] == ["archive.segment-changed"]
    assert str(segments(recorder.folder)[0]) in str(report.errors[0])
    assert rows(recorder, "SELECT count(*) FROM evidence WHERE length(header) = 0") == 0


def test_a_segment_that_is_changed_between_two_looks_is_found_by_its_digest(recorder: Recorder) -> None:
    seal = recorder.seal(0)
    recorder.record("act:1", EvidenceKind.PERSON_ACT, plain(b"an act"))
    recorder.archive()
    recorder.receive(seal)
    recorder.now += MONTH
    assert leave(recorder).counts == {"left": 1, "payloads_left": 1, "segments_looked_at": 1, "in_use": 1}
    recorder.archive()
    path = segments(recorder.folder)[0]
    with path.open("ab") as file:
        file.write(b"\0")
    report = leave(recorder)
    assert [error.code for error in report.errors] == ["archive.segment-changed"]
    assert rows(recorder, "SELECT count(*) FROM payload") == 2


@pytest.mark.parametrize(("number", "code"), [(0, "archive.gap"), (1, "archive.gap"), (2, "archive.segment-lost")])
def test_nothing_leaves_where_a_segment_is_lost(recorder: Recorder, number: int, code: str) -> None:
    served(recorder)
    recorder.now += MONTH
    verified = VerifiedZips(recorder.folder, recorder.notes.verifier, recorder.store.retention)
    for first, end in verified.ranges():
        with verified.verified(first, end, None) as segment:
            recorder.store.retention.adopt(segment.known(first, end))
    segments(recorder.folder)[number].unlink()
    report = leave(recorder)
    assert [error.code for error in report.errors] == [code]
    assert rows(recorder, "SELECT count(*) FROM evidence WHERE length(header) = 0") == 0


def test_a_record_that_was_changed_in_the_database_does_not_leave(recorder: Recorder) -> None:
    served(recorder)
    recorder.now += MONTH
    change(recorder, "UPDATE evidence SET header = CAST('{}' AS BLOB) WHERE leaf_index = 3")
    report = leave(recorder)
    assert [error.code for error in report.errors] == ["archive.differs"]
    assert rows(recorder, "SELECT count(*) FROM evidence WHERE length(header) = 0") == 0


def test_what_the_archive_gives_is_compared_with_its_hash(recorder: Recorder) -> None:
    served(recorder)
    recorder.now += MONTH
    leave(recorder)
    change(recorder, "UPDATE evidence SET leaf_index = 100 - leaf_index")
    change(recorder, "UPDATE evidence SET leaf_index = leaf_index - 77")
    with pytest.raises(GatewayError) as refused:
        recorder.store.evidence.record(f"seal:{reference(0)}")
    assert refused.value.code == "archive.differs"


def test_a_machine_without_the_archive_says_so(recorder: Recorder) -> None:
    served(recorder)
    recorder.now += MONTH
    leave(recorder)
    recorder.folder.rename(recorder.folder.with_name("elsewhere"))
    with pytest.raises(GatewayError) as refused:
        recorder.store.evidence.record(f"seal:{reference(0)}")
    assert refused.value.code == "archive.unreachable"
