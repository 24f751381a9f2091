"""The parent of several processes: it ends with the first that ends, and with it all of them. Its children are small
programs here; tests/acceptance/test_processes.py has the service's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

PARENT = """
import json, os, signal, sys, structlog
from adapters.cli.service.parent import Processes
structlog.configure(
    processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
    logger_factory=structlog.WriteLoggerFactory(sys.stdout),
)
commands = [[sys.executable, "-c", program] for program in json.loads(sys.argv[1])]
def reload():
    print('{"event": "reload"}', flush=True)
    RELOADS
sys.exit(Processes(commands, 600, dict(os.environ), reload).run())
"""

SERVES = """
import os, signal
signal.signal(signal.SIGHUP, lambda *_: os.write(1, b'{"event": "child reloads"}\\n'))
os.write(1, b'{"event": "child began"}\\n')
while os.read(0, 1024): pass
os.write(1, b'{"event": "child ends"}\\n')
"""
"""A child that works until its parent is gone or closes its input."""

REFUSES = 'import os; os.write(1, b\'{"event": "child began"}\\n\'); os._exit(2)'
HANGS = 'import os, time; os.write(1, b\'{"event": "child began"}\\n\'); time.sleep(3600)'


class Parent:
    """The parent in a process of its own, and the lines that it and its children write."""

    def __init__(self, *programs: str, reloads: str = "pass") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT.replace("RELOADS", reloads), json.dumps(programs)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: list[dict[str, Any]] = []

    def read(self, event: str, times: int = 1) -> dict[str, Any]:
        """Read on until ``event`` was written so often; return its last line."""
        assert self.process.stdout is not None
        while sum(line["event"] == event for line in self.lines) < times:
            line = self.process.stdout.readline()
            assert line, f"no {event}: {self.lines}"
            self.lines.append(json.loads(line))
        return next(line for line in reversed(self.lines) if line["event"] == event)

    def children(self) -> list[int]:
        pids: list[int] = self.read("processes began")["processes"]
        self.read("child began", len(pids))
        return pids

    def end(self) -> int:
        """Wait for the end of the parent and of everything that writes to its output; return the exit code."""
        assert self.process.stdout is not None
        self.lines += map(json.loads, self.process.stdout)
        return self.process.wait()

    def count(self, event: str) -> int:
        return sum(line["event"] == event for line in self.lines)


@pytest.fixture
def parent() -> Iterator[Callable[..., Parent]]:
    made: list[Parent] = []

    def make(*programs: str, reloads: str = "pass") -> Parent:
        made.append(Parent(*programs, reloads=reloads))
        return made[-1]

    yield make
    for each in made:
        if each.process.poll() is None:
            each.process.kill()
        each.process.wait()
        assert each.process.stdout is not None
        each.process.stdout.close()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_process_in_order(parent: Callable[..., Parent], number: signal.Signals) -> None:
    three = parent(SERVES, SERVES, SERVES)
    pids = three.children()
    three.process.send_signal(number)
    assert three.end() == 0
    assert three.count("child ends") == 3
    assert all(map(gone, pids))


def test_a_killed_process_is_told_and_ends_the_others(parent: Callable[..., Parent]) -> None:
    three = parent(SERVES, SERVES, SERVES)
    victim = three.children()[1]
    os.kill(victim, signal.SIGKILL)
    assert three.end() == 1
    [told] = [line for line in three.lines if line.get("level") == "error"]
    assert (told["process"], told["signal"]) == (victim, "SIGKILL")
    assert three.count("child ends") == 2


def test_a_process_that_refuses_its_configuration_gives_the_exit_code(parent: Callable[..., Parent]) -> None:
    two = parent(SERVES, REFUSES)
    assert two.end() == 2
    assert two.read("a process of the service ended; the others end, too")["exit_code"] == 2


def test_a_reload_is_passed_on(parent: Callable[..., Parent]) -> None:
    two = parent(SERVES, SERVES)
    two.children()
    two.process.send_signal(signal.SIGHUP)
    two.read("child reloads", 2)
    assert two.count("reload") == 1
    two.process.send_signal(signal.SIGTERM)
    assert two.end() == 0


@pytest.mark.parametrize(
    ("reloads", "code"),
    [
        ("from gateway.runtime.errors import GatewayError; raise GatewayError('config.value')", "config.value"),
        ("raise KeyError('a part')", "config.broken"),
    ],
)
def test_a_reload_that_the_parent_cannot_do_is_told_and_passed_on(
    parent: Callable[..., Parent], reloads: str, code: str
) -> None:
    two = parent(SERVES, SERVES, reloads=reloads)
    two.children()
    two.process.send_signal(signal.SIGHUP)
    two.read("child reloads", 2)
    two.process.send_signal(signal.SIGTERM)
    assert two.end() == 0
    assert two.count("child ends") == 2
    assert [line["code"] for line in two.lines if "code" in line] == [code]


def test_a_second_signal_kills_what_does_not_end(parent: Callable[..., Parent]) -> None:
    two = parent(SERVES, HANGS)
    pids = two.children()
    two.process.send_signal(signal.SIGTERM)
    two.read("child ends")
    two.process.send_signal(signal.SIGTERM)
    assert two.end() == 1
    assert pids[1] in two.read("processes killed")["processes"]
    assert all(map(gone, pids))


def test_the_children_of_a_killed_parent_end(parent: Callable[..., Parent]) -> None:
    two = parent(SERVES, SERVES)
    two.children()
    two.process.kill()
    two.end()
    assert two.count("child ends") == 2
