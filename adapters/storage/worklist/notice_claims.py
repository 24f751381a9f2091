"""Claims of notices; `write` is their part of a commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, select

from adapters.storage.engine.engine import Database
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.schema.people_tables import person
from adapters.storage.schema.row_conversion import values_of
from adapters.storage.schema.tables import notice, outbox
from adapters.storage.schema.worklist_tables import notice_claim
from adapters.storage.worklist.waits import COLUMNS, WAIT_BEGAN, waits
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.notice_work import may_act
from gateway.people.person import Person
from gateway.store.notice_claim import ClaimChange, ClaimStanding, NoticeClaim

_OF = notice_claim.c

OF_THIS_WAIT: Final = (
    _OF.reference == outbox.c.reference,
    _OF.state == outbox.c.state,
    _OF.wait_began_at == WAIT_BEGAN,
)
"""Conditions for the claim of a notice's present wait, if it waits (`waits`)."""

_OF_A_WAIT_IN_THE_QUEUE: Final = (
    _OF.reference == outbox.c.reference,
    _OF.state == DeliveryState.QUEUED,
    outbox.c.state == DeliveryState.SENDING,
    _OF.wait_began_at == outbox.c.waiting_since,
)
"""Conditions for the claim of a queued notice that is just being sent."""

CLAIMED: Final[Select[Any]] = select(
    *(column.label(f"claim_{column.name}") for column in (_OF.person, _OF.since, _OF.handed_by, _OF.evidence_id)),
    outbox.c.reference,
    outbox.c.admitted_at,
    outbox.c.state_since,
    *COLUMNS,
).where(*OF_THIS_WAIT)
"""Claims, with the columns that `waits` needs: a doubt may wait for nobody although its state is the same."""

_CLAIMED_ONES: Final = KeyedQuery(CLAIMED, outbox.c.reference)


class SqlClaimStore:
    """Implement `gateway.store.ports.claim_store.ClaimStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, reference: str) -> ClaimStanding:
        return self._database.read(lambda c: _standing(c, reference))

    def of(self, references: Sequence[str]) -> dict[str, NoticeClaim]:
        rows = self._database.read(lambda c: _CLAIMED_ONES.rows(c, references))
        return {row.reference: claim_of(row) for row in rows if waits(row)}


def claims(
    connection: Connection, bodies: frozenset[str] | None, whose: ColumnElement[bool], up_to: int
) -> tuple[list[Row[Any]], bool]:
    """Return the newest claims whose notices wait, with the columns of `CLAIMED`; and True if there are more."""
    query = select(_OF.reference).where(whose)
    if bodies is not None:
        query = query.where(_OF.body.in_(sorted(bodies)))
    newest = connection.scalars(query.order_by(_OF.since.desc(), _OF.reference.desc()).limit(up_to + 1)).all()
    rows = _CLAIMED_ONES.rows(connection, newest[:up_to])
    return [row for row in rows if waits(row)], len(newest) > up_to


def claim_of(row: Row[Any]) -> NoticeClaim:
    """Return the claim in a row of `CLAIMED`."""
    return NoticeClaim(
        reference=row.reference,
        person=row.claim_person,
        since=row.claim_since,
        handed_by=row.claim_handed_by,
        evidence_id=row.claim_evidence_id,
    )


def write(connection: Connection, changes: Iterable[ClaimChange]) -> frozenset[str]:
    """Write everything that is not stale; return the references of those that are."""
    # The same order in every process, so that no two of them wait for each other's rows (deadlock).
    ordered = sorted(changes, key=lambda change: change.reference)
    return frozenset(change.reference for change in ordered if not _keep(connection, change))


def end_unpermitted(connection: Connection, of: Person) -> None:
    """Delete the claims of notices that a person may not act on (any more)."""
    mine = _OF.person == of.id
    bodies = connection.scalars(select(_OF.body).where(mine).distinct())
    lost = sorted(body for body in bodies if not may_act(of, body))
    if lost:
        connection.execute(delete(notice_claim).where(mine, _OF.body.in_(lost)))


def _keep(connection: Connection, change: ClaimChange) -> bool:
    """Write one change. Return True if it is stored now, or was already."""
    row = connection.execute(_wait_of(change.reference).with_for_update(of=outbox)).one_or_none()
    waiting = row is not None and waits(row)
    present = _present(connection, change.reference) if waiting else None
    if present == change.after:
        return True  # this is a repetition, or the wait ended by itself
    if (None if present is None else present.person) != change.before:
        return False
    if change.after is None:
        connection.execute(delete(notice_claim).where(_OF.reference == change.reference))
        return True
    # A deactivation waits for this transaction, and ends the claim; or it was first.
    active = select(person.c.active).where(person.c.id == change.after.person).with_for_update(read=True)
    if row is None or not waiting or not connection.scalar(active):
        return False
    _delete_ended(connection, change.after.person)
    connection.execute(delete(notice_claim).where(_OF.reference == change.reference))
    body = connection.scalar(select(notice.c.body).where(notice.c.reference == change.reference))
    values = values_of(change.after, notice_claim, body=body, state=row.state, wait_began_at=row.wait_began_at)
    connection.execute(insert(notice_claim).values(values))
    return True


def _delete_ended(connection: Connection, person_id: str) -> None:
    """Delete a person's claims of waits that are over, so that no list reads them for ever.

    A claimed notice in the queue is sent from time to time; if that fails, it is still the same wait.
    """
    still = select(outbox.c.reference).where(*OF_THIS_WAIT)
    tried = select(outbox.c.reference).where(*_OF_A_WAIT_IN_THE_QUEUE)
    connection.execute(delete(notice_claim).where(_OF.person == person_id, ~still.exists(), ~tried.exists()))


def _standing(connection: Connection, reference: str) -> ClaimStanding:
    row = connection.execute(_wait_of(reference)).one_or_none()
    if row is None or not waits(row):
        return ClaimStanding(waits=False)
    return ClaimStanding(waits=True, claim=_present(connection, reference))


def _wait_of(reference: str) -> Select[Any]:
    return select(*COLUMNS).where(outbox.c.reference == reference)


def _present(connection: Connection, reference: str) -> NoticeClaim | None:
    row = connection.execute(CLAIMED.where(outbox.c.reference == reference)).one_or_none()
    return None if row is None else claim_of(row)
