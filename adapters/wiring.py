"""Constructs everything: the one file that knows which adapter serves which port."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from math import ceil
from pathlib import Path
from typing import Protocol, TypedDict, TypeVar, assert_never

from adapters.archive.zip_writer import ZipFolder
from adapters.config_folder import ConfigFolder
from adapters.crypto.certificate import Certificate, load_certificates, read_pem
from adapters.crypto.document import DocumentVerifier
from adapters.crypto.json_schema import MessageSchema
from adapters.crypto.jws import JwsVerifier
from adapters.crypto.keys import Signer, load_signer
from adapters.crypto.libraries import assert_one_libxml2
from adapters.crypto.message import MessageVerifier
from adapters.crypto.names import RECEIPT
from adapters.crypto.note import NoteSigner, load_note_signer
from adapters.crypto.partner import Partner, load_partner
from adapters.crypto.sealing import NoticeSealer
from adapters.crypto.xml import load_schema
from adapters.guard import violations
from adapters.judiciary import contract
from adapters.judiciary.binding import Binding
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.judiciary.mapped.courier import MappedCourier
from adapters.judiciary.operations import OPERATIONS
from adapters.judiciary.receipt_judge import SignedReceiptJudge
from adapters.judiciary.rest_binding import RestBinding
from adapters.judiciary.rest_courier import RestCourier
from adapters.judiciary.signed_courier import CourierSettings
from adapters.judiciary.soap_courier import SoapCourier
from adapters.mapped_contract import mapped_contract, mapped_receipt_judge
from adapters.mapping_files import case_program, columns_as_source
from adapters.municipal.sql_config import ResultColumns, SqlSourceConfig, Statements
from adapters.municipal.sql_source import SqlCaseSource
from adapters.policies import Policies, archive_section
from adapters.resources import CASE_MAPPING, NOTICE_SCHEMA, RECEIPT_SCHEMA, SCHEMAS
from adapters.schedule.clock_gate import ClockGate
from adapters.schedule.gate import Gate
from adapters.settings import (
    IN_DATABASE,
    PAYLOAD_FOLDER,
    JudiciaryProfile,
    KeyPair,
    ProtocolName,
    Settings,
    SourceSection,
    TimeAuthoritySection,
    load,
    load_profile,
)
from adapters.settings.signature import AnswerSignature
from adapters.storage.duties import duties_of
from adapters.storage.payloads import DatabasePayloads, PayloadStore
from adapters.storage.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from adapters.storage.witness import Witness
from adapters.timestamp.http_authority import AuthoritySettings, HttpTimeAuthority
from gateway.act import Act
from gateway.clock import Clock, steady_clock, system_clock
from gateway.courier import Courier
from gateway.duty import Duties
from gateway.envelope import Sealer
from gateway.errors import GatewayError
from gateway.mapping import BodyConfig
from gateway.mapping.case_mapper import BySource, CaseMapper
from gateway.mapping.program import Program
from gateway.reconciliation.reconcile import Ledgers
from gateway.reconciliation.standing import Ask
from gateway.release import Judged, release
from gateway.stored import Quarantined
from gateway.timekeeping import Steady, Timekeeper
from gateway.timestamping import InOrder, TimeAuthority
from gateway.tray import ReceiptJudge

T = TypeVar("T")


class Closeable(Protocol):
    """What holds connections."""

    def close(self) -> None: ...


Held = TypeVar("Held", bound=Closeable)


class _Sides(TypedDict):
    """What every courier stands between."""

    channel: Channel
    signer: Signer
    clock: Clock
    timekeeper: Timekeeper


class Watch(Protocol):
    """Returns a stand-in for ``watched`` whose methods are timed: all as ``stage``, or some as stages of their own."""

    def __call__(self, watched: T, stage: str | None = None, **stages: str) -> T: ...


def unwatched(watched: T, stage: str | None = None, **stages: str) -> T:  # noqa: ARG001 - a `Watch`
    """Return ``watched`` itself."""
    return watched


@dataclass(frozen=True)
class Installation:
    """A configuration file and what it names; each method constructs one part and may refuse it by its own error.

    What holds connections is closed by `close`, the store among them: there is one of it, for every thread.
    """

    settings: Settings
    file: Path
    clock: Clock = system_clock
    steady: Steady = steady_clock
    _opened: ExitStack = field(default_factory=ExitStack, init=False, repr=False, compare=False)
    _programs: dict[Path, Program] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, config: Path) -> Installation:
        """Read ``config``. Raises `GatewayError` ``config.*``."""
        assert_one_libxml2()
        return cls(load(config, Settings), config.resolve())

    def close(self) -> None:
        """Give back every connection."""
        self._opened.close()

    @property
    def base(self) -> Path:
        """What paths in the file are relative to."""
        return self.file.parent

    @property
    def folder(self) -> ConfigFolder:
        return ConfigFolder(self.base)

    @property
    def owner(self) -> str:
        """This process's name in leases."""
        return f"{socket.gethostname()}/{os.getpid()}"

    def violations(self) -> list[GatewayError]:
        """What the file's environment forbids."""
        return violations(self.settings, self.file)

    def assert_allowed(self) -> None:
        """Raise the first of the `violations`: nothing is sealed or sent, and nobody is asked, past the guard."""
        for violation in self.violations():
            raise violation

    def store_url(self) -> str:
        """Return where the store is, its password with it."""
        section = self.settings.gateway
        return self.folder.url(section.store, section.store_password_file)

    def store(self) -> SqlStore:
        return self._store

    @cached_property
    def _store(self) -> SqlStore:
        timeout = self._store_timeout
        return self._hold(SqlStore.open(self.store_url(), self.payloads(), self.witness(), timeout=timeout))

    @property
    def _store_timeout(self) -> float:
        return self.settings.gateway.store_timeout_seconds.total_seconds()

    def witness(self) -> Witness:
        """Where this machine remembers the store."""
        return Witness(self.folder.path(self.settings.gateway.state))

    def payloads(self) -> PayloadStore:
        """Where new payloads go. Those of an earlier setting are read where they are, or in the usual folder."""
        place = self.settings.gateway.payloads
        if place == IN_DATABASE:
            return DatabasePayloads(self.folder.path(PAYLOAD_FOLDER))
        return SegmentPayloads(self.folder.path(place))

    def duties(self) -> Duties:
        return self._hold(duties_of(self.store_url(), timeout=self._store_timeout))

    @cached_property
    def timekeeper(self) -> Timekeeper:
        return Timekeeper(self.clock, self.steady, self.settings.clock_tolerance)

    @cached_property
    def clock_gate(self) -> ClockGate:
        """What gives leave to passes whose times are signed or counted."""
        return ClockGate(self.store, self.timekeeper)

    @cached_property
    def policies(self) -> Policies:
        """What the configuration tells passes."""
        return Policies(
            settings=self.settings, profile=self.profile, owner=self.owner, call_duties=lambda: self._call_duties
        )

    @cached_property
    def _call_duties(self) -> Duties:
        return self.duties()

    def gate(self) -> Gate:
        """What gives leave to passes, unless a person stopped everything."""
        return Gate(self.store, self.clock, self.settings.gateway.name)

    def source(self, name: str, columns: Sequence[str] | None = None) -> SqlCaseSource:
        """Return a case database. It reads the ``columns``, or those of its mapping."""
        section, folder = self.settings.sources[name], self.folder
        config = SqlSourceConfig(
            view=section.view,
            query=folder.text(section.query_file),
            table=section.table,
            key=section.key,
            version=section.version,
            columns=tuple(columns) if columns is not None else self.program(name).columns,
            results=ResultColumns(**section.columns.model_dump()),
            statements=self._statements(section),
            timeout=ceil(section.timeout_seconds.total_seconds()),
        )
        url = folder.url(section.url, section.password_file)
        write_url = section.write_url and folder.url(section.write_url, section.write_password_file)
        return self._hold(SqlCaseSource(name, url, config, write_url=write_url, clock=self.clock))

    @cached_property
    def transport_signer(self) -> Signer:
        return self._signer(self.settings.transport)

    def seal_signer(self, code: str) -> Signer:
        return self._signer(self.settings.bodies[code].seal)

    def certificates(self) -> dict[str, Callable[[], Certificate]]:
        """What loads each certificate in use, by its use; no key is read. Each may be refused by its own error."""
        return {use: partial(self._certificate, file) for use, file in self._certificate_files().items()}

    def _certificate_files(self) -> dict[str, str]:
        judiciary = self.settings.judiciary
        files = {"transport": self.settings.transport.certificate}
        files |= {f"seal {code}": body.seal.certificate for code, body in self.settings.bodies.items()}
        theirs = [*judiciary.certificates, *judiciary.receipt_certificates]
        return files | {f"judiciary {Path(file).name}": file for file in theirs}

    @cached_property
    def judiciary(self) -> Partner:
        section, path = self.settings.judiciary, self.folder.path
        files = [*section.certificates, *section.receipt_certificates]
        return load_partner(section.destination, [path(p) for p in files], [path(p) for p in section.anchors])

    @cached_property
    def profile(self) -> JudiciaryProfile:
        """What the judiciary's service is like. Raises `GatewayError` ``profile.*``, ``config.*``."""
        profile, section = load_profile(self.settings.judiciary.profile, self.base), self.settings.judiciary
        if profile.file.protocol is ProtocolName.REST:
            switches = [line for line in section.signature.switched if not line.startswith("algorithms ")]
            if foreign := ["wsdl"] * (section.wsdl is not None) + switches:
                where = f"{self.file}, [judiciary]"
                raise GatewayError("profile.unsupported", where=where, detail=f"{foreign[0]}: is about SOAP alone")
        return profile

    @property
    def signature(self) -> AnswerSignature:
        """How the judiciary signs its answers."""
        return self.profile.signature(self.settings.judiciary.signature)

    @cached_property
    def binding(self) -> Binding | RestBinding | MappedContract:
        """The judiciary's contract. Raises `GatewayError` ``courier.contract``, ``mapping.*``."""
        profile, wsdl = self.profile, self.settings.judiciary.wsdl
        match profile.file.protocol:
            case ProtocolName.SOAP:
                return self._soap_binding(self.folder.path(wsdl) if wsdl else profile.service)
            case ProtocolName.REST:
                return RestBinding(profile.service, OPERATIONS)
            case ProtocolName.MAPPED:
                return mapped_contract(profile)
            case _:
                assert_never(profile.file.protocol)

    def _soap_binding(self, wsdl: Path) -> Binding:
        return Binding(wsdl, contract.NAMESPACE, OPERATIONS)

    def courier(self, watch: Watch = unwatched) -> Courier:
        self.assert_allowed()
        section, profile = self.settings.judiciary, self.profile
        channel = self._hold(
            Channel(
                section.endpoint,
                section.timeout_seconds,
                loopback_only=self.settings.gateway.environment == "development",
                headers=profile.file.security.headers,
            )
        )
        settings = CourierSettings(
            destination=section.destination,
            endpoint=section.endpoint,
            issuers=self._thumbprints(section.certificates),
            lifetime=section.lifetime_seconds,
            skew=section.skew_seconds,
            codes=profile.codes,
        )
        sides = _Sides(
            channel=watch(channel, "send"),
            signer=self.transport_signer,
            clock=self.clock,
            timekeeper=self.timekeeper,
        )
        match binding := self.binding:
            case Binding():
                return SoapCourier(
                    settings,
                    binding=watch(binding, "build"),
                    schema=load_schema(profile.messages),
                    verifier=MessageVerifier(self.judiciary, profile=self.signature.profile),
                    **sides,
                )
            case RestBinding():
                return RestCourier(
                    settings,
                    binding=watch(binding, "build"),
                    schema=MessageSchema(profile.messages),
                    verifier=JwsVerifier(self.judiciary, profile=self.signature.profile),
                    **sides,
                )
            case MappedContract():
                return MappedCourier(
                    settings,
                    contract=watch(binding, "build"),
                    verifier=MessageVerifier(self.judiciary, profile=self.signature.profile, soap=binding.soap),
                    **sides,
                )
            case _:
                assert_never(binding)

    def receipt_judge(self) -> ReceiptJudge:
        section, binding = self.settings.judiciary, self.binding
        issuers = self._thumbprints(section.receipt_certificates)
        if isinstance(binding, MappedContract):
            return mapped_receipt_judge(self.profile, binding, self.judiciary, issuers, section.skew_seconds)
        verifier = DocumentVerifier(self.judiciary, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
        return SignedReceiptJudge(verifier, issuers, section.skew_seconds)

    @cached_property
    def note_signer(self) -> NoteSigner:
        section, folder = archive_section(self.settings), self.folder
        password = folder.secret(section.password_file, "key.unreadable")
        return load_note_signer(folder.path(section.key), section.origin, password)

    def time_authority(self) -> TimeAuthority | None:
        """Those of the archive, in order of preference; None where none is configured."""
        found = self.time_authorities()
        return InOrder(found) if found else None

    def time_authorities(self) -> list[TimeAuthority]:
        self.assert_allowed()
        loopback_only = self.settings.gateway.environment == "development"
        return [
            self._hold(HttpTimeAuthority(self._authority(section, loopback_only=loopback_only), self.clock))
            for section in archive_section(self.settings).time_authorities
        ]

    def _authority(self, section: TimeAuthoritySection, *, loopback_only: bool) -> AuthoritySettings:
        return AuthoritySettings(
            name=section.name,
            url=section.url,
            anchors=[each for file in section.anchors for each in read_pem(self.folder.path(file))],
            between=[each for file in section.between for each in read_pem(self.folder.path(file))],
            policy=section.policy,
            timeout=section.timeout_seconds,
            tolerance=section.tolerance_seconds,
            loopback_only=loopback_only,
        )

    def archive_folder(self) -> ZipFolder:
        path = self.folder.path(archive_section(self.settings).folder)
        return ZipFolder(path, self._archived_certificates, self.note_signer.verifier)

    def _archived_certificates(self) -> dict[str, bytes]:
        """The files of certificates in use on either side, by names that a segment may hold."""
        files = {use: self.folder.path(file) for use, file in self._certificate_files().items()}
        for path in files.values():
            load_certificates(path)  # refused by its name, and nothing but certificates goes into an archive
        return {re.sub("[^a-z0-9]+", "-", use.lower()).strip("-"): path.read_bytes() for use, path in files.items()}

    def sealer(self) -> Sealer:
        self.assert_allowed()
        signers = {code: self.seal_signer(code) for code in self.settings.bodies}
        sealer = NoticeSealer(signers, load_schema(NOTICE_SCHEMA, SCHEMAS))
        binding = self.binding
        return ContractSealer(sealer, binding) if isinstance(binding, MappedContract) else sealer

    def mapping_file(self, source: str) -> Path:
        """Return where the mapping of a source's rows stands."""
        named = self.settings.sources[source].mapping or self.settings.mapping.file
        return self.folder.path(named) if named else CASE_MAPPING

    def program(self, source: str) -> Program:
        """Return the compiled mapping of a source. It is read once: one run never mixes two versions of a file."""
        path = self.mapping_file(source)
        if path not in self._programs:
            self._programs[path] = case_program(path)
        return self._programs[path]

    def assert_mappable(self, source: str) -> Program:
        """Return the mapping of a source, compiled against what its database shows. Raises `GatewayError`."""
        path = self.mapping_file(source)
        return case_program(path, columns_as_source(self.source(source, ()).columns()))

    def mapper(self, source: str) -> CaseMapper:
        """Return what turns the rows of a source into notices. Raises `GatewayError` ``mapping.*``."""
        return CaseMapper(self.program(source), self.bodies)

    @property
    def bodies(self) -> dict[str, BodyConfig]:
        bodies = self.settings.bodies.items()
        return {code: BodyConfig(code=code, title=body.title, kinds=body.kinds) for code, body in bodies}

    def release(self, item: Quarantined, act: Act) -> Judged:
        """Have a receipt in quarantine judged again."""
        return release(
            self.store(), self.courier(), self.receipt_judge(), self.clock, self.policies.receipts(), item=item, act=act
        )

    def ledgers(self, ask: Ask = Ask.OPEN) -> Ledgers:
        """What is compared; no key is needed where nobody is asked, or can be."""
        return Ledgers(
            store=self.store(),
            sources=[self.source(name) for name in self.settings.sources],
            mapper=BySource({name: self.mapper(name) for name in self.settings.sources}),
            courier=self.courier() if ask is not Ask.NONE and self.profile.capabilities.can_prove_absence else None,
        )

    def _hold(self, opened: Held) -> Held:
        self._opened.callback(opened.close)
        return opened

    def _statements(self, section: SourceSection) -> Statements | None:
        result, refusal = self.folder.text(section.write_back_file), self.folder.text(section.write_refusal_file)
        return Statements(result=result, refusal=refusal) if result and refusal else None

    def _signer(self, pair: KeyPair) -> Signer:
        folder = self.folder
        password = folder.secret(pair.password_file, "key.unreadable")
        return load_signer(folder.path(pair.key), folder.path(pair.certificate), password)

    def _certificate(self, file: str) -> Certificate:
        """The file's first certificate: the one that signs, not its issuers."""
        return load_certificates(self.folder.path(file))[0]

    def _thumbprints(self, files: list[str]) -> frozenset[str]:
        return frozenset(self._certificate(file).thumbprint for file in files)
