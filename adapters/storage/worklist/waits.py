"""Waits of notices for a person: the conditions on ``outbox``, and the same for one row.

A queued notice waits if the error that its code names keeps it from being sent, which the catalogue knows. One that the
gateway held, and a person released, waits for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, select, text

from adapters.storage.schema.row_conversion import in_state
from adapters.storage.schema.tables import UNDECIDED, notice, outbox
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import FOR_A_PERSON
from gateway.reconciliation.overdue import is_stuck, needs_a_person

_S = DeliveryState
_LATER, _REVISION = outbox.alias("later"), notice.alias("revision")

REVISED: Final = exists().where(_REVISION.c.predecessor == outbox.c.reference) | exists().where(
    _LATER.c.source == outbox.c.source,
    _LATER.c.row_key == outbox.c.row_key,
    _LATER.c.replaces == outbox.c.reference,
)
"""Condition for a notice whose paper was issued anew, under the same row or another one."""

IN_UNDECIDED_DOUBT: Final = text(UNDECIDED)
"""Condition for a notice in doubt that waits for a person: the literal text of the index's condition."""

WAIT_BEGAN: Final = case((outbox.c.state == _S.QUEUED, outbox.c.waiting_since), else_=outbox.c.state_since)
"""Time since which a notice waits. Attempts to send a queued one begin no other wait."""

COLUMNS: Final[tuple[ColumnElement[Any], ...]] = (
    outbox.c.state,
    outbox.c.code,
    outbox.c.due_at,
    outbox.c.held,
    and_(outbox.c.state == _S.REJECTED, REVISED).label("revised"),
    WAIT_BEGAN.label("wait_began_at"),
)
"""Columns that `waits` reads, and the begin of the wait."""


def waits(row: Row[Any]) -> bool:
    """Return True if the notice of a row with `COLUMNS` waits for a person."""
    match row.state:
        case _S.DEAD_LETTER | _S.NO_ACCOUNT | _S.UNDELIVERABLE:
            return True
        case _S.REJECTED:
            return not row.revised
        case _S.IN_DOUBT:
            return row.due_at is None or row.code in FOR_A_PERSON
        case _S.QUEUED:
            return row.code is not None and is_stuck(row.code, held=row.held)
        case _:
            return False


def stuck_codes(connection: Connection) -> list[str]:
    """Return the codes of queued notices that wait for a person. One look-up finds each code, however many have it."""
    return [code for code in _queued_codes(connection) if needs_a_person(code)]


def _queued_codes(connection: Connection) -> Iterator[str]:
    coded = in_state(_S.QUEUED), outbox.c.code.is_not(None)
    code = connection.scalar(select(func.min(outbox.c.code)).where(*coded))
    while code is not None:
        yield code
        code = connection.scalar(select(func.min(outbox.c.code)).where(*coded, outbox.c.code > code))
