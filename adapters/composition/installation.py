"""The installation of one configuration file: whatever is opened or loaded once for all of its parts.

A part that only some verbs need is imported by the property that makes it.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from adapters.crypto.xml.libraries import assert_one_libxml2
from adapters.settings import IN_DATABASE, PAYLOAD_FOLDER, Settings, load
from adapters.settings.config_folder import ConfigFolder
from adapters.shipped.resources import version
from adapters.storage.engine.advisory_locks import duties_of
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.judiciary.call_durations import CallMeter
from gateway.operations.effective_configuration import Configuration, record
from gateway.record.version_subject import Subject
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.clock import Clock, steady_clock, system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Steady, Timekeeper
from gateway.versions.version_in_force import InForce

if TYPE_CHECKING:
    from adapters.composition.judiciary.bound_profile import BoundProfile, KnownTls
    from adapters.composition.passes.supplied_ports import SuppliedPorts
    from adapters.crypto.keys.keys import Signer
    from adapters.crypto.keys.note import NoteSigner
    from adapters.crypto.keys.partner import Partner
    from adapters.crypto.keys.recipient_key_file import RecipientKeyFile
    from adapters.municipal.papers.examiner import PaperExaminer
    from adapters.schedule.service_gate import ServiceGate
    from gateway.mapping.program.program import Program
    from gateway.mapping.result_mapper import ResultMapper
    from gateway.trust.revocation_refresh import KnownLists
    from gateway.versions.laws import LawBook, Laws


class Closeable(Protocol):
    """Part that holds connections or files."""

    def close(self) -> None: ...


Held = TypeVar("Held", bound=Closeable)


@dataclass(frozen=True)
class Installation:
    """Installation of one configuration file; the functions of this package construct its parts.

    Whatever is kept here is made when it is first asked for, since a verb must work without a database, a key or a
    certificate that it does not need; and once, since all threads share it. `close` closes what holds connections.
    """

    settings: Settings
    file: Path
    clock: Clock = system_clock
    steady: Steady = steady_clock
    sleep: Callable[[float], None] = time.sleep
    ports: SuppliedPorts | None = None
    """Ports in place of edges, for a simulation; None: the edges are constructed."""
    new_lock: Callable[[], AbstractContextManager[Any]] = Lock
    """Maker of the locks that threads of a pass hold over calls of a port."""
    known_tls: KnownTls = field(default_factory=dict, repr=False, compare=False)
    """Files of TLS that were read: `again` hands them over, so that an act trusts what the passes trust."""
    programs: dict[Path, Program] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Compiled mapping files: one run never mixes two versions of a file."""
    result_mappers: dict[str, ResultMapper] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Mappers of results from files, by source; for the same reason."""
    _recording: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)
    _opened: ExitStack = field(default_factory=ExitStack, init=False, repr=False, compare=False)
    _last_judiciary: list[BoundProfile] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, config: Path) -> Installation:
        """Read ``config``. Raises `GatewayError` ``config.*``."""
        assert_one_libxml2()
        return cls(load(config, Settings), config.resolve())

    def close(self) -> None:
        """Close every connection."""
        self._opened.close()

    def hold(self, opened: Held) -> Held:
        """Close ``opened`` with the installation, and return it."""
        self._opened.callback(opened.close)
        return opened

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
        """Return an installation of the same configuration with nothing opened yet; the caller closes it.

        Files of TLS are not read again.
        """
        return replace(self)

    def violations(self) -> list[GatewayError]:
        """Return everything in the file that its environment forbids."""
        from adapters.composition.guard import violations

        return violations(self.settings, self.file)

    def assert_allowed(self) -> None:
        """Raise the first of the `violations`: nothing is sealed, sent or asked past the guard."""
        for violation in self.violations():
            raise violation

    @property
    def loopback_only(self) -> bool:
        """True if calls must stay on this machine."""
        return self.settings.gateway.environment == "development"

    # The store and what stands beside it.

    def store_url(self) -> str:
        """Return the store's URL, with its password."""
        section = self.settings.gateway
        return self.folder.url(section.store, section.store_password_file)

    def store(self) -> SqlStore:
        return self._store

    @cached_property
    def _store(self) -> SqlStore:
        archived = None
        if self.settings.archive is not None:
            from adapters.archive.segment_records import SegmentReader

            archived = SegmentReader(self.archive_path)
        return self.hold(
            SqlStore.open(
                self.store_url(), self.payloads(), self.memory_file(), timeout=self._store_timeout, archived=archived
            )
        )

    @property
    def _store_timeout(self) -> float:
        return self.settings.gateway.store_timeout_seconds.total_seconds()

    @property
    def archive_path(self) -> Path:
        return self.folder.path(self.settings.configured_archive.folder)

    def memory_file(self) -> FingerprintFile:
        """Return the file in which this machine keeps the store's fingerprint."""
        return FingerprintFile(self.folder.path(self.settings.gateway.state))

    @property
    def recipient_keys(self) -> RecipientKeyFile:
        """File of the keys by which notices are found by their recipients."""
        from adapters.crypto.keys.recipient_key_file import RecipientKeyFile

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
        """Return advisory locks of all processes of this store, with connections of their own."""
        return self.hold(duties_of(self.store_url(), timeout=self._store_timeout))

    @cached_property
    def call_locks(self) -> AdvisoryLocks:
        """Locks that limit the calls of all processes."""
        return self.locks()

    def gate(self) -> ServiceGate:
        """Return the gate that a person closes by stopping everything."""
        from adapters.composition.pass_gates import clock_gate
        from adapters.schedule.service_gate import ServiceGate

        name, assert_clock = self.settings.gateway.name, clock_gate(self).assert_trusted
        return ServiceGate(self.store, self.clock, name, self.steady, self.new_lock, assert_clock)

    @cached_property
    def timekeeper(self) -> Timekeeper:
        return Timekeeper(self.clock, self.steady, self.settings.clock_tolerance)

    def keep_time_of(self, before: Installation) -> None:
        """Go on with the other clocks that ``before`` heard, if the tolerance is the same. It is called before any use.

        A judiciary that is away at a reload then takes no trust from a clock that it confirmed.
        """
        if before.settings.clock_tolerance == self.settings.clock_tolerance:
            vars(self)["timekeeper"] = before.timekeeper

    @cached_property
    def call_meter(self) -> CallMeter:
        """Counter of the calls that this installation makes; a heartbeat stores its counts."""
        return CallMeter(self.clock)

    @cached_property
    def paper_examiner(self) -> PaperExaminer:
        from adapters.municipal.papers.examiner import PaperExaminer

        return self.hold(PaperExaminer())

    # The configuration's own record.

    @cached_property
    def configuration(self) -> Configuration:
        """Effective configuration of this process; files are read once."""
        from adapters.composition.configuration_values import effective_configuration

        return effective_configuration(self.settings, self.folder)

    def laws(self) -> Laws:
        """Return the law of each notice by the decisions of persons until now. Raises `GatewayError` ``store.*``."""
        from gateway.versions.laws import Laws

        return Laws.read(self._law_book, self.store().versions, self.settings.legal.province, self.clock())

    def issue_day(self, seal: bytes) -> date | None:
        """Return the day on which the paper in a sealed notice was issued; None if these octets do not tell it."""
        from adapters.crypto.xml.sealed_fields import sealed_issue_day

        return sealed_issue_day(seal)

    @cached_property
    def _law_book(self) -> LawBook:
        from adapters.composition.legal.law_book import law_book

        return law_book(self)

    def record_configuration(self) -> None:
        """Record the effective configuration before any pass acts by it; once for this installation.

        Raises `GatewayError` ``store.*``.
        """
        # Passes begin at once in threads of their own; without the lock each would leave its copy of the payload.
        with self._recording:
            _ = self._recorded

    @cached_property
    def _recorded(self) -> None:
        record(self.store(), self.configuration, self.clock(), self.settings.gateway.name, version())

    # Keys and certificates.

    @cached_property
    def transport(self) -> Signer:
        """Signer of messages."""
        from adapters.composition.key_files import load_pair

        return load_pair(self.settings.transport, self.folder)

    @cached_property
    def checkpoints(self) -> NoteSigner:
        """Signer of the archive's checkpoints."""
        from adapters.composition.key_files import checkpoint_signer

        return checkpoint_signer(self.settings, self.folder)

    @cached_property
    def partner(self) -> Partner:
        """Trusted certificates of the judiciary."""
        from adapters.composition.key_files import judiciary_partner

        return judiciary_partner(self.settings, self.folder)

    @cached_property
    def ourselves(self) -> Partner:
        """Our own certificates as others see them, by the roots that are configured, or else by what issued them."""
        from adapters.composition.key_files import own_certificate_files
        from adapters.crypto.keys.certificate import read_pem
        from adapters.crypto.keys.partner import partner_of

        files = dict.fromkeys(own_certificate_files(self.settings))
        pool = [each for file in files for each in read_pem(self.folder.path(file))]
        anchors = [each for file in self.settings.revocation.anchors for each in read_pem(self.folder.path(file))]
        return partner_of("gateway", pool, anchors or pool[1:])

    @cached_property
    def revocation_lists(self) -> KnownLists:
        """Revocation lists of every authority whose certificates are in use."""
        from adapters.revocation.reader import AuthorityLists
        from gateway.trust.revocation_refresh import KnownLists

        authorities = [*self.partner.authorities, *self.ourselves.authorities]
        reader = AuthorityLists(authorities=authorities, skew=self.settings.judiciary.skew_seconds)
        return KnownLists(self.store().lists, reader, self.steady)

    # The judiciary's profile.

    @property
    def judiciary(self) -> BoundProfile:
        """Profile in force now; take it once for a batch and use it for all of the batch.

        Raises `GatewayError` ``profile.*``, ``config.*``, ``mapping-life.damaged``, ``store.*``.
        """
        found = self._judiciaries.current(self.settings.judiciary.destination)
        self._last_judiciary[:] = [found]
        return found

    @property
    def known_judiciary(self) -> BoundProfile:
        """Profile that `judiciary` returned last, or else the configuration's. Reads no store, which may be away."""
        return self._last_judiciary[0] if self._last_judiciary else self.configured_judiciary

    def is_in_force(self, judiciary: BoundProfile) -> bool:
        """Return True if this profile is still in force."""
        present = self.judiciary
        return present is judiciary or present.profile.spoken == judiciary.profile.spoken

    @cached_property
    def configured_judiciary(self) -> BoundProfile:
        """Profile that the configuration names, in force until persons activate a version."""
        from adapters.composition.judiciary.bound_profile import configured_profile

        return configured_profile(self.settings, self.file, self.known_tls)

    @cached_property
    def _judiciaries(self) -> InForce[BoundProfile]:
        from adapters.composition.judiciary.bound_profile import bound_version

        return InForce(
            self.store().versions,
            self.clock,
            lambda version: bound_version(version, self.settings, self.file, self.known_tls),
            lambda _: self.configured_judiciary,
            Subject.PROFILE,
        )
