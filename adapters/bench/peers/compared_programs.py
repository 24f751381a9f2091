"""The programs that are compared: the gateway, and those of `benchmarks/peers`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from adapters.bench.peers.workplace import Workplace
from adapters.shipped.resources import ROOT

PEERS: Final = ROOT / "benchmarks" / "peers"
ENVIRONMENT: Final = ROOT / "build" / "peers" / "bin" / "python"
"""Python of the environment that `benchmarks/peers/README.md` says how to make."""

OURS: Final = "gateway"
BATCHES: Final = "in batches"
ONE_A_CALL: Final = "one a call"

_LIBRARIES: Final = ("zeep", "xmlsec", "lxml", "requests", "celery", "redis")
_BOTH: Final = (BATCHES, ONE_A_CALL)
_NODE_SOAP: Final = {"id_attributes": ["wsu:Id", "Id"], "enveloped_transform": True}
"""Switches for the messages of node's `soap` (docs/connect/partner-profiles.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Program to be measured. ``absent`` says why it cannot run here; empty if it can."""

    name: str
    command: Callable[[Workplace], Sequence[str | Path]]
    modes: Collection[str] = _BOTH
    signature: Mapping[str, Any] = field(default_factory=dict)
    absent: str = ""


def programs(python: Path | None = None) -> list[Program]:
    """Return all programs, ours first. ``python`` runs those of the peers that are Python."""
    theirs = _python(python)
    absent = "" if PEERS.is_dir() else f"there is no {PEERS}: it lies in the source tree alone"
    return [
        Program(name=OURS, command=_gateway),
        Program(
            name="zeep loop",
            command=_script(theirs, "zeep_loop.py"),
            modes=(ONE_A_CALL,),
            absent=absent or _absent_modules(theirs, "zeep", "xmlsec", "jdatetime"),
        ),
        Program(
            name="zeep loop, tuned",
            command=_script(theirs, "zeep_tuned.py"),
            absent=absent or _absent_modules(theirs, "zeep", "xmlsec", "jdatetime"),
        ),
        Program(
            name="Celery on Redis",
            command=_script(theirs, "celery_loop.py"),
            absent=absent
            or _absent_command("redis-server")
            or _absent_modules(theirs, "zeep", "xmlsec", "jdatetime", "celery", "redis"),
        ),
        Program(
            name="node soap",
            command=lambda place: ["node", PEERS / "node" / "soap_loop.js", place.work_file],
            signature=_NODE_SOAP,
            absent=absent or _absent_command("node") or _absent_packages(PEERS / "node"),
        ),
    ]


def peer_versions(python: Path | None = None) -> dict[str, str]:
    """Return the versions of the peers' libraries and programs, by name, of those that are installed."""
    ask = "import importlib.metadata as m; print(*(f'{d.name} {d.version}' for d in m.distributions()), sep='\\n')"
    lines = _printed(_python(python), "-c", ask).splitlines()
    installed = dict(line.split(" ", 1) for line in lines)
    found: dict[str, str] = {name: installed[name] for name in _LIBRARIES if name in installed}
    if shutil.which("redis-server"):
        found["redis-server"] = _printed("redis-server", "--version").partition("v=")[2].split(" ")[0]
    if shutil.which("node"):
        found["node"] = _printed("node", "--version").removeprefix("v").strip()
    packages = PEERS / "node" / "package.json"
    wanted = json.loads(packages.read_text(encoding="utf-8"))["dependencies"] if packages.exists() else {}
    return found | {f"{name} (npm)": version for name, version in wanted.items()}


def _python(chosen: Path | None) -> Path:
    return chosen or (ENVIRONMENT if ENVIRONMENT.exists() else Path(sys.executable))


def _printed(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - no shell


def _gateway(place: Workplace) -> Sequence[str | Path]:
    return [sys.executable, "-m", "adapters.bench.peers.gateway_program", place.folder / "gateway.toml"]


def _script(python: Path, name: str) -> Callable[[Workplace], Sequence[str | Path]]:
    return lambda place: [python, PEERS / name, place.work_file]


def _absent_modules(python: Path, *modules: str) -> str:
    found = subprocess.run(  # noqa: S603 - the interpreter that the caller chose, no shell
        [python, "-c", f"import {', '.join(modules)}"], capture_output=True, text=True, check=False
    )
    return "" if found.returncode == 0 else f"{python}: {found.stderr.strip().splitlines()[-1]}"


def _absent_command(name: str) -> str:
    return "" if shutil.which(name) else f"{name} is not installed"


def _absent_packages(folder: Path) -> str:
    """Try the package that is compiled: where it works, all are there."""
    trial = "import Database from 'better-sqlite3'; import 'soap'; new Database(':memory:')"
    command = ["node", "--input-type=module", "--eval", trial]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    return "" if found.returncode == 0 else f"its packages are not installed; in {folder}: npm ci"
