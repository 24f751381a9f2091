"""A `serve` process under test: its log, its health and its metrics; waited for, never slept for."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .conftest import Program, zygote

PATIENCE = 600.0
"""Seconds. A machine that is loaded takes its time; whoever waits for a fact that never comes ends all the same."""


def until(true: Callable[[], Any], what: str = "it") -> Any:
    """Return what ``true`` returns once that is true. Most of the time is left to those who are waited for, whatever it
    takes to look."""
    deadline = time.monotonic() + PATIENCE
    while not (found := _look(true)):
        assert time.monotonic() < deadline, f"{what} never came to be"
    return found


def _look(true: Callable[[], Any]) -> Any:
    began = time.thread_time()
    found = true()
    if not found:
        time.sleep(max(0.05, (time.thread_time() - began) * 4))
    return found


TROUBLE = pytest.mark.exhaustive(group="a whole service in trouble", keep=4)
"""At tests in which a whole service meets one trouble and recovers: a sample has some of them, other ones each time."""


class Service:
    """One process over the folder of a demonstration; each has a log of its own on standard error."""

    def __init__(self, directory: Path, *arguments: str, name: str = "service") -> None:
        self.log = directory / f"{name}.log"
        self.log.touch()
        config = directory / "gateway.toml"
        # Through a pipe: what limits the size of the service's files does not limit this one.
        self.process = zygote().start_silent(["serve", "--config", str(config), *arguments])
        self._reader = threading.Thread(target=self._keep)
        self._reader.start()
        self.url: str = until(lambda: self.events("service began"), "the service")[0]["url"]

    def _keep(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines, self.log.open("w", buffering=1) as log:
            log.writelines(lines)

    def wait(self) -> int:
        """Return the exit code of a process that ends, its log whole."""
        code = self.process.wait(timeout=PATIENCE)
        self._reader.join()
        return code

    def lines(self) -> list[dict[str, Any]]:
        text = self.log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def events(self, event: str, **fields: object) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["event"] == event and fields.items() <= line.items()]

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def reload(self) -> dict[str, Any]:
        """Send SIGHUP; return the line that says what came of it."""
        ends = ("configuration reloaded", "reload refused; the configuration before it stays in force")

        def reported() -> list[dict[str, Any]]:
            return [line for line in self.lines() if line["event"] in ends]

        before = len(reported())
        self.signal(signal.SIGHUP)
        until(lambda: len(reported()) > before, "the reload")
        return reported()[-1]

    def end(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()

    def ready(self) -> tuple[int, dict[str, Any]]:
        status, body = self.page("/health/ready")
        return status, json.loads(body)

    def check(self, name: str) -> Any:
        """The code of what is wrong, or None."""
        return self.ready()[1]["checks"][name].get("code")

    def metrics(self) -> dict[str, float]:
        lines = [line.rpartition(" ") for line in self.page("/metrics")[1].splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    def errors(self, code: str) -> float:
        return self.metrics().get(f'eblagh_errors_total{{code="{code}"}}', 0)

    def page(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=600) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@contextmanager
def serving(directory: Path, *arguments: str, name: str = "service") -> Iterator[Service]:
    """A service that is ended with the block, whatever becomes of it."""
    service = Service(directory, *arguments, name=name)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.process.kill()
            service.wait()


class SandboxProcess:
    """The sandbox as a process, which can be made to hang."""

    def __init__(self, directory: Path, program: Program) -> None:
        self.process = program.start("sandbox", "serve", "--dir", directory, "--with-parent", "--json")
        assert self.process.stdout is not None
        assert self.process.stdout.readline()

    def end(self) -> None:
        self.go_on()
        self.process.communicate()

    def hang(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)
