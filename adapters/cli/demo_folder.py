"""The folder of a demonstration: keys, sample cases, configuration. Each part is made whole or not at all, so that a
run that was killed goes on where it was."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from adapters.cli.keys import generate_development_keys
from adapters.resources import CONFIG
from adapters.settings import SandboxSettings, load
from adapters.storage import migrate
from adapters.wiring import Installation
from gateway.errors import GatewayError

SEED = 14
"""Chosen so that a demonstration of sixty notices shows every end, and a corrected notice."""


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the folder: two demonstrations in one folder would serve twice. Raises ``demo.busy``."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GatewayError("demo.busy", where=str(directory)) from error
        yield


def prepare(
    directory: Path,
    notices: int,
    *,
    port: int = 0,
    store: str = "sqlite:///gateway.db",
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Make whatever of the folder is not there yet. Raises ``demo.exists`` for a folder with another number of rows."""
    (directory / "archive").mkdir(exist_ok=True)
    if not (directory / "pki").exists():
        say("making development keys and certificates")
        generate_development_keys(directory / "pki")
    cases = directory / "cases.db"
    if not cases.exists():
        # The library that sets the papers is slow to import, and most verbs make none.
        from adapters.municipal.samples import generate

        say(f"making {notices} sample notices with Persian papers")
        generate(cases, notices=notices, seed=SEED, progress=None)
    elif (rows := _rows(cases)) != notices:
        raise GatewayError("demo.exists", where=str(directory), detail=f"holds {rows} notices, not {notices}")
    _configure(directory, port, store)
    migrate.upgrade(Installation.of(directory / "gateway.toml").store_url())


def _configure(directory: Path, port: int, store: str) -> None:
    sandbox, gateway = directory / "sandbox.toml", directory / "gateway.toml"
    if sandbox.exists() and port == 0:
        port = load(sandbox, SandboxSettings).port
    if port == 0:
        port = _free_port()
    endpoint = f"http://127.0.0.1:{port}/eblagh"
    template = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    _write(
        sandbox, f"# The sandbox judiciary of this demonstration.\nport = {port}\nday_seconds = 1\nskew_seconds = 1\n"
    )
    filled = template.replace("http://127.0.0.1:8080/eblagh", endpoint).replace("sqlite:///gateway.db", store)
    _write(gateway, filled)


def _write(path: Path, content: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(content, encoding="utf-8")
    partial.replace(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _rows(cases: Path) -> int:
    engine = create_engine(f"sqlite:///{cases}")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT count(*) FROM notices")).scalar_one()
    engine.dispose()
    return int(rows)
