"""In any order of events a database's store and the simulated store answer the same, in results and in errors."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from adapters.storage.stores import claiming
from gateway.archive.witnessing import WitnessState
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import ABSENT, UNANSWERED, OutboxEntry, Transition, advance
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About, LegalHold
from gateway.runtime.circuit_breaker import CircuitBreaker, Failure
from gateway.runtime.rate_limit import RateLimit
from gateway.store.inbox import Envelope, PushedRow, told_refusals
from gateway.store.store_fingerprint import Cause, Recovery
from gateway.store.stored import Changes, Mark, NewSeal, Payload, Switch
from tests.databases import DATABASES, NewDatabase
from tests.simulation.store.simulated_store import SimulatedStore

from . import builders
from .both_stores import BothStores
from .builders import at, entry, intake, quarantined, refusal
from .store_reads import READS, SOURCES

NUMBERS = st.integers(0, 5)
LEGAL = {state: [e for s, e in TRANSITIONS if s is state and e is not DeliveryEvent.CLAIM] for state in DeliveryState}
CODES = st.sampled_from([None, ABSENT, UNANSWERED, "judiciary.busy"])
RATE = RateLimit(per_minute=2, burst=3)
SILENT = Failure(code="courier.no-answer")


class StoresAgree(BothStores):
    """Commits, claims and marks in any order, with repeats of earlier commits and steps from earlier presents."""

    presents = Bundle("presents")
    commits = Bundle("commits")

    @initialize(target=presents, source=st.sampled_from(SOURCES))
    def begin(self, source: str) -> Any:
        """Without them few sequences would move a notice far."""
        new = [entry(number, source=source, admitted_at=at(seconds=number)) for number in range(1, 6)]
        self.commit(intake(*new))
        return multiple(*new)

    @rule(
        target=presents,
        numbers=st.sets(NUMBERS, min_size=1),
        source=st.sampled_from(SOURCES),
        served=st.booleans(),
        ahead=st.booleans(),
        due=st.booleans(),
    )
    def admit(self, numbers: set[int], source: str, served: bool, ahead: bool, due: bool) -> Any:
        serve_by, now = at(days=5).date() if served else None, self.now()
        new = []
        for number in sorted(numbers):
            admitted_at = now + timedelta(minutes=20 * ahead, seconds=number)
            times = {"admitted_at": admitted_at, "due_at": admitted_at if due else None}
            new.append(entry(number, source=source, serve_by=serve_by, **times))
        self.commit(intake(*new))
        return multiple(*new)

    @rule(
        target=presents,
        limit=st.integers(0, 4),
        max_bytes=st.sampled_from([1, 200, 10_000]),
        rate=st.sampled_from([None, RATE]),
        without=st.sampled_from([frozenset[str](), frozenset({"article-100"})]),
        seed=st.integers(0, 9),
        present=presents,
        data=st.data(),
    )
    def claim(
        self,
        limit: int,
        max_bytes: int,
        rate: RateLimit | None,
        without: frozenset[str],
        seed: int,
        present: OutboxEntry,
        data: st.DataObject,
    ) -> Any:
        now = self.moment(present, data)
        self.simulated = SimulatedStore(self.simulated_database, random=Random(seed), archived=self.archive)
        with patch.object(claiming, "random", Random(seed)):
            claimed = self.both(
                lambda store: builders.claim(
                    store, now=now, limit=limit, max_bytes=max_bytes, rate_limit=rate, without_bodies=without
                )
            )
        return multiple(*claimed)

    @rule(
        target=commits,
        presents=st.lists(presents, min_size=1, max_size=3),
        chain=st.integers(1, 3),
        whole=st.booleans(),
        code=CODES,
        data=st.data(),
    )
    def step(
        self, presents: list[OutboxEntry], chain: int, whole: bool, code: str | None, data: st.DataObject
    ) -> Changes:
        """Steps from presents that may be of long ago, several of a notice in a row."""
        steps: list[Transition] = []
        record = self.record(EvidenceKind.MESSAGE_RECEIVED, "answer")
        for present in presents:
            for _ in range(chain):
                if legal := LEGAL[present.state]:
                    event, now = data.draw(st.sampled_from(legal)), self.now()
                    times = data.draw(
                        st.sampled_from([{}, {"cleared_at": now}, {"doubt_since": now}, {"due_at": None}])
                    )
                    fields: dict[str, Any] = {"due_at": now, "code": code, **times}
                    steps.append(advance(present, event, now=now, evidence_id=record.id, **fields))
                    present = steps[-1].after
        carried = {record.id: sorted({step.before.reference for step in steps})}
        return self.commit(Changes(steps=steps, evidence=[record], message_notices=carried, all_or_nothing=whole))

    @rule(target=presents, numbers=st.sets(NUMBERS))
    def look(self, numbers: set[int]) -> Any:
        found = self.both(lambda store: store.notices.entries([entry(number).reference for number in numbers]))
        return multiple(*found.values())

    @rule(name=st.sampled_from(sorted(READS)), present=presents, data=st.data())
    def read(self, name: str, present: OutboxEntry, data: st.DataObject) -> None:
        self.look_at(name, self.moment(present, data))

    @rule(changes=commits)
    def repeat(self, changes: Changes) -> None:
        self.commit(changes)

    @rule(present=presents)
    def mark_written(self, present: OutboxEntry) -> None:
        self.both(lambda store: store.outbox.mark_written([present]))

    @rule(
        target=commits,
        present=presents,
        held=st.sampled_from([None, True, False]),
        due=st.booleans(),
        unwritten=st.booleans(),
        seen=st.booleans(),
    )
    def mark(self, present: OutboxEntry, held: bool | None, due: bool, unwritten: bool, seen: bool) -> Changes:
        before = present if seen else None
        due_at = self.now() if due else None
        mark = Mark(reference=present.reference, held=held, due_at=due_at, unwritten=unwritten, before=before)
        record = self.record(EvidenceKind.PERSON_ACT, notice=present.reference)
        return self.commit(Changes(marks=[mark], evidence=[record], all_or_nothing=seen))

    @rule(target=commits, present=presents, number=st.integers(0, 9), applied=st.booleans(), reopened=st.booleans())
    def receive(self, present: OutboxEntry, number: int, applied: bool, reopened: bool) -> Changes:
        receipt = builders.receipt(number, present)
        changes = builders.receipt_batch([receipt], applied=[f"R{number}"] * applied, reopened=["R1"] * reopened)
        return self.commit(changes)

    @rule(
        target=commits,
        number=NUMBERS,
        source=st.sampled_from(SOURCES),
        code=st.sampled_from(["recipient.national-id", "notice.two-rows", "notice.kind"]),
        cleared=st.booleans(),
    )
    def refuse(self, number: int, source: str, code: str, cleared: bool) -> Changes:
        refused = refusal(number, source=source, code=code, refused_at=self.now(), row_version=f"v{self.looks % 2}")
        rows = [(source, "row-2")] if cleared else []
        seen = [builders.mark(number, source=source, version=str(self.looks % 3))]
        changes = Changes(refusals=[refused], cleared_refusals=rows, seen=seen, cursors={f"listed:{source}": code})
        return self.commit(changes)

    def write_refusals(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(SOURCES))
        waiting = self.both(lambda store: store.refusals.unwritten(source, 9))
        if waiting:
            some = data.draw(st.lists(st.sampled_from(waiting), max_size=2, unique_by=lambda each: each.row_key))
            self.both(lambda store: store.refusals.mark_written(some))

    def rename(self, data: st.DataObject) -> None:
        names = data.draw(st.permutations(SOURCES))
        self.commit(Changes(renamed=(names[0], names[1])))

    @rule(
        target=commits,
        octets=st.sampled_from([b"a", b"b"]),
        code=st.sampled_from(["verify.signature", "receipt.early"]),
        about=st.one_of(st.none(), NUMBERS),
        ended=st.booleans(),
    )
    def set_aside(self, octets: bytes, code: str, about: int | None, ended: bool) -> Changes:
        notice = None if about is None else entry(about).reference
        item = quarantined(octets, code=code, notice=notice, received_at=self.now())
        act = self.record(EvidenceKind.PERSON_ACT)
        end = builders.ending(item, ended_at=self.now(), ended_by=act.id)
        return self.commit(
            Changes(evidence=[act], endings=[end]) if ended else Changes(quarantine=[item], evidence=[act])
        )

    def call(self, data: st.DataObject) -> None:
        failed, wake, opens = data.draw(st.booleans()), data.draw(st.booleans()), data.draw(st.integers(1, 3))
        now = self.now()

        def change(breaker: CircuitBreaker) -> CircuitBreaker:
            return breaker.failed(SILENT, now, opens_after=opens) if failed else breaker.succeeded()

        self.both(lambda store: store.endpoints.update_breaker("court", change, now))
        if wake:
            self.commit(Changes(breaker_wakeups={"court": now}))
        self.both(lambda store: store.endpoints.take_from_rate_limit("court", RATE, 1, now))

    @rule(target=commits, present=presents, ends=st.booleans(), right=st.booleans(), data=st.data())
    def recover(self, present: OutboxEntry, ends: bool, right: bool, data: st.DataObject) -> Changes:
        act, now = self.record(EvidenceKind.RECOVERY_BEGUN), self.moment(present, data)
        replaced = self.sql.recovery.epoch if right else "0" * 32
        fields: dict[str, Any] = {"ended_at": now, "ended_by": act.id} if ends else {}
        recovery = Recovery(
            epoch=f"{self.records:032x}",
            replaced=replaced,
            remembered=None,
            since=now,
            cause=Cause.PERSON,
            evidence_id=act.id,
            **fields,
        )
        return self.commit(Changes(recovery=recovery, evidence=[act]))

    @rule(target=commits, present=presents, right=st.booleans())
    def seal_anew(self, present: OutboxEntry, right: bool) -> Changes:
        octets, act = f"<anew {self.looks}/>".encode(), self.record(EvidenceKind.SEALED_NOTICE)
        seal = NewSeal(
            reference=present.reference,
            instead_of=present.seal_digest if right else "sha256:0",
            digest=sha256(octets),
            size=len(octets),
            at=self.now(),
            evidence_id=act.id,
        )
        payloads = [Payload(digest=seal.digest, octets=octets)]
        return self.commit(Changes(new_seals=[seal], evidence=[act], payloads=payloads, all_or_nothing=right))

    def prove(self, data: st.DataObject) -> None:
        limit, signed, stamped, accepted = data.draw(st.integers(1, 9)), *(data.draw(st.booleans()) for _ in range(3))
        now = self.now()
        self.both(lambda store: store.log.place(limit))
        size = self.both(lambda store: store.log.size())
        if signed:
            self.both(lambda store: store.log.keep(StoredCheckpoint(size=size, note=b"note", made_at=now)))
        if stamped:
            self.both(lambda store: store.log.stamp(size, b"token"))
        if accepted:
            self.both(lambda store: store.log.accepted("depot", size, now))
        else:
            failed = WitnessState(name="depot", failures=limit, due_at=now, code="witness.unreachable")
            self.both(lambda store: store.log.not_accepted(failed))

    @rule(target=commits, present=presents, held=st.booleans(), forget=st.booleans())
    def retain(self, present: OutboxEntry, held: bool, forget: bool) -> Changes:
        act, now = self.record(EvidenceKind.PAYLOAD_DELETED), self.now()
        digests = [present.seal_digest, act.payload_digest]
        hold = LegalHold(about=About.NOTICE, subject=present.reference, since=now, evidence_id=act.id)
        deletion = Deletion(rule="old", payload_days=1, at=now, digests=digests)
        changes = Changes(
            evidence=[act],
            holds=[hold] if held else [],
            released=[] if held else [(About.NOTICE, present.reference)],
            deletions=[(act.id, deletion)],
            switch=Switch(stopped=held, since=now, evidence_id=act.id),
        )
        if forget:
            self.both(lambda store: store.retention.forget(digests[:1], now))
        return self.commit(changes)

    def offload(self, data: st.DataObject) -> None:
        """Let the first records leave, as a segment that has their payloads would."""
        count = data.draw(st.integers(1, 9))
        leaves = self.both(lambda store: store.log.leaves(0, count))
        self.archive.places |= {leaf.index: leaf.header for leaf in leaves}
        self.archive.held |= self.sql.log.stored([leaf.payload_digest for leaf in leaves])
        headers, held = [leaf.header for leaf in leaves], {leaf.payload_digest for leaf in leaves}
        self.both(lambda store: store.retention.offload(0, headers, held, self.sql.log.size()))

    def push(self, data: st.DataObject) -> None:
        number, source = data.draw(NUMBERS), data.draw(st.sampled_from(SOURCES))
        version, replay = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 2))
        row = PushedRow(key=f"row-{number}", version=version, fields={"subject": "x", "paper": b"%PDF"})
        now = self.now()
        envelope = Envelope(replay_key=f"sha256:{replay}", message_id="m", received_at=now, attempt=str(self.looks))
        self.both(
            lambda store: store.inbox.push(source, [row], origin="t", now=now, envelope=envelope if replay else None)
        )
        refusals = [refusal(number, source=source, refused_at=now, row_version=f"{self.looks % 5:020d}")]
        self.both(lambda store: store.inbox.tell(source, [row.key, "row-9"], told_refusals(refusals)))
        self.both(lambda store: store.inbox.note_published(source, version))

    @rule(data=st.data())
    def work_beside(self, data: st.DataObject) -> None:
        """One of many works that notices do not wait for: together they are as frequent as one of the others."""
        works = self.write_refusals, self.rename, self.call, self.prove, self.offload, self.push
        data.draw(st.sampled_from(works))(data)

    @invariant()
    def agree(self) -> None:
        self.both(lambda store: store.tallies.counts())


@pytest.mark.parametrize("database", DATABASES.values(), ids=DATABASES)
@pytest.mark.exhaustive(keep=1)
def test_the_stores_agree(database: NewDatabase) -> None:
    run_state_machine_as_test(
        lambda: StoresAgree(database),
        settings=settings(
            # A failure is not made smaller: that takes minutes, and ends nowhere.
            phases=[Phase.generate],
            max_examples=8,
            stateful_step_count=80,
            deadline=None,
            database=None,
        ),
    )
