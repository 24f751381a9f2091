"""Reconciliation reads the store: notices by their admission, refusals by row, and the time of the last answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from gateway.intake.row_ownership import TWO_ROWS
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry, advance
from gateway.record.evidence_record import EvidenceKind, evidence_record
from gateway.store.among import Among
from gateway.store.store import Store
from gateway.store.stored import Changes, Mark

from .builders import NOW, admit, at, begin_recovery, entry, receipt, receipt_batch, reference, refusal

Place = tuple[datetime, str]


def listed(store: Store, limit: int = 100, source: str | None = None, **bounds: datetime | None) -> list[str]:
    """Every notice of a range, in pages."""
    found: list[OutboxEntry] = []
    after: Place | None = None
    since, until = bounds.get("since"), bounds.get("until")
    while page := store.notices.admitted(since=since, until=until, limit=limit, after=after, source=source):
        assert len(page) <= limit
        found += [admission.entry for admission in page]
        after = (found[-1].admitted_at, found[-1].reference)
    return [present.reference for present in found]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_notices_are_listed_by_their_admission_each_once(store: Store, limit: int) -> None:
    times = [at(minutes=5), NOW, at(minutes=5), at(minutes=1), at(minutes=5)]
    admit(store, *(entry(number, admitted_at=time) for number, time in enumerate(times)))
    in_order = [1, 3, 0, 2, 4]
    assert listed(store, limit) == [reference(number) for number in in_order]


def test_a_range_begins_with_its_first_moment_and_ends_before_its_last(store: Store) -> None:
    admit(store, *(entry(number, admitted_at=at(minutes=number)) for number in range(4)))
    assert listed(store, since=at(minutes=1), until=at(minutes=3)) == [reference(1), reference(2)]
    assert listed(store, since=at(minutes=3)) == [reference(3)]
    assert listed(store, until=NOW) == []


def test_notices_of_one_source_are_listed(store: Store) -> None:
    admit(store, entry(1), entry(2, source="other"), entry(3))
    assert listed(store, 1, source="cases") == [reference(1), reference(3)]
    assert listed(store, source="nowhere") == []


def test_refusals_are_found_by_their_rows(store: Store) -> None:
    first, second = refusal(1), refusal(2)
    store.commit(Changes(refusals=[first, second, replace(refusal(3), source="other")]))
    store.refusals.mark_written([second])
    keys = [first.row_key, second.row_key, refusal(3).row_key, "nowhere"]
    found = store.refusals.of_rows(first.source, keys)
    assert {key: (each.refusal, each.written) for key, each in found.items()} == {
        first.row_key: (first, False),
        second.row_key: (second, True),
    }


def test_unapplied_receipts_come_in_pages(store: Store) -> None:
    presents = admit(store, *(entry(number) for number in range(5)))
    kept = [receipt(number, present, event_time=at(minutes=-number % 3)) for number, present in enumerate(presents)]
    store.commit(receipt_batch(kept))
    seen: list[str] = []
    after: Place | None = None
    while page := store.receipts.unapplied(2, after):
        seen += [each.receipt_id for each in page]
        after = (page[-1].event_time, page[-1].receipt_id)
    assert seen == [each.receipt_id for each in store.receipts.unapplied(100)]
    assert len(seen) == 5


def came(id: str, moment: datetime, notice: str | None = None, **context: str) -> Changes:
    """A record of something that came from the judiciary."""
    kind = EvidenceKind.MESSAGE_RECEIVED if notice is None else EvidenceKind.RECEIPT
    record = evidence_record(
        id=id,
        kind=kind,
        notice=notice,
        origin="court",
        destination="city",
        event_time=moment,
        recorded_at=moment,
        payload_digest=sha256(id.encode()),
        context=context,
    )
    return Changes(evidence=[record], message_notices={} if notice else {id: [reference(1), reference(2)]})


def test_what_was_heard_of_is_what_came_lately_and_was_believed(store: Store) -> None:
    everything = [reference(number) for number in range(1, 5)]
    admit(store, *(entry(number) for number in range(1, 5)))
    assert store.evidence.heard(everything, at(days=-9)) == set(), "a seal and a message of ours say nothing"
    store.commit(came("answer:1", NOW, passed="fresh"))
    store.commit(came("receipt:1", at(minutes=1), notice=reference(3)))
    store.commit(came("answer:2", at(minutes=2), refused="verify.signature"))
    assert store.evidence.heard(everything, NOW) == {reference(1), reference(2), reference(3)}
    assert store.evidence.heard(everything, at(seconds=1)) == {reference(3)}
    assert store.evidence.heard(everything, at(minutes=2)) == set()
    assert store.evidence.heard([reference(4)], at(days=-9)) == set()


def test_notices_are_found_by_how_long_they_are_here(store: Store) -> None:
    old, new = admit(store, entry(1, admitted_at=at(days=-2)), entry(2))

    def found(before: datetime) -> list[str]:
        among = Among(admitted_before=before)
        page = store.notices.find(state=DeliveryState.QUEUED, limit=9, after=None, among=among)
        return [admission.entry.reference for admission in page]

    assert found(at(days=-1)) == [old.reference]
    assert found(NOW) == [old.reference, new.reference]


def test_what_is_unwritten_comes_in_pages_with_its_kind(store: Store) -> None:
    admit(store, *(entry(number, state_since=at(minutes=-number // 2)) for number in range(5)))
    admit(store, entry(9, state=DeliveryState.SENDING), entry(10, source="other"))
    seen: list[OutboxEntry] = []
    after: Place | None = None
    while page := store.outbox.unwritten("cases", 2, after):
        seen += page
        after = (page[-1].state_since, page[-1].reference)
    assert [present.reference for present in seen] == [reference(number) for number in (3, 4, 1, 2, 0)]
    assert store.notices.kinds([reference(1), reference(10), "EB-NOTHING"]) == dict.fromkeys(
        [reference(1), reference(10)], "ruling"
    )


def test_what_was_written_can_be_written_once_more(store: Store) -> None:
    [present] = admit(store, entry(1))
    store.outbox.mark_written([present])
    assert store.outbox.unwritten("cases", 9) == []
    assert store.commit(Changes(marks=[Mark(reference=present.reference, unwritten=at(hours=1))])) == frozenset()
    assert [behind.reference for behind in store.outbox.unwritten("cases", 9)] == [present.reference]
    assert store.commit(Changes(marks=[Mark(reference="EB-NOTHING", unwritten=at(hours=1))])) == {"EB-NOTHING"}


def test_how_long_a_row_has_not_shown_its_notice_is_told_by_the_first_step_that_it_missed(store: Store) -> None:
    first, second = admit(store, entry(1), entry(2))
    store.outbox.mark_written([first])
    claimed = advance(first, DeliveryEvent.CLAIM, now=at(minutes=1))
    lost = advance(claimed.after, DeliveryEvent.LOST_ANSWER, now=at(minutes=2), doubt_since=at(minutes=2))
    asked = advance(lost.after, DeliveryEvent.UNKNOWN_TO_PEER, now=at(hours=5))
    for step in (claimed, lost):
        store.commit(Changes(steps=[step]))
    assert store.outbox.unwritten_since([first.reference, second.reference]) == {
        first.reference: at(minutes=1),
        second.reference: NOW,
    }
    store.outbox.mark_written([lost.after])
    assert store.outbox.unwritten_since([first.reference]) == {}
    store.commit(Changes(steps=[asked]))
    assert store.outbox.unwritten_since([first.reference]) == {first.reference: at(hours=5)}


WRITTEN_AGAIN = at(days=60)
_WAYS: dict[str, Callable[[Store, OutboxEntry], object]] = {
    "a person": lambda s, e: s.commit(Changes(marks=[Mark(reference=e.reference, unwritten=WRITTEN_AGAIN)])),
    "a lifted refusal": lambda s, _: s.commit(
        Changes(refusals=[refusal(1)], cleared_refusals={("cases", "row-1"): WRITTEN_AGAIN})
    ),
    "a recovery": lambda s, _: begin_recovery(s, WRITTEN_AGAIN),
    "a false refusal of a renamed source": lambda s, _: s.commit(
        Changes(refusals=[refusal(1, source="new", code=TWO_ROWS, refused_at=WRITTEN_AGAIN)], renamed=("new", "cases"))
    ),
}


@pytest.mark.parametrize("way", _WAYS)
def test_what_is_to_be_written_once_more_waits_since_then(store: Store, way: str) -> None:
    """It is old, and its row showed all of its steps."""
    [arrived] = admit(store, entry(1, state=DeliveryState.DELIVERED))
    step = advance(arrived, DeliveryEvent.LEGAL_SERVICE, now=at(days=60, minutes=-1))
    store.commit(Changes(steps=[step]))
    present = step.after
    store.outbox.mark_written([present])
    _WAYS[way](store, present)
    [behind] = store.outbox.unwritten("cases", 9)
    assert (behind.written_seq, behind.rewrite_since) == (-1, WRITTEN_AGAIN)
    assert store.outbox.unwritten_since([present.reference]) == {present.reference: WRITTEN_AGAIN}
    assert store.tallies.oldest()["unwritten"] == WRITTEN_AGAIN
    _WAYS["a person"](store, present)
    later = Mark(reference=present.reference, unwritten=at(days=70))
    store.commit(Changes(marks=[later]))
    assert store.tallies.oldest()["unwritten"] == WRITTEN_AGAIN, "it still waits since the first time"
    store.outbox.mark_written([behind])
    store.commit(Changes(steps=[advance(behind, DeliveryEvent.CONTENT_HANDOVER, now=at(days=80))]))
    assert store.outbox.unwritten_since([present.reference]) == {present.reference: at(days=80)}


def test_what_no_row_has_shown_yet_waits_since_its_admission(store: Store) -> None:
    [present] = admit(store, entry(1))
    store.commit(Changes(marks=[Mark(reference=present.reference, unwritten=WRITTEN_AGAIN)]))
    assert store.outbox.unwritten_since([present.reference]) == {present.reference: NOW}
