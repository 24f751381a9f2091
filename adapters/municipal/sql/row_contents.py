"""Contents of a row as mappings read them: its columns, files that columns name, and rows of other tables.

Files and other rows are read after the row, one row at a time, so that few documents are in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from adapters.municipal.document_folder import FileRefused
from adapters.municipal.sql.code_pages import Undecodable, decoded
from adapters.municipal.sql.engines import Engines
from adapters.municipal.sql.row_sources import octets_in, plain_value, table_or_query
from adapters.municipal.sql.source_config import RowList, SqlSourceConfig
from gateway.notice.notice import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, excess_of
from gateway.notice.source_row import RowDefect, Rows, Value, size_of

MAX_SHOWN: Final = 200
"""Characters of a file's name that a refusal shows."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Fields of a row by the names that mappings read, and what could not be read of it."""

    fields: Mapping[str, Value | Rows]
    defects: tuple[RowDefect, ...]

    @property
    def size(self) -> int:
        return size_of(self.fields)


class RowContents:
    """Reader of rows with ``columns``. ``plain`` makes values of the port from those of a driver."""

    def __init__(
        self,
        engines: Engines,
        config: SqlSourceConfig,
        columns: Sequence[str],
        plain: Callable[[Any], Value] = plain_value,
    ) -> None:
        self._engines, self._config, self._plain = engines, config, plain
        self._files = {name: column for name, column in config.files.items() if name in columns}
        self._lists = {name: each for name, each in config.lists.items() if name in columns}
        self._has_encodings = config.has_encodings
        self._kept = {config.row_key, config.key, config.version}
        self._as_utf8 = engines.reader.dialect.name == "sqlite"

    def of(self, found: Mapping[str, Any]) -> Contents:
        """Return the contents of a row of the database. Raises `GatewayError` ``source.*``."""
        defects: list[RowDefect] = []
        fields: dict[str, Value | Rows] = {
            name: self._value(name, value, defects, kept=name in self._kept) for name, value in found.items()
        }
        fields |= {
            name: self._file(name, found[column], fields[column], defects) for name, column in self._files.items()
        }
        for name, each in self._lists.items():
            fields[name] = self._list(name, each, found[self._config.key], defects)
        return Contents(fields, tuple(defects))

    def _value(self, name: str, found: Any, defects: list[RowDefect], *, kept: bool = False) -> Value:
        """Return a driver's value as one of the port's, its text decoded unless it is a key or a version."""
        value = self._plain(found)
        if not self._has_encodings:
            return value
        page = self._config.encodings.get(name) or (self._config.encoding if isinstance(value, str) else None)
        if page is None or kept or not isinstance(value, str | bytes):
            return _whole(value)
        try:
            return decoded(value, page, as_utf8=self._as_utf8)
        except Undecodable as error:
            title = f"{name}، {page}، جایگاه {error.position}"
            defects.append(RowDefect(code="notice.encoding", field=name, title=title))
            return None

    def _file(self, name: str, found: Any, file: Value | Rows, defects: list[RowDefect]) -> bytes | None:
        """Return the octets of the file that a column names; None if it names none."""
        if found is None or file in (None, ""):
            return None
        assert self._config.folder is not None, "files have a folder"
        try:
            return self._config.folder.read(str(file))
        except FileRefused as refused:
            title = f"{name}، فایل «{str(file)[:MAX_SHOWN]}»"
            defects.append(RowDefect(code=refused.code, field=name, title=title))
            return None

    def _list(self, name: str, each: RowList, key: Any, defects: list[RowDefect]) -> Rows:
        """Return the rows of a list, up to the limits of documents of a notice."""
        rows: list[dict[str, Value]] = []
        octets, before = 0, len(defects)
        for found in self._found(each, key):
            row: dict[str, Value] = {
                column: self._value(f"{name}.{column}", value, defects) for column, value in found.items()
            }
            files = {
                column: self._file(f"{name}.{column}", found[of], row[of], defects) for column, of in each.files.items()
            }
            # Octets that are decoded to texts count too: `_found` stops by them.
            octets += octets_in(found) + octets_in(files)
            row |= files
            if (code := excess_of(len(rows) + 1, octets)) is not None:
                defects.append(RowDefect(code=code, field=name, title=name))
                break
            rows.append(row)
        # A mapping meets the list, whatever column of it could not be read.
        defects[before:] = [replace(defect, field=name) for defect in defects[before:]]
        return tuple(rows)

    def _found(self, each: RowList, key: Any) -> list[Mapping[str, Any]]:
        """Return the stored columns of a list's rows, with at most two documents too many."""
        columns = [*each.columns, *each.files.values()]
        source = table_or_query(each.table, each.query, [each.of, each.order, *columns], "eblagh_list")
        query = (
            sa.select(*[source.c[column] for column in dict.fromkeys(columns)])
            .where(source.c[each.of] == sa.bindparam("of", key, sa.types.NullType()))
            .order_by(source.c[each.order])
            .limit(MAX_DOCUMENTS + 1)
        )
        found: list[Mapping[str, Any]] = []
        octets = 0
        with (
            self._engines.errors(),
            self._engines.reader.connect() as connection,
            connection.execution_options(yield_per=1).execute(query) as result,
        ):
            for row in result.mappings():
                found.append(dict(row))
                octets += octets_in(row)
                if octets > MAX_DOCUMENT_BYTES:
                    break
        return found


def _whole(value: Value) -> Value:
    """Return a text without the surrogate escapes of SQLite: a sign that the mapper refuses takes their place."""
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
