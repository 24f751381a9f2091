"""The sources of an installation: which adapter serves which kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import assert_never

from adapters.config_folder import ConfigFolder
from adapters.municipal.files.drop import FileDrop
from adapters.municipal.files.folder import DropFolder
from adapters.municipal.inbox_source import InboxSource
from adapters.municipal.sql_config import ResultColumns, SqlSourceConfig, Statements
from adapters.municipal.sql_source import SqlCaseSource
from adapters.settings.source import AnySource, FilesSection, RestSection, SoapSection, SqlSection
from gateway.clock import Clock
from gateway.inbox import Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """``inbox`` is asked for where rows are brought; whoever opens a source closes it, if it can be."""

    sections: Mapping[str, AnySource]
    folder: ConfigFolder
    inbox: Callable[[], Inbox]
    clock: Clock

    def open(self, name: str) -> SqlCaseSource | FileDrop | InboxSource:
        """Return a source. Raises `GatewayError` for what cannot be used."""
        section = self.sections[name]
        match section:
            case SqlSection():
                return self._sql(name, section)
            case FilesSection():
                folder = DropFolder(self.folder.path(section.folder))
                return FileDrop(name, self.inbox(), folder, self.clock)
            case RestSection() | SoapSection():
                return InboxSource(name, self.inbox(), self.clock)
            case _:
                assert_never(section)

    def _sql(self, name: str, section: SqlSection) -> SqlCaseSource:
        folder = self.folder
        config = SqlSourceConfig(
            view=section.view,
            query=folder.text(section.query_file),
            table=section.table,
            key=section.key,
            version=section.version,
            results=ResultColumns(**section.columns.model_dump()),
            statements=self._statements(section),
            timeout=ceil(section.timeout_seconds.total_seconds()),
        )
        url = folder.url(section.url, section.password_file)
        write_url = section.write_url and folder.url(section.write_url, section.write_password_file)
        return SqlCaseSource(name, url, config, write_url=write_url, clock=self.clock)

    def _statements(self, section: SqlSection) -> Statements | None:
        result = self.folder.text(section.write_back_file)
        refusal = self.folder.text(section.write_refusal_file)
        return Statements(result=result, refusal=refusal) if result and refusal else None
