"""Examines papers in a process of its own, which is started with the first paper and again where one ended it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from gateway.notice.fields import InvalidField
from gateway.runtime.errors import GatewayError

_WORKER: Final = Path(__file__).with_name("worker.py")
_OWN_FAULT: Final = frozenset(
    {signal.SIGPROF, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE}
)
"""Signals that end the process because of the paper that it reads; by others somebody ends it."""


class PaperExaminer:
    """Refuses papers that are encrypted, damaged, active (JavaScript, programs, XFA) or carry files.

    Threads wait for each other. `close` ends the process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None

    def examine(self, octets: bytes) -> None:
        """Return if the paper may be sealed.

        Raises `InvalidField` ``document.encrypted``, ``.damaged``, ``.active``, ``.attachments``, ``.too-complex``, and
        `GatewayError` ``paper.not-examined`` where that could not be found out.
        """
        with self._lock:
            answer = self._ask(octets) or self._ask(octets)  # once more where somebody ended the process
        if not answer:
            raise GatewayError("paper.not-examined", detail=f"{sys.executable} {_WORKER.name}")
        if answer != "ok":
            raise InvalidField(f"document.{answer}")

    def close(self) -> None:
        """End the process, if it runs."""
        with self._lock:
            self._end()

    def _ask(self, octets: bytes) -> str | None:
        """Return the process's answer; None where it ended without one, and not because of this paper."""
        if self._worker is None or self._worker.poll() is not None:
            self._end()
            self._worker = _start()
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        try:
            self._worker.stdin.write(len(octets).to_bytes(4, "big") + octets)
            self._worker.stdin.flush()
        except BrokenPipeError:
            pass  # how it ended tells why
        if answer := self._worker.stdout.readline():
            return answer.decode().strip()
        code = self._worker.wait()
        self._end()
        return "too-complex" if -code in _OWN_FAULT else None

    def _end(self) -> None:
        if self._worker is None:
            return
        self._worker.kill()
        self._worker.communicate()
        self._worker = None


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 (our own file, by our own interpreter)
        [sys.executable, "-I", str(_WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # qpdf tells there what it read
        start_new_session=True,  # an interrupt at the terminal is the gateway's to handle
    )
