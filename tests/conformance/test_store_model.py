"""In any order of events the store agrees with a model of a few lines."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.outbox import SENDABLE, WAITING, OutboxEntry, Transition, advance
from gateway.store.stored import Changes, Mark
from tests.databases import DATABASES, NewDatabase

from .builders import LEASE, at, claim, entry, intake

NUMBERS = st.integers(0, 5)
LEGAL = {state: [e for s, e in TRANSITIONS if s is state and e is not DeliveryEvent.CLAIM] for state in DeliveryState}


class Model:
    """Entries and histories as two dictionaries."""

    def __init__(self) -> None:
        self.entries: dict[str, OutboxEntry] = {}
        self.histories: dict[str, list[tuple[DeliveryEvent, DeliveryState, datetime]]] = {}

    def admit(self, present: OutboxEntry) -> None:
        if present.reference not in self.entries:
            self.entries[present.reference] = present
            self.histories[present.reference] = [(DeliveryEvent.ADMISSION, present.state, present.admitted_at)]

    def take(self, steps: list[Transition]) -> set[str]:
        stale: set[str] = set()
        for step in steps:
            reference, what = step.before.reference, (step.event, step.after.state, step.occurred_at)
            history = self.histories[reference]
            if reference in stale:
                continue
            if len(history) == step.after.seq:
                before = self.entries[reference]
                self.entries[reference] = replace(step.after, written_seq=before.written_seq, held=before.held)
                history.append(what)
            elif history[step.after.seq : step.after.seq + 1] != [what]:
                stale.add(reference)
        return stale

    def due(self, now: datetime) -> list[OutboxEntry]:
        queued = [e for e in self.entries.values() if e.state is DeliveryState.QUEUED and not e.held]
        return [e for e in queued if e.due_at is None or e.due_at <= now]


class StoreAgainstModel(RuleBasedStateMachine):
    """Commits, claims and marks in any order, with repeats of earlier commits and steps from earlier presents."""

    presents = Bundle("presents")
    commits = Bundle("commits")

    def __init__(self, database: NewDatabase) -> None:
        super().__init__()
        self.made = ExitStack()
        folder = self.made.enter_context(tempfile.TemporaryDirectory())
        self.store = SqlStore.open(self.made.enter_context(database(Path(folder))))
        self.model = Model()
        self.minutes = 0

    def teardown(self) -> None:
        self.store.close()
        self.made.close()

    def now(self) -> datetime:
        self.minutes += 1
        return at(minutes=self.minutes)

    @rule(target=presents, numbers=st.sets(NUMBERS, min_size=1))
    def admit(self, numbers: set[int]) -> Any:
        new = [entry(number) for number in sorted(numbers)]
        self.store.commit(intake(*new))
        for present in new:
            self.model.admit(present)
        return multiple(*new)

    @rule(target=presents, limit=st.integers(1, 4), max_bytes=st.sampled_from([1, 200, 10_000]))
    def claim(self, limit: int, max_bytes: int) -> Any:
        now = self.now()
        due = {present.reference: present for present in self.model.due(now)}
        claimed = claim(self.store, now=now, limit=limit, max_bytes=max_bytes)
        assert bool(claimed) == bool(due)
        assert len(claimed) <= limit
        assert len(claimed) <= 1 or sum(present.size for present in claimed) <= max_bytes
        for present in claimed:
            before = due[present.reference]
            fields: dict[str, Any] = {"attempts": before.attempts + 1, "lease_owner": "one", "lease_until": now + LEASE}
            assert self.model.take([advance(before, DeliveryEvent.CLAIM, now=now, **fields)]) == set()
            assert self.model.entries[present.reference] == present
        return multiple(*claimed)

    @rule(target=commits, presents=st.lists(presents, min_size=1, max_size=3), chain=st.integers(1, 3), data=st.data())
    def step(self, presents: list[OutboxEntry], chain: int, data: st.DataObject) -> Changes:
        """Steps from presents that may be of long ago, several of a notice in a row."""
        steps: list[Transition] = []
        for present in presents:
            for _ in range(chain):
                if legal := LEGAL[present.state]:
                    event, now = data.draw(st.sampled_from(legal)), self.now()
                    steps.append(advance(present, event, now=now, due_at=now))
                    present = steps[-1].after
        changes = Changes(steps=steps)
        self._commit(changes)
        return changes

    @rule(target=presents, numbers=st.sets(NUMBERS))
    def look(self, numbers: set[int]) -> Any:
        return multiple(*self.store.notices.entries([entry(number).reference for number in numbers]).values())

    @rule(changes=commits)
    def repeat(self, changes: Changes) -> None:
        self._commit(changes)

    @rule(present=presents)
    def mark_written(self, present: OutboxEntry) -> None:
        self.store.outbox.mark_written([present])
        current = self.model.entries[present.reference]
        shown = max(current.written_seq, present.seq)
        self.model.entries[present.reference] = replace(current, written_seq=shown)

    @rule(present=presents, held=st.booleans(), due=st.booleans())
    def mark(self, present: OutboxEntry, held: bool, due: bool) -> None:
        due_at, current = self.now() if due else None, self.model.entries[present.reference]
        stale = self.store.commit(Changes(marks=[Mark(reference=present.reference, held=held, due_at=due_at)]))
        waits, sendable = current.state in WAITING, current.state in SENDABLE
        assert bool(stale) == ((due and not waits) or (held and not sendable))
        moved: dict[str, Any] = {"due_at": due_at} if due and waits else {}
        moved |= {"held": held} if sendable or not held else {}
        self.model.entries[present.reference] = replace(current, **moved)

    def _commit(self, changes: Changes) -> None:
        assert self.store.commit(changes) == self.model.take(list(changes.steps))

    @invariant()
    def agree(self) -> None:
        assert self.store.notices.entries(list(self.model.entries)) == self.model.entries
        for reference, history in self.model.histories.items():
            reported = [(e.event, e.state, e.occurred_at) for e in self.store.notices.history(reference)]
            assert reported == history
        counts = self.store.tallies.counts()
        for state in DeliveryState:
            assert counts[state] == sum(present.state is state for present in self.model.entries.values())
        behind = [p for p in self.model.entries.values() if p.written_seq < p.seq]
        waiting = {p.reference for p in behind if p.state is not DeliveryState.SENDING}
        assert {present.reference for present in self.store.outbox.unwritten("cases", 100)} == waiting


@pytest.mark.parametrize("database", DATABASES.values(), ids=DATABASES)
@pytest.mark.exhaustive(keep=1)
def test_the_store_agrees_with_the_model(database: NewDatabase) -> None:
    run_state_machine_as_test(
        lambda: StoreAgainstModel(database),
        settings=settings(max_examples=25, stateful_step_count=25, deadline=None, database=None),
    )
