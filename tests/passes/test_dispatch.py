"""Claim, sign, record, transmit, record: what may become of a notice that is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.courier import Deferred, NoAccount, Rejected, Unknown
from gateway.delivery import DeliveryEvent, DeliveryState
from gateway.errors import GatewayError
from gateway.notice import sha256
from gateway.outbox import BACKOFF

from .conftest import LEASE, City


def test_accepted_notices_are_submitted_in_one_message_with_its_evidence(city: City) -> None:
    entries = city.admit("1", "2", "3")
    assert city.dispatch().counts == {"sent": 3, "accepted": 3}
    assert sorted(city.court.received) == sorted(e.reference for e in entries)
    for entry in entries:
        now = city.entry(entry.reference)
        assert now.state is DeliveryState.SUBMITTED
        assert now.tracking_number == f"T-{entry.reference[-6:]}"
        kinds = [row.kind for row in city.store.evidence(entry.reference)]
        assert kinds == ["SEALED_NOTICE", "MESSAGE_SENT", "MESSAGE_RECEIVED"]
        _, sent, _ = city.store.evidence(entry.reference)
        assert city.store.payload(sent.payload_digest) == city.court.wires[0]
        assert sent.payload_digest == sha256(city.court.wires[0])
    assert city.dispatch().idle


def test_the_judiciary_may_decide_differently_for_each(city: City) -> None:
    one, two, three, four = city.admit("1", "2", "3", "4")
    fates = {
        one.reference: Rejected(code="R-102", text="deceased"),
        two.reference: NoAccount(),
        three.reference: Deferred(code="busy", retry_after=timedelta(minutes=1)),
        four.reference: Unknown(code="courier.incomplete-answer"),
    }
    city.court.outcome = lambda reference: fates[reference]
    city.dispatch()
    states = {e.reference: city.entry(e.reference) for e in (one, two, three, four)}
    assert states[one.reference].state is DeliveryState.REJECTED
    assert (states[one.reference].code, states[one.reference].reason) == ("R-102", "deceased")
    assert states[two.reference].state is DeliveryState.NO_ACCOUNT
    assert states[three.reference].state is DeliveryState.QUEUED
    assert states[three.reference].due_at == city.clock.now + timedelta(minutes=1)
    assert states[four.reference].state is DeliveryState.IN_DOUBT


def test_a_lost_answer_is_doubt_and_nothing_is_sent_again(city: City) -> None:
    (entry,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    city.clock.pass_(days=3)
    assert city.dispatch().idle
    assert city.court.received == [entry.reference]
    assert city.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert [row.kind for row in city.store.evidence(entry.reference)] == ["SEALED_NOTICE", "MESSAGE_SENT"]


def test_deferrals_wait_longer_each_time(city: City) -> None:
    (entry,) = city.admit("1")
    city.court.outcome = lambda reference: Deferred(code="courier.not-connected")
    for wait in (*BACKOFF, BACKOFF[-1]):
        city.dispatch()
        assert city.entry(entry.reference).due_at == city.clock.now + wait
        assert city.dispatch().idle
        city.clock.now += wait
    assert city.entry(entry.reference).attempts == len(BACKOFF) + 1


def test_a_message_is_recorded_before_it_goes_out(city: City) -> None:
    (entry,) = city.admit("1")

    class PowerCut(BaseException):
        pass

    def cut() -> None:
        raise PowerCut

    city.court.during_submit = cut
    with pytest.raises(PowerCut):
        city.dispatch()
    assert [row.kind for row in city.store.evidence(entry.reference)] == ["SEALED_NOTICE", "MESSAGE_SENT"]
    assert city.entry(entry.reference).state is DeliveryState.SENDING


def test_nothing_is_signed_when_the_lease_is_over(city: City) -> None:
    (entry,) = city.admit("1")
    payloads = city.store.payloads

    def slow(digests: list[str]) -> dict[str, bytes]:
        city.clock.now += LEASE
        return payloads(digests)

    city.store.payloads = slow  # type: ignore[method-assign, assignment]
    assert city.dispatch().counts == {"lease_over": 1}
    assert city.court.received == []
    assert city.entry(entry.reference).state is DeliveryState.SENDING


def test_with_an_expired_certificate_nothing_is_claimed(city: City) -> None:
    (entry,) = city.admit("1")
    city.court.ready = False
    with pytest.raises(GatewayError, match=r"certificate\.expired"):
        city.dispatch()
    assert city.entry(entry.reference).state is DeliveryState.QUEUED


def test_an_answer_that_comes_after_rescue_had_its_word_changes_nothing(city: City) -> None:
    (entry,) = city.admit("1")

    def sleep() -> None:
        city.clock.pass_(minutes=6)
        city.rescue()

    city.court.during_submit = sleep
    assert city.dispatch().counts["stale"] == 1
    assert city.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert city.events(entry.reference)[-2:] == [DeliveryEvent.LEASE_EXPIRY, DeliveryEvent.UNKNOWN_TO_PEER]


def test_batches_keep_to_their_limit(city: City) -> None:
    city.admit(*"1234567")
    city.dispatch(batch=3)
    assert [wire.count(b"<sealed") for wire in city.court.wires] == [3, 3, 1]
