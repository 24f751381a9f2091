"""The folder of a demonstration: keys, sample cases, configuration.

Each part is made whole or not at all, so that a killed run can be continued.
"""

from __future__ import annotations

import fcntl
import re
import socket
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from sqlalchemy import create_engine, text

from adapters.composition.installation import Installation
from adapters.sandbox.verbs import demo_rpc
from adapters.sandbox.verbs.development_keys import generate_development_keys
from adapters.settings import SandboxSettings, load
from adapters.shipped.resources import CONFIG
from adapters.storage.engine import migrate
from gateway.runtime.errors import GatewayError
from gateway.runtime.toml_file import TomlFile

SANDBOX = """# The sandbox judiciary of this demonstration.
port = {port}
time_port = {time_port}                 # a time authority (RFC 3161), for the archive's checkpoints
lists_port = {lists_port}                # revocation lists of all the authorities in pki
day_seconds = 1
skew_seconds = 1
"""


class DemoProfile(StrEnum):
    """The judiciary profiles that the sandbox serves."""

    SOAP = "eblagh-1"
    REST = "eblagh-rest-1"
    RPC = "eblagh-rpc-1"


ENDPOINTS = {DemoProfile.SOAP: "/eblagh", DemoProfile.REST: "/eblagh-rest", DemoProfile.RPC: "/eblagh-rpc"}

SEED = 96
"""Seed of a demonstration: with it, sixty notices show every end, and a corrected notice."""


_BEFORE_THE_SANDBOX = frozenset({".lock", "archive", "witness", "postgresql", "cases.db"})
"""Parts of a folder that may be there before ``sandbox.toml``, by which the folder of a demonstration is known."""


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Lock the folder: two demonstrations in one folder would serve twice.

    Raises `GatewayError` ``demo.busy``, and ``demo.folder`` for a folder that holds files of anything else.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _assert_own(directory)
    with (directory / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GatewayError("demo.busy", where=str(directory)) from error
        yield


def _assert_own(directory: Path) -> None:
    """A demonstration writes its own ``gateway.toml``, keys and database: it must overwrite nobody's."""
    found = {each.name for each in directory.iterdir()}
    if "sandbox.toml" not in found and (others := sorted(found - _BEFORE_THE_SANDBOX)):
        raise GatewayError("demo.folder", where=str(directory), detail=", ".join(others[:3]))


def prepare(
    directory: Path,
    notices: int,
    *,
    port: int = 0,
    store: str = "sqlite:///gateway.db",
    profile: DemoProfile | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Make the missing parts of the folder, and `gateway.toml` anew.

    ``port`` 0 takes the sandbox's own, or a free one. No ``profile`` takes the folder's own, or ours over SOAP. Raises
    ``demo.exists`` for a folder with another number of rows.
    """
    for folder in ("archive", "witness"):
        (directory / folder).mkdir(exist_ok=True)
    _configure_sandbox(directory, port)
    if not (directory / "pki").exists():
        say("making development keys and certificates")
        lists_port = load(directory / "sandbox.toml", SandboxSettings).lists_port
        generate_development_keys(directory / "pki", f"http://127.0.0.1:{lists_port}" if lists_port else None)
    demo_rpc.make_password(directory)
    cases = directory / "cases.db"
    if not cases.exists():
        # The library that sets the papers is slow to import, and most verbs make none.
        from adapters.sandbox.cases import generate

        say(f"making {notices} sample notices with Persian papers")
        generate(cases, notices=notices, seed=SEED, progress=None)
    elif (rows := _rows(cases)) != notices:
        raise GatewayError("demo.exists", where=str(directory), detail=f"holds {rows} notices, not {notices}")
    _configure(directory, store, profile)
    if not (keys := Installation.of(directory / "gateway.toml").recipient_keys).exists:
        keys.create()
    migrate.upgrade(Installation.of(directory / "gateway.toml").store_url())


def _configure_sandbox(directory: Path, port: int) -> None:
    sandbox = directory / "sandbox.toml"
    if not sandbox.exists():
        ports = {"port": port or _free_port(), "time_port": _free_port(), "lists_port": _free_port()}
        _write(sandbox, SANDBOX.format(**ports))
    elif port:
        _write(sandbox, _with_port(sandbox.read_text(encoding="utf-8"), port))
    if load(sandbox, SandboxSettings).rpc is None:
        _write(sandbox, sandbox.read_text(encoding="utf-8") + demo_rpc.sandbox_section(_free_port()))


def _configure(directory: Path, store: str, profile: DemoProfile | None) -> None:
    gateway = directory / "gateway.toml"
    settings = load(directory / "sandbox.toml", SandboxSettings)
    spoken = profile or _spoken(gateway)
    endpoint = f"http://127.0.0.1:{settings.port}{ENDPOINTS[spoken]}"
    template = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    filled = template.replace("http://127.0.0.1:8080/eblagh", endpoint).replace("sqlite:///gateway.db", store)
    filled = filled.replace(f'profile = "{DemoProfile.SOAP}"', f'profile = "{spoken}"')
    if settings.time_port is not None:
        filled = filled.replace("http://127.0.0.1:8081/", f"http://127.0.0.1:{settings.time_port}/")
    if settings.lists_port is not None:
        filled = filled.replace("http://127.0.0.1:8082/", f"http://127.0.0.1:{settings.lists_port}/")
    if spoken is DemoProfile.RPC:
        filled += demo_rpc.gateway_section(directory)
    _write(gateway, filled)


def _spoken(gateway: Path) -> DemoProfile:
    """Return the profile of the folder's configuration, if the sandbox serves it; otherwise ours over SOAP."""
    try:
        return DemoProfile(tomllib.loads(gateway.read_text(encoding="utf-8"))["judiciary"]["profile"])
    except (OSError, ValueError, LookupError, TypeError):
        return DemoProfile.SOAP


def _with_port(text: str, port: int) -> str:
    """Replace the port; other settings in the file, such as faults, are the user's."""
    lines = text.splitlines(keepends=True)
    number = TomlFile(text.encode()).line_of("port") - 1
    lines[number] = re.sub(r"=\s*\w+", f"= {port}", lines[number], count=1)
    return "".join(lines)


def _write(path: Path, content: str) -> None:
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(content, encoding="utf-8")
    partial.replace(path)


def _free_port() -> int:
    """Return a port that the system chooses for nobody else while this process lives.

    It stays bound and does not listen. The sandbox listens at it all the same: its servers set SO_REUSEADDR, too.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    held.detach()
    return port


def _rows(cases: Path) -> int:
    engine = create_engine(f"sqlite:///{cases}")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT count(*) FROM notices")).scalar_one()
    engine.dispose()
    return int(rows)
