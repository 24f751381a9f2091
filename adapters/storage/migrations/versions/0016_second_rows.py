"""Rows that were refused as second rows of a notice are judged again: their reasons did not name the other row."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    # A row that was not seen is listed again only from the beginning: without its cursor a source is listed whole.
    op.execute(
        "DELETE FROM cursor WHERE name IN"
        " (SELECT 'listed:' || source FROM refusal WHERE refusal.code = 'notice.two-rows')"
    )
    op.execute(
        "DELETE FROM seen_row WHERE EXISTS (SELECT 1 FROM refusal WHERE refusal.code = 'notice.two-rows'"
        " AND refusal.source = seen_row.source AND refusal.row_key = seen_row.row_key)"
    )


def downgrade() -> None:
    """Nothing to take back: the rows are judged once more by whichever version runs."""
