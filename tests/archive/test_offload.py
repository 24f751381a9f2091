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
from gateway.record.evidence_record import EvidenceKind
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from tests.archive.test_archiving import change
from tests.databases import sqlite_file

from .city import City, plain, reference

MONTH = timedelta(days=30)
POLICY = OffloadPolicy(after=MONTH, batch=5)


@pytest.fixture
def city(pki: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A city that finds in its archive what has left its store."""
    folder = tmp_path / "archive"
    archived = SegmentReader(folder)
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url, archived=archived)) as store:
        yield City(pki, store, folder)


def leave(city: City, policy: OffloadPolicy = POLICY, again: timedelta = timedelta()) -> PassReport:
    verified = VerifiedZips(city.folder, city.notes.verifier, city.store.retention)
    return offload_records(city.store.retention, verified, city.now, policy, look_again=again)


def rows(city: City, query: str) -> int:
    engine = create_engine(f"sqlite:///{city.folder.parent / 'gateway.db'}")
    with engine.connect() as connection:
        found = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return int(found)


def served(city: City) -> None:
    """Eight records a time, each time a segment."""
    for number in (0, 3, 6):
        city.serve(range(number, number + 3))
        city.archive()


def test_what_is_old_enough_leaves_and_is_still_found(city: City) -> None:
    served(city)
    before = {
        number: (
            city.store.evidence.of_notice(reference(number)),
            city.store.evidence.record(f"seal:{reference(number)}"),
        )
        for number in range(9)
    }
    records = [city.store.evidence.record(f"sent:{number}") for number in (0, 3, 6)]
    digests = [row.payload_digest for row in [*records, *(r for pair in before.values() for r in pair[0])] if row]
    octets, leaves = city.store.evidence.payloads(digests), city.store.log.leaves(0, 1000)
    assert leave(city).idle, "nothing is old enough"
    city.now += MONTH
    assert leave(city).counts == {"left": 24, "payloads_left": 24, "segments_looked_at": 3}
    assert rows(city, "SELECT count(*) FROM payload") == 0
    assert rows(city, "SELECT sum(length(header)) FROM evidence") == 0
    assert city.store.log.leaves(0, 1000) == leaves
    assert city.store.evidence.payloads(digests) == octets, "messages are filled with seals of the archive"
    for number, known in before.items():
        assert (
            city.store.evidence.of_notice(reference(number)),
            city.store.evidence.record(f"seal:{reference(number)}"),
        ) == known
    assert leave(city).idle, "once is enough"
    assert audit_archive(city.folder, city.trust, workers=1).kinds["RECEIPT"] == 9


def test_what_comes_again_is_known_though_it_has_left(city: City) -> None:
    served(city)
    city.now += MONTH
    leave(city)
    size = city.store.log.size()
    city.now -= MONTH
    city.record("act:1", EvidenceKind.PERSON_ACT, plain(b"new"))
    kept = city.store.evidence.record(f"seal:{reference(0)}")
    city.record(f"seal:{reference(0)}", EvidenceKind.SEALED_NOTICE, plain(b"another"), notice=reference(0))
    assert city.store.evidence.record(f"seal:{reference(0)}") == kept
    city.archive()
    assert city.store.log.size() == size + 1
    assert audit_archive(city.folder, city.trust, workers=1).records == size + 1


def test_a_story_that_is_not_in_segments_as_far_as_it_has_come_stays(city: City) -> None:
    seal = city.seal(0)
    city.archive()
    city.receive(seal)
    city.now += MONTH
    assert leave(city).counts == {"segments_looked_at": 1, "in_use": 1}
    city.archive()
    assert leave(city, again=timedelta(days=1)).counts == {"left": 1, "payloads_left": 1, "segments_looked_at": 1}
    assert leave(city, again=timedelta(days=1)).idle, "what stayed is looked at once a day"
    assert leave(city).counts == {"left": 1, "payloads_left": 1, "segments_looked_at": 1}


def test_a_payload_that_left_is_written_into_a_later_segment_that_needs_it(city: City) -> None:
    paper = plain(b"came twice")
    city.record("answer:1", EvidenceKind.MESSAGE_RECEIVED, paper, refused="verify.signature")
    city.archive()
    city.now += MONTH
    leave(city)
    city.record("answer:2", EvidenceKind.MESSAGE_RECEIVED, paper, refused="verify.signature")
    change(city, "DELETE FROM payload")
    city.archive()
    assert city.store.evidence.payload(paper.digest) == paper.octets
    assert len(segments(city.folder)) == 2
    assert audit_archive(city.folder, city.trust, workers=1).kinds["MESSAGE_RECEIVED"] == 2


def spoiled(city: City, number: int) -> None:
    path = segments(city.folder)[number]
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.write_bytes(bytes(octets))


def test_nothing_leaves_where_a_segment_was_changed(city: City) -> None:
    served(city)
    city.now += MONTH
    spoiled(city, 0)
    report = leave(city)
    assert [error.code for error in report.errors] == ["archive.segment-changed"]
    assert str(segments(city.folder)[0]) in str(report.errors[0])
    assert rows(city, "SELECT count(*) FROM evidence WHERE length(header) = 0") == 0


def test_a_segment_that_is_changed_between_two_looks_is_found_by_its_digest(city: City) -> None:
    seal = city.seal(0)
    city.record("act:1", EvidenceKind.PERSON_ACT, plain(b"an act"))
    city.archive()
    city.receive(seal)
    city.now += MONTH
    assert leave(city).counts == {"left": 1, "payloads_left": 1, "segments_looked_at": 1, "in_use": 1}
    city.archive()
    path = segments(city.folder)[0]
    with path.open("ab") as file:
        file.write(b"\0")
    report = leave(city)
    assert [error.code for error in report.errors] == ["archive.segment-changed"]
    assert rows(city, "SELECT count(*) FROM payload") == 2


@pytest.mark.parametrize(("number", "code"), [(0, "archive.gap"), (1, "archive.gap"), (2, "archive.segment-lost")])
def test_nothing_leaves_where_a_segment_is_lost(city: City, number: int, code: str) -> None:
    served(city)
    city.now += MONTH
    verified = VerifiedZips(city.folder, city.notes.verifier, city.store.retention)
    for first, end in verified.ranges():
        with verified.verified(first, end, None) as segment:
            city.store.retention.adopt(segment.known(first, end))
    segments(city.folder)[number].unlink()
    report = leave(city)
    assert [error.code for error in report.errors] == [code]
    assert rows(city, "SELECT count(*) FROM evidence WHERE length(header) = 0") == 0


def test_a_record_that_was_changed_in_the_database_does_not_leave(city: City) -> None:
    served(city)
    city.now += MONTH
    change(city, "UPDATE evidence SET header = CAST('{}' AS BLOB) WHERE leaf_index = 3")
    report = leave(city)
    assert [error.code for error in report.errors] == ["archive.differs"]
    assert rows(city, "SELECT count(*) FROM evidence WHERE length(header) = 0") == 0


def test_what_the_archive_gives_is_compared_with_its_hash(city: City) -> None:
    served(city)
    city.now += MONTH
    leave(city)
    change(city, "UPDATE evidence SET leaf_index = 100 - leaf_index")
    change(city, "UPDATE evidence SET leaf_index = leaf_index - 77")
    with pytest.raises(GatewayError) as refused:
        city.store.evidence.record(f"seal:{reference(0)}")
    assert refused.value.code == "archive.differs"


def test_a_machine_without_the_archive_says_so(city: City) -> None:
    served(city)
    city.now += MONTH
    leave(city)
    city.folder.rename(city.folder.with_name("elsewhere"))
    with pytest.raises(GatewayError) as refused:
        city.store.evidence.record(f"seal:{reference(0)}")
    assert refused.value.code == "archive.unreachable"
