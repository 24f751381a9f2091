"""Reloading: a configuration or a key that changes while the service runs."""

from __future__ import annotations

import logging
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Semaphore

import pytest
from structlog.testing import capture_logs

from adapters.cli.service.service import Service
from adapters.cli.service.service_parts import Parts
from adapters.schedule.loops import Loops
from adapters.schedule.task import Task
from adapters.web.facts import Reading
from adapters.web.health import ready
from gateway.runtime.clock import system_clock
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport
from gateway.runtime.timekeeping import JUDICIARY

from .conftest import edit
from .service import SandboxProcess, serving, until
from .test_bad_input import expire
from .test_serve import all_at_their_end, sandbox

__all__ = ["sandbox"]

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_a_bad_configuration_is_refused_and_the_old_one_goes_on(directory: Path, sandbox: SandboxProcess) -> None:
    with serving(directory) as service:
        edit(directory, "dispatch_seconds", "dispatch_second")
        reported = service.reload()
        assert reported["code"] == "config.unknown-key"
        assert "gateway.toml, line " in reported["where"]
        assert reported["detail"].startswith("schedule.dispatch_second")
        assert (service.ready()[0], service.check("configuration")) == (503, "config.unknown-key")
        assert service.metrics()["eblagh_configuration_valid"] == 0
        assert service.errors("config.unknown-key") == 1
        until(lambda: all_at_their_end(directory), "the end of every notice")

        edit(directory, "dispatch_second", "dispatch_seconds")
        edit(directory, "[log]\n", '[log]\nlevel = "error"\n')
        service.signal(signal.SIGHUP)
        until(lambda: service.metrics()['eblagh_reloads_total{result="good"}'] == 1, "the reload")
        assert service.metrics()["eblagh_configuration_valid"] == 1
        assert service.check("configuration") is None
        assert not service.events("configuration reloaded"), "the new level is in force"
        assert service.end() == 0


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_a_file_that_nobody_could_mean_does_not_end_the_service(directory: Path) -> None:
    config = directory / "gateway.toml"
    good = config.read_text(encoding="utf-8")
    with serving(directory, "--roles", "dispatch,web") as service:
        for bad in (b"", b"\0", good.encode("utf-16"), b"a = " + b"[" * 5000, b"a = " + b"9" * 5000, b"\xed\xa0\x80"):
            config.write_bytes(bad)
            assert service.reload()["code"] in ("config.encoding", "config.syntax", "config.value")
        config.write_text(good.replace("transport.key.pem", "\\u0000.pem"), encoding="utf-8")
        assert service.reload()["code"] == "config.value"
        config.write_text(good, encoding="utf-8")
        assert service.reload()["event"] == "configuration reloaded"
        assert service.end() == 0


@pytest.fixture
def idle(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Service, int]]:
    """A service without a role in this process, and where it hears of signals; those of the tests stay as they are."""
    descriptors: list[int] = []
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(signal, "set_wakeup_fd", descriptors.append)
    service = Service(directory / "gateway.toml", [], None)
    service._loops.start()
    yield service, descriptors[0]
    assert service._end() == 0
    service._signals.close()
    os.close(descriptors[0])


def test_a_schedule_that_stands_still_is_begun_again(
    idle: tuple[Service, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, hearing = idle
    monkeypatch.setattr("adapters.cli.service.service.STILL_SECONDS", 0.01)
    monkeypatch.setattr(Loops, "moves", False)
    monkeypatch.setattr(Loops, "wake", lambda _: os.write(hearing, bytes([signal.SIGTERM])))
    with capture_logs() as lines:
        assert service._next_signal() == signal.SIGTERM
    assert {line["code"] for line in lines} == {"service.still"}


def test_an_error_that_nobody_foresaw_refuses_a_reload(
    idle: tuple[Service, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _ = idle

    def broken(*_: object) -> Parts:
        raise KeyError("9990172460")

    monkeypatch.setattr(Parts, "of", broken)
    with capture_logs() as lines:
        service._reload()
    broken_line, refused_line = lines
    assert (broken_line["event"], refused_line["code"], refused_line["detail"]) == (
        "reload broken",
        "config.broken",
        "a part that is wanted is missing",
    )
    assert ready(service._facts(), Reading(read_at=system_clock()), system_clock())[0] is False


def test_a_pass_that_hangs_refuses_a_reload_and_the_others_go_on(
    idle: tuple[Service, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _ = idle
    began, goes_on, ends, runs = Semaphore(0), Semaphore(0), Event(), Counter[str]()

    def hangs(_: MayContinue) -> PassReport:
        runs["hung"] += 1
        began.release()
        ends.wait()
        return PassReport("writeback")

    def works(_: MayContinue) -> PassReport:
        goes_on.release()
        return PassReport("acts")

    service._loops.close()
    tasks = [Task(kind="writeback", run=hangs), Task(kind="acts", run=works)]
    service._parts = replace(service._parts, tasks=tasks)
    section = service._settings.model_copy(update={"stop_seconds": timedelta(seconds=0.1)})
    monkeypatch.setattr(Service, "_settings", section)
    service._loops = service._scheduled()
    service._loops.start()
    try:
        began.acquire()
        service._reload()
        refused = service._refused
        while goes_on.acquire(blocking=False):
            pass
        goes_on.acquire()
        goes_on.acquire()
        assert refused is not None
        assert (refused.code, refused.where) == ("pass.stuck", "writeback")
        assert service._reloads == {"good": 0, "refused": 1}
        assert runs["hung"] == 1, "no task overlaps itself"
        assert not ready(service._facts(), Reading(read_at=system_clock()), system_clock())[0]
    finally:
        ends.set()
    service._reload()
    assert service._reloads == {"good": 1, "refused": 1}


@pytest.mark.parametrize(("log", "code"), [("other.log", "config.restart"), ("no-folder/other.log", "config.value")])
def test_a_refused_reload_leaves_the_log_where_it_is(
    idle: tuple[Service, int], directory: Path, log: str, code: str
) -> None:
    service, _ = idle
    runs = Semaphore(0)

    def works(_: MayContinue) -> PassReport:
        runs.release()
        return PassReport("acts")

    service._loops.close()
    service._parts = replace(service._parts, tasks=[Task(kind="acts", run=works)])
    service._loops = service._scheduled()
    service._loops.start()
    # The console is new to it, and takes a restart.
    service._roles = ["console"] if code == "config.restart" else []
    level = logging.getLogger().level
    edit(directory, "[log]\n", f'[log]\nlevel = "error"\nfile = "{log}"\n')
    service._reload()
    assert service._refused is not None
    assert service._refused.code == code
    assert not (directory / log).exists()
    assert logging.getLogger().level == level
    while runs.acquire(blocking=False):
        pass
    runs.acquire()


def test_a_clock_that_was_confirmed_stays_so_until_another_tolerance_judges_it(
    idle: tuple[Service, int], directory: Path
) -> None:
    service, _ = idle
    timekeeper = service._parts.installation.timekeeper
    timekeeper.heard(JUDICIARY, system_clock(), timekeeper.steady())
    service._reload()
    assert service._reloads["good"] == 1
    assert service._parts.gates.clock.is_trusted
    edit(directory, "skew_seconds = 1\n", "skew_seconds = 0.5\n")
    service._reload()
    assert service._reloads["good"] == 2
    assert not service._parts.gates.clock.is_trusted


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('name = "demo-municipality"', 'name = "another"', "gateway.name"),
        ("sqlite:///gateway.db", "sqlite:///other.db", "gateway.store"),
        ('listen = "127.0.0.1:0"', 'listen = "127.0.0.1:1"', "service.listen"),
    ],
)
@pytest.mark.exhaustive(keep=1)
def test_what_cannot_change_while_running_needs_a_restart(directory: Path, old: str, new: str, key: str) -> None:
    shutil.copy(directory / "gateway.db", directory / "other.db")
    with serving(directory, "--roles", "web") as service:
        edit(directory, old, new)
        reported = service.reload()
        assert (reported["code"], reported["detail"]) == ("config.restart", key)


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_keys_are_read_anew_and_bad_ones_are_refused(directory: Path) -> None:
    pki = directory / "pki/municipality"
    with serving(directory, "--roles", "dispatch,web") as service:
        key = (pki / "transport.key.pem").read_bytes()
        (pki / "transport.key.pem").write_bytes(b"nonsense")
        reported = service.reload()
        assert reported["code"] == "key.unreadable"
        assert reported["where"].endswith("transport.key.pem")
        (pki / "transport.key.pem").write_bytes(key)
        assert service.reload()["event"] == "configuration reloaded"
        expire(pki / "transport.crt.pem", pki / "transport.key.pem")
        assert service.reload()["code"] == "certificate.expired"
        assert service.end() == 0
