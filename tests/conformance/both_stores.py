"""Two stores that are given the same: a database's, and the simulated one. Their answers are compared."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy.exc import IntegrityError

from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from tests.databases import NewDatabase
from tests.simulation.store.database import BrokenConstraint, SimulatedDatabase
from tests.simulation.store.simulated_store import SimulatedStore

from .builders import at
from .store_reads import READS
from .test_store_offload import Segments

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Folder in memory, where there is one: thousands of transactions wait for no disk."""


class BothStores(RuleBasedStateMachine):
    """The stores, and what rules do on both of them."""

    def __init__(self, database: NewDatabase) -> None:
        super().__init__()
        self.made = ExitStack()
        folder = self.made.enter_context(tempfile.TemporaryDirectory(dir=IN_MEMORY))
        self.archive = Segments()
        self.sql = SqlStore.open(self.made.enter_context(database(Path(folder))), archived=self.archive)
        self.made.callback(self.sql.close)
        self.simulated_database = SimulatedDatabase(self.sql.recovery.epoch)
        self.simulated = SimulatedStore(self.simulated_database, archived=self.archive)
        self.looks = self.records = 0

    def teardown(self) -> None:
        for name in READS:
            self.look_at(name, self.now())
        self.made.close()

    def now(self) -> datetime:
        """Return the time, which goes on at each second look: two moments are often equal."""
        self.looks += 1
        return at(minutes=self.looks // 2)

    def moment(self, present: OutboxEntry, data: st.DataObject) -> datetime:
        """Return the time, or one of those of a notice: bounds are wrong where two moments are equal."""
        times = present.admitted_at, present.state_since, present.due_at, present.lease_until, present.cleared_at
        return data.draw(st.sampled_from([self.now(), *(time for time in times if time is not None)]))

    def both(self, work: Callable[[Any], Any]) -> Any:
        """Do the same on both stores; return the result, None for an error."""
        found, simulated = _answer(work, self.sql), _answer(work, self.simulated)
        assert simulated == found
        return None if isinstance(found, str) else found

    def commit(self, changes: Changes) -> Changes:
        self.both(lambda store: store.commit(changes))
        return changes

    def record(self, kind: EvidenceKind, name: str = "act", notice: str | None = None) -> EvidenceRecord:
        self.records += 1
        now = self.now()
        return evidence_record(
            id=f"{name}:{self.records}",
            kind=kind,
            notice=notice,
            origin="city",
            destination="court",
            event_time=now,
            recorded_at=now,
            payload_digest=sha256(f"{name} {self.records % 4}".encode()),
        )

    def look_at(self, name: str, now: datetime) -> None:
        self.both(lambda store: READS[name](store, now))


def _answer(work: Callable[[Any], Any], store: object) -> Any:
    """Return the result, or the code of the error."""
    try:
        return work(store)
    except GatewayError as error:
        return error.code
    except (IntegrityError, BrokenConstraint):
        return "a broken constraint"
