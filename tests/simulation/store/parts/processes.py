"""Processes that run passes, their measured running times, and the durations of their calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.judiciary.call_durations import CallDurations
from gateway.runtime.errors import GatewayError
from gateway.store.outage import SILENT_AFTER, EndpointOutage, RunInterval
from gateway.store.stored import AuthorityState, Process

from ..session import Session, reading, writing

FORGOTTEN_AFTER = timedelta(days=1)
KEPT_FOR = timedelta(days=7)


class SimulatedProcesses:
    """As `adapters.storage.processes.SqlProcesses`."""

    port = "processes"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @writing
    def note(self, process: Process, *, measured: bool = True) -> None:
        self._database.process.put(process.owner, process)
        if measured:
            self._measure(process)
        for other in list(self._database.process.values()):
            if other.seen_at < process.seen_at - FORGOTTEN_AFTER:
                self._database.process.drop(other.owner)

    @writing
    def ended(self, owner: str) -> None:
        self._database.process.drop(owner)

    @reading
    def known(self) -> list[Process]:
        by_owner = sorted(self._database.process.values(), key=lambda process: process.owner)
        return sorted(by_owner, key=lambda process: process.seen_at, reverse=True)

    def authority(self, name: str, failure: GatewayError | None, now: datetime) -> None:
        known = {state.name: state for state in self.silent()}.get(name)
        if failure is not None or known is not None:
            self._answered(name, failure, known, now)

    @reading
    def silent(self) -> list[AuthorityState]:
        return [self._database.authority.rows[name] for name in self._database.authority.ordered()]

    @writing
    def _answered(self, name: str, failure: GatewayError | None, known: AuthorityState | None, now: datetime) -> None:
        if failure is None:
            self._database.authority.drop(name)
            return
        failures, since = (known.failures, known.since) if known else (0, now)
        state = AuthorityState(name=name, failures=failures + 1, since=since, code=failure.code)
        self._database.authority.put(name, state)

    def _measure(self, process: Process) -> None:
        """Make a running time last until the present heartbeat, or begin another one after a gap."""
        runs = self._database.run
        mine = [run for run in runs.values() if run.owner == process.owner and run.began_at <= process.seen_at]
        last = max(mine, key=lambda run: run.began_at, default=None)
        if last is None or process.seen_at - last.seen_at > SILENT_AFTER:
            new = RunInterval(owner=process.owner, began_at=process.seen_at, seen_at=process.seen_at)
            runs.insert((new.owner, new.began_at), new)
        elif process.seen_at > last.seen_at:
            runs.put((last.owner, last.began_at), replace(last, seen_at=process.seen_at))


class SimulatedOutages:
    """Implement `gateway.store.outage.OutageStore`."""

    port = "outages"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def first_run(self) -> datetime | None:
        return min((run.began_at for run in self._database.run.values()), default=None)

    @reading
    def runs(self, begin: datetime, end: datetime) -> list[RunInterval]:
        found = [run for run in self._database.run.values() if run.seen_at >= begin and run.began_at <= end]
        return sorted(found, key=lambda run: (run.began_at, run.owner))

    @reading
    def last_before(self, begin: datetime) -> datetime | None:
        return max((run.seen_at for run in self._database.run.values() if run.seen_at < begin), default=None)

    @reading
    def first_after(self, end: datetime) -> datetime | None:
        return min((run.began_at for run in self._database.run.values() if run.began_at > end), default=None)

    @reading
    def endpoints(self, destination: str, begin: datetime, end: datetime) -> list[EndpointOutage]:
        found = [
            outage
            for outage in self._database.outage.values()
            if outage.destination == destination
            and outage.since <= end
            and (outage.over_at is None or outage.over_at >= begin)
        ]
        return sorted(found, key=lambda outage: outage.since)


class SimulatedCallDurations:
    """As `adapters.storage.call_duration_store.SqlCallDurations`."""

    port = "call_durations"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @writing
    def note(self, owner: str, began_at: datetime, counted: Sequence[CallDurations], now: datetime) -> None:
        calls = self._database.calls
        for each in counted:
            calls.put((owner, began_at, each.destination, each.operation, each.hour), each)
        for key in [key for key in calls.rows if key[-1] < now - KEPT_FOR]:
            calls.drop(key)

    @reading
    def since(self, hour: datetime) -> list[CallDurations]:
        return [each for each in self._database.calls.values() if each.hour >= hour]
