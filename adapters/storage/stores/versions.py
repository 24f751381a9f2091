"""Mappings and profiles: versions with their octets, their steps, and the decisions that put them in force."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.schema.row_conversion import values_of
from adapters.storage.schema.version_tables import mapping_activation, mapping_step, mapping_version
from gateway.record.version_subject import Subject
from gateway.store.stored import MappingChange
from gateway.store.version import Activation, MappingStep, MappingVersion

# Asked before each batch of each pass, so it is made once.
_ACTIVATIONS = (
    select(mapping_activation)
    .where(mapping_activation.c.subject == bindparam("of"), mapping_activation.c.source == bindparam("at"))
    .order_by(mapping_activation.c.number)
)


class SqlVersionStore:
    """Implement `gateway.store.ports.version_store.VersionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str | None = None) -> list[MappingVersion]:
        query = select(mapping_version).order_by(mapping_version.c.name, mapping_version.c.number)
        if name is not None:
            query = query.where(mapping_version.c.name == name)
        return self._database.read(lambda c: [_version(row) for row in c.execute(query)])

    def get(self, name: str, number: int) -> MappingVersion | None:
        return self._database.read(lambda c: _get(c, name, number))

    def history(self, name: str, number: int) -> list[MappingStep]:
        query = (
            select(mapping_step)
            .where(mapping_step.c.name == name, mapping_step.c.number == number)
            .order_by(mapping_step.c.seq)
        )

        def read(connection: Connection) -> list[MappingStep]:
            of = _get(connection, name, number)
            return [] if of is None else [_step(of, row) for row in connection.execute(query)]

        return self._database.read(read)

    def activations(self, source: str, subject: Subject = Subject.ROWS) -> list[Activation]:
        about = {"of": subject, "at": source}
        return self._database.read(lambda c: [Activation(**row._mapping) for row in c.execute(_ACTIVATIONS, about)])


def write(connection: Connection, change: MappingChange) -> frozenset[str]:
    """Write everything that is not stale; return the labels and sources of stale parts."""
    new = [each for each in change.versions if not _kept(connection, each)]
    stepped = [each for each in change.steps if not _take(connection, each)]
    decided = [each for each in change.activations if not _decide(connection, each)]
    return frozenset(
        {each.label for each in new} | {each.after.label for each in stepped} | {each.source for each in decided}
    )


def _get(connection: Connection, name: str, number: int) -> MappingVersion | None:
    query = select(mapping_version).where(mapping_version.c.name == name, mapping_version.c.number == number)
    row = connection.execute(query).one_or_none()
    return None if row is None else _version(row)


def _kept(connection: Connection, new: MappingVersion) -> bool:
    insert_new(connection, mapping_version, [values_of(new, mapping_version)])
    there = _get(connection, new.name, new.number)
    return there is not None and there.digest == new.digest


def _take(connection: Connection, step: MappingStep) -> bool:
    """Write a step on the version that it started from. Return True if it is stored now, or was already."""
    there = step.after
    if there.seq:
        known = mapping_version.c.name == there.name, mapping_version.c.number == there.number
        moving = update(mapping_version).where(*known, mapping_version.c.seq == there.seq - 1)
        connection.execute(moving.values(state=there.state, seq=there.seq))
    row = {
        "name": there.name,
        "number": there.number,
        "seq": there.seq,
        "event": step.event,
        "state": there.state,
        "at": step.at,
        "account": step.account,
        "reason": step.reason,
        "detail": step.detail,
        "evidence_id": step.evidence_id,
        "authentication": step.authentication,
        "person": step.person,
    }
    present = _get(connection, there.name, there.number)
    if present is not None and present.digest == there.digest and present.seq == there.seq:
        insert_new(connection, mapping_step, [row])
    query = select(mapping_step.c.evidence_id).where(
        mapping_step.c.name == there.name, mapping_step.c.number == there.number, mapping_step.c.seq == there.seq
    )
    return connection.scalar(query) == step.evidence_id


def _decide(connection: Connection, decision: Activation) -> bool:
    insert_new(connection, mapping_activation, [values_of(decision, mapping_activation)])
    query = select(mapping_activation.c.evidence_id).where(
        mapping_activation.c.subject == decision.subject,
        mapping_activation.c.source == decision.source,
        mapping_activation.c.number == decision.number,
    )
    return connection.scalar(query) == decision.evidence_id


def _version(row: Row[Any]) -> MappingVersion:
    return MappingVersion(**row._mapping)


def _step(of: MappingVersion, row: Row[Any]) -> MappingStep:
    return MappingStep(
        after=MappingVersion(
            subject=of.subject,
            name=of.name,
            number=of.number,
            digest=of.digest,
            octets=of.octets,
            state=row.state,
            seq=row.seq,
            imported_at=of.imported_at,
        ),
        event=row.event,
        at=row.at,
        account=row.account,
        reason=row.reason,
        detail=row.detail,
        evidence_id=row.evidence_id,
        authentication=row.authentication,
        person=row.person,
    )
