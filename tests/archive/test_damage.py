"""A payload that the store cannot give out any more: the archive goes on around it, and everybody is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from adapters.archive.verified_zips import VerifiedZips
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive, segments
from gateway.audit.audit import AuditReport
from gateway.audit.audit_recipe import Check
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.operations.intervention import accept_damage
from gateway.operations.operator_action import OperatorAction
from gateway.record.damage import Damage
from gateway.record.evidence_record import EvidenceKind
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from gateway.store.proof_reach import ProofPolicy, alarms
from gateway.store.stored import Payload
from tests.archive.recorder import Recorder, plain

LAST = b"act 4"


def happen(recorder: Recorder, first: int, end: int) -> None:
    for number in range(first, end):
        recorder.record(f"act:{number}", EvidenceKind.PERSON_ACT, plain(f"act {number}".encode()))


def audit(recorder: Recorder) -> AuditReport:
    return audit_archive(recorder.folder, recorder.trust, workers=1)


def execute(recorder: Recorder, statement: str, **values: object) -> None:
    engine = create_engine(f"sqlite:///{recorder.folder.parent / 'gateway.db'}")
    with engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount == 1
    engine.dispose()


DAMAGES = {
    "changed": "UPDATE payload SET octets = X'6368616e676564' WHERE digest = :digest",
    "not there": "DELETE FROM payload WHERE digest = :digest",
}


@pytest.mark.parametrize("found", DAMAGES)
def test_one_damaged_payload_stops_no_segment_and_the_verifier_names_exactly_its_record(
    recorder: Recorder, found: str
) -> None:
    happen(recorder, 0, 9)
    recorder.archive()
    happen(recorder, 9, 20)
    execute(recorder, DAMAGES[found], digest=sha256(b"act 12"))
    recorder.archive()
    recorder.archive()
    happen(recorder, 21, 40)
    recorder.archive()
    report = audit(recorder)
    assert report.records == report.size == recorder.store.log.size()
    assert report.kinds["PAYLOAD_DAMAGED"] == 1
    [finding] = [each for each in report.findings if each.verdict is Verdict.FAILED]
    assert (finding.check, finding.subject) == (Check.PAYLOAD, "record 12, act:12")
    day = f"{recorder.now:%Y-%m-%d}"
    reported = f"its payload is not here: its octets in the store were {found}, as was recorded on {day}"
    assert finding.reason == reported


def test_damage_alarms_with_who_must_act(recorder: Recorder) -> None:
    happen(recorder, 0, 9)
    execute(recorder, DAMAGES["changed"], digest=sha256(b"act 2"))
    recorder.archive()
    policy = ProofPolicy(stamped=False, stop_after=timedelta(hours=24), late_after=timedelta(hours=1))
    alarm = alarms(recorder.store.evidence.proof(), policy, recorder.now)["archive:payloads"]
    assert (alarm.code, alarm.where, alarm.entry.actor) == ("archive.payload-damaged", sha256(b"act 2"), "operator")
    assert recorder.store.log.damages() == [Damage(digest=sha256(b"act 2"), found="changed")]
    act = OperatorAction(name="archive.accept-damage", account="op", reason="no backup has it", at=recorder.now)
    accept_damage(recorder.store, sha256(b"act 2"), act, "city")
    assert "archive:payloads" not in alarms(recorder.store.evidence.proof(), policy, recorder.now)
    with pytest.raises(GatewayError, match=r"archive\.not-damaged"):
        accept_damage(recorder.store, sha256(b"act 2"), act, "city")
    recorder.archive()
    assert not [path for path in recorder.folder.iterdir() if path.suffix == ".partial"]


def test_a_damaged_seal_and_the_message_that_carried_it_are_left_out_together(recorder: Recorder) -> None:
    seals = [recorder.seal(number) for number in range(2)]
    recorder.send(0, seals)
    happen(recorder, 0, 9)
    execute(recorder, DAMAGES["changed"], digest=seals[1].digest)
    recorder.archive()
    recorder.archive()
    failed = [each.subject for each in audit(recorder).findings if each.verdict is Verdict.FAILED]
    assert failed == [f"record 1, seal:{seals[1].reference}", "record 2, sent:0"]


def test_a_damaged_frame_is_left_out(recorder: Recorder) -> None:
    seals = [recorder.seal(0)]
    frame = Frame(pieces=(b"<a>", b"</a>"), seals=(seals[0].digest,))
    octets = frame.fill(lambda _: seals[0].octets)
    recorder.record(
        "sent:x", EvidenceKind.MESSAGE_SENT, Payload(digest=sha256(octets), octets=frame.dump(), framed=True)
    )
    happen(recorder, 0, 9)
    execute(recorder, DAMAGES["changed"], digest=sha256(octets))
    recorder.archive()
    recorder.archive()
    failed = [each.subject for each in audit(recorder).findings if each.check is Check.PAYLOAD]
    assert failed == ["record 1, sent:x"]


def test_a_file_of_payloads_that_is_away_is_no_damage(recorder: Recorder, tmp_path: Path) -> None:
    """A share that is not mounted would make every payload one that is left out."""
    recorder.store.close()
    folder = tmp_path / "payloads"
    recorder.store = SqlStore.open(f"sqlite:///{tmp_path / 'gateway.db'}", SegmentPayloads(folder))
    happen(recorder, 0, 9)
    recorder.store.close()
    folder.rename(tmp_path / "unmounted")
    with pytest.raises(GatewayError) as away:
        recorder.archive()
    assert away.value.code == "store.payload-missing"
    assert recorder.store.log.damages() == []
    (tmp_path / "unmounted").rename(folder)
    recorder.archive()
    assert len(segments(recorder.folder)) == 1


def test_one_flipped_bit_in_a_file_of_payloads_is_the_damage_of_one(recorder: Recorder, tmp_path: Path) -> None:
    recorder.store.close()
    folder = tmp_path / "payloads"
    recorder.store = SqlStore.open(f"sqlite:///{tmp_path / 'gateway.db'}", SegmentPayloads(folder))
    happen(recorder, 0, 9)
    recorder.store.close()
    [path] = folder.iterdir()
    octets = bytearray(path.read_bytes())
    octets[octets.index(LAST) + len(LAST) - 1] ^= 1
    path.write_bytes(octets)
    recorder.archive()
    assert recorder.store.log.damages() == [Damage(digest=sha256(LAST), found="changed")]


def test_what_is_damaged_stays_in_the_database_and_stops_nothing_else_from_leaving(recorder: Recorder) -> None:
    happen(recorder, 0, 9)
    execute(recorder, DAMAGES["changed"], digest=sha256(b"act 2"))
    recorder.archive()
    recorder.archive()
    recorder.now += timedelta(days=100)
    retention = recorder.store.retention
    zips = VerifiedZips(recorder.folder, recorder.notes.verifier, retention)
    report = offload_records(retention, zips, recorder.now, OffloadPolicy(after=timedelta(days=30)))
    assert report.errors == []
    assert report.counts["left"] == report.counts["payloads_left"] == 9
    assert report.counts["in_use"] == 1
