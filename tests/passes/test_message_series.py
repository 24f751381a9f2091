"""Series of messages in one call: the guarantees of a call for each message, with fewer commits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from gateway.judiciary.courier import Answer, Deferred, Message, Outcome, Rejected, Reply, SealRefused, Unknown
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, Failure
from gateway.sending.message_series import MOST, MOST_UNJUDGED, TIME, series_length
from gateway.store.stored import Changes

from .conftest import LEASE, Passes
from .ports import accept
from .shuffled_calls import Shuffled

QUICK = 0.01
S = DeliveryState


def quick(passes: Passes, seed: int = 0) -> Shuffled:
    """Return a pool whose calls take so little time that each has a series."""
    return Shuffled(passes.judiciary, seed, seconds=QUICK)


def states(passes: Passes) -> dict[str, int]:
    return passes.store.tallies.counts()


def test_the_latency_decides_the_length() -> None:
    assert series_length(None) == 1
    assert series_length(0.0) == 1, "a pool without a clock"
    assert [series_length(seconds) for seconds in (10.0, 0.2, 0.1, 0.05, 1e-6)] == [1, 5, 10, 20, MOST]
    while_growing = [series_length(seconds, calls_grow=True) for seconds in (0.2, 0.1, 0.05, 1e-6)]
    assert while_growing == [1, 2, 5, MOST], "each answer decides how many calls there may be"


@pytest.mark.parametrize("seed", range(4))
def test_each_notice_goes_once_and_meets_its_own_fate(passes: Passes, seed: int) -> None:
    drawn, calls = Random(seed), seed + 1
    entries = passes.admit(*map(str, range(40)))
    fates = {entry.reference: drawn.choice([S.SUBMITTED, S.REJECTED, S.IN_DOUBT]) for entry in entries}
    outcomes = {S.REJECTED: Rejected(code="R-102", text=""), S.IN_DOUBT: Unknown(code="courier.incomplete-answer")}
    passes.judiciary.outcome = lambda reference: outcomes.get(fates[reference]) or accept(reference)
    report = passes.dispatch(batch=drawn.randint(1, 3), calls=calls, pool=quick(passes, seed))
    assert Counter(passes.judiciary.received) == Counter(fates.keys())
    assert report.counts["sent"] == len(entries)
    for reference, fate in fates.items():
        assert passes.entry(reference).state is fate
        kinds = [row.kind for row in passes.store.evidence.of_notice(reference)]
        assert kinds == ["SEALED_NOTICE", "MESSAGE_SENT", "MESSAGE_RECEIVED"]


def test_one_commit_records_the_answers_of_a_series(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    passes.admit(*map(str, range(60)))
    commits: list[Changes] = []
    commit = passes.store.commit
    monkeypatch.setattr(passes.store, "commit", lambda changes: (commits.append(changes), commit(changes))[1])
    passes.dispatch(batch=1, calls=4, pool=quick(passes))
    assert sum(len(each.evidence) for each in commits) == 120
    assert len(commits) < 15


def test_what_was_not_submitted_after_a_failure_is_queued_and_in_no_doubt(passes: Passes) -> None:
    passes.admit(*map(str, range(40)))
    submit = passes.judiciary.submit

    def failing(message: Message) -> Answer[Outcome]:
        if len(passes.judiciary.received) == 9:
            passes.judiciary.away = Failure(code="courier.no-answer")
            passes.judiciary.outcome = lambda _: Unknown(code="courier.no-answer")
        return submit(message)

    passes.judiciary.submit = failing  # type: ignore[method-assign]
    passes.dispatch(batch=1, calls=1, pool=quick(passes))
    assert states(passes)[S.SUBMITTED] == 9
    assert states(passes)[S.IN_DOUBT] == FAILURES_THAT_OPEN
    assert states(passes)[S.QUEUED] == 40 - 9 - FAILURES_THAT_OPEN
    waiting = passes.store.notices.find(state=S.QUEUED, limit=40, after=None)
    assert {each.entry.attempts for each in waiting} == {0}, "back-off and refusals count submissions alone"
    passes.judiciary.submit, passes.judiciary.away = submit, None  # type: ignore[method-assign]
    passes.judiciary.outcome = accept
    passes.clock.advance(hours=1)
    passes.dispatch(batch=1, calls=4, pool=quick(passes))
    assert states(passes)[S.SUBMITTED] == 40 - FAILURES_THAT_OPEN
    assert max(Counter(passes.judiciary.received).values()) == 1


def test_refused_seals_hold_their_body_before_a_series_is_over(passes: Passes) -> None:
    passes.admit(*map(str, range(60)))
    good = 12
    refused = SealRefused(code="S-1", text="")
    passes.judiciary.outcome = lambda ours: accept(ours) if len(passes.judiciary.received) <= good else refused
    passes.dispatch(batch=1, calls=2, pool=quick(passes))
    assert good + FAILURES_THAT_OPEN <= len(passes.judiciary.received) <= good + 2 * MOST_UNJUDGED + 2
    assert states(passes)[S.SUBMITTED] == good
    assert states(passes)[S.QUEUED] == 60 - good


def test_a_series_that_lasts_too_long_ends_and_another_call_submits_the_rest(passes: Passes) -> None:
    passes.admit(*map(str, range(30)))
    passes.judiciary.during_submit = lambda: passes.clock.advance(seconds=TIME.total_seconds())
    pool = quick(passes)
    passes.dispatch(batch=1, calls=1, pool=pool)
    assert len(pool.groups) > 10
    assert len(passes.judiciary.received) == len(set(passes.judiciary.received)) == 30
    assert states(passes)[S.SUBMITTED] == 30


def test_nothing_is_submitted_after_its_lease_and_nothing_is_left_leased(passes: Passes) -> None:
    passes.admit(*map(str, range(20)))
    slow = iter([0.0] * 8 + [LEASE.total_seconds() + 1] + [0.0] * 40)
    passes.judiciary.during_submit = lambda: passes.clock.advance(seconds=next(slow))
    passes.dispatch(batch=1, calls=1, pool=quick(passes))
    assert len(passes.judiciary.received) == 9
    assert states(passes).get(S.SENDING, 0) == 0
    passes.clock.advance(seconds=2)
    passes.dispatch(batch=1, calls=1, pool=quick(passes))
    assert len(passes.judiciary.received) == len(set(passes.judiciary.received)) == 20


def test_what_is_ready_at_the_end_of_leave_is_queued_again(passes: Passes) -> None:
    passes.admit(*map(str, range(30)))
    passes.judiciary.during_submit = lambda: passes.clock.advance(seconds=TIME.total_seconds())
    passes.dispatch(batch=1, calls=1, pool=quick(passes), may_continue=iter([True] * 4 + [False] * 9).__next__)
    sent = len(passes.judiciary.received)
    assert 0 < sent < 30
    assert states(passes) == states(passes) | {S.SUBMITTED: sent, S.QUEUED: 30 - sent, S.SENDING: 0}


@pytest.mark.parametrize("where", ["transmit", "judge"])
def test_what_breaks_a_call_loses_no_other_answer_of_its_series(passes: Passes, where: str) -> None:
    entries = passes.admit(*map(str, range(40)))
    transmit, broken = passes.judiciary.transmit, 12

    def fail() -> Answer[Outcome]:
        raise ZeroDivisionError("a mistake of the program")

    def breaking(message: Message) -> Reply:
        reply = transmit(message)
        if len(passes.judiciary.received) != broken:
            return reply
        return replace(reply, judge=fail) if where == "judge" else fail()  # type: ignore[return-value]

    passes.judiciary.transmit = breaking  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        passes.dispatch(batch=1, calls=1, pool=quick(passes))
    received = passes.judiciary.received
    assert passes.entry(received[broken - 1]).state is S.SENDING
    assert states(passes)[S.SUBMITTED] == len(received) - 1
    assert states(passes)[S.QUEUED] == len(entries) - len(received)


def test_a_reply_that_cannot_be_judged_keeps_no_other_one_back_when_a_call_breaks(passes: Passes) -> None:
    passes.admit(*map(str, range(40)))
    transmit, broken = passes.judiciary.transmit, 5  # the first of three that are judged together

    def fail() -> Answer[Outcome]:
        raise ZeroDivisionError("a mistake of the program")

    def breaking(message: Message) -> Reply:
        reply, number = transmit(message), len(passes.judiciary.received)
        if number == broken + 2:
            fail()
        return replace(reply, judge=fail) if number == broken else reply

    passes.judiciary.transmit = breaking  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        passes.dispatch(batch=1, calls=1, pool=quick(passes))
    received = passes.judiciary.received
    unknown = {received[broken - 1], received[broken + 1]}
    assert {each for each in received if passes.entry(each).state is S.SENDING} == unknown
    assert states(passes)[S.SUBMITTED] == len(received) - len(unknown)


def test_a_reply_that_is_not_usual_is_judged_before_the_next_message(passes: Passes) -> None:
    passes.admit(*map(str, range(40)))
    judged: list[int] = []
    transmit = passes.judiciary.transmit

    def noted(message: Message) -> Reply:
        reply, number = transmit(message), len(passes.judiciary.received)
        assert number - len(judged) <= MOST_UNJUDGED
        assert not any(each % 5 == 0 for each in range(len(judged) + 1, number)), "one that was not usual waited"
        return Reply(is_usual=number % 5 != 0, judge=lambda: (judged.append(number), reply.judge())[1])

    passes.judiciary.transmit = noted  # type: ignore[method-assign]
    passes.dispatch(batch=1, calls=1, pool=quick(passes))
    assert judged == list(range(1, 41))


def test_a_deferred_notice_ends_no_series(passes: Passes) -> None:
    passes.admit(*map(str, range(20)))
    passes.judiciary.outcome = lambda _: Deferred(code="busy", retry_after=timedelta(minutes=1))
    assert passes.dispatch(batch=1, calls=1, pool=quick(passes)).counts["sent"] == 20
