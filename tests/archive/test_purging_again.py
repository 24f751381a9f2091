"""Payloads that come again after their deletion: an earlier deletion excuses the loss of no later one."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.archive.segment_records import SegmentReader
from adapters.archive.verified_zips import VerifiedZips
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import segments
from adapters.verifier.archive.deletions import told_by
from gateway.audit.audit_recipe import Check
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.operations.history_division import set_aside
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import Rule
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from gateway.store.stored import Changes, Payload
from tests.archive.spoiled import change
from tests.archive.test_offload import rows

from .recorder import Recorder, plain, reference
from .test_purging import RECEIPTS, SEALS, YEAR, audit, by_clerk, payload_findings, purged, recorder, verified

__all__ = ["recorder"]


def come_again(recorder: Recorder) -> str:
    """Delete all receipts, and record one of them again; return its digest."""
    came = next(row for row in recorder.store.evidence.of_notice(reference(0)) if row.kind == "RECEIPT")
    octets = plain(recorder.store.evidence.payload(came.payload_digest))
    purged(recorder, RECEIPTS)
    recorder.now += timedelta(days=1)
    recorder.record("receipt:again", EvidenceKind.RECEIPT, octets, reference(0), "court", event="CONTENT_CONSIGNMENT")
    recorder.archive()
    return octets.digest


def take_out(recorder: Recorder, digest: str) -> None:
    change(segments(recorder.folder)[-1], lambda content: content.pop(f"payloads/{digest[7:]}"))


def test_a_deletion_in_front_of_a_record_is_none_of_its_payload(recorder: Recorder) -> None:
    digest = come_again(recorder)
    assert audit(recorder).verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE
    take_out(recorder, digest)
    report = audit(recorder)
    assert report.verdicts[Check.PAYLOAD] is Verdict.FAILED
    assert [reason for _, reason in payload_findings(report) if "deleted" not in reason] == ["its payload is not here"]
    first, end = verified(recorder).ranges()[-1]
    with pytest.raises(GatewayError, match=r"archive\.segment-changed"), verified(recorder).verified(first, end, None):
        pass


def test_each_record_is_told_with_the_deletion_behind_it(recorder: Recorder) -> None:
    come_again(recorder)
    recorder.now += YEAR
    longer = Rule(name="longer", kinds=frozenset({EvidenceKind.RECEIPT}), life=YEAR)
    assert purged(recorder, longer).counts["deleted"] == 1
    report = audit(recorder)
    assert report.verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE
    told = [(number, reason.split()[3]) for number, reason in payload_findings(report)]
    assert told == [("3 payloads", "receipts"), ("3 payloads", "receipts"), ("1 payloads", "longer")]


def test_a_part_that_came_again_with_a_later_message_alone_goes_by_its_own_deletion(recorder: Recorder) -> None:
    record = next(row for row in recorder.store.evidence.of_notice(reference(0)) if row.kind == "SEALED_NOTICE")
    seal = plain(recorder.store.evidence.payload(record.payload_digest))
    purged(recorder, SEALS)
    recorder.now += timedelta(days=1)
    frame = Frame(pieces=(b"<m>", b"</m>"), seals=(seal.digest,))
    whole = Payload(digest=sha256(b"<m>" + bytes(seal.octets) + b"</m>"), octets=frame.dump(), framed=True)
    recorder.store.commit(Changes(payloads=[seal]))
    recorder.record("sent:again", EvidenceKind.MESSAGE_SENT, whole)
    recorder.archive()
    assert purged(recorder, SEALS).counts == {"segments_rewritten": 1, "deleted": 1}
    assert audit(recorder).verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE


@pytest.mark.long
def test_after_a_restore_to_before_a_purge_another_purge_records_the_deletions_again(
    recorder: Recorder, tmp_path: Path
) -> None:
    folder = verified(recorder)
    for first, end in folder.ranges():
        with folder.verified(first, end, None) as segment:
            recorder.store.retention.adopt(segment.known(first, end))
    recorder.store.close()
    shutil.copy(tmp_path / "gateway.db", tmp_path / "backup.db")
    with closing(SqlStore.open(f"sqlite:///{tmp_path / 'gateway.db'}")) as recorder.store:
        purged(recorder, RECEIPTS)
    for file in tmp_path.glob("gateway.db-*"):
        file.unlink()
    shutil.copy(tmp_path / "backup.db", tmp_path / "gateway.db")
    recorder.now += timedelta(days=1)
    archived = SegmentReader(recorder.folder)
    with closing(SqlStore.open(f"sqlite:///{tmp_path / 'gateway.db'}", archived=archived)) as recorder.store:
        set_aside(recorder.store, recorder.store.log, recorder.zips, by_clerk(recorder, "archive.set-aside"), "city")
        recorder.archive()
        assert leave_anew(recorder) == ["archive.segment-changed"], "no record of this history explains it"
        assert purged(recorder, RECEIPTS).counts == {"recorded": 6, "deleted": 6}
        assert leave_anew(recorder) == []
        assert rows(recorder, "SELECT count(*) FROM payload") == 0
    assert not [check for check, verdict in audit(recorder).verdicts.items() if verdict is Verdict.FAILED]


def leave_anew(recorder: Recorder) -> list[str]:
    """Offload as `archive leave --audit-anew` does; return the codes of the errors."""
    with told_by(recorder.folder) as deletions:
        anew = VerifiedZips(recorder.folder, recorder.notes.verifier, deletions)
        policy = OffloadPolicy(after=timedelta())
        report = offload_records(
            recorder.store.retention, anew, recorder.now, policy, look_again=timedelta(), anew=True
        )
    return [error.code for error in report.errors]
