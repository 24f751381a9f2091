"""`serve --processes`: several processes below one, over one PostgreSQL."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from .cases import Cases
from .conftest import Program
from .fleet import BATCH, Fleet
from .service import TROUBLE, Service, serving, until

PROCESSES = 3
BEGAN, ENDED = "service began", "service ended"

pytestmark = pytest.mark.slow


def test_sqlite_has_one_process(directory: Path, program: Program) -> None:
    refused = program("serve", "--processes", "2", "--config", directory / "gateway.toml", check=2)
    assert "service.processes" in refused.stderr
    assert "gateway.toml, line" in refused.stderr


def pids_of(service: Service) -> list[int]:
    """Return the processes of the service, in their order, when each has begun."""
    until(lambda: len(service.events(BEGAN)) == PROCESSES, "every process")
    pids: list[int] = service.events("processes began")[0]["processes"]
    return pids


@TROUBLE
def test_processes_share_the_work_reload_and_end_together(fleet: Fleet[Any]) -> None:
    fleet.stop_everything(True)
    cases, seen = Cases(fleet.directory), set[int]()
    with serving(fleet.directory, "--processes", str(PROCESSES)) as service:
        pids = set(pids_of(service))
        began = service.events(BEGAN)
        [front] = [line for line in began if line["url"] is not None]
        assert {"web", "archive"} <= set(front["roles"])
        assert all(set(line["roles"]) <= set(front["roles"]) - {"web"} for line in began if line is not front)
        assert service.events("no acts by the socket") == []
        until(lambda: fleet.processes() == pids, "the heartbeat of each process")
        fleet.stop_everything(False)

        def each_has_sent() -> bool:
            seen.update(fleet.leases())
            if None not in cases.shown() and not {"QUEUED", "SENDING"} & fleet.states().keys():
                cases.add(4 * BATCH)
            return seen >= pids

        until(each_has_sent, "claims by each process")
        cases.add(cases.waiting)
        service.signal(signal.SIGHUP)
        until(lambda: len(service.events("configuration reloaded")) == PROCESSES, "the reload of each process")
        until(fleet.finished, "the end of every notice")
        fleet.assert_totals_agree()
        assert service.end() == 0
        assert len(service.events(ENDED)) == PROCESSES
    fleet.assert_nothing_is_held()


@TROUBLE
def test_a_process_that_is_killed_ends_the_service(fleet: Fleet[Any]) -> None:
    with serving(fleet.directory, "--processes", str(PROCESSES)) as service:
        victim = pids_of(service)[-1]
        os.kill(victim, signal.SIGKILL)
        assert service.wait() == 1
        [told] = service.events("a process of the service ended; the others end, too")
        assert (told["process"], told["signal"]) == (victim, "SIGKILL")
        assert len(service.events(ENDED)) == PROCESSES - 1
    with serving(fleet.directory, "--processes", str(PROCESSES)) as again:
        pids_of(again)
        until(fleet.finished, "the end of every notice")
        fleet.assert_totals_agree()
        # The supervisor's signal to every process at once, and the parent's word to each.
        for pid in (*pids_of(again), again.process.pid):
            os.kill(pid, signal.SIGTERM)
        assert again.wait() in (0, 1)
        assert len(again.events(ENDED)) == PROCESSES
    fleet.assert_nothing_is_held()


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_the_processes_of_a_killed_parent_end_in_order(fleet: Fleet[Any]) -> None:
    with serving(fleet.directory, "--processes", str(PROCESSES)) as service:
        pids_of(service)
        service.signal(signal.SIGKILL)
        service.wait()
        assert len(service.events(ENDED)) == PROCESSES
    fleet.assert_nothing_is_held()
