"""The Unix socket at which a service accepts persons' acts. The kernel names the caller; the request does not.

Every account that may open the socket may act: its owner and its group (mode 0660). Of several processes of one
configuration one has it; when that ends, another takes it over.
"""

from __future__ import annotations

import fcntl
import grp
import os
import socket
import stat
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import BoundedSemaphore, Thread
from typing import IO, Final

import structlog

from adapters.acts.act_message import REQUEST, framed, read_frame, reply_of
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

MODE: Final = 0o660
CALLERS: Final = 8
"""Most acts at a time; a further caller waits."""
REQUEST_SECONDS: Final = 10.0
"""Seconds for a whole request, however slowly it arrives."""
REPLY_SECONDS: Final = 60.0

_PAUSE_SECONDS: Final = 0.1
_CREDENTIALS: Final = struct.Struct("iII")
_MAX_ADDRESS: Final = 100
_RUN: Final = Path("/run")
"""Folder below which systemd makes the folders of a service at its start."""

Answer = Callable[[bytes, int], bytes]
"""Handler: takes a request's octets and the number of the user that sent it; returns a reply's octets."""

_log = structlog.get_logger(__name__)


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """Yield a socket's address while the block runs: a path of any length (an address has 108 octets)."""
    if len(os.fsencode(path)) <= _MAX_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def assert_may_use(group: str | None, path: Path) -> None:
    """Raise `GatewayError` ``act.socket`` unless this account could give the socket to a group."""
    number = _number_of(group, path)
    if number not in (-1, os.getegid(), *os.getgroups()) and os.geteuid():
        raise _unusable(path, f"this account is no member of the group {group}")


def assert_can_serve(path: Path) -> str:
    """Return a summary if this account could make the socket; nothing is made or deleted.

    A missing folder below /run is no error: systemd makes it when the service starts (``RuntimeDirectory``). Raises
    `GatewayError` ``act.socket``.
    """
    folder = path.parent
    try:
        _assert_no_other_file(path)
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise NotADirectoryError
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError
    except FileNotFoundError as error:
        if _RUN not in folder.parents:
            raise _unusable(path, f"{folder}: {words_of(error)}") from error
        return f"{path}; {folder} is not there yet: systemd makes it when the service starts"
    except (OSError, ValueError) as error:
        raise _unusable(path, f"{folder}: {words_of(error)}") from error
    return f"{path} can be made"


def _number_of(group: str | None, path: Path) -> int:
    """Return a group's number; -1 stands for the account's own. Raises `GatewayError` ``act.socket``."""
    try:
        return -1 if group is None else grp.getgrnam(group).gr_gid
    except (KeyError, ValueError) as error:
        raise _unusable(path, f"no group {group}") from error


def _assert_no_other_file(path: Path) -> None:
    """Raise `GatewayError` ``act.socket`` if something that is no socket has this path: it may be a person's data."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise _unusable(path, "it is no socket; nothing was deleted")


def _identity(path: Path) -> tuple[int, int]:
    """Return device and inode: a path alone may name another file by now."""
    found = path.lstat()
    return found.st_dev, found.st_ino


def _unusable(path: Path, detail: str) -> GatewayError:
    return GatewayError("act.socket", where=str(path), detail=detail)


class ActServer:
    """Server of acts. ``answer`` is called in threads; it raises nothing."""

    def __init__(self, path: Path, group: str | None, answer: Answer) -> None:
        self._path, self._group, self._answer = path, group, answer
        self._lock: IO[bytes] | None = None
        self._listener: socket.socket | None = None
        self._thread: Thread | None = None
        self._callers = BoundedSemaphore(CALLERS)
        self._identity: tuple[int, int] | None = None

    def serve(self) -> bool:
        """Take the socket, unless another process has it; return True if it is taken here.

        A socket whose thread has ended is made again. Raises `GatewayError` ``act.socket`` if it cannot be made.
        """
        if self._thread is not None and self._thread.is_alive():
            return True
        self.close()
        try:
            lock = self._path.with_name(f"{self._path.name}.lock").open("ab")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                return False
            try:
                listener = self._listening()
            except BaseException:
                lock.close()
                raise
        except (OSError, ValueError) as error:
            raise _unusable(self._path, words_of(error)) from error
        self._lock, self._listener = lock, listener
        thread = Thread(target=self._accept, args=(listener,), name="acts", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no more threads may be started
            self.close()
            raise _unusable(self._path, words_of(error)) from error
        self._thread = thread
        return True

    def close(self) -> None:
        """Accept no further act. A current one continues: it is one transaction."""
        if self._listener is None or self._lock is None:
            return
        listener, self._listener = self._listener, None
        with suppress(OSError):
            if self._identity == _identity(self._path):
                self._path.unlink()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join(timeout=2)  # it takes longer only at the limit of callers
            self._thread = None
        listener.close()
        self._lock.close()

    def _listening(self) -> socket.socket:
        group = _number_of(self._group, self._path)
        _assert_no_other_file(self._path)
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # bind gives this mode to the path: nobody can connect before the group is right.
            os.fchmod(listener.fileno(), 0o600)
            with address_of(self._path) as address:
                listener.bind(address)
            self._identity = _identity(self._path)
            os.chown(self._path, -1, group)
            self._path.chmod(MODE)
            listener.listen(CALLERS)
        except BaseException:
            listener.close()
            raise
        return listener

    def _accept(self, listener: socket.socket) -> None:
        failed = False
        while True:
            self._callers.acquire()
            try:
                caller, _ = listener.accept()
            except (OSError, MemoryError) as error:  # shut down, or no file is left, or the caller is gone
                self._callers.release()
                if self._listener is not listener:
                    return
                if not failed:
                    _log.error("acts cannot be accepted; tried again", detail=words_of(error))
                failed = True
                time.sleep(_PAUSE_SECONDS)
                continue
            failed = False
            try:
                Thread(target=self._serve_one, args=(caller,), name="act", daemon=True).start()
            except (RuntimeError, MemoryError) as error:
                # A person may want to stop everything just now: this thread does the act, and others wait.
                _log.error("no thread for an act", detail=words_of(error))
                self._serve_one(caller)

    def _serve_one(self, caller: socket.socket) -> None:
        try:
            with caller:
                reply = self._replied(caller)
                caller.settimeout(REPLY_SECONDS)
                caller.sendall(framed(reply))
        except OSError as error:
            _log.warning("caller did not wait for the reply", detail=words_of(error))
        finally:
            self._callers.release()

    def _replied(self, caller: socket.socket) -> bytes:
        told = caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, user, _ = _CREDENTIALS.unpack(told)
        until = time.monotonic() + REQUEST_SECONDS

        def receive(most: int) -> bytes:
            caller.settimeout(max(0.001, until - time.monotonic()))
            return caller.recv(most)

        try:
            octets = read_frame(receive, REQUEST, "act.request")
        except TimeoutError:
            return reply_of(GatewayError("act.request", detail=f"not whole within {REQUEST_SECONDS:g} s"))
        except GatewayError as error:
            return reply_of(error)
        return self._answer(octets, user)
