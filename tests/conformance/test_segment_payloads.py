"""Payloads in segment files: what a disk, a crash and another process do to them."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from adapters.storage.payloads import segment_file
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import LARGE, pieces_of
from gateway.notice.notice import sha256
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Payload

from .builders import NOW, evidence
from .conftest import Place
from .kept_documents import keep, plain

pytestmark = pytest.mark.long


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "payloads"


@pytest.fixture
def store(place: Place, folder: Path) -> Iterator[SqlStore]:
    """A store that keeps octets in segment files."""
    opened = SqlStore.open(place.where, SegmentPayloads(folder))
    yield opened
    opened.close()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.segment"))


def records(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [record.payload.octets for record in segment_file.walk(file)]


def test_the_row_names_octets_that_the_disk_holds(
    store: SqlStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for a commit's payloads, twice more for a new folder and a new file, and all before the first INSERT."""
    done: list[str] = []
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        done.append("sync of " + Path(os.readlink(f"/proc/self/fd/{descriptor}")).suffix)
        sync(descriptor)

    def execute(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        done.append(statement.split()[0])

    monkeypatch.setattr(os, "fsync", fsync)
    event.listen(Engine, "before_cursor_execute", execute)
    keep(store, b"1", b"2")
    keep(store, b"3", b"4", b"5")
    event.remove(Engine, "before_cursor_execute", execute)
    syncs = [each for each in done if each.startswith("sync") or each == "INSERT"]
    assert syncs == ["sync of ", "sync of .segment", "sync of ", "INSERT", "sync of .segment", "INSERT"]


def test_a_segment_is_its_owners_alone(store: SqlStore, folder: Path) -> None:
    keep(store, b"document")
    assert [path.stat().st_mode & 0o777 for path in (folder, *files(folder))] == [0o700, 0o600]


def test_what_comes_again_is_not_kept_again(store: SqlStore, folder: Path) -> None:
    for _ in range(3):
        keep(store, b"same", b"same")
    assert [records(path) for path in files(folder)] == [[b"same"]]


def test_a_full_segment_is_followed_by_another(place: Place, folder: Path) -> None:
    store = SqlStore.open(place.where, SegmentPayloads(folder, roll_over=1000))
    documents = [bytes([n]) * 400 for n in range(6)]
    for octets in documents:
        keep(store, octets)
    assert sorted(len(records(path)) for path in files(folder)) == [2, 2, 2]
    assert list(store.evidence.payloads([sha256(octets) for octets in documents]).values()) == documents
    store.close()


def keep_many(place: Place, folder: Path, first: int) -> None:
    store = SqlStore.open(place.where, SegmentPayloads(folder))
    for number in range(first, first + 10):
        keep(store, b"shared", f"{number}".encode())
    store.close()


@pytest.mark.exhaustive(keep=1)
def test_processes_share_a_folder(place: Place, store: SqlStore, folder: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    children = [spawn.Process(target=keep_many, args=(place, folder, first)) for first in (0, 10, 20)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    everything = [b"shared", *(f"{number}".encode() for number in range(30))]
    assert list(store.evidence.payloads([sha256(octets) for octets in everything]).values()) == everything
    assert len(files(folder)) == 3


def test_a_forked_process_writes_a_file_of_its_own(
    store: SqlStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, b"parent")
    monkeypatch.setattr(os, "getpid", lambda: -1)
    keep(store, b"child")
    assert sorted(map(records, files(folder))) == [[b"child"], [b"parent"]]


def write_and_die(place: Place, folder: Path, octets: bytes) -> None:
    """Keep one document, and die when half of the next one's octets are written."""
    store = SqlStore.open(place.where, SegmentPayloads(folder))
    keep(store, b"kept")
    write = os.write

    def half(descriptor: int, data: memoryview) -> int:
        if len(data) < len(octets):
            return write(descriptor, data)
        write(descriptor, data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    os.write = half  # type: ignore[assignment]
    keep(store, octets)


@pytest.mark.exhaustive(keep=1)
def test_what_a_killed_process_left_is_never_touched(place: Place, store: SqlStore, folder: Path) -> None:
    octets = random.Random(1).randbytes(7 * 1024 * 1024)
    child = multiprocessing.get_context("spawn").Process(target=write_and_die, args=(place, folder, octets))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    [torn] = files(folder)
    left = torn.read_bytes()
    assert len(left) > 3 * 1024 * 1024
    assert records(torn) == [b"kept"]

    with pytest.raises(GatewayError, match=r"store\.payload-missing"):
        store.evidence.payload(sha256(octets))
    keep(store, octets)
    assert store.evidence.payload(sha256(octets)) == octets
    assert store.evidence.payload(sha256(b"kept")) == b"kept"
    assert torn.read_bytes() == left
    assert len(files(folder)) == 2


@pytest.mark.parametrize("cut", range(0, 140, 7))
def test_a_torn_tail_is_recognised_wherever_it_was_torn(store: SqlStore, folder: Path, cut: int) -> None:
    keep(store, b"first")
    [path] = files(folder)
    whole = path.stat().st_size
    keep(store, b"second" * 5)
    os.truncate(path, min(whole + cut, path.stat().st_size - 1))
    assert records(path) == [b"first"]


@contextmanager
def file_size_limit(octets: int) -> Iterator[None]:
    """A disk that is full: a write that reaches the limit is cut short, and the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def keep_on_a_full_disk(place: Place, folder: Path) -> None:
    """In a process of its own, whose files cannot grow."""
    store = SqlStore.open(place.where, SegmentPayloads(folder))
    keep(store, b"kept")
    for _ in range(3):
        with file_size_limit(100_000), pytest.raises(GatewayError) as error:
            store.commit(Changes(payloads=[plain(b"small"), plain(bytes(1_000_000))], cursors={"source:cases": "1"}))
        assert (error.value.code, error.value.where) == ("store.full", str(folder))
        assert error.value.detail == os.strerror(errno.EFBIG)
    assert store.rows.cursor("source:cases") is None
    keep(store, b"small", bytes(1_000_000))
    store.close()


@pytest.mark.exhaustive(keep=1)
def test_a_full_disk_is_named_and_nothing_is_half_kept(place: Place, store: SqlStore, folder: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=keep_on_a_full_disk, args=(place, folder))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert store.evidence.payload(sha256(bytes(1_000_000))) == bytes(1_000_000)
    # The file that was good before keeps its torn tail; those that never held anything are gone.
    assert sorted(map(records, files(folder))) == [[b"kept", b"small"], [b"small", bytes(1_000_000)]]


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_disk_that_failed_once_is_not_trusted_with_the_same_file(
    store: SqlStore, folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    keep(store, b"first")

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, fail)
        with pytest.raises(GatewayError, match="Input/output error") as error:
            keep(store, b"second")
    assert error.value.code == "store.payload-folder"
    keep(store, b"second")
    assert len(files(folder)) == 2
    assert store.evidence.payload(sha256(b"second")) == b"second"


def test_a_folder_that_cannot_be_is_named(place: Place, folder: Path) -> None:
    folder.write_text("a letter to the mayor")
    store = SqlStore.open(place.where, SegmentPayloads(folder))
    for attempt in (lambda: keep(store, b"document"), SegmentPayloads(folder).check):
        with pytest.raises(GatewayError) as error:
            attempt()
        assert (error.value.code, error.value.where) == ("store.payload-folder", str(folder))
    store.close()


def test_trying_leaves_nothing(folder: Path) -> None:
    assert SegmentPayloads(folder).check().startswith(f"{folder}: room for ")
    assert list(folder.iterdir()) == []


def test_a_file_that_is_gone_or_changed_is_named(store: SqlStore, folder: Path) -> None:
    message = b"<m>seal</m>"
    frame = Frame(pieces=(b"<m>", b"</m>"), seals=(sha256(b"seal"),))
    keep(store, b"seal")
    [path] = files(folder)
    store.close()
    store.commit(Changes(payloads=[Payload(digest=sha256(message), octets=frame.dump(), framed=True)]))

    def refused(wanted: bytes) -> tuple[str, str, str]:
        with pytest.raises(GatewayError) as error:
            store.evidence.payload(sha256(wanted))
        return error.value.code, error.value.where, error.value.detail

    good = path.read_bytes()
    for octets in (good.replace(b"seal\n", b"soil\n"), good[:-3], b""):
        path.write_bytes(octets)
        for wanted in (b"seal", message):
            assert refused(wanted) == ("store.payload-missing", sha256(b"seal"), f"changed: {path}")
    path.unlink()
    for wanted in (b"seal", message):
        assert refused(wanted) == ("store.payload-missing", sha256(b"seal"), f"not there: {path}")
    path.mkdir()
    assert refused(b"seal")[0] == "store.payload-folder"


def test_a_file_that_changes_while_large_octets_are_read_is_named(store: SqlStore, folder: Path) -> None:
    octets = random.Random(1).randbytes(2 * LARGE)
    digest = sha256(octets)
    keep(store, octets)
    [path] = files(folder)
    found = store.evidence.streamed([digest])[digest]

    def refused(read: Callable[[], object]) -> tuple[str, str, str]:
        with pytest.raises(GatewayError) as error:
            read()
        return error.value.code, error.value.where, error.value.detail

    readings = (lambda: list(pieces_of(found)), lambda: bytes(found))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(octets[-9:], b"otherwise"))
    reader = iter(pieces_of(found))
    assert next(reader) == octets[:LARGE], "the last piece is not given out"
    for read in (lambda: next(reader), *readings, lambda: store.evidence.streamed([digest])):
        assert refused(read) == ("store.payload-missing", digest, f"changed: {path}")
    path.write_bytes(whole)
    reader = iter(pieces_of(found))
    assert next(reader) == octets[:LARGE]
    os.truncate(path, path.stat().st_size - LARGE)
    for read in (lambda: list(reader), *readings, lambda: store.evidence.streamed([digest])):
        assert refused(read) == ("store.payload-missing", digest, f"changed: {path}")
    path.unlink()
    for read in (*readings, lambda: store.evidence.streamed([digest])):
        assert refused(read) == ("store.payload-missing", digest, f"not there: {path}")
    path.mkdir()
    for read in readings:
        assert refused(read)[0] == "store.payload-folder"


def test_a_stranger_reads_a_segment_by_the_page(store: SqlStore, folder: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/operate/payloads.md").read_text(encoding="utf-8")
    [script] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    frame = Payload(digest=sha256(b"<ask/>"), octets=Frame(pieces=(b"<ask/>",), seals=()).dump(), framed=True)
    store.commit(Changes(payloads=[plain(b"test"), plain(b"\n\x00\n"), frame, plain(b"")]))
    [path] = files(folder)

    def read() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=False)

    assert [line.split()[1:] for line in read().stdout.splitlines()] == [
        ["plain", "4"],
        ["plain", "3"],
        ["frame", str(len(frame.octets))],
        ["plain", "0"],
    ]
    assert path.read_text(encoding="utf-8").splitlines()[1][-8:] in page  # the page's example is this record
    path.write_bytes(path.read_bytes().replace(b"test", b"text"))
    assert "AssertionError" in read().stderr


def test_octets_that_a_purge_removes_after_the_question_are_stored_again(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit asks first for the octets that are known, and writes its rows later. A purge may work in between."""
    first = evidence("act:1", payload=b"<message/>")
    deletion = evidence("deletion:1", kind=EvidenceKind.PAYLOAD_DELETED, payload=b"{}")
    told = Deletion(rule="messages", payload_days=1, at=NOW, digests=[first.payload_digest])
    papers = [plain(b"<message/>"), plain(b"{}")]
    store.commit(Changes(evidence=[first, deletion], payloads=papers, deletions=[(deletion.id, told)]))
    store.log.place(9)
    keep_octets = SegmentPayloads.keep

    def purging(payloads: SegmentPayloads, *given: Any) -> Any:
        rows = keep_octets(payloads, *given)
        assert store.retention.forget([first.payload_digest], 2, NOW) == 1
        return rows

    monkeypatch.setattr(SegmentPayloads, "keep", purging)
    again = evidence("act:2", payload=b"<message/>")
    store.commit(Changes(evidence=[again], payloads=papers[:1]))
    assert store.evidence.payload(again.payload_digest) == b"<message/>"
