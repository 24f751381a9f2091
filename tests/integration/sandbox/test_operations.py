"""The five operations, from a notice's submission to its confirmed receipts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.sandbox.judiciary.ledger import ledger

from .conftest import Sandbox
from .municipality import J, Municipality, notice

SOON, NEVER, NO_ACCOUNT, REFUSED = "9990000001", "9997000001", "9998000001", "9999100001"


def test_accounts_are_told_by_the_identifier(municipality: Municipality) -> None:
    answer = municipality.accounts(SOON, NO_ACCOUNT, "0012345679")
    assert answer.status == 200
    assert answer.results() == [
        {"Identifier": SOON, "Active": "true"},
        {"Identifier": NO_ACCOUNT, "Active": "false"},
        {"Identifier": "0012345679", "Active": "true"},
    ]


def test_a_batch_has_a_result_for_each_notice(municipality: Municipality, sandbox: Sandbox) -> None:
    seals = municipality.sealed(*(notice(who) for who in (SOON, NO_ACCOUNT, REFUSED)))
    accepted, absent, refused = municipality.submit(seals).results()
    assert accepted["Status"] == "ACCEPTED"
    assert accepted["TrackingNumber"]
    assert absent == {"Reference": seals[1].reference, "Status": "NO_ACCOUNT"}
    assert (refused["Status"], refused["Code"]) == ("REJECTED", "R-102")
    assert {line["reference"]: line["state"] for line in ledger(sandbox.config.ledger, sandbox.clock)} == {
        seals[0].reference: "SUBMITTED",
        seals[1].reference: "NO_ACCOUNT",
        seals[2].reference: "REJECTED",
    }


def test_a_submission_can_be_asked_about_by_both_its_names(municipality: Municipality) -> None:
    seals = municipality.sealed(notice(SOON))
    (accepted,) = municipality.submit(seals).results()
    answers = municipality.inquire(Reference=seals[0].reference, TrackingNumber=accepted["TrackingNumber"])
    assert answers.results() == [accepted, accepted]


def test_what_never_came_is_not_known(municipality: Municipality) -> None:
    unknown = municipality.inquire(Reference="EB-NEVER", TrackingNumber="S0")
    assert unknown.results() == [
        {"Reference": "EB-NEVER", "Status": "NOT_KNOWN"},
        {"TrackingNumber": "S0", "Status": "NOT_KNOWN"},
    ]


def test_a_second_submission_is_not_forgiven(municipality: Municipality, sandbox: Sandbox) -> None:
    seals = municipality.sealed(notice(NEVER))
    numbers = [municipality.submit(seals).results()[0]["TrackingNumber"] for _ in range(2)]
    assert numbers[0] != numbers[1]
    sandbox.clock.advance(days=1)
    receipts = [municipality.judge(receipt) for receipt in municipality.fetch().receipts()]
    assert {receipt["TrackingNumber"] for receipt in receipts} == set(numbers)
    (line,) = ledger(sandbox.config.ledger, sandbox.clock)
    assert (line["submissions"], line["tracking_numbers"], line["state"]) == (2, numbers, "DELIVERED")
    assert municipality.inquire(Reference=seals[0].reference).results()[0]["TrackingNumber"] == numbers[0]


@pytest.mark.parametrize("pki", ["rsa-2048", "ec-p256"], indirect=True)
def test_a_receipt_is_a_literal_slice_that_proves_what_was_served(municipality: Municipality, sandbox: Sandbox) -> None:
    seals = municipality.sealed(notice(SOON))
    (accepted,) = municipality.submit(seals).results()
    assert municipality.fetch().receipts() == []
    sandbox.clock.advance(days=2)
    page = municipality.fetch()
    octets = page.receipts()
    assert all(receipt in page.wire for receipt in octets)
    arrival, viewing = map(municipality.judge, octets)
    assert arrival["Reference"] == viewing["Reference"] == seals[0].reference
    assert arrival["SealDigest"] == viewing["SealDigest"] == seals[0].digest
    assert arrival["TrackingNumber"] == accepted["TrackingNumber"]
    assert (arrival["Event"], viewing["Event"]) == ("ContentConsignment", "ContentHandover")
    assert arrival["EventTime"] < viewing["EventTime"] < viewing["IssuedAt"]


def test_an_event_is_signed_once_and_served_as_often_as_it_is_asked_for(
    municipality: Municipality, sandbox: Sandbox
) -> None:
    municipality.submit(municipality.sealed(notice(SOON)))
    sandbox.clock.advance(days=2)
    first = municipality.fetch().receipts()
    sandbox.clock.advance(hours=1)
    assert municipality.fetch().receipts() == first
    assert len(first) == 2


def test_fetching_at_the_same_moment_signs_nothing_twice(municipality: Municipality, sandbox: Sandbox) -> None:
    municipality.submit(municipality.sealed(*(notice(SOON, number) for number in range(10))))
    sandbox.clock.advance(days=2)
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: municipality.fetch().receipts(), range(4)))
    assert pages[0] == pages[1] == pages[2] == pages[3]
    assert len({municipality.judge(receipt)["ReceiptId"] for receipt in pages[0]}) == 20


def test_receipts_come_in_pages_after_a_cursor(municipality: Municipality, sandbox: Sandbox) -> None:
    municipality.submit(municipality.sealed(*(notice(NEVER, number) for number in range(5))))
    sandbox.clock.advance(days=1)
    cursor, more, seen = "", "true", []
    while more == "true":
        page = municipality.fetch(cursor, limit=2)
        cursor, more = page.body.findtext(f"{J}NextCursor", ""), page.body.findtext(f"{J}More")
        seen += page.receipts()
        assert len(page.receipts()) <= 2
    assert len(set(seen)) == len(seen) == 5
    times = [municipality.judge(receipt)["EventTime"] for receipt in seen]
    assert times == sorted(times)
    assert municipality.fetch(cursor).receipts() == []
    assert municipality.fetch("").receipts() == seen


def test_confirming_counts_the_receipts_that_exist(municipality: Municipality, sandbox: Sandbox) -> None:
    municipality.submit(municipality.sealed(notice(SOON)))
    sandbox.clock.advance(days=2)
    ids = [municipality.judge(receipt)["ReceiptId"] for receipt in municipality.fetch().receipts()]
    for _ in range(2):
        assert municipality.confirm(*ids, "never-issued").body.findtext(f"{J}Confirmed") == "2"
    assert len(municipality.fetch().receipts()) == 2
