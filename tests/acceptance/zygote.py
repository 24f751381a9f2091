"""The program, loaded once and copied for each call: tests make hundreds, and a start is a second of imports.

A call is a process of its own all the same, with its own arguments, folder, environment and streams; it is forked from
one that has imported the program and done nothing else. It takes signals as any other. Whoever tests a start starts a
real one.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from cryptography.exceptions import UnsupportedAlgorithm

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "run_gateway.py"
_MAX_REQUEST = 256 * 1024
REACHED = "REACHED"
_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


class Forked:
    """A running copy of the program, used as `subprocess.Popen`. Its open streams are text."""

    def __init__(
        self, reply: int, stdin: IO[str] | None = None, stdout: IO[str] | None = None, stderr: IO[str] | None = None
    ) -> None:
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self._reply = os.fdopen(reply)
        self.pid = int(self._reply.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("serve", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it, unless the process has ended. Its id is nobody else's before `poll` could tell."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self) -> tuple[str, None]:
        """End its input, and wait for its end."""
        assert self.stdin is not None
        assert self.stdout is not None
        self.stdin.close()
        with self.stdout:
            out = self.stdout.read()
        self.wait()
        return out, None

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._reply], [], [], timeout)[0]:
            with self._reply:
                said = self._reply.read()
            assert said, "the program's copy never came to its end"
            self.returncode = int(said)
        return self.returncode


class Zygote:
    """Forks the program for whoever asks; ends with this process. Copies of a ``watched`` one print `REACHED` at each
    connection and each question for a name."""

    def __init__(self, *, watched: bool = False) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", __name__, str(theirs.fileno()), *(["watched"] if watched else [])]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], cwd=ROOT, env={**os.environ}
            )

    def run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        """Run the program to its end, without input."""
        with ExitStack() as opened:
            out, err = (opened.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2))
            nothing = opened.enter_context(Path(os.devnull).open())
            reply = opened.enter_context(os.fdopen(self._fork(arguments, nothing.fileno(), out.fileno(), err.fileno())))
            assert reply.readline()
            reported = reply.read()
            assert reported, "the program's copy never came to its end"
            for stream in (out, err):
                stream.seek(0)
            return subprocess.CompletedProcess(arguments, int(reported), out.read(), err.read())

    def start(self, arguments: list[str]) -> Forked:
        """Start the program with an input and an output of the caller's."""
        theirs, stdin = os.pipe()
        stdout, output = os.pipe()
        return Forked(self._fork_once(arguments, theirs, output, _nowhere()), os.fdopen(stdin, "w"), os.fdopen(stdout))

    def start_silent(self, arguments: list[str]) -> Forked:
        """Start the program, whose standard error alone is the caller's."""
        stderr, errors = os.pipe()
        return Forked(self._fork_once(arguments, _nowhere(), _nowhere(), errors), stderr=os.fdopen(stderr))

    def start_logging(self, arguments: list[str], log: IO[str]) -> Forked:
        """Start the program, whose standard error is this file."""
        return Forked(self._fork_once(arguments, _nowhere(), _nowhere(), os.dup(log.fileno())))

    def _fork_once(self, arguments: list[str], *streams: int) -> int:
        """Have a copy made, and close what is the copy's."""
        try:
            return self._fork(arguments, *streams)
        finally:
            for each in streams:
                os.close(each)

    def _fork(self, arguments: list[str], *streams: int) -> int:
        """Have a copy made with these streams; return where it tells its process's id, and at its end its exit code."""
        reading, writing = os.pipe()
        request = {"arguments": arguments, "cwd": str(Path.cwd()), "environment": dict(os.environ)}
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], [*streams, writing])
        finally:
            os.close(writing)
        return reading

    def close(self) -> None:
        self._control.close()
        self._process.wait()


def _nowhere() -> int:
    return os.open(os.devnull, os.O_RDWR)


def _serve(control: socket.socket) -> None:
    """Fork for each request, until there are no more; whatever returns from here is a copy. Copies die with this."""
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, _MAX_REQUEST, 4)
        _reap()
        if not request:
            sys.exit()
        asked = json.loads(request)
        _check_keys(asked["arguments"])
        if os.fork() == 0:
            _watch(asked, control, *descriptors)
            return
        for each in descriptors:
            os.close(each)


def _check_keys(arguments: list[str]) -> None:
    """Check the keys of the folders that are named, as a copy would: each that is good once for all copies."""
    from adapters.crypto.keys import keys

    for path in map(Path, arguments):
        pki = (path if path.is_dir() else path.parent) / "pki"
        for file in sorted(pki.glob("*/*.key.pem")) if path.is_absolute() else ():
            with suppress(OSError, ValueError, TypeError, UnsupportedAlgorithm):
                keys._key_of(file.read_bytes(), None)


def _watch(request: dict[str, object], control: socket.socket, *descriptors: int) -> None:
    """Fork the program and tell its process's id, and how it ended; returns in the program alone."""
    _die_with_parent()
    control.close()
    *streams, reply = descriptors
    if (program := os.fork()) == 0:
        _die_with_parent()
        os.close(reply)
        for number, each in enumerate(streams):
            os.dup2(each, number)
            os.close(each)
        os.chdir(str(request["cwd"]))
        os.environ.clear()
        os.environ.update(request["environment"])  # type: ignore[call-overload]
        sys.argv = [str(ENTRY), *request["arguments"]]  # type: ignore[misc]
        return
    for each in streams:
        os.close(each)
    os.write(reply, f"{program}\n".encode())
    # It keeps its id until everybody could read the code.
    ended = os.waitid(os.P_PID, program, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    os.write(reply, str(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status).encode())
    os.waitpid(program, 0)
    os._exit(0)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _reap() -> None:
    """Let go of copies that ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


_ZYGOTE = os.getpid()


def _tell_connections(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print(REACHED, event, arguments, flush=True)
        if os.getpid() == _ZYGOTE:
            os._exit(1)  # the imports alone reach nobody


if __name__ == "__main__":
    if sys.argv[2:]:
        # Of the interpreter's own: no library does anything that it does not see.
        sys.addaudithook(_tell_connections)
    import adapters.cli.verb_reference

    # Whatever the copies need: their verbs, and what a verb of the service imports when it begins.
    adapters.cli.verb_reference.verb_names()
    import adapters.cli.service.service
    import adapters.composition.judiciary.couriers

    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_path(str(ENTRY), run_name="__main__")
