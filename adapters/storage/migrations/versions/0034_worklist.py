"""Claims of notices, saved searches, and the rejected notices that wait for a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_FILL = """
INSERT INTO rejection (reference, body, admitted_at)
SELECT o.reference, n.body, o.admitted_at FROM outbox o JOIN notice n ON n.reference = o.reference
WHERE o.state = 'REJECTED'
AND NOT EXISTS (SELECT 1 FROM notice p WHERE p.predecessor = o.reference)
AND NOT EXISTS (
    SELECT 1 FROM outbox l WHERE l.source = o.source AND l.row_key = o.row_key AND l.admitted_at > o.admitted_at
)
"""


def upgrade() -> None:
    op.create_table(
        "rejection",
        sa.Column("reference", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("admitted_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_rejection"),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_rejection_reference"),
    )
    op.create_index("ix_rejection_admitted", "rejection", ["admitted_at", "reference"])
    op.create_index("ix_rejection_body", "rejection", ["body", "admitted_at", "reference"])
    op.execute(_FILL)
    op.create_table(
        "notice_claim",
        sa.Column("reference", _TEXT, nullable=False),
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
    op.create_table(
        "saved_view",
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("address", _TEXT, nullable=False),
        sa.Column("saved_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("person", "name", name="pk_saved_view"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_saved_view_person"),
    )
