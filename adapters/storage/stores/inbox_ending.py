"""End of pushed rows: a row loses its content after its notice has come to rest and its class's time is over.

Key, version and digest stay, so the same row is recognized if it is pushed again. The row status stays, too. Documents
are deleted as `pushed_documents` says. Rows are no evidence: their notices are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, update

from adapters.storage.engine.engine import Database
from adapters.storage.payloads.pushed_documents import delete_unnamed, unname
from adapters.storage.records.retention import is_held
from adapters.storage.schema.inbox_tables import inbox, inbox_row
from adapters.storage.schema.row_conversion import parts
from adapters.storage.schema.tables import evidence, notice, outbox, quarantine, receipt, refusal, seen_row
from gateway.notice.outbox import SENDABLE
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import Naming, Rule, over
from gateway.store.inbox import version_of

ENDED = ""
"""Replaces the content of an emptied row."""

PAGE = 500
"""Rows that are judged and emptied in one transaction: pushes of their source wait for it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a source: those with an arrival behind ``after``, up to ``last``."""

    source: str
    after: int
    last: int

    @property
    def rows(self) -> ColumnElement[bool]:
        """Condition on ``inbox_row``."""
        arrival = inbox_row.c.arrival
        return and_(inbox_row.c.source == self.source, arrival > self.after, arrival <= self.last)


def pages(database: Database) -> Iterator[Page]:
    """Yield all rows that are there now, each page by a transaction of its own."""
    query = select(inbox.c.source, inbox.c.arrived).order_by(inbox.c.source)
    for source, arrived in database.read(lambda c: c.execute(query).all()):
        rest = Page(source, 0, arrived)
        while (last := database.read(partial(_last_of_page, rest))) is not None:
            yield replace(rest, last=last)
            rest = replace(rest, after=last)


def _last_of_page(rest: Page, connection: Connection) -> int | None:
    arrivals = select(inbox_row.c.arrival).where(rest.rows).order_by(inbox_row.c.arrival).limit(PAGE).subquery()
    last: int | None = connection.scalar(select(func.max(arrivals.c.arrival)))
    return last


def ended(connection: Connection, page: Page, rules: Sequence[Rule], now: datetime, end: int) -> list[str]:
    """Return the keys of the rows whose time is over.

    Every notice of such a row is at rest, and its history is in segments (before ``end``). It has been at rest for the
    time that the retention class of its seal demands.
    """
    waits = or_(
        outbox.c.state.in_(list(SENDABLE)),
        outbox.c.written_seq < outbox.c.seq,
        exists().where(receipt.c.reference == outbox.c.reference, receipt.c.applied_at.is_(None)),
        exists().where(quarantine.c.notice == outbox.c.reference, quarantine.c.ended_at.is_(None)),
        exists().where(evidence.c.notice == outbox.c.reference, _unwritten(end)),
        exists().where(refusal.c.source == inbox_row.c.source, refusal.c.row_key == inbox_row.c.row_key),
        exists().where(notice.c.reference == outbox.c.reference, is_held()),
    )
    of_row = and_(outbox.c.source == inbox_row.c.source, outbox.c.row_key == inbox_row.c.row_key)
    seen = and_(seen_row.c.source == inbox_row.c.source, seen_row.c.row_key == inbox_row.c.row_key)
    query = (
        select(
            inbox_row.c.row_key,
            inbox_row.c.arrival,
            seen_row.c.row_version,
            notice.c.kind,
            outbox.c.state_since,
            waits.label("waits"),
        )
        .join(outbox, of_row)
        .join(notice, notice.c.reference == outbox.c.reference)
        .join(seen_row, seen)
        .where(page.rows, inbox_row.c.fields != ENDED)
    )
    namings: dict[str, list[Naming]] = {}
    for row in connection.execute(query):
        undecided = row.row_version != version_of(row.arrival)
        naming = Naming(
            kind=EvidenceKind.SEALED_NOTICE,
            notice_kind=row.kind,
            recorded_at=row.state_since,
            kept=bool(row.waits) or undecided,
        )
        namings.setdefault(row.row_key, []).append(naming)
    return sorted(key for key, of_it in namings.items() if over(of_it, rules, now) is not None)


def _unwritten(end: int) -> ColumnElement[bool]:
    return or_(evidence.c.leaf_index.is_(None), evidence.c.leaf_index >= end)


def end_rows(connection: Connection, page: Page, rules: Sequence[Rule], now: datetime, end: int) -> tuple[int, int]:
    """Empty the rows whose time is over. Return the numbers of rows and of deleted documents."""
    # A push locks its source's row: so no row is replaced meanwhile.
    connection.execute(select(inbox.c.source).where(inbox.c.source == page.source).with_for_update()).all()
    keys = ended(connection, page, rules, now, end)
    for part in parts(keys):
        these = and_(inbox_row.c.source == page.source, inbox_row.c.row_key.in_(part))
        connection.execute(update(inbox_row).where(these).values(fields=ENDED))
    return len(keys), delete_unnamed(connection, unname(connection, page.source, keys))
