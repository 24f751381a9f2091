"""In any order of events a database's store and the simulated store answer the same, in results and in errors.

A seed draws a sequence. It is no state machine of Hypothesis: with a few examples that one leaves out most kinds of
events, and never takes a notice far.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from adapters.storage.stores import claiming
from gateway.archive.witnessing import WitnessState
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import ABSENT, UNANSWERED, Transition, advance
from gateway.notice.source_row import Value
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About, LegalHold
from gateway.runtime.circuit_breaker import CircuitBreaker, Failure
from gateway.runtime.rate_limit import RateLimit
from gateway.store.inbox import Envelope, PushedRow, told_refusals
from gateway.store.store_fingerprint import Cause, Recovery
from gateway.store.stored import Changes, Mark, NewSeal, Payload, Switch
from tests.databases import DATABASES

from . import builders
from .both_stores import BothStores
from .builders import at, entry, intake, quarantined, refusal
from .store_reads import READS, SOURCES

pytestmark = pytest.mark.long

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Folder in memory, where there is one: thousands of transactions wait for no disk."""

STEPS = 150
SEEDS = 20
LEGAL = {
    state: [e for s, e in sorted(TRANSITIONS) if s is state and e is not DeliveryEvent.CLAIM] for state in DeliveryState
}
CODES = None, ABSENT, UNANSWERED, "judiciary.busy"
RATE = RateLimit(per_minute=2, burst=3)
SILENT = Failure(code="courier.no-answer")


class Sequence(BothStores):
    """Events of a store in any order, with repeats of earlier commits and steps from earlier entries."""

    def run(self, steps: int) -> None:
        self.begin()
        often = [self.claim, self.step, self.step, self.step, self.receive, self.mark_written, self.mark, self.read]
        events = [
            *often,
            self.read,
            self.read,
            self.admit,
            self.repeat,
            self.refuse,
            self.write_refusals,
            self.set_aside,
        ]
        events += [self.recover, self.seal_anew, self.prove, self.retain, self.offload, self.call, self.push]
        for number in range(steps):
            event = self.rename if not number % 50 and number else self.chance.choice(events)
            self.done.append(event.__name__)
            event()
            self.both(lambda store: store.tallies.counts())
        for name in READS:
            self.look_at(name, self.now())

    def begin(self) -> None:
        """Notices become due one after another."""
        times = [(number, at(seconds=number), at(minutes=4 * number)) for number in range(1, 6)]
        new = [entry(n, source=SOURCES[n % 2], admitted_at=admitted, due_at=due) for n, admitted, due in times]
        self.commit(intake(*new))
        self.presents += new

    def admit(self) -> None:
        serve_by, now, ahead = at(days=5).date() if self.flip() else None, self.now(), 20 * self.flip()
        new = []
        for number in self.chance.sample(range(9), 2):
            admitted_at = now + timedelta(minutes=ahead, seconds=number)
            times = {"admitted_at": admitted_at, "due_at": admitted_at if self.flip() else None}
            new.append(entry(number, source=self.chance.choice(SOURCES), serve_by=serve_by, **times))
        self.commit(intake(*new))
        self.presents += new

    def claim(self) -> None:
        seed, now, rate = self.chance.randrange(100), self.moment(), self.chance.choice([None, None, RATE])
        limit, max_bytes = self.chance.randint(0, 3), self.chance.choice([1, 200, 10_000])
        without = frozenset({"article-100"} if self.chance.random() < 0.1 else ())
        self.drawing_by(seed)
        with patch.object(claiming, "random", Random(seed)):
            claimed = self.both(
                lambda store: builders.claim(
                    store, now=now, limit=limit, max_bytes=max_bytes, rate_limit=rate, without_bodies=without
                )
            )
        self.presents += claimed

    def step(self) -> None:
        """Take steps from entries that may be of long ago, several of a notice in a row."""
        steps: list[Transition] = []
        record = self.record(EvidenceKind.MESSAGE_RECEIVED, "answer")
        for _ in range(self.chance.randint(1, 2)):
            present = self.present()
            for _ in range(self.chance.randint(1, 2)):
                if legal := LEGAL[present.state]:
                    event, now = self.chance.choice(legal), self.now()
                    fields: dict[str, Any] = {"due_at": now, "code": self.chance.choice(CODES)}
                    times = {"cleared_at": now}, {"doubt_since": now}, {"doubt_since": now, "cleared_at": now}
                    fields |= self.chance.choice([{}, {"due_at": None}, *times])
                    steps.append(advance(present, event, now=now, evidence_id=record.id, **fields))
                    present = steps[-1].after
        carried = {record.id: sorted({step.before.reference for step in steps})}
        changes = Changes(steps=steps, evidence=[record], message_notices=carried, all_or_nothing=self.flip())
        self.commit(changes)
        self.presents += [step.after for step in steps]

    def read(self) -> None:
        self.look_at(self.chance.choice([*READS, "outbox", "outbox", "outbox"]), self.moment())

    def repeat(self) -> None:
        self.commit(self.chance.choice(self.commits[-20:]))

    def mark_written(self) -> None:
        some = [self.present(), self.present()]
        self.presents += some  # as they were before: a step from them is not stale, and keeps the mark
        self.both(lambda store: store.outbox.mark_written(some))

    def mark(self) -> None:
        present, seen, due_at = self.present(), self.flip(), self.moment() if self.flip() else None
        mark = Mark(
            reference=present.reference,
            held=self.chance.choice([None, None, True, False, False]),
            held_by=self.chance.choice([None, "act:one", "act:two"]),
            due_at=due_at,
            unwritten=self.moment() if self.flip() else None,
            before=present if seen else None,
        )
        record = self.record(EvidenceKind.PERSON_ACT, notice=present.reference)
        self.presents.append(present)
        self.commit(Changes(marks=[mark], evidence=[record], all_or_nothing=seen))

    def receive(self) -> None:
        present, number = self.present(), self.chance.randrange(15)
        receipt = builders.receipt(number, present)
        applied = [f"R{self.chance.randrange(15)}" for _ in range(3)] if self.flip() else []
        changes = builders.receipt_batch([receipt], applied=applied, reopened=["R1"] * self.flip())
        if self.flip() and (legal := LEGAL[present.state]):
            # The receipt is applied with a step that may be stale.
            step = advance(present, self.chance.choice(legal), now=self.now())
            receipt = builders.receipt(number, present, applied_at=self.now())
            changes = builders.receipt_batch([receipt], steps=[step], applied=[receipt.receipt_id])
        self.commit(changes)

    def refuse(self) -> None:
        number, source = self.chance.randrange(9), self.chance.choice(SOURCES)
        code = self.chance.choice(["recipient.national-id", "notice.two-rows", "notice.kind"])
        version, seen_version = (str(self.chance.randrange(3)) for _ in range(2))
        text = {"reason": self.chance.choice(["ردیف نخست", "ردیف دیگر"])} if self.flip() else {}
        refused = refusal(number, source=source, code=code, refused_at=self.moment(), row_version=version, **text)
        rows = {(source, f"row-{self.chance.randrange(9)}"): self.now()} if self.flip() else {}
        seen = [builders.mark(number, source=source, version=seen_version)]
        changes = Changes(refusals=[refused], cleared_refusals=rows, seen=seen, cursors={f"listed:{source}": code})
        self.commit(changes)

    def write_refusals(self) -> None:
        waiting = self.both(lambda store: store.refusals.unwritten(self.chance.choice(SOURCES[:1]), 9))
        some = self.chance.sample(waiting, min(len(waiting), 2))
        self.both(lambda store: store.refusals.mark_written(some))

    def rename(self) -> None:
        old, new = self.chance.sample(SOURCES, 2)
        self.commit(Changes(renamed=(old, new)))

    def set_aside(self) -> None:
        code = self.chance.choice(["verify.signature", "receipt.early"])
        notice = self.chance.choice([None, self.present().reference])
        octets = self.chance.choice([b"a", b"b"])
        ends = [item.ended_at for item in self.sql.quarantine.items(sha256(octets)) if item.ended_at is not None]
        received_at = self.chance.choice([self.moment(), *ends])
        item = quarantined(octets, code=code, notice=notice, received_at=received_at)
        act = self.record(EvidenceKind.PERSON_ACT)
        end = builders.ending(item, ended_at=self.moment(), ended_by=act.id)
        change = Changes(endings=[end], evidence=[act]) if self.flip() else Changes(quarantine=[item], evidence=[act])
        self.commit(change)

    def call(self) -> None:
        now, opens, failed = self.now(), self.chance.randint(1, 3), self.chance.random() < 0.7

        def change(breaker: CircuitBreaker) -> CircuitBreaker:
            return breaker.failed(SILENT, now, opens_after=opens) if failed else breaker.succeeded()

        self.both(lambda store: store.endpoints.update_breaker("court", change, now))
        if self.flip():
            self.commit(Changes(breaker_wakeups={"court": now + timedelta(seconds=self.chance.choice([1, 9999]))}))
        self.both(lambda store: store.endpoints.take_from_rate_limit("court", RATE, 1, now))

    def recover(self) -> None:
        act, now = self.record(EvidenceKind.RECOVERY_BEGUN), self.now() if self.flip() else self.moment()
        right, fields = self.chance.random() < 0.8, {"ended_at": now, "ended_by": act.id} if self.flip() else {}
        recovery = Recovery(
            epoch=sha256(act.id.encode())[-32:],
            replaced=self.sql.recovery.epoch if right else "0" * 32,
            remembered=None,
            since=now,
            cause=Cause.PERSON,
            evidence_id=act.id,
            **fields,  # type: ignore[arg-type]
        )
        self.commit(Changes(recovery=recovery, evidence=[act]))

    def seal_anew(self) -> None:
        present, right, act = self.present(), self.flip(), self.record(EvidenceKind.SEALED_NOTICE)
        octets = f"<anew {act.id}/>".encode()
        seal = NewSeal(
            reference=present.reference,
            instead_of=present.seal_digest if right else "sha256:0",
            digest=sha256(octets),
            size=len(octets),
            at=self.moment() - timedelta(seconds=1),
            evidence_id=act.id,
        )
        payloads = [Payload(digest=seal.digest, octets=octets)]
        self.commit(Changes(new_seals=[seal], evidence=[act], payloads=payloads, all_or_nothing=right))

    def prove(self) -> None:
        now, limit = self.moment(), self.chance.randint(1, 9)
        self.both(lambda store: store.log.place(limit))
        size = self.both(lambda store: store.log.size())
        if self.flip():
            self.both(lambda store: store.log.keep(StoredCheckpoint(size=size, note=b"note", made_at=now)))
        if self.flip():
            self.both(lambda store: store.log.stamp(size, b"token"))
        if self.flip():
            self.both(lambda store: store.log.accepted("depot", size, now))
        else:
            failed = WitnessState(name="depot", failures=limit, due_at=now, code="witness.unreachable")
            self.both(lambda store: store.log.not_accepted(failed))

    def retain(self) -> None:
        present, held, act, now = self.present(), self.flip(), self.record(EvidenceKind.PAYLOAD_DELETED), self.now()
        digests = [present.seal_digest, act.payload_digest]
        hold = LegalHold(about=About.NOTICE, subject=present.reference, since=now, evidence_id=act.id)
        deletions = [(act.id, Deletion(rule="old", payload_days=1, at=now, digests=digests))] if self.flip() else []
        changes = Changes(
            evidence=[act],
            holds=[hold] if held else [],
            released=[] if held else [(About.NOTICE, present.reference)],
            deletions=deletions,
            switch=Switch(stopped=held, since=self.moment(), evidence_id=act.id),
            switch_ends=self.switch_ends(),
        )
        if self.flip():
            end = self.sql.log.size()
            self.both(lambda store: store.retention.forget(digests[:1], end, now))
        self.commit(changes)

    def switch_ends(self) -> str | None:
        """Return nothing, the use of the switch that stands, or another one."""
        last = self.both(lambda store: store.switch())
        return self.chance.choice([None, "" if last is None else last.evidence_id, "act:another"])

    def offload(self) -> None:
        """Let the first records leave, as a segment that has their payloads would."""
        count = self.chance.randint(1, 15)
        leaves = self.both(lambda store: store.log.leaves(0, count))
        self.segments.places |= {leaf.index: leaf.header for leaf in leaves}
        self.segments.held |= self.sql.log.stored([leaf.payload_digest for leaf in leaves])
        headers, held = [leaf.header for leaf in leaves], {leaf.payload_digest for leaf in leaves}
        end = self.chance.choice([count, self.sql.log.size()])
        self.both(lambda store: store.retention.offload(0, headers, held, end))

    def push(self) -> None:
        number, source, replay = self.chance.randrange(9), self.chance.choice(SOURCES), self.chance.randrange(3)
        fields: dict[str, Value] = {"subject": self.chance.choice("xy"), "paper": b"%PDF"}
        row = PushedRow(key=f"row-{number}", version=self.chance.randrange(4), fields=fields)
        now, attempt = self.now(), str(self.chance.random())
        envelope = Envelope(replay_key=f"sha256:{replay}", message_id="m", received_at=now, attempt=attempt)
        opened = None if replay else envelope
        self.both(lambda store: store.inbox.push(source, [row], origin="t", now=now, envelope=opened))
        version = f"{self.chance.randrange(5):020d}"
        refusals = [refusal(number, source=source, refused_at=now, row_version=version)]
        self.both(lambda store: store.inbox.tell(source, [row.key, "row-9"], told_refusals(refusals)))
        self.both(lambda store: store.inbox.note_published(source, number))


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("database", list(DATABASES))
@pytest.mark.exhaustive(keep=3)
def test_the_stores_agree(database: str, seed: int) -> None:
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder, DATABASES[database](Path(folder)) as url:
        sequence = Sequence(url, seed)
        try:
            sequence.run(STEPS)
        finally:
            sequence.sql.close()
