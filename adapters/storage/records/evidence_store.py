"""Evidence: records and the octets that they name, in the database or the archive."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, select, text

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.payloads import offloaded_records
from adapters.storage.payloads.payloads import gone, octets_of, streamed
from adapters.storage.records import proof_reach
from adapters.storage.schema.row_conversion import parts
from adapters.storage.schema.tables import CONFIGURATIONS, event, evidence, message_notice
from gateway.archive.offloaded import Archived
from gateway.notice.large_octets import Octets
from gateway.record.deletion import Deleted
from gateway.record.derived import ProvenStep
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord
from gateway.store.proof_reach import ProofReach
from gateway.store.stored import Changes, EvidenceRow

_RECORDS = select(*offloaded_records.COLUMNS)
_STEPS = KeyedQuery(
    select(event.c.reference, event.c.seq, event.c.event, event.c.state, *offloaded_records.COLUMNS)
    .outerjoin(evidence, evidence.c.id == event.c.evidence_id)
    .order_by(event.c.reference, event.c.seq),
    event.c.reference,
)


class SqlEvidenceStore:
    """Implement `gateway.store.ports.evidence_store.EvidenceStore`. ``folder`` holds the segment files of payloads;
    ``archived`` reads what has left the database."""

    def __init__(self, database: Database, folder: Path, archived: Archived) -> None:
        self._database, self._folder, self._archived = database, folder, archived

    def payload(self, digest: str) -> bytes:
        return self.payloads([digest])[digest]

    def payloads(self, digests: Sequence[str]) -> dict[str, bytes]:
        return self._database.read(lambda c: octets_of(c, digests, self._folder, self._archived))

    def streamed(self, digests: Sequence[str]) -> dict[str, Octets]:
        read = self._database.read_inside
        return self._database.read(lambda c: streamed(c, digests, self._folder, self._archived, read))

    def deleted(self, digests: Sequence[str]) -> dict[str, Deleted]:
        return self._database.read(lambda c: gone(c, digests))

    def record(self, id: str) -> EvidenceRow | None:
        return next(iter(self._rows(_RECORDS.where(evidence.c.id == id))), None)

    def of_notice(self, reference: str) -> list[EvidenceRow]:
        own = select(evidence.c.id).where(evidence.c.notice == reference)
        messages = select(message_notice.c.evidence_id).where(message_notice.c.reference == reference)
        return self._rows(_RECORDS.where(evidence.c.id.in_(own.union(messages))).order_by(evidence.c.position))

    def is_recorded(self, kind: EvidenceKind, payload_digest: str) -> bool:
        found = select(evidence.c.id).where(evidence.c.payload_digest == payload_digest, evidence.c.kind == kind)
        return self._database.read(lambda c: c.execute(found.limit(1)).first()) is not None

    def configurations(self) -> list[EvidenceRow]:
        # The literal text of the index's condition: with a parameter SQLite would not use the index.
        return self._rows(_RECORDS.where(text(CONFIGURATIONS)).order_by(evidence.c.position))

    def proven_steps(self, references: Sequence[str]) -> dict[str, list[ProvenStep]]:
        return self._database.read(lambda c: _proven_steps(c, references, self._archived))

    def heard(self, references: Sequence[str], since: datetime) -> set[str]:
        return self._database.read(lambda c: _heard(c, references, since, self._archived))

    def proof(self) -> ProofReach:
        return self._database.read(proof_reach.proof)

    def _rows(self, query: Select[Any]) -> list[EvidenceRow]:
        return self._database.read(lambda c: offloaded_records.rows_of(c.execute(query).all(), self._archived))


def write(connection: Connection, records: Iterable[EvidenceRecord]) -> None:
    rows = [
        {
            "id": record.id,
            "kind": record.kind,
            "notice": record.notice,
            "payload_digest": record.payload_digest,
            "recorded_at": record.recorded_at,
            "header": record.header,
            "leaf_hash": record.leaf_hash,
        }
        for record in records
    ]
    insert_new(connection, evidence, rows)


def stands(connection: Connection, records: Sequence[EvidenceRecord]) -> bool:
    """Return True if all records are here, with the same payloads."""
    query = select(evidence.c.id, evidence.c.payload_digest).where(evidence.c.id.in_([each.id for each in records]))
    here = {row.id: row.payload_digest for row in connection.execute(query)}
    return here == {each.id: each.payload_digest for each in records}


def otherwise_recorded(connection: Connection, changes: Changes) -> frozenset[str]:
    """Return the id of the record of a confirmed act, if it stands here with other octets."""
    if changes.confirmed is None:
        return frozenset()
    digests = {record.id: record.payload_digest for record in changes.evidence}
    query = select(evidence.c.payload_digest).where(evidence.c.id == changes.confirmed)
    present = connection.scalar(query)
    return frozenset() if present in (None, digests[changes.confirmed]) else frozenset({changes.confirmed})


def _proven_steps(connection: Connection, references: Sequence[str], archived: Archived) -> dict[str, list[ProvenStep]]:
    rows: Sequence[Any] = _STEPS.rows(connection, references)
    elsewhere = offloaded_records.headers([row for row in rows if row.header == b""], archived)
    found: dict[str, list[ProvenStep]] = {}
    for reference, seq, happened, state, id_, kind, notice, header, digest, hash_, _ in rows:
        step = ProvenStep(
            seq=seq,
            event=happened,
            state=state,
            kind=kind,
            notice=notice,
            header=header or elsewhere.get(id_),
            leaf_hash=hash_,
            payload_digest=digest,
        )
        found.setdefault(reference, []).append(step)
    return found


def _heard(connection: Connection, references: Sequence[str], since: datetime, archived: Archived) -> set[str]:
    """Return those of these notices about which an accepted message or receipt came from the judiciary.

    The header of a record of refused input names the refusal.
    """
    found: set[str] = set()
    came = evidence.c.kind.in_([EvidenceKind.MESSAGE_RECEIVED, EvidenceKind.RECEIPT]), evidence.c.recorded_at >= since
    for part in parts(references):
        own = select(evidence.c.notice.label("about"), *offloaded_records.COLUMNS).where(
            evidence.c.notice.in_(part), *came
        )
        carried = (
            select(message_notice.c.reference.label("about"), *offloaded_records.COLUMNS)
            .join(evidence, evidence.c.id == message_notice.c.evidence_id)
            .where(message_notice.c.reference.in_(part), *came)
        )
        for query in (own, carried):
            rows = connection.execute(query).all()
            headers = offloaded_records.headers(rows, archived)
            found.update(row.about for row in rows if "refused" not in json.loads(headers[row.id])["context"])
    return found
