"""Large octets in the database: they come and go in pieces, and a fault of one piece is a fault of the payload."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import Connection, Engine, delete, event, func, insert, select, update

from adapters.storage.engine.engine import Database
from adapters.storage.payloads.segment_file_audit import Problem
from adapters.storage.schema.tables import payload, payload_piece
from adapters.storage.sql_store import SqlStore
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import LARGE, Base64Octets, joined, pieces_of
from gateway.notice.notice import sha256
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import PushedRow
from gateway.store.stored import Changes, Payload
from tests.apart import Apart

from .builders import NOW, evidence
from .conftest import Place
from .kept_documents import keep, plain

OCTETS = random.Random(1).randbytes(2 * LARGE + 9)
DIGEST = sha256(OCTETS)


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    with closing(Database(place.where)) as opened:
        yield opened


def stored(database: Database) -> list[tuple[int, int]]:
    """Return number and size of each piece."""
    columns = payload_piece.c.number, func.length(payload_piece.c.octets)
    query = select(*columns).order_by(payload_piece.c.digest, payload_piece.c.number)
    return database.read(lambda c: [(number, size) for number, size in c.execute(query)])


PIECES = [(0, LARGE), (1, LARGE), (2, 9)]


def refused(read: Callable[[], object]) -> tuple[str, str, str]:
    with pytest.raises(GatewayError) as error:
        read()
    return error.value.code, error.value.where, error.value.detail


AT = payload_piece.c.number
CHANGED = update(payload_piece).where(AT == 2).values(octets=b"otherwise")
SPOILED = {
    "changed": (CHANGED, "changed"),
    "missing at the end": (delete(payload_piece).where(AT == 2), "changed"),
    "missing in the middle": (delete(payload_piece).where(AT == 1), "changed"),
    "missing at the beginning": (delete(payload_piece).where(AT == 0), "not there"),
    "all missing": (delete(payload_piece), "not there"),
    "surplus": (insert(payload_piece).values(digest=DIGEST, number=3, octets=b"x"), "changed"),
}

AT_THE_END = "changed", "missing at the end", "surplus"
"""Faults that a reading finds which began before them: it has read the first two pieces."""


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_spoiled_piece_is_found_before_the_last_one_is_given_out(
    store: SqlStore, database: Database, spoiled: str
) -> None:
    keep(store, OCTETS)
    assert stored(database) == PIECES
    found = store.evidence.streamed([DIGEST])[DIGEST]
    begun, given = iter(pieces_of(found)), list[bytes]()
    given.append(next(begun))
    statement, how = SPOILED[spoiled]
    database.write(lambda c: c.execute(statement))
    if spoiled in AT_THE_END:
        with pytest.raises(GatewayError, match=rf"{DIGEST}.*store\.payload-missing"):
            given.extend(begun)
        last = 1 if spoiled == "missing at the end" else 2
        assert b"".join(given) == OCTETS[: last * LARGE], "the last one that is there is not given out"
    readings: list[Callable[[], object]] = [lambda: list(pieces_of(found)), lambda: bytes(found)]
    for read in (*readings, lambda: store.evidence.streamed([DIGEST]), lambda: store.evidence.payload(DIGEST)):
        assert refused(read) == ("store.payload-missing", DIGEST, how)


def test_pieces_of_another_length_than_their_row_has_are_not_given_out(store: SqlStore, database: Database) -> None:
    keep(store, OCTETS)
    for length in (1, 2 * LARGE, len(OCTETS) - 1, len(OCTETS) + 1):
        database.write(lambda c, length=length: c.execute(update(payload).values(length=length)))  # type: ignore[misc]
        assert refused(lambda: store.evidence.streamed([DIGEST])) == ("store.payload-missing", DIGEST, "changed")


@pytest.mark.parametrize("spoiled", [name for name in SPOILED if name != "changed"])
def test_an_audit_names_a_payload_that_lacks_pieces(store: SqlStore, database: Database, spoiled: str) -> None:
    keep(store, OCTETS, OCTETS + b"whole", b"small")
    problems: list[Problem] = []
    assert store.audit_payloads(problems.append).in_rows == 3
    assert not problems
    statement, _ = SPOILED[spoiled]
    if not spoiled.startswith("surplus"):
        statement = statement.where(payload_piece.c.digest == DIGEST)  # type: ignore[union-attr]
    database.write(lambda c: c.execute(statement))
    assert store.audit_payloads(problems.append).problems == 1
    how = "not there" if spoiled == "all missing" else "changed"
    assert problems == [Problem(digest=DIGEST, file=None, start=0, found=how)]


def test_a_message_with_a_spoiled_seal_names_the_seal(store: SqlStore, database: Database) -> None:
    message = framed(OCTETS)
    keep(store, OCTETS)
    store.commit(Changes(payloads=[message]))
    assert store.evidence.payload(message.digest) == b"<m>" + OCTETS + b"</m>"
    database.write(lambda c: c.execute(CHANGED))
    assert refused(lambda: store.evidence.payload(message.digest)) == ("store.payload-missing", DIGEST, "changed")


def framed(seal: bytes) -> Payload:
    frame = Frame(pieces=(b"<m>", b"</m>"), seals=(sha256(seal),))
    return Payload(digest=sha256(b"<m>" + seal + b"</m>"), octets=frame.dump(), framed=True)


@pytest.mark.parametrize("size", [1_000, 65_536, LARGE, 999_983])
def test_whatever_pieces_come_those_of_one_size_are_stored(store: SqlStore, database: Database, size: int) -> None:
    kept = Payload(digest=DIGEST, octets=Apart.of(OCTETS, size))
    for _ in range(2):
        store.commit(Changes(payloads=[kept]))
        assert stored(database) == PIECES
    assert store.evidence.payload(DIGEST) == OCTETS
    assert store.log.sizes([DIGEST]) == {DIGEST: {DIGEST: len(OCTETS)}}
    assert store.log.stored([DIGEST]) == {DIGEST: plain(OCTETS)}


def test_a_commit_that_failed_is_repeated(store: SqlStore, database: Database) -> None:
    def fail(_: Connection) -> None:
        raise GatewayError("store.unavailable")

    event.listen(Engine, "commit", fail)
    with pytest.raises(GatewayError):
        keep(store, OCTETS)
    event.remove(Engine, "commit", fail)
    assert stored(database) == []
    keep(store, OCTETS)
    assert stored(database) == PIECES
    assert store.evidence.payload(DIGEST) == OCTETS


def test_octets_that_stand_in_one_row_stay_there(store: SqlStore, database: Database) -> None:
    """Rows of earlier versions have large octets, too."""
    row = {"digest": DIGEST, "framed": False, "octets": OCTETS}
    database.write(lambda c: c.execute(insert(payload).values(**row)))
    keep(store, OCTETS)
    assert stored(database) == []
    assert store.evidence.streamed([DIGEST]) == {DIGEST: OCTETS}
    assert store.evidence.payload(DIGEST) == OCTETS


@contextmanager
def transactions() -> Iterator[list[str]]:
    """Note how transactions begin and end while the block runs."""
    noted: list[str] = []
    listeners = {name: lambda _, name=name: noted.append(name) for name in ("begin", "commit", "rollback")}
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        yield noted
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)


def test_no_transaction_is_open_between_two_pieces(store: SqlStore) -> None:
    keep(store, OCTETS)
    found = store.evidence.streamed([DIGEST])[DIGEST]
    with transactions() as noted:
        for _ in pieces_of(found):
            assert noted[-2:] == ["begin", "commit"]
        assert noted == ["begin", "commit"] * 4, "one reads on, and finds the end"


def test_a_commit_reads_a_seal_through_its_own_connection(store: SqlStore) -> None:
    """Were it another one, as many commits as there are connections would wait for each other."""
    keep(store, OCTETS)
    message = joined([b"message:", Base64Octets(store.evidence.streamed([DIGEST])[DIGEST])])
    octets = bytes(message)
    with transactions() as counted:
        store.commit(Changes(payloads=[Payload(digest=sha256(octets), octets=message)]))
    assert counted == ["begin", "commit"]
    assert store.evidence.payload(sha256(octets)) == octets


def test_a_seal_that_is_spoiled_while_its_message_is_recorded_stops_the_commit(
    store: SqlStore, database: Database
) -> None:
    keep(store, OCTETS)
    seal = store.evidence.streamed([DIGEST])[DIGEST]
    message = joined([b"message:", seal])
    kept = Payload(digest=sha256(bytes(message)), octets=message)
    database.write(lambda c: c.execute(CHANGED))
    assert refused(lambda: store.commit(Changes(payloads=[kept]))) == ("store.payload-missing", DIGEST, "changed")
    assert len(stored(database)) == len(PIECES)


def test_a_purge_leaves_no_piece(store: SqlStore, database: Database) -> None:
    first = evidence("act:1", payload=OCTETS)
    deletion = evidence("deletion:1", kind=EvidenceKind.PAYLOAD_DELETED, payload=b"{}")
    told = Deletion(rule="messages", payload_days=1, at=NOW, digests=[DIGEST])
    papers = [plain(OCTETS), plain(b"{}")]
    store.commit(Changes(evidence=[first, deletion], payloads=papers, deletions=[(deletion.id, told)]))
    store.log.place(9)
    assert store.retention.forget([DIGEST], 2, NOW) == 1
    assert stored(database) == []
    assert refused(lambda: store.evidence.payload(DIGEST))[0] == "retention.deleted"
    store.commit(Changes(payloads=papers[:1]))
    assert store.evidence.payload(DIGEST) == OCTETS, "it came again"


def test_a_replaced_document_leaves_no_piece(store: SqlStore, database: Database) -> None:
    for version, paper in ((1, OCTETS), (2, b"short")):
        row = PushedRow(key="1", version=version, fields={"paper": paper})
        store.inbox.push("cases", [row], origin="city", now=NOW)
        [mark] = store.inbox.marks("cases", 0, 9)
        [found] = store.inbox.rows("cases", [mark.key])
        assert found.fields["paper"] == paper
        assert stored(database) == (PIECES if paper == OCTETS else [])
