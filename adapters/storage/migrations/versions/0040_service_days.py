"""Days of arrival, viewing and statement in the search: deadlines are found by them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_DAYS = ("arrived_on", "viewed_on", "stated_on")

_ARRIVED = (
    "COALESCE(o.delivered_at, CASE WHEN o.viewed_at IS NULL OR o.legal_service_at < o.viewed_at"
    " THEN o.legal_service_at ELSE o.viewed_at END)"
)
_FILL = """
UPDATE search_notice SET arrived_on = {arrived}, viewed_on = {viewed}, stated_on = {stated}
FROM outbox o WHERE o.reference = search_notice.reference
AND (o.delivered_at IS NOT NULL OR o.viewed_at IS NOT NULL OR o.legal_service_at IS NOT NULL)
"""
_CIVIL_DAY = {
    # Tehran has had one offset since 1401.
    "sqlite": "date({}, '+210 minutes')",
    "postgresql": "to_char((({})::timestamptz AT TIME ZONE 'UTC') + interval '210 minutes', 'YYYY-MM-DD')",
}


def filling(dialect: str) -> str:
    """Return the statement that writes the days of the notices that have some."""
    day = _CIVIL_DAY[dialect].format
    return _FILL.format(arrived=day(_ARRIVED), viewed=day("o.viewed_at"), stated=day("o.legal_service_at"))


def upgrade() -> None:
    for name in _DAYS:
        op.add_column("search_notice", sa.Column(name, _TEXT))
    op.execute(filling(op.get_bind().dialect.name))
    for name in _DAYS:
        known = sa.text(f"{name} IS NOT NULL")
        others = [other for other in _DAYS if other != name]
        op.create_index(
            f"ix_search_notice_{name}",
            "search_notice",
            ["facet", name, *others],
            sqlite_where=known,
            postgresql_where=known,
        )
