"""Rows of notices that rest in a state until a person acts, written with their steps.

A rejected notice rests until its paper is issued anew. A rejection beside such an issue may leave a row behind, so
readers still compare `waits.REVISED`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, delete, or_, select

from adapters.storage.engine.dialects import insert
from adapters.storage.schema.row_conversion import parts
from adapters.storage.schema.tables import notice, outbox
from adapters.storage.schema.worklist_tables import resting_notice
from adapters.storage.worklist.waits import REVISED
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import Transition
from gateway.store.stored import Admission

_S = DeliveryState

RESTING: Final = (_S.DEAD_LETTER, _S.REJECTED, _S.NO_ACCOUNT, _S.UNDELIVERABLE)

_RESTING = (
    select(outbox.c.reference, notice.c.body, outbox.c.state, outbox.c.admitted_at)
    .join(notice, notice.c.reference == outbox.c.reference)
    .where(outbox.c.state.in_(RESTING), or_(outbox.c.state != _S.REJECTED, ~REVISED))
)


def follow(connection: Connection, steps: Iterable[Transition]) -> None:
    """Write the rows of notices that steps move to or from such a state; the steps are written already."""
    moved = {each.after.reference for each in steps if {each.before.state, each.after.state} & set(RESTING)}
    for part in parts(sorted(moved)):
        connection.execute(delete(resting_notice).where(resting_notice.c.reference.in_(part)))
        fill(connection, part)


def fill(connection: Connection, references: Sequence[str] | None = None) -> None:
    """Write the rows of these notices, or of all, as far as they rest."""
    found = _RESTING if references is None else _RESTING.where(outbox.c.reference.in_(references))
    columns = ["reference", "body", "state", "admitted_at"]
    connection.execute(insert(connection, resting_notice).from_select(columns, found).on_conflict_do_nothing())


def end(connection: Connection, admissions: Iterable[Admission]) -> None:
    """Delete the rows of rejected notices whose papers are issued anew by ``admissions``."""
    of = resting_notice.c
    earlier = {name for each in admissions for name in (each.predecessor, each.entry.replaces) if name is not None}
    for part in parts(sorted(earlier)):
        connection.execute(delete(resting_notice).where(of.reference.in_(part), of.state == _S.REJECTED))
