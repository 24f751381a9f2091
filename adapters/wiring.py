"""Constructs everything: the one file that knows which adapter serves which port."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy.engine import make_url

from adapters.crypto.certificate import Certificate, load_certificates
from adapters.crypto.document import DocumentVerifier
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
from adapters.judiciary.receipt_judge import SignedReceiptJudge
from adapters.judiciary.soap_courier import SoapCourier, SoapSettings
from adapters.municipal.sql_config import ResultColumns, SqlSourceConfig, Statements
from adapters.municipal.sql_source import SqlCaseSource
from adapters.resources import NOTICE_SCHEMA, PROFILES, RECEIPT_SCHEMA, SCHEMAS
from adapters.schedule.loops import Pass
from adapters.settings import IN_DATABASE, PAYLOAD_FOLDER, KeyPair, Settings, SourceSection, load
from adapters.storage.payloads import DatabasePayloads, PayloadStore
from adapters.storage.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.act import Act
from gateway.clock import Clock, Pace, system_clock
from gateway.collection import IntakePolicy, collect
from gateway.dispatch import DispatchPolicy, dispatch_due
from gateway.errors import GatewayError
from gateway.intervention import running
from gateway.leave import Leave, always
from gateway.mapping import BodyConfig, Builtin2
from gateway.receipts import ReceiptPolicy, fetch_receipts
from gateway.release import Judged, release
from gateway.report import PassReport
from gateway.rescue import RescuePolicy, rescue
from gateway.source import CaseSource
from gateway.store import Quarantined
from gateway.writeback import write_back

PASSES = ("collect", "dispatch", "rescue", "receipts", "writeback")
"""The passes, in the order in which a notice meets them."""


T = TypeVar("T")


class Watch(Protocol):
    """Returns a stand-in for ``watched`` whose methods are timed: all as ``stage``, or some as stages of their own."""

    def __call__(self, watched: T, stage: str | None = None, **stages: str) -> T: ...


def unwatched(watched: T, stage: str | None = None, **stages: str) -> T:  # noqa: ARG001 - a `Watch`
    """Return ``watched`` itself."""
    return watched


@dataclass(frozen=True)
class Installation:
    """A configuration file and what it names; each method constructs one part and may refuse it by its own error."""

    settings: Settings
    file: Path
    clock: Clock = system_clock

    @classmethod
    def of(cls, config: Path) -> Installation:
        """Read ``config``. Raises `GatewayError` ``config.*``."""
        assert_one_libxml2()
        return cls(load(config, Settings), config.resolve())

    @property
    def base(self) -> Path:
        """What paths in the file are relative to."""
        return self.file.parent

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
        password = self._secret(section.store_password_file, "config.unreadable")
        url = make_url(self._url(section.store))
        return (url.set(password=password.decode()) if password else url).render_as_string(hide_password=False)

    def store(self) -> SqlStore:
        return SqlStore.open(self.store_url(), self.payloads())

    def payloads(self) -> PayloadStore:
        """Where new payloads go. Those of an earlier setting are read where they are, or in the usual folder."""
        place = self.settings.gateway.payloads
        if place == IN_DATABASE:
            return DatabasePayloads(self._path(PAYLOAD_FOLDER))
        return SegmentPayloads(self._path(place))

    def sources(self) -> dict[str, CaseSource]:
        return {name: self.source(name) for name in self.settings.sources}

    def source(self, name: str) -> CaseSource:
        section = self.settings.sources[name]
        config = SqlSourceConfig(
            view=section.view,
            query=self._text(section.query_file),
            table=section.table,
            key=section.key,
            version=section.version,
            results=ResultColumns(**section.columns.model_dump()),
            statements=self._statements(section),
            timeout=ceil(section.timeout_seconds.total_seconds()),
        )
        url = self._url(section.url, section.password_file)
        write_url = section.write_url and self._url(section.write_url, section.write_password_file)
        return SqlCaseSource(name, url, config, write_url=write_url, clock=self.clock)

    def _statements(self, section: SourceSection) -> Statements | None:
        result, refusal = self._text(section.write_back_file), self._text(section.write_refusal_file)
        return Statements(result=result, refusal=refusal) if result and refusal else None

    @cached_property
    def transport_signer(self) -> Signer:
        return self._signer(self.settings.transport)

    def seal_signers(self) -> dict[str, Signer]:
        return {code: self.seal_signer(code) for code in self.settings.bodies}

    def seal_signer(self, code: str) -> Signer:
        return self._signer(self.settings.bodies[code].seal)

    @cached_property
    def judiciary(self) -> Partner:
        section = self.settings.judiciary
        files = [*section.certificates, *section.receipt_certificates]
        return load_partner(
            section.destination, [self._path(p) for p in files], [self._path(p) for p in section.anchors]
        )

    def certificates(self) -> dict[str, Callable[[], Certificate]]:
        """What loads each certificate in use, by its use. Each may be refused by its own error."""
        found: dict[str, Callable[[], Certificate]] = {"transport": lambda: self.transport_signer.certificate}
        for code in self.settings.bodies:
            found[f"seal {code}"] = lambda code=code: self.seal_signer(code).certificate
        section = self.settings.judiciary
        for file in dict.fromkeys([*section.certificates, *section.receipt_certificates]):
            found[f"judiciary {Path(file).name}"] = lambda file=file: load_certificates(self._path(file))[0]
        return found

    @cached_property
    def binding(self) -> Binding:
        section = self.settings.judiciary
        wsdl = self._path(section.wsdl) if section.wsdl else PROFILES / section.profile / "service.wsdl"
        return Binding(wsdl, contract.NAMESPACE, contract.OPERATIONS)

    def courier(self, watch: Watch = unwatched) -> SoapCourier:
        self.assert_allowed()
        section = self.settings.judiciary
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
            channel=watch(self._channel(), "send"),
            signer=self.transport_signer,
            verifier=MessageVerifier(self.judiciary, profile=section.signature.profile),
            clock=self.clock,
        )

    def receipt_judge(self) -> SignedReceiptJudge:
        section = self.settings.judiciary
        verifier = DocumentVerifier(self.judiciary, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
        return SignedReceiptJudge(verifier, self._thumbprints(section.receipt_certificates), section.skew_seconds)

    def _channel(self) -> Channel:
        section, environment = self.settings.judiciary, self.settings.gateway.environment
        return Channel(section.endpoint, section.timeout_seconds, loopback_only=environment == "development")

    def sealer(self) -> NoticeSealer:
        self.assert_allowed()
        return NoticeSealer(self.seal_signers(), load_schema(NOTICE_SCHEMA, SCHEMAS))

    def mapper(self) -> Builtin2:
        bodies = self.settings.bodies.items()
        return Builtin2({code: BodyConfig(code=code, title=body.title, kinds=body.kinds) for code, body in bodies})

    def passes(self, watch: Watch = unwatched, leave: Leave = always, since: str | None = None) -> dict[str, Pass]:
        """Each pass of `PASSES`, ready to run. ``watch`` lets a benchmark time each port as its stage; ``since`` is the
        version from which on case databases are compared with what was seen. No pass begins another batch without
        ``leave``, or where a person stopped everything."""
        store, sources, clock = self.store(), self.sources().values(), self.clock
        mapper, sealer, judge = watch(self.mapper(), "map"), watch(self.sealer(), "seal"), self.receipt_judge()
        # A courier keeps its own connections: passes run in threads of their own.
        sender = watch(self.courier(watch), prepare_submission="sign", submit="verify")
        asker = self.courier(watch)
        receiver = watch(self.courier(watch), "verify")

        def may_go_on() -> bool:
            return leave() and running(store)

        def take_in(source: CaseSource) -> PassReport:
            policy = self._intake(source.name)
            queue = watch(store, "queue")
            return collect(watch(source, "read"), queue, mapper, sealer, clock, policy, may_go_on, since)

        def bring_back(source: CaseSource) -> PassReport:
            return write_back(watch(store, "write back"), watch(source, "write back"), may_go_on)

        return {
            "collect": lambda: _over("collect", sources, take_in),
            "dispatch": lambda: dispatch_due(watch(store, "queue"), sender, clock, self._dispatch(), may_go_on),
            "rescue": lambda: rescue(store, asker, clock, self._rescue(), may_go_on),
            "receipts": lambda: fetch_receipts(
                watch(store, "advance"), receiver, watch(judge, "verify"), clock, self._receipts(), may_go_on
            ),
            "writeback": lambda: _over("writeback", sources, bring_back),
        }

    def release(self, item: Quarantined, act: Act) -> Judged:
        """Have a receipt in quarantine judged again."""
        return release(
            self.store(), self.courier(), self.receipt_judge(), self.clock, self._receipts(), item=item, act=act
        )

    def intervals(self) -> dict[str, timedelta]:
        """How often each pass runs."""
        schedule = self.settings.schedule
        return {name: getattr(schedule, f"{name}_seconds") for name in PASSES}

    def _intake(self, source: str) -> IntakePolicy:
        section = self.settings.sources[source]
        return IntakePolicy(
            destination=self.settings.judiciary.destination,
            page_rows=section.page_rows,
            overlap=section.overlap,
            sweep_every=section.sweep_hours,
            sweep_overlap=section.sweep_overlap,
        )

    def _dispatch(self) -> DispatchPolicy:
        section = self.settings.dispatch
        return DispatchPolicy(
            owner=f"{socket.gethostname()}/{os.getpid()}",
            origin=self.settings.gateway.name,
            lease=section.lease_seconds,
            pace=Pace(self.settings.time.day_seconds),
            batch_notices=section.batch_notices,
            batch_bytes=section.batch_bytes,
        )

    def _rescue(self) -> RescuePolicy:
        judiciary = self.settings.judiciary
        return RescuePolicy(
            origin=self.settings.gateway.name,
            settle_after=judiciary.settle_seconds,
            ask_again_after=judiciary.ask_again_seconds,
            lifetime=self.settings.dispatch.queue_lifetime_days,
            requeue=judiciary.requeue,
        )

    def _receipts(self) -> ReceiptPolicy:
        return ReceiptPolicy(origin=self.settings.gateway.name, page=self.settings.receipts.page)

    def _signer(self, pair: KeyPair) -> Signer:
        return load_signer(
            self._path(pair.key), self._path(pair.certificate), self._secret(pair.password_file, "key.unreadable")
        )

    def _secret(self, file: str | None, code: str) -> bytes | None:
        if file is None:
            return None
        path = self._path(file)
        try:
            return path.read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise GatewayError(code, where=str(path), detail=type(error).__name__) from error

    def _thumbprints(self, files: list[str]) -> frozenset[str]:
        """The thumbprints of the files' first certificates: those that sign, not their issuers."""
        return frozenset(load_certificates(self._path(file))[0].thumbprint for file in files)

    def _path(self, relative: str) -> Path:
        return self.base / relative

    def _text(self, file: str | None) -> str | None:
        if file is None:
            return None
        try:
            return self._path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise GatewayError("config.unreadable", where=str(self._path(file)), detail=type(error).__name__) from error

    def _url(self, url: str, password_file: str | None = None) -> str:
        """A SQLite file's path is relative to the configuration, as every other path is."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            parsed = parsed.set(database=str(self.base / parsed.database))
        password = self._text(password_file)
        if password is not None:
            parsed = parsed.set(password=password.rstrip("\r\n"))
        return parsed.render_as_string(hide_password=False)


def _over(name: str, sources: Iterable[CaseSource], run: Callable[[CaseSource], PassReport]) -> PassReport:
    """Run a pass for each source; one that fails stops none of the others."""
    total = PassReport(name)
    for source in sources:
        try:
            report = run(source)
        except GatewayError as error:
            total.errors.append(error)
        else:
            total.counts += report.counts
            total.errors += report.errors
    return total
