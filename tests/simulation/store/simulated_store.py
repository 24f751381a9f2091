"""`SimulatedStore`: the port `gateway.store.store.Store` in memory, and the stores beside it that passes use.

    database = SimulatedDatabase()
    store = SimulatedStore(database, at=hook, random=random.Random(seed), steady=seconds, memory=Memory())
    locks = SimulatedLocks(database, at=hook)

Gateways that share a database have a store of their own each. ``database.snapshot()`` returns a whole backup at little
cost, ``database.restore(snapshot)`` brings it back.

``at`` is called at every port call with the name of the call, such as ``outbox.claim``, ``commit``, ``log.place``:

- ``outbox.claim`` before it. What it raises is the answer to the caller, and nothing was written.
- ``outbox.claim applied`` in writes only: the transaction is committed and not yet answered. What it raises is the
  answer: a lost answer to COMMIT is a `GatewayError` ``store.unavailable`` raised here.
- ``outbox.claim answered`` after it, with the answer in hand: another gateway may go on, or this one may crash.

The hook may switch to another gateway at each of the three; no transaction is open then. An error of the store that is
raised at the first two is the store's `trouble`, as in the real one. Errors are those of the SQL store, with equal
codes. Nothing here is random or takes a time of its own: ``random`` draws what the SQL store draws (the order of
sources in a claim), ``steady`` are seconds of a clock that never goes back.

``memory`` is this machine's memory of the store (`parts.recoveries.Memory`): it outlives a crash and a restore. Without
it a restore is never noticed, as in the SQL store; what stands in for that one's file may stand in here, too.
``archived`` reads what has left for the archive, ``folder`` keeps payloads apart from the database.

Ports that no pass of the simulation uses are absent (`left_out.PORTS`); to ask for one, or to commit such changes,
raises `NotSimulated`.
"""

from __future__ import annotations

import random as chance
from collections.abc import Callable
from datetime import datetime

from gateway.archive.offloaded import Archived, NoArchive
from gateway.archive.segment import assert_archivable
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.ports.bulk_act_store import BulkActStore
from gateway.store.ports.claim_store import ClaimStore
from gateway.store.stored import Changes, Switch

from .commit import EVERYTHING, commit
from .database import NotSimulated, SimulatedDatabase
from .parts.endpoints import SimulatedEndpoints
from .parts.inbox import SimulatedInbox
from .parts.mail import SimulatedMail
from .parts.notices import SimulatedNotices, SimulatedRecipientIndex
from .parts.outbox import SimulatedOutbox
from .parts.people import SimulatedPeople
from .parts.processes import SimulatedCallDurations, SimulatedOutages, SimulatedProcesses
from .parts.receipts import SimulatedQuarantine, SimulatedReceipts
from .parts.recoveries import MachineMemory, SimulatedRecoveries, assert_remembers
from .parts.refusals import SimulatedRefusals, SimulatedRows
from .parts.tallies import SimulatedTallies
from .parts.versions import SimulatedVersions
from .records.evidence import SimulatedEvidence
from .records.kept import SimulatedCertificates, SimulatedLists, SimulatedTokens
from .records.log import SimulatedLog
from .records.payloads import kept
from .records.retention import SimulatedRetention
from .rows import Folder
from .session import At, Session


def nowhere(_: str) -> None:
    """Let every call pass."""


class SimulatedStore:
    """One gateway's store on a shared database; see the module's docstring."""

    def __init__(
        self,
        database: SimulatedDatabase,
        at: At = nowhere,
        random: chance.Random | None = None,
        *,
        steady: Callable[[], float] = lambda: 0.0,
        memory: MachineMemory | None = None,
        archived: Archived | None = None,
        folder: Folder | None = None,
    ) -> None:
        self._database, self._memory, self._folder = database, memory, folder
        self._session = session = Session(database, at, random or chance.Random(0), steady)
        archived = archived or NoArchive()
        self.outbox = SimulatedOutbox(session, memory)
        self.notices = SimulatedNotices(session)
        self.rows = SimulatedRows(session)
        self.refusals = SimulatedRefusals(session)
        self.receipts = SimulatedReceipts(session)
        self.quarantine = SimulatedQuarantine(session)
        self.evidence = SimulatedEvidence(session, archived)
        self.endpoints = SimulatedEndpoints(session)
        self.versions = SimulatedVersions(session)
        self.recovery = SimulatedRecoveries(session, memory)
        self.people = SimulatedPeople(session)
        self.tallies = SimulatedTallies(session)
        # Stores beside the port, as `SqlStore` has them.
        self.log = SimulatedLog(session, archived)
        self.retention = SimulatedRetention(session, folder)
        self.inbox = SimulatedInbox(session, folder, archived)
        self.recipients = SimulatedRecipientIndex(session)
        self.mail = SimulatedMail(session)
        self.processes = SimulatedProcesses(session)
        self.outages = SimulatedOutages(session)
        self.call_durations = SimulatedCallDurations(session)
        self.certificates = SimulatedCertificates(session)
        self.lists = SimulatedLists(session)
        self.session_tokens = SimulatedTokens(session)

    @property
    def claims(self) -> ClaimStore:
        raise NotSimulated("claims")

    @property
    def bulk_acts(self) -> BulkActStore:
        raise NotSimulated("bulk_acts")

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def now(self) -> datetime | None:
        clock = self._database.clock
        return None if clock is None else self._session.read("now", clock)

    @property
    def trouble(self) -> GatewayError | None:
        return self._session.trouble

    def assert_version(self) -> None:
        """Do nothing: memory has no version."""

    def assert_writable(self) -> None:
        self._session.assert_writable()

    def commit(self, changes: Changes) -> frozenset[str]:
        for each in changes.payloads:
            assert_archivable(each.digest, len(each.octets))
        # A recorded message is sent next: the machine must remember it first.
        messages = [record.id for record in changes.evidence if record.kind is EvidenceKind.MESSAGE_SENT]
        memory = self._memory if messages else None

        def write() -> tuple[str, frozenset[str]]:
            assert_remembers(self._database, memory)
            rows = kept(self._database, changes.payloads, self._folder, anew=bool(messages))
            return self._database.epoch, commit(self._database, changes, rows)

        def remember(done: tuple[str, frozenset[str]]) -> None:
            nothing_written = done[1] and (changes.all_or_nothing or changes.submits)
            if memory is not None and not nothing_written:
                memory.note(done[0], messages)

        return self._session.note("commit", write, remember)[1]

    def switch(self) -> Switch | None:
        return self._session.read("switch", lambda: self._database.switch.get(EVERYTHING))
