"""Constructs everything: the one file that knows which adapter serves which port."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol, TypedDict, TypeVar, assert_never
from wsgiref.types import WSGIApplication

from adapters.archive.segment_reader import SegmentReader
from adapters.archive_parts import ArchiveParts
from adapters.config_folder import ConfigFolder
from adapters.crypto.certificate import Certificate, load_certificates
from adapters.crypto.document import DocumentVerifier
from adapters.crypto.json_schema import MessageSchema
from adapters.crypto.jws import JwsVerifier
from adapters.crypto.keys import Signer, load_signer
from adapters.crypto.libraries import assert_one_libxml2
from adapters.crypto.message import MessageVerifier
from adapters.crypto.names import RECEIPT
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
from adapters.judiciary.mapped.receipt_judge import MappedReceiptJudge
from adapters.judiciary.operations import OPERATIONS
from adapters.judiciary.receipt_judge import SignedReceiptJudge
from adapters.judiciary.rest_binding import RestBinding
from adapters.judiciary.rest_courier import RestCourier
from adapters.judiciary.signed_courier import CourierSettings
from adapters.judiciary.soap_courier import SoapCourier
from adapters.mapped_contract import mapped_contract, receipt_program, receipt_section
from adapters.mapping_files import case_program, columns_as_source, read_mapping
from adapters.municipal.sql_source import SqlCaseSource
from adapters.policies import Policies
from adapters.resources import CASE_MAPPING, NOTICE_SCHEMA, RECEIPT_SCHEMA, SCHEMAS
from adapters.revocation.onboarding import assert_points
from adapters.revocation_parts import RevocationParts
from adapters.schedule.clock_gate import ClockGate
from adapters.schedule.gate import Gate
from adapters.schedule.proof_gate import ProofGate
from adapters.settings import (
    IN_DATABASE,
    PAYLOAD_FOLDER,
    JudiciaryProfile,
    KeyPair,
    ProtocolName,
    Settings,
    load,
    load_profile,
)
from adapters.settings.signature import AnswerSignature
from adapters.sources import Sources
from adapters.storage.duties import duties_of
from adapters.storage.memory_file import MemoryFile
from adapters.storage.payloads import DatabasePayloads, PayloadStore
from adapters.storage.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.act import Act
from gateway.clock import Clock, steady_clock, system_clock
from gateway.courier import Courier
from gateway.duty import Duties
from gateway.envelope import Sealer
from gateway.errors import GatewayError
from gateway.mapping import BodyConfig
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.compiler import compile_mapping
from gateway.mapping.in_force import InForce
from gateway.mapping.kinds.catalogue import ROW_TO_NOTICE
from gateway.mapping.mapper import Mapper
from gateway.mapping.program import Program
from gateway.mapping.version import MappingVersion
from gateway.notice import sha256
from gateway.reconciliation.reconcile import Ledgers
from gateway.reconciliation.standing import Ask
from gateway.release import Judged, release
from gateway.revocation import Requirement, Revocations
from gateway.source import CaseSource
from gateway.stored import Quarantined
from gateway.timekeeping import Steady, Timekeeper
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
    revocations: Revocations


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
        archived = SegmentReader(self.archiving.archive_path) if self.settings.archive else None
        store = SqlStore.open(self.store_url(), self.payloads(), self.memory_file(), timeout=timeout, archived=archived)
        return self._hold(store)

    @property
    def _store_timeout(self) -> float:
        return self.settings.gateway.store_timeout_seconds.total_seconds()

    def memory_file(self) -> MemoryFile:
        """Where this machine remembers the store."""
        return MemoryFile(self.folder.path(self.settings.gateway.state))

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

    @cached_property
    def proof_gate(self) -> ProofGate:
        """What gives leave to send."""
        return ProofGate(self.store, self.clock, self.policies.proof())

    @property
    def sources(self) -> Sources:
        inbox = lambda: self.store().inbox  # noqa: E731
        columns = lambda name: self.mappers().present(name).columns  # noqa: E731
        return Sources(
            sections=self.settings.sources, folder=self.folder, columns=columns, inbox=inbox, clock=self.clock
        )

    def source(self, name: str, columns: Sequence[str] | None = None) -> CaseSource:
        """Return a source. A case database reads ``columns``, or those of its mapping."""
        opened = self.sources.open(name, columns)
        return self._hold(opened) if isinstance(opened, SqlCaseSource) else opened

    def front(self, base: str) -> WSGIApplication:
        """Return what listens for pushed rows, where senders reach it by ``base``."""
        self.assert_allowed()
        return self.sources.front(self.settings.push.url or base, lambda: self.transport_signer)

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
        if self.settings.archive is not None and self.settings.archive.signing is not None:
            files["archive signing"] = self.settings.archive.signing.certificate
        theirs = [*judiciary.certificates, *judiciary.receipt_certificates]
        files |= {f"judiciary {Path(file).name}": file for file in theirs}
        return files | self.sources.certificate_files()

    @cached_property
    def judiciary(self) -> Partner:
        section, path = self.settings.judiciary, self.folder.path
        files = [*section.certificates, *section.receipt_certificates]
        partner = load_partner(section.destination, [path(p) for p in files], [path(p) for p in section.anchors])
        if self.settings.revocation_requirement is Requirement.REQUIRE and self.settings.revocation.folder is None:
            assert_points(partner)
        return partner

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
            revocations=self.revocation.asked,
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
        section, profile = self.settings.judiciary, self.profile
        if profile.file.protocol is ProtocolName.MAPPED:
            return self._mapped_receipt_judge()
        verifier = DocumentVerifier(self.judiciary, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
        issuers = self._thumbprints(section.receipt_certificates)
        return SignedReceiptJudge(verifier, issuers, section.skew_seconds, self.revocation.asked)

    def _mapped_receipt_judge(self) -> MappedReceiptJudge:
        section, own = self.settings.judiciary, receipt_section(self.profile)
        schema = load_schema(self.profile.folder / own.schema_file)
        return MappedReceiptJudge(
            verifier=DocumentVerifier(self.judiciary, own.root, schema),
            root=own.root.rpartition("}")[2],
            program=receipt_program(self.profile),
            issuers=self._thumbprints(section.receipt_certificates),
            skew=section.skew_seconds,
            revocations=self.revocation.asked,
        )

    @cached_property
    def revocation(self) -> RevocationParts:
        return RevocationParts(
            settings=self.settings,
            folder=self.folder,
            judiciary=lambda: self.judiciary,
            own_files=self._own_certificate_files,
            store=lambda: self.store().lists,
            assert_allowed=self.assert_allowed,
            clock=self.clock,
            steady=self.steady,
        )

    def _own_certificate_files(self) -> list[str]:
        theirs = {*self.settings.judiciary.certificates, *self.settings.judiciary.receipt_certificates}
        return [file for file in self._certificate_files().values() if file not in theirs]

    @cached_property
    def archiving(self) -> ArchiveParts:
        return ArchiveParts(
            settings=self.settings,
            folder=self.folder,
            store=self.store,
            certificate_files=self._certificate_files,
            mapping_files=lambda: [self.mapping_file(source) for source in self.settings.sources],
            signer=self._signer,
            hold=self._hold,
            assert_allowed=self.assert_allowed,
            clock=self.clock,
        )

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

    def drifted(self, source: str, mapper: Mapper) -> str | None:
        """Return in which way the file on the disk is not the mapping that is in force; None where it is, or where no
        file is named and the shipped one is of another name. Raises `GatewayError` ``mapping.unreadable``."""
        path = self.mapping_file(source)
        octets = read_mapping(path)
        if octets == mapper.octets:
            return None
        if path == CASE_MAPPING and mapper.name != CASE_MAPPING.stem:
            return None
        return f"{path} has {sha256(octets)[:23]}…"

    def program(self, source: str) -> Program:
        """Return the compiled mapping of a source. It is read once: one run never mixes two versions of a file."""
        path = self.mapping_file(source)
        if path not in self._programs:
            self._programs[path] = case_program(path)
        return self._programs[path]

    def assert_mappable(self, source: str, octets: bytes, label: str) -> Program:
        """Return a mapping of a source's rows, compiled against what its database shows. Raises `GatewayError`."""
        columns = self.sources.columns_there(source)
        known = None if columns is None else columns_as_source(columns)
        return compile_mapping(octets, label, kind=ROW_TO_NOTICE.name, source=known)

    def mappers(self, watch: Watch = unwatched) -> InForce:
        """Return what tells which mapping turns the rows of a source into notices, each time that it is asked."""
        bodies = self.bodies

        def compiled(version: MappingVersion) -> Mapper:
            program = compile_mapping(version.octets, version.label, kind=ROW_TO_NOTICE.name)
            return watch(CaseMapper(program, bodies, str(version.number)), "map")

        def by_file(source: str) -> Mapper:
            return watch(CaseMapper(self.program(source), bodies), "map")

        return InForce(self.store(), self.clock, compiled, by_file)

    def mapper(self, source: str) -> Mapper:
        """Return what turns the rows of a source into notices now. Raises `GatewayError` ``mapping.*``."""
        return self.mappers().present(source)

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
            mappers=self.mappers(),
            courier=self.courier() if ask is not Ask.NONE and self.profile.capabilities.can_prove_absence else None,
        )

    def _hold(self, opened: Held) -> Held:
        self._opened.callback(opened.close)
        return opened

    def _signer(self, pair: KeyPair) -> Signer:
        folder = self.folder
        password = folder.secret(pair.password_file, "key.unreadable")
        return load_signer(folder.path(pair.key), folder.path(pair.certificate), password)

    def _certificate(self, file: str) -> Certificate:
        """The file's first certificate: the one that signs, not its issuers."""
        return load_certificates(self.folder.path(file))[0]

    def _thumbprints(self, files: list[str]) -> frozenset[str]:
        return frozenset(self._certificate(file).thumbprint for file in files)
