"""The service as an operator runs it: real processes over a demonstration's folder, beside a real sandbox."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.storage.engine.disk import SPARE_FILES
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.intervention import throw_switch
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import Header
from gateway.runtime.clock import system_clock
from tests.web.listeners import KINDS
from tests.web.slow import PATIENCE, slow
from tests.web.test_slow_peers import HEAD, one_peer

from .conftest import FEW_NOTICES, Program, be_patient, edit, zygote
from .service import SandboxProcess, Service, serving, until

ROLES = "collect,dispatch,rescue,receipts,writeback,web"

pytestmark = pytest.mark.slow


@pytest.fixture
def sandbox(directory: Path, program: Program) -> Iterator[SandboxProcess]:
    serving_sandbox = SandboxProcess(directory, program)
    # Nothing is sent before the authorities' lists are known, and who hangs gives none.
    program("run-once", "revocation", "--config", directory / "gateway.toml")
    yield serving_sandbox
    serving_sandbox.end()


@contextmanager
def hanging(directory: Path, sandbox: SandboxProcess) -> Iterator[Service]:
    """A service that has heard an outside time, without which it seals nothing, and whose judiciary hangs since; its
    cases come after that."""
    cases, away = directory / "cases.db", directory / "away.db"
    cases.rename(away)
    with serving(directory, "--roles", "collect,dispatch,web") as service:
        heard = "eblagh_clock_offset_seconds"
        until(lambda: any(name.startswith(heard) for name in service.metrics()), "an outside time")
        sandbox.hang()
        away.replace(cases)
        yield service


@pytest.mark.long
@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_fifty_slow_connections_leave_the_service_alive_and_ready_says_so(
    directory: Path, sandbox: SandboxProcess
) -> None:
    """A watchdog that restarts a service without an answer has no reason to restart this one."""
    with serving(directory, "--roles", ROLES) as service, slow(service.url, one_peer(KINDS["health"]), HEAD) as there:
        assert service.page("/health/live") == (200, "live\n")
        assert service.check("listeners") is None
        assert there.closed.wait(PATIENCE), "those that are slow are closed"
        assert service.page("/health/live") == (200, "live\n")


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_a_service_that_may_open_no_more_files_says_so_and_recovers(directory: Path, sandbox: SandboxProcess) -> None:
    with serving(directory) as service:
        until(lambda: service.ready()[0] == 200, "readiness")
        whole = resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE)

        def opened() -> set[int]:
            return {int(each.name) for each in Path(f"/proc/{service.process.pid}/fd").iterdir()}

        def allow(files: int) -> None:
            resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (files, whole[1]))

        def named() -> int:
            return len([line for line in service.lines() if line.get("code") == "machine.files"])

        # Some are left for whoever asks.
        allow(len(opened()) + SPARE_FILES // 2)
        until(lambda: service.check("machine") == "machine.files", "the code")
        assert service.ready()[0] == 503
        assert service.page("/health/live")[0] == 200
        before = named()

        def reported_without_any() -> bool:
            # Descriptors are numbers: from the first one that is free, none may be opened.
            allow(min(set(range(max(opened()) + 2)) - opened()))
            return named() > before

        until(reported_without_any, "the code in the log")
        allow(whole[0])
        until(lambda: all_at_their_end(directory), "the end of every notice")
        until(lambda: service.check("store") is None, "a newer reading of the store")
        assert service.end() == 0
    assert not service.events("pass broken")


def shown(directory: Path) -> tuple[int, int]:
    """Count the rows that show their expected end, and all rows."""
    connection = sqlite3.connect(directory / "cases.db")
    query = (
        "SELECT sum(eblagh_state = expected_state), count(*) FROM notices JOIN sample_expectations USING (notice_id)"
    )
    right, rows = connection.execute(query).fetchone()
    connection.close()
    return right or 0, rows


def all_at_their_end(directory: Path) -> bool:
    return shown(directory) == (FEW_NOTICES, FEW_NOTICES)


def submissions(program: Program, directory: Path) -> set[int]:
    lines = program("sandbox", "ledger", "--dir", directory, "--json").stdout.splitlines()
    return {json.loads(line)["submissions"] for line in lines}


def states(directory: Path) -> dict[str, int]:
    store = SqlStore.open(f"sqlite:///{directory / 'gateway.db'}")
    try:
        return {
            state: count for state, count in store.tallies.counts().items() if state in set(DeliveryState) and count
        }
    finally:
        store.close()


def test_all_roles_in_one_process_serve_every_notice(
    directory: Path, sandbox: SandboxProcess, program: Program
) -> None:
    with serving(directory) as service:
        until(lambda: all_at_their_end(directory), "the end of every notice")
        _, reported = until(lambda: (found := service.ready())[0] == 200 and found, "readiness")
        assert reported["ready"] is True
        metrics = service.metrics()
        assert metrics['eblagh_outcomes_total{outcome="accepted",pass="dispatch"}'] > 0
        assert metrics['eblagh_pass_last_success_timestamp_seconds{pass="receipts",source=""}'] > 0
        assert service.end() == 0
    assert service.events("service ended")
    assert submissions(program, directory) == {1}


@pytest.mark.long
@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_two_processes_share_the_roles(directory: Path, sandbox: SandboxProcess, program: Program) -> None:
    be_patient(directory)
    with (
        serving(directory, "--roles", "collect,writeback,web", name="one") as one,
        serving(directory, "--roles", "dispatch,rescue,receipts,web,collect", name="two") as two,
    ):
        until(lambda: all_at_their_end(directory), "the end of every notice")
        assert {line["run"] for line in one.events("pass done")} <= {"collect", "writeback"}
        assert {line["run"] for line in two.events("pass done")} >= {"dispatch", "receipts"}
        assert (one.end(), two.end()) == (0, 0)
    assert submissions(program, directory) == {1}
    assert not [line for line in one.lines() + two.lines() if line["level"] in ("warning", "error")]


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_services_record_their_configuration_when_they_begin_and_when_they_are_reloaded(directory: Path) -> None:
    def changed() -> list[str]:
        with closing(SqlStore.open(f"sqlite:///{directory / 'gateway.db'}")) as store:
            return [Header.of(row.header).context["changed"] for row in store.evidence.configurations()]

    # No pass runs in these: a listener believes by its configuration, too.
    with serving(directory, "--roles", "web", name="one") as one, serving(directory, "--roles", "web", name="two"):
        assert len(changed()) == 1, "the same for both"
        edit(directory, "requeue = true\n", "requeue = false\n")
        assert one.reload()["event"] == "configuration reloaded"
        assert changed()[1:] == ["judiciary times"]
        edit(directory, "skew_seconds = 1\n", "skew_seconds = 9\n")
        assert one.reload()["event"] != "configuration reloaded", "settle_seconds would be too short"
        assert len(changed()) == 2
        assert one.end() == 0


def test_an_unknown_role_is_refused(directory: Path, program: Program) -> None:
    refused = program("serve", "--roles", "dispatch,dispach", "--config", directory / "gateway.toml", check=2)
    assert "service.role" in refused.stderr
    assert "found: dispach" in refused.stderr


@pytest.mark.long
def test_a_stop_in_the_middle_of_sending_leaves_nothing_in_doubt(
    directory: Path, sandbox: SandboxProcess, program: Program
) -> None:
    be_patient(directory)
    with hanging(directory, sandbox) as service:
        until(lambda: states(directory).get("SENDING"), "a batch on its way")
        service.signal(signal.SIGTERM)
        until(lambda: service.events("service ends; batches under way are finished"), "the stop")
        assert service.process.poll() is None
        sandbox.go_on()
        assert service.wait() == 0
    assert "IN_DOUBT" not in states(directory)
    assert "SENDING" not in states(directory)
    assert submissions(program, directory) == {1}


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_a_stop_that_takes_too_long_says_what_will_be_in_doubt(directory: Path, sandbox: SandboxProcess) -> None:
    edit(directory, "stop_seconds = 60", "stop_seconds = 9")
    with hanging(directory, sandbox) as service:
        # The answer comes, and cannot be recorded: another program writes.
        writer = sqlite3.connect(directory / "gateway.db", isolation_level=None, timeout=60)

        def held_while_it_sends() -> int:
            writer.execute("BEGIN IMMEDIATE")
            if not (found := states(directory).get("SENDING", 0)):
                writer.execute("ROLLBACK")
            return found

        sending = until(held_while_it_sends, "a batch on its way")
        service.signal(signal.SIGTERM)
        sandbox.go_on()
        assert service.wait() == 1
        writer.close()
    [reported] = service.events("service ends before these did")
    assert (reported["code"], "dispatch" in reported["tasks"]) == ("service.unfinished", True)
    leases = service.events("a lease will expire into doubt")
    assert len(leases) == sending == states(directory)["SENDING"]
    assert all(line["notice"].startswith("EB-") and line["until"] for line in leases)


@pytest.mark.long
def test_a_second_signal_ends_it_at_once(directory: Path, sandbox: SandboxProcess) -> None:
    be_patient(directory)
    with hanging(directory, sandbox) as service:
        until(lambda: states(directory).get("SENDING"), "a batch on its way")
        service.signal(signal.SIGTERM)
        until(lambda: service.events("service ends; batches under way are finished"), "the stop")
        service.signal(signal.SIGTERM)
        assert service.wait() == 1
    assert states(directory)["SENDING"]


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_a_source_that_goes_is_an_alarm_and_one_that_returns_is_served(
    directory: Path, sandbox: SandboxProcess
) -> None:
    edit(directory, "stop_seconds = 60\n", "stop_seconds = 60\nalarm_after_seconds = 2\n")
    cases, away = directory / "cases.db", directory / "away.db"
    with serving(directory) as service:
        cases.rename(away)
        until(lambda: service.errors("source.unavailable"), "the error")
        until(lambda: service.check("passes") == "source.unavailable", "the alarm")

        def told() -> list[dict[str, Any]]:
            """Passes whose alarms begin together share a line."""
            lines = service.events("alarm", code="source.unavailable")
            return [line for line in lines if "collect:cases" in line["task"].split(", ")]

        [alarm, *_] = until(told, "the line")
        assert (alarm["level"], alarm["who_must_act"]) == ("error", "municipality")
        assert alarm["remedy"]

        def shown() -> list[str]:
            done = zygote().run(["status", "-c", str(directory / "gateway.toml"), "--json"])
            found = json.loads(done.stdout.splitlines()[-1])
            assert done.returncode == 1 or "alarms" not in found
            return [each["of"] for each in found.get("alarms", []) if each["code"] == "source.unavailable"]

        until(lambda: "collect:cases" in shown(), "the alarm in status, without any mail")
        receipts = 'eblagh_pass_alarm{pass="receipts",source=""}'
        until(lambda: service.metrics()[receipts] == 0, "the others, which go on, however slowly")
        away.rename(cases)
        until(lambda: service.check("passes") is None, "its end")
        until(lambda: service.events("alarm over", task="collect:cases"), "the line")
        until(lambda: all_at_their_end(directory), "the end of every notice")
        assert service.end() == 0


@pytest.mark.long
@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_a_store_that_is_away_is_told_and_is_used_when_it_is_back(directory: Path) -> None:
    store, away = directory / "gateway.db", directory / "away.db"
    store.rename(away)
    store.write_text("no database at all " * 100)
    with serving(directory, "--roles", "web") as service:
        assert (service.ready()[0], service.check("store")) == (503, "store.damaged")
        assert service.metrics()["eblagh_store_up"] == 0
        away.replace(store)
        until(lambda: service.ready()[0] == 200, "its return")
        assert service.metrics()["eblagh_store_up"] == 1
        assert service.end() == 0


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_a_stopped_gateway_lives_and_begins_again_when_it_is_released(
    directory: Path, sandbox: SandboxProcess, program: Program
) -> None:
    store = SqlStore.open(f"sqlite:///{directory / 'gateway.db'}")

    def turn(stopped: bool) -> None:
        act = OperatorAction(name="stop" if stopped else "resume", account="tester", reason="a test", at=system_clock())
        throw_switch(store, act, "demo-municipality", stopped=stopped)

    turn(True)
    with serving(directory) as service:
        until(lambda: service.events("stopped by a person"), "the line")
        assert (service.ready()[0], service.check("switch")) == (503, "service.stopped")
        assert service.metrics()["eblagh_stopped"] == 1
        left = 'eblagh_pass_left_total{pass="collect",source="cases"}'
        until(lambda: service.metrics()[left] > 2, "a few turns")
        assert states(directory) == {}
        refused = program("run-once", "collect", "--config", directory / "gateway.toml", check=1)
        assert "service.stopped" in refused.stderr
        turn(False)
        until(lambda: all_at_their_end(directory), "the end of every notice")
        assert len(service.events("stopped by a person")) == 1
        assert len(service.events("released by a person")) == 1
        assert service.end() == 0
    store.close()


@pytest.mark.long
def test_no_persons_data_is_in_logs_health_or_metrics(directory: Path, sandbox: SandboxProcess) -> None:
    wrong_id, name = "9990172460", "ناصرالدین نمونه‌پور"
    connection = sqlite3.connect(directory / "cases.db")
    with connection:
        connection.execute("UPDATE parties SET name = ?", (name,))
        connection.execute("UPDATE parties SET identifier = ? WHERE party_id % 3 = 0", (wrong_id,))
    with serving(directory) as service:
        until(lambda: states(directory).get("VIEWED"), "a notice at its end")
        with connection:
            # A version that is no number is passed by, and told by every pass.
            connection.execute("UPDATE notices SET change_no = ? WHERE notice_id = 1", (name,))
        connection.close()
        until(lambda: service.errors("source.no-version"), "a failure")
        assert service.metrics()["eblagh_refused_rows"] > 0
        reported = json.dumps(service.ready(), ensure_ascii=False) + service.page("/metrics")[1]
        assert service.end() == 0
    logs = service.log.read_text(encoding="utf-8")
    assert "pass failed" in logs
    for secret in (wrong_id, name, json.dumps(name)):
        assert secret not in logs
        assert secret not in reported
