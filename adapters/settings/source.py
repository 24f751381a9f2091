"""Case databases, as a configuration names them."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, model_validator

from adapters.settings.values import CaseDatabase, Hours, Seconds, Section


class ColumnsSection(Section):
    """Columns of the written table, by what stands in them."""

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


class SourceSection(Section):
    """A case database. ``view`` (or the SELECT in ``query_file``) is read, ``table`` is written back to, unless there
    are statements in files for that; columns as `docs/case-databases.md` shows them. ``mapping`` is the file of this
    source's own mapping, where it is not that of all.

    ``overlap`` and ``sweep_overlap`` are change numbers or seconds, whichever the column ``version`` holds.
    """

    url: CaseDatabase
    password_file: str | None = None
    write_url: CaseDatabase | None = None
    write_password_file: str | None = None
    view: str = "eblagh_notices"
    query_file: str | None = None
    key: str = "notice_id"
    version: str = "change_no"
    mapping: str | None = None
    table: str = "notices"
    columns: ColumnsSection = ColumnsSection()
    write_back_file: str | None = None
    write_refusal_file: str | None = None
    page_rows: int = Field(default=100, ge=1, le=5000)
    overlap: int = Field(default=3600, ge=0, le=10**12)
    sweep_hours: Hours = timedelta(hours=24)
    sweep_overlap: int = Field(default=30 * 86_400, ge=0, le=10**12)
    timeout_seconds: Seconds = timedelta(seconds=60)

    @model_validator(mode="after")
    def _statements_come_together(self) -> SourceSection:
        if (self.write_back_file is None) != (self.write_refusal_file is None):
            raise ValueError("write_back_file and write_refusal_file are given together")
        return self
