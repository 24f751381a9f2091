"""The development PKIs, made once a session for each kind of key, and what stands on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from lxml import etree

from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.strict_xml import load_schema
from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS

from .samples import JudiciaryService, notice, plan, signed_message

SIGNED_AT = datetime(2026, 2, 3, 9, 30, 15, 123456, tzinfo=UTC)

of_each_kind = pytest.mark.parametrize("pki", ["rsa-2048", "ec-p256"], indirect=True)
on_p256 = pytest.mark.parametrize("pki", ["ec-p256"], indirect=True)

settings.register_profile("fuzz", max_examples=20_000, deadline=None)


@pytest.fixture(scope="session")
def pkis(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    @cache
    def made(keys: str) -> Path:
        directory = tmp_path_factory.mktemp("crypto") / "pki"
        generate(directory, plan(keys), SIGNED_AT)
        return directory

    return made


@pytest.fixture(scope="session")
def pki(pkis: Callable[[str], Path], request: pytest.FixtureRequest) -> Path:
    """RSA keys throughout, unless a test says otherwise: `of_each_kind`, `on_p256`."""
    return pkis(getattr(request, "param", "rsa-2048"))


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    return load_schema(NOTICE_SCHEMA, SCHEMAS)


@pytest.fixture(scope="session")
def judiciary(pki: Path, schema: etree.XMLSchema) -> JudiciaryService:
    """Reads what the municipality signs."""
    return JudiciaryService(pki, schema)


@pytest.fixture(scope="session")
def wire(judiciary: JudiciaryService) -> bytes:
    """A good message: one payload, no seals."""
    return signed_message(judiciary.transport, SIGNED_AT).wire


@pytest.fixture(scope="session")
def seal(judiciary: JudiciaryService) -> bytes:
    """A good document."""
    return sign_document(notice("EB-" + "A" * 32), judiciary.seal, SIGNED_AT)
