"""Time until which a recovery covers what was written by a clock that is ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_RECOVERY = sa.table("recovery", *(sa.column(name, _TEXT) for name in ("epoch", "ended_at", "covers_until")))
_CLOCKS_DIFFER = timedelta(minutes=10)


def upgrade() -> None:
    op.add_column("recovery", sa.Column("covers_until", _TEXT))
    connection = op.get_bind()
    ended = sa.select(_RECOVERY.c.epoch, _RECOVERY.c.ended_at).where(_RECOVERY.c.ended_at.is_not(None))
    for row in connection.execute(ended).all():
        covers = datetime.fromisoformat(row.ended_at) + _CLOCKS_DIFFER
        text = covers.isoformat(timespec="microseconds").replace("+00:00", "Z")
        connection.execute(sa.update(_RECOVERY).where(_RECOVERY.c.epoch == row.epoch).values(covers_until=text))
