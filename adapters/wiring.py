"""Constructs everything: the one file that knows which adapter serves which port."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from math import ceil
from pathlib import Path
from typing import Protocol, TypeVar

from adapters.archive.zip_writer import ZipFolder
from adapters.config_folder import ConfigFolder
from adapters.crypto.certificate import Certificate, load_certificates, read_pem
from adapters.crypto.document import DocumentVerifier
from adapters.crypto.keys import Signer, load_signer
from adapters.crypto.libraries import assert_one_libxml2
from adapters.crypto.message import MessageVerifier
from adapters.crypto.names import RECEIPT
from adapters.crypto.note import NoteSigner, load_note_signer
from adapters.crypto.partner import Partner, load_partner
from adapters.crypto.sealing import NoticeSealer
from adapters.crypto.xml import load_schema
from adapters.evidence.asice import AsiceWriter
from adapters.guard import violations
from adapters.judiciary import contract
from adapters.judiciary.binding import Binding
from adapters.judiciary.channel import Channel
from adapters.judiciary.receipt_judge import SignedReceiptJudge
from adapters.judiciary.soap_courier import SoapCourier, SoapSettings
from adapters.municipal.sql_config import ResultColumns, SqlSourceConfig, Statements
from adapters.municipal.sql_source import SqlCaseSource
from adapters.policies import Policies, archive_section
from adapters.resources import NOTICE_SCHEMA, PROFILES, RECEIPT_SCHEMA, SCHEMAS
from adapters.schedule.clock_gate import ClockGate
from adapters.schedule.gate import Gate
from adapters.settings import (
    IN_DATABASE,
    PAYLOAD_FOLDER,
    KeyPair,
    Settings,
    SourceSection,
    TimeAuthoritySection,
    load,
)
from adapters.storage.duties import duties_of
from adapters.storage.payloads import DatabasePayloads, PayloadStore
from adapters.storage.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from adapters.storage.witness import Witness
from adapters.timestamp.http_authority import AuthoritySettings, HttpTimeAuthority
from gateway.act import Act
from gateway.clock import Clock, steady_clock, system_clock
from gateway.duty import Duties
from gateway.errors import GatewayError
from gateway.evidence_export import Beside
from gateway.mapping import BodyConfig, Builtin3
from gateway.reconciliation.reconcile import Ledgers
from gateway.reconciliation.standing import Ask
from gateway.release import Judged, release
from gateway.source import CaseSource
from gateway.stored import Quarantined
from gateway.timekeeping import Steady, Timekeeper
from gateway.timestamping import InOrder, TimeAuthority

T = TypeVar("T")


class Closeable(Protocol):
    """What holds connections."""

    def close(self) -> None: ...


Held = TypeVar("Held", bound=Closeable)


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
        return Policies(settings=self.settings, owner=self.owner, call_duties=lambda: self._call_duties)

    @cached_property
    def _call_duties(self) -> Duties:
        return self.duties()

    def gate(self) -> Gate:
        """What gives leave to passes, unless a person stopped everything."""
        return Gate(self.store, self.clock, self.settings.gateway.name)

    def source(self, name: str) -> CaseSource:
        section, folder = self.settings.sources[name], self.folder
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
        if self.settings.archive is not None and self.settings.archive.signing is not None:
            files["archive signing"] = self.settings.archive.signing.certificate
        theirs = [*judiciary.certificates, *judiciary.receipt_certificates]
        return files | {f"judiciary {Path(file).name}": file for file in theirs}

    @cached_property
    def judiciary(self) -> Partner:
        section, path = self.settings.judiciary, self.folder.path
        files = [*section.certificates, *section.receipt_certificates]
        return load_partner(section.destination, [path(p) for p in files], [path(p) for p in section.anchors])

    @cached_property
    def binding(self) -> Binding:
        section = self.settings.judiciary
        wsdl = self.folder.path(section.wsdl) if section.wsdl else PROFILES / section.profile / "service.wsdl"
        return Binding(wsdl, contract.NAMESPACE, contract.OPERATIONS)

    def courier(self, watch: Watch = unwatched) -> SoapCourier:
        self.assert_allowed()
        section = self.settings.judiciary
        loopback_only = self.settings.gateway.environment == "development"
        channel = self._hold(Channel(section.endpoint, section.timeout_seconds, loopback_only=loopback_only))
        return SoapCourier(
            SoapSettings(
                destination=section.destination,
                endpoint=section.endpoint,
                issuers=self._thumbprints(section.certificates),
                lifetime=section.lifetime_seconds,
                skew=section.skew_seconds,
            ),
            binding=watch(self.binding, "build"),
            schema=load_schema(PROFILES / section.profile / "messages-1.xsd"),
            channel=watch(channel, "send"),
            signer=self.transport_signer,
            verifier=MessageVerifier(self.judiciary, profile=section.signature.profile),
            clock=self.clock,
            timekeeper=self.timekeeper,
        )

    def receipt_judge(self) -> SignedReceiptJudge:
        section = self.settings.judiciary
        verifier = DocumentVerifier(self.judiciary, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
        return SignedReceiptJudge(verifier, self._thumbprints(section.receipt_certificates), section.skew_seconds)

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

    def evidence_writer(self, path: Path) -> AsiceWriter:
        """What signs and writes an evidence file. Raises `GatewayError` ``evidence.signing``."""
        section = archive_section(self.settings)
        chain = load_certificates(self.folder.path(self._evidence_key.certificate))
        between = [each for known in section.time_authorities for file in known.between for each in self._der(file)]
        return AsiceWriter(
            path=path,
            signer=self.evidence_signer,
            chain=[each.der for each in chain],
            authority=self.time_authority() or InOrder([]),
            between=between,
        )

    @property
    def evidence_signer(self) -> Signer:
        return self._signer(self._evidence_key)

    @property
    def _evidence_key(self) -> KeyPair:
        section = archive_section(self.settings)
        if section.signing is None:
            raise GatewayError("evidence.signing", where="[archive.signing]")
        return section.signing

    def evidence_beside(self) -> Beside:
        """What goes into an evidence file beside records: here revocation lists and mappings' files will join."""
        certificates = {name.removesuffix("-crt-pem"): pem for name, pem in self._archived_certificates().items()}
        return Beside(certificates=certificates)

    def _der(self, file: str) -> list[bytes]:
        return [each.der for each in load_certificates(self.folder.path(file))]

    def _archived_certificates(self) -> dict[str, bytes]:
        """The files of certificates in use on either side, by names that a segment may hold."""
        files = {use: self.folder.path(file) for use, file in self._certificate_files().items()}
        for path in files.values():
            load_certificates(path)  # refused by its name, and nothing but certificates goes into an archive
        return {re.sub("[^a-z0-9]+", "-", use.lower()).strip("-"): path.read_bytes() for use, path in files.items()}

    def sealer(self) -> NoticeSealer:
        self.assert_allowed()
        signers = {code: self.seal_signer(code) for code in self.settings.bodies}
        return NoticeSealer(signers, load_schema(NOTICE_SCHEMA, SCHEMAS))

    def mapper(self) -> Builtin3:
        bodies = self.settings.bodies.items()
        return Builtin3({code: BodyConfig(code=code, title=body.title, kinds=body.kinds) for code, body in bodies})

    def release(self, item: Quarantined, act: Act) -> Judged:
        """Have a receipt in quarantine judged again."""
        return release(
            self.store(), self.courier(), self.receipt_judge(), self.clock, self.policies.receipts(), item=item, act=act
        )

    def ledgers(self, ask: Ask = Ask.OPEN) -> Ledgers:
        """What is compared; no key is needed where nobody is asked."""
        return Ledgers(
            store=self.store(),
            sources=[self.source(name) for name in self.settings.sources],
            mapper=self.mapper(),
            courier=None if ask is Ask.NONE else self.courier(),
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
