"""The passes of an installation as tasks, which a schedule, a benchmark or a single run can run."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from adapters.schedule.task import Task
from adapters.wiring import Installation, Watch, unwatched
from gateway.archive import archive
from gateway.collection import collect
from gateway.dispatch import dispatch_due
from gateway.leave import Leave
from gateway.receipts import fetch_receipts
from gateway.report import PassReport
from gateway.rescue import rescue
from gateway.writeback import write_back

PASSES = ("collect", "dispatch", "rescue", "receipts", "writeback", "archive")
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

        return [Task(kind="dispatch", run=run, parallel=True)]

    def rescue(self) -> list[Task]:
        installation = self._installation
        store, courier, policy = installation.store(), installation.courier(self._watch), installation.rescue_policy()
        return [Task(kind="rescue", run=lambda leave: rescue(store, courier, installation.clock, policy, leave))]

    def receipts(self) -> list[Task]:
        installation, watch = self._installation, self._watch
        store, policy = watch(installation.store(), "advance"), installation.receipts_policy()
        courier, judge = watch(installation.courier(watch), "verify"), watch(installation.receipt_judge(), "verify")

        def run(leave: Leave) -> PassReport:
            return fetch_receipts(store, courier, judge, installation.clock, policy, leave)

        return [Task(kind="receipts", run=run)]

    def archive(self) -> list[Task]:
        """Nothing where no archive is configured; `check` says so."""
        installation = self._installation
        if installation.settings.archive is None:
            return []
        log, signer, folder = installation.store().log, installation.note_signer, installation.archive_folder()
        policy = installation.archive_policy()

        def run(leave: Leave) -> PassReport:
            return archive(log, signer, folder, installation.clock, policy, leave)

        return [Task(kind="archive", run=run)]

    def writeback(self) -> list[Task]:
        return [self._writing_back_to(name) for name in self._installation.settings.sources]

    def _collecting_from(self, name: str) -> Task:
        installation, watch, since = self._installation, self._watch, self._since
        source, policy = watch(installation.source(name), "read"), installation.intake_policy(name)
        store, clock = watch(installation.store(), "queue"), installation.clock
        mapper, sealer = watch(installation.mapper(), "map"), watch(installation.sealer(), "seal")

        def run(leave: Leave) -> PassReport:
            return collect(source, store, mapper, sealer, clock, policy, leave, since)

        return Task(kind="collect", source=name, run=run)

    def _writing_back_to(self, name: str) -> Task:
        store = self._watch(self._installation.store(), "write back")
        source = self._watch(self._installation.source(name), "write back")
        return Task(kind="writeback", source=name, run=lambda leave: write_back(store, source, leave))
