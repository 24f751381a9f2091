"""The life of some notices in which every transition happens but those `ELSEWHERE`, and whether it ended as it must.

The fate of each is told by its row (`fates.py`), and is the same however often a gateway is killed: so every run, cut
or not, must end in the same way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from adapters.archive.zip_writer import assert_good
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import segments
from adapters.verifier.archive.deletions import DeletionIndex, gathered
from gateway.judiciary.courier import (
    Accepted,
    Answer,
    Deferred,
    Message,
    NoAccount,
    NotKnown,
    Outcome,
    Pending,
    Rejected,
    Standing,
    TicketStanding,
    Unknown,
)
from gateway.merkle.tree import Frontier, leaf_hash
from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import (
    DoubtDecision,
    EntryChange,
    retry,
)
from gateway.runtime.errors import GatewayError
from tests.manual_clock import ManualClock
from tests.passes.case_table import Cases
from tests.passes.ports import JudiciaryService

from .fates import BAD, FATES, in_doubt
from .process import Process, open_store
from .watched_passes import SIGNER, archive_in

_S = DeliveryState
_SEAL = re.compile(rb"<sealed (EB-\w+) P-([\w-]+)/>")

ROUNDS = 4
AFTER_A_FORTNIGHT = 3
"""Rounds before and after a fortnight in which nothing happens: the queue's lifetime is over then."""

MOMENT = timedelta(minutes=31)

FEW_CALLS = 3
"""Calls under way at a time, if nothing is said."""


OF_A_RECOVERY = frozenset((state, DeliveryEvent.RECOVERY) for state in (_S.IN_DOUBT, _S.PENDING, _S.QUEUED))
"""Transitions that this life has not: a store that was restored has stories of its own
(`tests/passes/test_recovery_begins.py`, `tests/passes/test_recovery.py`, `tests/acceptance/test_restore.py`)."""

OF_A_LATE_TICKET = frozenset((state, DeliveryEvent.TICKET_ISSUE) for state in (_S.QUEUED, _S.DEAD_LETTER))
"""Transitions that need a person's act beside a call that is under way. Here the process that would do it waits for the
call. `tests/passes/test_late_tickets.py` shows them, and that answer and step are one transaction."""

ELSEWHERE = OF_A_RECOVERY | OF_A_LATE_TICKET
"""Transitions that no story of the matrix has."""


class Judiciary(JudiciaryService):
    """Does with each notice what its `Fate` says, once it has come."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock, outcome=self._meet, standing=self._tell, progress=self._follow)
        self.keys: dict[str, str] = {}
        self.seals: dict[str, list[bytes]] = {}
        self.tries: Counter[str] = Counter()
        self.processed: dict[str, list[Outcome]] = {}
        self.messages: list[Message] = []
        self.issued: Counter[str] = Counter()
        self.followed: Counter[str] = Counter()

    def submit(self, message: Message) -> Answer[Outcome]:
        self.messages.append(message)
        for found in _SEAL.finditer(message.wire):
            reference, key = found[1].decode(), found[2].decode()
            self.keys[reference] = key
            self.seals.setdefault(reference, []).append(found[0])
        return super().submit(message)

    def serve(self, entries: list[OutboxEntry]) -> None:
        """Issue the next receipt of each notice that was accepted and for whose state one is due."""
        states = {entry.reference: entry.state for entry in entries}
        for reference, outcomes in self.processed.items():
            fate = FATES[self.keys[reference]]
            number = self.issued[reference]
            left = fate.receipts[number:]
            # The first one may have to wait for a state; whatever follows it comes when it comes.
            waits = not number and states.get(reference) not in fate.receipts_in
            if left and isinstance(outcomes[0], Accepted) and not waits:
                digest = sha256(self.seals[reference][0])
                self.issue(left[0], reference, digest, self.clock())
                if fate.marked:
                    self.receipts[-1] += f" Note={fate.marked}".encode()
                self.issued[reference] += 1

    def _meet(self, reference: str) -> Outcome:
        fate = FATES[self.keys[reference]]
        self.tries[reference] += 1
        if self.tries[reference] == 1 and fate.lost:
            return Unknown(code="courier.no-answer")
        if self.tries[reference] == 1 and fate.first is not None:
            return fate.first
        outcome = fate.outcome(reference)
        if isinstance(outcome, Deferred):
            return outcome
        if not self._is_in_vain(reference):
            self.processed.setdefault(reference, []).append(outcome)
        if not fate.heard:
            return Unknown(code="courier.no-answer")
        return self._ticket(reference) if fate.ticket else outcome

    def _ticket(self, reference: str) -> Pending:
        return Pending(ticket=f"K-{reference[-6:]}-{self.tries[reference]}")

    def _is_in_vain(self, reference: str) -> bool:
        """Return True if the last submission was the first one, and led to a ticket and nothing else."""
        return self.tries[reference] == 1 and isinstance(FATES[self.keys[reference]].lost_ticket, Deferred)

    def _follow(self, reference: str) -> TicketStanding:
        fate = FATES[self.keys[reference]]
        self.followed[reference] += 1
        if fate.mute:
            return Pending()
        if self.tries[reference] == 1 and fate.lost_ticket is not None:
            return fate.lost_ticket
        return self._outcome(reference) if self.followed[reference] > 1 else Pending()

    def _tell(self, reference: str) -> Standing:
        key = self.keys.get(reference)
        if key is not None and FATES[key].mute:
            return Unknown(code="courier.no-answer")
        if not self.processed.get(reference):
            return NotKnown()
        if key is not None and FATES[key].ticket and not self.followed[reference]:
            return self._ticket(reference)
        return self._outcome(reference)

    def _outcome(self, reference: str) -> Accepted | Rejected | NoAccount:
        outcome = self.processed[reference][0]
        assert isinstance(outcome, Accepted | Rejected | NoAccount)
        return outcome


class World:
    """Everything that no kill reaches, and the disk: ``url`` and ``folder``. ``calls`` overlap."""

    def __init__(self, url: str, folder: Path, calls: int = FEW_CALLS) -> None:
        self.url, self.folder, self.clock, self.calls = url, folder, ManualClock(), calls
        self.cases, self.judiciary = Cases(), Judiciary(self.clock)
        for key in (*FATES, BAD):
            self.cases.put(key, **({"recipient_name": ""} if key in (BAD, "corrected") else {}))
        self.problems: list[str] = []
        self.rounds = 0
        self.at_end: list[str] = []

    def start(self, blow_at: int | None = None) -> Process:
        others = {"cases": self.cases, "judiciary": self.judiciary, "clock": self.clock}
        return Process(self.url, self.folder, others, blow_at)

    def live(self, process: Process, *, until_ended: bool = False) -> None:
        """Let a process go through the whole story; one that comes after another one goes on where that was."""
        for number in range(ROUNDS + AFTER_A_FORTNIGHT):
            if number == ROUNDS:
                self.clock.advance(days=15)
            self._round(process)
            if until_ended and self._seems_ended(process.run("entries")):
                return

    def _seems_ended(self, entries: list[OutboxEntry]) -> bool:
        shown = {entry.row_key: entry.state for entry in entries if entry.written_seq == entry.seq}
        return shown == {key: fate.end for key, fate in FATES.items()}

    def _round(self, process: Process) -> None:
        process.run("collect", page_rows=30)
        # Few calls with some notices each, or many with one each.
        each = 6 if self.calls <= FEW_CALLS else 1
        process.run("dispatch", batch=each, calls=self.calls)
        process.run("rescue", inquiry_batch=each, calls=self.calls)
        self.judiciary.serve(process.run("entries"))
        process.run("receive", page=12)
        self._person(process)
        process.run("write_back")
        process.run("archive")
        self.rounds += 1
        if self.rounds >= ROUNDS:  # the last ones are enough, and each costs every boundary
            process.run("leave")
            process.run("purge")
        if "corrected" in self.cases.refusals:
            self.cases.put("corrected", recipient_name="شخص نمونه")
        self.clock.now += MOMENT

    def _person(self, process: Process) -> None:
        for entry in process.run("entries"):
            for action in self._decision(entry):
                process.run("decide", reference=entry.reference, action=action)
        process.run("judge_again")

    def _decision(self, entry: OutboxEntry) -> tuple[EntryChange, ...]:
        """Return the decisions of a person who has asked the judiciary where the gateway could not."""
        fate = FATES[entry.row_key]
        if entry.state is _S.IN_DOUBT and fate.mute:
            if entry.reference not in self.judiciary.processed:
                return (in_doubt(DoubtDecision.QUEUED),)
            return fate.person.get(entry.state, ())
        if entry.state is _S.QUEUED and fate.person.get(_S.QUEUED) and not entry.attempts:
            return ()
        if entry.state is _S.DEAD_LETTER and _S.DEAD_LETTER not in fate.person:
            # It waited too long for another reason than its own, such as a gateway that was killed.
            return () if entry.reference in self.judiciary.processed else (retry,)
        return fate.person.get(entry.state, ())

    def judge_kill(self) -> None:
        """Assert the facts that hold the moment after a kill."""
        store = open_store(self.url, self.folder)
        for receipt in self.judiciary.confirmed:
            if store.evidence.record(f"receipt:{receipt}") is None:
                self.problems.append(f"{receipt} was confirmed before it was stored")
        for message in self.judiciary.messages:
            record = store.evidence.record(f"sent:{message.id}")
            if record is None or store.evidence.payload(record.payload_digest) != message.wire:
                self.problems.append(f"{message.id} went out before it was recorded")
        store.close()

    def judge_end(self) -> Iterator[tuple[DeliveryState, DeliveryEvent]]:
        """Note every way in which the end is not as it must be; yield the transitions that happened."""
        store = open_store(self.url, self.folder)
        entries = {found.entry.row_key: found.entry for found in store.notices.find(state=None, limit=100, after=None)}
        if entries.keys() != FATES.keys():
            self.at_end.append(f"admitted: {sorted(entries)}")
        for key, entry in entries.items():
            fate, shown = FATES[key], self.cases.results.get(key)
            if (entry.state, shown and shown.state) != (fate.end, fate.end.value):
                self.at_end.append(f"{key}: {entry.state}, shown as {shown and shown.state}, and not {fate.end}")
            times = len(self.judiciary.processed.get(entry.reference, ()))
            if times != (fate.end is not _S.WITHDRAWN):
                self.at_end.append(f"{key}: served {times} times")
            if len({sha256(seal) for seal in self.judiciary.seals.get(entry.reference, [])} | {entry.seal_digest}) != 1:
                self.at_end.append(f"{key}: sent with other octets")
            yield from self._history(key, [(e.state, e.event) for e in store.notices.history(entry.reference)])
        if set(self.cases.refusals) != {BAD, "corrected"}:
            self.at_end.append(f"refused: {sorted(self.cases.refusals)}")
        if store.quarantine.page(code=None, limit=9, after=None):
            self.at_end.append("something lies in quarantine still")
        everything = {f"R{number}" for number in range(1, len(self.judiciary.receipts) + 1)}
        if set(self.judiciary.confirmed) != everything:
            self.at_end.append(f"not confirmed: {sorted(everything - set(self.judiciary.confirmed))}")
        self.at_end += self._archive(store)
        store.close()

    def _archive(self, store: SqlStore) -> Iterator[str]:
        """Ways in which the archive is not that of every record, in the order of the tree."""
        log = store.log
        if unplaced := store.tallies.oldest().get("unplaced"):
            yield f"a record of {unplaced} has no place in the tree"
        leaves = [leaf_hash(leaf.header) for leaf in log.leaves(0, 10_000)]
        last = log.last_checkpoint()
        signed = last and SIGNER.verifier.open(last.note)
        if not signed or (signed.size, signed.root) != (len(leaves), Frontier().extend(leaves).root()):
            yield f"the last checkpoint is not of all {len(leaves)} records"
        if archive_in(self.folder).end() != len(leaves):
            yield "the segments end before the records do"
        if not any(segment.emptied for segment in store.retention.segments()):
            yield "nothing left the store"
        files = segments(self.folder / "archive")
        with gathered(files) as deletions:
            if deletions is None:
                yield "no answer was deleted"
                return
            with closing(DeletionIndex(deletions)) as known:
                for path in files:
                    try:
                        assert_good(path, path.name, SIGNER.verifier, known)
                    except GatewayError as error:
                        yield str(error)

    def _history(
        self, key: str, events: list[tuple[DeliveryState, DeliveryEvent]]
    ) -> Iterator[tuple[DeliveryState, DeliveryEvent]]:
        before = events[0][0]
        for state, event in events[1:]:
            if TRANSITIONS.get((before, event)) is not state:
                self.at_end.append(f"{key}: {before} became {state} by {event}")
            yield before, event
            before = state
