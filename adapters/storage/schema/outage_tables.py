"""Measured running times of this service's processes, and times without an answer from an endpoint. Kept for good."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table

from adapters.storage.engine.column_types import Moment, Text
from adapters.storage.engine.metadata import METADATA

service_run = Table(
    "service_run",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("began_at", Moment, primary_key=True),
    Column("seen_at", Moment, nullable=False),
)
"""`gateway.store.outage.RunInterval`. A process has another row after each time without a heartbeat."""
Index("ix_service_run_seen", service_run.c.seen_at, service_run.c.began_at)

endpoint_outage = Table(
    "endpoint_outage",
    METADATA,
    Column("destination", Text, primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("failed_at", Moment, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("over_at", Moment),
)
"""`gateway.store.outage.EndpointOutage`: of circuit breakers that opened."""
