"""A program that is told when to work, and the time that this takes: of its process and all below it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.bench.common.cpu_time import tree_cpu_seconds


class Failed(Exception):
    """Failure of a run: it has no figure."""

    literal_name = "Failed"


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds of CPU time and of the clock that a piece of work took."""

    cpu: float
    wall: float


class MeasuredProgram:
    """Program that does all that waits for each line it reads, and answers with the line ``done``."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process, self._log = process, log

    def work(self, patience: float) -> Usage:
        """Let it do all that waits, once. Raises `Failed` if it ends instead, or after ``patience`` seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Its own children, such as a broker, end with it.
        impatient = threading.Timer(patience, os.killpg, (self._process.pid, signal.SIGKILL))
        impatient.start()
        try:
            cpu, began = tree_cpu_seconds(self._process.pid), time.perf_counter()
            self._process.stdin.write(b"go\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
            wall = time.perf_counter() - began
            if answer != b"done\n":
                raise Failed(f"the program ended; its log: {self._last_words()}")
            return Usage(cpu=tree_cpu_seconds(self._process.pid) - cpu, wall=wall)
        except BrokenPipeError as error:
            raise Failed(f"the program ended; its log: {self._last_words()}") from error
        finally:
            impatient.cancel()

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "empty"


@contextmanager
def measured_program(command: Sequence[str | Path], folder: Path) -> Iterator[MeasuredProgram]:
    """Start a program in ``folder`` and end it after the block. Its standard error goes to `program.log`."""
    log = folder / "program.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - programs of this tree, no shell
            [str(word) for word in command],
            cwd=folder,
            bufsize=0,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    with process:
        try:
            yield MeasuredProgram(process, log)
        finally:
            assert process.stdin is not None
            process.stdin.close()
