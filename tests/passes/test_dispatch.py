"""Claim, sign, record, transmit, record: what may become of a notice that is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from adapters.cli.notices.status import _printed
from gateway.judiciary.courier import Deferred, Message, NoAccount, Rejected, SealSlice, Unknown
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.large_octets import Octets
from gateway.notice.notice import sha256
from gateway.notice.outbox import BACKOFF, JITTER
from gateway.overview.notices.work_line import work_lines
from gateway.runtime.clock import Pace
from gateway.runtime.errors import Actor, GatewayError
from gateway.sending.dispatch import dispatch_due
from gateway.sending.dispatch_policy import DispatchPolicy
from gateway.store.stored import Changes, Mark

from .conftest import LEASE, Passes
from .ports import accept


def test_accepted_notices_are_submitted_in_one_message_with_its_evidence(passes: Passes) -> None:
    entries = passes.admit("1", "2", "3")
    assert passes.dispatch().counts == {"sent": 3, "accepted": 3}
    assert sorted(passes.judiciary.received) == sorted(e.reference for e in entries)
    for entry in entries:
        now = passes.entry(entry.reference)
        assert now.state is DeliveryState.SUBMITTED
        assert now.tracking_number == f"T-{entry.reference[-6:]}"
        kinds = [row.kind for row in passes.store.evidence.of_notice(entry.reference)]
        assert (
            json.loads(passes.store.evidence.of_notice(entry.reference)[-1].header)["context"]["passed"]
            == "issued by court"
        )
        assert kinds == ["SEALED_NOTICE", "MESSAGE_SENT", "MESSAGE_RECEIVED"]
        _, sent, _ = passes.store.evidence.of_notice(entry.reference)
        assert passes.store.evidence.payload(sent.payload_digest) == passes.judiciary.wires[0]
        assert sent.payload_digest == sha256(passes.judiciary.wires[0])
    assert passes.dispatch().idle


def test_the_judiciary_may_decide_differently_for_each(passes: Passes) -> None:
    one, two, three, four = passes.admit("1", "2", "3", "4")
    fates = {
        one.reference: Rejected(code="R-102", text="deceased"),
        two.reference: NoAccount(),
        three.reference: Deferred(code="busy", retry_after=timedelta(minutes=1)),
        four.reference: Unknown(code="courier.incomplete-answer"),
    }
    passes.judiciary.outcome = lambda reference: fates[reference]
    passes.dispatch()
    states = {e.reference: passes.entry(e.reference) for e in (one, two, three, four)}
    assert states[one.reference].state is DeliveryState.REJECTED
    assert (states[one.reference].code, states[one.reference].reason) == ("R-102", "deceased")
    assert states[two.reference].state is DeliveryState.NO_ACCOUNT
    assert states[three.reference].state is DeliveryState.QUEUED
    assert states[three.reference].due_at == passes.clock.now + timedelta(minutes=1)
    assert states[four.reference].state is DeliveryState.IN_DOUBT


def test_a_lost_answer_is_doubt_and_nothing_is_sent_again(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.clock.advance(days=3)
    assert passes.dispatch().idle
    assert passes.judiciary.received == [entry.reference]
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert [row.kind for row in passes.store.evidence.of_notice(entry.reference)] == ["SEALED_NOTICE", "MESSAGE_SENT"]


def test_deferrals_wait_longer_each_time(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.outcome = lambda reference: Deferred(code="courier.not-connected")
    for wait in (*BACKOFF, BACKOFF[-1]):
        passes.dispatch()
        due = passes.entry(entry.reference).due_at
        assert due is not None
        assert abs(due - passes.clock.now - wait) <= JITTER * wait
        assert passes.dispatch().idle
        passes.clock.now = due
    assert passes.entry(entry.reference).attempts == len(BACKOFF) + 1


def test_a_message_is_recorded_before_it_goes_out(passes: Passes) -> None:
    (entry,) = passes.admit("1")

    class PowerCut(BaseException):
        pass

    def cut() -> None:
        raise PowerCut

    passes.judiciary.during_submit = cut
    with pytest.raises(PowerCut):
        passes.dispatch()
    assert [row.kind for row in passes.store.evidence.of_notice(entry.reference)] == ["SEALED_NOTICE", "MESSAGE_SENT"]
    assert passes.entry(entry.reference).state is DeliveryState.SENDING


def test_nothing_is_signed_when_the_lease_is_over(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    streamed = passes.store.evidence.streamed

    def slow(digests: Sequence[str]) -> dict[str, Octets]:
        passes.clock.now += LEASE
        return streamed(digests)

    passes.store.evidence.streamed = slow  # type: ignore[method-assign]
    assert passes.dispatch().counts == {"lease_over": 1}
    assert passes.judiciary.received == []
    assert passes.entry(entry.reference).state is DeliveryState.QUEUED, "nothing was sent, so there is no doubt"


def test_what_fails_before_sending_hands_the_notices_back(passes: Passes) -> None:
    entries = passes.admit("1", "2", "3")

    def broken(seals: object, now: object) -> None:
        raise GatewayError("key.unreadable", where="transport")

    passes.judiciary.prepare_submission = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(GatewayError, match=r"key\.unreadable"):
        passes.dispatch()
    for entry in entries:
        now = passes.entry(entry.reference)
        assert (now.state, now.code) == (DeliveryState.QUEUED, "key.unreadable")
        assert now.due_at is not None
        assert now.due_at > passes.clock.now + BACKOFF[0] / 2


@pytest.mark.parametrize("code", ["store.payload-missing", "store.payload-folder"])
def test_one_seal_that_cannot_be_read_keeps_no_other_back(passes: Passes, code: str) -> None:
    good, bad, other = passes.admit("1", "2", "3")
    real = passes.store.evidence.streamed

    def streamed(digests: Sequence[str]) -> dict[str, Octets]:
        if bad.seal_digest in digests:
            raise GatewayError(code, where=bad.seal_digest)
        return real(digests)

    passes.store.evidence.streamed = streamed  # type: ignore[method-assign]
    report = passes.dispatch()
    passes.store.evidence.streamed = real  # type: ignore[method-assign]
    assert [error.code for error in report.errors] == [code]
    assert sorted(passes.judiciary.received) == sorted([good.reference, other.reference])
    waiting = passes.entry(bad.reference)
    assert (waiting.state, waiting.code) == (DeliveryState.QUEUED, code)


def test_a_notice_that_the_contract_has_no_room_for_keeps_no_other_back(passes: Passes) -> None:
    one, two, three = passes.admit("1", "2", "3")
    prepare, misfits = passes.judiciary.prepare_submission, {two.reference}

    def prepared(seals: Sequence[SealSlice], now: datetime) -> Message:
        if misfits & {seal.reference for seal in seals}:
            raise GatewayError("mapped.message", where="Addressee.FullName")
        return prepare(seals, now)

    passes.judiciary.prepare_submission = prepared  # type: ignore[method-assign]
    report = passes.dispatch()
    assert (report.counts["accepted"], [error.code for error in report.errors]) == (2, ["mapped.message"])
    assert sorted(passes.judiciary.received) == sorted([one.reference, three.reference])
    waiting = passes.entry(two.reference)
    assert (waiting.state, waiting.code) == (DeliveryState.QUEUED, "mapped.message")
    passes.clock.advance(days=1)
    assert passes.dispatch().counts["sent"] == 0, "alone, it is handed back again"
    misfits.clear()
    passes.clock.advance(days=1)
    assert passes.dispatch().counts["accepted"] == 1


def test_a_pass_ends_though_the_judiciary_always_defers(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.outcome = lambda reference: Deferred(code="busy", retry_after=timedelta(0))
    assert passes.dispatch().counts["sent"] == 1
    assert passes.entry(entry.reference).due_at == passes.clock.now + timedelta(seconds=1)


def test_a_notice_whose_receipt_waits_to_be_applied_is_not_sent(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.outcome = lambda reference: Deferred(code="busy")
    passes.dispatch()
    passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, passes.clock())
    passes.judiciary.outcome = accept

    def cut(changes: Changes) -> frozenset[str]:
        stale = commit(changes)
        if changes.receipts:
            raise GatewayError("store.unavailable")
        return stale

    commit = passes.store.commit
    passes.store.commit = cut  # type: ignore[method-assign]
    with pytest.raises(GatewayError, match=r"store\.unavailable"):
        passes.receive()
    passes.store.commit = commit  # type: ignore[method-assign]
    passes.clock.advance(hours=1)
    assert passes.dispatch().idle
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED
    assert len(passes.judiciary.received) == 1


def test_with_an_expired_certificate_nothing_is_claimed(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.ready = False
    with pytest.raises(GatewayError, match=r"certificate\.expired"):
        passes.dispatch()
    assert passes.entry(entry.reference).state is DeliveryState.QUEUED


def test_a_certificate_that_ends_in_the_middle_of_a_pass_signs_no_more(passes: Passes) -> None:
    passes.admit("1", "2")

    def end() -> None:
        passes.judiciary.ready = False

    passes.judiciary.during_submit = end
    with pytest.raises(GatewayError, match=r"certificate\.expired"):
        passes.dispatch(batch=1)
    assert len(passes.judiciary.received) == 1


def test_a_deferral_that_comes_after_rescue_had_its_word_changes_nothing(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.outcome = lambda _: Deferred(code="BUSY")

    def sleep() -> None:
        passes.clock.advance(minutes=6)
        passes.rescue()

    passes.judiciary.during_submit = sleep
    assert passes.dispatch().counts["stale"] == 1
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert passes.events(entry.reference)[-2:] == [DeliveryEvent.LEASE_EXPIRY, DeliveryEvent.UNKNOWN_TO_PEER]


def test_batches_keep_to_their_limit(passes: Passes) -> None:
    passes.admit(*"1234567")
    passes.dispatch(batch=3)
    assert [wire.count(b"<sealed") for wire in passes.judiciary.wires] == [3, 3, 1]


def test_a_pass_without_leave_ends_between_two_batches(passes: Passes) -> None:
    admitted = passes.admit("1", "2", "3")
    left = iter([True, True, False])
    policy = DispatchPolicy(owner="one", origin="city", lease=LEASE, pace=Pace(), batch_notices=1)
    report = dispatch_due(passes.store, passes.judiciary, passes.clock, policy, lambda: next(left))
    assert report.counts["sent"] == 2
    assert [passes.entry(entry.reference).state for entry in admitted] == [
        DeliveryState.SUBMITTED,
        DeliveryState.SUBMITTED,
        DeliveryState.QUEUED,
    ]


def test_a_damaged_seal_is_told_with_who_must_act_and_not_as_sent_by_itself(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, damaged = passes.admit("1", "2")
    real = passes.store.evidence.streamed

    def streamed(digests: Sequence[str]) -> dict[str, Octets]:
        if damaged.seal_digest in digests:
            raise GatewayError("store.payload-missing", where=damaged.seal_digest, detail="changed")
        return dict(real(digests))

    monkeypatch.setattr(passes.store.evidence, "streamed", streamed)
    for _ in range(30):
        passes.dispatch()
        passes.clock.advance(hours=5)
    shown = {
        line.what: line
        for line in map(_printed, work_lines(passes.store.tallies, passes.clock(), {"cases"}))
        if line.count
    }
    assert (shown["QUEUED"].count, shown["QUEUED"].actor) == (1, Actor.OPERATOR)
    assert shown["QUEUED"].next == "see below"
    stuck = shown["  queued, and cannot be sent: store.payload-missing"]
    assert (stuck.count, stuck.actor) == (1, Actor.OPERATOR)
    assert "restore the payload" in stuck.next
    errors = {error.code: error for error in passes.look_at_limits().errors}
    assert errors["reconcile.unsendable"].entry.actor is Actor.OPERATOR
    assert errors["reconcile.unsendable"].detail == "1"
    assert passes.entry(good.reference).state is DeliveryState.SUBMITTED


def test_a_seal_of_a_time_that_has_not_come_is_not_sent_and_a_due_time_that_far_alarms(passes: Passes) -> None:
    """The clock was 40 days ahead when the notice was sealed, and is right now."""
    passes.clock.advance(days=40)
    (entry,) = passes.admit("1")
    passes.clock.advance(days=-40)
    assert [(e.code, e.detail) for e in passes.look_at_limits().errors] == [("reconcile.due-too-late", "1")]
    assert passes.dispatch().idle
    passes.store.commit(Changes(marks=[Mark(reference=entry.reference, due_at=passes.clock())]))
    assert passes.look_at_limits().errors == [], "a person made it due"
    assert passes.dispatch().idle, "it would be rejected for good"
    passes.clock.advance(days=40)
    assert passes.dispatch().counts["accepted"] == 1


def test_the_longest_wait_of_a_deferral_is_no_alarm(passes: Passes) -> None:
    passes.admit("1")
    passes.judiciary.outcome = lambda _: Deferred(code="courier.busy")
    for _ in range(8):
        passes.dispatch()
        assert [e for e in passes.look_at_limits().errors if e.code == "reconcile.due-too-late"] == []
        passes.clock.advance(hours=5)
