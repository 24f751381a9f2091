"""The sources of an installation: the adapter of each kind, and the listener of pushed ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from math import ceil
from pathlib import Path
from typing import assert_never

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.partner import load_partner
from adapters.http.exchange import HttpService
from adapters.municipal.files.drop import FileDrop
from adapters.municipal.files.folder import DropFolder
from adapters.municipal.flagged_rows import FlaggedCases
from adapters.municipal.inbox_source import BROUGHT_ROW, InboxSource
from adapters.municipal.rest.application import RestPush
from adapters.municipal.rest.tokens import Tokens
from adapters.municipal.router import Front
from adapters.municipal.sql.columns import row_of
from adapters.municipal.sql.config import ResultColumns, SqlSourceConfig, Statements
from adapters.municipal.sql.flag import FlaggedRows
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.municipal.sql.writeback import has_further
from adapters.settings.config_folder import ConfigFolder
from adapters.settings.source import AnySource, FilesSection, RestSection, SoapSection, SqlSection
from adapters.shipped.resources import PUSH
from gateway.intake.push_result import PushTally
from gateway.mapping.model.schema import Group
from gateway.mapping.model.values import Type
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import Inbox
from gateway.trust.trust_policy import Rejection

SetAside = Callable[[str, bytes, Rejection, datetime], GatewayError | None]
"""Same as that of the SOAP endpoint, which is slow to import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Factory of sources. The caller closes a source that can be closed.

    ``columns`` returns the columns to read of a case database; it is called when one is opened. ``own`` returns the
    columns that a source's mapping of results fills. ``inbox`` is called if rows are pushed. ``set_aside`` keeps
    refused messages.
    """

    sections: Mapping[str, AnySource]
    folder: ConfigFolder
    columns: Callable[[str], Sequence[str]]
    own: Callable[[str], Sequence[str]]
    inbox: Callable[[], Inbox]
    set_aside: SetAside
    clock: Clock

    def open(
        self, name: str, columns: Sequence[str] | None = None
    ) -> SqlCaseSource | FlaggedCases | FileDrop | InboxSource:
        """Open a source; a case database reads ``columns``, or those of its mapping.

        Raises `GatewayError` if it cannot be used.
        """
        section = self.sections[name]
        match section:
            case SqlSection(flag=str()):
                return self._flagged(name, section)
            case SqlSection():
                return self._sql(name, section, self.columns(name) if columns is None else columns)
            case FilesSection():
                folder = DropFolder(self.folder.path(section.folder))
                return FileDrop(name, self.inbox(), folder, self.clock)
            case RestSection() | SoapSection():
                return InboxSource(name, self.inbox(), self.clock)
            case _:
                assert_never(section)

    def columns_there(self, name: str) -> dict[str, Type] | None:
        """Return the columns of a case database with their types; None if rows are pushed, since they may hold
        anything.
        """
        section = self.sections[name]
        if not isinstance(section, SqlSection):
            return None
        with closing(self._database(name, section)) as database:
            return database.columns()

    def row(self, name: str) -> Group:
        """Return the fields that a mapping of results may fill, as far as the configuration shows them."""
        section = self.sections[name]
        return row_of(self._config(section)) if isinstance(section, SqlSection) else BROUGHT_ROW

    def row_there(self, name: str) -> Group:
        """Return the same as the database shows them, if there is one. Raises `GatewayError` ``source.*``."""
        section = self.sections[name]
        if not isinstance(section, SqlSection):
            return BROUGHT_ROW
        with closing(self._database(name, section)) as database:
            return database.written_row()

    @property
    def pushed(self) -> list[str]:
        """Names of the sources that rows are pushed to."""
        return [name for name, each in self.sections.items() if isinstance(each, RestSection | SoapSection)]

    def certificate_files(self) -> dict[str, str]:
        """Return the files of the senders' signing certificates, by their use."""
        return {
            f"source {name} {Path(file).name}": file
            for name, each in self.sections.items()
            if isinstance(each, SoapSection)
            for file in each.certificates
        }

    def check(self, name: str) -> str:
        """Try the parts of a source beside its rows; return a summary. Raises `GatewayError`."""
        section = self.sections[name]
        match section:
            case SqlSection(flag=str()):
                with closing(self._flagged(name, section)) as source:
                    return source.check()
            case SqlSection():
                return ""
            case FilesSection():
                return FileDrop(name, self.inbox(), DropFolder(self.folder.path(section.folder)), self.clock).check()
            case RestSection():
                return f"{len(self._tokens(section).digests)} tokens"
            case SoapSection():
                anchors = [self.folder.path(file) for file in section.anchors]
                partner = load_partner(name, [self.folder.path(file) for file in section.certificates], anchors)
                switched = "; ".join(section.signature.switched)
                return ", ".join([*(each.subject for each in partner.certificates), switched or "strict"])
            case _:
                assert_never(section)

    def router(self, base: str, signer: Callable[[], Signer], tally: PushTally) -> HttpService:
        """Return a service that accepts pushed rows at ``base``; SOAP answers are signed.

        Raises `GatewayError`.
        """
        rest = {name: self._tokens(each) for name, each in self.sections.items() if isinstance(each, RestSection)}
        endpoints = {
            f"/soap/{name}": self._endpoint(name, each, base, signer(), tally)
            for name, each in self.sections.items()
            if isinstance(each, SoapSection)
        }
        contract = (PUSH / "openapi.json").read_bytes()
        push = RestPush(tokens=rest, inbox=self.inbox, clock=self.clock, contract=contract, tally=tally)
        return Front(rest=push, endpoints=endpoints)

    def _tokens(self, section: RestSection) -> Tokens:
        return Tokens.load(self.folder.path(section.tokens_file))

    def _endpoint(self, name: str, section: SoapSection, base: str, signer: Signer, tally: PushTally) -> HttpService:
        # spyne is slow to import, and most installations have no such source.
        from adapters.municipal.soap.endpoint import Behind, Sender, endpoint_of

        files = [self.folder.path(file) for file in section.certificates]
        sender = Sender(
            partner=load_partner(name, files, [self.folder.path(file) for file in section.anchors]),
            issuers=frozenset(load_certificates(file)[0].thumbprint for file in files),
            profile=section.signature.profile,
            skew=section.skew_seconds,
        )
        behind = Behind(inbox=self.inbox, set_aside=self.set_aside, tally=tally)
        return endpoint_of(name, sender, base, behind, signer, self.clock)

    def _database(self, name: str, section: SqlSection) -> SqlCaseSource | FlaggedRows:
        return self._rows(name, section) if section.flag is not None else self._sql(name, section, ())

    def _flagged(self, name: str, section: SqlSection) -> FlaggedCases:
        columns = partial(self.columns, name)
        return FlaggedCases(name, self.inbox(), self._rows(name, section), columns, self.clock)

    def _rows(self, name: str, section: SqlSection) -> FlaggedRows:
        url, write_url = self._urls(section)
        return FlaggedRows(url, self._writing(name, self._config(section)), write_url=write_url)

    def _sql(self, name: str, section: SqlSection, columns: Sequence[str]) -> SqlCaseSource:
        config = self._writing(name, self._config(section, columns))
        url, write_url = self._urls(section)
        return SqlCaseSource(name, url, config, write_url=write_url, clock=self.clock)

    def _writing(self, name: str, config: SqlSourceConfig) -> SqlSourceConfig:
        """Add the columns of the source's own mapping to the names that statements may use."""
        if config.statements is None or not has_further(config.statements):
            return config
        return replace(config, statements=replace(config.statements, own=tuple(self.own(name))))

    def _urls(self, section: SqlSection) -> tuple[str, str | None]:
        """Return the URL for reading rows, and the one for writing if that is another account."""
        write_url = section.write_url and self.folder.url(section.write_url, section.write_password_file)
        return self.folder.url(section.url, section.password_file), write_url

    def _config(self, section: SqlSection, columns: Sequence[str] = ()) -> SqlSourceConfig:
        return SqlSourceConfig(
            view=section.view,
            query=self.folder.text(section.query_file),
            table=section.table,
            key=section.key,
            version=section.version,
            flag=section.flag,
            columns=tuple(columns),
            results=ResultColumns(**section.columns.model_dump()),
            statements=self._statements(section),
            timeout=ceil(section.timeout_seconds.total_seconds()),
        )

    def _statements(self, section: SqlSection) -> Statements | None:
        result = self.folder.text(section.write_back_file)
        refusal = self.folder.text(section.write_refusal_file)
        return Statements(result=result, refusal=refusal) if result and refusal else None
