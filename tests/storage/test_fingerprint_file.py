"""A small file holds the machine's memory of the store; without a memory nothing is sent."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.storage.fingerprint_file import REMEMBERED, SELDOM_SECONDS, FingerprintFile
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import advance
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.store_fingerprint import Cause, Recovery, StoreFingerprint, compare
from gateway.store.stored import Changes
from tests.conformance.builders import LEASE, NOW, admit, at, entry, evidence
from tests.databases import sqlite_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.state"


@pytest.fixture
def store(path: Path, tmp_path: Path) -> Iterator[SqlStore]:
    with sqlite_file(tmp_path) as url:
        opened = SqlStore.open(url, memory_file=FingerprintFile(path))
        yield opened
        opened.close()


def test_what_was_noted_last_is_remembered(path: Path) -> None:
    for number in range(REMEMBERED + 3):
        FingerprintFile(path).note("e1", [f"sent:{number}"])
    fingerprint = FingerprintFile(path).recall()
    assert fingerprint is not None
    assert fingerprint.records == tuple(f"sent:{number}" for number in range(3, REMEMBERED + 3))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name], "nothing half written beside it"


def test_a_message_that_was_not_recorded_is_not_remembered(store: SqlStore, path: Path) -> None:
    """Its claim was over: the store would count as restored."""
    [present] = admit(store, entry(1))
    lost = advance(present, DeliveryEvent.CLAIM, now=NOW, lease_owner="one", lease_until=NOW + LEASE).after
    assert store.commit(Changes(evidence=[evidence("sent:1")], submits=[lost])) == {lost.reference}
    fingerprint = FingerprintFile(path).recall()
    assert fingerprint is None or "sent:1" not in fingerprint.records
    assert store.recovery.forgetting() is None


def test_another_epoch_begins_a_new_memory(path: Path) -> None:
    memory_file = FingerprintFile(path)
    memory_file.note("e1", ["sent:1"])
    memory_file.note("e2", ["sent:2"])
    assert memory_file.recall() == StoreFingerprint(epoch="e2", records=("sent:2",))


def test_several_writers_lose_nothing_of_each_other(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: FingerprintFile(path).note("e1", [f"sent:{number}"]), range(REMEMBERED)))
    fingerprint = FingerprintFile(path).recall()
    assert fingerprint is not None
    assert set(fingerprint.records) == {f"sent:{number}" for number in range(REMEMBERED)}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"epoch": "e"}', '{"epoch": 1, "records": []}', '{"epoch": "e", "records": [1]}']
)
def test_a_broken_memory_is_refused_and_left_alone(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    for ask in (FingerprintFile(path).recall, lambda: FingerprintFile(path).note("e", ["sent:1"])):
        with pytest.raises(GatewayError) as error:
            ask()
        assert error.value.code == "recovery.memory"
    assert path.read_text(encoding="utf-8") == content


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    memory_file = FingerprintFile(tmp_path / "gone" / "gateway.state")
    assert memory_file.recall() is None
    for ask in (lambda: memory_file.note("e", ["sent:1"]), memory_file.assert_writable):
        with pytest.raises(GatewayError, match=r"recovery\.memory"):
            ask()


def test_that_it_can_be_written_is_tried_without_a_trace(path: Path) -> None:
    FingerprintFile(path).assert_writable()
    assert list(path.parent.iterdir()) == []


def test_a_message_that_cannot_be_noted_is_not_sent(store: SqlStore, path: Path) -> None:
    path.write_text("broken", encoding="utf-8")
    with pytest.raises(GatewayError, match=r"recovery\.memory"):
        store.commit(Changes(evidence=[evidence("sent:1", kind=EvidenceKind.MESSAGE_SENT)]))
    assert store.evidence.record("sent:1") is None


def test_a_message_whose_commit_was_stale_is_not_noted(store: SqlStore, path: Path) -> None:
    """It stands in no record, so a machine that remembered it would take the store for an older one."""
    message = evidence("courtesy:1", kind=EvidenceKind.COURTESY_MESSAGE)
    stale = recovery(epoch="e2", replaced="never was", evidence_id="recovery:1")
    assert store.commit(Changes(recovery=stale, evidence=[message], all_or_nothing=True)) == {"e2"}
    assert store.evidence.record("courtesy:1") is None
    assert FingerprintFile(path).recall() is None
    assert store.recovery.forgetting() is None


def test_what_others_wrote_is_noted_once_in_a_while(
    store: SqlStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("adapters.storage.fingerprint_file.time.monotonic", lambda: now[0])
    assert store.recovery.forgetting() is None
    for number in range(3):
        store.commit(Changes(evidence=[evidence(f"receipt:{number}")]))
        assert store.recovery.forgetting() is None
    now[0] += SELDOM_SECONDS
    store.recovery.forgetting()
    fingerprint = FingerprintFile(path).recall()
    assert fingerprint is not None
    assert fingerprint.records == ("receipt:0", "receipt:2")


def recovery(**fields: str) -> Recovery:
    known = {"epoch": "e2", "replaced": "e1", "remembered": None, "evidence_id": "r"}
    return Recovery(since=NOW, cause=Cause.WENT_BACK, **(known | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fingerprint", "epoch", "recoveries", "cause"),
    [
        (StoreFingerprint(epoch="e1", records=("a", "b")), "e1", [], None),
        (StoreFingerprint(epoch="e1", records=("a", "lost")), "e1", [], Cause.WENT_BACK),
        (StoreFingerprint(epoch="e1", records=("a",)), "other", [], Cause.ANOTHER_STORE),
        (StoreFingerprint(epoch="e1", records=("lost",)), "e2", [recovery()], None),
        (StoreFingerprint(epoch="e3", records=("lost",)), "e2", [recovery(remembered="e3")], None),
        (StoreFingerprint(epoch="e3", records=("lost",)), "e2", [recovery()], Cause.ANOTHER_STORE),
        (StoreFingerprint(epoch="e2", records=("lost",)), "e2", [recovery()], Cause.WENT_BACK),
    ],
)
def test_a_store_is_compared_with_what_is_remembered(
    fingerprint: StoreFingerprint, epoch: str, recoveries: list[Recovery], cause: Cause | None
) -> None:
    found = compare(fingerprint, epoch, {"a", "b"}, recoveries)
    assert (found and found.cause) == cause


def test_a_recovery_is_begun_once_and_may_be_written_twice(store: SqlStore) -> None:
    first = recovery(epoch="e2", replaced=store.recovery.epoch, evidence_id="recovery:1")
    changes = Changes(recovery=first, evidence=[evidence("recovery:1")], all_or_nothing=True)
    assert store.commit(changes) == frozenset()
    assert store.commit(changes) == frozenset(), "a lost answer to COMMIT may be a commit"
    late = Changes(
        recovery=recovery(epoch="e3", replaced=first.replaced, evidence_id="recovery:2"),
        evidence=[evidence("recovery:2")],
        all_or_nothing=True,
    )
    assert store.commit(late) == {"e3"}
    assert store.evidence.record("recovery:2") is None
    assert store.recovery.all() == [first]
    assert store.recovery.epoch == "e2"


def test_the_end_of_a_recovery_leaves_a_later_one_alone(store: SqlStore) -> None:
    first = recovery(epoch="e2", replaced=store.recovery.epoch, evidence_id="recovery:1")
    later = Recovery(
        epoch="e3", replaced="e2", remembered=None, since=at(hours=1), cause=Cause.PERSON, evidence_id="recovery:2"
    )
    for each in (first, later):
        store.commit(Changes(recovery=each, evidence=[evidence(each.evidence_id)]))
    ended = {"ended_at": at(hours=2), "ended_by": "act:end"}
    fields = {
        name: getattr(first, name) for name in ("epoch", "replaced", "remembered", "since", "cause", "evidence_id")
    }
    store.commit(Changes(recovery=Recovery(**fields, **ended), evidence=[evidence("act:end")]))  # type: ignore[arg-type]
    assert [each.ended_at for each in store.recovery.all()] == [at(hours=2), None]
