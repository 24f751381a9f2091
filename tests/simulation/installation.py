"""The installation of a simulated gateway: the product's own, whose ports and randomness are the simulation's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.composition.installation import Installation
from adapters.composition.judiciary.bound_profile import BoundProfile
from adapters.crypto.keys.note import NoteSigner
from adapters.judiciary.answer_judge import SignedAnswers
from adapters.judiciary.message_courier import MessageCourier
from adapters.judiciary.transmission import CourierSettings
from adapters.settings import Settings, WitnessSection, load, load_profile
from adapters.settings.config_folder import ConfigFolder
from gateway.archive.timestamping import TimeAuthority
from gateway.archive.witnessing import Witness
from gateway.judiciary.call_pool import CallPool
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.courier import Courier
from gateway.judiciary.outcome_codes import MAPPED_CODES
from gateway.mapping.program.program import Program
from gateway.notice.envelope import Sealer
from gateway.operations.effective_configuration import Configuration
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.timekeeping import TIME_AUTHORITY
from gateway.sending.ticket_issue import USUAL_TICKETS

from .calls import CooperativeCalls
from .judiciary.documents import SimulatedReceiptJudge, SimulatedSealer, issue_day
from .judiciary.signed import JUDICIARY, thumbprint
from .judiciary.wire import SimulatedContract, SimulatedWire
from .scheduler import Lock
from .world.archive import SimulatedAuthority, SimulatedFolder, SimulatedWitness
from .world.cases import CaseReader
from .world.machine import true_time

if TYPE_CHECKING:
    from .process import Process

CONFIG = Path(__file__).with_name("gateway.toml")


@cache
def _settings() -> Settings:
    return load(CONFIG, Settings)


@cache
def settings(*, requeue: bool, lifetime_days: float) -> Settings:
    read, lifetime = _settings(), timedelta(days=lifetime_days)
    return read.model_copy(
        update={
            "judiciary": read.judiciary.model_copy(update={"requeue": requeue}),
            "dispatch": read.dispatch.model_copy(update={"queue_lifetime_days": lifetime}),
        }
    )


@cache
def profile(*, tickets: bool, polls: bool, requeue: bool, lifetime_days: float) -> BoundProfile:
    """Return the profile of our published contract, with the abilities of a run."""
    found = load_profile("eblagh-1", CONFIG.parent)
    file = found.file
    way = ReceiptWay.POLL if polls else ReceiptWay.CURSOR
    capabilities = file.capabilities.model_copy(update={"receipts": way})
    ticket = _Tickets(replace(USUAL_TICKETS, every=timedelta(hours=6), submit_again=True)) if tickets else None
    limits = file.limits.model_copy(update={"poll_notices": 20})
    file = file.model_copy(update={"capabilities": capabilities, "ticket": ticket, "limits": limits})
    made = settings(requeue=requeue, lifetime_days=lifetime_days)
    return BoundProfile(replace(found, file=file), made, ConfigFolder(CONFIG.parent))


_programs: dict[Path, Program] = {}
"""Compiled mappings by their files, which do not change: every process would compile the same."""


@dataclass(frozen=True, slots=True)
class _Tickets:
    value: Any


@cache
def _signer() -> NoteSigner:
    key = Ed25519PrivateKey.from_private_bytes(sha256(b"the key of every run").digest())
    return NoteSigner(name="eblagh.city.example/archive", key=key)


class _Laws:
    """No rules are in force: receipts name none."""

    @staticmethod
    def told(_at: object) -> Mapping[str, str]:
        return {}


class _Papers:
    """Examiner that lets every paper pass: none is read here."""

    def examine(self, octets: bytes) -> None:
        """Do nothing."""

    def passing(self, papers: Sequence[bytes]) -> list[bool]:
        return [True] * len(papers)


class SimulatedInstallation(Installation):
    """Installation whose opened parts are those of a process of the simulation."""

    process: Process

    def store(self) -> Any:
        return self._simulated_store

    @cached_property
    def _simulated_store(self) -> Any:
        process = self.process
        return process.world.open_store(process)

    def locks(self) -> AdvisoryLocks:
        return SimulatedLocks(self.process)

    @cached_property
    def call_locks(self) -> AdvisoryLocks:
        return self.locks()

    @property
    def owner(self) -> str:
        return f"{self.process.name}/{self.process.world.starts}"

    @cached_property
    def configuration(self) -> Configuration:
        return Configuration.of({"gateway": {"name": "city"}})

    def record_configuration(self) -> None:
        with self._cooperative:
            _ = self._recorded

    @cached_property
    def _cooperative(self) -> Lock:
        return Lock(self.process.world.scheduler)

    def laws(self) -> Any:
        return _Laws()

    def issue_day(self, seal: bytes) -> date | None:
        return issue_day(seal)

    @cached_property
    def checkpoints(self) -> NoteSigner:
        return _signer()

    @cached_property
    def paper_examiner(self) -> Any:
        return _Papers()

    @property
    def recipient_keys(self) -> Any:
        return _NoKeys()

    @cached_property
    def configured_judiciary(self) -> BoundProfile:
        plan = self.process.world.plan
        return profile(tickets=plan.tickets, polls=plan.polls, requeue=plan.requeue, lifetime_days=plan.lifetime_days)


class _NoKeys:
    """Nobody is found by an identifier."""

    def current(self) -> None:
        return None


def simulated_installation(process: Process) -> SimulatedInstallation:
    """Return a new installation, nothing of which is opened yet."""
    clock, plan = process.world.clocks[process.number], process.world.plan
    made = SimulatedInstallation(
        settings(requeue=plan.requeue, lifetime_days=plan.lifetime_days),
        CONFIG,
        clock.wall,
        clock.steady,
        sleep=process.sleep,
        ports=SimulatedPorts(process),
        new_lock=partial(Lock, process.world.scheduler),
    )
    object.__setattr__(made, "process", process)
    object.__setattr__(made, "programs", _programs)
    return made


@dataclass(frozen=True, slots=True)
class SimulatedPorts:
    """`adapters.composition.passes.supplied_ports.SuppliedPorts` of one process."""

    process: Process

    def courier(self, judiciary: BoundProfile) -> Courier:
        installation, section = self.process.installation, self.process.installation.settings.judiciary
        codes = replace(judiciary.profile.codes, statuses=MAPPED_CODES.statuses)
        process = self.process
        signing = partial(process.world.network.signing, began=process.began)
        wire = SimulatedWire(process.world.post(process), section.lifetime_seconds, signing)
        judge = SignedAnswers(
            wire=wire,
            issuers=frozenset({thumbprint(JUDICIARY)}),
            skew=section.skew_seconds,
            clock=installation.clock,
            timekeeper=installation.timekeeper,
        )
        about = CourierSettings(
            destination=section.destination, endpoint=section.endpoint, codes=codes, profile=judiciary.profile.spoken
        )
        contract = SimulatedContract(codes, polls=self.process.world.plan.polls)
        return MessageCourier(
            about, wire, contract, judge, clock=installation.clock, timekeeper=installation.timekeeper
        )

    def calls(self, make_courier: Callable[[], Courier], first: Courier) -> CallPool:
        return CooperativeCalls(self.process, make_courier, first)

    def receipt_judge(self, judiciary: BoundProfile) -> ReceiptJudge:
        skew = self.process.installation.settings.judiciary.skew_seconds
        return SimulatedReceiptJudge(skew, judiciary.profile.spoken)

    def sealer(self, judiciary: BoundProfile) -> Sealer:
        return SimulatedSealer()

    def source(self, name: str) -> CaseReader:
        world = self.process.world
        return CaseReader(name, world.cases, self.process.at, is_brought=world.plan.is_brought)

    def archive_folder(self) -> SimulatedFolder:
        return SimulatedFolder(self.process.world.archive, self.process.at)

    def time_authorities(self) -> list[TimeAuthority]:
        process = self.process

        def hear() -> None:
            keeper = process.installation.timekeeper
            keeper.heard(TIME_AUTHORITY, true_time(process.world.scheduler.now), keeper.steady())

        return [SimulatedAuthority(process.at, hear)]

    def witnesses(self) -> Sequence[tuple[WitnessSection, Witness]]:
        sections = self.process.installation.settings.configured_archive.witnesses
        kept = self.process.world.witnesses
        return [(section, SimulatedWitness(kept[section.name], self.process.at)) for section in sections]

    def keep_certificates(self) -> None:
        """Do nothing: no certificate is used here."""


@dataclass(slots=True)
class SimulatedLocks:
    """`gateway.runtime.advisory_lock.AdvisoryLocks` of all processes; a dead one holds none."""

    process: Process

    def attempt(self, duty: str) -> HeldLock:
        return HeldLock(self.process, duty)

    def close(self) -> None:
        """Do nothing: a lock ends with its block or its process."""


@dataclass(slots=True)
class HeldLock:
    """Context of an attempt. It ends with its block, and never by itself: the time of that would be nobody's choice."""

    process: Process
    duty: str
    is_ours: bool = False

    def __enter__(self) -> bool:
        self.process.at("locks.attempt")
        holder = self.process.world.locks.get(self.duty)
        self.is_ours = holder is None or holder.dead
        if self.is_ours:
            self.process.world.locks[self.duty] = self.process
        return self.is_ours

    def __exit__(self, *raised: object) -> None:
        if self.is_ours and self.process.world.locks.get(self.duty) is self.process:
            del self.process.world.locks[self.duty]
