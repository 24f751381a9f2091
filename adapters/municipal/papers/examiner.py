"""Examiner of papers, in a process of its own. It is started with the first paper, and again after a paper ended it."""

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
"""Signals that end the process because of its paper. Any other signal was sent by somebody."""


class PaperExaminer:
    """Refuses papers that are encrypted, damaged, active (JavaScript, programs, XFA) or carry files.

    Threads wait for each other. `close` ends the process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None

    def examine(self, octets: bytes) -> None:
        """Return if the paper may be sealed.

        Raises `InvalidField` ``document.encrypted``, ``.damaged``, ``.active``, ``.attachments``, ``.too-complex``.
        Raises `GatewayError` ``paper.not-examined`` if the process gave no answer.
        """
        with self._lock:
            answer = self._ask(octets) or self._ask(octets)  # once more if somebody ended the process
        if not answer:
            raise GatewayError("paper.not-examined", detail=f"{sys.executable} {_WORKER.name}")
        if answer != "ok":
            raise InvalidField(f"document.{answer}")

    def close(self) -> None:
        """End the process, if it runs."""
        with self._lock:
            self._end()

    def _ask(self, octets: bytes) -> str | None:
        """Return the process's answer; None if it ended without one, for another reason than this paper."""
        if self._worker is None or self._worker.poll() is not None:
            self._end()
            self._worker = _start()
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        try:
            self._worker.stdin.write(len(octets).to_bytes(4, "big"))
            self._worker.stdin.write(octets)
            self._worker.stdin.flush()
        except BrokenPipeError:
            pass  # its exit code shows the reason
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
        stderr=subprocess.DEVNULL,  # qpdf prints there the contents that it read
        start_new_session=True,  # the gateway handles an interrupt at the terminal
    )
