"""The store knows a case database's rows: the notices that they stood for, and their refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.store.inbox import PushedRow
from gateway.store.store import Store
from gateway.store.stored import Changes

from .builders import NOW, admission, admit, at, claim, entry, intake, mark, receipt, receipt_batch, refusal
from .conftest import Place
from .test_acts_at_once import at_once


def test_a_row_may_have_stood_for_several_notices(store: Store) -> None:
    """They come in the order in which they were recorded: the clock of the first one may have been ahead."""
    first, second = entry(1, row_key="row-7", admitted_at=at(hours=1)), entry(2, row_key="row-7", replaces="EB-1")
    admit(store, first, entry(3, row_key="row-8"), entry(4, row_key="row-7", source="elsewhere"))
    admit(store, second)
    store.inbox.push("cases", [PushedRow(key="row-7", version=1, fields={})], origin="test", now=at())
    assert store.inbox.verdicts("cases", ["row-7"])["row-7"].reference == second.reference
    found = store.notices.known_rows("cases", ["row-7", "row-9"])
    assert {key: [known.reference for known in notices] for key, notices in found.items()} == {
        "row-7": [first.reference, second.reference]
    }
    assert store.notices.entries([second.reference])[second.reference].replaces == "EB-1"


def test_refused_rows_are_found_by_their_codes_in_pages(store: Store) -> None:
    kinds = [refusal(n, code="notice.kind") for n in range(1, 6)]
    store.commit(Changes(refusals=[*kinds, refusal(6), refusal(7, source="elsewhere", code="notice.kind")]))
    codes = ["notice.kind", "notice.body"]
    assert store.refusals.row_keys("cases", codes, 3, None) == ["row-1", "row-2", "row-3"]
    assert store.refusals.row_keys("cases", codes, 3, "row-3") == ["row-4", "row-5"]
    assert store.refusals.row_keys("cases", codes, 3, "row-5") == []


def test_the_same_version_may_be_refused_for_another_reason(store: Store) -> None:
    store.commit(Changes(refusals=[refusal(1)]))
    store.refusals.mark_written([refusal(1)])
    store.commit(Changes(refusals=[refusal(1, refused_at=at(hours=1))]))
    assert store.refusals.unwritten("cases", 9) == [], "the same again is nothing new"
    other = refusal(1, code="notice.seal", refused_at=at(hours=1))
    store.commit(Changes(refusals=[other]))
    assert store.refusals.unwritten("cases", 9) == [other]


def test_a_refusal_of_a_later_version_replaces_one_whose_clock_was_ahead(store: Store) -> None:
    ahead, newer = refusal(1, refused_at=at(hours=1)), refusal(1, row_version="v2", refused_at=at(minutes=1))
    store.commit(Changes(refusals=[ahead]))
    store.refusals.mark_written([ahead])
    store.commit(Changes(refusals=[newer]))
    assert store.refusals.unwritten("cases", 9) == [newer]
    store.refusals.mark_written([newer])
    assert store.refusals.unwritten("cases", 9) == []


def test_versions_that_begin_anew_are_refused_by_the_time(store: Store) -> None:
    """A case database that was restored gives lower versions."""
    before, restored = refusal(1, row_version="v9"), refusal(1, row_version="v3", refused_at=at(hours=1))
    store.commit(Changes(refusals=[before]))
    store.commit(Changes(refusals=[restored]))
    assert store.refusals.unwritten("cases", 9) == [restored]


def test_a_reason_that_came_while_another_was_written_is_still_to_be_written(store: Store) -> None:
    store.commit(Changes(refusals=[refusal(1)]))
    being_written = store.refusals.unwritten("cases", 9)
    other = refusal(1, code="notice.seal", refused_at=at(hours=1))
    store.commit(Changes(refusals=[other]))
    store.refusals.mark_written(being_written)
    assert store.refusals.unwritten("cases", 9) == [other]


def test_a_result_that_covers_a_refusal_has_it_written_again(store: Store) -> None:
    (present,) = admit(store, entry(1))
    refused = refusal(1)
    store.commit(Changes(refusals=[refused, refusal(2)]))
    store.refusals.mark_written([refused, refusal(2)])
    assert store.refusals.unwritten("cases", 9) == []
    store.outbox.mark_written([present])
    assert store.refusals.unwritten("cases", 9) == [refused]


def test_a_lifted_refusal_is_gone_and_the_notice_is_written_over_it(store: Store) -> None:
    (present,) = admit(store, entry(1))
    store.outbox.mark_written([present])
    store.commit(Changes(refusals=[refusal(1), refusal(2)]))
    for _ in range(2):
        store.commit(Changes(cleared_refusals={("cases", "row-1"): NOW, ("cases", "row-9"): NOW}))
        assert [r.row_key for r in store.refusals.unwritten("cases", 9)] == ["row-2"]
        assert [e.reference for e in store.outbox.unwritten("cases", 9)] == [present.reference]


def test_a_row_that_was_not_refused_is_not_written_again(store: Store) -> None:
    (present,) = admit(store, entry(1))
    store.outbox.mark_written([present])
    store.commit(Changes(cleared_refusals={("cases", "row-1"): NOW}))
    assert store.outbox.unwritten("cases", 9) == []


def test_rows_are_unseen_until_a_commit_names_them_in_this_version(store: Store) -> None:
    first, second, elsewhere = mark(1), mark(2), mark(1, source="elsewhere")
    assert store.rows.unseen([second, first, elsewhere]) == [second, first, elsewhere]
    for _ in range(2):
        store.commit(Changes(seen=[first, second]))
        assert store.rows.unseen([second, first, elsewhere]) == [elsewhere]
    corrected = mark(1, version="v2")
    assert store.rows.unseen([corrected, second]) == [corrected]
    store.commit(Changes(seen=[corrected]))
    assert store.rows.unseen([corrected, first]) == [first], "the present version alone is known"
    assert store.rows.unseen([]) == []


@pytest.mark.parametrize("differs", ["source", "row_key", "content_digest"])
def test_an_admission_whose_notice_another_one_brought_is_stale_and_its_row_stays_unseen(
    store: Store, differs: str
) -> None:
    admit(store, first := entry(1, source="elsewhere" if differs == "source" else "cases"))
    second = entry(1, row_key="row-7" if differs == "row_key" else "row-1")
    content = {"content_digest": "0" * 64} if differs == "content_digest" else {}
    changes = intake(second, entry(2))
    changes = replace(changes, admissions=[admission(second, **content), *changes.admissions[1:]])
    row, other = mark(1, key=second.row_key), mark(2)
    store.commit(Changes(refusals=[refusal(1, row_key=second.row_key)]))
    for _ in range(2):
        assert store.commit(replace(changes, seen=[row, other])) == {second.reference}
        assert store.rows.unseen([row, other]) == [row]
    assert store.notices.entries([first.reference]) == {first.reference: first}
    assert store.notices.known([entry(2).reference]), "the others are admitted"
    assert list(store.refusals.of_rows("cases", [second.row_key])) == [second.row_key], "and its refusal stands"


def test_an_admission_that_is_committed_again_is_not_stale(store: Store) -> None:
    changes = replace(intake(entry(1)), seen=[mark(1)])
    for _ in range(2):
        assert store.commit(changes) == frozenset()
        assert store.rows.unseen([mark(1)]) == []


def test_of_two_rows_with_one_notice_at_the_same_moment_one_is_admitted(place: Place, store: Store) -> None:
    sources = ["cases", "elsewhere"]
    rows = [mark(1, source=source) for source in sources]
    changes = [replace(intake(entry(1, source=row.source)), seen=[row]) for row in rows]
    stale = at_once(place, [lambda store, each=each: store.commit(each) for each in changes])  # type: ignore[misc]
    assert sorted(map(len, stale)) == [0, 1]
    lost = stale.index(frozenset({entry(1).reference}))
    assert store.rows.unseen(rows) == [rows[lost]]
    assert store.notices.entries([entry(1).reference])[entry(1).reference].source == sources[1 - lost]


def test_more_marks_than_one_query_holds_are_compared(store: Store) -> None:
    marks = [mark(n) for n in range(2500)]
    store.commit(Changes(seen=marks[::2]))
    assert store.rows.unseen(marks) == marks[1::2]


def test_a_notice_whose_receipt_waits_is_not_claimed(store: Store) -> None:
    arrived, other = admit(store, entry(1), entry(2))
    store.commit(receipt_batch([receipt(1, arrived)]))
    assert [e.reference for e in claim(store)] == [other.reference]
    store.commit(Changes(applied=["R1"]))
    assert [e.reference for e in claim(store)] == [arrived.reference]


def test_a_claim_takes_what_was_due_by_then(store: Store) -> None:
    early, late = admit(store, entry(1), entry(2, due_at=at(minutes=5)))
    assert [e.reference for e in claim(store, now=at(minutes=9), due_by=at(minutes=1))] == [early.reference]
    [claimed] = claim(store, now=at(minutes=9))
    assert claimed.reference == late.reference
    assert claimed.lease_until is not None
    assert claimed.lease_until > at(minutes=9)
