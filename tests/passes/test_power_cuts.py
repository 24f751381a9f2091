"""The power fails before or after every call to store, judiciary and case database; then the gateway starts again.

The places are found by running the story once, so that a new call cannot be forgotten.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.courier import Accepted, NoAccount, NotKnown, Outcome, Rejected, Standing
from gateway.delivery import TRANSITIONS, DeliveryEvent, DeliveryState
from tests.databases import DATABASES, NewDatabase, sqlite_file

from .conftest import City
from .ports import Cases, Court, Hands, accept

ENDS = {
    "1": DeliveryState.DELIVERED,
    "2": DeliveryState.DELIVERED,
    "3": DeliveryState.REJECTED,
    "4": DeliveryState.NO_ACCOUNT,
}


class PowerCut(BaseException):
    """Nothing in the gateway may catch this."""


class Fuse:
    """Passes calls through and counts them; at the call that it was set for, the power fails before or after."""

    def __init__(self, blow_at: int | None = None) -> None:
        self.places: list[str] = []
        self._blow_at = blow_at

    def protect(self, name: str, target: Any) -> Any:
        fuse = self

        class Protected:
            def __getattr__(self, method: str) -> Any:
                attribute = getattr(target, method)
                if not callable(attribute):
                    return attribute

                def call(*arguments: Any, **named: Any) -> Any:
                    fuse.pass_(f"before {name}.{method}")
                    result = attribute(*arguments, **named)
                    fuse.pass_(f"after {name}.{method}")
                    return result

                return call

        return Protected()

    def pass_(self, place: str) -> None:
        self.places.append(place)
        if len(self.places) - 1 == self._blow_at:
            raise PowerCut(place)


class World:
    """What a power cut does not reach: case database, judiciary, clock, and the disk."""

    def __init__(self, url: str) -> None:
        self.url, self.clock, self.cases = url, Hands(), Cases()
        self.court = Court(self.clock, outcome=self._decide, standing=self._tell)
        for key in (*ENDS, "bad"):
            self.cases.put(key, **({"recipient_name": ""} if key == "bad" else {}))
        self.fates: dict[str, Outcome] = {}
        self._stores: list[SqlStore] = []

    def gateway(self, fuse: Fuse) -> City:
        """A gateway that has just been started."""
        store = SqlStore.open(self.url)
        self._stores.append(store)
        city = City(
            fuse.protect("store", store),
            fuse.protect("cases", self.cases),
            fuse.protect("court", self.court),
            self.clock,
        )
        self.court.during_submit = lambda: None
        self.find = store.find
        return city

    def close(self) -> None:
        for store in self._stores:
            store.close()

    def run(self, city: City, rounds: int) -> None:
        for _ in range(rounds):
            city.collect()
            city.dispatch(batch=3)
            self._serve()
            city.rescue()
            city.receive(page=2)
            city.write_back()
            self.clock.pass_(minutes=31)

    def _decide(self, reference: str) -> Outcome:
        """Told by the order of coming, and the same whenever the reference comes."""
        fates: list[Outcome] = [Rejected(code="R-1"), NoAccount(), accept(reference), accept(reference)]
        return self.fates.setdefault(reference, fates[len(self.fates) % 4])

    def _tell(self, reference: str) -> Standing:
        fate = self.fates.get(reference)
        assert fate is None or isinstance(fate, Accepted | Rejected | NoAccount)
        return fate or NotKnown()

    def _serve(self) -> None:
        """The judiciary serves what it has accepted, whatever becomes of the gateway."""
        issued = b" ".join(self.court.receipts).decode()
        for found in self.find(state=None, limit=99, after=None):
            entry = found.entry
            if isinstance(self.fates.get(entry.reference), Accepted) and entry.reference not in issued:
                self.court.issue("ContentConsignment", entry.reference, entry.seal_digest, self.clock())


def story(url: str, fuse: Fuse) -> World:
    world = World(url)
    try:
        world.run(world.gateway(fuse), rounds=2)
    except PowerCut:
        world._serve()
    return world


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    fuse = Fuse()
    with sqlite_file(tmp_path_factory.mktemp("dry")) as url:
        story(url, fuse).close()
    return fuse.places


def test_the_story_meets_every_kind_of_call(places: list[str]) -> None:
    for call in ("store.commit", "store.claim", "court.submit", "court.confirm_receipts", "cases.write_results"):
        assert {f"before {call}", f"after {call}"} <= set(places)


@pytest.mark.parametrize("database", DATABASES.values(), ids=DATABASES)
@pytest.mark.parametrize("third", range(3))
def test_after_any_power_cut_everything_ends_as_if_there_had_been_none(
    places: list[str], tmp_path: Path, third: int, database: NewDatabase
) -> None:
    for number in range(third, len(places), 3):
        folder = tmp_path / str(number)
        folder.mkdir()
        with database(folder) as url:
            _cut_and_go_on(url, number, places)


def _cut_and_go_on(url: str, number: int, places: list[str]) -> None:
    fuse = Fuse(blow_at=number)
    world = story(url, fuse)
    where = f"{number}: {fuse.places[-1]}"
    assert fuse.places == places[: number + 1], where
    world.run(world.gateway(Fuse()), rounds=6)
    assert sorted(world.court.received) == sorted(world.fates), f"sent once each, {where}"
    assert len(world.fates) == len(ENDS), where
    states = sorted(result.state for result in world.cases.results.values())
    assert states == sorted(state.value for state in ENDS.values()), where
    assert world.cases.refusals.keys() == {"bad"}, where
    assert set(world.court.confirmed) == {f"R{n}" for n in range(1, len(world.court.receipts) + 1)}, where
    world.close()


def test_a_blind_resend_would_be_found(places: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: with leases that end in the queue, a cut after the submission serves twice."""

    monkeypatch.setitem(TRANSITIONS, (DeliveryState.SENDING, DeliveryEvent.LEASE_EXPIRY), DeliveryState.QUEUED)
    with sqlite_file(tmp_path) as url:
        world = story(url, Fuse(blow_at=places.index("after court.submit")))
        world.run(world.gateway(Fuse()), rounds=6)
        assert len(world.court.received) > len(world.fates)
        world.close()
