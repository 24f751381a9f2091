"""What an SQL case database calls things. The defaults are those of the sample database (`docs/sample-data.md`)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from gateway.mapping import COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumns:
    """Columns of the written table, by what stands in them: text but for ``seq``; times are RFC 3339 in UTC."""

    reference: str = "eblagh_reference"
    state: str = "eblagh_state"
    seq: str = "eblagh_seq"
    code: str = "eblagh_code"
    reason: str = "eblagh_reason"
    tracking_number: str = "eblagh_tracking"
    delivered_at: str = "delivered_at"
    viewed_at: str = "viewed_at"
    service_date: str = "service_date"
    effect: str = "service_effect"
    updated_at: str = "eblagh_updated_at"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(getattr(self, f.name) for f in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSourceConfig:
    """``view`` is read: ``columns``, and ``key`` and ``version``, which it shares with ``table``, that is written.

    ``key`` names a row for ever. ``version`` is a whole number that grows with every change of a row's content, each
    row having its own. A row must not become visible while one with a smaller number can still appear: on SQL Server
    the view compares its rowversion with ``min_active_rowversion()``. Writing results must not change it.
    """

    view: str = "eblagh_notices"
    table: str = "notices"
    key: str = "notice_id"
    version: str = "change_no"
    columns: tuple[str, ...] = COLUMNS
    results: ResultColumns = field(default_factory=ResultColumns)
