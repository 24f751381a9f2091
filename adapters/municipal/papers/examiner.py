"""Examiner of papers, in a process of its own. It is started with the first paper, and again after a paper ended it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.notice.fields import InvalidField
from gateway.runtime.errors import GatewayError

_WORKER: Final = Path(__file__).with_name("worker.py")
_OWN_FAULT: Final = frozenset(
    {signal.SIGPROF, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE}
)
"""Signals that end the process because of its paper. Any other signal was sent by somebody."""

_END: Final = b"\xff" * 4
_TOGETHER: Final = 100
"""Most papers that are asked about at once: their answers are less than a pipe holds."""


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
            # Once more if somebody ended the process.
            answer = self._ask([octets])[0] or self._ask([octets])[0]
        if not answer:
            raise GatewayError("paper.not-examined", detail=f"{sys.executable} {_WORKER.name}")
        if answer != "ok":
            raise InvalidField(f"document.{answer}")

    def passing(self, papers: Sequence[bytes]) -> list[bool]:
        """Return for each paper if it may surely be sealed; `examine` tells of each other one."""
        with self._lock:
            return [
                answer == "ok"
                for start in range(0, len(papers), _TOGETHER)
                for answer in self._ask(papers[start : start + _TOGETHER])
            ]

    def close(self) -> None:
        """End the process, if it runs."""
        with self._lock:
            self._end()

    def _ask(self, papers: Sequence[bytes]) -> list[str | None]:
        """Return the process's answers; None for each paper without one, if another paper or somebody ended it."""
        if self._worker is None or self._worker.poll() is not None:
            self._end()
            self._worker = _start()
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        try:
            for octets in papers:
                self._worker.stdin.write(len(octets).to_bytes(4, "big"))
                self._worker.stdin.write(octets)
            self._worker.stdin.write(_END)
            self._worker.stdin.flush()
        except BrokenPipeError:
            pass  # its exit code shows the reason
        answers: list[str | None] = [line.decode().strip() for _ in papers if (line := self._worker.stdout.readline())]
        if len(answers) < len(papers):
            code = self._worker.wait()
            self._end()
            answers += [None] * (len(papers) - len(answers))
            if len(papers) == 1 and -code in _OWN_FAULT:
                return ["too-complex"]
        return answers

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
