"""Rows of rejected notices that wait for a person, written with the rejection and deleted with the paper's next issue.

A rejection beside an issue may leave a row behind, so readers still compare `waits.REVISED`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select

from adapters.storage.engine.dialects import insert
from adapters.storage.schema.row_conversion import parts
from adapters.storage.schema.tables import notice, outbox
from adapters.storage.schema.worklist_tables import rejection
from adapters.storage.worklist.waits import REVISED
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import Transition
from gateway.store.stored import Admission

_UNREVISED = (
    select(outbox.c.reference, notice.c.body, outbox.c.admitted_at)
    .join(notice, notice.c.reference == outbox.c.reference)
    .where(outbox.c.state == DeliveryState.REJECTED, ~REVISED)
)


def follow(connection: Connection, steps: Iterable[Transition]) -> None:
    """Write the rejections that steps bring; the steps are written already."""
    for part in parts(sorted(step.after.reference for step in steps if step.after.state is DeliveryState.REJECTED)):
        fill(connection, part)


def fill(connection: Connection, references: Sequence[str] | None = None) -> None:
    """Write the rows of these notices, or of all, as far as they are rejected and wait."""
    found = _UNREVISED if references is None else _UNREVISED.where(outbox.c.reference.in_(references))
    columns = ["reference", "body", "admitted_at"]
    connection.execute(insert(connection, rejection).from_select(columns, found).on_conflict_do_nothing())


def end(connection: Connection, admissions: Iterable[Admission]) -> None:
    """Delete the rows of the notices whose papers are issued anew by ``admissions``."""
    earlier = {name for each in admissions for name in (each.predecessor, each.entry.replaces) if name is not None}
    for part in parts(sorted(earlier)):
        connection.execute(delete(rejection).where(rejection.c.reference.in_(part)))
