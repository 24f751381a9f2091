"""Debian packages that some tests need beside Python.

A test whose package is absent is skipped, and the end of the report names the package. `.ci/run` installs them all and
sets `REQUIRED`: then such a skip fails the run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

REASON: Final = "Debian package not installed: "
"""The beginning of the reason of such a skip; the names of packages follow."""

REQUIRED: Final = "EBLAGH_TEST_ALL_PACKAGES"
"""The environment variable that makes such a skip a failure of the run."""

_JAVA: Final = Path("/usr/share/java")
_HOLDS: Final[Mapping[str, Sequence[str | Path]]] = {
    "bash": ["bash"],
    "chromium": ["chromium"],
    "default-jdk-headless": ["java", "javac"],
    "gcc": ["gcc"],
    "libwss4j-java": [_JAVA / "wss4j.jar"],
    "libxml-security-java": [
        _JAVA / f"{name}.jar" for name in ("xmlsec", "slf4j-api", "slf4j-nop", "commons-logging", "commons-codec")
    ],
    "mariadb-client-core": ["mariadb"],
    "mariadb-server-core": ["mariadbd", "mariadb-install-db"],
    "nodejs": ["node"],
    "npm": ["npm"],
    "openssl": ["openssl"],
    "poppler-utils": ["pdftotext"],
    "spin": ["spin"],
    "xmlsec1": ["xmlsec1"],
}
"""Programs and files that tests use, by their package."""


def program(name: str) -> str | None:
    """Return the path of a program, also of one for administrators."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")


def absent(*packages: str) -> list[str]:
    """Return those of ``packages`` of which something is missing."""
    return [
        package
        for package in packages
        if not all(part.is_file() if isinstance(part, Path) else program(part) for part in _HOLDS[package])
    ]


def reason(*packages: str) -> str:
    return f"{REASON}{', '.join(absent(*packages))}"


def needs(*packages: str) -> pytest.MarkDecorator:
    """Skip a test where one of ``packages`` is absent."""
    return pytest.mark.skipif(bool(absent(*packages)), reason=reason(*packages))
