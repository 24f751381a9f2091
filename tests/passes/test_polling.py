"""A judiciary that gives receipts only to who names the notice: each is asked about in turn, and none stops another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from gateway.judiciary.call_count import MOST_CALLS, CallCount
from gateway.judiciary.call_pool import Call
from gateway.judiciary.capabilities import Capabilities, InquiryWay
from gateway.judiciary.courier import CallFailed, NotBelieved, Unread
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.receipts.polling import poll_receipts
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

from .conftest import SETTLE, Passes
from .ports import accept
from .shuffled_calls import Shuffled

ARRIVAL, VIEWING = "ContentConsignment", "ContentHandover"


def sent(passes: Passes, *keys: str) -> list[OutboxEntry]:
    """Notices that the judiciary has accepted, by reference, in the order of the round."""
    passes.judiciary.outcome = accept
    admitted = passes.admit(*keys)
    passes.dispatch()
    return sorted((passes.entry(entry.reference) for entry in admitted), key=lambda entry: entry.reference)


def issue(passes: Passes, entry: OutboxEntry, event: str = ARRIVAL) -> None:
    number = passes.entry(entry.reference).tracking_number
    passes.judiciary.issue(event, entry.reference, entry.seal_digest, passes.clock(), tracking=number)


def asked(passes: Passes) -> list[str]:
    found = [reference for references in passes.judiciary.polled for reference in references]
    passes.judiciary.polled.clear()
    return found


def test_each_notice_is_asked_about_until_it_can_get_no_more(passes: Passes) -> None:
    first, second = sent(passes, "1", "2")
    assert passes.poll().counts["asked"] == 2
    assert asked(passes) == [first.reference, second.reference]
    passes.poll()  # the round is over
    passes.judiciary.polled.clear()
    issue(passes, first)
    assert passes.poll().counts["applied"] == 1
    assert passes.entry(first.reference).state is DeliveryState.DELIVERED
    issue(passes, first, VIEWING)
    passes.poll()
    passes.poll()
    assert passes.entry(first.reference).state is DeliveryState.VIEWED
    assert passes.judiciary.confirmed
    passes.poll()
    passes.judiciary.polled.clear()
    passes.poll()
    passes.poll()
    assert set(asked(passes)) == {second.reference}


def test_a_pass_asks_about_so_many_and_the_next_goes_on_there(passes: Passes) -> None:
    entries = [entry.reference for entry in sent(passes, *"12345")]
    for expected in (entries[:2], entries[2:4], entries[4:], entries[:2]):
        passes.poll(page=2)
        assert asked(passes) == expected


def test_several_notices_a_call_where_the_service_bears_them(passes: Passes) -> None:
    entries = [entry.reference for entry in sent(passes, *"12345")]
    passes.poll(page=5, notices=2)
    assert passes.judiciary.polled == [entries[:2], entries[2:4], entries[4:]]


class QuickConfirmations(Shuffled):
    """A poll takes a tenth of a second. A confirmation takes no time: the service has no operation for it."""

    def begin(self, number: int, call: Call) -> None:
        self._seconds = 1e-6 if getattr(call, "confirms", ()) else 0.1
        super().begin(number, call)


def test_confirmations_change_no_number_of_calls(passes: Passes) -> None:
    for entry in sent(passes, *map(str, range(120))):
        issue(passes, entry)
    pool, counts = QuickConfirmations(passes.judiciary), list[int]()
    pool.make_ready, make_ready = lambda calls: (counts.append(calls), make_ready(calls))[1], pool.make_ready  # type: ignore[method-assign]
    policy = ReceiptPolicy(
        origin="city",
        page=200,
        endpoint_policy=passes.endpoint_policy,
        calls=CallCount(most=MOST_CALLS, by_latency=True),
        capabilities=passes.capabilities,
    )
    poll_receipts(passes.store, passes.judiciary, passes.reader, passes.clock, policy, pool=pool)
    assert len(passes.judiciary.confirmed) == 120
    assert counts == sorted(counts)
    assert counts[-1] == MOST_CALLS


def test_what_is_told_again_and_again_leaves_one_record(passes: Passes) -> None:
    [entry] = sent(passes, "1")
    issue(passes, entry)
    for _ in range(6):
        passes.poll()
    rows = passes.store.evidence.of_notice(entry.reference)
    answers = [row for row in rows if row.kind == EvidenceKind.MESSAGE_RECEIVED]
    assert len(answers) == 2, "of the submission, and of the first answer that brought the receipt"
    assert len([row for row in rows if row.kind == EvidenceKind.RECEIPT]) == 1


FAILURES = {
    "a fault about it": GatewayError("courier.fault", where="FetchReceipts", detail="404"),
    "it cannot be asked about": GatewayError("mapped.field-missing", where="Ticket"),
    "an answer that is not believed": NotBelieved(Rejection("verify.signature"), "FetchReceipts", b"<what/>"),
    "a believed answer that our mapping cannot read": Unread(
        GatewayError("mapped.unknown-value", where="State"), "FetchReceipts", b"<read/>"
    ),
    "no answer": CallFailed("courier.no-answer", where="court"),
}


@pytest.mark.parametrize("failure", list(FAILURES))
def test_a_notice_whose_call_fails_stops_no_other(passes: Passes, failure: str) -> None:
    first, _, third = sent(passes, "1", "2", "3")
    passes.judiciary.fails[first.reference] = FAILURES[failure]
    issue(passes, third)
    reported = passes.poll()
    assert [error.code for error in reported.errors] == [FAILURES[failure].code]
    passes.poll()
    assert passes.entry(third.reference).state is DeliveryState.DELIVERED
    assert len(passes.quarantine()) == isinstance(FAILURES[failure], NotBelieved)


def test_an_answer_that_our_mapping_cannot_read_is_no_failure_of_the_service(passes: Passes) -> None:
    entries = sent(passes, *"1234")
    unread = Unread(GatewayError("mapped.unknown-value", where="State"), "FetchReceipts", b"<read/>")
    passes.judiciary.fails |= {entry.reference: unread for entry in entries}
    reported = passes.poll()
    assert [error.code for error in reported.errors] == ["mapped.unknown-value"] * 4
    assert passes.store.endpoints.breaker(passes.judiciary.destination).failures == 0


def test_a_judiciary_that_is_away_is_not_called_for_each(passes: Passes) -> None:
    sent(passes, *"12345")
    passes.judiciary.away = Failure(code="courier.not-connected")
    calls = passes.judiciary.calls
    passes.poll()
    assert passes.judiciary.calls == calls + 1
    passes.judiciary.away = None
    passes.clock.advance(minutes=10)
    passes.poll()
    passes.poll()
    assert len(set(asked(passes))) == 5


def test_a_store_that_fails_is_no_failure_of_a_notice(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(passes, "1")

    def broken(*_: object, **__: object) -> None:
        raise GatewayError("store.unavailable")

    monkeypatch.setattr(passes.store.receipts, "digests", broken)
    with pytest.raises(GatewayError, match=r"store\.unavailable"):
        passes.poll()


def test_a_doubt_is_asked_about_here_only_where_no_inquiry_ends_it(passes: Passes) -> None:
    passes.judiciary.answers = False
    [entry] = passes.admit("1")
    passes.dispatch()
    passes.judiciary.answers = True
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    passes.poll()
    assert asked(passes) == []
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    passes.judiciary.issue(ARRIVAL, entry.reference, entry.seal_digest, passes.clock())
    passes.poll()
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED


def test_a_doubt_that_no_inquiry_is_due_for_is_asked_about_too(passes: Passes) -> None:
    """Its absence was proven, and a person decides; a receipt says otherwise."""
    passes.requeue = passes.judiciary.answers = False
    [entry] = passes.admit("1")
    passes.dispatch()
    passes.judiciary.answers = True
    for _ in range(3):
        passes.clock.now += SETTLE
        passes.rescue()
    assert passes.entry(entry.reference).code == "doubt.absent"
    passes.judiciary.issue(ARRIVAL, entry.reference, entry.seal_digest, passes.clock())
    passes.poll()
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED


def test_an_arrival_that_viewing_overtook_is_still_asked_for(passes: Passes) -> None:
    [entry] = sent(passes, "1")
    issue(passes, entry, VIEWING)
    passes.poll()
    assert passes.entry(entry.reference).state is DeliveryState.VIEWED
    issue(passes, entry)
    passes.poll()
    passes.poll()
    assert passes.entry(entry.reference).delivered_at is not None


def test_a_notice_that_rests_for_long_is_asked_about_no_more(passes: Passes) -> None:
    [entry] = sent(passes, "1")
    issue(passes, entry)
    passes.poll()
    passes.clock.advance(days=91)
    passes.poll()
    asked(passes)
    passes.poll()
    assert asked(passes) == []
    assert passes.clock() - passes.entry(entry.reference).state_since > timedelta(days=90)


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
    passes: Passes, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    at = 0
    while True:
        at += 1
        [entry] = sent(passes, f"N{at}")
        for event in (ARRIVAL, VIEWING):
            issue(passes, entry, event)
        cut = Cut(at, after)
        with monkeypatch.context() as patched:
            patched.setattr(passes.store, "commit", cut.watch(passes.store.commit))
            for name in ("poll_receipts", "confirm_receipts"):
                patched.setattr(passes.judiciary, name, cut.watch(getattr(passes.judiciary, name)))
            with suppress(PowerCut):
                passes.poll()
        for _ in range(3):  # the rest of the round, its end, and another
            passes.poll()
        assert passes.entry(entry.reference).state is DeliveryState.VIEWED
        receipts = [row for row in passes.store.evidence.of_notice(entry.reference) if row.kind == EvidenceKind.RECEIPT]
        assert len(receipts) == 2
        assert passes.quarantine() == []
        if cut.calls < at:
            assert at > 4, "there were calls to cut"
            return


def test_a_doubt_that_was_withdrawn_may_still_get_a_receipt(passes: Passes) -> None:
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    [entry] = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.clock.advance(hours=1)
    passes.intervene(entry.reference, Decision(verdict=DoubtDecision.WITHDRAWN, settle_after=SETTLE))
    assert passes.entry(entry.reference).state is DeliveryState.WITHDRAWN
    passes.judiciary.issue(ARRIVAL, entry.reference, entry.seal_digest, passes.clock(), tracking="T-1")
    reported = passes.poll()
    assert asked(passes) == [entry.reference]
    assert [error.code for error in reported.errors] == ["receipt.withdrawn"]
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED


def test_one_of_which_nothing_can_be_asked_keeps_no_neighbour_unasked(passes: Passes) -> None:
    first, second, third = sent(passes, "1", "2", "3")
    passes.judiciary.fails[second.reference] = FAILURES["it cannot be asked about"]
    for entry in (first, third):
        issue(passes, entry)
    reported = passes.poll(page=3, notices=3)
    assert [error.code for error in reported.errors] == ["mapped.field-missing"]
    assert {passes.entry(each.reference).state for each in (first, third)} == {DeliveryState.DELIVERED}
