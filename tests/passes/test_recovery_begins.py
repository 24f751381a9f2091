"""The beginning of a recovery: once for all machines, on record, and after all that the store holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.judiciary.courier import Message
from gateway.notice.source_row import Result
from gateway.operations.recovery import APART, begin_if_rolled_back, current, declare
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.store_fingerprint import Cause
from gateway.writeback import result_writing

from .restorable import Restorable
from .restored_world import QUEUED, SLOW, S, World, begun, finish, recovery_of


def test_one_recovery_is_begun_for_all_machines(place: Restorable, tmp_path: Path) -> None:
    world = World(place)
    world.admit(QUEUED)
    other = tmp_path / "other.state"
    begin_if_rolled_back(place.open(other), world.clock(), "city")
    backup = place.back_up()
    world.start()
    world.passes.dispatch()
    begin_if_rolled_back(place.open(other), world.clock(), "city")
    place.restore(backup)
    world.start()
    first = begin_if_rolled_back(world.passes.store, world.clock(), "city")
    world.clock.advance(minutes=1)
    second = begin_if_rolled_back(place.open(other), world.clock(), "city")
    assert first is not None
    assert first == second
    assert len(world.passes.store.recovery.all()) == 1
    assert world.passes.store.recovery.epoch == first.epoch


def test_a_second_restore_is_noticed_in_a_recovery(place: Restorable) -> None:
    world = World(place)
    world.admit(QUEUED, SLOW)
    backup = place.back_up()
    world.start()
    world.passes.dispatch()
    causes = []
    for _ in range(2):
        place.restore(backup)
        world.start()
        world.clock.advance(minutes=1)
        world.go_on(3)
        causes.append(recovery_of(world).cause)
    assert causes == [Cause.WENT_BACK, Cause.ANOTHER_STORE], (
        "the second time the epoch of the first recovery is missing"
    )
    assert len(world.came) == 2


def test_that_it_began_is_on_record(place: Restorable) -> None:
    world = World(place)
    begin_if_rolled_back(world.passes.store, world.clock(), "city")
    place.make_anew()
    world.start()
    recovery = begin_if_rolled_back(world.passes.store, world.clock(), "city")
    assert recovery is not None
    record = world.passes.store.evidence.record(recovery.evidence_id)
    assert record is not None
    assert record.kind == EvidenceKind.RECOVERY_BEGUN
    assert recovery.remembered is not None
    assert recovery.remembered.encode() in world.passes.store.evidence.payload(record.payload_digest)


def test_a_recovery_begins_after_all_that_the_store_holds_although_its_clock_is_behind(place: Restorable) -> None:
    world = World(place)
    world.admit(QUEUED)
    world.judiciary.answers = False
    world.passes.dispatch()
    world.judiciary.answers = True
    world.clock.advance(minutes=31)
    world.passes.rescue()
    world.clock.advance(minutes=11)
    world.passes.rescue()
    queued = world.passes.entry(world.references[QUEUED])
    assert (queued.state, queued.cleared_at is None) == (S.QUEUED, False)
    backup = place.back_up()
    world.start()
    world.passes.dispatch()
    assert world.came == [queued.reference]

    place.restore(backup)
    world.start()
    world.clock.advance(hours=-3.5)
    begin_if_rolled_back(world.passes.store, world.clock(), "city")
    world.clock.advance(hours=3.5, minutes=1)
    assert world.passes.dispatch().idle, "that it was absent once says nothing of what is forgotten"
    world.go_on(4)
    assert world.came == [queued.reference]
    assert world.passes.entry(queued.reference).state is S.DELIVERED


def test_what_was_claimed_before_it_begins_is_handed_back_and_asked_about(place: Restorable) -> None:
    world = World(place)
    reference = world.admit(QUEUED)[QUEUED]
    prepare = world.judiciary.prepare_submission

    def begin_meanwhile(*sealed: Any) -> Message:
        world.judiciary.prepare_submission = prepare  # type: ignore[method-assign]
        begun(world)
        return prepare(*sealed)

    world.judiciary.prepare_submission = begin_meanwhile  # type: ignore[method-assign]
    with pytest.raises(GatewayError, match=r"recovery\.begun"):
        world.passes.dispatch()
    entry = world.passes.entry(reference)
    assert (entry.state, entry.attempts, entry.code) == (S.QUEUED, 0, "recovery.begun")
    assert (world.came, world.judiciary.wires) == ([], [])
    world.passes.rescue()
    assert world.passes.entry(reference).state is S.IN_DOUBT
    world.go_on(4)
    assert world.came == [reference]
    assert reference in world.judiciary.asked


def test_a_pass_that_writes_while_it_begins_leaves_what_is_to_be_written_again(
    place: Restorable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup knows the acceptance only; the row shows the arrival, and refuses lower numbers of steps."""
    monkeypatch.setattr(result_writing, "BATCH", 1)
    world = World(place)
    world.admit(QUEUED, SLOW)
    world.passes.dispatch()
    backup = place.back_up()
    world.start()
    world.go_on(2)
    shown = {key: world.cases.results[key].seq for key in (QUEUED, SLOW)}
    place.restore(backup)
    world.start()
    write_results = world.cases.write_results

    def begin_meanwhile(results: Sequence[Result]) -> Sequence[str]:
        absent = write_results(results)
        world.cases.write_results = write_results  # type: ignore[method-assign]
        declare(world.passes.store, world.passes.act("recovery.begin"), "city")
        return absent

    world.cases.write_results = begin_meanwhile  # type: ignore[method-assign]
    world.passes.write_back()
    assert [result.seq > shown[key] for key, result in sorted(world.cases.results.items())] == [False, True]
    world.passes.write_back()
    assert all(result.seq > shown[key] for key, result in world.cases.results.items())
    assert {result.state for result in world.cases.results.values()} == {"SUBMITTED"}


def test_each_recovery_begins_later_than_the_one_before_it(place: Restorable) -> None:
    world = World(place)
    first = begun(world)
    world.clock.advance(hours=-3.5)
    second = begun(world)
    assert second.since >= first.since + APART
    assert current(world.passes.store.recovery) == second
    assert finish(world, although=True).ended_at is not None
    assert current(world.passes.store.recovery) is None, "the end is of both"
