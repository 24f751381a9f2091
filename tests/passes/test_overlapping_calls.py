"""Dispatch whose calls overlap: the guarantees of one call after another, in any order of answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from gateway.judiciary.call_pool import Call
from gateway.judiciary.courier import (
    Accepted,
    Answer,
    Deferred,
    Message,
    NoAccount,
    Outcome,
    Rejected,
    Reply,
    SealRefused,
    Unknown,
)
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, Failure
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport, Wait
from gateway.store.stored import Changes

from .conftest import Passes
from .ports import accept
from .shuffled_calls import Shuffled

SEEDS = range(8)
MOST = 8
S = DeliveryState

FATES: dict[str, tuple[Callable[[str], Outcome], DeliveryState]] = {
    "accepted": (accept, S.SUBMITTED),
    "rejected": (lambda _: Rejected(code="R-102", text="deceased"), S.REJECTED),
    "no account": (lambda _: NoAccount(), S.NO_ACCOUNT),
    "deferred": (lambda _: Deferred(code="busy", retry_after=timedelta(minutes=1)), S.QUEUED),
    "unknown": (lambda _: Unknown(code="courier.incomplete-answer"), S.IN_DOUBT),
}


def dispatch(
    passes: Passes, pool: Shuffled, *, batch: int = 1, most: int = MOST, may_continue: MayContinue = always
) -> PassReport:
    return passes.dispatch(batch=batch, calls=most, pool=pool, may_continue=may_continue)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_notice_goes_once_and_meets_its_own_fate(passes: Passes, seed: int) -> None:
    drawn = Random(seed)
    entries = passes.admit(*map(str, range(25)))
    fates = {entry.reference: drawn.choice(sorted(FATES)) for entry in entries}
    passes.judiciary.outcome = lambda reference: FATES[fates[reference]][0](reference)
    pool = Shuffled(passes.judiciary, seed)
    report = dispatch(passes, pool, batch=drawn.randint(1, 4))
    assert Counter(passes.judiciary.received) == Counter(fates.keys())
    assert report.counts["sent"] == len(entries)
    for reference, fate in fates.items():
        assert passes.entry(reference).state is FATES[fate][1]
        kinds = [row.kind for row in passes.store.evidence.of_notice(reference)]
        assert kinds == ["SEALED_NOTICE", "MESSAGE_SENT", "MESSAGE_RECEIVED"]
    assert pool.rested


def test_a_pass_begins_with_one_call_and_grows_to_its_limit(passes: Passes) -> None:
    passes.admit(*map(str, range(40)))
    pool = Shuffled(passes.judiciary)
    dispatch(passes, pool)
    assert pool.groups[0] == 1
    assert pool.most_under_way == MOST
    assert len(passes.judiciary.received) == 40


def test_messages_that_begin_together_are_recorded_by_one_commit(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes.admit(*map(str, range(40)))
    commits: list[Changes] = []
    commit = passes.store.commit

    def counted(changes: Changes) -> frozenset[str]:
        commits.append(changes)
        return commit(changes)

    monkeypatch.setattr(passes.store, "commit", counted)
    dispatch(passes, Shuffled(passes.judiciary))
    recorded = [len(each.evidence) for each in commits]
    assert sum(recorded) == 80
    assert len(recorded) < 40


def test_an_endpoint_that_is_away_costs_one_call_at_a_time(passes: Passes) -> None:
    entries = passes.admit(*map(str, range(20)))
    passes.judiciary.away = Failure(code="courier.no-answer")
    passes.judiciary.outcome = lambda _: Unknown(code="courier.no-answer")
    pool = Shuffled(passes.judiciary)
    report = dispatch(passes, pool)
    assert pool.most_under_way == 1
    assert report.waits is Wait.RESTING
    assert passes.judiciary.calls == FAILURES_THAT_OPEN
    assert Counter(passes.entry(entry.reference).state for entry in entries)[S.QUEUED] == 20 - FAILURES_THAT_OPEN


def test_an_endpoint_that_may_be_back_gets_one_notice(passes: Passes) -> None:
    passes.admit(*map(str, range(20)))
    passes.judiciary.away = Failure(code="courier.not-connected")
    passes.judiciary.outcome = lambda _: Deferred(code="courier.not-connected")
    dispatch(passes, Shuffled(passes.judiciary))
    passes.judiciary.away, passes.judiciary.outcome = None, accept
    passes.judiciary.wires.clear()
    passes.clock.advance(hours=1)
    dispatch(passes, Shuffled(passes.judiciary), batch=5)
    assert passes.judiciary.wires[0].count(b"<sealed") == 1
    assert len(passes.judiciary.received) == 20


def test_calls_under_way_are_heard_after_leave_is_over(passes: Passes) -> None:
    passes.admit(*map(str, range(30)))
    left = iter([True] * 6 + [False] * 60)
    report = dispatch(passes, Shuffled(passes.judiciary), may_continue=lambda: next(left))
    assert 0 < report.counts["accepted"] == len(passes.judiciary.received) < 30
    assert passes.store.tallies.counts()[S.SENDING] == 0


def test_what_breaks_one_call_does_not_lose_the_answers_of_others(passes: Passes) -> None:
    entries = passes.admit(*map(str, range(12)))
    broken = entries[6].reference
    submit = passes.judiciary.submit

    def breaking(message: Message) -> Answer[Outcome]:
        answer = submit(message)
        if broken in message.references:
            raise ZeroDivisionError("a mistake of the program")
        return answer

    passes.judiciary.submit = breaking  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        dispatch(passes, Shuffled(passes.judiciary))
    states = Counter(passes.entry(entry.reference).state for entry in entries)
    assert passes.entry(broken).state is S.SENDING
    assert states[S.SENDING] == 1
    assert states[S.SUBMITTED] == len(passes.judiciary.received) - 1


@pytest.mark.parametrize("seed", [6, 7, 11])
def test_what_breaks_two_calls_does_not_lose_the_answers_of_others(passes: Passes, seed: int) -> None:
    """Their answers come in different rounds: the second one must not end the first one's cleaning up."""
    entries = passes.admit(*map(str, range(20)))
    transmit, broken = passes.judiciary.transmit, set[str]()

    def breaking(message: Message) -> Reply:
        reply, number = transmit(message), len(passes.judiciary.received)
        if number > 10 and number % 2:
            broken.update(message.references)
            raise MemoryError("more than there is")
        return reply

    passes.judiciary.transmit = breaking  # type: ignore[method-assign]
    with pytest.raises(MemoryError):
        dispatch(passes, Shuffled(passes.judiciary, seed))
    assert {entry.reference for entry in entries if passes.entry(entry.reference).state is S.SENDING} == broken
    assert passes.store.tallies.counts()[S.SUBMITTED] == len(passes.judiciary.received) - len(broken)


def test_calls_that_get_no_thread_leave_nothing_in_doubt(passes: Passes) -> None:
    entries = passes.admit(*map(str, range(40)))

    class OutOfThreads(Shuffled):
        def begin(self, number: int, call: Call) -> None:
            if number > 6:
                raise RuntimeError("can't start new thread")
            super().begin(number, call)

    with pytest.raises(RuntimeError, match="thread"):
        dispatch(passes, OutOfThreads(passes.judiciary))
    received = set(passes.judiciary.received)
    left = [passes.entry(entry.reference) for entry in entries if entry.reference not in received]
    assert Counter(passes.entry(reference).state for reference in received) == {S.SUBMITTED: len(received)}
    assert {(entry.state, entry.attempts) for entry in left} == {(S.QUEUED, 0)}
    assert any(len(passes.store.evidence.of_notice(entry.reference)) == 2 for entry in left), "none was recorded"


def test_a_message_that_cannot_be_made_hands_its_notices_back_and_others_are_heard(passes: Passes) -> None:
    entries = passes.admit(*map(str, range(12)))
    prepare, made = passes.judiciary.prepare_submission, Counter[str]()

    def failing(*arguments: object) -> Message:
        made["messages"] += 1
        if made["messages"] > 4:
            raise GatewayError("key.unreadable", where="transport")
        return prepare(*arguments)  # type: ignore[arg-type]

    passes.judiciary.prepare_submission = failing  # type: ignore[method-assign]
    with pytest.raises(GatewayError, match=r"key\.unreadable"):
        dispatch(passes, Shuffled(passes.judiciary, seed=3))
    states = Counter(passes.entry(entry.reference).state for entry in entries)
    assert states == {S.SUBMITTED: len(passes.judiciary.received), S.QUEUED: 12 - len(passes.judiciary.received)}


def test_a_limit_of_calls_holds_and_its_slots_are_free_at_the_end(passes: Passes) -> None:
    entries, calls = passes.admit(*map(str, range(20))), _Slots(3)
    passes.endpoint_policy = EndpointPolicy(calls=calls)
    pool = Shuffled(passes.judiciary)
    report = dispatch(passes, pool)
    assert report.counts["accepted"] == len(entries)
    assert report.waits is None
    assert (pool.most_under_way, calls.most, calls.taken) == (3, 3, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_processes_share_the_queue(passes: Passes, seed: int) -> None:
    """Another process dispatches while calls of this one are under way: each notice still goes once."""
    entries = passes.admit(*map(str, range(20)))
    other = iter(range(5))

    def during() -> None:
        if next(other, None) is not None:
            passes.dispatch(owner="two", batch=2)

    passes.judiciary.during_submit = during
    dispatch(passes, Shuffled(passes.judiciary, seed))
    assert Counter(passes.judiciary.received) == Counter(entry.reference for entry in entries)
    assert {passes.entry(entry.reference).state for entry in entries} == {S.SUBMITTED}


def test_refused_seals_hold_their_body_while_calls_overlap(passes: Passes) -> None:
    """Calls that were under way when the body was held end as they must; then one notice probes it."""
    passes.admit(*map(str, range(30)))
    passes.judiciary.outcome = lambda _: SealRefused(code="S-1", text="")
    dispatch(passes, Shuffled(passes.judiciary))
    sent = len(passes.judiciary.received)
    assert FAILURES_THAT_OPEN <= sent < FAILURES_THAT_OPEN + MOST
    passes.judiciary.outcome = lambda reference: Accepted(tracking_number=reference[-8:])
    passes.clock.advance(hours=1)
    dispatch(passes, Shuffled(passes.judiciary))
    assert passes.judiciary.wires[sent].count(b"<sealed") == 1
    assert passes.store.tallies.counts()[S.SUBMITTED] == 30


class _Slots:
    """Calls of which so many may be under way."""

    def __init__(self, number: int) -> None:
        self._number, self.taken, self.most = number, 0, 0

    def take(self, *, further: bool = False) -> _Slot:
        return _Slot(self)

    def rest(self) -> None:
        assert self.taken == 0

    def enter(self) -> bool:
        if self.taken == self._number:
            return False
        self.taken += 1
        self.most = max(self.most, self.taken)
        return True


class _Slot:
    def __init__(self, slots: _Slots) -> None:
        self._slots, self._mine = slots, False

    def __enter__(self) -> bool:
        self._mine = self._slots.enter()
        return self._mine

    def __exit__(self, *_: object) -> None:
        self._slots.taken -= self._mine
