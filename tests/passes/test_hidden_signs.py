"""Signs that no font shows: they make no second notice of a paper, and change no notice that was admitted with one."""

from __future__ import annotations

import pytest

from gateway.intake import admission
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.intervention import withdraw

from .conftest import Passes
from .restorable import Restorable
from .restored_world import QUEUED, World, assert_asked_about, finish

HIDDEN = ["\u200b", "\u2060", "\u180e", "\u2064", "\u034f", "\ufe0f", "\u3164", "\U000e0041"]
PAPER = {"case_number": "1404/12", "paper_number": "7"}


@pytest.mark.parametrize("sign", HIDDEN, ids=[f"U+{ord(sign):04X}" for sign in HIDDEN])
def test_a_number_with_a_hidden_sign_makes_no_second_notice(passes: Passes, sign: str) -> None:
    passes.cases.put("1", **PAPER)
    passes.cases.put("2", **PAPER | {"case_number": f"1404/12{sign}"})
    passes.cases.put("3", **PAPER | {"paper_number": f"{sign}7"})
    assert passes.collect().counts == {"collected": 3, "admitted": 1, "refused": 2}
    passes.write_back()
    for key, field, title in (("2", "case_number", "شماره پرونده"), ("3", "paper_number", "شماره برگه")):
        refusal = passes.cases.refusals[key]
        assert (refusal.code, refusal.field) == ("notice.field-invalid", field)
        assert title in refusal.reason
        assert f"U+{ord(sign):04X}" in refusal.reason
    passes.dispatch()
    assert len(passes.judiciary.received) == 1


def test_signs_that_numbers_lose_are_no_reason_to_refuse_a_row(passes: Passes) -> None:
    passes.cases.put("1", case_number="\u200f۱۴۰۴/۱۲\u200c\ufeff")
    assert passes.collect().counts == {"collected": 1, "admitted": 1}


def test_a_notice_that_was_admitted_with_a_hidden_sign_stays_the_same(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier version admitted it. The row comes again, and its paper is issued anew under the same number."""
    passes.cases.put("1", case_number="1404/12\u200b")
    with monkeypatch.context() as earlier:
        earlier.setattr(admission, "hidden_in", lambda _: None)
        passes.collect()
    (before,) = passes.store.notices.find(state=None, limit=9, after=None)
    passes.cases.put("1")
    assert passes.collect().counts == {"collected": 1}
    passes.write_back()
    assert passes.cases.refusals == {}
    passes.intervene(before.entry.reference, withdraw)
    passes.cases.put("1", revision=2)
    assert passes.collect().counts == {"collected": 1, "admitted": 1}
    (after,) = passes.store.notices.find(state=DeliveryState.QUEUED, limit=9, after=None)
    assert after.predecessor == before.entry.reference


def admit_by_an_earlier_version(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """Admit and send a notice whose number has a hidden sign, as an earlier version did; return its reference."""
    world.cases.put(QUEUED, case_number="1404/12\u200b")
    with monkeypatch.context() as earlier:
        earlier.setattr(admission, "hidden_in", lambda _: None)
        reference = world.admit(QUEUED)[QUEUED]
    world.go_on(4)
    return reference


@pytest.mark.long
def test_a_forgotten_notice_with_a_hidden_sign_is_asked_about(
    place: Restorable, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(place)
    world.cases.put("0", recipient_name="")
    world.passes.collect()
    backup = world.place.back_up()
    world.start()
    reference = admit_by_an_earlier_version(world, monkeypatch)
    assert world.came == [reference]
    versions = {QUEUED: world.cases.versions.pop(QUEUED)}
    world.place.restore(backup)
    world.start()
    world.go_on(2)
    finish(world)
    world.cases.versions |= versions
    world.admit(QUEUED)
    assert_asked_about(world, reference)


def test_while_a_recovery_is_on_a_forgotten_notice_keeps_its_hidden_sign(
    place: Restorable, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(place)
    backup = world.place.back_up()
    world.start()
    reference = admit_by_an_earlier_version(world, monkeypatch)
    world.place.restore(backup)
    world.start()
    world.go_on(3)
    assert world.came == [reference]
    assert world.passes.entry(reference).state is DeliveryState.DELIVERED


def test_a_name_of_hidden_signs_alone_is_none(passes: Passes) -> None:
    passes.cases.put("1", recipient_name="\u200b\u2060 ")
    passes.cases.put("2", recipient_name="حسین\u200bزاده")
    assert passes.collect().counts == {"collected": 2, "admitted": 1, "refused": 1}
    passes.write_back()
    assert (passes.cases.refusals["1"].code, passes.cases.refusals["1"].field) == ("recipient.name", "recipient_name")
    (admitted,) = passes.store.notices.find(state=None, limit=9, after=None)
    assert admitted.recipient_name == "حسین\u200bزاده", "a notice is served as it was issued"
