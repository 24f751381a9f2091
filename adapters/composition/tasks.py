"""The passes of an installation as tasks, which a schedule, a benchmark or a single run can run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from functools import cached_property, partial

from adapters.composition.configuration_parts import ConfigurationParts
from adapters.composition.hooks import Instrument, uninstrumented
from adapters.composition.judiciary_parts import JudiciaryParts
from adapters.composition.looks import damage, patient
from adapters.composition.wiring import Installation
from adapters.municipal.files.drop import FileDrop
from adapters.municipal.flagged_rows import FlaggedCases
from adapters.schedule.gates import Gate, Run, behind
from adapters.schedule.resting import Resting
from adapters.schedule.task import Task
from adapters.settings import WitnessSection
from gateway.archive.archiving import archive, first_unarchived
from gateway.archive.witnessing import Witness, send_away, state_of
from gateway.intake.collection import collect
from gateway.intake.resealing import seal_anew
from gateway.intake.row_ownership import Ownership
from gateway.judiciary.capabilities import ReceiptWay
from gateway.notice.envelope import Sealer
from gateway.notice.source_row import CaseSource
from gateway.receipts.feed import fetch_receipts
from gateway.receipts.polling import poll_receipts
from gateway.receipts.receipt_callback import settle_receipts
from gateway.reconciliation.finding import unheard
from gateway.reconciliation.overdue import look_at_limits
from gateway.reconciliation.reconcile import reconcile
from gateway.reconciliation.report import Scope, last
from gateway.retention.offload import offload_records
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport
from gateway.sending.dispatch import dispatch_due
from gateway.sending.in_doubt import rescue
from gateway.store.store import Store
from gateway.trust.revocation_status import Requirement
from gateway.writeback.result_writing import write_back

PASSES = ("revocation", "collect", "dispatch", "rescue", "receipts", "writeback", "archive", "witness")
"""Passes in the order in which a notice meets them.

Revocation is first, since it decides which signatures are trusted.
"""

BELIEVING = frozenset({"dispatch", "rescue", "receipts"})
"""Passes that trust the judiciary's answers. A process that runs one of them fetches revocation lists, too."""

SIGNING = frozenset({"collect", "dispatch", "rescue"})
"""Passes whose times are signed or counted."""

LOOKS = ("overdue", "reconcile")
"""Passes that change no notice: they look for late notices, and compare the ledgers."""


def tasks(
    installation: Installation,
    kinds: Collection[str] = PASSES,
    instrument: Instrument = uninstrumented,
    since: str | None = None,
) -> list[Task]:
    """Return the tasks of these passes, in a notice's order; those of `LOOKS` only if named.

    ``instrument`` lets a benchmark time each port as its stage. ``since`` is the version from which on case databases
    are compared with the collected rows. Raises `GatewayError` for a part that cannot be constructed.
    """
    if not BELIEVING.isdisjoint(kinds):
        kinds = {*kinds, "revocation"}
    build = _Tasks(installation, instrument, since)
    made = [task for kind in (*PASSES, *LOOKS) if kind in kinds for task in getattr(build, kind)()]
    configuration = installation.configuration
    return [replace(task, run=partial(_recorded, configuration, task.run)) for task in made]


def _recorded(configuration: ConfigurationParts, run: Run, may_continue: MayContinue) -> PassReport:
    """Record the configuration, then run the pass by it."""
    configuration.record()
    return run(may_continue)


def intervals(installation: Installation) -> dict[str, timedelta]:
    """Return the interval of each pass."""
    schedule = installation.settings.schedule
    every = {name: getattr(schedule, f"{name}_seconds") for name in (*PASSES, *LOOKS)}
    return every | {"reconcile": _look_every(installation)}


def _look_every(installation: Installation) -> timedelta:
    """Return the interval between looks for a due reconciliation.

    The store knows the last one, whichever process did it.
    """
    return min(installation.settings.schedule.reconcile_seconds, timedelta(minutes=10))


class _Tasks:
    """Factory with a method for each pass.

    Tasks run in threads of their own: a courier keeps its connections, a schema the errors of its last use.
    """

    def __init__(self, installation: Installation, instrument: Instrument, since: str | None) -> None:
        self._installation, self._instrument, self._since = installation, instrument, since

    def revocation(self) -> list[Task]:
        """Return no task if nothing is checked or there is no source of lists; `check` says so."""
        installation = self._installation
        asks = installation.settings.revocation_requirement is not Requirement.OFF
        if not (asks and installation.settings.revocation.has_source):
            return []
        return [Task(kind="revocation", run=installation.revocation.refresh)]

    def collect(self) -> list[Task]:
        return [self._collecting_from(name) for name in self._installation.settings.sources]

    def dispatch(self) -> list[Task]:
        installation, instrument = self._installation, self._instrument
        store = instrument(installation.store(), "queue")

        def speaking(judiciary: JudiciaryParts) -> Run:
            policy = installation.policies.dispatch(judiciary.profile)
            courier = instrument(judiciary.courier(instrument), prepare_submission="sign", submit="verify")

            def run(may_continue: MayContinue) -> PassReport:
                return dispatch_due(store, courier, installation.clock, policy, may_continue)

            return self._gated("dispatch", run)

        return [Task(kind="dispatch", run=self._by_profile(speaking), parallel=True)]

    def _by_profile(self, speaking: Callable[[JudiciaryParts], Run]) -> Run:
        """Return a run that ``speaking`` makes for the profile in force.

        If another comes into force, the run ends between two batches and continues by that one: no batch mixes two.
        """
        profiles = self._installation.profiles
        first = profiles.current()
        last = first, speaking(first)  # an unusable profile is found at once

        def run(may_continue: MayContinue) -> PassReport:
            nonlocal last
            report: PassReport | None = None
            while True:
                if not profiles.is_current(last[0]):
                    present = profiles.current()
                    last = present, speaking(present)
                judiciary, go = last
                done = go(partial(self._may_go_on, judiciary, may_continue))
                if report is None:
                    report = done
                else:
                    report.add(done)
                if profiles.is_current(judiciary) or not may_continue():
                    return report

        return run

    def _may_go_on(self, judiciary: JudiciaryParts, may_continue: MayContinue) -> bool:
        return self._installation.profiles.is_current(judiciary) and may_continue()

    def _gates(self, kind: str) -> list[Gate]:
        """Return the gates of a pass, in the order in which they are asked.

        1. The clock: times that are signed or counted are right.
        2. Revocation lists: answers of the judiciary can be believed.
        3. Proof: a notice that is sent can be proven.

        The profile in force (`_by_profile`) and the service's own gate (`adapters.schedule.service_gate`) come after
        them.
        """
        installation, gates = self._installation, list[Gate]()
        if kind in SIGNING:
            gates.append(installation.clock_gate)
        if kind in BELIEVING and installation.settings.revocation_requirement is not Requirement.OFF:
            gates.append(installation.revocation.gate)
        if kind == "dispatch":
            gates.append(installation.proof_gate)
        return gates

    def _gated(self, kind: str, run: Run) -> Run:
        return behind(kind, self._gates(kind), run)

    def rescue(self) -> list[Task]:
        installation = self._installation
        store = installation.store()

        def speaking(judiciary: JudiciaryParts) -> Run:
            courier, policy = judiciary.courier(self._instrument), installation.policies.rescue(judiciary.profile)

            def run(may_continue: MayContinue) -> PassReport:
                return rescue(store, courier, installation.clock, policy, may_continue)

            return self._gated("rescue", run)

        return [Task(kind="rescue", run=self._by_profile(speaking))]

    def receipts(self) -> list[Task]:
        installation, instrument = self._installation, self._instrument
        store = instrument(installation.store(), "advance")

        def speaking(judiciary: JudiciaryParts) -> Run:
            policy, clock = installation.policies.receipts(judiciary.profile), installation.clock
            judge = instrument(installation.profiles.receipt_judge(judiciary), "verify")
            if judiciary.profile.capabilities.receipts is ReceiptWay.CALLBACK:
                destination = installation.profiles.destination
                return self._gated("receipts", partial(settle_receipts, store, destination, judge, clock, policy))
            courier = instrument(judiciary.courier(instrument), "verify")
            by_notice = judiciary.profile.capabilities.receipts is ReceiptWay.POLL
            take = poll_receipts if by_notice else fetch_receipts
            return self._gated("receipts", partial(take, store, courier, judge, clock, policy))

        return [Task(kind="receipts", run=self._by_profile(speaking))]

    def archive(self) -> list[Task]:
        """Return no task if no archive is configured; `check` says so."""
        installation = self._installation
        if installation.settings.archive is None:
            return []
        log, parts = installation.store().log, installation.archiving
        signer, folder, authority = parts.note_signer, parts.archive_folder(), parts.time_authority()
        policy = installation.policies.archive()
        asks = installation.settings.revocation_requirement is not Requirement.OFF
        offload, pruning = self._leaving(), installation.revocation.pruning
        compared: list[bool] = []

        def run(may_continue: MayContinue) -> PassReport:
            report = PassReport("archive")
            if not compared:
                # Before this process signs anything: a witness may hold checkpoints that were rolled back here.
                report.errors += parts.compare_with_outside()
                compared.append(True)
            try:
                parts.keep_certificates()
            except GatewayError as error:
                report.errors.append(error)
            report.add(archive(log, signer, folder, installation.clock, policy, may_continue, authority))
            installation.proof_gate.look()  # for its alarms: no other pass may look here
            forked = any(error.code == "archive.forked" for error in report.errors)
            if offload is not None and not forked:
                report.add(offload(may_continue))
            if may_continue() and asks:
                report.add(pruning(first_unarchived(log, folder)))
            return report

        return [Task(kind="archive", run=run)]

    def witness(self) -> list[Task]:
        """Return one task per witness, so that none waits for another."""
        installation = self._installation
        if installation.settings.archive is None:
            return []
        return [self._handing_over_to(section, witness) for section, witness in installation.archiving.witnesses()]

    def _leaving(self) -> Run | None:
        """Return the run that removes records from the database; None if nothing is removed by itself."""
        installation, policy = self._installation, self._installation.policies.offload()
        if policy is None:
            return None
        retention, folder = installation.store().retention, installation.archiving.verified_archive()
        return Resting(
            lambda now, may_continue: offload_records(retention, folder, now, policy, may_continue), installation.clock
        )

    def writeback(self) -> list[Task]:
        return [self._writing_back_to(name) for name in self._installation.settings.sources]

    def overdue(self) -> list[Task]:
        installation = self._installation
        store, sources = installation.store(), list(installation.settings.sources)
        limits = installation.policies.limits()
        return [Task(kind="overdue", run=partial(look_at_limits, store, sources, installation.clock, limits))]

    def reconcile(self) -> list[Task]:
        installation = self._installation
        back, began = installation.settings.reconcile.days, installation.clock()
        every, look_every = installation.settings.schedule.reconcile_seconds, _look_every(installation)

        def due() -> bool:
            # Work that waited for this process's start comes first.
            now, before = installation.clock(), last(installation.store().rows).reconciled_at
            return now - began >= look_every and (before is None or now - before >= every)

        def speaking(judiciary: JudiciaryParts) -> Run:
            ledgers, policy = installation.ledgers(judiciary), installation.policies.reconcile(judiciary.profile)

            def run(may_continue: MayContinue) -> PassReport:
                now = installation.clock()
                scope = Scope(since=now - back, until=now)
                done = reconcile(
                    ledgers, scope, installation.clock, policy, unheard, may_continue, patient(may_continue)
                )
                report = done.report()
                report.errors += damage(installation.store(), installation.receipt_reader(), may_continue)
                return report

            return run

        return [Task(kind="reconcile", run=self._by_profile(speaking), due=due)]

    def _collecting_from(self, name: str) -> Task:
        installation, instrument, since = self._installation, self._instrument, self._since
        opened, policy = installation.source(name), installation.policies.intake(name)
        source, drop = instrument(opened, "read"), opened if isinstance(opened, FileDrop) else None
        gather = self._gathering(name, opened)
        store, clock = instrument(installation.store(), "queue"), installation.clock
        mappers = installation.mappings.in_force(instrument)
        recipient_key = installation.recipient_keys.current
        mappers.current(name)  # a mapping that does not compile is found at once
        ownership = Ownership(opened, installation.store(), mappers)

        def speaking(judiciary: JudiciaryParts) -> Run:
            sealer = instrument(installation.sealer(judiciary), "seal")

            def run(may_continue: MayContinue) -> PassReport:
                report = self._sealing_anew(store, sealer, may_continue)
                try:
                    found = gather(may_continue)
                    ownership.prove()
                    report.add(
                        collect(source, store, mappers, sealer, clock, policy, may_continue, since, recipient_key)
                    )
                    report.errors += [*found, *(drop.settle(may_continue) if drop else [])]
                except GatewayError as error:
                    report.errors.append(error)  # the report of resealed notices is kept
                return report

            return run

        return Task(kind="collect", source=name, run=self._gated("collect", self._by_profile(speaking)))

    def _sealing_anew(self, store: Store, sealer: Sealer, may_continue: MayContinue) -> PassReport:
        """Seal notices anew; report an error instead of raising it, so that rows are still collected."""
        installation = self._installation
        tolerance = installation.settings.clock_tolerance
        try:
            return seal_anew(store, sealer, installation.clock, tolerance, self._locks, may_continue)
        except GatewayError as error:
            return PassReport("collect", errors=[error])

    @cached_property
    def _locks(self) -> AdvisoryLocks:
        return self._installation.locks()

    def _gathering(self, name: str, source: CaseSource) -> Callable[[MayContinue], list[GatewayError]]:
        """Return the step that moves a source's rows to the inbox before they are collected; it does nothing for other
        sources.
        """
        if isinstance(source, FileDrop):
            return source.gather
        if not isinstance(source, FlaggedCases):
            return lambda may_continue: []  # noqa: ARG005 - nothing to bring
        flagged, locks = source, self._locks

        def gather(may_continue: MayContinue) -> list[GatewayError]:
            # If two gather at a time and one is killed, it could remove a mark that was set anew in between.
            with locks.attempt(f"gather:{name}") as ours:
                return flagged.gather(may_continue) if ours else []

        return gather

    def _handing_over_to(self, section: WitnessSection, witness: Witness) -> Task:
        installation = self._installation
        log, clock, gate = installation.store().log, installation.clock, installation.proof_gate
        opener = installation.archiving.note_signer.verifier

        def run(may_continue: MayContinue) -> PassReport:
            gate.look()
            return send_away(log, witness, opener, clock, may_continue)

        def due() -> bool:
            return state_of(log, witness.name).is_due(clock(), section.every_hours)

        return Task(kind="witness", source=witness.name, run=run, due=due)

    def _writing_back_to(self, name: str) -> Task:
        store = self._instrument(self._installation.store(), "write back")
        source = self._instrument(self._installation.source(name), "write back")
        mapper = self._installation.mappings.results_in_force(name)
        mapper()  # a mapping that does not compile is found at once
        reader = self._installation.receipt_reader
        ownership = Ownership(source, store)

        def run(may_continue: MayContinue) -> PassReport:
            # A case database that is away does not matter while there is nothing to write.
            if store.outbox.unwritten(name, 1, None) or store.refusals.unwritten(name, 1, None):
                ownership.prove()
            return write_back(store, source, may_continue, mapper(), reader())

        return Task(kind="writeback", source=name, run=run)
