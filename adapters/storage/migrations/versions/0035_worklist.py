"""Claims of notices, saved searches, and the notices that rest until a person acts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_FILL = """
INSERT INTO resting_notice (reference, body, state, admitted_at)
SELECT o.reference, n.body, o.state, o.admitted_at FROM outbox o JOIN notice n ON n.reference = o.reference
WHERE o.state IN ('DEAD_LETTER', 'NO_ACCOUNT', 'UNDELIVERABLE') OR o.state = 'REJECTED'
AND NOT EXISTS (SELECT 1 FROM notice p WHERE p.predecessor = o.reference)
AND NOT EXISTS (
    SELECT 1 FROM outbox l WHERE l.source = o.source AND l.row_key = o.row_key AND l.admitted_at > o.admitted_at
)
"""

_UNDECIDED = sa.text(
    "state = 'IN_DOUBT' AND (due_at IS NULL OR code IN ('doubt.unanswered', 'doubt.predecessor', 'doubt.ticket-late'))"
)


def upgrade() -> None:
    op.create_table(
        "resting_notice",
        sa.Column("reference", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("admitted_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_resting_notice"),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_resting_notice_reference"),
    )
    op.create_index("ix_resting_notice_state", "resting_notice", ["state", "admitted_at", "reference"])
    op.create_index("ix_resting_notice_body", "resting_notice", ["body", "state", "admitted_at", "reference"])
    op.execute(_FILL)
    op.create_index(
        "ix_outbox_undecided",
        "outbox",
        ["admitted_at", "reference"],
        sqlite_where=_UNDECIDED,
        postgresql_where=_UNDECIDED,
    )
    op.create_table(
        "notice_claim",
        sa.Column("reference", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("since", _TEXT, nullable=False),
        sa.Column("handed_by", _TEXT, nullable=True),
        sa.Column("evidence_id", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("wait_began_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_notice_claim"),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_notice_claim_reference"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_notice_claim_person"),
        sa.ForeignKeyConstraint(["handed_by"], ["person.id"], name="fk_notice_claim_handed_by"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_notice_claim_evidence_id"),
    )
    op.create_index("ix_notice_claim_person", "notice_claim", ["person", "since", "reference"])
    op.create_index("ix_notice_claim_since", "notice_claim", ["since", "reference"])
    op.create_table(
        "saved_view",
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("address", _TEXT, nullable=False),
        sa.Column("saved_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("person", "name", name="pk_saved_view"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_saved_view_person"),
    )
