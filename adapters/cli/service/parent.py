"""Parent of the processes of `serve --processes N`: starts them, passes signals on, ends with the first that ends.

It does no work of its own and has no connection and no thread. A process of the service sees the end of this one, even
by SIGKILL, as the end of its standard input, and then finishes its batches and ends, too.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Final

import structlog

from adapters.terminal.printing import FINDING
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

MARGIN_SECONDS: Final = 30.0
"""Seconds beyond `service.stop_seconds` after which a process that has not ended is killed."""

_HANDLED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_log = structlog.get_logger(__name__)


class Processes:
    """Processes of one configuration. `run` is called in the main thread, once."""

    def __init__(
        self,
        commands: Sequence[Sequence[str]],
        stop_seconds: float,
        environment: Mapping[str, str],
        reload: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the command line of each process.

        ``reload`` is called at each SIGHUP, before it is passed on, whatever ``reload`` raises.
        """
        self._commands, self._stop_seconds = commands, stop_seconds
        self._environment, self._reload = environment, reload
        # As in `adapters.cli.service.service`: a signal just before a wait ends that wait, too.
        self._signals, wakeup = socket.socketpair()
        wakeup.setblocking(False)
        signal.set_wakeup_fd(wakeup.detach())
        for number in _HANDLED:
            signal.signal(number, _handled_by_octet)

    def run(self) -> int:
        """Start the processes, and wait until a signal or a process ends them all; return the exit code.

        It is 0 if a signal ended them and each ended with 0. If a process ended by itself, it is that one's code, or 1
        for one that a signal killed or that had no reason to end.
        """
        children: list[subprocess.Popen[bytes]] = []
        try:
            for command in self._commands:
                children.append(_started(command, self._environment))
            _log.info("processes began", processes=[child.pid for child in children])
            ended = self._first_to_end(children)
            if ended is None:
                _log.info("processes end", seconds_at_most=self._stop_seconds + MARGIN_SECONDS)
            else:
                code = ended.returncode
                how = {"signal": signal.Signals(-code).name} if code < 0 else {"exit_code": code}
                _log.error("a process of the service ended; the others end, too", process=ended.pid, **how)
            killed = self._end(children)
        finally:
            # Whatever happened here: nobody would stop them.
            for child in children:
                if child.poll() is None:
                    child.kill()
                    child.wait()
        _log.info("processes ended")
        if ended is not None:
            return ended.returncode if ended.returncode > 0 else FINDING
        return FINDING if killed or any(child.returncode for child in children) else 0

    def _first_to_end(self, children: Sequence[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes] | None:
        """Wait for a process that ends, and return it; or return None after a signal that ends them all."""
        while True:
            number = self._signals.recv(1)[0]
            if number in (signal.SIGTERM, signal.SIGINT):
                return None
            if number == signal.SIGHUP:
                self._reload_here()
                for child in children:
                    child.send_signal(signal.SIGHUP)
            for child in children:
                if child.poll() is not None:
                    return child

    def _reload_here(self) -> None:
        """Do this process's part of a reload, which is its log alone: an error is told, and ends no process."""
        try:
            self._reload()
            return
        except GatewayError as error:
            refused = error
        except Exception as error:
            _log.error("reload of the parent broken", exc_info=error)
            refused = GatewayError("config.broken", detail=words_of(error))
        _log.error(
            "reload of the parent refused; its log stays where it is",
            code=refused.code,
            where=refused.where,
            detail=refused.detail,
            who_must_act=refused.entry.actor.value,
            remedy=refused.entry.remedy,
        )

    def _end(self, children: Sequence[subprocess.Popen[bytes]]) -> bool:
        """Let every process end in order. Return True if one was killed: after the time, or by a second signal."""
        for child in children:
            assert child.stdin is not None
            with suppress(OSError):
                child.stdin.close()
        until = time.monotonic() + self._stop_seconds + MARGIN_SECONDS
        while running := [child for child in children if child.poll() is None]:
            self._signals.settimeout(max(0.01, until - time.monotonic()))
            try:
                number = self._signals.recv(1)[0]
            except TimeoutError:
                number = signal.SIGTERM
            if number in (signal.SIGTERM, signal.SIGINT):
                _log.error("processes killed", processes=[child.pid for child in running])
                return True
        return False


def _started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C is for the parent, and two signals would end a process in the middle of a batch.
    return subprocess.Popen(  # noqa: S603 - our own program, no shell
        command, stdin=subprocess.PIPE, env=environment, start_new_session=True
    )


def _handled_by_octet(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the interpreter has written the signal's number for the wait."""


def end_with_standard_input() -> None:
    """Wait until the parent's end of standard input is closed, then end this process as SIGTERM does."""
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
