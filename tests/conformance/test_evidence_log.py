"""The log of evidence: each record has one place, whoever gave it; the tree is that of the records in their order."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.evidence.evidence_log import EvidenceLog, StoredCheckpoint
from gateway.merkle import tree as merkle
from gateway.merkle.tiles import Tiles
from gateway.merkle.tree import Frontier
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord
from gateway.store.stored import Changes

from .builders import admit, at, entry, evidence
from .conftest import Place


@pytest.fixture
def log(store: SqlStore) -> EvidenceLog:
    return store.log


def write(store: SqlStore, first: int, count: int) -> list[EvidenceRecord]:
    records = [evidence(f"record:{number:04d}") for number in range(first, first + count)]
    store.commit(Changes(evidence=records))
    return records


def root_of(records: Sequence[EvidenceRecord]) -> bytes:
    return Frontier().extend(record.leaf_hash for record in records).root()


def tree(log: EvidenceLog) -> Tiles:
    return Tiles(log.size(), log.tile)


def test_an_empty_log(log: EvidenceLog) -> None:
    assert (log.place(9), log.size(), log.leaves(0, 9), log.last_checkpoint()) == (0, 0, [], None)
    assert tree(log).root() == merkle.EMPTY_ROOT


def test_records_get_their_places_in_batches(store: SqlStore, log: EvidenceLog) -> None:
    records = write(store, 0, 600)
    assert [log.place(250) for _ in range(4)] == [250, 250, 100, 0]
    assert log.size() == 600
    assert tree(log).root() == root_of(records)
    records += write(store, 600, 10)
    assert log.place(1000) == 10
    assert tree(log).root() == root_of(records)
    assert [leaf.header for leaf in log.leaves(0, 1000)] == [record.header for record in records]
    assert [leaf.index for leaf in log.leaves(598, 5)] == [598, 599, 600, 601, 602]
    assert log.leaves(598, 1)[0].payload_digest == records[598].payload_digest


def test_what_a_message_carried(store: SqlStore, log: EvidenceLog) -> None:
    one, two = admit(store, entry(1), entry(2))
    messages = [evidence(f"sent:{name}", kind=EvidenceKind.MESSAGE_SENT) for name in ("both", "one")]
    carried = {"sent:both": [one.reference, two.reference], "sent:one": [one.reference]}
    store.commit(Changes(evidence=messages, message_notices=carried))
    assert log.carried(["sent:both", "sent:one", f"seal:{one.reference}", "sent:unknown"]) == {
        "sent:both": {one.reference, two.reference},
        "sent:one": {one.reference},
    }
    assert log.carried([]) == {}


def test_a_record_is_found_by_its_id_and_proven(store: SqlStore, log: EvidenceLog) -> None:
    records = write(store, 0, 300)
    assert log.index_of(records[7].id) is None
    log.place(1000)
    assert log.index_of(records[7].id) == 7
    assert log.index_of("record:none") is None
    tiles = tree(log)
    path = merkle.inclusion_path(7, tiles.size, tiles.node)
    assert merkle.root_from_inclusion(records[7].leaf_hash, 7, tiles.size, path) == root_of(records)


def test_what_has_a_place_keeps_it(store: SqlStore, log: EvidenceLog) -> None:
    records = write(store, 0, 3)
    log.place(1000)
    store.commit(Changes(evidence=records))
    log.place(1000)
    assert (log.size(), [leaf.index for leaf in log.leaves(0, 9)]) == (3, [0, 1, 2])


def test_those_who_give_places_at_once_take_turns(store: SqlStore, place: Place) -> None:
    records = write(store, 0, 400)
    stores = [place.open() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        placed = list(pool.map(lambda number: stores[number % 4].log.place(10), range(60)))
    for each in stores:
        each.close()
    assert sum(placed) == 400
    assert [leaf.index for leaf in store.log.leaves(0, 1000)] == list(range(400))
    by_id = {record.header: record for record in records}
    in_order = [by_id[leaf.header] for leaf in store.log.leaves(0, 1000)]
    assert tree(store.log).root() == root_of(in_order)


def test_a_tree_that_was_looked_at_stays_while_the_log_grows(store: SqlStore, log: EvidenceLog) -> None:
    records = write(store, 0, 300)
    log.place(1000)
    before = Tiles(log.size(), log.tile)
    write(store, 300, 300)
    log.place(1000)
    assert before.root() == root_of(records)
    after = tree(log)
    path = merkle.consistency_path(300, 600, after.node)
    assert merkle.is_consistent(300, before.root(), 600, after.root(), path)


def test_checkpoints_are_kept_once_for_each_size(log: EvidenceLog) -> None:
    first, second = (
        StoredCheckpoint(size=size, note=f"note {size}".encode(), made_at=at(minutes=size)) for size in (3, 7)
    )
    log.keep(second)
    log.keep(first)
    log.keep(StoredCheckpoint(size=7, note=b"another", made_at=at(hours=9)))
    assert log.last_checkpoint() == second
    assert log.checkpoints(0, 9) == [first, second]
    assert log.checkpoints(3, 9) == [second]
    assert log.checkpoints(0, 1) == [first]
    log.stamp(7, b"token")
    assert log.checkpoints(0, 1, stamped=True) == [replace(second, token=b"token")]
    assert log.checkpoints(7, 9, stamped=True) == []
