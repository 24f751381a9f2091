"""The first mode: the simulated store, as fast as dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from .raw_rows import FOR_RESCUE, LONG, Record, Step
from .store.database import SimulatedDatabase, Snapshot
from .store.parts.recoveries import Memory
from .store.simulated_store import SimulatedStore


@dataclass(slots=True)
class MemoryDatabase:
    """One simulated database, which several gateways open."""

    kept: SimulatedDatabase = field(default_factory=SimulatedDatabase)

    def new_memory(self) -> Memory:
        """Return the memory of a machine that has seen no store yet."""
        return Memory()

    def open(
        self, at: Callable[[str], None], steady: Callable[[], float], memory: Memory, random: Random
    ) -> SimulatedStore:
        return SimulatedStore(self.kept, at, random, steady=steady, memory=memory)

    def snapshot(self) -> Snapshot:
        return self.kept.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        self.kept.restore(snapshot)

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def newest(self) -> tuple[str, list[str]]:
        """Return the store's epoch, and the id of its newest record if it has one."""
        return self.kept.epoch, list(self.kept.evidence.keys("position", self.kept.meta.rows.get("position")))

    # Raw rows, for checks that share no code with what they check.

    def steps(self, known: Mapping[str, Sequence[Step]]) -> list[Step]:
        """Return the steps of each notice that has another number of them than is known."""
        return [
            Step(reference, each.seq, str(each.event), str(each.state), each.evidence_id, each.learned_at)
            for reference in self.kept.history.ordered()
            if len(history := self.kept.history.rows[reference]) != len(known.get(reference, ()))
            for each in history
        ]

    def receipts(self) -> set[str]:
        return set(self.kept.receipt.rows)

    def refused(self) -> Counter[str]:
        """Count the codes of what was refused: input in the quarantine, and rows that still stand refused."""
        rows = (kept.refusal.code for kept in self.kept.refusal.rows.values())
        return Counter(each.code for each in self.kept.quarantine.rows.values()) + Counter(rows)

    def step_count(self) -> int:
        return sum(map(len, self.kept.history.rows.values()))

    def records(self, after: int) -> list[Record]:
        found = []
        for each in reversed(self.kept.evidence.rows.values()):
            if each.position <= after:
                break
            found.append(Record(each.id, each.kind.value, each.header, each.leaf_index))
        return found[::-1]

    def headers(self, first: int) -> dict[int, bytes]:
        """Return the headers of the records from a place on, by their places."""
        found = {}
        for each in reversed(self.kept.evidence.rows.values()):
            if each.leaf_index is not None:
                if each.leaf_index < first:
                    break  # places are given in the order of arrival
                found[each.leaf_index] = each.header
        return found

    def next_due(self, kind: str, now: datetime) -> float:
        """Return the seconds until something waits for passes of a kind; 0 if it waits already."""
        outbox = self.kept.outbox
        match kind:
            case "writeback":
                return 0.0 if outbox.has("unwritten", "cases") or self.kept.refusal.has("unwritten", "cases") else LONG
            case "receipts":
                return 0.0 if self.kept.receipt.has("unapplied", True) else LONG
            case "dispatch":
                times = [each.due_at or now for each in outbox.find("queued", "judiciary") if not each.held]
            case _:
                entries = outbox.rows.values()
                waits = (each.lease_until or each.due_at for each in entries if each.state in FOR_RESCUE)
                times = [at for at in waits if at is not None]
        return max(0.0, (min(times) - now).total_seconds()) if times else LONG

    def has_record(self, id: str) -> bool:
        return id in self.kept.evidence

    def record_count(self) -> int:
        return len(self.kept.evidence)

    def checkpoint_size(self) -> int:
        """Return the size of the last checkpoint, or 0."""
        return max(self.kept.checkpoint.rows, default=0)

    def has_open_fork(self) -> bool:
        """Tell if the store knows of another tree that nobody has set aside."""
        return any(fork.act is None for fork in self.kept.fork.rows.values())

    def checkpoint_count(self) -> int:
        return len(self.kept.checkpoint.rows)

    def tree_size(self) -> int:
        return self.kept.placed

    def waiting(self) -> dict[str, tuple[str, str | None, str | None, bool]]:
        """Return state, code, due time and mark of each notice."""
        return {
            reference: (str(each.state), each.code, None if each.due_at is None else str(each.due_at), each.held)
            for reference, each in self.kept.outbox.rows.items()
        }

    def named_in_quarantine(self) -> set[str]:
        """Return the notices that open items name."""
        items = self.kept.quarantine.rows.values()
        return {item.notice for item in items if item.notice is not None and item.ended_at is None}
