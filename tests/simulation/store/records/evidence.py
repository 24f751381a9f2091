"""Evidence: records and the octets that they name, in the database or the archive."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from gateway.archive.offloaded import Archived
from gateway.merkle.fork import open_fork
from gateway.notice.large_octets import Octets
from gateway.record.deletion import Deleted
from gateway.record.derived import ProvenStep
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord
from gateway.store.proof_reach import ProofReach, Reach
from gateway.store.stored import Changes, EvidenceRow

from ..database import SimulatedDatabase
from ..rows import KeptRecord
from ..session import Session, reading
from . import payloads
from .damages import known_damages
from .offloaded import deleted, headers

SENDING = "sending"
"""Key of the override."""

_PROVING = "kind", "notice", "leaf_hash", "payload_digest"


class SimulatedEvidence:
    """Implement `gateway.store.ports.evidence_store.EvidenceStore`."""

    port = "evidence"

    def __init__(self, session: Session, archived: Archived) -> None:
        self.session, self._database, self._archived = session, session.database, archived

    @reading
    def payload(self, digest: str) -> bytes:
        return payloads.octets_of(self._database, [digest], self._archived)[digest]

    @reading
    def payloads(self, digests: Sequence[str]) -> dict[str, bytes]:
        return payloads.octets_of(self._database, digests, self._archived)

    @reading
    def streamed(self, digests: Sequence[str]) -> dict[str, Octets]:
        return dict(payloads.octets_of(self._database, digests, self._archived))

    @reading
    def deleted(self, digests: Sequence[str]) -> dict[str, Deleted]:
        found = deleted(self._database, digests)
        here = payloads.known(self._database, found)
        return {digest: gone for digest, gone in found.items() if digest not in here}

    @reading
    def record(self, id: str) -> EvidenceRow | None:
        record = self._database.evidence.get(id)
        return None if record is None else self._rows([record])[0]

    @reading
    def of_notice(self, reference: str) -> list[EvidenceRow]:
        return self._rows(about(self._database, reference))

    @reading
    def is_recorded(self, kind: EvidenceKind, payload_digest: str) -> bool:
        return any(record.kind is kind for record in self._database.evidence.find("payload", payload_digest))

    @reading
    def configurations(self) -> list[EvidenceRow]:
        return self._rows(self._database.evidence.find("configuration", True))

    @reading
    def proven_steps(self, references: Sequence[str]) -> dict[str, list[ProvenStep]]:
        database = self._database
        found = {}
        for reference in sorted(set(references)):
            steps = []
            for event in database.history.get(reference) or ():
                of_step = {}
                if event.evidence_id is not None and (record := database.evidence.get(event.evidence_id)) is not None:
                    of_step = {
                        "kind": record.kind,
                        "notice": record.notice,
                        "leaf_hash": record.leaf_hash,
                        "payload_digest": record.payload_digest,
                        "header": headers([record], self._archived)[record.id],
                    }
                steps.append(ProvenStep(seq=event.seq, event=event.event, state=event.state, **of_step))
            if steps:
                found[reference] = steps
        return found

    @reading
    def heard(self, references: Sequence[str], since: datetime) -> set[str]:
        came = EvidenceKind.MESSAGE_RECEIVED, EvidenceKind.RECEIPT
        found = set()
        for reference in dict.fromkeys(references):
            lately = [r for r in about(self._database, reference) if r.kind in came and r.recorded_at >= since]
            told = headers(lately, self._archived).values()
            if any("refused" not in json.loads(header)["context"] for header in told):
                found.add(reference)
        return found

    @reading
    def proof(self) -> ProofReach:
        return _proof(self._database)

    def _rows(self, records: Sequence[KeptRecord]) -> list[EvidenceRow]:
        found = headers(records, self._archived)
        return [
            EvidenceRow(id=r.id, kind=r.kind, notice=r.notice, header=found[r.id], payload_digest=r.payload_digest)
            for r in sorted(records, key=lambda record: record.position)
        ]


def write(database: SimulatedDatabase, records: Sequence[EvidenceRecord]) -> None:
    """Write records; one that stands already does not change."""
    for record in records:
        if record.id not in database.evidence:
            kept = KeptRecord(
                position=database.next_position(),
                id=record.id,
                kind=record.kind,
                notice=record.notice,
                payload_digest=record.payload_digest,
                recorded_at=record.recorded_at,
                header=record.header,
                leaf_hash=record.leaf_hash,
            )
            database.evidence.put(record.id, kept)


def about(database: SimulatedDatabase, reference: str) -> list[KeptRecord]:
    """Return every record about a notice, and of the messages that carried it."""
    own = database.evidence.find("notice", reference)
    carried = (pair[0] for pair in database.message_notice.find("reference", reference))
    found = {record.id: record for record in own}
    found |= {id: database.evidence.rows[id] for id in carried}
    return list(found.values())


def stands(database: SimulatedDatabase, records: Sequence[EvidenceRecord]) -> bool:
    """Return True if all records are here, with the same payloads."""
    here = (database.evidence.get(each.id) for each in records)
    return all(
        there is not None and there.payload_digest == each.payload_digest
        for there, each in zip(here, records, strict=True)
    )


def otherwise_recorded(database: SimulatedDatabase, changes: Changes) -> frozenset[str]:
    """Return the id of the record of a confirmed act, if it stands here with other octets."""
    if changes.confirmed is None:
        return frozenset()
    digests = {record.id: record.payload_digest for record in changes.evidence}
    present = database.evidence.get(changes.confirmed)
    differs = present is not None and present.payload_digest != digests[changes.confirmed]
    return frozenset({changes.confirmed}) if differs else frozenset()


def _proof(database: SimulatedDatabase) -> ProofReach:
    sizes = database.checkpoint.ordered()
    stamped = (size for size in reversed(sizes) if database.checkpoint.rows[size].token is not None)
    return ProofReach(
        nothing=_reach(database, 0),
        placed=_reach(database, database.placed, checkpointed=False),
        checkpoint=_reach(database, sizes[-1] if sizes else 0),
        time_stamp=_reach(database, next(stamped, 0)),
        witnesses={name: _reach(database, state.size) for name, state in database.witness.rows.items()},
        override=database.override.get(SENDING),
        fork=open_fork([database.fork.rows[key] for key in database.fork.ordered()]),
        damaged=known_damages(database, unsettled=True),
    )


def _reach(database: SimulatedDatabase, size: int, *, checkpointed: bool = True) -> Reach:
    """Return the reach of a proof over the first ``size`` records. The first record beyond has waited longest."""
    waiting = [record.recorded_at for record in database.evidence.find("leaf", size)]
    sizes = database.checkpoint.ordered()
    if sizes and sizes[-1] > size:
        waiting.append(database.checkpoint.rows[sizes[bisect_right(sizes, size)]].made_at)
    since = min(waiting, default=None)
    if since is None and (unplaced := database.evidence.find("unplaced", True)):
        since = min(unplaced, key=lambda record: record.position).recorded_at
    here = database.checkpoint.get(size)
    return Reach(size=size, made_at=here.made_at if here and checkpointed else None, waiting_since=since)
