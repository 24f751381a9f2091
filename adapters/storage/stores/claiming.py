"""Claiming: one dispatcher gets due notices under a lease, also if other processes claim at the same time.

A batch is shared among the sources that have due notices. Most of each source's share goes to notices with a date by
which they must be served. A share that one source does not need goes to the others.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, zip_longest
from math import ceil
from typing import Final

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, exists, func, or_, select

from adapters.storage.schema.row_conversion import entry_of, in_state
from adapters.storage.schema.tables import notice, outbox, receipt
from adapters.storage.stores.quarantined import RECEIPT_WAITS
from adapters.storage.stores.recoveries import FORGOTTEN
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry

ONE_IN = 4
"""One in this number of places is for a notice without a date, however many notices have one."""


_QUEUED: Final = in_state(DeliveryState.QUEUED), outbox.c.destination == bindparam("destination")
_DUE_BY: Final = bindparam("due_by", type_=outbox.c.due_at.type)

_DUE: Final = (
    select(outbox)
    .where(
        *_QUEUED,
        outbox.c.source == bindparam("source"),
        or_(outbox.c.due_at.is_(None), outbox.c.due_at <= _DUE_BY),
        # A seal with a future time would be rejected for good, also if a person made the notice due.
        outbox.c.admitted_at <= _DUE_BY,
        outbox.c.held.is_(False),
        ~exists().where(receipt.c.reference == outbox.c.reference, receipt.c.applied_at.is_(None)),
        ~RECEIPT_WAITS,
        ~FORGOTTEN[DeliveryState.QUEUED],
    )
    .order_by(outbox.c.serve_by.nulls_first(), outbox.c.due_at.nulls_first(), outbox.c.admitted_at)
    .limit(bindparam("share", type_=Integer))
    .with_for_update(skip_locked=True)
)
"""The query for a source's notices that may be sent now, in the order of the index that has them."""

_WITH_A_DATE: Final = _DUE.where(outbox.c.serve_by.is_not(None))
_WITHOUT: Final = _DUE.where(outbox.c.serve_by.is_(None))


def _following_sources() -> Select[tuple[str]]:
    found = select(func.min(outbox.c.source).label("source")).where(*_QUEUED).cte("found", recursive=True)
    following = select(func.min(outbox.c.source)).where(*_QUEUED, outbox.c.source > found.c.source)
    found = found.union_all(select(following.scalar_subquery()).where(found.c.source.is_not(None)))
    return select(found.c.source).where(found.c.source.is_not(None))


_SOURCES: Final = _following_sources()


def claimed(connection: Connection, destination: str, owner: str, lease_until: datetime) -> list[OutboxEntry]:
    """Return the notices of ``owner``'s claim whose answer was lost. No other claim's leases end at that moment."""
    query = select(outbox).where(
        in_state(DeliveryState.SENDING),
        outbox.c.destination == destination,
        outbox.c.lease_owner == owner,
        outbox.c.lease_until == lease_until,
    )
    return [entry_of(row) for row in connection.execute(query).all()]


def of_bodies(body: str | None, without: frozenset[str]) -> list[ColumnElement[bool]]:
    """Return conditions on the body that issued a notice. Ordinary runs have none and read the outbox alone."""
    of_notice = notice.c.reference == outbox.c.reference
    wanted = [exists().where(of_notice, notice.c.body == body)] if body is not None else []
    return wanted + ([~exists().where(of_notice, notice.c.body.in_(sorted(without)))] if without else [])


def shared(
    connection: Connection,
    destination: str,
    due_by: datetime,
    limit: int,
    conditions: Sequence[ColumnElement[bool]],
) -> list[OutboxEntry]:
    """Return up to ``limit`` due notices, equally many of each source. Other sources fill a share that is not used."""
    due: list[OutboxEntry] = []
    sources = _sources(connection, destination) if limit else []
    # If the batch has no place for every source, or the limit of bytes ends it, no source always comes first.
    random.shuffle(sources)
    while sources and len(due) < limit:
        share = ceil((limit - len(due)) / len(sources))
        found = [_due_of(connection, destination, source, due_by, share, due, conditions) for source in sources]
        sources = [source for source, those in zip(sources, found, strict=True) if len(those) == share]
        due += _in_turn(found)
    return due[:limit]


def _sources(connection: Connection, destination: str) -> list[str]:
    """Return the sources that have queued notices: one index look-up for each, however many notices it has."""
    return list(connection.scalars(_SOURCES, {"destination": destination}))


def _due_of(
    connection: Connection,
    destination: str,
    source: str,
    due_by: datetime,
    share: int,
    taken: Sequence[OutboxEntry],
    conditions: Sequence[ColumnElement[bool]],
) -> list[OutboxEntry]:
    """Return up to ``share`` due notices of a source that are not among those ``taken`` already."""
    others = [entry.reference for entry in taken if entry.source == source]
    further = [*conditions, outbox.c.reference.not_in(others)] if others else conditions
    wanted = {"destination": destination, "source": source, "due_by": due_by, "share": share}
    queues = [
        iter([entry_of(row) for row in connection.execute(query.where(*further) if further else query, wanted).all()])
        for query in (_WITH_A_DATE, _WITHOUT)
    ]
    # The random offset gives notices without a date their part also in a batch of one.
    offset = random.randrange(ONE_IN)  # noqa: S311 - no secret
    merged: list[OutboxEntry] = []
    while len(merged) < share:
        first, second = queues if (len(merged) + offset) % ONE_IN else reversed(queues)
        entry = next(chain(first, second), None)
        if entry is None:
            break
        merged.append(entry)
    return merged


def _in_turn(found: Iterable[Sequence[OutboxEntry]]) -> Iterator[OutboxEntry]:
    """Yield the first of each source, then the second of each, and so on."""
    for ones in zip_longest(*found):
        yield from (entry for entry in ones if entry is not None)


def within(entries: list[OutboxEntry], max_bytes: int) -> Iterator[OutboxEntry]:
    total = 0
    for position, entry in enumerate(entries):
        total += entry.size
        if position and total > max_bytes:
            return
        yield entry
