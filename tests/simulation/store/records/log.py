"""The log of evidence: places in the tree, checkpoints, forks, damage, and the states of witnesses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.archive.offloaded import Archived
from gateway.archive.witnessing import WitnessState
from gateway.evidence.evidence_log import Leaf, StoredCheckpoint
from gateway.merkle.fork import Fork
from gateway.merkle.tiles import Place, Tiles
from gateway.record.damage import Damage, DamageReport
from gateway.store.stored import Payload

from ..database import SimulatedDatabase
from ..rows import KeptPayload, KeptRecord
from ..session import Session, reading, writing
from . import damages, evidence, offloaded, payloads


class SimulatedLog:
    """Implement `gateway.evidence.evidence_log.EvidenceLog` and `gateway.archive.witnessing.WitnessBook`."""

    port = "log"

    def __init__(self, session: Session, archived: Archived) -> None:
        self.session, self._database, self._archived = session, session.database, archived

    @writing
    def place(self, limit: int) -> int:
        database = self._database
        unplaced = sorted(database.evidence.find("unplaced", True), key=lambda record: record.position)[:limit]
        if unplaced:
            tiles = Tiles(database.placed, lambda at: database.tile.get(at) or b"")
            for index, record in enumerate(unplaced, database.placed):
                database.evidence.put(record.id, replace(record, leaf_index=index))
            tiles.append(record.leaf_hash for record in unplaced)
            for at, hashes in tiles.changed.items():
                database.tile.put(at, hashes)
            database.meta.put("placed", tiles.size)
        return len(unplaced)

    @reading
    def size(self) -> int:
        return self._database.placed

    @reading
    def tile(self, place: Place) -> bytes:
        return self._database.tile.get(place) or b""

    @reading
    def leaves(self, first: int, limit: int) -> Sequence[Leaf]:
        records = self._placed(first, limit)
        found = offloaded.headers(records, self._archived)
        return [
            Leaf(index=record.leaf_index or 0, header=found[record.id], payload_digest=record.payload_digest)
            for record in records
        ]

    @reading
    def stored(self, digests: Sequence[str]) -> Mapping[str, Payload]:
        return payloads.as_kept(self._database, digests, self._archived)

    @reading
    def sizes(self, digests: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        return payloads.sizes(self._database, digests)

    @reading
    def index_of(self, record: str) -> int | None:
        found = self._database.evidence.get(record)
        return None if found is None else found.leaf_index

    @reading
    def carried(self, messages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        found = {}
        for message in dict.fromkeys(messages):
            if pairs := self._database.message_notice.find("message", message):
                found[message] = frozenset(reference for _, reference in pairs)
        return found

    @writing
    def keep(self, kept: StoredCheckpoint) -> None:
        self._database.checkpoint.insert(kept.size, kept)

    @writing
    def stamp(self, size: int, token: bytes) -> None:
        kept = self._database.checkpoint.get(size)
        if kept is not None and kept.token is None:
            self._database.checkpoint.put(size, replace(kept, token=token))

    @reading
    def checkpoints(self, after: int, limit: int, *, stamped: bool = False) -> Sequence[StoredCheckpoint]:
        table = self._database.checkpoint
        found = [table.rows[size] for size in table.ordered() if size > after]
        return [each for each in found if each.token is not None or not stamped][:limit]

    @reading
    def last_checkpoint(self) -> StoredCheckpoint | None:
        sizes = self._database.checkpoint.ordered()
        return self._database.checkpoint.rows[sizes[-1]] if sizes else None

    @reading
    def forks(self) -> Sequence[Fork]:
        return [self._database.fork.rows[key] for key in self._database.fork.ordered()]

    @writing
    def found(self, fork: Fork) -> None:
        self._database.fork.insert((fork.size, fork.root), fork)

    @reading
    def damaged(self, digests: Collection[str]) -> Sequence[Damage]:
        return damages.among(self._database, digests, self._archived)

    @reading
    def damages(self) -> Sequence[Damage]:
        return damages.known_damages(self._database)

    @writing
    def report_damage(self, report: DamageReport, origin: str) -> None:
        record = report.record(origin)
        kept = Payload(digest=record.payload_digest, octets=report.octets)
        # Kept in a database row: the payload folder may be what is damaged.
        payloads.write(self._database, {kept.digest: KeptPayload(kept)})
        evidence.write(self._database, [record])
        damages.report(self._database, record.id, report.payloads)

    @reading
    def witnesses(self) -> Mapping[str, WitnessState]:
        return dict(self._database.witness.rows)

    @writing
    def accepted(self, witness: str, size: int, at: datetime) -> None:
        known = self._database.witness.get(witness)
        if known is None or known.size <= size:
            self._database.witness.put(witness, WitnessState(name=witness, size=size, accepted_at=at))

    @writing
    def not_accepted(self, state: WitnessState) -> None:
        known = self._database.witness.get(state.name)
        if known is not None:
            state = replace(known, failures=state.failures, due_at=state.due_at, code=state.code)
        self._database.witness.put(state.name, state)

    def _placed(self, first: int, limit: int) -> list[KeptRecord]:
        return placed(self._database, first, min(first + limit, self._database.placed))


def placed(database: SimulatedDatabase, first: int, end: int) -> list[KeptRecord]:
    """Return the records with places from ``first`` to ``end``."""
    return [record for index in range(first, end) for record in database.evidence.find("leaf", index)]
