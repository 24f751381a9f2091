"""An answer that the database does not take keeps no other one from being recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.judiciary.courier import Accepted, Standing
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes

from .conftest import SETTLE, Passes
from .shuffled_calls import Shuffled

_S = DeliveryState
LONG = "T" * 10_000


class Broken(Exception):
    """A constraint of the database."""


@pytest.fixture
def doubtful(passes: Passes) -> Passes:
    """Return passes with four notices in doubt."""
    passes.admit("1", "2", "3", "4")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.clock.now += SETTLE
    return passes


class Together(Shuffled):
    """Calls whose answers come together."""

    def ended(self) -> list:  # type: ignore[type-arg]
        came, self._begun = self._begun, []
        return came


def refuse_long_numbers(passes: Passes, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    commit = passes.store.commit

    def strict(changes: Changes) -> frozenset[str]:
        if any(step.after.tracking_number == LONG for step in changes.steps):
            raise error
        return commit(changes)

    monkeypatch.setattr(passes.store, "commit", strict)


def ask(passes: Passes) -> None:
    """Ask about one notice, and then about two at a time; the answer about the second one has a long number."""

    def standing(reference: str) -> Standing:
        is_second = len(passes.judiciary.asked) == 2
        return Accepted(tracking_number=LONG if is_second else f"T-{reference[-6:]}")

    passes.judiciary.standing = standing
    passes.rescue(inquiry_batch=1, calls=4, pool=Together(passes.judiciary))


def test_the_others_are_recorded(doubtful: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_long_numbers(doubtful, monkeypatch, Broken())
    with pytest.raises(Broken):
        ask(doubtful)
    asked = doubtful.judiciary.asked
    assert [doubtful.entry(reference).state for reference in asked] == [_S.SUBMITTED, _S.IN_DOUBT, _S.SUBMITTED]


def test_while_the_store_is_away_nothing_is_tried_again(doubtful: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_long_numbers(doubtful, monkeypatch, GatewayError("store.unavailable"))
    with pytest.raises(GatewayError, match=r"store\.unavailable"):
        ask(doubtful)
    asked = doubtful.judiciary.asked
    assert [doubtful.entry(reference).state for reference in asked] == [_S.SUBMITTED, _S.IN_DOUBT, _S.IN_DOUBT]


def test_an_answer_about_several_is_asked_for_one_by_one(doubtful: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notice whose answer cannot be recorded keeps no other one in doubt."""
    refuse_long_numbers(doubtful, monkeypatch, Broken())
    found = doubtful.store.notices.find(state=_S.IN_DOUBT, limit=9, after=None)
    bad, *good = sorted(each.entry.reference for each in found)
    doubtful.judiciary.standing = lambda reference: Accepted(
        tracking_number=LONG if reference == bad else f"T-{reference[-6:]}"
    )
    raised = 0
    for _ in range(4):
        try:
            doubtful.rescue(inquiry_batch=2, batch=2)
        except Broken:
            raised += 1
        doubtful.clock.now += timedelta(seconds=1)
    assert [doubtful.entry(reference).state for reference in [bad, *good]] == [_S.IN_DOUBT, *[_S.SUBMITTED] * 3]
    assert raised == 1, "its error is told, and it is asked about again later"
