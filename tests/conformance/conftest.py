"""The stores and the couriers that the suites run over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.pki.devpki import generate
from adapters.storage.engine.advisory_locks import duties_of
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.archive.offloaded import Archived
from gateway.people.permissions import Role
from gateway.runtime.advisory_lock import AdvisoryLocks
from tests.databases import DATABASES
from tests.manual_clock import ManualClock
from tests.people import Member, SignIn
from tests.simulation.store.database import SimulatedDatabase
from tests.simulation.store.left_out import is_left_out
from tests.simulation.store.locks import SimulatedLocks
from tests.simulation.store.rows import Folder
from tests.simulation.store.simulated_store import SimulatedStore, nowhere
from tests.unit.crypto.samples import plan

from .couriers import COURIERS, Courier, CourierSandbox, Kind, calling, serving, stranger

SIMULATED = "simulated"
"""Name of the simulated store among the databases: it must answer, and fail, as they do."""


@dataclass(frozen=True)
class Place:
    """Place of a test's store. Another process can open it by this."""

    where: str

    def open(self, payloads: PayloadStore | None = None, archived: Archived | None = None) -> SqlStore:
        return SqlStore.open(self.where, payloads, archived=archived)

    def locks(self) -> AdvisoryLocks:
        """Return the advisory locks of another process."""
        return duties_of(self.where)


@dataclass(frozen=True)
class SimulatedPlace(Place):
    """Place of a simulated store; no other process can open it."""

    where: str = SIMULATED
    database: SimulatedDatabase = field(default_factory=SimulatedDatabase)
    folder: Folder = field(default_factory=Folder)

    def open(self, payloads: PayloadStore | None = None, archived: Archived | None = None) -> Any:
        folder = self.folder if isinstance(payloads, SegmentPayloads) else None
        return SimulatedStore(self.database, archived=archived, folder=folder)

    def locks(self) -> AdvisoryLocks:
        return SimulatedLocks(self.database, nowhere)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what the simulated store does not have, by name."""
    items[:] = [item for item in items if not (_place_of(item) == SIMULATED and is_left_out(item.nodeid))]


def _place_of(item: pytest.Item) -> object:
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get("place")


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.long),
        pytest.param(SIMULATED, marks=pytest.mark.every_sample),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == SIMULATED:
        yield SimulatedPlace()
        return
    with DATABASES[request.param](tmp_path) as url:
        yield Place(url)


@pytest.fixture
def store(place: Place) -> Iterator[SqlStore]:
    opened = place.open()
    yield opened
    opened.close()


@pytest.fixture(params=[DatabasePayloads, SegmentPayloads], ids=["rows", "segments"])
def payloads(request: pytest.FixtureRequest, tmp_path: Path) -> PayloadStore:
    """Place in which a store keeps exact octets."""
    kept: PayloadStore = request.param(tmp_path / "payloads")
    return kept


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CourierSandbox]:
    directory = tmp_path_factory.mktemp("couriers")
    generate(directory / "pki", plan("rsa-2048"), datetime.now(UTC))
    with serving(directory / "pki", directory) as opened:
        yield opened


@pytest.fixture(scope="module", params=list(COURIERS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return COURIERS[request.param]


@pytest.fixture(scope="module")
def courier(kind: Kind, sandbox: CourierSandbox) -> Iterator[Courier]:
    with calling(kind.make, sandbox.pki, f"http://127.0.0.1:{sandbox.port}{kind.path}", sandbox.clock) as opened:
        yield opened


@pytest.fixture(autouse=True)
def needed(request: pytest.FixtureRequest) -> None:
    """A test that needs what a contract cannot do is skipped over it, and says what that is."""
    marks = [mark.args[0] for mark in request.node.iter_markers("needs")]
    if marks and (missing := [each for each in marks if each not in request.getfixturevalue("kind").abilities]):
        pytest.skip(f"this contract has no: {', '.join(missing)}")


@pytest.fixture
def called(kind: Kind, sandbox: CourierSandbox) -> Iterator[Callable[[Callable[[], tuple[int, bytes]]], Courier]]:
    """A courier that a stranger answers in the judiciary's place."""
    with ExitStack() as stack:

        def begin(answer: Callable[[], tuple[int, bytes]]) -> Courier:
            address = stack.enter_context(stranger(answer))
            endpoint = f"http://127.0.0.1:{sandbox.port}{kind.path}"
            return stack.enter_context(calling(kind.make, sandbox.pki, endpoint, sandbox.clock, at=address))

        yield begin


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def people(store: SqlStore, clock: ManualClock, tmp_path: Path) -> SignIn:
    return SignIn(store, clock, tmp_path)


@pytest.fixture
def zahra(people: SignIn) -> Member:
    return people.member("zahra", Role.COMMISSION_SECRETARY, bodies=frozenset({"article-100"}))
