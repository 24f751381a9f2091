"""The tables. `migrations/` makes them; a test compares the two.

A row of ``notice`` never changes. ``outbox`` holds each notice's current entry, and ``event`` its history, one row a
step. ``payload`` holds the exact octets of signed and received documents, by digest. ``evidence`` holds the records
about them. Only pieces of payloads have foreign keys to their payload: others may move to another place without their
rows. The other tables stand in modules of their own beside this one.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table

from adapters.storage.engine.column_types import Coded, Day, Moment, Position, Text
from adapters.storage.engine.metadata import METADATA as METADATA
from adapters.storage.engine.metadata import partial

# Imported so that METADATA of this module holds every table.
from adapters.storage.schema import archive_tables as archive_tables
from adapters.storage.schema import bulk_tables as bulk_tables
from adapters.storage.schema import courtesy_tables as courtesy_tables
from adapters.storage.schema import draft_tables as draft_tables
from adapters.storage.schema import endpoint_tables as endpoint_tables
from adapters.storage.schema import inbox_tables as inbox_tables
from adapters.storage.schema import mail_tables as mail_tables
from adapters.storage.schema import outage_tables as outage_tables
from adapters.storage.schema import people_tables as people_tables
from adapters.storage.schema import search_tables as search_tables
from adapters.storage.schema import session_tables as session_tables
from adapters.storage.schema import tree_tables as tree_tables
from adapters.storage.schema import version_tables as version_tables
from adapters.storage.schema import worklist_tables as worklist_tables
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About
from gateway.store.store_fingerprint import Cause
from gateway.store.stored import QuarantineKind

notice = Table(
    "notice",
    METADATA,
    Column("reference", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("case_number", Text, nullable=False),
    Column("paper_number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("predecessor", Text),
    Column("recipient_name", Text, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
)
Index("ix_notice_case", notice.c.case_number, notice.c.reference)
partial("ix_notice_predecessor", notice.c.predecessor, where="predecessor IS NOT NULL")

recipient_index = Table(
    "recipient_index",
    METADATA,
    Column("reference", Text, ForeignKey("notice.reference"), primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("keyed_hash", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The keyed hash of each notice's recipient; the identifier stands in no column (`gateway.notice.recipient_index`)."""
Index("ix_recipient_index_hash", recipient_index.c.key_id, recipient_index.c.keyed_hash)

outbox = Table(
    "outbox",
    METADATA,
    Column("reference", Text, ForeignKey("notice.reference"), primary_key=True),
    Column("source", Text, nullable=False),
    Column("row_key", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("state", Coded(DeliveryState), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("admitted_at", Moment, nullable=False),
    Column("state_since", Moment, nullable=False),
    Column("waiting_since", Moment, nullable=False),
    Column("seal_digest", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("serve_by", Day),
    Column("replaces", Text),
    Column("due_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("message_id", Text),
    Column("lease_owner", Text),
    Column("lease_until", Moment),
    Column("doubt_since", Moment),
    Column("absences", Integer, nullable=False),
    Column("cleared_at", Moment),
    Column("held", Boolean, nullable=False),
    Column("tracking_number", Text),
    Column("delivered_at", Moment),
    Column("viewed_at", Moment),
    Column("code", Text),
    Column("reason", Text),
    Column("written_seq", Integer, nullable=False),
    Column("doubt_fault", Text),
    Column("legal_service_at", Moment),
    Column("ticket", Text),
    Column("held_by", Text),
    Column("rewrite_since", Moment),
)
Index("ix_outbox_state", outbox.c.state, outbox.c.reference)
partial(
    "ix_outbox_queued",
    outbox.c.destination,
    outbox.c.source,
    outbox.c.serve_by,
    outbox.c.due_at,
    outbox.c.admitted_at,
    where="state = 'QUEUED'",
    # As SQLite sorts anyway: the claim takes a source's notices from this index in their order.
    postgresql_ops={"serve_by": "NULLS FIRST", "due_at": "NULLS FIRST"},
)
partial("ix_outbox_coded", outbox.c.code, outbox.c.reference, where="state = 'QUEUED' AND code IS NOT NULL")
partial(
    "ix_outbox_stuck",
    outbox.c.code,
    outbox.c.admitted_at,
    outbox.c.reference,
    where="state = 'QUEUED' AND code IS NOT NULL",
)
# The state comes first; otherwise SQLite's planner takes the index of all states.
partial("ix_outbox_sending", outbox.c.state, outbox.c.lease_until, where="state = 'SENDING'")
partial("ix_outbox_in_doubt", outbox.c.destination, outbox.c.due_at, where="state = 'IN_DOUBT'")
UNDECIDED = (
    "outbox.state = 'IN_DOUBT' AND (outbox.due_at IS NULL"
    " OR outbox.code IN ('doubt.unanswered', 'doubt.predecessor', 'doubt.ticket-late'))"
)
"""A condition for notices in doubt that wait for a person, as the index has it."""
partial("ix_outbox_undecided", outbox.c.admitted_at, outbox.c.reference, where=UNDECIDED.replace("outbox.", ""))
partial("ix_outbox_pending", outbox.c.destination, outbox.c.due_at, where="state = 'PENDING'")
partial("ix_outbox_pending_since", outbox.c.destination, outbox.c.state_since, where="state = 'PENDING'")
Index("ix_outbox_row", outbox.c.source, outbox.c.row_key)
Index("ix_outbox_admitted", outbox.c.admitted_at, outbox.c.reference)
partial("ix_outbox_tracking", outbox.c.tracking_number, where="tracking_number IS NOT NULL")
partial("ix_outbox_unwritten", outbox.c.source, outbox.c.state_since, outbox.c.reference, where="written_seq < seq")

POLLED = (
    "state IN ('SUBMITTED', 'IN_DOUBT', 'DELIVERED') OR state = 'VIEWED' AND delivered_at IS NULL"
    " OR state IN ('WITHDRAWN', 'DEAD_LETTER', 'QUEUED') AND attempts > 0"
)
"""A condition for notices that may still get receipts, as the index has it."""
partial("ix_outbox_polled", outbox.c.destination, outbox.c.reference, where=POLLED)

ON_THE_WAY_BY_A_DAY = (
    "serve_by IS NOT NULL AND state IN ('QUEUED', 'SENDING', 'PENDING', 'IN_DOUBT', 'DEAD_LETTER', 'SUBMITTED')"
)
"""A condition for notices that are to be served by a day and are not yet, as the index has it."""
partial("ix_outbox_serve_by", outbox.c.serve_by, outbox.c.reference, where=ON_THE_WAY_BY_A_DAY)

event = Table(
    "event",
    METADATA,
    Column("reference", Text, ForeignKey("notice.reference"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("event", Coded(DeliveryEvent), nullable=False),
    Column("state", Coded(DeliveryState), nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("learned_at", Moment, nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id")),
    sqlite_with_rowid=False,
)

evidence = Table(
    "evidence",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Coded(EvidenceKind), nullable=False),
    Column("notice", Text),
    Column("payload_digest", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("leaf_index", Position, unique=True),
)
"""``position`` is the order of arrival here. ``leaf_index`` is the place in the tree, NULL until it is given.
``header`` is empty once the record has left; header and payload then stand in the segment of its place."""
Index("ix_evidence_notice", evidence.c.notice)
Index("ix_evidence_payload", evidence.c.payload_digest)
Index("ix_evidence_recorded", evidence.c.recorded_at, evidence.c.position)
CONFIGURATIONS = f"kind = '{EvidenceKind.CONFIGURATION_CHANGED.value}'"
partial("ix_evidence_configuration", evidence.c.position, where=CONFIGURATIONS)
RARE_KINDS = frozenset(EvidenceKind) - {
    EvidenceKind.SEALED_NOTICE,
    EvidenceKind.MESSAGE_SENT,
    EvidenceKind.MESSAGE_RECEIVED,
    EvidenceKind.RECEIPT,
}
"""Kinds of records that are not made for every notice: a search finds them by an index of their own."""
RARE = "kind NOT IN ('SEALED_NOTICE', 'MESSAGE_SENT', 'MESSAGE_RECEIVED', 'RECEIPT')"
partial("ix_evidence_rare", evidence.c.kind, evidence.c.position, where=RARE)
partial("ix_evidence_rare_recorded", evidence.c.kind, evidence.c.recorded_at, evidence.c.position, where=RARE)
partial("ix_evidence_unplaced", evidence.c.position, where="leaf_index IS NULL")

message_notice = Table(
    "message_notice",
    METADATA,
    Column("evidence_id", Text, ForeignKey("evidence.id"), primary_key=True),
    Column("reference", Text, ForeignKey("notice.reference"), primary_key=True),
    sqlite_with_rowid=False,
)
"""Notices that each message carried, or that an export of a recipient's data held."""
Index("ix_message_notice_reference", message_notice.c.reference)

payload = Table(
    "payload",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("framed", Boolean, nullable=False),
    Column("octets", LargeBinary),
    Column("segment", Text),
    Column("start", Position),
    Column("length", Integer),
)
"""``digest`` is that of the exact octets. If ``framed``, the stored octets are the frame from which they are filled.
They stand in ``octets``, in a segment file from ``start`` on, or in pieces."""

payload_piece = Table(
    "payload_piece",
    METADATA,
    Column("digest", Text, ForeignKey("payload.digest"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("octets", LargeBinary, nullable=False),
)
"""Octets of large payloads of the database: ``length`` of them together, numbered from 0. The foreign key does not
cascade: SQLite deletes all rows of a table that a migration makes anew, and the pieces would go with them."""

receipt = Table(
    "receipt",
    METADATA,
    Column("receipt_id", Text, primary_key=True),
    Column("reference", Text, ForeignKey("notice.reference"), nullable=False),
    Column("tracking_number", Text, nullable=False),
    Column("event", Coded(DeliveryEvent), nullable=False),
    Column("event_time", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("payload_digest", Text, nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
    Column("applied_at", Moment),
)
partial("ix_receipt_unapplied", receipt.c.event_time, receipt.c.receipt_id, where="applied_at IS NULL")
partial("ix_receipt_waiting", receipt.c.reference, where="applied_at IS NULL")

refusal = Table(
    "refusal",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("row_key", Text, primary_key=True),
    Column("row_version", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("refused_at", Moment, nullable=False),
    Column("written", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("case_number", Text),
    Column("body", Text),
)
"""Rows whose current version is refused: one row each, deleted once a version is admitted. ``since`` is the time of the
first refusal since which no notice was admitted. ``case_number`` and ``body`` are NULL if they could not be read."""

quarantine = Table(
    "quarantine",
    METADATA,
    Column("payload_digest", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("kind", Coded(QuarantineKind), nullable=False),
    Column("origin", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("notice", Text),
    Column("ended_at", Moment),
    Column("ended_as", Text),
    Column("ended_by", Text, ForeignKey("evidence.id")),
)
"""Rejected input. The same octets refused for the same reason have one row, however often they arrive."""
partial(
    "ix_quarantine_open", quarantine.c.kind, quarantine.c.payload_digest, quarantine.c.code, where="ended_at IS NULL"
)
partial("ix_quarantine_notice", quarantine.c.notice, where="ended_at IS NULL AND notice IS NOT NULL")

seen_row = Table(
    "seen_row",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("row_key", Text, primary_key=True),
    Column("row_version", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The version of each row that intake processed last."""

switch = Table(
    "switch",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("stopped", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
)
"""``everything``: the stop-everything switch."""

recovery = Table(
    "recovery",
    METADATA,
    Column("epoch", Text, primary_key=True),
    Column("replaced", Text, nullable=False),
    Column("remembered", Text),
    Column("since", Moment, nullable=False),
    Column("cause", Coded(Cause), nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", Text, ForeignKey("evidence.id")),
    Column("covers_until", Moment),
)
"""Recoveries: the store was restored or made anew, and may have forgotten notices that were sent before.

``covers_until`` is that of `Recovery`, for conditions.
"""

service = Table(
    "service",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("began_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("passed_at", Moment),
)
"""Processes that run passes, by host and number. Each writes a heartbeat every few seconds, and its last pass."""

override = Table(
    "override",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
)
"""``sending``: a person's permission to send unproven notices until a time."""

archive_segment = Table(
    "archive_segment",
    METADATA,
    Column("first", Position, primary_key=True, autoincrement=False),
    Column("end", Position, nullable=False),
    Column("digest", Text, nullable=False),
    Column("next_digest", Text),
    Column("looked_at", Moment),
    Column("emptied", Boolean, nullable=False),
)
"""`gateway.retention.offload.VerifiedSegment`."""

deletion = Table(
    "deletion",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
    Column("done_at", Moment),
)
"""Deleted payloads: recorded at ``decided_at``, deleted at ``done_at``."""
partial("ix_deletion_pending", deletion.c.digest, where="done_at IS NULL")

hold = Table(
    "hold",
    METADATA,
    Column("about", Coded(About), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
)
"""Legal holds: notices and cases of which nothing is deleted, with the evidence of the act."""

cursor = Table(
    "cursor",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

store_meta = Table(
    "store_meta",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""``epoch``: 32 random hex digits, made with the store and with each recovery. They distinguish the store from every
other one, also from one that was built anew in its place. ``times``: the format of times, for third parties."""
