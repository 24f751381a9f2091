"""`queue decide` decides the doubts that it showed: what moves on before a person's answer is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from adapters.acts import notices
from adapters.acts.notices import Decide
from adapters.cli.notices import queue
from gateway.judiciary.courier import NotKnown, Unknown
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.intervention import Decision, DoubtDecision, hold_notice

from .conftest import SETTLE, Passes

QUEUED = DoubtDecision.QUEUED


def installation(passes: Passes) -> Any:
    settings = SimpleNamespace(
        gateway=SimpleNamespace(name="city"), judiciary=SimpleNamespace(settle_seconds=SETTLE), sources={}
    )
    return SimpleNamespace(store=lambda: passes.store, clock=passes.clock, settings=settings)


@pytest.fixture
def absent(passes: Passes) -> list[str]:
    """Return two notices in doubt that wait for a person and are proven not to have arrived."""
    passes.requeue = False
    references = [entry.reference for entry in passes.admit("1", "2")]
    lose(passes)
    passes.judiciary.standing = lambda _: NotKnown()
    for _ in range(3):
        passes.clock.advance(hours=1)
        passes.rescue()
    assert {passes.entry(each).code for each in references} == {"doubt.absent"}
    return references


def lose(passes: Passes) -> None:
    """Send what is queued; the answers are lost."""
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True


def decided_by_another(passes: Passes, reference: str) -> None:
    """A colleague has it sent again, its answer is lost, and now nobody can tell if it arrived."""
    passes.intervene(reference, Decision(verdict=QUEUED, settle_after=SETTLE))
    lose(passes)
    passes.judiciary.standing = lambda _: Unknown(code="courier.incomplete-answer")
    for _ in range(8):
        passes.clock.advance(hours=1)
        passes.rescue()
    assert passes.entry(reference).code == "doubt.unanswered"


def at_a_terminal(passes: Passes, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """Let the verb act on this store; ``meanwhile`` happens before the person says yes."""

    def perform(own: Any, name: str, reason: str, /, **arguments: Any) -> Any:
        assert reason
        facts = notices.decide(own, passes.act(name), Decide(**arguments))
        return facts | {"account": "clerk", "authentication": "by the kernel"}

    monkeypatch.setattr(queue, "installation_of", lambda _: installation(passes))
    monkeypatch.setattr(queue, "perform", perform)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: meanwhile())


@pytest.mark.parametrize("named", [False, True], ids=["by body", "by reference"])
def test_a_doubt_that_moved_on_before_the_answer_is_not_decided(
    passes: Passes, absent: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: bool
) -> None:
    moved, same = absent
    at_a_terminal(passes, monkeypatch, lambda: decided_by_another(passes, moved))
    chosen: dict[str, Any] = {"references": absent} if named else {"body": "article-100"}
    with pytest.raises(typer.Exit):
        queue.decide(verdict=QUEUED, reason="نرسیده است", as_json=True, **chosen)
    assert "queue.moved" in capsys.readouterr().out
    assert passes.entry(moved).state is DeliveryState.IN_DOUBT, "it may have been served"
    assert passes.entry(same).state is DeliveryState.QUEUED


def test_a_doubt_that_was_held_before_the_answer_is_not_decided(
    passes: Passes, absent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_terminal(passes, monkeypatch, lambda: passes.intervene(absent[0], hold_notice))
    with pytest.raises(typer.Exit):
        queue.decide(verdict=QUEUED, reason="نرسیده است", body="article-100")
    assert [passes.entry(each).state for each in absent] == [DeliveryState.IN_DOUBT, DeliveryState.QUEUED]


def test_doubts_that_stand_as_shown_are_decided(
    passes: Passes, absent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_terminal(passes, monkeypatch, lambda: None)
    queue.decide(verdict=QUEUED, reason="نرسیده است", body="article-100")
    assert {passes.entry(each).state for each in absent} == {DeliveryState.QUEUED}
