"""A believed receipt lies in quarantine, and its notice comes back only later: it arrived before the loss."""

from __future__ import annotations

from contextlib import suppress

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay
from gateway.judiciary.courier import Message
from gateway.notice.delivery_state import DeliveryEvent
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.receipts.quarantine_release import dismiss_item
from gateway.runtime.errors import GatewayError

from .conftest import SETTLE
from .restorable import Restorable
from .restored_world import QUEUED, S, World, finish, sent_and_forgotten

_SEND_AGAIN = Decision(verdict=DoubtDecision.QUEUED, settle_after=SETTLE)


def _codes(world: World) -> list[str]:
    return [each.code for each in world.passes.quarantine()]


def test_a_notice_that_a_believed_receipt_names_is_asked_about_and_not_sent(place: Restorable) -> None:
    """Statements write the results of its source, so nobody can read them back; its view hid the row till the end."""
    world = World(place)
    world.cases.silent = True
    reference = sent_and_forgotten(world, shows_nothing=True)
    world.go_on(2)
    finish(world)
    assert _codes(world) == ["receipt.unknown-notice"]
    world.clock.advance(days=2)
    world.admit(QUEUED)
    assert world.passes.dispatch().counts["sent"] == 0
    world.passes.receive()
    assert _codes(world) == ["receipt.early"], "no answer has told its number yet"
    assert world.passes.dispatch().counts["sent"] == 0
    world.passes.rescue()
    assert world.passes.events(reference)[:2] == [DeliveryEvent.ADMISSION, DeliveryEvent.RECOVERY]
    assert world.passes.entry(reference).state is S.SUBMITTED, "it is asked about at once"
    world.go_on(3)
    assert world.came == [reference]
    assert world.passes.entry(reference).state is S.DELIVERED
    assert _codes(world) == []


def _waits_for_a_receipt(world: World) -> str:
    """Return a notice in doubt that nobody can ask about, and that a receipt in quarantine names."""
    world.cases.is_brought = True
    reference = sent_and_forgotten(world, shows_nothing=True)
    world.passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    world.go_on(2)
    finish(world)
    world.clock.advance(hours=1)
    world.admit(QUEUED)
    world.passes.receive()
    assert _codes(world) == ["receipt.early"]
    return reference


def test_without_inquiries_the_receipt_itself_ends_the_doubt(place: Restorable) -> None:
    world = World(place)
    reference = _waits_for_a_receipt(world)
    world.clock.advance(hours=1)
    world.passes.rescue()
    entry = world.passes.entry(reference)
    assert (entry.state, entry.code, entry.due_at) == (S.IN_DOUBT, "doubt.unaskable", None)
    world.passes.receive()
    assert (world.passes.entry(reference).state, world.came) == (S.DELIVERED, [reference])
    assert _codes(world) == []


def test_nobody_sends_a_notice_again_while_such_a_receipt_waits(place: Restorable) -> None:
    world = World(place)
    reference = _waits_for_a_receipt(world)
    world.clock.advance(hours=1)
    world.passes.rescue()
    [item] = world.passes.quarantine()
    with pytest.raises(GatewayError, match=rf"{item.payload_digest}/receipt\.early.*queue\.receipt-waits"):
        world.passes.intervene(reference, _SEND_AGAIN)
    dismiss_item(world.passes.store, "city", item, world.passes.act("quarantine.dismiss"))
    world.passes.intervene(reference, _SEND_AGAIN)
    assert world.passes.dispatch().counts["sent"] == 1, "a person has found out that the receipt is a mistake"


def test_two_answers_against_a_signed_receipt_are_for_a_person(place: Restorable) -> None:
    world = World(place)
    world.cases.silent = True
    reference = sent_and_forgotten(world, shows_nothing=True)
    world.go_on(2)
    finish(world)
    world.clock.advance(days=2)
    world.admit(QUEUED)
    world.came.clear()  # so the judiciary knows nothing of it any more
    for _ in range(8):
        world.passes.rescue()
        world.passes.receive()
        assert world.passes.dispatch().counts["sent"] == 0
        world.clock.advance(minutes=31)
    entry = world.passes.entry(reference)
    assert (entry.state, entry.code, entry.due_at) == (S.IN_DOUBT, "doubt.absent", None)
    assert world.passes.store.tallies.counts()["undecided"] == 1
    with pytest.raises(GatewayError, match=r"queue\.receipt-waits"):
        world.passes.intervene(reference, _SEND_AGAIN)
    world.passes.intervene(reference, Decision(verdict=DoubtDecision.SUBMITTED, settle_after=SETTLE))
    world.passes.receive()
    assert world.passes.entry(reference).state is S.DELIVERED


@pytest.mark.parametrize("code", ["notice.contract", "key.unreadable"])
def test_a_receipt_about_a_forgotten_seal_is_believed_though_a_message_failed_to_be_made(
    place: Restorable, code: str
) -> None:
    """One notice does not fit the profile, or no key signs: nothing was sent for it here since the loss."""
    world = World(place)
    world.cases.silent = True
    reference = sent_and_forgotten(world, shows_nothing=True)
    seal = world.seals[reference]
    world.judiciary.receipts.clear()
    world.serve = lambda: None  # type: ignore[method-assign]
    world.go_on(2)
    finish(world)
    world.clock.advance(days=2)
    world.admit(QUEUED)
    prepare = world.judiciary.prepare_submission

    def failing(seals: object, now: object) -> Message:
        raise GatewayError(code, where="documents")

    world.judiciary.prepare_submission = failing  # type: ignore[method-assign]
    with suppress(GatewayError):
        world.passes.dispatch()
    assert world.passes.entry(reference).code == code
    world.judiciary.issue(DeliveryEvent.CONTENT_CONSIGNMENT.value, reference, seal, world.clock())
    world.passes.receive()
    assert _codes(world) == ["receipt.early"]
    world.judiciary.prepare_submission = prepare  # type: ignore[method-assign]
    world.go_on(4)
    assert (world.passes.entry(reference).state, world.came) == (S.DELIVERED, [reference])
    assert _codes(world) == []
