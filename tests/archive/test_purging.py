"""Payloads whose life is over go, and only they; that they went is on record before they do, and an audit says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
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
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.operator_action import OperatorAction
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import Rule
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.retention.purge import purge
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.verdict import Verdict
from gateway.store.stored import Changes
from tests.archive.spoiled import change, entries
from tests.archive.test_archiving import change as change_database
from tests.archive.test_offload import rows
from tests.conformance.builders import admission, entry
from tests.databases import sqlite_file

from .recorder import Recorder, plain, reference

YEAR = timedelta(days=365)
RECEIPTS = Rule(name="receipts", kinds=frozenset({EvidenceKind.RECEIPT}), life=YEAR)
SEALS = Rule(name="seals", kinds=frozenset({EvidenceKind.SEALED_NOTICE}), life=YEAR)
SENT = Rule(name="sent", kinds=frozenset({EvidenceKind.MESSAGE_SENT}), life=YEAR)


@pytest.fixture
def recorder(pki: Path, tmp_path: Path) -> Iterator[Recorder]:
    """A recorder of six notices, a year later."""
    folder = tmp_path / "archive"
    archived = SegmentReader(folder)
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url, archived=archived)) as store:
        recorder = Recorder(pki, store, folder)
        for number in (0, 3):
            recorder.serve(range(number, number + 3))
            recorder.archive()
        recorder.now += YEAR
        yield recorder


def verified(recorder: Recorder) -> VerifiedZips:
    return VerifiedZips(recorder.folder, recorder.notes.verifier, recorder.store.retention)


def archive(recorder: Recorder) -> PassReport:
    recorder.now += timedelta(seconds=1)
    recorder.archive()
    return PassReport("archive")


def purged(
    recorder: Recorder, *rules: Rule, retention: Any = None, folder: Any = None, store: Any = None
) -> PassReport:
    return purge(
        store or recorder.store,
        retention or recorder.store.retention,
        folder or verified(recorder),
        lambda: archive(recorder),
        rules,
        recorder.clock,
        "city",
    )


def admit(recorder: Recorder, *numbers: int) -> None:
    """Admit notices that are recorded already, and were sent together."""
    admissions = [
        admission(entry(n, reference=reference(n), state=DeliveryState.SUBMITTED), evidence_id=f"seal:{reference(n)}")
        for n in numbers
    ]
    sent = {f"sent:{numbers[0]}": [reference(n) for n in numbers]}
    recorder.store.commit(Changes(admissions=admissions, message_notices=sent))


def by_clerk(recorder: Recorder, name: str) -> OperatorAction:
    return OperatorAction(name=name, account="clerk", reason="a court asked for it", at=recorder.now)


def seal_of(recorder: Recorder, number: int) -> str:
    """Return the digest of a notice's seal."""
    records = recorder.store.evidence.of_notice(reference(number))
    return next(each.payload_digest for each in records if each.kind is EvidenceKind.SEALED_NOTICE)


def audit(recorder: Recorder) -> AuditReport:
    return audit_archive(recorder.folder, recorder.trust, workers=1)


def payload_findings(report: AuditReport) -> list[tuple[str, str]]:
    return [(finding.subject, finding.reason) for finding in report.findings if finding.check is Check.PAYLOAD]


def test_what_no_class_names_is_kept_for_ever(recorder: Recorder) -> None:
    recorder.now += 100 * YEAR
    assert purged(recorder).idle
    assert len(segments(recorder.folder)) == 2
    assert audit(recorder).verdicts[Check.PAYLOAD] is Verdict.PASSED


def test_a_deletion_stands_in_the_archive_and_the_report_says_so(recorder: Recorder) -> None:
    before = audit(recorder)
    receipts = [
        row for n in range(6) for row in recorder.store.evidence.of_notice(reference(n)) if row.kind == "RECEIPT"
    ]
    assert purged(recorder, RECEIPTS).counts == {"recorded": 6, "deleted": 6, "segments_rewritten": 2}
    report = audit(recorder)
    assert report.verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE
    assert {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED} == set()
    day = f"{recorder.now:%Y-%m-%d}"
    assert payload_findings(report) == [("3 payloads", f"deleted under rule receipts on {day}")] * 2
    assert report.records == before.records + 1, "headers stay, and the deletion is one more record"
    assert report.kinds["RECEIPT"] == 6
    assert report.passed[Check.PAYLOAD] == before.passed[Check.PAYLOAD] - 6 + 1
    for row in receipts:
        assert recorder.store.evidence.record(row.id) == row
        with pytest.raises(GatewayError) as refused:
            recorder.store.evidence.payload(row.payload_digest)
        assert refused.value.code == "retention.deleted"
    assert purged(recorder, RECEIPTS).idle, "once is enough"


def test_revocation_lists_stay_where_payloads_go(recorder: Recorder) -> None:
    def lists() -> list[dict[str, bytes]]:
        content = [dict(entries(path)) for path in segments(recorder.folder)[:2]]
        return [{name: each[name] for name in each if name.startswith("revocation/")} for each in content]

    before = lists()
    assert all(before)
    assert purged(recorder, RECEIPTS).counts["segments_rewritten"] == 2
    assert lists() == before
    report = audit(recorder)
    assert report.verdicts[Check.REVOCATION] is Verdict.PASSED
    assert report.passed[Check.REVOCATION] == report.passed[Check.SIGNATURE] > 0


def test_what_a_deletion_record_says(recorder: Recorder) -> None:
    purged(recorder, RECEIPTS)
    leaf = recorder.store.log.leaves(recorder.store.log.size() - 1, 1)[0]
    assert json.loads(leaf.header)["kind"] == "PAYLOAD_DELETED"
    reported = Deletion.of(recorder.store.evidence.payload(leaf.payload_digest))
    assert (reported.rule, reported.payload_days, len(reported.digests)) == ("receipts", 365, 6)


def test_a_deletion_that_nobody_recorded_is_found(recorder: Recorder) -> None:
    purged(recorder, RECEIPTS)
    kept = next(row for row in recorder.store.evidence.of_notice(reference(4)) if row.kind == "SEALED_NOTICE")
    change(segments(recorder.folder)[1], lambda content: content.pop(f"payloads/{kept.payload_digest[7:]}"))
    report = audit(recorder)
    assert report.verdicts[Check.PAYLOAD] is Verdict.FAILED
    # The seal's own record, and the message that carried it.
    assert [reason for _, reason in payload_findings(report)].count("its payload is not here") == 2


def test_a_deletion_counts_only_with_the_octets_that_its_record_names(recorder: Recorder) -> None:
    purged(recorder, RECEIPTS)
    path = segments(recorder.folder)[-1]
    deletion = next(octets for name, octets in entries(path) if name.startswith("payloads/"))
    change(path, lambda content: content.update({n: deletion + b" " for n in content if n.startswith("payloads/")}))
    assert audit(recorder).verdicts[Check.PAYLOAD] is Verdict.FAILED


def test_not_before_its_life_is_over(recorder: Recorder) -> None:
    recorder.now -= timedelta(hours=1)
    assert purged(recorder, RECEIPTS).idle
    recorder.now += timedelta(hours=1)
    assert purged(recorder, RECEIPTS).counts["deleted"] == 6


def test_a_seal_that_is_gone_leaves_a_gap_in_its_message(recorder: Recorder) -> None:
    assert purged(recorder, SEALS).counts["deleted"] == 6
    report = audit(recorder)
    assert report.verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE
    assert {subject for subject, _ in payload_findings(report)} == {"4 payloads"}, "three seals and their message"
    sent = recorder.store.evidence.record("sent:0")
    assert sent is not None
    with pytest.raises(GatewayError) as refused:
        recorder.store.evidence.payload(sent.payload_digest)
    assert refused.value.code == "retention.deleted"


def test_a_message_that_is_gone_takes_no_seal_with_it(recorder: Recorder) -> None:
    assert purged(recorder, SENT).counts["deleted"] == 2
    report = audit(recorder)
    assert payload_findings(report)[0][0] == "1 payloads"
    assert report.verdicts[Check.CONTAINER] is Verdict.PASSED


def test_seals_of_another_segment_go_with_the_message_that_needed_them(recorder: Recorder) -> None:
    seal = recorder.seal(9)
    recorder.archive()
    recorder.send(9, [seal])
    recorder.archive()
    recorder.now += YEAR
    last = segments(recorder.folder)[-1]
    assert f"payloads/{seal.digest[7:]}" in dict(entries(last))
    purged(recorder, SENT)
    assert f"payloads/{seal.digest[7:]}" not in dict(entries(last)), "no record of this segment names it"
    assert audit(recorder).verdicts[Check.CONTAINER] is Verdict.PASSED
    assert recorder.store.evidence.payload(seal.digest) == seal.octets


def test_the_longest_life_of_the_records_that_name_it_counts(recorder: Recorder) -> None:
    paper = plain(b"<receipt/>")
    recorder.record("answer:9", EvidenceKind.MESSAGE_RECEIVED, paper, refused="verify.signature")
    recorder.record("receipt:9", EvidenceKind.RECEIPT, paper)
    recorder.archive()
    recorder.now += YEAR
    purged(recorder, RECEIPTS)
    assert recorder.store.evidence.payload(paper.digest) == paper.octets, "no class fits the other record"
    answers = Rule(name="answers", kinds=frozenset({EvidenceKind.MESSAGE_RECEIVED}), life=2 * YEAR)
    purged(recorder, RECEIPTS, answers)
    assert recorder.store.evidence.payload(paper.digest) == paper.octets
    recorder.now += YEAR
    purged(recorder, RECEIPTS, answers)
    with pytest.raises(GatewayError):
        recorder.store.evidence.payload(paper.digest)


def test_a_payload_that_has_left_the_database_is_deleted_too(recorder: Recorder) -> None:
    offload_records(recorder.store.retention, verified(recorder), recorder.now, OffloadPolicy(after=timedelta()))
    assert rows(recorder, "SELECT count(*) FROM payload") == 0
    assert purged(recorder, RECEIPTS).counts == {"recorded": 6, "deleted": 6, "segments_rewritten": 2}
    left = offload_records(
        recorder.store.retention,
        verified(recorder),
        recorder.now,
        OffloadPolicy(after=timedelta()),
        look_again=timedelta(),
    )
    assert left.errors == []
    assert audit(recorder).kinds["RECEIPT"] == 6


def test_what_was_deleted_leaves_as_a_header(recorder: Recorder) -> None:
    purged(recorder, RECEIPTS)
    left = offload_records(recorder.store.retention, verified(recorder), recorder.now, OffloadPolicy(after=timedelta()))
    assert (left.errors, left.counts["left"]) == ([], 17)


def test_where_the_segment_was_changed_nothing_is_deleted(recorder: Recorder) -> None:
    path = segments(recorder.folder)[0]
    change(path, lambda content: content.pop(next(name for name in content if name.startswith("payloads/"))))
    with pytest.raises(GatewayError) as refused:
        purged(recorder, RECEIPTS)
    assert refused.value.code == "archive.segment-changed"
    assert rows(recorder, "SELECT count(*) FROM payload") == 17


def test_what_stands_in_no_segment_yet_is_not_deleted(recorder: Recorder) -> None:
    report = purge(
        recorder.store,
        recorder.store.retention,
        verified(recorder),
        lambda: PassReport("archive", errors=[GatewayError("time.unreachable")]),
        [RECEIPTS],
        recorder.clock,
        "city",
    )
    assert report.counts == {"recorded": 6, "waiting": 6}
    assert [error.code for error in report.errors] == ["time.unreachable"]
    assert audit(recorder).verdicts[Check.PAYLOAD] is Verdict.PASSED
    assert purged(recorder, RECEIPTS).counts == {"deleted": 6, "segments_rewritten": 2}


def test_each_deletion_is_recorded_at_its_own_time(recorder: Recorder) -> None:
    """A run may last hours, and checkpoints are time-stamped meanwhile."""

    def clock() -> datetime:
        recorder.now += timedelta(hours=1)
        return recorder.now

    purge(
        recorder.store,
        recorder.store.retention,
        verified(recorder),
        lambda: archive(recorder),
        [RECEIPTS, SENT],
        clock,
        "city",
    )
    assert rows(recorder, "SELECT count(DISTINCT recorded_at) FROM evidence WHERE kind = 'PAYLOAD_DELETED'") == 2


def test_what_comes_again_as_it_was_does_not_stay(recorder: Recorder) -> None:
    came = next(row for row in recorder.store.evidence.of_notice(reference(0)) if row.kind == "RECEIPT")
    octets = plain(recorder.store.evidence.payload(came.payload_digest))
    offload_records(recorder.store.retention, verified(recorder), recorder.now, OffloadPolicy(after=timedelta()))
    purged(recorder, RECEIPTS)
    recorder.record(came.id, EvidenceKind.RECEIPT, octets, notice=reference(0))
    assert rows(recorder, f"SELECT count(*) FROM payload WHERE digest = '{octets.digest}'") == 1
    assert purged(recorder, RECEIPTS).counts == {"deleted": 1}
    assert rows(recorder, f"SELECT count(*) FROM payload WHERE digest = '{octets.digest}'") == 0
    assert purged(recorder, RECEIPTS).idle


def test_what_comes_again_as_something_new_has_a_life_of_its_own(recorder: Recorder) -> None:
    came = next(row for row in recorder.store.evidence.of_notice(reference(0)) if row.kind == "RECEIPT")
    octets = plain(recorder.store.evidence.payload(came.payload_digest))
    purged(recorder, RECEIPTS)
    recorder.record("receipt:again", EvidenceKind.RECEIPT, octets, notice=reference(0))
    recorder.archive()
    assert purged(recorder, RECEIPTS).idle
    offload_records(
        recorder.store.retention,
        verified(recorder),
        recorder.now,
        OffloadPolicy(after=timedelta()),
        look_again=timedelta(),
    )
    assert recorder.store.evidence.payload(octets.digest) == octets.octets, "read from the segment that has it"
    recorder.now += YEAR
    assert purged(recorder, RECEIPTS).counts == {"recorded": 1, "deleted": 1, "segments_rewritten": 1}
    with pytest.raises(GatewayError) as refused:
        recorder.store.evidence.payload(octets.digest)
    assert refused.value.code == "retention.deleted"
    assert audit(recorder).verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE


def test_a_deletion_waits_where_a_new_record_names_its_payload_meanwhile(recorder: Recorder) -> None:
    came = next(row for row in recorder.store.evidence.of_notice(reference(0)) if row.kind == "RECEIPT")
    octets = plain(recorder.store.evidence.payload(came.payload_digest))
    purge(
        recorder.store,
        recorder.store.retention,
        verified(recorder),
        lambda: PassReport("archive"),
        [RECEIPTS],
        recorder.clock,
        "city",
    )
    recorder.archive()
    recorder.record("receipt:again", EvidenceKind.RECEIPT, octets, notice=reference(0))
    # Whatever else is about this notice is not in segments as far as it has come.
    assert purged(recorder, RECEIPTS).counts == {"deleted": 5, "segments_rewritten": 2, "waiting": 1}
    assert recorder.store.evidence.payload(octets.digest) == octets.octets
    recorder.now += YEAR
    assert purged(recorder, RECEIPTS).counts["deleted"] == 1


def test_a_database_that_was_restored_to_before_a_purge_learns_it_from_the_archive(recorder: Recorder) -> None:
    folder = verified(recorder)
    for first, end in folder.ranges():
        with folder.verified(first, end, None) as segment:
            recorder.store.retention.adopt(segment.known(first, end))
    known = recorder.store.retention.segments()
    purged(recorder, RECEIPTS)
    change_database(recorder, "DELETE FROM deletion")
    for segment in known:
        recorder.store.retention.rewrote(segment.first, segment.digest)
    policy = OffloadPolicy(after=timedelta())
    refused = offload_records(recorder.store.retention, folder, recorder.now, policy)
    assert [error.code for error in refused.errors] == ["archive.segment-changed"]
    refused = offload_records(recorder.store.retention, folder, recorder.now, policy, anew=True)
    assert [error.code for error in refused.errors] == ["archive.segment-changed"], "the database alone cannot tell"
    with told_by(recorder.folder) as deletions:
        known_now = VerifiedZips(recorder.folder, recorder.notes.verifier, deletions)
        assert recorder.store.retention.segments() == known
        report = offload_records(
            recorder.store.retention, known_now, recorder.now, OffloadPolicy(after=9 * YEAR), anew=True
        )
    assert report.errors == []
    assert recorder.store.retention.segments() != known


def test_the_database_alone_cannot_say_that_something_was_deleted(recorder: Recorder) -> None:
    """An administrator who deletes a payload, and writes into the table that it was meant to be."""
    seal = next(row for row in recorder.store.evidence.of_notice(reference(0)) if row.kind == "SEALED_NOTICE")
    change_database(
        recorder,
        "INSERT INTO deletion VALUES ("
        f"'{seal.payload_digest}', 'seals', '2026-01-01T00:00:00.000000Z', '{seal.id}', '2026-01-01T00:00:00.000000Z')",
    )
    change(segments(recorder.folder)[0], lambda content: content.pop(f"payloads/{seal.payload_digest[7:]}"))
    assert audit(recorder).verdicts[Check.PAYLOAD] is Verdict.FAILED
