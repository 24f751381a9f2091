"""A real MariaDB for tests, from the system's package: one for each process of a run, in a temporary folder.

It listens on a socket in that folder and on no network, runs as ``nobody`` where root starts it, need not survive a
power cut, and ends with the process that started it, however that one ends.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import pymysql

from tests.debian import program

PATIENCE = 600.0
PACKAGES = ("mariadb-server-core", "mariadb-client-core")

# The pipe on standard input closes when the starting process ends, however it ends; then this asks the server to end.
_WATCHED = 'exec 3<&0; ( ( read -r _ <&3; kill -TERM $$ ) 2>/dev/null & ); exec "$@" 3<&- </dev/null'
_OPTIONS = (
    "--no-defaults",
    "--skip-networking",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=8M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--max-allowed-packet=64M",
)


@cache
def server() -> MariaDbServer:
    """This process's server."""
    return MariaDbServer()


class MariaDbServer:
    """Started at once, stopped when the process ends."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="eblagh-"))
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        data, log = self._folder / "data", self._folder / "server.log"
        install = ["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal", f"--datadir={data}"]
        subprocess.run(
            [str(program("mariadb-install-db")), *install], check=True, capture_output=True, **self._identity()
        )
        command = [str(program("mariadbd")), *_OPTIONS, f"--datadir={data}", f"--socket={self._socket}"]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _WATCHED, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._identity(),
            )
        atexit.register(self._stop)
        self._await_answer(log)

    def run(self, statement: str, *values: str) -> None:
        """Run a statement as the server's administrator."""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)

    def create_database(self, name: str) -> str:
        """Create an empty database; return its URL for the administrator."""
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.run(f"DROP DATABASE {name}")

    def url(self, database: str, user: str = "root") -> str:
        return f"mariadb+pymysql://{user}@localhost/{database}?unix_socket={self._socket}"

    @property
    def _socket(self) -> Path:
        return self._folder / "socket"

    def _connect(self) -> pymysql.Connection[Any]:
        return pymysql.connect(unix_socket=str(self._socket), user="root", autocommit=True)

    def _await_answer(self, log: Path) -> None:
        until = time.monotonic() + PATIENCE
        while not self._socket.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text(encoding="utf-8", errors="replace")[-2000:])
            time.sleep(0.02)
        self._connect().close()

    def _identity(self) -> dict[str, Any]:
        other = {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        environment = {"PATH": f"{os.defpath}:/usr/sbin:/usr/local/sbin", "LC_ALL": "C", "TMPDIR": str(self._folder)}
        return {"cwd": "/", "env": environment, **(other if os.geteuid() == 0 else {})}

    def _stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self._folder)
