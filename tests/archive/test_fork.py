"""A store that is restored to a time before a segment was written: its tree is another one than the folder's."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.archive.zip_writer import ZipFolder
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive, segments
from adapters.witness.folder import FolderWitness
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.archive.segment import Manifest
from gateway.archive.witnessing import send_away
from gateway.audit.audit import AuditReport
from gateway.audit.audit_recipe import Check
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tiles import Tiles
from gateway.operations.history_division import assert_one_tree, set_aside
from gateway.operations.operator_action import OperatorAction
from gateway.operations.recovery import begin_if_rolled_back, end
from gateway.record.evidence_record import EvidenceKind
from gateway.record.set_aside import SettingAside
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.verdict import Verdict
from gateway.store.proof_reach import ProofPolicy, lapse
from tests.archive.recorder import AT_ONCE, Recorder, plain

PROOF = ProofPolicy(stamped=False, stop_after=timedelta(hours=24), late_after=timedelta(hours=1))
LARGE = ArchivePolicy(checkpoints=AT_ONCE, segments=Rhythm(every=AT_ONCE.every, records=1000), batch=100)


@dataclass
class Restored:
    """A recorder whose store was backed up, went on for a segment or two, and was restored."""

    recorder: Recorder
    backup: int
    """Records in the backup."""
    forgotten: list[Checkpoint]

    def run(self, policy: ArchivePolicy = LARGE) -> PassReport:
        return archive(self.recorder.store.log, self.recorder.notes, self.recorder.zips, self.recorder.clock, policy)

    def audit(self, own: Sequence[Checkpoint] = ()) -> AuditReport:
        return audit_archive(self.recorder.folder, self.recorder.trust, own, workers=1)

    def happen(self, count: int) -> None:
        first = self.recorder.store.log.size()
        for number in range(first, first + count):
            octets = f"act {number} after the restore".encode()
            self.recorder.record(f"act:anew:{number}", EvidenceKind.PERSON_ACT, plain(octets))


def happen(recorder: Recorder, name: str, count: int) -> None:
    for number in range(count):
        recorder.record(f"act:{name}:{number}", EvidenceKind.PERSON_ACT, plain(f"{name} {number}".encode()))


@pytest.fixture
def restored(recorder: Recorder, tmp_path: Path) -> Restored:
    """As recovery.md says it: back up, write a later segment, restore, end the recovery, write."""
    file, copy, state = tmp_path / "gateway.db", tmp_path / "backup.db", FingerprintFile(tmp_path / "gateway.state")
    happen(recorder, "before", 50)
    archive(recorder.store.log, recorder.notes, recorder.zips, recorder.clock, LARGE)
    happen(recorder, "in-the-backup", 5)
    recorder.store.log.place(100)
    recorder.store.close()
    shutil.copy(file, copy)
    backup = 55
    recorder.store = SqlStore.open(f"sqlite:///{file}", memory_file=state)
    with closing(recorder.store):
        forgotten = []
        for name in ("forgotten", "forgotten too"):
            happen(recorder, name, 35)
            archive(recorder.store.log, recorder.notes, recorder.zips, recorder.clock, LARGE)
            last = recorder.store.log.last_checkpoint()
            assert last is not None
            forgotten.append(recorder.notes.verifier.open(last.note))
        recorder.store.recovery.forgetting()
    for path in tmp_path.glob("gateway.db*"):
        path.unlink()
    shutil.copy(copy, file)
    recorder.store = SqlStore.open(f"sqlite:///{file}", memory_file=state)
    assert begin_if_rolled_back(recorder.store, recorder.now, "city") is not None
    end(
        recorder.store,
        OperatorAction(name="recovery.end", account="op", reason="done", at=recorder.now),
        "city",
        [],
        although=False,
    )
    return Restored(recorder=recorder, backup=backup, forgotten=forgotten)


def set_it_aside(restored: Restored) -> SettingAside:
    recorder = restored.recorder
    act = OperatorAction(name="archive.set-aside", account="op", reason="restored from the backup", at=recorder.now)
    return set_aside(recorder.store, recorder.store.log, recorder.zips, act, "city")


def place(restored: Restored, count: int = 1000) -> None:
    while restored.recorder.store.log.place(count):
        pass


def test_a_restore_does_not_fork_the_archive_unnoticed(restored: Restored) -> None:
    """The store's tree outgrows the folder's end: the next segment would begin there, on another tree."""
    before = [path.name for path in segments(restored.recorder.folder)]
    restored.happen(100)
    report = restored.run()
    assert [error.code for error in report.errors] == ["archive.forked"]
    assert [path.name for path in segments(restored.recorder.folder)] == before


def test_a_fork_loses_no_evidence_and_stops_sending(restored: Restored) -> None:
    restored.happen(10)
    size = restored.backup + 2 + 10  # the recovery's beginning and its end
    for _ in range(2):
        assert restored.run().counts["checkpoints"] == 0
        assert restored.recorder.store.log.size() == size
    stopped = lapse(restored.recorder.store.evidence.proof(), PROOF, restored.recorder.now)
    assert stopped is not None
    assert (stopped.code, stopped.where, stopped.detail) == (
        "archive.forked",
        "archive",
        "a checkpoint of 125 records",
    )


def test_a_forgotten_history_is_set_aside_on_record_and_the_archive_verifies(restored: Restored) -> None:
    restored.happen(100)
    restored.run()
    settled = set_it_aside(restored)
    assert settled.segments == ["000000000050-000000000090.zip", "000000000090-000000000125.zip"]
    assert restored.run().errors == []
    report = restored.audit()
    assert not report.failed
    assert report.verdicts[Check.JOIN] is Verdict.PASSED
    assert [(each.reason, each.first) for each in report.set_aside] == [("restored from the backup", 50)]
    assert report.size == report.records == restored.recorder.store.log.size()
    assert report.kinds["RECOVERY_BEGUN"] == 1
    assert lapse(restored.recorder.store.evidence.proof(), PROOF, restored.recorder.now) is None
    with pytest.raises(GatewayError, match=r"archive\.not-forked"):
        set_it_aside(restored)


def test_a_checkpoint_of_the_forgotten_history_is_explained_and_no_failure(restored: Restored) -> None:
    restored.happen(100)
    restored.run()
    set_it_aside(restored)
    restored.run()
    own = restored.forgotten
    stranger = Checkpoint(origin=own[0].origin, size=95, root=b"x" * 32)
    report = restored.audit(own)
    assert report.verdicts[Check.HISTORY] is Verdict.INDETERMINATE
    reported = {found.subject: found.reason for found in report.findings if found.check is Check.HISTORY}
    assert all("set aside on record" in reported[f"at {each.size} records"] for each in own)
    assert restored.audit([*own, stranger]).verdicts[Check.HISTORY] is Verdict.FAILED


@pytest.mark.long
@pytest.mark.parametrize("spoil", ["removed", "changed", "unexplained"])
def test_what_lies_aside_is_verified_too(restored: Restored, spoil: str) -> None:
    restored.run()
    set_it_aside(restored)
    restored.run()
    assert not restored.audit().failed
    first, last = sorted((restored.recorder.folder / "set-aside").glob("*/*.zip"))
    if spoil == "removed":
        first.unlink()
    elif spoil == "changed":
        last.write_bytes(last.read_bytes()[:-100])
    else:
        shutil.copy(first, first.with_name("000000000050-000000000070.zip"))
    assert restored.audit().failed


def test_a_move_that_was_cut_off_is_finished_by_the_act_once_more(
    restored: Restored, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored.run()
    with monkeypatch.context() as broken:
        broken.setattr(ZipFolder, "set_aside", lambda *_: die())
        with pytest.raises(KeyboardInterrupt):
            set_it_aside(restored)
    assert [error.code for error in restored.run().errors] == ["archive.forked"]
    set_it_aside(restored)
    assert restored.run().errors == []
    assert not restored.audit().failed


@pytest.mark.long
def test_an_archive_that_was_forked_by_an_earlier_version_is_told_and_mended(restored: Restored) -> None:
    """A segment of the store's tree stands behind those of the forgotten one."""
    recorder = restored.recorder
    restored.happen(100)
    place(restored)
    log = recorder.store.log
    tree = Tiles(log.size(), log.tile)
    log.keep(StoredCheckpoint(size=tree.size, note=recorder.notes.sign(tree.size, tree.root()), made_at=recorder.now))
    notes = [note for note in log.checkpoints(125, 9) if note.size == tree.size]
    before = Tiles(125, log.tile).frontier()
    recorder.zips.write(Manifest(origin=recorder.notes.name, first=125, end=tree.size, before=before), notes, log)
    assert restored.audit().verdicts[Check.JOIN] is Verdict.FAILED
    with pytest.raises(GatewayError, match=r"archive\.forked"):
        assert_one_tree(log, recorder.zips, recorder.now)
    assert len(set_it_aside(restored).segments) == 3
    assert restored.run().errors == []
    assert not restored.audit().failed
    assert restored.audit().records == log.size()


def die() -> None:
    raise KeyboardInterrupt


def test_a_rollback_of_everything_on_the_machine_is_seen_by_a_witness_although_new_records_outnumber_it(
    recorder: Recorder, tmp_path: Path
) -> None:
    """Store, state file, payloads and archive together: nothing here remembers, and the tree outgrows the witness."""
    share, machine, copy = tmp_path / "share", tmp_path / "machine", tmp_path / "snapshot"
    share.mkdir()
    recorder.store.close()
    machine.mkdir()
    shutil.move(tmp_path / "gateway.db", machine / "gateway.db")
    recorder.folder = machine / "archive"
    witness = FolderWitness("share", share)

    def opened() -> SqlStore:
        return SqlStore.open(
            f"sqlite:///{machine / 'gateway.db'}", memory_file=FingerprintFile(machine / "gateway.state")
        )

    def send() -> list[str]:
        archive(recorder.store.log, recorder.notes, recorder.zips, recorder.clock, LARGE)
        report = send_away(recorder.store.log, witness, recorder.notes.verifier, recorder.clock)
        return [error.code for error in report.errors]

    recorder.store = opened()
    happen(recorder, "before", 20)
    assert send() == []
    recorder.store.close()
    shutil.copytree(machine, copy)
    recorder.store = opened()
    happen(recorder, "forgotten", 20)
    assert send() == []
    recorder.store.close()
    shutil.rmtree(machine)
    shutil.copytree(copy, machine)
    recorder.store = opened()
    with closing(recorder.store):
        assert begin_if_rolled_back(recorder.store, recorder.now, "city") is None, "nothing on the machine remembers"
        happen(recorder, "anew", 50)
        assert send() == ["archive.forked"]
        stopped = lapse(recorder.store.evidence.proof(), PROOF, recorder.now)
        assert stopped is not None
        assert (stopped.code, stopped.where) == ("archive.forked", "share")
        act = OperatorAction(
            name="archive.set-aside", account="op", reason="the machine was rolled back", at=recorder.now
        )
        set_aside(recorder.store, recorder.store.log, recorder.zips, act, "city")
        assert lapse(recorder.store.evidence.proof(), PROOF, recorder.now) is None
        assert send() == []
    report = audit_archive(recorder.folder, recorder.trust, workers=1)
    assert not report.failed
    assert [[each.size for each in record.checkpoints] for record in report.set_aside] == [[40]]
