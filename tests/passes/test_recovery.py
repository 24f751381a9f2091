"""A recovery: how it is noticed, what is asked about in it, what a person may do, and how it ends.

How it begins stands in `tests/passes/test_recovery_begins.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.notice.delivery_state import DeliveryEvent
from gateway.operations import intervention
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.operations.recovery import (
    FORGOTTEN,
    begin_if_rolled_back,
    current,
    declare,
    open_ends,
    refused_rows,
)
from gateway.runtime.errors import GatewayError

from .case_table import ROW
from .conftest import SETTLE
from .ports import accept
from .restorable import Restorable
from .restored_world import (
    DOUBTFUL,
    ENDS,
    LATER,
    QUEUED,
    S,
    World,
    begun,
    finish,
    run_with_a_backup_in_its_middle,
)


def test_a_store_that_went_back_gives_nothing_out_before_anybody_has_looked(place: Restorable) -> None:
    world = World(place)
    world.admit(QUEUED)
    backup = place.back_up()
    world.start()
    world.passes.dispatch()
    place.restore(backup)
    world.start()
    with pytest.raises(GatewayError, match=r"recovery\.needed"):
        world.passes.dispatch()
    assert world.passes.entry(world.references[QUEUED]).state is S.QUEUED
    assert len(world.came) == 1


def test_a_store_that_is_new_to_a_machine_needs_no_recovery(place: Restorable) -> None:
    world = World(place)
    world.admit(QUEUED)
    for _ in range(2):
        assert begin_if_rolled_back(world.passes.store, world.clock(), "city") is None
    world.start()
    assert begin_if_rolled_back(world.passes.store, world.clock(), "city") is None
    assert world.passes.dispatch().counts["sent"] == 1


def test_the_last_messages_are_remembered_before_they_go_out(place: Restorable) -> None:
    world = World(place)
    world.admit(QUEUED)
    remembered: list[str] = []
    world.judiciary.during_submit = lambda: remembered.append(place.state.read_text())
    world.passes.dispatch()
    assert "sent:m1" in remembered[0]


def test_what_is_collected_in_a_recovery_is_asked_about_and_waits_no_longer_than_the_rest(place: Restorable) -> None:
    world = World(place)
    recovery = begun(world)
    world.clock.advance(minutes=20)
    world.admit(QUEUED)
    assert world.passes.dispatch().idle
    world.passes.rescue()
    entry = world.passes.entry(world.references[QUEUED])
    assert (entry.state, entry.doubt_since, entry.due_at) == (S.IN_DOUBT, recovery.since, recovery.since + SETTLE)
    world.go_on(4)
    assert world.came == [entry.reference]


def test_a_proof_from_before_does_not_count(place: Restorable) -> None:
    """An absence that was counted half before the recovery and half after it says nothing of what is forgotten."""
    world = World(place)
    world.admit(DOUBTFUL)
    world.judiciary.answers = False
    world.passes.dispatch()
    world.judiciary.answers = True
    world.clock.advance(minutes=31)
    world.passes.rescue()
    assert world.passes.entry(world.references[DOUBTFUL]).absences == 1
    world.clock.advance(minutes=11)
    recovery = declare(world.passes.store, world.passes.act("recovery.begin"), "city")
    world.passes.rescue()
    entry = world.passes.entry(world.references[DOUBTFUL])
    assert (entry.state, entry.absences, entry.doubt_since) == (S.IN_DOUBT, 0, recovery.since)


def test_a_recovery_is_ended_by_a_person_once_all_was_asked_about(place: Restorable) -> None:
    world = World(place)
    begun(world, QUEUED)
    with pytest.raises(GatewayError, match=r"1 notices not asked about; not all rows taken in: cases"):
        finish(world)
    world.go_on(4)
    ended = finish(world)
    assert ended.ended_at is not None
    assert current(world.passes.store.recovery) is None
    world.clock.advance(minutes=11)
    world.admit(LATER)
    assert world.passes.dispatch().counts["accepted"] == 1, "what is new now is sent without asking"
    assert world.references[LATER] not in world.judiciary.asked
    with pytest.raises(GatewayError, match=r"recovery\.none"):
        finish(world)


def test_what_was_not_asked_about_outlasts_an_end_that_is_forced(place: Restorable) -> None:
    world = World(place)
    begun(world, QUEUED)
    finish(world, although=True)
    assert world.passes.dispatch().idle
    world.go_on(4)
    assert world.came == [world.references[QUEUED]]
    assert DeliveryEvent.RECOVERY in world.passes.events(world.came[0])


def test_rows_behind_every_window_are_taken_in_again(place: Restorable) -> None:
    world = World(place)
    world.admit(QUEUED)
    for number in range(20):
        world.cases.put(f"bad {number}", recipient_name="")
    world.passes.collect()
    world.cases.put(LATER, change=1)
    world.passes.collect()
    assert len(world.entries()) == 1, "committed late, and not looked for today"
    begun(world)
    world.passes.collect()
    assert {entry.row_key for entry in world.entries()} == {QUEUED, LATER}


def test_a_dead_letter_is_asked_about_once_a_person_queues_it(place: Restorable) -> None:
    world = World(place)
    world.admit(QUEUED)
    world.clock.advance(days=15)
    world.passes.rescue()
    begun(world)
    reference = world.references[QUEUED]
    with pytest.raises(GatewayError, match=r"queue\.unasked"):
        world.passes.intervene(reference, intervention.withdraw)
    world.go_on()
    assert world.passes.entry(reference).state is S.DEAD_LETTER
    finish(world)
    world.passes.intervene(reference, intervention.retry)
    assert world.passes.dispatch().idle, "not even after the end"
    world.go_on(4)
    assert world.came == [reference]
    assert world.judiciary.asked[0] == reference


def test_a_person_decides_only_once_it_was_asked_about(place: Restorable) -> None:
    world = World(place)
    begun(world, QUEUED)
    reference = world.references[QUEUED]
    send = Decision(verdict=DoubtDecision.QUEUED, settle_after=SETTLE)
    with pytest.raises(GatewayError, match=r"queue\.unasked"):
        world.passes.intervene(reference, intervention.withdraw)
    world.passes.rescue()
    with pytest.raises(GatewayError, match=r"queue\.unsettled"):
        world.passes.intervene(reference, send)
    world.clock.advance(minutes=31)
    world.passes.intervene(reference, send)
    assert world.passes.dispatch().counts["accepted"] == 1, "the person's decision is enough"


def test_a_revision_whose_predecessor_is_forgotten_is_asked_about_and_then_waits_for_a_person(
    place: Restorable,
) -> None:
    world = World(place)
    begun(world)
    world.cases.put(LATER, revision=2)
    world.cases.put(QUEUED, revision=2)
    world.passes.collect()
    assert world.entries() == [], "the earlier revision may stand in a row that is read later"
    world.passes.collect()
    entries = {entry.row_key: entry for entry in world.entries()}
    assert {(entry.state, entry.code) for entry in entries.values()} == {(S.IN_DOUBT, "doubt.predecessor")}
    sent = entries[LATER].reference
    world.arrive(sent)
    world.fates = {entry.reference: accept(entry.reference) for entry in entries.values()}
    world.go_on(4)
    assert world.passes.entry(sent).state is S.DELIVERED
    assert world.cases.results[LATER].replaces is not None
    waits = world.passes.entry(entries[QUEUED].reference)
    assert (waits.state, waits.due_at, waits.code) == (S.IN_DOUBT, None, "doubt.predecessor")
    assert world.passes.store.tallies.counts()["undecided"] == 1
    assert world.came == [sent]


def test_without_a_recovery_such_a_revision_is_refused(place: Restorable) -> None:
    world = World(place)
    world.cases.put(LATER, revision=2)
    for _ in range(3):
        world.passes.collect()
    assert world.entries() == []


def test_after_a_recovery_later_notices_and_earlier_ones_agree(place: Restorable) -> None:
    """Rows show numbers of steps that count from the last recovery on; those written before it show lower ones."""
    world = World(place)
    place.restore(run_with_a_backup_in_its_middle(world))
    world.deferred.clear()
    world.start()
    world.go_on(6)
    finish(world)
    world.clock.advance(minutes=1)
    world.admit(LATER)
    world.go_on(3)
    world.clock.advance(hours=1)
    done, found = world.passes.reconcile()
    assert done.compared["notices"] == len(ENDS)
    assert [(finding.kind, finding.row_key) for finding in found] == []
    assert done.agrees
    written = world.cases.results[LATER]
    world.cases.results[LATER] = replace(written, seq=written.seq - 1)
    assert [(each.kind, each.row_key) for each in world.passes.reconcile()[1]] == [("result-differs", LATER)]


@pytest.mark.long
@pytest.mark.parametrize("is_ahead", [False, True], ids=["one clock", "a clock that is ahead of the person's"])
def test_a_row_refused_at_the_end_of_a_recovery_is_asked_about_when_it_becomes_a_notice(
    place: Restorable, is_ahead: bool
) -> None:
    world = World(place)
    world.passes.collect()
    backup = place.back_up()
    world.start()
    forgotten = world.admit(QUEUED)[QUEUED]
    world.go_on(4)
    assert world.came == [forgotten]

    place.restore(backup)
    world.start()
    world.passes.sealer.unusable.add(f"P-{QUEUED}")
    world.go_on(4)
    assert [each.code for each in refused_rows(world.passes.store.refusals, ["cases"])] == ["notice.seal"]
    if is_ahead:
        refused = world.passes.store.refusals.of_rows("cases", [QUEUED])
        world.clock.now = refused[QUEUED].since - timedelta(seconds=4)
    finish(world)
    world.clock.advance(minutes=10)
    # It is refused for another reason meanwhile, in another version: that it stood refused at the end outlasts both.
    world.cases.put(QUEUED, recipient_name="")
    world.passes.collect()
    world.passes.sealer.unusable.clear()
    world.cases.put(QUEUED, recipient_name=ROW["recipient_name"])
    world.passes.collect()
    entry = world.passes.entry(forgotten)
    assert (entry.state, entry.code) == (S.IN_DOUBT, FORGOTTEN)
    world.go_on(4)
    assert world.came == [forgotten], "it came before the loss, and is not sent again"
    assert world.passes.entry(forgotten).state is S.DELIVERED, "the receipt names the seal that the loss forgot"


def test_once_a_person_has_decided_a_receipt_about_a_forgotten_seal_needs_no_number(place: Restorable) -> None:
    world = World(place)
    world.passes.collect()
    backup = place.back_up()
    world.start()
    forgotten = world.admit(QUEUED)[QUEUED]
    world.passes.dispatch()
    world.serve()

    place.restore(backup)
    world.start()
    world.judiciary.answers = False
    begin_if_rolled_back(world.passes.store, world.clock(), "city")
    world.passes.collect()
    world.passes.rescue()
    world.passes.intervene(forgotten, Decision(verdict=DoubtDecision.SUBMITTED, settle_after=SETTLE))
    world.judiciary.answers = True
    world.passes.receive()
    entry = world.passes.entry(forgotten)
    assert (entry.state, world.came) == (S.DELIVERED, [forgotten])


def test_refused_rows_that_may_become_good_do_not_keep_a_recovery_from_its_end(place: Restorable) -> None:
    world = World(place)
    recovery = begun(world)
    world.passes.sealer.unusable.add(f"P-{QUEUED}")
    world.cases.put(QUEUED)
    world.go_on(4)
    assert [(each.row_key, each.code) for each in refused_rows(world.passes.store.refusals, ["cases"])] == [
        (QUEUED, "notice.seal")
    ]
    assert not str(open_ends(world.passes.store, recovery, ["cases"]))
    assert finish(world, although=True).ended_at is not None
    world.passes.sealer.unusable.clear()
    reference = world.admit(QUEUED)[QUEUED]
    world.go_on(4)
    assert world.came == [reference]
    assert reference in world.judiciary.asked, "its absence was proven before it was sent"
