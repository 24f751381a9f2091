"""Documents that pushed rows name: without it, one could not be deleted before the JSON of every row was read."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_COLUMNS = ("source", "row_key", "digest")
_ROW = sa.table("inbox_row", *(sa.column(name, _TEXT) for name in ("source", "row_key", "fields")))
_PAGE = 500


def upgrade() -> None:
    made = op.create_table(
        "inbox_document",
        *(sa.Column(name, _TEXT, nullable=False) for name in _COLUMNS),
        sa.PrimaryKeyConstraint(*_COLUMNS, name="pk_inbox_document"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_inbox_document_digest", "inbox_document", ["digest"])
    connection = op.get_bind()
    place = sa.tuple_(_ROW.c.source, _ROW.c.row_key)
    page = sa.select(_ROW).where(_ROW.c.fields != "").order_by(_ROW.c.source, _ROW.c.row_key).limit(_PAGE)
    rows = connection.execute(page).all()
    while rows:
        named = [(row.source, row.row_key, digest) for row in rows for digest in sorted(_documents(row.fields))]
        op.bulk_insert(made, [dict(zip(_COLUMNS, each, strict=True)) for each in named])
        last = sa.tuple_(sa.literal(rows[-1].source, _TEXT), sa.literal(rows[-1].row_key, _TEXT))
        rows = connection.execute(page.where(place > last)).all()


def _documents(fields: str) -> set[str]:
    """Return the digests of the documents in a row's content, and in the rows that it holds."""
    values = list(json.loads(fields).values())
    values += [value for rows in values if isinstance(rows, list) for row in rows for value in row.values()]
    return {value["document"] for value in values if isinstance(value, dict) and "document" in value}
