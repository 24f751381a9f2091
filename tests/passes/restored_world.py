"""The world around a store that is restored, which a restore does not reach; and recoveries of it."""

from __future__ import annotations

from datetime import timedelta

from gateway.judiciary.courier import (
    Accepted,
    Deferred,
    NoAccount,
    NotKnown,
    Outcome,
    Rejected,
    Standing,
)
from gateway.notice.delivery_state import DeliveryState
from gateway.operations import intervention
from gateway.operations.recovery import FORGOTTEN, begin_if_rolled_back, current, declare, end
from gateway.store.store_fingerprint import Recovery
from tests.manual_clock import ManualClock

from .case_table import Cases
from .conftest import Passes
from .ports import JudiciaryService, Stamp, accept
from .restorable import Restorable

S = DeliveryState
SENT_BEFORE, DOUBTFUL, UNDER_WAY, QUEUED, REFUSED, SLOW, LATER, WITHOUT_ACCOUNT = "12345678"
ENDS = {
    SENT_BEFORE: S.DELIVERED,
    DOUBTFUL: S.DELIVERED,
    UNDER_WAY: S.DELIVERED,
    QUEUED: S.DELIVERED,
    REFUSED: S.REJECTED,
    SLOW: S.DELIVERED,
    LATER: S.DELIVERED,
    WITHOUT_ACCOUNT: S.NO_ACCOUNT,
}


class World:
    """Everything that no restore reaches: case database, judiciary, clock, and the machine's state file."""

    def __init__(self, place: Restorable) -> None:
        self.place, self.clock, self.cases = place, ManualClock(), Cases()
        self.judiciary = JudiciaryService(self.clock, outcome=self._receive, standing=self._tell)
        self.fates: dict[str, Outcome] = {}
        self.deferred: set[str] = set()
        self.came: list[str] = []
        self.seals: dict[str, str] = {}
        self.starts = 0
        self.start()

    def start(self) -> None:
        """A gateway that has just been started."""
        self.starts += 1
        self.passes = Passes(
            self.place.open(), self.cases, self.judiciary, self.clock, sealer=Stamp(edition=f" {self.starts}")
        )

    def admit(self, *keys: str) -> dict[str, str]:
        """Return the references of new rows by their keys."""
        for key in keys:
            self.cases.put(key)
        self.passes.collect()
        self.references = {e.row_key: e.reference for e in self.entries()}
        ends: dict[DeliveryState, Outcome] = {S.REJECTED: Rejected(code="R-1"), S.NO_ACCOUNT: NoAccount()}
        self.fates = {ref: ends.get(ENDS[key], accept(ref)) for key, ref in self.references.items()}
        return self.references

    def entries(self) -> list[intervention.OutboxEntry]:
        return [found.entry for found in self.passes.store.notices.find(state=None, limit=99, after=None)]

    def go_on(self, rounds: int = 1, *, look: bool = True) -> None:
        """Run all passes; whoever runs them looks at the store before."""
        for _ in range(rounds):
            if look:
                begin_if_rolled_back(self.passes.store, self.clock(), "city")
            self.passes.collect()
            self.passes.dispatch(batch=3)
            self.serve()
            self.passes.rescue()
            self.passes.receive(page=2)
            self.passes.write_back()
            self.clock.advance(minutes=31)

    def serve(self) -> None:
        """The judiciary serves what it has accepted, whatever becomes of the gateway."""
        issued = b" ".join(self.judiciary.receipts).decode()
        for reference, seal in self.seals.items():
            if reference in self.came and isinstance(self.fates[reference], Accepted) and reference not in issued:
                self.judiciary.issue("ContentConsignment", reference, seal, self.clock())

    def assert_all_ended_well(self) -> None:
        assert sorted(self.came) == sorted(set(self.came)), "nothing was sent a second time"
        assert sorted(self.came) == sorted(self.fates), "and nothing was left out"
        assert {key: result.state for key, result in self.cases.results.items()} == {
            k: v.value for k, v in ENDS.items()
        }
        for key, reference in self.references.items():
            entry, shown = self.passes.entry(reference), self.cases.results[key]
            assert entry.state is ENDS[key]
            fate = self.fates[reference]
            number = fate.tracking_number if isinstance(fate, Accepted) else None
            assert (shown.tracking_number, shown.delivered_at) == (number, entry.delivered_at)
            assert (entry.delivered_at is not None) == (entry.state is S.DELIVERED)
        assert self.passes.quarantine() == []
        assert set(self.judiciary.confirmed) == {f"R{n}" for n in range(1, len(self.judiciary.receipts) + 1)}

    def _receive(self, reference: str) -> Outcome:
        if reference in self.deferred:
            return Deferred(code="busy", retry_after=timedelta(minutes=1))
        self.arrive(reference)
        return self.fates[reference]

    def arrive(self, reference: str) -> None:
        self.came.append(reference)
        # One that is taken in once more is sealed anew: receipts are about the seal that came.
        self.seals[reference] = self.passes.entry(reference).seal_digest

    def _tell(self, reference: str) -> Standing:
        fate = self.fates[reference]
        assert isinstance(fate, Accepted | Rejected | NoAccount)
        return fate if reference in self.came else NotKnown()


def recovery_of(world: World) -> Recovery:
    recovery = current(world.passes.store.recovery)
    assert recovery is not None
    return recovery


def begun(world: World, *keys: str) -> Recovery:
    """A recovery that a person began; rows of these keys were taken in before."""
    world.admit(*keys)
    return declare(world.passes.store, world.passes.act("recovery.begin"), "city")


def finish(world: World, *, although: bool = False) -> Recovery:
    return end(world.passes.store, world.passes.act("recovery.end"), "city", ["cases"], although=although)


def run_with_a_backup_in_its_middle(world: World) -> str:
    """Return the backup. The run after it is forgotten by whoever restores it; the judiciary does not forget."""
    references = world.admit(SENT_BEFORE)
    world.go_on()
    references = world.admit(DOUBTFUL)
    # It arrives; its answer does not.
    world.judiciary.answers = False
    world.passes.dispatch()
    world.arrive(references[DOUBTFUL])
    world.judiciary.answers = True
    references = world.admit(UNDER_WAY)
    lost = {"destination": "court", "owner": "dead", "now": world.clock(), "due_by": world.clock()}
    [claimed] = world.passes.store.outbox.claim(**lost, lease=timedelta(minutes=5), limit=1, max_bytes=1)  # type: ignore[arg-type]
    assert claimed.reference == references[UNDER_WAY]
    references = world.admit(QUEUED, REFUSED, SLOW, WITHOUT_ACCOUNT)
    assert sorted(entry.state for entry in world.entries()) == sorted([
        S.DELIVERED, S.IN_DOUBT, S.SENDING, S.QUEUED, S.QUEUED, S.QUEUED, S.QUEUED,
    ])  # fmt: skip
    backup = world.place.back_up()
    world.start()
    world.deferred = {references[SLOW]}
    world.go_on(6)
    world.admit(LATER)
    world.go_on(3)
    assert set(world.came) == (set(references.values()) | {world.references[LATER]}) - world.deferred
    assert world.cases.results[LATER].state == "DELIVERED"
    assert world.cases.results[SLOW].seq > 15, "a step that the restored store will not reach soon"
    return backup


def sent_and_forgotten(world: World, *, shows_nothing: bool = False) -> str:
    """Return the reference of a notice that was sent after the backup, and whose row is not there now.

    ``shows_nothing``: no row has a result, as those that are brought again.
    """
    world.cases.put("0", recipient_name="")
    world.passes.collect()
    backup = world.place.back_up()
    world.start()
    reference = world.admit(QUEUED)[QUEUED]
    world.go_on(4)
    assert world.came == [reference]
    world.cases.versions.pop(QUEUED)
    world.place.restore(backup)
    world.start()
    if shows_nothing:
        world.cases.results.clear()
    return reference


def forgotten_sending(place: Restorable) -> tuple[World, str]:
    """Return a world whose store forgot a sending, with its reference: the judiciary told its number when asked."""
    world = World(place)
    world.passes.collect()
    backup = place.back_up()
    world.start()
    reference = world.admit(QUEUED)[QUEUED]
    world.passes.dispatch()
    place.restore(backup)
    world.start()
    world.clock.advance(hours=1)
    declare(world.passes.store, world.passes.act("recovery.begin"), "city")
    world.passes.collect()
    world.clock.advance(hours=1)
    world.passes.rescue()
    return world, reference


def assert_asked_about(world: World, reference: str) -> None:
    entry = world.passes.entry(reference)
    assert (entry.state, entry.code) == (S.IN_DOUBT, FORGOTTEN)
    world.go_on(4)
    assert world.came == [reference], "it came before the loss, and is not sent again"
    assert world.passes.entry(reference).state is S.DELIVERED
