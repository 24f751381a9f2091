"""A primary and its synchronous standby: two real PostgreSQL servers that stream, for tests of a fail-over.

    with Pair(folder) as pair:            # an `open_folder()`: servers run as an account that must enter it
        pair.ensure_database("ours")      # on the primary, and thereby on the standby
        store = SqlStore.open(pair.url("ours"))    # a URL of both hosts, as docs/operate/postgresql.md has it
        pair.fail_over()                  # SIGKILL of every process of the primary; the standby is promoted
        pair.primary.start()              # the old primary comes back alone: its commits wait for ever

``pair.primary`` and ``pair.standby`` are `PostgresServer`s, with `kill`, `freeze`, `thaw`, `start`, `stop`, `url`,
`connect` and, for the standby, `promote`. Whatever the primary acknowledges is on the standby's disk: it has
``synchronous_standby_names``, and a replication slot keeps what the standby has not seen yet. The promoted standby has
no standby of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

from adapters.sandbox.postgres.postgres_server import PATIENCE, PostgresServer, binary

NAME = "standby"
"""The standby's name in ``synchronous_standby_names``, and its slot's."""

OF_BOTH = {
    # A SIGKILL may tear the write of a page in two, where recovery then stops. Only whole pages in the log mend that.
    "full_page_writes": "on",
    # Beside pools and duties of several gateways, one for each call under way.
    "max_connections": "200",
}
"""Settings of both servers."""


class Mortal(PostgresServer):
    """A server whose end is that of a machine: no process of it does another step."""

    def freeze(self) -> None:
        """Let no process do another step, and keep every connection open, until `thaw`, `stop` or `kill`."""
        for pid in self.processes():
            _signal(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self.processes():
            _signal(pid, signal.SIGCONT)

    def stop(self) -> None:
        self.thaw()
        super().stop()

    def kill(self) -> None:
        # So that none begins another one, nor answers because another one has ended.
        self.freeze()
        for pid in self.processes():
            _signal(pid, signal.SIGKILL)
        super().kill()

    def processes(self) -> list[int]:
        """The server's processes; its first one is the first."""
        if self._process is None:
            return []
        # Each of them has a session of its own, so that no group holds them all.
        return [self._process.pid, *_children(self._process.pid)]


class Standby(Mortal):
    """Made as a copy of a primary that runs, which it then follows."""

    def __init__(self, folder: Path, primary: PostgresServer, *, volatile: bool = True) -> None:
        super().__init__(folder, volatile=volatile, settings={"cluster_name": NAME} | OF_BOTH)
        self._primary = primary

    def promote(self) -> None:
        """Return when it takes writes."""
        with self.connect() as connection:
            connection.execute("SELECT pg_promote()")

    def _maker(self) -> list[str]:
        where = ["-h", str(self._primary.folder), "-U", "postgres"]
        return [binary("pg_basebackup"), *where, "-X", "stream", "-c", "fast", "-R", "-C", "-S", NAME]


class Pair:
    """Both of them, in folders of their own; they end with the ``with`` block."""

    def __init__(self, folder: Path) -> None:
        self.primary = Mortal(folder / "a", volatile=True, settings=OF_BOTH)
        self.standby = Standby(folder / "b", self.primary)
        self._stack = ExitStack()

    @classmethod
    def copied(cls, source: Path, folder: Path) -> Pair:
        """Return a copy of a pair whose servers have ended, which is quicker than making one."""
        for each in source.iterdir():
            subprocess.run(["cp", "-a", str(each), str(folder)], check=True)
        followed = folder / "b" / "data" / "postgresql.auto.conf"
        text = followed.read_text(encoding="utf-8")
        assert str(source) in text
        followed.write_text(text.replace(str(source), str(folder)), encoding="utf-8")
        return cls(folder)

    def __enter__(self) -> Pair:
        with ExitStack() as stack:
            stack.enter_context(self.primary)
            stack.enter_context(self.standby)
            with self.primary.connect() as connection:
                connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
                connection.execute("SELECT pg_reload_conf()")
            self.await_synchrony()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def url(self, database: str = "postgres") -> str:
        """Both hosts; whichever takes writes is meant."""
        hosts = f"{self.primary.folder},{self.standby.folder}"
        return f"postgresql+psycopg://postgres@/{database}?host={hosts}&target_session_attrs=read-write"

    def ensure_database(self, name: str) -> None:
        self.primary.ensure_database(name)

    def fail_over(self) -> None:
        """The primary's machine is gone; return when the standby takes writes."""
        self.primary.kill()
        self.standby.promote()

    def await_synchrony(self) -> None:
        """Return when the primary waits for the standby at each commit."""
        until = time.monotonic() + PATIENCE
        query = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'"
        while time.monotonic() < until:
            with self.primary.connect() as connection:
                if connection.execute(query).fetchone():
                    return
            time.sleep(0.02)
        raise AssertionError("the standby never became synchronous")


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):  # it has ended meanwhile, or is no process
            # "pid (name) state ppid …"; a name may hold blanks and parentheses.
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(folder.name))
    return found


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
