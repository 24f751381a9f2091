"""The sources of an installation: the adapter of each kind, its checks, and the listener of pushed ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from adapters.composition.mappings import current_mapper, current_results
from adapters.composition.sql_sections import sql_config, sql_urls
from adapters.contracts.mapping_files import columns_as_source, read_mapping
from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.partner import load_partner
from adapters.http.http_service import HttpService
from adapters.municipal.document_folder import DocumentFolder
from adapters.municipal.entered_notices import EnteredNotices
from adapters.municipal.files.drop import FileDrop
from adapters.municipal.files.drop_folder import DropFolder
from adapters.municipal.flagged_rows import FlaggedCases
from adapters.municipal.inbox_source import BROUGHT_ROW, InboxSource
from adapters.municipal.push_router import PushRouter
from adapters.municipal.rest.case_api import CaseApi, CaseApiSettings
from adapters.municipal.rest.pulled_cases import CaseNames, PulledCases
from adapters.municipal.rest.push_application import RestPush
from adapters.municipal.rest.tokens import Tokens
from adapters.municipal.sql.columns import Columns
from adapters.municipal.sql.flag import FlaggedRows
from adapters.municipal.sql.source_config import KEPT_FIELDS, RESULT_FIELDS, SqlSourceConfig
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.municipal.sql.writeback import has_further
from adapters.settings import Settings, place_of
from adapters.settings.mapping_file import file_of
from adapters.settings.source import ByHandSection, FilesSection, PullSection, RestSection, SoapSection, SqlSection
from adapters.shipped.resources import PUSH
from gateway.intake.push_result import PushTally
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.kind_catalogue import ROW_TO_NOTICE
from gateway.mapping.model.schema import Group
from gateway.mapping.program.program import Program
from gateway.mapping.result_mapper import ResultMapper
from gateway.quarantine.quarantine import keep_message
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection
from gateway.versions.version_plans import Named

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

OpenedSource = SqlCaseSource | FlaggedCases | PulledCases | FileDrop | InboxSource


def case_source(installation: Installation, name: str, columns: Sequence[str] | None = None) -> OpenedSource:
    """Open a source; its connections close with the installation.

    A case database reads ``columns``, or those of its mapping. Raises `GatewayError` if it cannot be used.
    """
    if installation.ports is not None:
        supplied: InboxSource = installation.ports.source(name)
        return supplied
    source = _source(installation, name, columns)
    return installation.hold(source) if isinstance(source, SqlCaseSource | FlaggedCases | PulledCases) else source


@contextmanager
def open_source(installation: Installation, name: str, columns: Sequence[str] | None = None) -> Iterator[OpenedSource]:
    """Open a source as `case_source` does while the block runs; its connections close with the block."""
    source = _source(installation, name, columns)
    try:
        yield source
    finally:
        if isinstance(source, SqlCaseSource | FlaggedCases | PulledCases):
            source.close()


def _source(installation: Installation, name: str, columns: Sequence[str] | None) -> OpenedSource:
    section = installation.settings.sources[name]
    match section:
        case SqlSection(flag=str()):
            return _flagged(installation, name, section)
        case SqlSection():
            read = current_mapper(installation, name).columns if columns is None else columns
            return _sql(installation, name, section, read)
        case FilesSection():
            return _drop(installation, name, section)
        case PullSection():
            return _pulled(installation, name, section)
        case RestSection() | SoapSection():
            return InboxSource(name, installation.store().inbox, installation.clock)
        case ByHandSection():
            store = installation.store()
            return EnteredNotices(name, store.inbox, store.drafts, installation.clock)
        case _:
            assert_never(section)


def check_source(installation: Installation, name: str) -> str:
    """Try the parts of a source beside its rows; return a summary. Raises `GatewayError`."""
    section, path = installation.settings.sources[name], installation.folder.path
    match section:
        case SqlSection(flag=str()):
            with closing(_flagged(installation, name, section)) as source:
                return "; ".join(filter(None, [source.check(), _check_folder(installation, section)]))
        case SqlSection():
            return _check_folder(installation, section)
        case FilesSection():
            return _drop(installation, name, section).check()
        case RestSection():
            return f"{len(Tokens.load(path(section.tokens_file)).digests)} tokens"
        case PullSection():
            return section.url
        case ByHandSection():
            return f"{len(section.bodies)} bodies"
        case SoapSection():
            anchors = [path(file) for file in section.anchors]
            partner = load_partner(name, [path(file) for file in section.certificates], anchors)
            switched = "; ".join(section.signature.switched)
            return ", ".join([*(each.subject for each in partner.certificates), switched or "strict"])
        case _:
            assert_never(section)


def _check_folder(installation: Installation, section: SqlSection) -> str:
    """Try the folder of papers, if there is one. Raises `GatewayError` ``source.unavailable``."""
    if section.document_folder is None:
        return ""
    folder = DocumentFolder(installation.folder.path(section.document_folder.path))
    folder.check()
    return f"papers in {folder.path}"


def known_columns(installation: Installation, name: str) -> dict[str, Columns] | None:
    """Return the columns of a case database with their types; None if rows are pushed, since they may hold
    anything.
    """
    section = installation.settings.sources[name]
    if not isinstance(section, SqlSection):
        return None
    with closing(_database(installation, name, section)) as database:
        return database.columns()


def known_row(installation: Installation, name: str) -> Group:
    """Return the fields that a mapping of results may fill, as the database shows them, if there is one.

    Raises `GatewayError` ``source.*``.
    """
    section = installation.settings.sources[name]
    if not isinstance(section, SqlSection):
        return BROUGHT_ROW
    with closing(_database(installation, name, section)) as database:
        return database.written_row()


def assert_written_columns(installation: Installation, name: str) -> None:
    """Raise `GatewayError` ``source.schema`` if the table lacks a column into which results are written.

    Beside a mapping of results only the columns are wanted that the gateway reads back, and those that the
    configuration names. Statements of an administrator are not looked at.
    """
    section = installation.settings.sources[name]
    if not isinstance(section, SqlSection) or section.write_back_file is not None:
        return
    wanted = RESULT_FIELDS if current_results(installation, name) is None else KEPT_FIELDS
    there = {column.casefold() for column in known_row(installation, name).members}
    for field in RESULT_FIELDS:
        column = getattr(section.columns, field)
        if column.casefold() not in there and (field in wanted or field in section.columns.model_fields_set):
            key = ("sources", name, "columns", field)
            where = f"{place_of(installation.file, *key)}, {'.'.join(key)}"
            raise GatewayError("source.schema", where=where, detail=f"{section.table} has no column {column}")


def assert_mappable(installation: Installation, source: str, octets: bytes, label: str) -> Program:
    """Compile a mapping of a source's rows against the columns of its database. Raises `GatewayError`."""
    columns = known_columns(installation, source)
    known = None if columns is None else columns_as_source(columns)
    return compile_mapping(octets, label, kind=ROW_TO_NOTICE.name, source=known)


def assert_results(installation: Installation, source: str, octets: bytes, label: str) -> None:
    """Compile a mapping of results against the database's columns. Raises `GatewayError`."""
    ResultMapper.of(octets, label, known_row(installation, source))


def named_mapping(installation: Installation, source: str, subject: Subject) -> Named | None:
    """Return the mapping that the configuration names for a source, compiled once against its columns.

    None if it names no mapping of results, and for other subjects. Raises `GatewayError`.
    """
    if not subject.has_sources:
        return None
    path = file_of(subject, installation.settings, installation.folder, source)
    if path is None:
        return None
    octets = read_mapping(path)
    if subject is Subject.ROWS:
        assert_mappable(installation, source, octets, str(path))
    else:
        assert_results(installation, source, octets, str(path))
    return Named(name=path.stem, octets=octets)


def pushed_sources(settings: Settings) -> list[str]:
    """Return the names of the sources that rows are pushed to."""
    return [name for name, each in settings.sources.items() if isinstance(each, RestSection | SoapSection)]


def push_router(installation: Installation, base: str, tally: PushTally) -> HttpService:
    """Return the service of the municipal listener, at the address ``base`` of its server: pushed rows, data sharing.

    Raises `GatewayError`.
    """
    # It computes deadlines, for which most installations need nothing here.
    from adapters.composition.sharing.shared_notices import sharing_service

    installation.assert_allowed()
    sections, path = installation.settings.sources, installation.folder.path
    rest = {
        name: Tokens.load(path(each.tokens_file)) for name, each in sections.items() if isinstance(each, RestSection)
    }
    endpoints = {
        f"/soap/{name}": _endpoint(installation, name, each, installation.settings.push.url or base, tally)
        for name, each in sections.items()
        if isinstance(each, SoapSection)
    }
    contract = (PUSH / "openapi.json").read_bytes()
    inbox = lambda: installation.store().inbox  # noqa: E731
    push = RestPush(tokens=rest, inbox=inbox, clock=installation.clock, contract=contract, tally=tally)
    return PushRouter(rest=push, endpoints=endpoints, sharing=sharing_service(installation))


def _endpoint(installation: Installation, name: str, section: SoapSection, base: str, tally: PushTally) -> HttpService:
    # spyne is slow to import, and most installations have no such source.
    from adapters.municipal.soap.source_endpoint import Behind, Sender, endpoint_of

    files = [installation.folder.path(file) for file in section.certificates]
    sender = Sender(
        partner=load_partner(name, files, [installation.folder.path(file) for file in section.anchors]),
        issuers=frozenset(load_certificates(file)[0].thumbprint for file in files),
        profile=section.signature.profile,
        skew=section.skew_seconds,
    )

    def set_aside(source: str, octets: bytes, refusal: Rejection, now: datetime) -> GatewayError | None:
        origin = installation.settings.gateway.name
        return keep_message(installation.store(), octets, refusal, source, origin, now)

    behind = Behind(inbox=lambda: installation.store().inbox, set_aside=set_aside, tally=tally)
    return endpoint_of(name, sender, base, behind, installation.transport, installation.clock)


def _drop(installation: Installation, name: str, section: FilesSection) -> FileDrop:
    folder = DropFolder(installation.folder.path(section.folder))
    return FileDrop(name, installation.store().inbox, folder, installation.clock)


def _pulled(installation: Installation, name: str, section: PullSection) -> PulledCases:
    folder = installation.folder
    settings = CaseApiSettings(
        name=name,
        url=section.url,
        token=lambda: folder.header(section.token_file),
        anchors=None if section.anchors is None else folder.path(section.anchors),
        timeout=section.timeout_seconds,
        loopback_only=installation.loopback_only,
    )
    names = CaseNames(
        case=section.case,
        version=section.version,
        parties=section.parties,
        party=section.party,
        party_prefix=section.party_prefix,
        documents=section.documents,
    )
    return PulledCases(name, CaseApi(settings), names, installation.clock)


def _database(installation: Installation, name: str, section: SqlSection) -> SqlCaseSource | FlaggedRows:
    if section.flag is not None:
        return _flagged_rows(installation, name, section)
    return _sql(installation, name, section, ())


def _flagged(installation: Installation, name: str, section: SqlSection) -> FlaggedCases:
    columns = lambda: current_mapper(installation, name).columns  # noqa: E731 - asked anew by each pass
    rows = _flagged_rows(installation, name, section)
    return FlaggedCases(name, installation.store().inbox, rows, columns, installation.clock)


def _flagged_rows(installation: Installation, name: str, section: SqlSection) -> FlaggedRows:
    url, write_url = sql_urls(section, installation.folder)
    return FlaggedRows(url, _config(installation, name, section, ()), write_url=write_url)


def _sql(installation: Installation, name: str, section: SqlSection, columns: Sequence[str]) -> SqlCaseSource:
    config = _config(installation, name, section, columns)
    url, write_url = sql_urls(section, installation.folder)
    return SqlCaseSource(name, url, config, write_url=write_url, clock=installation.clock)


def _config(installation: Installation, name: str, section: SqlSection, columns: Sequence[str]) -> SqlSourceConfig:
    """Return a case database's settings; statements may use the columns of the source's own mapping of results."""
    config = sql_config(section, installation.folder, columns)
    if config.statements is None or not has_further(config.statements):
        return config
    mapper = current_results(installation, name)
    own = () if mapper is None else tuple(mapper.columns)
    return replace(config, statements=replace(config.statements, own=own))


def unconfigured_sources(installation: Installation) -> list[GatewayError]:
    """Return an error for each source that is not in the configuration, and into whose rows results are to be written.

    Raises `GatewayError` ``store.*``.
    """
    waiting = installation.store().tallies.unwritten_by_source()
    left = {name: count for name, count in waiting.items() if name not in installation.settings.sources}
    return [GatewayError("source.unconfigured", where=name, detail=f"{count} rows") for name, count in left.items()]
