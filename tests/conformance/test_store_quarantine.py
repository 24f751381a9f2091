"""The quarantine: what is not believed stands there once, until a person ends it, and again if it comes after that."""

from __future__ import annotations

from dataclasses import replace

from gateway.notice.delivery_state import DeliveryState
from gateway.record.evidence_record import EvidenceKind
from gateway.store.store import Store
from gateway.store.stored import Changes, QuarantineKind

from .builders import admit, at, claim, ending, entry, evidence, quarantined, receipt, receipt_batch

ACT = evidence("act:1", kind=EvidenceKind.PERSON_ACT)


def test_the_same_octets_are_quarantined_once(store: Store) -> None:
    store.commit(Changes(quarantine=[quarantined(), quarantined(received_at=at(minutes=1)), quarantined(b"other")]))
    store.commit(Changes(quarantine=[quarantined(received_at=at(minutes=2))]))
    assert store.tallies.counts()["quarantined"] == 2
    store.commit(Changes(quarantine=[quarantined(code="receipt.contradiction")]))
    assert store.tallies.counts()["quarantined"] == 3
    assert store.quarantine.items(quarantined().payload_digest) == [
        quarantined(code="receipt.contradiction"),
        quarantined(),
    ]
    assert store.quarantine.items("sha256:none") == []


def test_an_ended_item_is_kept_but_not_counted_nor_listed(store: Store) -> None:
    item, other = quarantined(), quarantined(b"other")
    store.commit(Changes(quarantine=[item, other]))
    changes = Changes(evidence=[ACT], endings=[ending(item)])
    store.commit(changes)
    store.commit(changes)
    assert store.tallies.counts()["quarantined"] == 1
    assert store.quarantine.page(code=None, limit=10, after=None) == [other]
    ended = replace(item, ended_at=at(hours=1), ended_as="released", ended_by="act:1")
    assert store.quarantine.items(item.payload_digest) == [ended]


def test_the_later_of_two_endings_stands(store: Store) -> None:
    item, second = quarantined(), evidence("act:2", kind=EvidenceKind.PERSON_ACT)
    store.commit(Changes(quarantine=[item]))
    store.commit(Changes(evidence=[ACT], endings=[ending(item)]))
    later = ending(item, ended_at=at(hours=2), ended_as="dismissed", ended_by="act:2")
    store.commit(Changes(evidence=[second], endings=[later]))
    store.commit(Changes(endings=[ending(item)]))
    assert store.quarantine.items(item.payload_digest)[0].ended_by == "act:2"


def test_what_comes_again_after_its_end_is_open_again(store: Store) -> None:
    item, again = quarantined(), quarantined(received_at=at(hours=1))
    store.commit(Changes(quarantine=[item]))
    store.commit(Changes(evidence=[ACT], endings=[ending(item)]))
    store.commit(Changes(quarantine=[item]))
    assert store.tallies.counts()["quarantined"] == 0, "a repeat of the first commit opens nothing"
    store.commit(Changes(quarantine=[again]))
    assert store.quarantine.items(item.payload_digest) == [again]


def test_what_comes_again_is_open_again_although_the_receiving_clock_is_behind(store: Store) -> None:
    item, behind = quarantined(), quarantined(received_at=at(minutes=1))
    store.commit(Changes(quarantine=[item]))
    store.commit(Changes(evidence=[ACT], endings=[ending(item, ended_at=at(hours=1))]))
    store.commit(Changes(quarantine=[behind]))
    assert store.quarantine.items(item.payload_digest) == [behind]


def test_an_item_that_names_no_notice_gets_the_one_with_which_it_comes_again(store: Store) -> None:
    """An earlier version named the notices of few items."""
    one, two = admit(store, entry(1), entry(2))
    item = quarantined(code="receipt.contradiction")
    store.commit(Changes(quarantine=[item, quarantined(b"other")]))
    again = replace(item, notice=one.reference, received_at=at(hours=1))
    store.commit(Changes(quarantine=[again]))
    named = replace(item, notice=one.reference)
    assert store.quarantine.about([one.reference]) == [named], "it stands since it came first"
    store.commit(Changes(quarantine=[replace(again, notice=two.reference), item]))
    assert store.quarantine.items(item.payload_digest) == [named]
    assert {each.reference for each in store.quarantine.named_in_queue(10)} == {one.reference}


def test_ending_one_code_and_standing_under_another_is_one_commit(store: Store) -> None:
    item, other = quarantined(), quarantined(code="verify.digest")
    store.commit(Changes(quarantine=[item]))
    store.commit(Changes(evidence=[ACT], endings=[ending(item, ended_as=other.code)], quarantine=[other]))
    assert store.quarantine.page(code=None, limit=10, after=None) == [other]


def test_the_list_comes_in_pages_and_by_code(store: Store) -> None:
    items = [quarantined(bytes([n % 3]), code=f"verify.{name}") for n, name in enumerate("abcdef")]
    store.commit(Changes(quarantine=items))
    in_order = sorted(items, key=lambda item: (item.payload_digest, item.code))
    found, after = [], None
    while page := store.quarantine.page(code=None, limit=4, after=after):
        found += page
        after = page[-1].payload_digest, page[-1].code
    assert found == in_order
    assert store.quarantine.page(code="verify.c", limit=4, after=None) == [items[2]]


def test_the_size_is_told_by_kind(store: Store) -> None:
    answers = [quarantined(bytes([n]), kind=QuarantineKind.ANSWER) for n in range(2)]
    store.commit(Changes(quarantine=[quarantined(), *answers]))
    store.commit(Changes(evidence=[ACT], endings=[ending(answers[0])]))
    assert store.quarantine.size(QuarantineKind.ANSWER) == 1
    assert store.quarantine.size(QuarantineKind.RECEIPT) == 1


def test_an_applied_receipt_can_be_reopened(store: Store) -> None:
    admit(store, entry(1))
    [present] = claim(store)
    store.commit(receipt_batch([receipt(1, present)]))
    store.commit(Changes(applied=["R1"]))
    assert store.receipts.unapplied(10) == []
    store.commit(Changes(reopened=["R1", "R-unknown"]))
    assert store.receipts.unapplied(10) == [receipt(1, present)]


def test_a_believed_receipt_that_waits_keeps_the_notice_that_it_names_from_being_claimed(store: Store) -> None:
    one, two, three, four, five, six, seven, eight = admit(store, *(entry(number) for number in range(1, 9)))
    unknown = quarantined(b"1", code="receipt.unknown-notice", notice=one.reference)
    early = quarantined(b"2", code="receipt.early", notice=two.reference)
    forged = quarantined(b"3", notice=three.reference)
    ended = quarantined(b"4", code="receipt.early", notice=four.reference)
    contradicts = quarantined(b"6", code="receipt.contradiction", notice=six.reference)
    implausible = quarantined(b"7", code="receipt.implausible-time", notice=seven.reference)
    away = quarantined(b"8", code="receipt.archive-away", notice=eight.reference)
    store.commit(Changes(quarantine=[unknown, early, forged, ended, contradicts, implausible, away]))
    store.commit(Changes(evidence=[ACT], endings=[ending(ended)]))
    named = {each.reference for each in (one, two, six, seven, eight)}
    assert {each.reference for each in store.quarantine.named_in_queue(10)} == named
    assert len(store.quarantine.named_in_queue(1)) == 1
    assert {each.reference for each in claim(store)} == {three.reference, four.reference, five.reference}, (
        "anybody can send a forged receipt, and stops no notice by that"
    )
    assert {each.reference for each in store.quarantine.named_in_queue(10)} == named
    assert sorted(store.quarantine.known_by_now(10), key=lambda item: item.code) == [away, unknown], (
        "no number of the second is known yet; no other waits"
    )


def test_an_early_receipt_can_be_judged_once_nobody_asks_for_a_number(store: Store) -> None:
    waits = {"state": DeliveryState.IN_DOUBT, "doubt_since": at()}
    entries = [
        entry(1, **waits, due_at=None),
        entry(2, **waits, due_at=at(hours=1)),
        entry(3, **waits, due_at=None, absences=2),
        entry(4),
    ]
    items = [
        quarantined(f"{number}".encode(), code="receipt.early", notice=each.reference)
        for number, each in enumerate(admit(store, *entries))
    ]
    store.commit(Changes(quarantine=items))
    assert store.quarantine.known_by_now(10) == [items[0]]
