"""Names in an SQL case database. The defaults are those of the sample database (`docs/start/sample-data.md`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from adapters.municipal.document_folder import DocumentFolder

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


OWNER_KEY = "eblagh_owner"
"""Name of an owner's key among the columns of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Owners of cases: each of them makes a row of the case and its own columns.

    They stand in ``table`` or in a ``query``. ``case`` holds the case's key, ``key`` names the owner for ever, and
    ``version`` changes as the case's does. ``columns`` are theirs, by the names under which mappings read them.
    """

    case: str
    key: str
    table: str = ""
    query: str | None = None
    version: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowList:
    """Rows of another table or query that belong to a row, whose key they hold in ``of``; in the order of ``order``.

    ``columns`` are read. ``files`` are columns with the contents of files, by the column that names the file.
    """

    of: str
    order: str
    columns: tuple[str, ...]
    table: str = ""
    query: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSourceConfig:
    """Names of a source's tables and columns.

    Rows are read from ``view``, a table or a view, or by ``query``, one SELECT, with ``columns``, ``key`` and
    ``version``. ``table`` is written, by its column ``key``, unless there are ``statements``.

    ``key`` names a row for ever: a whole number, a text or a UUID. ``version`` changes with every change of a row's
    content and grows. It is a whole number, a binary rowversion of eight octets, or a time (as such, or as a text that
    begins like RFC 3339). If there is a ``flag``, ``version`` is not read: that column of ``table`` marks the rows to
    take in (`adapters.municipal.sql.flag`). ``timeout`` is in seconds, for a statement.

    ``table_key`` is the key's column in ``table``; ``flag_table`` and ``flag_key`` are those of the flag, if it stands
    elsewhere. ``owners`` make several rows of a case. ``files`` are columns with the contents of files in ``folder``,
    by the column that names the file; ``lists`` are columns with rows of other tables. Texts are in the code page
    ``encoding``, or in that of their column in ``encodings`` (``LIST.COLUMN`` in a list).
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
    table_key: str | None = None
    flag_table: str | None = None
    flag_key: str | None = None
    owners: Owners | None = None
    folder: DocumentFolder | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, RowList] = field(default_factory=dict)
    encoding: str | None = None
    encodings: Mapping[str, str] = field(default_factory=dict)

    @property
    def row_key(self) -> str:
        """Column of a row's key: the owner's, if there are owners."""
        return self.key if self.owners is None else OWNER_KEY

    @property
    def written_key(self) -> str:
        """Column of a row's key in ``table``."""
        return self.table_key or (self.key if self.owners is None else self.owners.key)

    @property
    def flag_place(self) -> tuple[str, str]:
        """Table of the flag, and its column of keys: of cases, if there are owners."""
        usual = self.written_key if self.owners is None and self.flag_table is None else self.key
        return self.flag_table or self.table, self.flag_key or usual

    @property
    def has_encodings(self) -> bool:
        return self.encoding is not None or bool(self.encodings)

    def read_columns(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Return the columns of the database from which those of a mapping are made, and the case's key."""
        stored = [self.files.get(name, name) for name in columns if name not in self.lists]
        return tuple(dict.fromkeys([self.row_key, self.key, *stored]))
