"""A page offers an act exactly where the core does it: every state, held or not, due or not, with every recovery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations import intervention
from gateway.operations.intervention import Decision, DoubtDecision, EntryChange
from gateway.operations.operator_action import OperatorAction
from gateway.overview.doubts.doubt_explained import explain_doubt
from gateway.overview.notices.possible_act import DEEDS, NoticeAct, possible_acts
from gateway.runtime.errors import GatewayError
from gateway.store.store_fingerprint import Cause, Recovery
from gateway.store.waiting_receipt import SIGNED
from tests.conformance.builders import NOW, at, entry, quarantined

SETTLING = timedelta(minutes=30)
SENT = at(hours=-1)
RECOVERIES = {
    "none": [],
    "on": [Recovery(epoch="b", replaced="a", remembered=None, since=NOW, cause=Cause.PERSON, evidence_id="r")],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The part of a store that a plan of an act reads."""

    entry: OutboxEntry
    recoveries: list[Recovery]
    receipt: str | None = None
    """Code of an item in quarantine that names the notice."""

    @property
    def quarantine(self) -> Any:
        items = [quarantined(code=self.receipt, notice=self.entry.reference)] if self.receipt else []
        return SimpleNamespace(about=lambda _: items)

    @property
    def notices(self) -> Any:
        return SimpleNamespace(entries=lambda references: dict.fromkeys(references, self.entry))

    @property
    def recovery(self) -> Any:
        return SimpleNamespace(all=lambda: self.recoveries)

    def does(self, deed: EntryChange, when: datetime = NOW) -> bool:
        """Return True if the act would write something then, False if it is refused or changes nothing."""
        act = OperatorAction(name="queue.test", account="sara", reason="a letter", at=when)
        try:
            return intervention.plan(self, self.entry.reference, deed, act, "city").changes is not None  # type: ignore[arg-type]
        except GatewayError as error:
            if error.code in ("queue.state", "queue.unsettled", "queue.unasked", "queue.receipt-waits"):
                return False
            raise


def entries(state: DeliveryState) -> Iterator[OutboxEntry]:
    """Yield notices in a state, by all that acts look at."""
    times = {"state_since": SENT, "admitted_at": at(hours=-2), "waiting_since": at(hours=-2)}
    doubts = (SENT, at(minutes=-1)) if state is DeliveryState.IN_DOUBT else (None,)
    for held, due, written, doubt in product((False, True), (None, NOW, at(hours=1)), (-1, 7), doubts):
        yield entry(state=state, held=held, due_at=due, seq=7, written_seq=written, doubt_since=doubt, **times)


@pytest.mark.parametrize("recovery", RECOVERIES)
@pytest.mark.parametrize("state", DeliveryState)
def test_an_act_is_offered_exactly_where_it_is_done(state: DeliveryState, recovery: str) -> None:
    for present in entries(state):
        core = Core(entry=present, recoveries=RECOVERIES[recovery])
        unasked = any(each.forgot(present) for each in core.recoveries)
        offered = {each.act for each in possible_acts(present, NOW, unasked=unasked) if each.refusal is None}
        assert offered == {act for act in NoticeAct if core.does(DEEDS[act])}, present


@pytest.mark.parametrize("state", DeliveryState)
def test_a_notice_of_which_a_signed_receipt_is_open_is_not_served_otherwise(state: DeliveryState) -> None:
    for present in entries(state):
        core = Core(entry=present, recoveries=[], receipt="receipt.early")
        offered = {each.act for each in possible_acts(present, NOW, disputed=True) if each.refusal is None}
        assert offered == {act for act in NoticeAct if core.does(DEEDS[act])}, present
        assert NoticeAct.OTHER_CHANNEL not in offered


@pytest.mark.parametrize("receipt", [None, "verify.signature", *SIGNED])
@pytest.mark.parametrize("recovery", RECOVERIES)
def test_a_decision_is_offered_exactly_where_it_is_done(recovery: str, receipt: str | None) -> None:
    receipt_waits = receipt in SIGNED
    for present in entries(DeliveryState.IN_DOUBT):
        core = Core(entry=present, recoveries=RECOVERIES[recovery], receipt=receipt)
        unasked = any(each.forgot(present) for each in core.recoveries)
        explained = explain_doubt(present, [], SETTLING, NOW, unasked=unasked, receipt_waits=receipt_waits)
        assert {each.decision for each in explained.decisions} == set(DoubtDecision)
        for meaning in explained.decisions:
            decision = Decision(verdict=meaning.decision, settle_after=SETTLING)
            assert (meaning.refusal is None) is core.does(decision), (present, meaning.decision)
            for_good = unasked or (receipt_waits and meaning.decision is DoubtDecision.QUEUED)
            assert (meaning.possible_from is None) is (for_good or meaning.refusal is None)
            if meaning.possible_from is not None:
                assert core.does(decision, meaning.possible_from)
                assert not core.does(decision, meaning.possible_from - timedelta(seconds=1))


def test_nothing_but_a_doubt_can_be_decided() -> None:
    for state, verdict in product(DeliveryState, DoubtDecision):
        done = [
            Core(entry=each, recoveries=[]).does(Decision(verdict=verdict, settle_after=SETTLING))
            for each in entries(state)
        ]
        assert any(done) is (state is DeliveryState.IN_DOUBT), state


def test_every_state_and_every_act_is_covered() -> None:
    assert set(DEEDS) == set(NoticeAct)
    offered = {each.act for state in DeliveryState for one in entries(state) for each in possible_acts(one, NOW)}
    assert offered == set(NoticeAct)
    possible = {
        each.act
        for state in DeliveryState
        for one in entries(state)
        for each in possible_acts(one, NOW)
        if not each.refusal
    }
    assert possible == set(NoticeAct), "no act is impossible everywhere"
