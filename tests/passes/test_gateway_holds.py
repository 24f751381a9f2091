"""A notice that the gateway holds for a person: its code and its mark tell the same, whatever happens beside them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.acts.notices import Decide, decide
from gateway.judiciary.courier import NotKnown, Unknown
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import DoubtDecision, hold_notice, release_notice
from gateway.operations.recovery import declare
from gateway.overview.doubts.doubt_kind import DoubtKind, doubt_kind
from gateway.overview.notices.work_line import Work, work_lines

from .conftest import AGAIN, SETTLE, Passes

_S = DeliveryState


def told(passes: Passes) -> dict[str, int]:
    """Return the numbers of notices that are told as held, or as stuck, by the line."""
    lines = work_lines(passes.store.tallies, passes.clock(), [passes.cases.name])
    wanted = {Work.HELD, Work.HELD_BY_PERSON, Work.UNSENDABLE}
    return {str(line.subject): line.count for line in lines if line.subject in wanted and line.count}


def recover(passes: Passes) -> None:
    passes.clock.now += timedelta(seconds=1)
    declare(passes.store, passes.act("recovery.declare"), "city")
    passes.rescue()


def settle(passes: Passes) -> None:
    passes.judiciary.standing = lambda _: NotKnown()
    for _ in range(3):
        passes.clock.now += max(SETTLE, AGAIN) + timedelta(days=1)
        passes.rescue()


def test_once_released_it_waits_for_nobody(passes: Passes, held: OutboxEntry) -> None:
    """The endpoint may rest until it is sent."""
    assert told(passes) == {"held": 1, "unsendable": 1}
    assert [error.code for error in passes.look_at_limits().errors] == ["reconcile.unsendable"]
    passes.intervene(held.reference, release_notice)
    assert passes.entry(held.reference).code == "held.refused"
    assert told(passes) == {}
    assert passes.look_at_limits().errors == []


@pytest.mark.long
@pytest.mark.parametrize("silent", [timedelta(), timedelta(days=1)], ids=["answered", "unanswered for long"])
def test_it_is_held_after_a_recovery_too(passes: Passes, held: OutboxEntry, silent: timedelta) -> None:
    passes.judiciary.standing = lambda _: Unknown(code="courier.fault")
    recover(passes)
    doubtful = passes.entry(held.reference)
    assert (doubtful.state, doubtful.code, doubt_kind(doubtful)) == (_S.IN_DOUBT, "held.refused", DoubtKind.RECOVERY)
    if silent:
        for _ in range(2):
            passes.clock.now += silent
            passes.rescue()
        assert passes.entry(held.reference).code == "doubt.unanswered"
    settle(passes)
    again = passes.entry(held.reference)
    assert (again.state, again.held, again.code) == (_S.QUEUED, True, "held.refused")
    assert told(passes) == {"held": 1, "unsendable": 1}
    assert passes.dispatch().counts["sent"] == 0
    passes.intervene(held.reference, release_notice)
    assert passes.dispatch().counts["sent"] == 1


def test_a_release_while_it_is_in_doubt_stands(passes: Passes, held: OutboxEntry) -> None:
    recover(passes)
    passes.intervene(held.reference, release_notice)
    settle(passes)
    assert passes.entry(held.reference).state is _S.QUEUED
    assert told(passes) == {}
    assert passes.dispatch().counts["sent"] == 1


def test_another_hold_by_a_person_is_a_persons(passes: Passes, held: OutboxEntry) -> None:
    recover(passes)
    passes.intervene(held.reference, release_notice)
    passes.intervene(held.reference, hold_notice)
    settle(passes)
    assert passes.entry(held.reference).state is _S.QUEUED
    assert told(passes) == {"held-by-person": 1}


def test_a_release_while_the_last_inquiry_is_under_way_stands(passes: Passes, held: OutboxEntry) -> None:
    recover(passes)
    for _ in range(2):
        passes.clock.now += SETTLE

        def released(_: str) -> NotKnown:
            if passes.entry(held.reference).absences:
                passes.intervene(held.reference, release_notice)
            return NotKnown()

        passes.judiciary.standing = released
        passes.rescue()
    queued = passes.entry(held.reference)
    assert (queued.state, queued.held) == (_S.QUEUED, False)


def test_a_person_who_decides_on_it_is_told_that_it_stays_held(passes: Passes, held: OutboxEntry) -> None:
    passes.requeue = False
    recover(passes)
    settle(passes)
    assert passes.entry(held.reference).code == "doubt.absent"
    settings = SimpleNamespace(
        gateway=SimpleNamespace(name="city"),
        judiciary=SimpleNamespace(settle_seconds=SETTLE),
        sources=[passes.cases.name],
    )
    installation: Any = SimpleNamespace(store=lambda: passes.store, settings=settings, clock=passes.clock)
    asked = Decide(references=[held.reference], verdict=DoubtDecision.QUEUED)
    [done] = decide(installation, passes.act("doubt.queued"), asked)["done"]
    assert (done["outcome"], done["held"]) == ("queued", True)
    assert done["note"] == "what is held is not sent until it is released"
    assert told(passes) == {"held-by-person": 1}
