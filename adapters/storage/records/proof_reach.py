"""Reach of checkpoints, time-stamps and witnesses in the log, states of the witnesses, and a person's override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

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

_PLACED: Final = select(func.max(tree.c.size))
_SIGNED: Final = select(checkpoint.c.size).order_by(checkpoint.c.size.desc()).limit(1)
_STAMPED: Final = _SIGNED.where(checkpoint.c.token.is_not(None))
_HELD: Final = select(witness.c.name, witness.c.size)
_OVERRIDE: Final = select(*(override.c[field.name] for field in fields(Override))).where(override.c.name == SENDING)
_WITNESSES: Final = select(witness)

_MADE_AT: Final = select(checkpoint.c.made_at).where(checkpoint.c.size == bindparam("size"))

_FIRST_PLACED: Final = (
    select(evidence.c.recorded_at)
    .where(evidence.c.leaf_index >= bindparam("size"))
    .order_by(evidence.c.leaf_index)
    .limit(1)
)
_FIRST_SIGNED: Final = (
    select(checkpoint.c.made_at).where(checkpoint.c.size > bindparam("size")).order_by(checkpoint.c.size).limit(1)
)
_FIRST_UNPLACED: Final = (
    select(evidence.c.recorded_at).where(evidence.c.leaf_index.is_(None)).order_by(evidence.c.position).limit(1)
)


def proof(connection: Connection) -> ProofReach:
    placed, signed, stamped = (connection.scalar(query) or 0 for query in (_PLACED, _SIGNED, _STAMPED))
    held = {row.name: row.size for row in connection.execute(_HELD)}
    reach = {size: _reach(connection, size) for size in {0, placed, signed, stamped, *held.values()}}
    return ProofReach(
        nothing=reach[0],
        placed=replace(reach[placed], made_at=None),  # a place is given without a checkpoint
        checkpoint=reach[signed],
        time_stamp=reach[stamped],
        witnesses={name: reach[size] for name, size in held.items()},
        override=_override(connection),
        fork=open_fork(forks(connection)),
        damaged=known(connection, unsettled=True),
    )


def _reach(connection: Connection, size: int) -> Reach:
    """Return the reach of a proof over the first ``size`` records.

    Records have their places in the order of arrival, so the first one beyond has waited longest. If it has left the
    database with a segment, the time of the first checkpoint beyond is taken.
    """
    of = {"size": size}
    waiting = [connection.scalar(query, of) for query in (_FIRST_PLACED, _FIRST_SIGNED)]
    since = min(filter(None, waiting), default=None) or connection.scalar(_FIRST_UNPLACED)
    return Reach(size=size, made_at=connection.scalar(_MADE_AT, of), waiting_since=since)


def _override(connection: Connection) -> Override | None:
    row = connection.execute(_OVERRIDE).one_or_none()
    return None if row is None else Override(**row._mapping)


def write_override(connection: Connection, written: Override | None) -> None:
    if written is not None:
        statement = insert(connection, override)
        new = statement.excluded
        later = statement.on_conflict_do_update(
            index_elements=[override.c.name],
            set_={c.name: new[c.name] for c in override.c if not c.primary_key},
        )
        connection.execute(later, values_of(written, override, name=SENDING))


def witnesses(connection: Connection) -> Mapping[str, WitnessState]:
    return {row.name: WitnessState(**row._mapping) for row in connection.execute(_WITNESSES)}


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
