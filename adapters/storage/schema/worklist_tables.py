"""Tables of the work of people: notices that rest until somebody acts, claims, and searches that a person saved."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

from adapters.storage.engine.column_types import Coded, Moment, Text
from adapters.storage.engine.metadata import METADATA
from gateway.notice.delivery_state import DeliveryState

resting_notice = Table(
    "resting_notice",
    METADATA,
    Column("reference", Text, ForeignKey("notice.reference"), primary_key=True),
    Column("body", Text, nullable=False),
    Column("state", Coded(DeliveryState), nullable=False),
    Column("admitted_at", Moment, nullable=False),
)
"""Notices that rest in a state until a person acts; of rejected ones, those whose paper was not issued anew."""
Index("ix_resting_notice_state", resting_notice.c.state, resting_notice.c.admitted_at, resting_notice.c.reference)
Index(
    "ix_resting_notice_body",
    resting_notice.c.body,
    resting_notice.c.state,
    resting_notice.c.admitted_at,
    resting_notice.c.reference,
)

notice_claim = Table(
    "notice_claim",
    METADATA,
    Column("reference", Text, ForeignKey("notice.reference"), primary_key=True),
    Column("body", Text, nullable=False),
    Column("person", Text, ForeignKey("person.id"), nullable=False),
    Column("since", Moment, nullable=False),
    Column("handed_by", Text, ForeignKey("person.id")),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
    Column("state", Coded(DeliveryState), nullable=False),
    Column("wait_began_at", Moment, nullable=False),
)
"""`gateway.store.notice_claim.NoticeClaim`. ``state`` and ``wait_began_at`` are those of the claimed wait: a row of
another wait counts for nothing, and goes with the person's next claim."""
Index("ix_notice_claim_person", notice_claim.c.person, notice_claim.c.since, notice_claim.c.reference)
Index("ix_notice_claim_since", notice_claim.c.since, notice_claim.c.reference)

saved_view = Table(
    "saved_view",
    METADATA,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
)
"""`gateway.people.saved_view.SavedView`."""
