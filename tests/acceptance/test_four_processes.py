"""Four `serve` processes share one PostgreSQL: one that is killed or ended in the middle of its work is made up for by
the others, and every notice is submitted once."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from .cases import Cases
from .conftest import be_patient
from .fleet import BATCH, NOTICES, Fleet, Run, counted, overlaps, runs, sent_by
from .service import TROUBLE, Service, serving, until

DUTIES = ("collect:cases", "rescue", "receipts", "writeback:cases")
"""Tasks that one process at a time does."""

EVERYTHING = "collect,dispatch,rescue,receipts,writeback"
ROLES = {
    "one": ("--roles", f"{EVERYTHING},web"),
    "two": ("--roles", f"{EVERYTHING},web", "--listen", "127.0.0.2:0"),
    "three": ("--roles", EVERYTHING),
    "four": ("--roles", EVERYTHING),
}

pytestmark = [pytest.mark.slow, TROUBLE]


def test_a_process_that_is_killed_while_it_sends_changes_nothing(fleet: Fleet) -> None:
    fleet.stop_everything(True)
    cases, seen = Cases(fleet.directory), set[int]()
    with ExitStack() as stack:
        services = {name: stack.enter_context(serving(fleet.directory, *o, name=name)) for name, o in ROLES.items()}
        assert services["two"].url.startswith("http://127.0.0.2:")
        assert [service.url for service in services.values()][2:] == [None, None]
        fleet.stop_everything(False)
        processes = {service.process.pid for service in services.values()}

        def each_has_sent() -> bool:
            """Rows come a few at a time, so that the fastest processes cannot send them all."""
            seen.update(fleet.leases())
            if None not in cases.shown() and not {"QUEUED", "SENDING"} & fleet.states().keys():
                cases.add(4 * BATCH)
            return seen >= processes and fleet.arrived() > 0

        until(each_has_sent, "claims by each process")
        cases.add(cases.waiting)
        fleet.sandbox.hang()

        def in_the_middle() -> str | None:
            """A process that waits for an answer to what it sent, and for one of receipts."""
            leases = fleet.leases()
            at_work = {name for name in services if any(not r.over for r in runs(services[name], "receipts"))}
            return next((name for name in at_work if services[name].process.pid in leases), None)

        def stopped_in_the_middle() -> tuple[str, int] | None:
            """The same, stopped, and how many leases it holds: its call ends by a time-out, and with that its lease,
            before another process is seen to look."""
            if (name := in_the_middle()) is None:
                return None
            services[name].signal(signal.SIGSTOP)
            if held := fleet.leases().get(services[name].process.pid):
                return name, held
            services[name].signal(signal.SIGCONT)
            return None

        name, left = until(stopped_in_the_middle, "a process in the middle of its work")
        victim = services.pop(name)
        killed_at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        victim.signal(signal.SIGKILL)
        assert victim.wait() == -signal.SIGKILL
        rest = list(services.values())

        def successor() -> bool:
            return any(run.began > killed_at for service in rest for run in runs(service, "receipts"))

        until(successor, "another process that fetches receipts")
        fleet.sandbox.go_on()

        until(fleet.finished, "the end of every notice")
        fleet.assert_totals_agree()
        until(lambda: all(sent_by(service) > 0 for service in rest), "what each of the others has sent, in their logs")
        assert counted(rest, "rescue")["lease_expired"] >= left, "what the killed one held is taken over"

        def by_all(duty: str) -> list[Run]:
            return [run for service in rest for run in runs(service, duty)] + runs(victim, duty, killed_at)

        for duty in DUTIES:
            until(lambda duty=duty: len({run.process for run in by_all(duty)}) > 1, f"{duty} by a second process")
        assert [service.end() for service in rest] == [0, 0, 0]
    fleet.assert_nothing_is_held()
    for duty in DUTIES:
        assert overlaps(by_all(duty)) == []


def test_a_process_that_is_ended_while_it_sends_hands_over_cleanly(fleet: Fleet) -> None:
    # While the judiciary hangs.
    be_patient(fleet.directory)
    fleet.stop_everything(True)
    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(fleet.directory, *ROLES[n], name=n)) for n in ("one", "two"))
        fleet.stop_everything(False)
        until(lambda: fleet.arrived() > NOTICES / 10, "the first answers")
        fleet.sandbox.hang()
        until(lambda: first.process.pid in fleet.leases(), "a batch on its way")
        first.signal(signal.SIGTERM)
        until(lambda: first.events("service ends; batches under way are finished"), "the stop")
        before = sent_by(second)
        fleet.sandbox.go_on()
        assert first.wait() == 0
        assert first.process.pid not in fleet.leases()
        until(fleet.finished, "the end of every notice")
        fleet.assert_totals_agree()
        assert sent_by(first) > 0
        assert sent_by(second) > before, "the other one goes on"
        assert counted([first, second], "rescue")["lease_expired"] == 0
        assert troubles(first) == troubles(second) == []
        assert second.end() == 0
    fleet.assert_nothing_is_held()


def troubles(service: Service) -> list[dict[str, object]]:
    """List a process's warnings and errors, except those about a person's switch."""
    reported = [line for line in service.lines() if line["level"] in ("warning", "error")]
    return [line for line in reported if line["event"] not in ("stopped by a person", "released by a person")]
