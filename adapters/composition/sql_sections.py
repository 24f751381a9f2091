"""Case databases as the configuration names them: the settings of the adapter, and the rows that it shows."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from adapters.municipal.document_folder import DocumentFolder
from adapters.municipal.inbox_source import BROUGHT_ROW
from adapters.municipal.sql.columns import row_of
from adapters.municipal.sql.source_config import Owners, ResultColumns, RowList, SqlSourceConfig, Statements
from adapters.settings.config_folder import ConfigFolder
from adapters.settings.source import AnySource, ListSection, OwnersSection, SqlSection
from gateway.mapping.model.schema import Group


def configured_row(section: AnySource, folder: ConfigFolder) -> Group:
    """Return the fields that a mapping of results may fill, as far as the configuration shows them."""
    return row_of(sql_config(section, folder)) if isinstance(section, SqlSection) else BROUGHT_ROW


def sql_config(section: SqlSection, folder: ConfigFolder, columns: Sequence[str] = ()) -> SqlSourceConfig:
    """Return the settings of a case database that reads ``columns``."""
    result, refusal = folder.text(section.write_back_file), folder.text(section.write_refusal_file)
    return SqlSourceConfig(
        view=section.view,
        query=folder.text(section.query_file),
        table=section.table,
        key=section.key,
        version=section.version,
        flag=section.flag,
        columns=tuple(columns),
        results=ResultColumns(**section.columns.model_dump()),
        statements=Statements(result=result, refusal=refusal) if result and refusal else None,
        timeout=ceil(section.timeout_seconds.total_seconds()),
        table_key=section.table_key,
        flag_table=section.flag_table,
        flag_key=section.flag_key,
        owners=None if (owners := section.owners) is None else _owners(owners, folder),
        folder=None if (papers := section.document_folder) is None else DocumentFolder(folder.path(papers.path)),
        files={} if papers is None else papers.files,
        lists={name: _list(each, folder) for name, each in section.lists.items()},
        encoding=section.encoding,
        encodings=section.encodings,
    )


def _owners(section: OwnersSection, folder: ConfigFolder) -> Owners:
    return Owners(
        case=section.case,
        key=section.key,
        table=section.table,
        query=folder.text(section.query_file),
        version=section.version,
        columns=section.columns,
    )


def _list(section: ListSection, folder: ConfigFolder) -> RowList:
    return RowList(
        of=section.of,
        order=section.order,
        columns=tuple(section.columns),
        table=section.table,
        query=folder.text(section.query_file),
        files=section.files,
    )


def sql_urls(section: SqlSection, folder: ConfigFolder) -> tuple[str, str | None]:
    """Return the URL for reading rows, and the one for writing if that is another account; both with passwords."""
    write_url = section.write_url and folder.url(section.write_url, section.write_password_file)
    return folder.url(section.url, section.password_file), write_url
