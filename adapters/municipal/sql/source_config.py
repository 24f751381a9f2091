"""Names in an SQL case database. The defaults are those of the sample database (`docs/start/sample-data.md`)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

COLUMNS = (
    "body_code", "district", "case_number", "archive_number", "renovation_code", "paper_number", "kind", "subject",
    "issued_on", "serve_by", "revision", "recipient_kind", "recipient_id", "recipient_name", "mobile", "postal_code",
    "address", "document_name", "document",
)  # fmt: skip
"""Columns of the sample's view, which the mapping ``case-view-1`` reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumns:
    """Columns of the written table, by their contents: text but for ``seq``; times are RFC 3339 in UTC."""

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
        return tuple(getattr(self, name) for name in RESULT_FIELDS)


RESULT_FIELDS = tuple(f.name for f in fields(ResultColumns))
KEPT_FIELDS = ("reference", "state", "seq", "code")
"""Fields that the gateway itself reads back: always written, and never filled by a source's own mapping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """UPDATE statements that write back instead of ours, each run unchanged for one row, its parameters bound.

    ``result`` may name ``:row_key`` and every field of `ResultColumns`. ``refusal`` may name ``:row_key``, ``:state``
    (`REFUSED`), ``:code``, ``:reason`` and ``:updated_at``. Both may name the columns of the source's ``own`` mapping.
    """

    result: str
    refusal: str
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSourceConfig:
    """Names of a source's tables and columns.

    Rows are read from ``view``, a table or a view, or by ``query``, one SELECT, with ``columns``, ``key`` and
    ``version``. ``table`` is written, by its column ``key``, unless there are ``statements``.

    ``key`` names a row for ever: a whole number, a text or a UUID. ``version`` changes with every change of a row's
    content and grows. It is a whole number, a binary rowversion of eight octets, or a time (as such, or as a text that
    begins like RFC 3339). If there is a ``flag``, ``version`` is not read: that column of ``table`` marks the rows to
    take in (`adapters.municipal.sql.flag`). ``timeout`` is in seconds, for a statement.
    """

    view: str = "eblagh_notices"
    query: str | None = None
    table: str = "notices"
    key: str = "notice_id"
    version: str = "change_no"
    flag: str | None = None
    columns: tuple[str, ...] = COLUMNS
    results: ResultColumns = field(default_factory=ResultColumns)
    statements: Statements | None = None
    timeout: int = 60
