"""Two development PKIs, made once a session, and what stands on them."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from lxml import etree

from adapters.crypto.devpki import generate
from adapters.crypto.document import sign_document
from adapters.crypto.xml import load_schema
from adapters.resources import CERTS, NOTICE_SCHEMA

from .samples import Court, notice, signed_message

SIGNED_AT = datetime(2026, 2, 3, 9, 30, 15, 123456, tzinfo=UTC)

settings.register_profile("fuzz", max_examples=20_000)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("crypto") / "pki"
    plan = tomllib.loads((CERTS / "development.toml").read_text(encoding="utf-8"))
    generate(directory, plan, SIGNED_AT)
    return directory


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    return load_schema(NOTICE_SCHEMA)


@pytest.fixture(scope="session")
def court(pki: Path, schema: etree.XMLSchema) -> Court:
    """Reads what the municipality signs."""
    return Court(pki, schema)


@pytest.fixture(scope="session")
def wire(court: Court) -> bytes:
    """A good message: one payload, no seals."""
    return signed_message(court.transport, SIGNED_AT).wire


@pytest.fixture(scope="session")
def seal(court: Court) -> bytes:
    """A good document."""
    return sign_document(notice("EB-" + "A" * 32), court.seal, SIGNED_AT)
