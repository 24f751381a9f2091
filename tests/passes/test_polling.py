"""A judiciary that gives receipts only to who names the notice: each is asked about in turn, and none stops another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay
from gateway.judiciary.courier import CallFailed, NotBelieved
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

from .conftest import SETTLE, City
from .ports import accept

ARRIVAL, VIEWING = "ContentConsignment", "ContentHandover"


def sent(city: City, *keys: str) -> list[OutboxEntry]:
    """Notices that the court has accepted, by reference: as the round goes."""
    city.court.outcome = accept
    admitted = city.admit(*keys)
    city.dispatch()
    return sorted((city.entry(entry.reference) for entry in admitted), key=lambda entry: entry.reference)


def issue(city: City, entry: OutboxEntry, event: str = ARRIVAL) -> None:
    number = city.entry(entry.reference).tracking_number
    city.court.issue(event, entry.reference, entry.seal_digest, city.clock(), tracking=number)


def asked(city: City) -> list[str]:
    found = [reference for references in city.court.polled for reference in references]
    city.court.polled.clear()
    return found


def test_each_notice_is_asked_about_until_it_can_get_no_more(city: City) -> None:
    first, second = sent(city, "1", "2")
    assert city.poll().counts["asked"] == 2
    assert asked(city) == [first.reference, second.reference]
    city.poll()  # the round is over
    city.court.polled.clear()
    issue(city, first)
    assert city.poll().counts["applied"] == 1
    assert city.entry(first.reference).state is DeliveryState.DELIVERED
    issue(city, first, VIEWING)
    city.poll()
    city.poll()
    assert city.entry(first.reference).state is DeliveryState.VIEWED
    assert city.court.confirmed
    city.poll()
    city.court.polled.clear()
    city.poll()
    city.poll()
    assert set(asked(city)) == {second.reference}


def test_a_pass_asks_about_so_many_and_the_next_goes_on_there(city: City) -> None:
    entries = [entry.reference for entry in sent(city, *"12345")]
    for expected in (entries[:2], entries[2:4], entries[4:], entries[:2]):
        city.poll(page=2)
        assert asked(city) == expected


def test_several_notices_a_call_where_the_service_bears_them(city: City) -> None:
    entries = [entry.reference for entry in sent(city, *"12345")]
    city.poll(page=5, notices=2)
    assert city.court.polled == [entries[:2], entries[2:4], entries[4:]]


def test_what_is_told_again_and_again_leaves_one_record(city: City) -> None:
    [entry] = sent(city, "1")
    issue(city, entry)
    for _ in range(6):
        city.poll()
    rows = city.store.evidence.of_notice(entry.reference)
    answers = [row for row in rows if row.kind == EvidenceKind.MESSAGE_RECEIVED]
    assert len(answers) == 2, "of the submission, and of the first answer that brought the receipt"
    assert len([row for row in rows if row.kind == EvidenceKind.RECEIPT]) == 1


FAILURES = {
    "a fault about it": GatewayError("courier.fault", where="FetchReceipts", detail="404"),
    "it cannot be asked about": GatewayError("mapped.field-missing", where="Ticket"),
    "an answer that is not believed": NotBelieved(Rejection("verify.signature"), "FetchReceipts", b"<what/>"),
    "no answer": CallFailed("courier.no-answer", where="court"),
}


@pytest.mark.parametrize("failure", list(FAILURES))
def test_a_notice_whose_call_fails_stops_no_other(city: City, failure: str) -> None:
    first, _, third = sent(city, "1", "2", "3")
    city.court.fails[first.reference] = FAILURES[failure]
    issue(city, third)
    told = city.poll()
    assert [error.code for error in told.errors] == [FAILURES[failure].code]
    city.poll()
    assert city.entry(third.reference).state is DeliveryState.DELIVERED
    assert len(city.quarantine()) == (failure == "an answer that is not believed")


def test_a_judiciary_that_is_away_is_not_called_for_each(city: City) -> None:
    sent(city, *"12345")
    city.court.away = Failure(code="courier.not-connected")
    calls = city.court.calls
    city.poll()
    assert city.court.calls == calls + 1
    city.court.away = None
    city.clock.pass_(minutes=10)
    city.poll()
    city.poll()
    assert len(set(asked(city))) == 5


def test_a_store_that_fails_is_no_failure_of_a_notice(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(city, "1")

    def broken(*_: object, **__: object) -> None:
        raise GatewayError("store.unavailable")

    monkeypatch.setattr(city.store.receipts, "digests", broken)
    with pytest.raises(GatewayError, match=r"store\.unavailable"):
        city.poll()


def test_a_doubt_is_asked_about_here_only_where_no_inquiry_ends_it(city: City) -> None:
    city.court.answers = False
    [entry] = city.admit("1")
    city.dispatch()
    city.court.answers = True
    assert city.entry(entry.reference).state is DeliveryState.IN_DOUBT
    city.poll()
    assert asked(city) == []
    city.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    city.court.issue(ARRIVAL, entry.reference, entry.seal_digest, city.clock())
    city.poll()
    assert city.entry(entry.reference).state is DeliveryState.DELIVERED


def test_an_arrival_that_viewing_overtook_is_still_asked_for(city: City) -> None:
    [entry] = sent(city, "1")
    issue(city, entry, VIEWING)
    city.poll()
    assert city.entry(entry.reference).state is DeliveryState.VIEWED
    issue(city, entry)
    city.poll()
    city.poll()
    assert city.entry(entry.reference).delivered_at is not None


def test_a_notice_that_rests_for_long_is_asked_about_no_more(city: City) -> None:
    [entry] = sent(city, "1")
    issue(city, entry)
    city.poll()
    city.clock.pass_(days=91)
    city.poll()
    asked(city)
    city.poll()
    assert asked(city) == []
    assert city.clock() - city.entry(entry.reference).state_since > timedelta(days=90)


class PowerCut(BaseException):
    """The process is gone."""


@dataclass
class Cut:
    """Ends the process before or after call number ``at`` of those that are watched."""

    at: int
    after: bool
    calls: int = 0

    def watch(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            mine = self.calls == self.at
            if mine and not self.after:
                raise PowerCut
            made = call(*arguments, **named)
            if mine:
                raise PowerCut
            return made

        return watched


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_power_cut_at_any_call_loses_no_receipt_and_takes_none_twice(
    city: City, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    at = 0
    while True:
        at += 1
        [entry] = sent(city, f"N{at}")
        for event in (ARRIVAL, VIEWING):
            issue(city, entry, event)
        cut = Cut(at, after)
        with monkeypatch.context() as patched:
            patched.setattr(city.store, "commit", cut.watch(city.store.commit))
            for name in ("poll_receipts", "confirm_receipts"):
                patched.setattr(city.court, name, cut.watch(getattr(city.court, name)))
            with suppress(PowerCut):
                city.poll()
        for _ in range(3):  # the rest of the round, its end, and another
            city.poll()
        assert city.entry(entry.reference).state is DeliveryState.VIEWED
        receipts = [row for row in city.store.evidence.of_notice(entry.reference) if row.kind == EvidenceKind.RECEIPT]
        assert len(receipts) == 2
        assert city.quarantine() == []
        if cut.calls < at:
            assert at > 4, "there were calls to cut"
            return


def test_a_doubt_that_was_withdrawn_may_still_get_a_receipt(city: City) -> None:
    city.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    [entry] = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    city.clock.pass_(hours=1)
    city.intervene(entry.reference, Decision(verdict=DoubtDecision.WITHDRAWN, settle_after=SETTLE))
    assert city.entry(entry.reference).state is DeliveryState.WITHDRAWN
    city.court.issue(ARRIVAL, entry.reference, entry.seal_digest, city.clock(), tracking="T-1")
    told = city.poll()
    assert asked(city) == [entry.reference]
    assert [error.code for error in told.errors] == ["receipt.withdrawn"]
    assert city.entry(entry.reference).state is DeliveryState.DELIVERED


def test_one_of_which_nothing_can_be_asked_keeps_no_neighbour_unasked(city: City) -> None:
    first, second, third = sent(city, "1", "2", "3")
    city.court.fails[second.reference] = FAILURES["it cannot be asked about"]
    for entry in (first, third):
        issue(city, entry)
    told = city.poll(page=3, notices=3)
    assert [error.code for error in told.errors] == ["mapped.field-missing"]
    assert {city.entry(each.reference).state for each in (first, third)} == {DeliveryState.DELIVERED}
