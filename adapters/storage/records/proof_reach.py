"""Reach of checkpoints, time-stamps and witnesses in the log, states of the witnesses, and a person's override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from adapters.storage.engine.dialects import insert
from adapters.storage.records.damages import known
from adapters.storage.records.forks import forks
from adapters.storage.schema.row_conversion import values_of
from adapters.storage.schema.tables import evidence, override
from adapters.storage.schema.tree_tables import checkpoint, tree, witness
from gateway.archive.witnessing import WitnessState
from gateway.merkle.fork import open_fork
from gateway.store.proof_reach import Override, ProofReach, Reach

SENDING = "sending"
"""Name of the override in its table."""


def proof(connection: Connection) -> ProofReach:
    newest = select(checkpoint.c.size).order_by(checkpoint.c.size.desc()).limit(1)
    signed = connection.scalar(newest)
    stamped = connection.scalar(newest.where(checkpoint.c.token.is_not(None)))
    held = connection.execute(select(witness.c.name, witness.c.size)).all()
    placed = connection.scalar(select(func.max(tree.c.size))) or 0
    return ProofReach(
        nothing=_reach(connection, 0),
        placed=replace(_reach(connection, placed), made_at=None),  # a place is given without a checkpoint
        checkpoint=_reach(connection, signed or 0),
        time_stamp=_reach(connection, stamped or 0),
        witnesses={name: _reach(connection, size) for name, size in held},
        override=_override(connection),
        fork=open_fork(forks(connection)),
        damaged=known(connection, unsettled=True),
    )


def _reach(connection: Connection, size: int) -> Reach:
    """Return the reach of a proof over the first ``size`` records.

    Records have their places in the order of arrival, so the first one beyond has waited longest. If it has left the
    database with a segment, the time of the first checkpoint beyond is taken.
    """
    placed = select(evidence.c.recorded_at).where(evidence.c.leaf_index >= size).order_by(evidence.c.leaf_index)
    unplaced = select(evidence.c.recorded_at).where(evidence.c.leaf_index.is_(None)).order_by(evidence.c.position)
    signed = select(checkpoint.c.made_at).where(checkpoint.c.size > size).order_by(checkpoint.c.size)
    waiting = [connection.scalar(query.limit(1)) for query in (placed, signed)]
    since = min(filter(None, waiting), default=None) or connection.scalar(unplaced.limit(1))
    made_at = connection.scalar(select(checkpoint.c.made_at).where(checkpoint.c.size == size))
    return Reach(size=size, made_at=made_at, waiting_since=since)


def _override(connection: Connection) -> Override | None:
    columns = [override.c[field.name] for field in fields(Override)]
    row = connection.execute(select(*columns).where(override.c.name == SENDING)).one_or_none()
    return None if row is None else Override(**row._mapping)


def write_override(connection: Connection, written: Override | None) -> None:
    if written is not None:
        statement = insert(connection, override)
        new = statement.excluded
        later = statement.on_conflict_do_update(
            index_elements=[override.c.name],
            set_={c.name: new[c.name] for c in override.c if not c.primary_key},
            where=override.c.since <= new.since,
        )
        connection.execute(later, values_of(written, override, name=SENDING))


def witnesses(connection: Connection) -> Mapping[str, WitnessState]:
    return {row.name: WitnessState(**row._mapping) for row in connection.execute(select(witness))}


def accepted(connection: Connection, name: str, size: int, at: datetime) -> None:
    """Record that a witness accepted a checkpoint. A smaller size is a late report and changes nothing."""
    statement = insert(connection, witness)
    new = statement.excluded
    growing = statement.on_conflict_do_update(
        index_elements=[witness.c.name],
        set_={c.name: new[c.name] for c in witness.c if not c.primary_key},
        where=witness.c.size <= new.size,
    )
    state = WitnessState(name=name, size=size, accepted_at=at)
    connection.execute(growing, values_of(state, witness))


def not_accepted(connection: Connection, state: WitnessState) -> None:
    statement = insert(connection, witness)
    new = statement.excluded
    failing = statement.on_conflict_do_update(
        index_elements=[witness.c.name], set_={name: new[name] for name in ("failures", "due_at", "code")}
    )
    connection.execute(failing, values_of(state, witness))
