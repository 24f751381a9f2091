"""A PKI of this moment, since some tools judge times by the machine's clock, and the tools themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.crypto.xml.strict_xml import load_schema
from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS
from tests.unit.crypto.samples import JudiciaryService, plan, signed_message

from .jvm import Java
from .npm import Node

of_each_kind = pytest.mark.parametrize("judiciary", ["rsa-2048", "ec-p256"], indirect=True)
on_p256 = pytest.mark.parametrize("judiciary", ["ec-p256"], indirect=True)


@pytest.fixture
def now() -> datetime:
    """The time of one test: messages expire, and a session may take long."""
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def judiciary(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> JudiciaryService:
    """RSA keys throughout, unless a test says otherwise: `of_each_kind`, `on_p256`."""
    pki = tmp_path_factory.mktemp("peers") / "pki"
    generate(pki, plan(getattr(request, "param", "rsa-2048")), datetime.now(UTC))
    return JudiciaryService(pki, load_schema(NOTICE_SCHEMA, SCHEMAS))


@pytest.fixture(scope="session")
def java(tmp_path_factory: pytest.TempPathFactory) -> Java:
    return Java(tmp_path_factory.mktemp("classes"))


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return Node(tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="session")
def key(judiciary: JudiciaryService) -> Path:
    """The file of the key that signs messages."""
    return judiciary.pki / "municipality" / "transport.key.pem"


@pytest.fixture(scope="session")
def certificate(judiciary: JudiciaryService) -> Path:
    """The file of the certificate that signs messages, its issuer after it."""
    return judiciary.pki / "municipality" / "transport.crt.pem"


@pytest.fixture(scope="session")
def authorities(judiciary: JudiciaryService, certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The issuer of the municipality's certificates and its root, in one file."""
    issuing = "-----BEGIN" + certificate.read_text().split("-----BEGIN")[-1]
    root = (judiciary.pki / "anchors" / "municipality-root.pem").read_text()
    file = tmp_path_factory.mktemp("authorities") / "authorities.pem"
    file.write_text(issuing + root)
    return file


@pytest.fixture
def wire(judiciary: JudiciaryService, now: datetime) -> bytes:
    """An answer of ours: every header that a message can have, and no seal in it."""
    return signed_message(judiciary.transport, now, relates_to="urn:uuid:7").wire
