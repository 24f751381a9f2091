"""A backup from the middle of a run is restored after it, or the store is lost: nothing is sent a second time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.judiciary.courier import (
    CallFailed,
    Deferred,
    Pending,
)
from gateway.notice.delivery_state import DeliveryEvent
from gateway.operations.recovery import begin_if_rolled_back, current, open_ends
from gateway.sending.ticket_issue import Tickets
from gateway.store.store_fingerprint import Cause

from .restorable import Restorable
from .restored_world import (
    LATER,
    QUEUED,
    SLOW,
    S,
    World,
    recovery_of,
    run_with_a_backup_in_its_middle,
)

pytestmark = pytest.mark.long


def test_a_backup_from_the_middle_of_a_run_is_restored_and_nothing_is_sent_twice(place: Restorable) -> None:
    world = World(place)
    place.restore(run_with_a_backup_in_its_middle(world))
    world.deferred.clear()
    world.start()
    world.go_on(6)
    recovery = current(world.passes.store.recovery)
    assert recovery is not None
    assert recovery.cause is Cause.WENT_BACK
    world.assert_all_ended_well()
    assert open_ends(world.passes.store, recovery, ["cases"]) == open_ends(world.passes.store, recovery, [])
    assert not str(open_ends(world.passes.store, recovery, ["cases"]))


def test_a_ticket_from_before_the_loss_leads_to_no_second_submission(place: Restorable) -> None:
    """Its answer "submit again" was followed before the loss, and what was submitted then arrived."""
    world = World(place)
    world.passes.tickets = Tickets(submit_again=True)
    reference = world.admit(LATER)[LATER]
    world.judiciary.outcome = lambda _: Pending(ticket="K-1")
    world.passes.dispatch()
    assert world.passes.entry(reference).state is S.PENDING
    backup = place.back_up()
    world.start()
    world.passes.tickets = Tickets(submit_again=True)
    world.judiciary.outcome = world._receive
    world.judiciary.progress = lambda _: Deferred(code="overload")
    world.clock.advance(minutes=1)
    world.passes.rescue()
    world.clock.advance(minutes=5)
    world.passes.dispatch()
    assert world.came == [reference]
    place.restore(backup)
    world.start()
    world.passes.tickets = Tickets(submit_again=True)
    world.go_on(4)
    assert world.came == [reference]
    assert world.passes.entry(reference).state is S.DELIVERED
    assert world.judiciary.tickets_asked == ["K-1"], "once, before the loss"


def test_a_machine_that_remembers_nothing_would_send_twice(place: Restorable) -> None:
    """The test above can fail."""
    place.remembers = False
    world = World(place)
    place.restore(run_with_a_backup_in_its_middle(world))
    world.deferred.clear()
    world.start()
    world.go_on(6)
    assert len(world.came) > len(set(world.came))


@pytest.mark.parametrize("fast", [0, 10], ids=["right", "10 minutes fast"])
def test_a_store_that_was_lost_and_made_anew_sends_nothing_twice(place: Restorable, fast: int) -> None:
    """``fast`` is the clock of the machine that notices the loss; others take the rows in again."""
    world = World(place)
    run_with_a_backup_in_its_middle(world)
    place.make_anew()
    world.deferred.clear()
    world.start()
    # Receipts come before the rows that they are about are taken in again.
    begin_if_rolled_back(world.passes.store, world.clock() + timedelta(minutes=fast), "city")
    world.passes.receive()
    assert {item.code for item in world.passes.quarantine()} == {"receipt.unknown-notice"}
    world.passes.collect()
    world.passes.receive()
    assert {item.code for item in world.passes.quarantine()} == {"receipt.early"}
    world.go_on(6)
    recovery = current(world.passes.store.recovery)
    assert recovery is not None
    assert recovery.cause is Cause.ANOTHER_STORE
    world.assert_all_ended_well()


def test_a_receipt_that_is_judged_again_is_confirmed_before_its_item_ends(place: Restorable) -> None:
    """No page brings it again: what ends before the confirmation must begin anew."""
    world = World(place)
    run_with_a_backup_in_its_middle(world)
    place.make_anew()
    world.deferred.clear()
    world.start()
    begin_if_rolled_back(world.passes.store, world.clock(), "city")
    world.passes.collect()
    world.passes.receive()
    early = {item.payload_digest for item in world.passes.quarantine()}
    assert early
    world.passes.rescue()
    world.judiciary.confirmed.clear()
    confirm = world.judiciary.confirm_receipts

    def silence(_: Sequence[str]) -> None:
        raise CallFailed("courier.no-answer", where="ConfirmReceipts")

    world.judiciary.confirm_receipts = silence  # type: ignore[method-assign]
    report = world.passes.receive()
    assert [error.code for error in report.errors] == ["courier.no-answer"]
    assert report.counts["taken_again"] > 0
    assert {item.payload_digest for item in world.passes.quarantine()} == early
    world.judiciary.confirm_receipts = confirm  # type: ignore[method-assign]
    world.passes.receive()
    assert len(world.judiciary.confirmed) == len(early) - len(world.passes.quarantine()) > 0
    world.go_on(6)
    world.assert_all_ended_well()


def test_the_doubt_is_cleared_by_asking(place: Restorable) -> None:
    world = World(place)
    place.restore(run_with_a_backup_in_its_middle(world))
    world.start()
    asked = len(world.judiciary.asked)
    world.go_on()
    queued = world.references[QUEUED]
    assert queued in world.judiciary.asked[asked:]
    assert world.passes.events(queued) == [
        DeliveryEvent.ADMISSION,
        DeliveryEvent.RECOVERY,
        DeliveryEvent.SUBMISSION_ACCEPTANCE,
        DeliveryEvent.CONTENT_CONSIGNMENT,
    ]
    slow = world.passes.entry(world.references[SLOW])
    assert (slow.state, slow.code, slow.doubt_since) == (S.IN_DOUBT, "doubt.recovery", recovery_of(world).since)
