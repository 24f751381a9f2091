"""Conditions on ``outbox`` under which a notice waits for a person.

A queued notice waits if the error that its code names keeps it from being sent, which the catalogue knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, or_, select

from adapters.storage.schema.row_conversion import in_state
from adapters.storage.schema.tables import notice, outbox
from adapters.storage.stores.notices import UNDECIDED
from gateway.notice.delivery_state import DeliveryState
from gateway.reconciliation.overdue import needs_a_person

_S = DeliveryState
_LATER = outbox.alias("later")

REVISED: Final = exists().where(notice.c.predecessor == outbox.c.reference) | exists().where(
    _LATER.c.source == outbox.c.source,
    _LATER.c.row_key == outbox.c.row_key,
    _LATER.c.admitted_at > outbox.c.admitted_at,
)
"""Condition for a notice whose paper was issued anew, under the same row or another one."""

WAITING: Final[Mapping[DeliveryState, tuple[ColumnElement[bool], ...]]] = {
    _S.DEAD_LETTER: (),
    _S.NO_ACCOUNT: (),
    _S.UNDELIVERABLE: (),
    _S.REJECTED: (~REVISED,),
    _S.IN_DOUBT: (UNDECIDED,),
}
"""States in which notices wait for a person, with the further condition; queued ones are told by their code."""

_CODED: Final = and_(outbox.c.state == _S.QUEUED, outbox.c.code.is_not(None))

MAY_WAIT: Final = or_(_CODED, *(and_(outbox.c.state == state, *those) for state, those in WAITING.items()))
"""Condition for a notice that waits for a person, and for every queued one with a code (`waits`)."""

WAIT_BEGAN: Final = case((outbox.c.state == _S.QUEUED, outbox.c.waiting_since), else_=outbox.c.state_since)
"""Time since which a notice waits. Attempts to send a queued one begin no other wait."""


def waits(row: Row[Any]) -> bool:
    """Return True if the notice of a row with `MAY_WAIT`, which has its state and code, waits for a person."""
    return row.state is not _S.QUEUED or needs_a_person(row.code)


def stuck_codes(connection: Connection) -> list[str]:
    """Return the codes of queued notices that wait for a person. One look-up finds each code, however many have it."""
    return [code for code in _queued_codes(connection) if needs_a_person(code)]


def _queued_codes(connection: Connection) -> Iterator[str]:
    coded = in_state(_S.QUEUED), outbox.c.code.is_not(None)
    code = connection.scalar(select(func.min(outbox.c.code)).where(*coded))
    while code is not None:
        yield code
        code = connection.scalar(select(func.min(outbox.c.code)).where(*coded, outbox.c.code > code))
