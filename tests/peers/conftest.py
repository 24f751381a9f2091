"""A PKI of this moment, since some tools judge times by the machine's clock, and the tools themselves."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.crypto.devpki import generate
from adapters.crypto.xml import load_schema
from adapters.resources import CERTS, NOTICE_SCHEMA
from tests.unit.crypto.samples import Court

from .jvm import Java


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def court(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Court:
    pki = tmp_path_factory.mktemp("peers") / "pki"
    generate(pki, tomllib.loads((CERTS / "development.toml").read_text(encoding="utf-8")), now)
    return Court(pki, load_schema(NOTICE_SCHEMA))


@pytest.fixture(scope="session")
def java(tmp_path_factory: pytest.TempPathFactory) -> Java:
    return Java(tmp_path_factory.mktemp("classes"))


@pytest.fixture(scope="session")
def certificate(court: Court) -> Path:
    """The file of the certificate that signs messages, its issuer after it."""
    return court.pki / "municipality" / "transport.crt.pem"


@pytest.fixture(scope="session")
def authorities(court: Court, certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The issuer of the municipality's certificates and its root, in one file."""
    issuing = "-----BEGIN" + certificate.read_text().split("-----BEGIN")[-1]
    root = (court.pki / "anchors" / "municipality-root.pem").read_text()
    file = tmp_path_factory.mktemp("authorities") / "authorities.pem"
    file.write_text(issuing + root)
    return file
