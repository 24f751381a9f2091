"""Payloads whose life is over go, and only they; that they went is on record before they do, and an audit says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from adapters.archive.segment_records import SegmentReader
from adapters.archive.verified_zips import VerifiedZips
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive, segments
from adapters.verifier.archive.deletions import told_by
from gateway.audit.audit import AuditReport
from gateway.audit.audit_recipe import Check
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import Rule
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.retention.purge import purge
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.verdict import Verdict
from tests.archive.defects import change, entries
from tests.archive.test_archiving import change as change_database
from tests.archive.test_offload import rows
from tests.databases import sqlite_file

from .city import City, plain, reference

YEAR = timedelta(days=365)
RECEIPTS = Rule(name="receipts", kinds=frozenset({EvidenceKind.RECEIPT}), life=YEAR)
SEALS = Rule(name="seals", kinds=frozenset({EvidenceKind.SEALED_NOTICE}), life=YEAR)
SENT = Rule(name="sent", kinds=frozenset({EvidenceKind.MESSAGE_SENT}), life=YEAR)


@pytest.fixture
def city(pki: Path, tmp_path: Path) -> Iterator[City]:
    """A city of six notices, a year later."""
    folder = tmp_path / "archive"
    archived = SegmentReader(folder)
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url, archived=archived)) as store:
        city = City(pki, store, folder)
        for number in (0, 3):
            city.serve(range(number, number + 3))
            city.archive()
        city.now += YEAR
        yield city


def verified(city: City) -> VerifiedZips:
    return VerifiedZips(city.folder, city.notes.verifier, city.store.retention)


def archive(city: City) -> PassReport:
    city.now += timedelta(seconds=1)
    city.archive()
    return PassReport("archive")


def purged(city: City, *rules: Rule, retention: Any = None, folder: Any = None, store: Any = None) -> PassReport:
    return purge(
        store or city.store,
        retention or city.store.retention,
        folder or verified(city),
        lambda: archive(city),
        rules,
        city.now,
        "city",
    )


def audit(city: City) -> AuditReport:
    return audit_archive(city.folder, city.trust, workers=1)


def payload_findings(report: AuditReport) -> list[tuple[str, str]]:
    return [(finding.subject, finding.reason) for finding in report.findings if finding.check is Check.PAYLOAD]


def test_what_no_class_names_is_kept_for_ever(city: City) -> None:
    city.now += 100 * YEAR
    assert purged(city).idle
    assert len(segments(city.folder)) == 2
    assert audit(city).verdicts[Check.PAYLOAD] is Verdict.PASSED


def test_a_deletion_stands_in_the_archive_and_the_report_says_so(city: City) -> None:
    before = audit(city)
    receipts = [row for n in range(6) for row in city.store.evidence.of_notice(reference(n)) if row.kind == "RECEIPT"]
    assert purged(city, RECEIPTS).counts == {"recorded": 6, "deleted": 6, "segments_rewritten": 2}
    report = audit(city)
    assert report.verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE
    assert {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED} == set()
    day = f"{city.now:%Y-%m-%d}"
    assert payload_findings(report) == [("3 payloads", f"deleted under rule receipts on {day}")] * 2
    assert report.records == before.records + 1, "headers stay, and the deletion is one more record"
    assert report.kinds["RECEIPT"] == 6
    assert report.passed[Check.PAYLOAD] == before.passed[Check.PAYLOAD] - 6 + 1
    for row in receipts:
        assert city.store.evidence.record(row.id) == row
        with pytest.raises(GatewayError) as refused:
            city.store.evidence.payload(row.payload_digest)
        assert refused.value.code == "retention.deleted"
    assert purged(city, RECEIPTS).idle, "once is enough"


def test_revocation_lists_stay_where_payloads_go(city: City) -> None:
    def lists() -> list[dict[str, bytes]]:
        content = [dict(entries(path)) for path in segments(city.folder)[:2]]
        return [{name: each[name] for name in each if name.startswith("revocation/")} for each in content]

    before = lists()
    assert all(before)
    assert purged(city, RECEIPTS).counts["segments_rewritten"] == 2
    assert lists() == before
    report = audit(city)
    assert report.verdicts[Check.REVOCATION] is Verdict.PASSED
    assert report.passed[Check.REVOCATION] == report.passed[Check.SIGNATURE] > 0


def test_what_a_deletion_record_says(city: City) -> None:
    purged(city, RECEIPTS)
    leaf = city.store.log.leaves(city.store.log.size() - 1, 1)[0]
    assert json.loads(leaf.header)["kind"] == "PAYLOAD_DELETED"
    told = Deletion.of(city.store.evidence.payload(leaf.payload_digest))
    assert (told.rule, told.payload_days, len(told.digests)) == ("receipts", 365, 6)


def test_a_deletion_that_nobody_recorded_is_found(city: City) -> None:
    purged(city, RECEIPTS)
    kept = next(row for row in city.store.evidence.of_notice(reference(4)) if row.kind == "SEALED_NOTICE")
    change(segments(city.folder)[1], lambda content: content.pop(f"payloads/{kept.payload_digest[7:]}"))
    report = audit(city)
    assert report.verdicts[Check.PAYLOAD] is Verdict.FAILED
    # The seal's own record, and the message that carried it.
    assert [reason for _, reason in payload_findings(report)].count("its payload is not here") == 2


def test_a_deletion_counts_only_with_the_octets_that_its_record_names(city: City) -> None:
    purged(city, RECEIPTS)
    path = segments(city.folder)[-1]
    deletion = next(octets for name, octets in entries(path) if name.startswith("payloads/"))
    change(path, lambda content: content.update({n: deletion + b" " for n in content if n.startswith("payloads/")}))
    assert audit(city).verdicts[Check.PAYLOAD] is Verdict.FAILED


def test_not_before_its_life_is_over(city: City) -> None:
    city.now -= timedelta(hours=1)
    assert purged(city, RECEIPTS).idle
    city.now += timedelta(hours=1)
    assert purged(city, RECEIPTS).counts["deleted"] == 6


def test_a_seal_that_is_gone_leaves_a_gap_in_its_message(city: City) -> None:
    assert purged(city, SEALS).counts["deleted"] == 6
    report = audit(city)
    assert report.verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE
    assert {subject for subject, _ in payload_findings(report)} == {"4 payloads"}, "three seals and their message"
    sent = city.store.evidence.record("sent:0")
    assert sent is not None
    with pytest.raises(GatewayError) as refused:
        city.store.evidence.payload(sent.payload_digest)
    assert refused.value.code == "retention.deleted"


def test_a_message_that_is_gone_takes_no_seal_with_it(city: City) -> None:
    assert purged(city, SENT).counts["deleted"] == 2
    report = audit(city)
    assert payload_findings(report)[0][0] == "1 payloads"
    assert report.verdicts[Check.CONTAINER] is Verdict.PASSED


def test_seals_of_another_segment_go_with_the_message_that_needed_them(city: City) -> None:
    seal = city.seal(9)
    city.archive()
    city.send(9, [seal])
    city.archive()
    city.now += YEAR
    last = segments(city.folder)[-1]
    assert f"payloads/{seal.digest[7:]}" in dict(entries(last))
    purged(city, SENT)
    assert f"payloads/{seal.digest[7:]}" not in dict(entries(last)), "no record of this segment names it"
    assert audit(city).verdicts[Check.CONTAINER] is Verdict.PASSED
    assert city.store.evidence.payload(seal.digest) == seal.octets


def test_the_longest_life_of_the_records_that_name_it_counts(city: City) -> None:
    paper = plain(b"<receipt/>")
    city.record("answer:9", EvidenceKind.MESSAGE_RECEIVED, paper, refused="verify.signature")
    city.record("receipt:9", EvidenceKind.RECEIPT, paper)
    city.archive()
    city.now += YEAR
    purged(city, RECEIPTS)
    assert city.store.evidence.payload(paper.digest) == paper.octets, "no class fits the other record"
    answers = Rule(name="answers", kinds=frozenset({EvidenceKind.MESSAGE_RECEIVED}), life=2 * YEAR)
    purged(city, RECEIPTS, answers)
    assert city.store.evidence.payload(paper.digest) == paper.octets
    city.now += YEAR
    purged(city, RECEIPTS, answers)
    with pytest.raises(GatewayError):
        city.store.evidence.payload(paper.digest)


def test_a_payload_that_has_left_the_database_is_deleted_too(city: City) -> None:
    offload_records(city.store.retention, verified(city), city.now, OffloadPolicy(after=timedelta()))
    assert rows(city, "SELECT count(*) FROM payload") == 0
    assert purged(city, RECEIPTS).counts == {"recorded": 6, "deleted": 6, "segments_rewritten": 2}
    left = offload_records(
        city.store.retention, verified(city), city.now, OffloadPolicy(after=timedelta()), look_again=timedelta()
    )
    assert left.errors == []
    assert audit(city).kinds["RECEIPT"] == 6


def test_what_was_deleted_leaves_as_a_header(city: City) -> None:
    purged(city, RECEIPTS)
    left = offload_records(city.store.retention, verified(city), city.now, OffloadPolicy(after=timedelta()))
    assert (left.errors, left.counts["left"]) == ([], 17)


def test_where_the_segment_was_changed_nothing_is_deleted(city: City) -> None:
    path = segments(city.folder)[0]
    change(path, lambda content: content.pop(next(name for name in content if name.startswith("payloads/"))))
    with pytest.raises(GatewayError) as refused:
        purged(city, RECEIPTS)
    assert refused.value.code == "archive.segment-changed"
    assert rows(city, "SELECT count(*) FROM payload") == 17


def test_what_stands_in_no_segment_yet_is_not_deleted(city: City) -> None:
    report = purge(
        city.store,
        city.store.retention,
        verified(city),
        lambda: PassReport("archive", errors=[GatewayError("time.unreachable")]),
        [RECEIPTS],
        city.now,
        "city",
    )
    assert report.counts == {"recorded": 6, "waiting": 6}
    assert [error.code for error in report.errors] == ["time.unreachable"]
    assert audit(city).verdicts[Check.PAYLOAD] is Verdict.PASSED
    assert purged(city, RECEIPTS).counts == {"deleted": 6, "segments_rewritten": 2}


def test_what_comes_again_as_it_was_does_not_stay(city: City) -> None:
    came = next(row for row in city.store.evidence.of_notice(reference(0)) if row.kind == "RECEIPT")
    octets = plain(city.store.evidence.payload(came.payload_digest))
    offload_records(city.store.retention, verified(city), city.now, OffloadPolicy(after=timedelta()))
    purged(city, RECEIPTS)
    city.record(came.id, EvidenceKind.RECEIPT, octets, notice=reference(0))
    assert rows(city, f"SELECT count(*) FROM payload WHERE digest = '{octets.digest}'") == 1
    assert purged(city, RECEIPTS).counts == {"deleted": 1}
    assert rows(city, f"SELECT count(*) FROM payload WHERE digest = '{octets.digest}'") == 0
    assert purged(city, RECEIPTS).idle


def test_what_comes_again_as_something_new_has_a_life_of_its_own(city: City) -> None:
    came = next(row for row in city.store.evidence.of_notice(reference(0)) if row.kind == "RECEIPT")
    octets = plain(city.store.evidence.payload(came.payload_digest))
    purged(city, RECEIPTS)
    city.record("receipt:again", EvidenceKind.RECEIPT, octets, notice=reference(0))
    city.archive()
    assert purged(city, RECEIPTS).idle
    offload_records(
        city.store.retention, verified(city), city.now, OffloadPolicy(after=timedelta()), look_again=timedelta()
    )
    assert city.store.evidence.payload(octets.digest) == octets.octets, "read from the segment that has it"
    city.now += YEAR
    assert purged(city, RECEIPTS).counts == {"recorded": 1, "deleted": 1, "segments_rewritten": 1}
    with pytest.raises(GatewayError) as refused:
        city.store.evidence.payload(octets.digest)
    assert refused.value.code == "retention.deleted"
    assert audit(city).verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE


def test_a_deletion_waits_where_a_new_record_names_its_payload_meanwhile(city: City) -> None:
    came = next(row for row in city.store.evidence.of_notice(reference(0)) if row.kind == "RECEIPT")
    octets = plain(city.store.evidence.payload(came.payload_digest))
    purge(city.store, city.store.retention, verified(city), lambda: PassReport("archive"), [RECEIPTS], city.now, "city")
    city.archive()
    city.record("receipt:again", EvidenceKind.RECEIPT, octets, notice=reference(0))
    # Whatever else is about this notice is not in segments as far as it has come.
    assert purged(city, RECEIPTS).counts == {"deleted": 5, "segments_rewritten": 2, "waiting": 1}
    assert city.store.evidence.payload(octets.digest) == octets.octets
    city.now += YEAR
    assert purged(city, RECEIPTS).counts["deleted"] == 1


def test_a_database_that_was_restored_to_before_a_purge_learns_it_from_the_archive(city: City) -> None:
    folder = verified(city)
    for first, end in folder.ranges():
        with folder.verified(first, end, None) as segment:
            city.store.retention.adopt(segment.known(first, end))
    known = city.store.retention.segments()
    purged(city, RECEIPTS)
    change_database(city, "DELETE FROM deletion")
    for segment in known:
        city.store.retention.rewrote(segment.first, segment.digest)
    policy = OffloadPolicy(after=timedelta())
    refused = offload_records(city.store.retention, folder, city.now, policy)
    assert [error.code for error in refused.errors] == ["archive.segment-changed"]
    refused = offload_records(city.store.retention, folder, city.now, policy, anew=True)
    assert [error.code for error in refused.errors] == ["archive.segment-changed"], "the database alone cannot tell"
    with told_by(city.folder) as deletions:
        known_now = VerifiedZips(city.folder, city.notes.verifier, deletions)
        assert city.store.retention.segments() == known
        report = offload_records(city.store.retention, known_now, city.now, OffloadPolicy(after=9 * YEAR), anew=True)
    assert report.errors == []
    assert city.store.retention.segments() != known


class Fuse:
    """Stands in for a port, and breaks before or after one of its calls, as a process that is killed there."""

    def __init__(self, target: Any, calls: list[int]) -> None:
        self._target, self._calls = target, calls

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self._target, name)

        def call(*arguments: Any) -> Any:
            self._burn()
            told = [_Noting(a, self) if callable(a) else a for a in arguments]
            done = method(*told)
            self._burn()
            return done

        return call

    def _burn(self) -> None:
        self._calls[0] -= 1
        if self._calls[0] == 0:
            raise Cut


class _Noting:
    def __init__(self, noting: Callable[[str], None], fuse: Fuse) -> None:
        self._noting, self._fuse = noting, fuse

    def __call__(self, digest: str) -> None:
        self._noting(digest)
        self._fuse._burn()


class Cut(Exception):
    """The process ended here."""


def boundaries(city: City, rules: Sequence[Rule]) -> Iterator[None]:
    """Purge, cut at the first call, the second one, and so on, until it is not cut; each begins where the last was."""
    number = 0
    while True:
        number += 1
        calls = [number]
        ports = city.store.retention, verified(city), city.store
        retention, folder, store = (Fuse(port, calls) for port in ports)
        try:
            purged(city, *rules, retention=retention, folder=folder, store=store)
        except Cut:
            yield
        else:
            return


def test_wherever_a_process_ends_nothing_is_gone_that_is_not_on_record(city: City) -> None:
    cuts = 0
    for _ in chain(boundaries(city, [RECEIPTS, SENT]), boundaries(city, [SEALS])):
        cuts += 1
        report = audit(city)
        assert {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED} == set()
        left = offload_records(
            city.store.retention, verified(city), city.now, OffloadPolicy(after=1000 * YEAR), look_again=timedelta()
        )
        assert left.errors == []
    assert cuts > 40
    assert audit(city).verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE
    assert rows(city, "SELECT count(*) FROM deletion WHERE done_at IS NULL") == 0
    assert rows(city, "SELECT count(*) FROM deletion") == 14


def test_the_database_alone_cannot_say_that_something_was_deleted(city: City) -> None:
    """An administrator who deletes a payload, and writes into the table that it was meant to be."""
    seal = next(row for row in city.store.evidence.of_notice(reference(0)) if row.kind == "SEALED_NOTICE")
    change_database(
        city,
        "INSERT INTO deletion VALUES ("
        f"'{seal.payload_digest}', 'seals', '2026-01-01T00:00:00.000000Z', '{seal.id}', '2026-01-01T00:00:00.000000Z')",
    )
    change(segments(city.folder)[0], lambda content: content.pop(f"payloads/{seal.payload_digest[7:]}"))
    assert audit(city).verdicts[Check.PAYLOAD] is Verdict.FAILED
