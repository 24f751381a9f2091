"""Search of records, and the proofs over each day, on every database."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from adapters.storage.records import evidence_finder
from adapters.storage.sql_store import SqlStore
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.evidence.evidence_query import EvidenceQuery, FoundRecords
from gateway.record.evidence_record import EvidenceKind
from gateway.store.stored import Changes

from .builders import NOW, at, evidence

pytestmark = pytest.mark.exhaustive(draw=["place"])

DAY = date(2026, 2, 3)
"""The day of `NOW` in Tehran."""


def keep(store: SqlStore, *numbers: int, kind: EvidenceKind = EvidenceKind.RECEIPT, days: int = 0) -> None:
    for number in numbers:
        made = evidence(f"{kind}:{number:04d}", kind=kind, recorded_at=at(days=days, minutes=number))
        store.commit(Changes(evidence=[made]))


def ids(found: FoundRecords) -> list[str]:
    return [each.row.id for each in found.records]


def test_pages_go_from_the_newest_to_the_oldest(store: SqlStore) -> None:
    keep(store, *range(5))
    first = store.records.find(EvidenceQuery(), None, 2)
    second = store.records.find(EvidenceQuery(), first.next, 2)
    third = store.records.find(EvidenceQuery(), second.next, 2)
    assert ids(first) + ids(second) + ids(third) == [f"RECEIPT:{number:04d}" for number in (4, 3, 2, 1, 0)]
    assert third.next is None


def test_kinds_and_times_limit_a_search(store: SqlStore) -> None:
    keep(store, 1, 2)
    keep(store, 3, kind=EvidenceKind.PERSON_ACT, days=1)
    keep(store, 4, days=2)
    acts = EvidenceQuery(kinds=frozenset({EvidenceKind.PERSON_ACT}))
    assert ids(store.records.find(acts, None, 10)) == ["PERSON_ACT:0003"]
    assert ids(store.records.find(EvidenceQuery(begins=at(days=1), ends=at(days=2)), None, 10)) == ["PERSON_ACT:0003"]
    assert ids(store.records.find(EvidenceQuery(ends=at(hours=1)), None, 10)) == ["RECEIPT:0002", "RECEIPT:0001"]
    assert ids(store.records.find(EvidenceQuery(notice="EB-NOBODY"), None, 10)) == []


def test_one_search_looks_at_a_bounded_number_of_records(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search for a frequent kind goes on from where it stopped, and ends at the first record."""
    monkeypatch.setattr(evidence_finder, "LOOKED_AT", 3)
    keep(store, 0, kind=EvidenceKind.SEALED_NOTICE)
    keep(store, *range(1, 8))
    seals = EvidenceQuery(kinds=frozenset({EvidenceKind.SEALED_NOTICE}))
    before, pages = None, list[list[str]]()
    while True:
        found = store.records.find(seals, before, 10)
        pages.append(ids(found))
        if (before := found.next) is None:
            break
    assert pages == [[], [], ["SEALED_NOTICE:0000"]]


def test_days_have_their_records_and_proofs(store: SqlStore) -> None:
    """A day's first and last record, each with the first checkpoint over it, the first stamped one, and witnesses."""
    keep(store, 0, 1)
    keep(store, 2, 3, days=2)
    store.log.place(3)
    store.log.keep(StoredCheckpoint(size=1, note=b"note", made_at=at(hours=1)))
    store.log.keep(StoredCheckpoint(size=2, note=b"note", made_at=at(hours=2), token=b"token"))
    store.log.accepted("council", 1, NOW)
    first, empty, last = store.records.days(DAY, DAY + timedelta(days=2))
    assert [each.records for each in (first, empty, last)] == [2, 0, 2]
    begun, ended = first.edges
    assert (begun.index, begun.sealed_at, begun.stamped_at) == (0, at(hours=1), at(hours=2))
    assert (ended.index, ended.sealed_at, ended.stamped_at) == (1, at(hours=2), at(hours=2))
    assert (begun.witnesses, ended.witnesses) == (frozenset({"council"}), frozenset())
    assert empty.edges == []
    assert [each.index for each in last.edges] == [2, None]
    assert last.edges[0].sealed_at is None


def test_records_of_a_clock_that_was_ahead_hide_no_others(store: SqlStore) -> None:
    """For half of an hour every other record came from a machine whose clock was hours ahead, beyond midnight."""
    ahead = [number % 2 == 0 and 1000 <= number < 2000 for number in range(4000)]
    made = [at(seconds=number, hours=20 * is_ahead) for number, is_ahead in enumerate(ahead)]
    store.commit(Changes(evidence=[evidence(f"{n:04d}", recorded_at=time) for n, time in enumerate(made)]))
    query = EvidenceQuery(begins=NOW, ends=at(seconds=3500))
    found = store.records.find(query, None, 5000)
    assert ids(found) == [f"{n:04d}" for n in reversed(range(3500)) if not ahead[n]]
    assert found.next is None

    today, tomorrow = store.records.days(DAY, DAY + timedelta(days=1))
    assert (today.records, tomorrow.records) == (3500, 500)
    assert [edge.recorded_at for edge in today.edges] == [made[0], made[3999]]
    assert [edge.recorded_at for edge in tomorrow.edges] == [made[1000], made[1998]]


@pytest.mark.parametrize("seed", range(4))
def test_pages_hold_each_record_once_whatever_its_time(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(evidence_finder, "LOOKED_AT", 7)
    chance = random.Random(seed)
    kinds = [EvidenceKind.RECEIPT, EvidenceKind.SEALED_NOTICE, EvidenceKind.PERSON_ACT]
    kept = [
        evidence(f"{number:03d}", kind=chance.choice(kinds), recorded_at=at(hours=chance.randrange(48)))
        for number in range(chance.choice([0, 1, 7, 90]))
    ]
    store.commit(Changes(evidence=kept))
    newest = sorted(kept, key=lambda each: (each.recorded_at, each.id), reverse=True)
    for _ in range(20):
        asked = frozenset(chance.sample(kinds, chance.randrange(3)))
        begins, ends = (chance.choice([None, at(hours=chance.randrange(-1, 50))]) for _ in range(2))
        query = EvidenceQuery(kinds=asked, begins=begins, ends=ends)
        found, before = list[str](), None
        while True:
            page = store.records.find(query, before, 5)
            found += ids(page)
            if (before := page.next) is None:
                break
        assert found == [
            each.id
            for each in newest
            if (not asked or each.kind in asked)
            and (begins is None or begins <= each.recorded_at)
            and (ends is None or each.recorded_at < ends)
        ]


def test_no_page_is_before_the_first_record(store: SqlStore) -> None:
    keep(store, 1)
    assert store.records.find(EvidenceQuery(), 0, 10) == FoundRecords(records=[], next=None)


def test_a_checkpoint_covers_a_place(store: SqlStore) -> None:
    keep(store, *range(4))
    store.log.place(4)
    store.log.keep(StoredCheckpoint(size=2, note=b"a", made_at=NOW))
    store.log.keep(StoredCheckpoint(size=4, note=b"b", made_at=NOW, token=b"token"))
    sizes = [found.size for index in range(4) if (found := store.records.covering(index)) is not None]
    assert sizes == [2, 2, 4, 4]
    stamped = store.records.covering(0, stamped=True)
    assert stamped is not None
    assert stamped.size == 4
    assert store.records.covering(4) is None
    assert [each.size for each in store.records.checkpoints(None, 5)] == [4, 2]
    assert [each.size for each in store.records.checkpoints(4, 5)] == [2]


def test_one_record_is_found_by_its_id(store: SqlStore) -> None:
    keep(store, 7)
    found = store.records.position("RECEIPT:0007")
    assert found is not None
    assert (found.index, found.row.kind) == (None, EvidenceKind.RECEIPT)
    assert store.records.position("nobody") is None
