"""A store keeps what was admitted and refused, shows it, and counts it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import advance
from gateway.runtime.clock import system_clock
from gateway.store.store import Store
from gateway.store.stored import Changes, HistoryEvent, Known

from .builders import (
    NOW,
    admission,
    admit,
    at,
    begin_recovery,
    claim,
    end_recovery,
    entry,
    evidence,
    intake,
    receipt,
    receipt_batch,
    refusal,
)


def test_an_empty_store_has_nothing(store: Store) -> None:
    assert store.rows.cursor("source:cases") is None
    assert not store.notices.known(["EB-X"])
    assert not store.notices.known([])
    assert not store.notices.entries(["EB-X"])
    assert store.notices.admission("EB-X") is None
    assert not store.notices.history("EB-X")
    assert not store.evidence.of_notice("EB-X")
    assert store.notices.find(state=None, limit=10, after=None) == []
    assert set(store.tallies.counts().values()) == {0}
    assert store.commit(Changes()) == frozenset()


def test_a_store_without_trouble_needs_no_trial_and_shows_the_time_if_it_has_a_clock(store: Store) -> None:
    assert store.trouble is None
    store.assert_writable()
    assert (now := store.now()) is None or abs(now - system_clock()) < timedelta(hours=1)


def test_an_admitted_notice_is_there_as_it_was_given(store: Store) -> None:
    present = entry(1, code="X-1", reason="«علت»", message_id="m", held=True, tracking_number="T", written_seq=-1)
    present_with_times = entry(
        2,
        lease_owner="o",
        lease_until=at(minutes=1),
        doubt_since=at(minutes=2),
        delivered_at=at(minutes=3),
        due_at=None,
    )
    store.commit(intake(present, present_with_times))

    assert store.notices.entries([present.reference, present_with_times.reference, "EB-X"]) == {
        present.reference: present,
        present_with_times.reference: present_with_times,
    }
    assert store.notices.admission(present.reference) == admission(present)
    assert store.notices.known([present.reference, "EB-X"]) == {
        present.reference: Known(
            reference=present.reference,
            state=DeliveryState.QUEUED,
            content_digest=admission(present).content_digest,
            source="cases",
            row_key="row-1",
        )
    }
    assert store.notices.history(present.reference) == [
        HistoryEvent(
            seq=0,
            event=DeliveryEvent.ADMISSION,
            state=DeliveryState.QUEUED,
            occurred_at=NOW,
            learned_at=NOW,
            evidence_id=f"seal:{present.reference}",
        )
    ]


@pytest.mark.parametrize("name", ["علی‌رضا كريمى ۱۲۳", "a'b\"c;--", "\u202eاسم\u202c", "e\u0301 é", "😀", "line\nbreak"])
def test_text_comes_back_letter_by_letter(store: Store, name: str) -> None:
    present = entry(reason=name)
    store.commit(
        Changes(evidence=[evidence("e")], admissions=[admission(present, recipient_name=name, evidence_id="e")])
    )
    read = store.notices.admission(present.reference)
    assert read is not None
    assert (read.recipient_name, read.entry.reason) == (name, name)


def test_a_predecessor_and_microseconds_are_kept(store: Store) -> None:
    admit(store, entry(1))
    second = admission(
        entry(2, admitted_at=at(microseconds=1)), revision=2, predecessor=entry(1).reference, evidence_id="e"
    )
    store.commit(Changes(evidence=[evidence("e")], admissions=[second]))
    assert store.notices.admission(second.entry.reference) == second


def test_admitting_twice_admits_once(store: Store) -> None:
    changes = intake(entry(1), entry(2))
    store.commit(changes)
    [claimed] = claim(store, limit=1)
    before = store.tallies.counts()
    store.commit(changes)
    assert store.tallies.counts() == before
    assert store.notices.entries([claimed.reference]) == {claimed.reference: claimed}
    assert [event.seq for event in store.notices.history(claimed.reference)] == [0, 1]


def test_the_first_content_of_a_reference_stays(store: Store) -> None:
    admit(store, entry(1))
    store.commit(Changes(evidence=[evidence("other")], admissions=[admission(entry(1), case_number="another")]))
    read = store.notices.admission(entry(1).reference)
    assert read is not None
    assert read.case_number == "1404-100-1"


def test_notices_are_listed_in_pages_by_reference(store: Store) -> None:
    presents = [entry(n) for n in range(1000)]
    for start in range(0, 1000, 50):
        admit(store, *presents[start : start + 50])
    seen: list[str] = []
    after = None
    while page := store.notices.find(state=None, limit=300, after=after):
        seen += [item.entry.reference for item in page]
        after = seen[-1]
    assert seen == [present.reference for present in presents]


def test_a_list_can_keep_to_one_state(store: Store) -> None:
    admit(store, *[entry(n) for n in range(6)])
    claimed = claim(store, limit=2)
    sending = store.notices.find(state=DeliveryState.SENDING, limit=10, after=None)
    assert {item.entry.reference for item in sending} == {present.reference for present in claimed}
    assert len(store.notices.find(state=DeliveryState.QUEUED, limit=10, after=None)) == 4
    assert store.notices.find(state=DeliveryState.VIEWED, limit=10, after=None) == []


def test_many_references_can_be_asked_for_at_once(store: Store) -> None:
    admit(store, entry(1))
    references = [entry(n).reference for n in range(2500)]
    assert set(store.notices.entries(references)) == set(store.notices.known(references)) == {entry(1).reference}


def test_a_cursor_moves(store: Store) -> None:
    store.commit(Changes(cursors={"source:cases": "1", "receipts:court": "α"}))
    store.commit(Changes(cursors={"source:cases": "2"}))
    assert (store.rows.cursor("source:cases"), store.rows.cursor("receipts:court")) == ("2", "α")


def test_refusals_wait_until_they_are_written(store: Store) -> None:
    reported = [refusal(2), refusal(1), refusal(3, source="other")]
    store.commit(Changes(refusals=reported))
    store.commit(Changes(refusals=reported))
    assert store.refusals.unwritten("cases", 10) == [refusal(1), refusal(2)]
    assert store.refusals.unwritten("cases", 1) == [refusal(1)]

    store.refusals.mark_written([refusal(1)])
    store.commit(Changes(refusals=reported))
    assert store.refusals.unwritten("cases", 10) == [refusal(2)]
    assert (store.tallies.counts()["refused"], store.tallies.counts()["written"]) == (3, 1)


def test_a_newer_refusal_replaces_what_the_row_was_told(store: Store) -> None:
    older, newer = refusal(1), refusal(1, row_version="v2", code="recipient.name", refused_at=at(hours=1))
    store.commit(Changes(refusals=[older]))
    store.refusals.mark_written([older])
    store.commit(Changes(refusals=[newer]))
    assert store.refusals.unwritten("cases", 10) == [newer]
    assert (store.tallies.counts()["refused"], store.tallies.counts()["written"]) == (1, 0)

    store.commit(Changes(refusals=[older]))
    store.refusals.mark_written([older])
    assert store.refusals.unwritten("cases", 10) == [newer]


@pytest.mark.parametrize("other", [{"reason": "فایل «b.pdf» نیست"}, {"field": "attachments"}], ids=["reason", "field"])
def test_a_refusal_of_the_same_version_and_code_replaces_an_outdated_text(store: Store, other: dict[str, str]) -> None:
    older, newer = refusal(1), refusal(1, refused_at=at(hours=1), **other)
    store.commit(Changes(refusals=[older]))
    store.refusals.mark_written([older])
    store.commit(Changes(refusals=[refusal(1, refused_at=at(minutes=30))]))
    assert store.refusals.unwritten("cases", 10) == [], "the same text is not written again"
    store.commit(Changes(refusals=[newer]))
    store.refusals.mark_written([older])
    assert store.refusals.unwritten("cases", 10) == [newer], "a mark for the old text does not cover the new one"
    store.commit(Changes(refusals=[older]))
    store.refusals.mark_written([newer])
    assert store.refusals.unwritten("cases", 10) == []
    standing = store.refusals.of_rows("cases", [newer.row_key])[newer.row_key]
    assert (standing.refusal, standing.since) == (newer, older.refused_at)


def test_a_row_that_was_corrected_is_refused_no_longer(store: Store) -> None:
    store.commit(Changes(refusals=[refusal(1), refusal(2), refusal(3), refusal(1, source="other")]))
    store.refusals.mark_written([refusal(2)])
    corrected = intake(entry(1), entry(2))
    store.commit(corrected)
    assert store.refusals.unwritten("cases", 10) == [refusal(3)]
    assert {name: store.tallies.counts()[name] for name in ("admitted", "refused", "collected")} == {
        "admitted": 2,
        "refused": 2,
        "collected": 4,
    }

    changed_again = refusal(1, row_version="v3", code="notice.changed", refused_at=at(hours=1))
    store.commit(Changes(refusals=[changed_again]))
    store.commit(corrected)
    assert store.refusals.unwritten("cases", 10) == [refusal(3), changed_again]


def test_each_present_is_written_back_once(store: Store) -> None:
    admit(store, entry(1), entry(2), entry(3, source="other"))
    fresh = store.outbox.unwritten("cases", 10)
    assert {present.reference for present in fresh} == {entry(1).reference, entry(2).reference}
    store.outbox.mark_written(fresh)
    store.outbox.mark_written(fresh)
    assert store.outbox.unwritten("cases", 10) == []
    assert store.tallies.counts()["written"] == 2


def test_the_latest_time_is_that_of_a_record_or_of_a_fate(store: Store) -> None:
    assert store.recovery.latest(at(days=9)) is None
    admit(store, entry(1, state_since=at(minutes=1)))
    latest = store.recovery.latest(at(days=9))
    assert latest is not None
    assert latest >= at(minutes=1)
    admit(store, entry(2, doubt_since=at(hours=5), state=DeliveryState.IN_DOUBT))
    assert store.recovery.latest(at(days=9)) == at(hours=5)
    admit(store, entry(3, cleared_at=at(hours=6)))
    assert store.recovery.latest(at(days=9)) == at(hours=6)
    assert store.recovery.latest(at(hours=6)) == at(hours=6)
    assert store.recovery.latest(at(hours=5.9)) == at(hours=5), "what lies further ahead is left out"


def test_a_recovery_drops_what_a_clock_that_was_ahead_said_of_notices(store: Store) -> None:
    cleared = admit(
        store, entry(1, cleared_at=at(hours=-1)), entry(2, cleared_at=at()), entry(3, cleared_at=at(days=9))
    )
    doubted = admit(
        store,
        entry(4, doubt_since=at(hours=-1), state=DeliveryState.IN_DOUBT),
        entry(5, doubt_since=at(days=9), state=DeliveryState.IN_DOUBT),
    )
    begin_recovery(store, at())
    found = store.notices.entries([each.reference for each in (*cleared, *doubted)])
    assert [found[each.reference].cleared_at for each in cleared] == [at(hours=-1), None, None]
    assert [found[each.reference].doubt_since for each in doubted] == [at(hours=-1), None]
    assert len(store.recovery.unasked(10)) == 5


def test_a_recovery_has_what_rows_may_have_refused_written_again(store: Store) -> None:
    admit(store, entry(1, admitted_at=at(days=-3)), entry(2, admitted_at=at(days=-1)))
    store.outbox.mark_written(store.outbox.unwritten("cases", 10))
    begun = begin_recovery(store)
    [again] = store.outbox.unwritten("cases", 10)
    assert (again.reference, again.written_seq) == (entry(2).reference, -1)
    store.outbox.mark_written([again])
    end_recovery(store, begun, at(hours=1))
    assert store.outbox.unwritten("cases", 10) == []


def test_what_was_written_before_a_recovery_began_is_not_marked_after_it(store: Store) -> None:
    [present] = admit(store, entry(1))
    before = store.recovery.epoch
    begin_recovery(store)
    store.outbox.mark_written([present], before)
    [again] = store.outbox.unwritten("cases", 10)
    assert again.written_seq == -1
    store.outbox.mark_written([again], store.recovery.epoch)
    assert store.outbox.unwritten("cases", 10) == []


def test_sending_is_passing_and_not_written_back(store: Store) -> None:
    [present] = admit(store, entry(1))
    store.outbox.mark_written([present])
    [claimed] = claim(store)
    assert store.outbox.unwritten("cases", 10) == []
    step = advance(claimed, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=at(minutes=1), tracking_number="T-1")
    store.commit(Changes(steps=[step]))
    [submitted] = store.outbox.unwritten("cases", 10)
    assert (submitted.state, submitted.seq, submitted.written_seq) == (DeliveryState.SUBMITTED, 2, 0)


def test_a_mark_never_goes_back_and_a_step_beside_it_keeps_it(store: Store) -> None:
    [present] = admit(store, entry(1))
    [claimed] = claim(store)
    submitted = advance(claimed, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=at(minutes=1))
    delivered = advance(submitted.after, DeliveryEvent.CONTENT_CONSIGNMENT, now=at(minutes=2))
    store.commit(Changes(steps=[submitted]))
    store.outbox.mark_written([submitted.after])
    store.outbox.mark_written([present])
    store.commit(Changes(steps=[delivered]))
    [read] = store.outbox.unwritten("cases", 10)
    assert (read.written_seq, read.seq) == (2, 3)


def test_the_oldest_change_is_written_back_first(store: Store) -> None:
    admit(store, *[entry(n, state_since=at(minutes=-n)) for n in range(5)])
    assert [present.reference for present in store.outbox.unwritten("cases", 2)] == [
        entry(4).reference,
        entry(3).reference,
    ]


def test_counts_tell_states_and_milestones(store: Store) -> None:
    admit(store, *[entry(n) for n in range(4)])
    first, second, _ = claim(store, limit=3)
    accepted = advance(first, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=at(minutes=1), tracking_number="T-1")
    arrived = advance(accepted.after, DeliveryEvent.CONTENT_CONSIGNMENT, now=at(minutes=2), delivered_at=at(minutes=2))
    rejected = advance(second, DeliveryEvent.SUBMISSION_REJECTION, now=at(minutes=1), code="9")
    store.commit(Changes(steps=[accepted, arrived, rejected], refusals=[refusal(9)]))
    store.outbox.mark_written([rejected.after])

    counts = store.tallies.counts()
    states = {state: counts[state] for state in DeliveryState if counts[state]}
    assert states == {"QUEUED": 1, "SENDING": 1, "DELIVERED": 1, "REJECTED": 1}
    assert {name: count for name, count in counts.items() if name not in set(DeliveryState)} == {
        "admitted": 4,
        "undecided": 0,
        "absent": 0,
        "held": 0,
        "unasked": 0,
        "refused": 1,
        "collected": 5,
        "quarantined": 0,
        "submitted": 1,
        "delivered": 1,
        "written": 1,
    }


def test_what_shall_not_wait_is_told_by_its_oldest(store: Store) -> None:
    assert store.tallies.oldest() == {}
    first, second = admit(store, entry(1, admitted_at=at(minutes=3)), entry(2, admitted_at=at(minutes=2)))
    store.commit(Changes(refusals=[refusal(9), refusal(8)]))
    store.commit(receipt_batch([receipt(2, first), receipt(1, first)]))
    assert store.tallies.oldest() == {
        "unwritten": at(minutes=2),
        "refusal": at(minutes=8),
        "receipt": at(hours=1, minutes=5),
        "unplaced": NOW,
    }
    store.outbox.mark_written([first, second])
    store.refusals.mark_written([refusal(8), refusal(9)])
    store.commit(Changes(applied=["R1", "R2"]))
    assert store.tallies.oldest() == {"unplaced": NOW}


def test_what_is_unwritten_waits_since_the_step_and_not_since_its_state_began(store: Store) -> None:
    [present] = admit(store, entry(1, state=DeliveryState.DELIVERED))
    store.outbox.mark_written([present])
    store.commit(Changes(steps=[advance(present, DeliveryEvent.LEGAL_SERVICE, now=at(days=60))]))
    assert store.tallies.oldest()["unwritten"] == at(days=60)
    assert store.outbox.unwritten_since([present.reference]) == {present.reference: at(days=60)}


def test_a_notice_that_is_being_sent_waits_for_nothing_to_be_written(store: Store) -> None:
    admit(store, entry(1))
    claim(store)
    assert "unwritten" not in store.tallies.oldest()
