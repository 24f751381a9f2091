"""A soak: `python -m tests.soak MINUTES`. The service works while its surroundings give it trouble, one after another:
reloads, a source that goes and returns, a full disk, a database that another program holds. At its end every notice is
where it belongs, nothing was sent twice, no pass overlapped itself, each trouble had its own message and metric, and
memory is flat. The disk is full for the service alone: the kernel refuses to let its files grow (RLIMIT_FSIZE).
"""

from __future__ import annotations

import json
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from adapters.sandbox.verbs.demo_folder import prepare
from gateway.runtime.errors import CATALOGUE
from tests.acceptance.cases import Cases
from tests.acceptance.conftest import Program, edit
from tests.acceptance.service import SandboxProcess, Service, serving, until

NOTICES_A_MINUTE = 60
ROWS_AT_A_TIME = 4
"""A round of troubles takes half a minute at least, and six times as many rows as this."""
FULL_BYTES = 16 * 1024
MAX_GROWTH = 1.15

AWAY, FULL, BUSY, REFUSED = "source.unavailable", "store.full", "store.busy", "config.unknown-key"


class Soak:
    """The troubles, each of which ends only when the service has told of it."""

    def __init__(self, directory: Path, service: Service, cases: Cases) -> None:
        self.directory, self.service, self.cases = directory, service, cases
        self.memory: list[float] = []

    def cycle(self) -> None:
        for trouble in (self._reload, self._lose_the_source, self._fill_the_disk, self._hold_the_database):
            self.cases.add(ROWS_AT_A_TIME)
            trouble()
            until(lambda: self.service.ready()[0] == 200, f"health after {trouble.__name__}")
            self.memory.append(self.service.metrics()["process_resident_memory_bytes"])
            print(f"{trouble.__name__.strip('_').replace('_', ' ')}: {self.memory[-1] / 2**20:.1f} MiB", flush=True)

    def _reload(self) -> None:
        for _ in range(3):
            assert self.service.reload()["event"] == "configuration reloaded"
        with self._reported(REFUSED):
            edit(self.directory, "dispatch_seconds", "dispatch_second")
            assert self.service.reload()["code"] == REFUSED
            edit(self.directory, "dispatch_second", "dispatch_seconds")
            assert self.service.reload()["event"] == "configuration reloaded"

    def _lose_the_source(self) -> None:
        with self._reported(AWAY):
            self.cases.go()
        self.cases.come_back()

    def _fill_the_disk(self) -> None:
        # The case database is a file, too: a result that was half written there would keep its rows from being read.
        until(self.cases.at_their_end, "the end of every notice that came")
        before = resource.prlimit(self.service.process.pid, resource.RLIMIT_FSIZE)
        with self._reported(FULL):
            resource.prlimit(self.service.process.pid, resource.RLIMIT_FSIZE, (FULL_BYTES, before[1]))
            self.cases.add(ROWS_AT_A_TIME)
        resource.prlimit(self.service.process.pid, resource.RLIMIT_FSIZE, before)

    def _hold_the_database(self) -> None:
        writer = sqlite3.connect(self.directory / "gateway.db", isolation_level=None, timeout=60)
        with self._reported(BUSY):
            writer.execute("BEGIN IMMEDIATE")
            self.cases.add(ROWS_AT_A_TIME)
        writer.execute("ROLLBACK")
        writer.close()

    def _reported(self, code: str) -> ReportedCode:
        return ReportedCode(self.service, code)


class ReportedCode:
    """A block at whose end the service has reported a code, by a line of its log and by its metric."""

    def __init__(self, service: Service, code: str) -> None:
        self._service, self._code = service, code

    def __enter__(self) -> None:
        self._metric, self._lines = self._service.errors(self._code), len(self._found())

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            until(lambda: self._service.errors(self._code) > self._metric, f"the metric of {self._code}")
            until(lambda: len(self._found()) > self._lines, f"the line of {self._code}")

    def _found(self) -> list[dict[str, object]]:
        return [line for line in self._service.lines() if line.get("code") == self._code]


def overlaps(service: Service) -> list[str]:
    """The passes that began before they had ended."""
    running: set[str] = set()
    found = []
    for line in service.lines():
        name = f"{line.get('run')}:{line.get('source', '')}"
        if line["event"] == "pass began":
            found += [name] if name in running else []
            running.add(name)
        elif line["event"] == "pass ended":
            running.discard(name)
    return found


def is_flat(memory: list[float]) -> bool:
    """Return True if the last third is no larger than the second: the first is spent on warming up."""
    third = max(1, len(memory) // 3)
    return statistics.median(memory[-third:]) < statistics.median(memory[third : 2 * third] or memory) * MAX_GROWTH


def soak(directory: Path, minutes: float, until_over: Callable[[], bool]) -> list[float]:
    """Return the service's memory in bytes after each trouble; everything else is asserted."""
    notices = int((minutes + 1) * NOTICES_A_MINUTE)
    prepare(directory, notices)
    edit(directory, 'file = "gateway.log"\n', 'level = "debug"\n')
    cases, program = Cases(directory), Program()
    sandbox = SandboxProcess(directory, program)
    try:
        with serving(directory) as service:
            run = Soak(directory, service, cases)
            while not run.memory or not until_over():
                run.cycle()
            cases.add(cases.waiting)
            until(cases.at_their_end, "the end of every notice")
            codes = {code: service.errors(code) for code in (AWAY, FULL, BUSY, REFUSED)}
            assert service.end() == 0
    finally:
        sandbox.end()
    lines = program("sandbox", "ledger", "--dir", directory, "--json").stdout.splitlines()
    assert {json.loads(line)["submissions"] for line in lines} == {1}, "a notice came twice"
    assert not overlaps(service)
    for code, count in codes.items():
        print(f"{code}: met {count:.0f} times: {CATALOGUE[code].en}")
    runs = sum(line["event"] == "pass ended" for line in service.lines())
    low, high = min(run.memory) / 2**20, max(run.memory) / 2**20
    print(f"{notices} notices, {len(lines)} sent, each once; {runs} runs, none over another; {low:.1f}-{high:.1f} MiB")
    return run.memory


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    end = time.monotonic() + minutes * 60
    with tempfile.TemporaryDirectory() as name:
        memory = soak(Path(name), minutes, lambda: time.monotonic() > end)
    assert is_flat(memory), f"memory grew: {memory}"


if __name__ == "__main__":
    main()
