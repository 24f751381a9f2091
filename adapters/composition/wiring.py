"""Construction of everything: the one file that knows which adapter serves which port."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from adapters.archive.segment_records import SegmentReader
from adapters.composition.archive_parts import ArchiveParts
from adapters.composition.callback_parts import CallbackParts
from adapters.composition.configuration_parts import ConfigurationParts
from adapters.composition.guard import violations
from adapters.composition.hooks import Held
from adapters.composition.judiciary_parts import JudiciaryParts, judiciary_partner
from adapters.composition.key_parts import KeyParts
from adapters.composition.mapping_parts import MappingParts
from adapters.composition.outside_clocks import OutsideClocks
from adapters.composition.policies import Policies
from adapters.composition.profile_parts import ProfileParts
from adapters.composition.revocation_parts import RevocationParts
from adapters.composition.sources import Sources
from adapters.crypto.keys.certificate import load_certificates, signing_certificate
from adapters.crypto.keys.partner import Partner
from adapters.crypto.keys.recipient_key_file import RecipientKeyFile
from adapters.crypto.xml.libraries import assert_one_libxml2
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.http.exchange import HttpService
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.municipal.flagged_rows import FlaggedCases
from adapters.municipal.papers.examiner import PaperExaminer
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.schedule.clock_gate import ClockGate
from adapters.schedule.proof_gate import ProofGate
from adapters.schedule.service_gate import ServiceGate
from adapters.settings import IN_DATABASE, PAYLOAD_FOLDER, JudiciaryProfile, Settings, load
from adapters.settings.config_folder import ConfigFolder
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS
from adapters.storage.engine.advisory_locks import duties_of
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.intake.push_result import PushTally
from gateway.notice.envelope import Sealer
from gateway.notice.source_row import CaseSource
from gateway.operations.operator_action import OperatorAction
from gateway.quarantine.quarantine import keep_message
from gateway.receipts.quarantine_release import Judged, release_item
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.reconciliation.reconcile import Ledgers
from gateway.reconciliation.standing import Ask
from gateway.record.derived import ReadReceipt
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.clock import Clock, steady_clock, system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Steady, Timekeeper
from gateway.store.stored import Quarantined
from gateway.store.version_subject import Subject


@dataclass(frozen=True)
class Installation:
    """Installation of one configuration file: each method constructs one part and may raise that part's error.

    `close` closes parts that hold connections, the store among them. There is one store for all threads.
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
        """Close every connection."""
        self._opened.close()

    @property
    def base(self) -> Path:
        """Folder to which paths in the file are relative."""
        return self.file.parent

    @property
    def folder(self) -> ConfigFolder:
        return ConfigFolder(self.base)

    @property
    def owner(self) -> str:
        """Name of this process in leases."""
        return f"{socket.gethostname()}/{os.getpid()}"

    @property
    def socket(self) -> Path:
        """Path of the socket at which the service of this configuration accepts persons' acts."""
        named = self.settings.service.socket
        return self.folder.path(named if named is not None else f"{self.settings.gateway.state}.socket")

    def again(self) -> Installation:
        """Return an installation of the same configuration with nothing opened yet; the caller closes it."""
        return Installation(self.settings, self.file, self.clock, self.steady)

    def violations(self) -> list[GatewayError]:
        """Return everything in the file that its environment forbids."""
        return violations(self.settings, self.file)

    def assert_allowed(self) -> None:
        """Raise the first of the `violations`: nothing is sealed, sent or asked past the guard."""
        for violation in self.violations():
            raise violation

    def store_url(self) -> str:
        """Return the store's URL, with its password."""
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

    def memory_file(self) -> FingerprintFile:
        """Return the file in which this machine keeps the store's fingerprint."""
        return FingerprintFile(self.folder.path(self.settings.gateway.state))

    @property
    def recipient_keys(self) -> RecipientKeyFile:
        """File of the keys by which notices are found by their recipients."""
        return RecipientKeyFile(self.folder.path(self.settings.search.recipient_key))

    def payloads(self) -> PayloadStore:
        """Return the store of new payloads.

        Payloads of an earlier setting are read from their own place, or from the usual folder.
        """
        place = self.settings.gateway.payloads
        if place == IN_DATABASE:
            return DatabasePayloads(self.folder.path(PAYLOAD_FOLDER))
        return SegmentPayloads(self.folder.path(place))

    def locks(self) -> AdvisoryLocks:
        return self._hold(duties_of(self.store_url(), timeout=self._store_timeout))

    @cached_property
    def timekeeper(self) -> Timekeeper:
        return Timekeeper(self.clock, self.steady, self.settings.clock_tolerance)

    @cached_property
    def clock_gate(self) -> ClockGate:
        """Gate of passes whose times are signed or counted."""
        clocks = OutsideClocks(
            settings=self.settings,
            profiles=self.profiles,
            policies=self.policies,
            archiving=lambda: self.archiving,
            store=self.store,
            clock=self.clock,
            timekeeper=self.timekeeper,
        )
        return ClockGate(self.store, self.timekeeper, clocks)

    @cached_property
    def policies(self) -> Policies:
        """Policies of the passes, by the configuration."""
        return Policies(
            settings=self.settings,
            owner=self.owner,
            call_locks=lambda: self._call_locks,
        )

    @cached_property
    def _call_locks(self) -> AdvisoryLocks:
        return self.locks()

    def gate(self) -> ServiceGate:
        """Return the gate that a person closes by stopping everything."""
        return ServiceGate(self.store, self.clock, self.settings.gateway.name)

    @cached_property
    def proof_gate(self) -> ProofGate:
        """Gate of sending: closed while notices cannot be proven."""
        return ProofGate(self.store, self.clock, self.policies.proof(), lambda: self.archiving.compare_with_outside())

    @property
    def sources(self) -> Sources:
        return Sources(
            sections=self.settings.sources,
            folder=self.folder,
            columns=lambda name: self.mappings.current(name).columns,
            own=self._own_columns,
            inbox=lambda: self.store().inbox,
            set_aside=self._set_aside,
            clock=self.clock,
        )

    def _own_columns(self, name: str) -> Sequence[str]:
        mapper = self.mappings.results(name)
        return () if mapper is None else mapper.columns

    def _set_aside(self, source: str, octets: bytes, refusal: GatewayError, now: datetime) -> GatewayError | None:
        return keep_message(self.store(), octets, refusal, source, self.settings.gateway.name, now)

    def source(self, name: str, columns: Sequence[str] | None = None) -> CaseSource:
        """Open a source; `close` closes it. A case database reads ``columns``, or those of its mapping."""
        opened = self.sources.open(name, columns)
        return self._hold(opened) if isinstance(opened, SqlCaseSource | FlaggedCases) else opened

    def router(self, base: str, tally: PushTally) -> HttpService:
        """Return a service that accepts pushed rows, at the address ``base`` of its server."""
        self.assert_allowed()
        return self.sources.router(self.settings.push.url or base, lambda: self.keys.transport, tally)

    @cached_property
    def keys(self) -> KeyParts:
        return KeyParts(
            settings=self.settings, folder=self.folder, source_files=lambda: self.sources.certificate_files()
        )

    @property
    def judiciary(self) -> JudiciaryParts:
        """Parts of the judiciary profile in force now."""
        return self.profiles.current()

    @cached_property
    def partner(self) -> Partner:
        """Trusted certificates of the judiciary."""
        return judiciary_partner(self.settings, self.folder)

    @cached_property
    def profiles(self) -> ProfileParts:
        return ProfileParts(
            settings=self.settings,
            folder=self.folder,
            file=self.file,
            store=self.store,
            clock=self.clock,
            parts=self._judiciary_by,
        )

    def _judiciary_by(self, profile: JudiciaryProfile) -> JudiciaryParts:
        return JudiciaryParts(
            profile=profile,
            settings=self.settings,
            folder=self.folder,
            partner_of=lambda: self.partner,
            signer=lambda: self.keys.transport,
            revocations=lambda: self.revocation.asked,
            timekeeper=lambda: self.timekeeper,
            hold=self._hold,
            assert_allowed=self.assert_allowed,
            clock=self.clock,
        )

    @property
    def callback(self) -> CallbackParts:
        return CallbackParts(
            settings=self.settings,
            profiles=self.profiles,
            policies=self.policies,
            store=self.store,
            clock=self.clock,
        )

    @cached_property
    def revocation(self) -> RevocationParts:
        return RevocationParts(
            settings=self.settings,
            folder=self.folder,
            judiciary=lambda: self.partner,
            own_files=self.keys.own_files,
            store=lambda: self.store().lists,
            assert_allowed=self.assert_allowed,
            clock=self.clock,
            steady=self.steady,
        )

    @cached_property
    def archiving(self) -> ArchiveParts:
        return ArchiveParts(
            settings=self.settings,
            folder=self.folder,
            store=self.store,
            certificate_files=self.keys.archived_files,
            lists_of=lambda certificates, at: self.revocation.lists_of(certificates, at),
            signer=self.keys.signer,
            hold=self._hold,
            assert_allowed=self.assert_allowed,
            clock=self.clock,
            timekeeper=lambda: self.timekeeper,
        )

    def sealer(self, judiciary: JudiciaryParts) -> Sealer:
        """Return the sealer of notices that fit the contract of ``judiciary``."""
        self.assert_allowed()
        signers = {code: self.keys.seal(code) for code in self.settings.bodies}
        chains = {
            code: signing_certificate(
                f"seal {code}",
                signers[code].certificate.der,
                load_certificates(self.folder.path(body.seal.certificate)),
            )
            for code, body in self.settings.bodies.items()
        }
        sealer = NoticeSealer(signers, load_schema(NOTICE_SCHEMA, SCHEMAS), chains)
        binding = judiciary.binding
        contract = binding if isinstance(binding, MappedContract) else None
        return ContractSealer(sealer, contract, judiciary.profile.file.limits.attachment_bytes)

    @cached_property
    def configuration(self) -> ConfigurationParts:
        """Effective configuration of this installation, and its record."""
        return ConfigurationParts(settings=self.settings, folder=self.folder, store=self.store, clock=self.clock)

    @cached_property
    def mappings(self) -> MappingParts:
        return MappingParts(
            settings=self.settings,
            folder=self.folder,
            columns_there=lambda source: self.sources.columns_there(source),
            row=lambda source: self.sources.row(source),
            row_there=lambda source: self.sources.row_there(source),
            store=self.store,
            examiner=lambda: self._paper_examiner,
            clock=self.clock,
        )

    @cached_property
    def _paper_examiner(self) -> PaperExaminer:
        return self._hold(PaperExaminer())

    def release(self, item: Quarantined, act: OperatorAction) -> Judged:
        """Judge a receipt in quarantine again."""
        judiciary = self.judiciary
        return release_item(
            self.store(),
            judiciary.courier(),
            self.profiles.receipt_judge(judiciary),
            self.clock,
            self.policies.receipts(judiciary.profile),
            item=item,
            act=act,
        )

    def ledgers(self, judiciary: JudiciaryParts, ask: Ask = Ask.OPEN) -> Ledgers:
        """Return the ledgers to compare. No key is needed if the judiciary is not asked, or cannot be."""
        asks = ask is not Ask.NONE and judiciary.profile.capabilities.can_prove_absence
        return Ledgers(
            store=self.store(),
            sources=[self.source(name) for name in self.settings.sources],
            mappers=self.mappings.in_force(),
            courier=judiciary.courier() if asks else None,
            read=self.receipt_reader(),
            own=frozenset(name for name in self.settings.sources if self._has_own_columns(name)),
        )

    def receipt_reader(self) -> ReadReceipt:
        """Return the reader of receipts that were accepted before.

        It reads by the profile in force at its first use, and by earlier ones.
        """
        made: list[ReceiptJudge] = []

        def read(octets: bytes) -> Mapping[str, str]:
            if not made:
                made.append(self.profiles.receipt_judge(self.profiles.current()))
            return made[0].read(octets)

        return read

    def _has_own_columns(self, source: str) -> bool:
        """Return True if a mapping of a source's results may have written its rows, now or before."""
        decided = self.store().versions.activations(source, Subject.RESULTS)
        return bool(decided) or self.mappings.results_file(source) is not None

    def _hold(self, opened: Held) -> Held:
        self._opened.callback(opened.close)
        return opened
