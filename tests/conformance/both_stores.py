"""Two stores that are given the same: a database's, and the simulated one. Their answers are compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy.exc import IntegrityError

from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from tests.simulation.store.database import BrokenConstraint, SimulatedDatabase
from tests.simulation.store.simulated_store import SimulatedStore

from .builders import at, entry
from .store_reads import READS
from .test_store_offload import Segments


class BothStores:
    """The stores, and what is drawn of a ``seed`` for both of them."""

    def __init__(self, url: str, seed: int) -> None:
        self.chance = Random(seed)
        self.segments = Segments()
        self.sql = SqlStore.open(url, archived=self.segments)
        self._database = SimulatedDatabase(self.sql.recovery.epoch)
        self.simulated = self.drawing_by(seed)
        self.presents: list[OutboxEntry] = []
        self.commits: list[Changes] = []
        self.done: list[str] = []
        self._looks = self._records = 0

    def drawing_by(self, seed: int) -> SimulatedStore:
        """Return the simulated store, whose next draws are those of a seed."""
        self.simulated = SimulatedStore(self._database, random=Random(seed), archived=self.segments)
        return self.simulated

    def both(self, work: Callable[[Any], Any]) -> Any:
        """Do the same on both stores; return the result, None for an error."""
        found, simulated = _answer(work, self.sql), _answer(work, self.simulated)
        assert simulated == found, f"after {', '.join(self.done)}"
        return None if isinstance(found, str) else found

    def commit(self, changes: Changes) -> None:
        self.both(lambda store: store.commit(changes))
        self.commits.append(changes)

    def look_at(self, name: str, now: datetime) -> None:
        self.both(lambda store: READS[name](store, now))

    # Drawn values.

    def flip(self) -> bool:
        return self.chance.random() < 0.5

    def now(self) -> datetime:
        """Return the time, which goes on at each second look: two moments are often equal."""
        self._looks += 1
        return at(minutes=self._looks // 2)

    def present(self) -> OutboxEntry:
        """Return a notice as it is, or as it was a while ago."""
        if self.chance.random() < 0.3:
            return self.chance.choice(self.presents[-30:])
        current = self.sql.notices.entries([entry(number).reference for number in range(9)])
        return self.chance.choice([current[reference] for reference in sorted(current)])

    def moment(self) -> datetime:
        """Return the time, or one of those of a notice: bounds are wrong where two moments are equal."""
        of = self.present()
        times = of.admitted_at, of.state_since, of.due_at, of.lease_until, of.cleared_at, of.doubt_since
        return self.chance.choice([self.now(), *(time for time in times if time is not None)])

    def record(self, kind: EvidenceKind, name: str = "act", notice: str | None = None) -> EvidenceRecord:
        self._records += 1
        now = self.now()
        return evidence_record(
            id=f"{name}:{self._records}",
            kind=kind,
            notice=notice,
            origin="city",
            destination="court",
            event_time=now,
            recorded_at=now,
            payload_digest=sha256(f"{name} {self._records % 4}".encode()),
        )


def _answer(work: Callable[[Any], Any], store: object) -> Any:
    """Return the result, or the code of the error."""
    try:
        return work(store)
    except GatewayError as error:
        return error.code
    except (IntegrityError, BrokenConstraint):
        return "a broken constraint"
