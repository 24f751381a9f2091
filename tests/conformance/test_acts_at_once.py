"""Two persons do the same act at the same moment: one record and one effect, and the other person is told.

Each has a store of their own on one database, as two processes have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest

from adapters.storage.sql_store import SqlStore
from adapters.storage.writing import EVERYTHING
from gateway.intake.hand_entry import enter_rows
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations import bulk_control, intervention
from gateway.operations.intervention import (
    Decision,
    DoubtDecision,
    EntryChange,
    Seen,
    running,
    switch_changes,
    throw_switch,
)
from gateway.operations.operator_action import BY_CONSOLE, Confirmation, OperatorAction, digest_apart_from_time
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.bulk_act import BulkDeed
from gateway.store.inbox import PushedRow, Taking
from gateway.store.stored import Changes, EvidenceRow
from gateway.versions import version_actions
from tests.manual_clock import ManualClock
from tests.passes.bulk import Bulk, add_person

from .builders import NOW, admit, at, entry, reference
from .conftest import Place
from .test_mappings import approved

ORIGIN, ONE = "city", reference(1)
PERSONS = ("sara", "reza")
SETTLING = timedelta(minutes=30)


T = TypeVar("T")


def at_once(place: Place, doings: Sequence[Callable[[SqlStore], T]]) -> list[T | str]:
    """Do all at the same moment, each over a store of its own; return each result, or the code of its error."""
    together = Barrier(len(doings))

    def run(doing: Callable[[SqlStore], T]) -> T | str:
        with closing(place.open()) as own:
            own.assert_writable()
            together.wait()
            try:
                return doing(own)
            except GatewayError as error:
                return error.code

    with ThreadPoolExecutor(len(doings)) as pool:
        return list(pool.map(run, doings))


def act_of(person: str, name: str = "queue.test", **later: float) -> OperatorAction:
    return OperatorAction(name=name, account=person, reason="نامه", at=at(**later), authentication=BY_CONSOLE)


def confirmed(store: SqlStore, deed: EntryChange, person: str, id: str) -> OperatorAction:
    """Return a person's act whose preview was shown."""
    act = act_of(person, hours=3)
    planned = intervention.plan(store, ONE, deed, act, ORIGIN).changes
    assert planned is not None
    shown = digest_apart_from_time(planned.payloads[-1].octets)
    return replace(act, confirmation=Confirmation(id=id, shown=shown))


def acts_on(store: SqlStore) -> list[EvidenceRow]:
    return [row for row in store.evidence.of_notice(ONE) if row.kind == EvidenceKind.PERSON_ACT]


def present(store: SqlStore) -> OutboxEntry:
    return store.notices.entries([ONE])[ONE]


DEEDS: dict[str, tuple[EntryChange, dict[str, object]]] = {
    "retry": (intervention.retry, {"due_at": at(days=1)}),
    "hold": (intervention.hold_notice, {}),
    "release": (intervention.release_notice, {"held": True}),
    "withdraw": (intervention.withdraw, {}),
    "other-channel": (intervention.switch_channel, {"state": DeliveryState.NO_ACCOUNT}),
    "write-again": (intervention.rewrite, {"written_seq": 0}),
    "decide": (
        Decision(verdict=DoubtDecision.WITHDRAWN, settle_after=SETTLING),
        {"state": DeliveryState.IN_DOUBT, "doubt_since": NOW},
    ),
}


@pytest.mark.parametrize("name", DEEDS)
def test_of_two_persons_acts_on_a_notice_one_is_done(place: Place, store: SqlStore, name: str) -> None:
    deed, fields = DEEDS[name]
    [before] = admit(store, entry(1, **fields))
    seen = Seen(seq=before.seq, held=before.held)
    acts = [confirmed(store, deed, person, f"{number:032x}") for number, person in enumerate(PERSONS)]

    def do(act: OperatorAction) -> Callable[[SqlStore], bool]:
        return lambda own: intervention.intervene(own, ONE, deed, act, ORIGIN, seen).changed

    found = at_once(place, [do(act) for act in acts])
    assert found.count(True) == 1
    assert set(found) <= {True, False, "queue.moved"}, "the other is told that it moved on, or that it is so already"
    [record] = acts_on(store)
    assert json.loads(store.evidence.payload(record.payload_digest))["account"] == PERSONS[found.index(True)]
    assert len(store.notices.history(ONE)) == 1 + (present(store).seq - before.seq)


@pytest.mark.parametrize("name", DEEDS)
def test_acts_that_were_planned_on_the_same_notice_are_not_both_written(store: SqlStore, name: str) -> None:
    """Both have looked before either writes. Repeating the one that was written changes nothing."""
    deed, fields = DEEDS[name]
    admit(store, entry(1, **fields))
    plans: list[Changes] = []
    for number, person in enumerate(PERSONS):
        planned = intervention.plan(store, ONE, deed, confirmed(store, deed, person, f"{number:032x}"), ORIGIN).changes
        assert planned is not None
        plans.append(planned)
    assert store.commit(plans[0]) == frozenset()
    done = present(store)
    assert store.commit(plans[1]) == {ONE}
    assert store.commit(plans[0]) == frozenset()
    assert present(store) == done
    assert [row.id for row in acts_on(store)] == [plans[0].confirmed]


@pytest.mark.parametrize("name", ["hold", "withdraw"])
def test_a_confirmation_that_comes_twice_at_once_is_one_act(place: Place, store: SqlStore, name: str) -> None:
    deed, fields = DEEDS[name]
    [before] = admit(store, entry(1, **fields))
    act = confirmed(store, deed, "sara", "a" * 32)
    seen = Seen(seq=before.seq, held=before.held)

    def do(later: int) -> Callable[[SqlStore], bool]:
        again = replace(act, at=act.at + timedelta(seconds=later))
        return lambda own: intervention.intervene(own, ONE, deed, again, ORIGIN, seen).changed

    found = at_once(place, [do(0), do(1)])
    assert found.count(True) == 1
    assert [row.id for row in acts_on(store)] == [act.confirmed_id]


def test_two_decisions_of_one_doubt_are_one(place: Place, store: SqlStore) -> None:
    [before] = admit(store, entry(1, state=DeliveryState.IN_DOUBT, doubt_since=NOW))
    seen = Seen(seq=before.seq, held=before.held)
    verdicts = (DoubtDecision.QUEUED, DoubtDecision.WITHDRAWN)

    def do(verdict: DoubtDecision, person: str) -> Callable[[SqlStore], str]:
        deed = Decision(verdict=verdict, settle_after=SETTLING)
        act = confirmed(store, deed, person, f"{len(person):031x}{len(verdict):x}")
        return lambda own: intervention.intervene(own, ONE, deed, act, ORIGIN, seen).outcome

    found = at_once(place, [do(*each) for each in zip(verdicts, PERSONS, strict=True)])
    [outcome] = [each for each in found if each != "queue.moved"]
    assert outcome in verdicts
    assert present(store).state.value == outcome.upper()
    assert len(acts_on(store)) == 1


@pytest.mark.parametrize("stopped", [True, False])
def test_a_use_of_the_switch_ends_the_one_that_it_was_planned_on(store: SqlStore, stopped: bool) -> None:
    """Others used it twice between the plan and the commit. Repeating a use that was written changes nothing."""
    uses = [True, False] if stopped else [True]
    for number, each in enumerate(uses):
        assert throw_switch(store, act_of("sara", "switch", minutes=number), ORIGIN, stopped=each)
    plan = switch_changes(store, act_of("reza", "switch", hours=1), ORIGIN, stopped=stopped)
    first = switch_changes(store, act_of("sara", "switch", hours=2), ORIGIN, stopped=stopped)
    assert plan is not None
    assert first is not None
    assert store.commit(first) == frozenset()
    assert throw_switch(store, act_of("sara", "switch", hours=3), ORIGIN, stopped=not stopped)
    stands = store.switch()
    assert store.commit(plan) == {EVERYTHING}
    assert store.evidence.record(plan.evidence[0].id) is None
    assert store.commit(first) == frozenset()
    assert store.switch() == stands


def test_of_two_first_stops_at_once_one_is_written(place: Place, store: SqlStore) -> None:
    acts = [act_of(person, "stop-everything", hours=1, seconds=number) for number, person in enumerate(PERSONS)]

    def do(act: OperatorAction) -> Callable[[SqlStore], bool]:
        return lambda own: throw_switch(own, act, ORIGIN, stopped=True)

    assert sorted(at_once(place, [do(act) for act in acts])) == [False, True], "the other finds it stopped"
    written = [act for act in acts if store.evidence.record(f"act:stop-everything:everything:{timestamp(act.at)}")]
    stands = store.switch()
    assert stands is not None
    assert [act.at for act in written] == [stands.since]


def test_a_use_of_the_switch_that_another_overtook_is_not_done_unseen(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a resumption is being written, others resume and stop again: what was looked at has ended."""
    assert throw_switch(store, act_of("sara", "stop-everything"), ORIGIN, stopped=True)
    commit = store.commit

    def overtaken(changes: Changes) -> frozenset[str]:
        monkeypatch.undo()
        for number, stopped in enumerate((False, True)):
            assert throw_switch(store, act_of("ali", "switch", minutes=1 + number), ORIGIN, stopped=stopped)
        return commit(changes)

    monkeypatch.setattr(store, "commit", overtaken)
    with pytest.raises(GatewayError, match=r"act\.changed"):
        throw_switch(store, act_of("reza", "resume", hours=1), ORIGIN, stopped=False)
    assert not running(store)


def test_a_bulk_act_begins_once(place: Place, store: SqlStore) -> None:
    clock = ManualClock(at(hours=1))
    admit(store, *(entry(number) for number in range(3)))
    bulk = Bulk(store, clock, add_person(store, clock()))
    made = bulk.draft(BulkDeed.HOLD)

    acts = [replace(bulk.act("bulk.begin"), at=clock() + timedelta(seconds=number)) for number in range(2)]

    def do(act: OperatorAction) -> Callable[[SqlStore], bool]:
        return lambda own: bulk_control.begin(own, made.id, act, ORIGIN).runs

    assert at_once(place, [do(act) for act in acts]) == [True, True], "both see that it runs"
    begun = bulk.now(made)
    written = [act for act in acts if store.evidence.record(f"act:bulk.begin:bulk act {made.id}:{timestamp(act.at)}")]
    assert [act.at for act in written] == [begun.began_at], "the begin that counts is the one on record"


def test_a_version_comes_into_force_once(place: Place, store: SqlStore) -> None:
    version = approved(store)
    acts = [act_of(person, "mapping.activate", hours=1, seconds=number) for number, person in enumerate(PERSONS)]

    def do(act: OperatorAction) -> Callable[[SqlStore], int]:
        return lambda own: len(version_actions.activate(own, version, ["cases"], act.at, act, ORIGIN).activations)

    found = at_once(place, [do(act) for act in acts])
    assert found.count(1) == 1, found
    assert len(store.versions.activations("cases")) == 1
    assert [step.event.value for step in store.versions.history(version.name, version.number)].count("Activation") == 1


def test_a_row_is_entered_once(place: Place, store: SqlStore) -> None:
    row = PushedRow(key="EB-ENTERED", version=1, fields={"subject": "ابلاغ رأی"})
    acts = [act_of(person, "intake.enter", hours=1, seconds=number) for number, person in enumerate(PERSONS)]

    def do(act: OperatorAction) -> Callable[[SqlStore], list[Taking]]:
        return lambda own: [each.taking for each in enter_rows(own.inbox, "by-hand", [row], act, ORIGIN)]

    found = at_once(place, [do(act) for act in acts])
    assert sorted(found) == [[Taking.REPEATED], [Taking.STORED]], "the other is told that it is there"
    [record] = [each for each in store.evidence.of_notice(row.key) if each.kind == EvidenceKind.PERSON_ACT]
    winner = PERSONS[found.index([Taking.STORED])]
    assert json.loads(store.evidence.payload(record.payload_digest))["account"] == winner
