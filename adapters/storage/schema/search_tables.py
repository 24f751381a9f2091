"""Tables of the search for notices. They hold nothing that ``notice`` and ``outbox`` do not hold, in folded form.

``search_notice`` has a row for each notice, and changes with its state. ``search_text`` has the texts that a person may
type, by the day of admission: so a search by the beginning of a text takes one look-up for each day, newest first, and
reads no more than it shows. ``search_facet`` holds each combination of body, district and kind once.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table

from adapters.storage.engine.column_types import Coded, Day, Moment, Position, Text
from adapters.storage.engine.metadata import METADATA, partial
from gateway.notice.delivery_state import DeliveryState

search_facet = Table(
    "search_facet",
    METADATA,
    Column("facet", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("kind", Text, nullable=False),
)
"""``facet`` is derived from the other three, so that every process gives the same number."""

search_notice = Table(
    "search_notice",
    METADATA,
    Column("number", Position, primary_key=True, autoincrement=True),
    Column("reference", Text, ForeignKey("notice.reference"), nullable=False, unique=True),
    Column("admitted_at", Moment, nullable=False),
    Column("facet", BigInteger, ForeignKey("search_facet.facet"), nullable=False),
    Column("state", Coded(DeliveryState), nullable=False),
    Column("case_number", Text, nullable=False),
    Column("paper_number", Text, nullable=False),
    Column("tracking_number", Text),
    Column("name", Text, nullable=False),
    Column("arrived_on", Day),
    Column("viewed_on", Day),
    Column("stated_on", Day),
)
"""Texts are folded. ``name`` has a space around each word. The days are civil days in Tehran
(`gateway.legal.due_deadline.ServiceDays`): deadlines are found by them."""
Index(
    "ix_search_notice_facet_state",
    search_notice.c.facet,
    search_notice.c.state,
    search_notice.c.admitted_at,
    search_notice.c.reference,
)
Index("ix_search_notice_facet", search_notice.c.facet, search_notice.c.admitted_at, search_notice.c.reference)
Index("ix_search_notice_state", search_notice.c.state, search_notice.c.admitted_at, search_notice.c.reference)
for _event in ("arrived_on", "viewed_on", "stated_on"):
    # All days stand in each index: so the notices of a range are counted without a row of the table.
    _days = sorted(("arrived_on", "viewed_on", "stated_on"), key=lambda name: name != _event)
    partial(
        f"ix_search_notice_{_event}",
        search_notice.c.facet,
        *(search_notice.c[name] for name in _days),
        where=f"{_event} IS NOT NULL",
    )

search_text = Table(
    "search_text",
    METADATA,
    Column("field", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""``field`` is a `gateway.search.searched_text.TextField`, ``day`` the ordinal of the day of admission in UTC."""

search_day = Table(
    "search_day",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),
)
"""The days of which there are notices."""
