"""The passes of an installation as tasks, which a schedule, a benchmark or a single run can run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from adapters.composition.archive import (
    archive_folder,
    assert_same_origin,
    compare_with_outside,
    keep_certificates,
    time_authority,
    verified_archive,
    witnesses,
)
from adapters.composition.console.mail_run import MailRun
from adapters.composition.judiciary.bound_profile import BoundProfile
from adapters.composition.judiciary.couriers import call_pool, judiciary_courier
from adapters.composition.judiciary.receipt_judges import receipt_judge
from adapters.composition.judiciary.sealer import notice_sealer
from adapters.composition.ledgers import damage, ledgers, patient, receipt_reader
from adapters.composition.legal.row_deadlines import row_deadlines
from adapters.composition.mappings import mappers_in_force, results_in_force
from adapters.composition.pass_gates import BELIEVING, SIGNING, Gates
from adapters.composition.passes.bulk_acts_task import bulk_acts_task
from adapters.composition.passes.courtesy_task import courtesy_tasks
from adapters.composition.passes.deadline_alerts_task import deadline_alerts_tasks
from adapters.composition.passes.gathering import gathering
from adapters.composition.passes.parcel_register import parcel_policy
from adapters.composition.passes.pass_names import LOOKS, PASSES
from adapters.composition.passes.read_again import FROM_WHERE_IT_STANDS, ReadAgain
from adapters.composition.passes.shared_policies import time_limits
from adapters.composition.passes.while_in_force import WhileInForce
from adapters.composition.policies import (
    archive_policy,
    dispatch_policy,
    intake_policy,
    offload_policy,
    receipt_policy,
    reconcile_policy,
    rescue_policy,
)
from adapters.composition.revocation_checks import list_pruning, refresh_lists
from adapters.composition.sources import case_source
from adapters.municipal.files.drop import FileDrop
from adapters.schedule.gates import Run
from adapters.schedule.instrument import Instrument, uninstrumented
from adapters.schedule.resting import Resting
from adapters.schedule.task import Task
from adapters.settings import WitnessSection
from gateway.archive.archiving import archive, first_unarchived
from gateway.archive.witnessing import Witness, send_away, state_of
from gateway.intake.collection import collect
from gateway.intake.forgotten_rows import listing_anew
from gateway.intake.resealing import seal_anew
from gateway.intake.row_ownership import Ownership
from gateway.judiciary.call_pool import CallPool
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.courier import Courier
from gateway.notice.envelope import Sealer
from gateway.receipts.feed import fetch_receipts
from gateway.receipts.polling import poll_receipts
from gateway.receipts.receipt_callback import settle_receipts
from gateway.reconciliation.finding import unheard
from gateway.reconciliation.overdue import longest_waits, look_at_limits
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

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def tasks(
    installation: Installation,
    kinds: Collection[str] = PASSES,
    instrument: Instrument = uninstrumented,
    again: ReadAgain = FROM_WHERE_IT_STANDS,
    gates: Gates | None = None,
) -> list[Task]:
    """Return the tasks of these passes, in a notice's order; those of `LOOKS` only if named.

    ``instrument`` lets a benchmark time each port as its stage. ``again`` is what is read once more. ``gates`` are new
    ones by default. Raises `GatewayError` for a part that cannot be constructed.
    """
    if not BELIEVING.isdisjoint(kinds):
        kinds = {*kinds, "revocation"}
    gates = gates or Gates(installation)
    build = _Tasks(installation, gates, instrument, again)
    made = [task for kind in (*PASSES, *LOOKS) if kind in kinds for task in getattr(build, kind)()]
    waits = not SIGNING.isdisjoint(kinds)
    return [replace(task, run=gates.recorded(task.kind, task.run, others_hear=waits)) for task in made]


def intervals(installation: Installation) -> dict[str, timedelta]:
    """Return the interval of each pass."""
    schedule = installation.settings.schedule
    every = {name: getattr(schedule, f"{name}_seconds") for name in (*PASSES, *LOOKS)}
    return every | {"reconcile": _look_every(installation)}


def _look_every(installation: Installation) -> timedelta:
    """Return the interval between looks for a due reconciliation: the store knows the last one of any process."""
    return min(installation.settings.schedule.reconcile_seconds, timedelta(minutes=10))


class _Tasks:
    """Factory with a method for each pass.

    Tasks run in threads of their own: a courier keeps its connections, a schema the errors of its last use.
    """

    def __init__(self, installation: Installation, gates: Gates, instrument: Instrument, again: ReadAgain) -> None:
        self._installation, self._gates = installation, gates
        self._instrument, self._again = instrument, again

    def revocation(self) -> list[Task]:
        """Return no task if nothing is checked or there is no source of lists; `check` says so."""
        installation = self._installation
        asks = installation.settings.revocation_requirement is not Requirement.OFF
        if not (asks and installation.settings.revocation.has_source):
            return []
        return [Task(kind="revocation", run=partial(refresh_lists, installation))]

    def collect(self) -> list[Task]:
        return [self._collecting_from(name) for name in self._installation.settings.sources]

    def acts(self) -> list[Task]:
        return [bulk_acts_task(self._installation)]

    def dispatch(self) -> list[Task]:
        installation, instrument = self._installation, self._instrument
        store = instrument(installation.store(), "queue")

        def speaking(judiciary: BoundProfile) -> Run:
            policy = dispatch_policy(installation, judiciary.profile)

            def courier() -> Courier:
                made = judiciary_courier(installation, judiciary, instrument)
                return instrument(made, prepare_submission="sign")

            first, pool = self._overlapping(courier)
            return self._gates.gated(
                "dispatch", partial(dispatch_due, store, first, installation.clock, policy, pool=pool)
            )

        return [Task(kind="dispatch", run=self._by_profile(speaking), parallel=True)]

    def _overlapping(self, courier: Callable[[], Courier]) -> tuple[Courier, CallPool]:
        """Return a courier for the pass's own thread, and a pool for its calls."""
        first = courier()
        return first, call_pool(self._installation, courier, first)

    def _by_profile(self, speaking: Callable[[BoundProfile], Run]) -> Run:
        """Return a run that ``speaking`` makes for the profile in force.

        If another comes into force, the run ends between two batches and continues by that one: no batch mixes two.
        """
        installation = self._installation
        first = installation.judiciary
        last = first, speaking(first)  # an unusable profile is found at once

        def run(may_continue: MayContinue) -> PassReport:
            nonlocal last
            report: PassReport | None = None
            while True:
                present = installation.judiciary
                if present is not last[0] and present.profile.spoken != last[0].profile.spoken:
                    last = present, speaking(present)
                judiciary, go = last
                done = go(WhileInForce(installation, judiciary, may_continue, installation.steady()))
                if report is None:
                    report = done
                else:
                    report.add(done)
                if installation.is_in_force(judiciary) or not may_continue():
                    return report

        return run

    def rescue(self) -> list[Task]:
        installation = self._installation
        store = installation.store()

        def speaking(judiciary: BoundProfile) -> Run:
            first, pool = self._overlapping(partial(judiciary_courier, installation, judiciary, self._instrument))
            policy = rescue_policy(installation, judiciary.profile)
            return self._gates.gated("rescue", partial(rescue, store, first, installation.clock, policy, pool=pool))

        return [Task(kind="rescue", run=self._by_profile(speaking))]

    def receipts(self) -> list[Task]:
        installation, instrument = self._installation, self._instrument
        store = instrument(installation.store(), "advance")

        def speaking(judiciary: BoundProfile) -> Run:
            policy, clock = receipt_policy(installation, judiciary.profile, self._again), installation.clock
            judge = instrument(receipt_judge(installation, judiciary), "verify")
            if judiciary.profile.capabilities.receipts is ReceiptWay.CALLBACK:
                destination = installation.settings.judiciary.destination
                return self._gates.gated("receipts", partial(settle_receipts, store, destination, judge, clock, policy))

            def courier() -> Courier:
                return instrument(judiciary_courier(installation, judiciary, instrument), "verify")

            if judiciary.profile.capabilities.receipts is ReceiptWay.CURSOR:
                return self._gates.gated("receipts", partial(fetch_receipts, store, courier(), judge, clock, policy))
            first, pool = self._overlapping(courier)
            return self._gates.gated("receipts", partial(poll_receipts, store, first, judge, clock, policy, pool=pool))

        return [Task(kind="receipts", run=self._by_profile(speaking))]

    def archive(self) -> list[Task]:
        """Return no task if no archive is configured; `check` says so."""
        installation = self._installation
        if installation.settings.archive is None:
            return []
        log, signer = installation.store().log, installation.checkpoints
        folder, authority = archive_folder(installation), time_authority(installation)
        policy = archive_policy(installation.settings)
        asks = installation.settings.revocation_requirement is not Requirement.OFF
        offload, pruning = self._leaving(), list_pruning(installation)
        compared: list[bool] = []

        def run(may_continue: MayContinue) -> PassReport:
            assert_same_origin(installation)
            report = PassReport("archive")
            if not compared:
                # Before this process signs anything: a witness may hold checkpoints that were rolled back here.
                report.errors += compare_with_outside(installation)
                compared.append(True)
            try:
                keep_certificates(installation)
            except GatewayError as error:
                report.errors.append(error)
            report.add(archive(log, signer, folder, installation.clock, policy, may_continue, authority))
            self._gates.proof.look()  # for its alarms: no other pass may look here
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
        return [self._handing_over_to(section, witness) for section, witness in witnesses(installation)]

    def _leaving(self) -> Run | None:
        """Return the run that removes records from the database; None if nothing is removed by itself."""
        installation = self._installation
        policy = offload_policy(installation.settings)
        if policy is None:
            return None
        retention, folder = installation.store().retention, verified_archive(installation)
        return Resting(
            lambda now, may_continue: offload_records(retention, folder, now, policy, may_continue), installation.clock
        )

    def writeback(self) -> list[Task]:
        return [self._writing_back_to(name) for name in self._installation.settings.sources]

    def courtesy(self) -> list[Task]:
        return courtesy_tasks(self._installation)

    def overdue(self) -> list[Task]:
        installation = self._installation
        store, sources = installation.store(), list(installation.settings.sources)
        limits, judiciary = time_limits(installation.settings), installation.settings.judiciary
        longest = longest_waits(judiciary.settle_seconds, judiciary.ask_again_seconds)
        late = Task(kind="overdue", run=partial(look_at_limits, store, sources, installation.clock, limits, longest))
        return [late, *deadline_alerts_tasks(installation)]

    def mail(self) -> list[Task]:
        """Return no task if no mail server is configured; `check` says so."""
        installation = self._installation
        return [] if installation.settings.mail is None else [Task(kind="mail", run=MailRun(installation))]

    def reconcile(self) -> list[Task]:
        installation = self._installation
        back, began = installation.settings.reconcile.days, installation.clock()
        every, look_every = installation.settings.schedule.reconcile_seconds, _look_every(installation)

        def due() -> bool:
            # Work that waited for this process's start comes first.
            now, before = installation.clock(), last(installation.store().rows).reconciled_at
            return now - began >= look_every and (before is None or now - before >= every)

        def speaking(judiciary: BoundProfile) -> Run:
            compared, policy = ledgers(installation, judiciary), reconcile_policy(installation, judiciary.profile)

            def run(may_continue: MayContinue) -> PassReport:
                now = installation.clock()
                scope = Scope(since=now - back, until=now)
                done = reconcile(
                    compared, scope, installation.clock, policy, unheard, may_continue, patient(may_continue)
                )
                report = done.report()
                report.errors += damage(installation.store(), receipt_reader(installation), may_continue)
                return report

            return run

        return [Task(kind="reconcile", run=self._by_profile(speaking), due=due)]

    def _collecting_from(self, name: str) -> Task:
        installation, instrument, since = self._installation, self._instrument, self._again.rows_since
        opened, mappers = case_source(installation, name), mappers_in_force(installation, instrument)
        source, drop = instrument(opened, "read"), opened if isinstance(opened, FileDrop) else None
        gather = gathering(name, opened, self._locks)
        store, clock = instrument(installation.store(), "queue"), installation.clock
        key, parcels = installation.recipient_keys.current, parcel_policy(installation)
        mappers.current(name)  # a mapping that does not compile is found at once
        ownership = Ownership(opened, installation.store(), mappers)

        def speaking(judiciary: BoundProfile) -> Run:
            sealer = instrument(notice_sealer(installation, judiciary), "seal")
            policy = intake_policy(installation.settings, name, judiciary.profile)

            def run(may_continue: MayContinue) -> PassReport:
                report = self._sealing_anew(store, sealer, may_continue)
                try:
                    # Before rows are gathered: a statement counts for those that lay there when it was made.
                    needed = listing_anew(source, store, clock())
                    gathered = gather(may_continue)
                    anew = needed if gathered.is_whole or needed is None or needed.closing is None else None
                    ownership.prove()
                    report.add(
                        collect(source, store, mappers, sealer, clock, policy, may_continue, since, key, parcels, anew)
                    )
                    report.errors += [*gathered.errors, *(drop.settle(may_continue) if drop else [])]
                except GatewayError as error:
                    report.errors.append(error)  # the report of resealed notices is kept
                return report

            return run

        return Task(kind="collect", source=name, run=self._gates.gated("collect", self._by_profile(speaking)))

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

    def _handing_over_to(self, section: WitnessSection, witness: Witness) -> Task:
        installation = self._installation
        log, opener, clock = installation.store().log, installation.checkpoints.verifier, installation.clock

        def run(may_continue: MayContinue) -> PassReport:
            self._gates.proof.look()
            assert_same_origin(installation)
            return send_away(log, witness, opener, clock, may_continue)

        def due() -> bool:
            return state_of(log, witness.name).is_due(clock(), section.every_hours)

        return Task(kind="witness", source=witness.name, run=run, due=due)

    def _writing_back_to(self, name: str) -> Task:
        installation = self._installation
        store = self._instrument(installation.store(), "write back")
        source = self._instrument(case_source(installation, name), "write back")
        mapper = results_in_force(installation, name)
        mapper()  # a mapping that does not compile is found at once
        ownership, deadlines = Ownership(source, store), row_deadlines(installation)

        def run(may_continue: MayContinue) -> PassReport:
            # A case database that is away does not matter while there is nothing to write.
            if store.outbox.unwritten(name, 1, None) or store.refusals.unwritten(name, 1, None):
                ownership.prove()
            return write_back(store, source, may_continue, mapper(), receipt_reader(installation), deadlines)

        return Task(kind="writeback", source=name, run=run)
