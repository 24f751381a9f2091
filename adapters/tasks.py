"""The passes of an installation as tasks, which a schedule, a benchmark or a single run can run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial

from adapters.schedule.task import Task
from adapters.wiring import Installation, Watch, unwatched
from gateway.collection import collect
from gateway.courier import PROBE_IDENTIFIER, Courier
from gateway.dispatch import dispatch_due
from gateway.leave import Leave
from gateway.receipts import fetch_receipts
from gateway.report import PassReport
from gateway.rescue import rescue
from gateway.writeback import write_back

Run = Callable[[Leave], PassReport]

PASSES = ("collect", "dispatch", "rescue", "receipts", "writeback")
"""The passes, in the order in which a notice meets them."""


def tasks(
    installation: Installation,
    kinds: Collection[str] = PASSES,
    watch: Watch = unwatched,
    since: str | None = None,
) -> list[Task]:
    """Return the tasks of these passes, in a notice's order.

    ``watch`` lets a benchmark time each port as its stage; ``since`` is the version from which on case databases are
    compared with what was seen. Raises `GatewayError` for what cannot be constructed.
    """
    build = _Tasks(installation, watch, since)
    return [task for kind in PASSES if kind in kinds for task in getattr(build, kind)()]


def intervals(installation: Installation) -> dict[str, timedelta]:
    """How often each pass runs."""
    schedule = installation.settings.schedule
    return {name: getattr(schedule, f"{name}_seconds") for name in PASSES}


class _Tasks:
    """A method for each pass. They run in threads of their own: a courier keeps its connections, a schema the errors of
    its last use."""

    def __init__(self, installation: Installation, watch: Watch, since: str | None) -> None:
        self._installation, self._watch, self._since = installation, watch, since

    def collect(self) -> list[Task]:
        return [self._collecting_from(name) for name in self._installation.settings.sources]

    def dispatch(self) -> list[Task]:
        installation, watch = self._installation, self._watch
        store, policy = watch(installation.store(), "queue"), installation.dispatch_policy()
        courier = watch(installation.courier(watch), prepare_submission="sign", submit="verify")

        def run(leave: Leave) -> PassReport:
            return dispatch_due(store, courier, installation.clock, policy, leave)

        return [Task(kind="dispatch", run=self._timed(run, partial(_probe, courier)), parallel=True)]

    def _timed(self, run: Run, ask: Callable[[], object] = lambda: None) -> Run:
        """The same run, which begins no batch while this node's clock is off; ``ask`` asks the judiciary something."""
        gate = self._installation.clock_gate

        def timed(leave: Leave) -> PassReport:
            gate.hear(ask)
            return run(lambda: gate() and leave())

        return timed

    def rescue(self) -> list[Task]:
        installation = self._installation
        store, courier, policy = installation.store(), installation.courier(self._watch), installation.rescue_policy()

        def run(leave: Leave) -> PassReport:
            return rescue(store, courier, installation.clock, policy, leave)

        return [Task(kind="rescue", run=self._timed(run, partial(_probe, courier)))]

    def receipts(self) -> list[Task]:
        installation, watch = self._installation, self._watch
        store, policy = watch(installation.store(), "advance"), installation.receipts_policy()
        courier, judge = watch(installation.courier(watch), "verify"), watch(installation.receipt_judge(), "verify")

        def run(leave: Leave) -> PassReport:
            return fetch_receipts(store, courier, judge, installation.clock, policy, leave)

        return [Task(kind="receipts", run=run)]

    def writeback(self) -> list[Task]:
        return [self._writing_back_to(name) for name in self._installation.settings.sources]

    def _collecting_from(self, name: str) -> Task:
        installation, watch, since = self._installation, self._watch, self._since
        source, policy = watch(installation.source(name), "read"), installation.intake_policy(name)
        store, clock = watch(installation.store(), "queue"), installation.clock
        mapper, sealer = watch(installation.mapper(), "map"), watch(installation.sealer(), "seal")

        def run(leave: Leave) -> PassReport:
            return collect(source, store, mapper, sealer, clock, policy, leave, since)

        return Task(kind="collect", source=name, run=self._timed(run))

    def _writing_back_to(self, name: str) -> Task:
        store = self._watch(self._installation.store(), "write back")
        source = self._watch(self._installation.source(name), "write back")
        return Task(kind="writeback", source=name, run=lambda leave: write_back(store, source, leave))


def _probe(courier: Courier) -> bool:
    return courier.has_account("NATURAL", PROBE_IDENTIFIER)
