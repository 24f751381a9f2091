"""The program, loaded once and copied for each call: tests make hundreds, and a start is a second of imports.

A call is a process of its own all the same, with its own arguments, folder, environment and streams; it is forked from
one that has imported the program and done nothing else. Whoever tests a start, a signal or a kill starts a real one.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "run_gateway.py"
_MAX_REQUEST = 256 * 1024


class Zygote:
    """Forks the program for whoever asks; ends with this process."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", __name__, str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], cwd=ROOT, env={**os.environ}
            )

    def run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        with ExitStack() as opened:
            out, err = (opened.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2))
            reading, writing = os.pipe()
            code = opened.enter_context(os.fdopen(reading))
            request = {"arguments": arguments, "cwd": str(Path.cwd()), "environment": dict(os.environ)}
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], [out.fileno(), err.fileno(), writing])
            finally:
                os.close(writing)
            reported = code.read()
            assert reported, "the program's copy never came to its end"
            for stream in (out, err):
                stream.seek(0)
            return subprocess.CompletedProcess(arguments, int(reported), out.read(), err.read())

    def close(self) -> None:
        self._control.close()
        self._process.wait()


def _serve(control: socket.socket) -> None:
    """Fork for each request, until there are no more; whatever returns from here is a copy."""
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, _MAX_REQUEST, 3)
        _reap()
        if not request:
            while _reap(wait=True):
                pass
            sys.exit()
        if os.fork() == 0:
            _watch(json.loads(request), control, *descriptors)
            return
        for each in descriptors:
            os.close(each)


def _watch(request: dict[str, object], control: socket.socket, out: int, err: int, reply: int) -> None:
    """Fork the program and tell how it ended; returns in the program alone."""
    control.close()
    if (program := os.fork()) == 0:
        os.close(reply)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.close(out)
        os.close(err)
        os.chdir(str(request["cwd"]))
        os.environ.clear()
        os.environ.update(request["environment"])  # type: ignore[call-overload]
        sys.argv = [str(ENTRY), *request["arguments"]]  # type: ignore[misc]
        return
    _, status = os.waitpid(program, 0)
    os.write(reply, str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _reap(*, wait: bool = False) -> bool:
    """Let go of a copy that ended; return whether there was one."""
    try:
        return os.waitpid(-1, 0 if wait else os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


if __name__ == "__main__":
    import adapters.cli.main

    # Whatever the copies need: their verbs, and what a verb of the service imports when it begins.
    dict(adapters.cli.main.Program.verbs)
    import adapters.cli.service.service
    import adapters.composition.judiciary

    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_path(str(ENTRY), run_name="__main__")
