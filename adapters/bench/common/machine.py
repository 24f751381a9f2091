"""Machine, versions, parameters and seed of a measurement: every verb prints them, and its JSON has them."""

from __future__ import annotations

import os
import platform
import sqlite3
import ssl
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import sqlalchemy
from cryptography.hazmat.backends.openssl import backend
from lxml import etree

from adapters.sandbox.postgres.postgres_server import binary
from adapters.sandbox.verbs.demo_folder import SEED
from adapters.terminal.printing import console

_CPU_INFO: Final = Path("/proc/cpuinfo")
_MEMORY_INFO: Final = Path("/proc/meminfo")


def circumstances(*databases: str, seed: int | None = SEED, **parameters: object) -> dict[str, Any]:
    """Return ``{"machine", "versions", "parameters", "seed"}``, as JSON takes them.

    ``databases`` are those that the measurement uses: ``sqlite``, ``postgresql``. ``seed`` is that of the sample
    cases; None for a measurement without any.
    """
    return {"machine": _machine(), "versions": _versions(databases), "parameters": parameters, "seed": seed}


def show_circumstances(found: dict[str, Any]) -> None:
    """Print the circumstances of a measurement, one kind a line."""
    for kind in ("machine", "versions", "parameters"):
        told = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in found[kind].items())
        console.print(f"[dim]{kind}:[/] ", end="")
        console.print(told, markup=False, style="dim")
    if found["seed"] is not None:
        console.print(f"[dim]seed of the sample cases: {found['seed']}[/]")


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _machine() -> dict[str, Any]:
    return {
        "processor": _first(_CPU_INFO, "model name") or platform.processor() or platform.machine(),
        "cores": cores(),
        "memory": _memory(),
        "system": platform.platform(terse=True),
    }


def _memory() -> str:
    found = _first(_MEMORY_INFO, "MemTotal")
    return f"{int(found.split()[0]) / 2**20:.1f} GiB" if found else "unknown"


def _versions(databases: tuple[str, ...]) -> dict[str, str]:
    versions = {
        "Python": platform.python_version(),
        "lxml": ".".join(map(str, etree.LXML_VERSION[:3])),
        "libxml2": ".".join(map(str, etree.LIBXML_VERSION)),
        "xmlsec": version("xmlsec"),
        "SQLAlchemy": sqlalchemy.__version__,
        "OpenSSL": backend.openssl_version_text().split()[1],
        "OpenSSL of Python": ssl.OPENSSL_VERSION.split()[1],
    }
    if "sqlite" in databases:
        versions["SQLite"] = sqlite3.sqlite_version
    if "postgresql" in databases:
        told = subprocess.run([binary("postgres"), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
        versions["PostgreSQL"] = told.stdout.split()[-1]
    return versions


def _first(file: Path, name: str) -> str | None:
    """Return the value of the first line ``name : value``; None where the system has no such file or line."""
    if not file.exists():
        return None
    lines = (line.partition(":") for line in file.read_text(encoding="utf-8", errors="replace").splitlines())
    return next((" ".join(value.split()) for key, _, value in lines if key.strip() == name), None)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
